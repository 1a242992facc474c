"""Static texts go compressed; pages never do."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import fresh_database, service_environment
from tests.support.web import make_app, service_of

STATIC = Path(__file__).resolve().parents[2] / "survey" / "web" / "static"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {"MAIL_SERVER": "127.0.0.1"}
    )
    yield app
    service_of(app).database.dispose()


@pytest.mark.parametrize("name", ["style.css", "desk.css", "rater.js", "sending.js"])
def test_a_static_text_is_compressed_for_who_takes_it(app: Flask, name: str) -> None:
    client = app.test_client()
    packed = client.get(f"/static/{name}", headers={"Accept-Encoding": "br, gzip"})
    plain = client.get(f"/static/{name}")
    refused = client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip;q=0, br"})
    whole = (STATIC / name).read_bytes()
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == whole
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(whole) / 2
    for answer in (plain, refused):
        assert "Content-Encoding" not in answer.headers
        assert answer.data == whole
    for answer in (packed, plain):
        assert "Accept-Encoding" in answer.vary
        assert answer.cache_control.public
    # What is kept is not sent again, in whichever coding.
    again = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert client.get(f"/static/{name}", headers=again).status_code == 304


@pytest.mark.parametrize("path", ["/anonymity", "/sign-in", "/nowhere", "/static/nothing.css"])
def test_a_page_is_never_compressed(app: Flask, path: str) -> None:
    answer = app.test_client().get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers
