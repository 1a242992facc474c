"""The API's description (OpenAPI 3.1), from the operations and the shapes that they declare.

The shapes are pydantic models, whose JSON Schema is of the dialect that OpenAPI 3.1 uses; so what
is described is what is checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from survey.accounts.api_tokens import Scope
from survey.api.operations import OPERATIONS, PREFIX, Operation
from survey.api.problems import MEDIA_TYPE, Problem
from survey.api.repeated import LONGEST_KEY

VERSION = "1.0.0"
_REF = "#/components/schemas/{model}"
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
_NAMES = {
    "mentorship_id": "The mentee, by the id of their mentorship with you.",
    "delivery_id": "The message, by the id from the list of messages.",
    "invitation_id": "The rater, by the id from the list of raters.",
}
_REFUSALS = {
    400: "The request cannot be read.",
    401: "No token, or none that works.",
    403: "The token is not for this.",
    404: "There is nothing here, or it is not yours to see.",
    409: "Not possible as things stand, or the same request is being worked on.",
    410: "The report is no longer kept, or the round has no result.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "What was sent cannot be used; `errors` name the places.",
    429: "Too many requests, or letters.",
    500: "Something went wrong on our side.",
    503: "The service cannot do this now.",
}


@cache
def document() -> dict[str, Any]:
    """The whole description."""
    models, shared = models_json_schema(sorted(_models(), key=repr), ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS.values():
        path = PREFIX + _PARAMETER.sub(r"{\2}", operation.path)
        paths.setdefault(path, {})[operation.method.lower()] = _described(operation, models)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Mentoring Feedback",
            "version": VERSION,
            "summary": "Feedback rounds, frameworks, mentees, goals and sessions for programs.",
            "description": "What the pages do, under the same rules: nothing here tells who has "
            "answered, or what anybody did.",
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in dict.fromkeys(o.tag for o in OPERATIONS.values())],
        "paths": paths,
        "components": {
            "schemas": shared["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A personal token, made on your account's page. Its scopes are "
                    f"some of: {', '.join(Scope)}.",
                }
            },
            "responses": {
                str(status): {
                    "description": said,
                    "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}},
                }
                for status, said in _REFUSALS.items()
            },
        },
    }


def _models() -> set[tuple[type[BaseModel], JsonSchemaMode]]:
    found: set[tuple[type[BaseModel], JsonSchemaMode]] = {(Problem, "serialization")}
    for operation in OPERATIONS.values():
        if operation.body is not None:
            found.add((operation.body, "validation"))
        if operation.shows is not None:
            found.add((operation.shows, "serialization"))
    return found


def _described(operation: Operation, models: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description or operation.summary,
        "parameters": list(_parameters(operation)),
        "responses": _responses(operation, models),
        "security": [{"token": [operation.scope] if operation.scope else []}],
    }
    if operation.body is not None:
        schema = models[(operation.body, "validation")]
        described["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    return described


def _parameters(operation: Operation) -> Iterator[dict[str, Any]]:
    for converter, name in _PARAMETER.findall(operation.path):
        schema = {"type": "string"}
        if converter == "uuid":
            schema["format"] = "uuid"
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "schema": schema,
            "description": _NAMES.get(name, ""),
        }
    if operation.asked is not None:
        schemas = operation.asked.model_json_schema(ref_template=_REF)
        defined = schemas.get("$defs", {})
        for name, schema in schemas["properties"].items():
            yield {
                "name": name,
                "in": "query",
                "required": False,
                "schema": _parameter_schema(schema, defined),
                "description": schema.get("description", ""),
            }
    if operation.method == "POST":
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": LONGEST_KEY,
                "pattern": r"^[!-~]([ -~]*[!-~])?$",
            },
            "description": "With it, the request may be sent again within 24 hours: it is done "
            "once, and answered alike. Use a new one for each thing to do, such as a UUID.",
        }


def _parameter_schema(schema: dict[str, Any], defined: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that is there: one that is left out is simply not sent."""
    kinds = [kind for kind in schema.get("anyOf", [schema]) if kind != {"type": "null"}]
    (kind,) = kinds
    if "$ref" in kind:
        kind = defined[kind["$ref"].rpartition("/")[2]]
    return {k: v for k, v in kind.items() if k not in ("title", "default", "description")}


def _responses(operation: Operation, models: dict[Any, Any]) -> dict[str, Any]:
    refusals = {401, 403, 422, 429, 500, 503} | operation.refusals
    if _PARAMETER.search(operation.path):
        refusals.add(404)
    if operation.body is not None:
        refusals |= {400, 413, 415}
    if operation.method == "POST":
        refusals.add(409)
    found: dict[str, Any] = {str(operation.status): _success(operation, models)}
    for status in sorted(refusals):
        found[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return found


def _success(operation: Operation, models: dict[Any, Any]) -> dict[str, Any]:
    if operation.shows is None:
        return {"description": "Done."}
    schema = models[(operation.shows, "serialization")]
    answer: dict[str, Any] = {"description": "Done." if operation.method == "POST" else "Here."}
    headers = {}
    if operation.many:
        schema = {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": {"type": "array", "items": schema},
                "next": {
                    "type": ["string", "null"],
                    "description": "What to put into `after` for the next part; null at the end.",
                },
            },
        }
        headers["Link"] = _header("The next part of the list, where there is one (RFC 8288).")
    if operation.status == 201:
        headers["Location"] = _header("Where it can be read.")
    if operation.method == "POST":
        headers["Idempotency-Replayed"] = _header("`true` where it was done before.")
    if headers:
        answer["headers"] = headers
    answer["content"] = {"application/json": {"schema": schema}}
    return answer


def _header(description: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}}
