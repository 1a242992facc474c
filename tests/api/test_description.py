"""The description of the API: valid OpenAPI 3.1, and a page that loads nothing from elsewhere."""

from __future__ import annotations

import re

from flask import Flask
from markupsafe import escape
from openapi_spec_validator import OpenAPIV31SpecValidator

from survey.accounts.api_tokens import Scope
from survey.api.description import with_code
from survey.api.openapi import document
from survey.api.operations import OPERATIONS
from survey.api.problems import TITLES
from tests.support.live_service import ROOT
from tests.support.web import Surfer


def test_it_is_valid_openapi_3_1(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/openapi.json")
    assert answer.mimetype == "application/json"
    described = answer.get_json()
    assert described["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(described).validate()
    assert described == document()


def test_every_operation_is_described(app: Flask) -> None:
    operations = [one for methods in document()["paths"].values() for one in methods.values()]
    assert {one["operationId"] for one in operations} == set(OPERATIONS)
    for one in operations:
        assert one["summary"], one["operationId"]
        assert {"401", "403", "422", "429", "500", "503"} <= set(one["responses"])
        assert one["security"][0].keys() == {"token"}
        keys = [p for p in one["parameters"] if p["name"] == "Idempotency-Key"]
        assert bool(keys) == (OPERATIONS[one["operationId"]].method == "POST")


def test_the_page_names_all_and_loads_nothing(app: Flask) -> None:
    answer = Surfer(app).get("/api/docs")
    assert answer.status_code == 200
    page = answer.text
    for name, operation in OPERATIONS.items():
        assert f'id="{name}"' in page
        assert str(escape(operation.summary)) in page
    for kind in TITLES:
        assert f'id="{kind}"' in page
    targets = set(re.findall(r'href="#([^"]+)"', page))
    assert targets <= set(re.findall(r'id="([^"]+)"', page))
    assert not re.search(r'(?:src|href)="https?:', page)
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=", page)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


def test_the_page_tells_lists_from_single_things_and_what_holds_unless_said(app: Flask) -> None:
    page = Surfer(app).get("/api/docs").text
    assert 'items of <a href="#schema-FrameworkListed">' in page
    assert 'items of <a href="#schema-FrameworkShown">' not in page
    assert "<code>threshold</code>: integer (<code>3</code> if left out)" in page


def test_code_is_shown_as_code_and_everything_else_as_it_is_written() -> None:
    assert with_code("Send `Content-Type: x`, or `<b>` & <i>none</i>.") == (
        "Send <code>Content-Type: x</code>, or <code>&lt;b&gt;</code> &amp; "
        "&lt;i&gt;none&lt;/i&gt;."
    )
    assert with_code("One ` alone, and none") == "One ` alone, and none"


def test_the_page_shows_no_backtick(app: Flask) -> None:
    page = Surfer(app).get("/api/docs").text
    assert "`" in str(document()["components"]["schemas"])
    assert "`" not in page
    assert "<code>#/raters/2/email</code>" in page


def test_no_shape_that_is_answered_has_a_place_for_what_is_secret() -> None:
    fields = {
        name
        for schema in document()["components"]["schemas"].values()
        for name in schema.get("properties", {})
    }
    for secret in ("token_hash", "link_hash", "public_key", "wrapped_private_key", "ratings"):
        assert secret not in fields


def test_the_worked_round_in_the_document_asks_for_what_there_is() -> None:
    text = (ROOT / "docs" / "api.md").read_text()
    example = re.search(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert example is not None
    asked = re.findall(r"ask (-X POST )?\$api(/\S+)(.*)$", example[1], re.MULTILINE)
    patterns = [(one.method, re.sub(r"<[^>]+>", "[^/]+", one.path)) for one in OPERATIONS.values()]
    names = set()
    for posts, path, rest in asked:
        method = "POST" if posts or "-d" in rest else "GET"
        assert any(m == method and re.fullmatch(p, path) for m, p in patterns), (method, path)
        names.add((method, path.rpartition("/")[2]))
    assert {("POST", "launch"), ("POST", "close"), ("GET", "report"), ("POST", "after")} <= names
    for scope in Scope:
        assert f"`{scope}`" in text
