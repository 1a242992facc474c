"""The description of the API: for programs as JSON, for people as a page. It tells of nobody."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from survey.accounts.api_tokens import Scope
from survey.api.openapi import document
from survey.api.problems import TITLES

blueprint = Blueprint("api_description", __name__, url_prefix="/api")

_CODE = re.compile(r"`([^`]+)`")


@blueprint.get("/v1/openapi.json")
def openapi() -> ResponseReturnValue:
    """The description as OpenAPI 3.1."""
    return Response(_as_json(), mimetype="application/json")


@blueprint.get("/docs")
def docs() -> ResponseReturnValue:
    """The same to read, made of plain HTML: nothing is loaded from elsewhere."""
    described = document()
    schemas = described["components"]["schemas"]
    return render_template(
        "api/docs.html",
        info=described["info"],
        topics=_topics(described),
        schemas={name: _fields(schema) for name, schema in sorted(schemas.items())},
        scopes=list(Scope),
        problems=TITLES,
    )


@blueprint.app_template_filter("with_code")
def with_code(text: str) -> Markup:
    """A description as HTML: what stands between backticks is code, as in OpenAPI's CommonMark.

    Everything else is escaped, and no other mark of CommonMark is used in descriptions.
    """
    parts = _CODE.split(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else escape(part)
        for number, part in enumerate(parts)
    )


@cache
def _as_json() -> str:
    return json.dumps(document(), ensure_ascii=False, indent=1)


def _topics(described: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """The operations by topic, with what a reader wants to know of each."""
    found: dict[str, list[dict[str, Any]]] = {tag["name"]: [] for tag in described["tags"]}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {})
            (success,) = [s for s in operation["responses"] if s.startswith("2")]
            answer = operation["responses"][success].get("content", {})
            found[operation["tags"][0]].append(
                {
                    "id": operation["operationId"],
                    "method": method.upper(),
                    "path": path,
                    "summary": operation["summary"],
                    "description": operation["description"],
                    "scopes": operation["security"][0]["token"],
                    "parameters": operation["parameters"],
                    "body": _named(body.get("application/json", {}).get("schema")),
                    "status": success,
                    "answer": _named(answer.get("application/json", {}).get("schema")),
                    "many": _is_list(answer.get("application/json", {}).get("schema")),
                    "refusals": [s for s in operation["responses"] if s != success],
                }
            )
    return found


def _named(schema: dict[str, Any] | None) -> str | None:
    """The name of the schema that is referred to, in a list or by itself."""
    if schema is None:
        return None
    if _is_list(schema):
        schema = schema["properties"]["items"]["items"]
    return str(schema["$ref"]).rpartition("/")[2]


def _is_list(schema: dict[str, Any] | None) -> bool:
    return schema is not None and "items" in schema.get("properties", {})


def _fields(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema's fields, each with its type in words."""
    required = schema.get("required", [])
    return {
        "description": schema.get("description", ""),
        "values": schema.get("enum", []),
        "fields": [
            {
                "name": name,
                "type": _type(field),
                "required": name in required,
                "default": _default(field),
                "description": field.get("description", ""),
            }
            for name, field in schema.get("properties", {}).items()
        ],
    }


def _default(schema: dict[str, Any]) -> str:
    """What holds where a field is left out, as JSON; empty for nothing to speak of."""
    default = schema.get("default")
    return "" if default is None or default in ("", []) else json.dumps(default)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for joined in ("anyOf", "oneOf", "allOf"):
        if joined in schema:
            return " or ".join(dict.fromkeys(_type(one) for one in schema[joined]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "enum" in schema or "const" in schema:
        values = schema.get("enum", [schema.get("const")])
        return " or ".join(json.dumps(value) for value in values)
    return str(schema.get("format") or schema.get("type") or "any")
