"""What went wrong, as problem details (RFC 9457): the one shape of every error under /api."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from flask import Response, current_app, g, request
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import TimeoutError as NoFreeConnectionError
from werkzeug.exceptions import HTTPException

from survey.accounts.errors import AccountError
from survey.anonymity.ballot_box import SpoiltBallotError
from survey.confidentiality.master_key import MasterKeyError
from survey.frameworks.problems import FrameworkError
from survey.languages.catalogues import SOURCE_LANGUAGE
from survey.languages.message import Message
from survey.mentoring.errors import MentoringError
from survey.report.rendering.client import RenderingError
from survey.rounds.errors import (
    CountingError,
    InvalidRoundError,
    ReportDisposedError,
    RoundError,
    TooManyLettersError,
    UnknownFrameworkError,
)
from survey.storage.faults import DatabaseFaultError
from survey.storage.key_store import KeyDestroyedError
from survey.webhooks.errors import DestinationError, WebhookError
from survey.webhooks.registering import InvalidWebhookError

MEDIA_TYPE = "application/problem+json"
_PREFIX = "/api/"
_PLAIN = "about:blank"
_RETRY_AFTER_SECONDS = 30
_RETRY_AFTER_LIMIT_SECONDS = 15 * 60
_AWAY = (
    DatabaseFaultError,
    NoFreeConnectionError,
    MasterKeyError,
    KeyDestroyedError,
    CountingError,
    RenderingError,
)

Kind = Literal[
    "no-token",
    "missing-scope",
    "not-json",
    "wrong-media-type",
    "invalid-request",
    "framework-problems",
    "not-possible-now",
    "still-in-progress",
    "key-reused",
    "too-many-letters",
    "report-gone",
    "unavailable",
]
# The title of each kind of problem. Each is explained on the page /api/docs under its name.
TITLES: Mapping[Kind, str] = {
    "no-token": "A valid token is needed",
    "missing-scope": "The token is not for this",
    "not-json": "The body is not JSON",
    "wrong-media-type": "The body is of another kind",
    "invalid-request": "What was sent cannot be used",
    "framework-problems": "The framework has to be put right",
    "not-possible-now": "That is not possible as things stand",
    "still-in-progress": "The same request is still being worked on",
    "key-reused": "The key belongs to another request",
    "too-many-letters": "Enough people were invited today",
    "report-gone": "The report is gone",
    "unavailable": "The service cannot do this now",
}
_TEXTS = {
    404: "There is nothing here, or it is not yours to see.",
    405: "This address does not take that method.",
    413: "What was sent is larger than the service takes.",
    429: "There were many requests in a short time. Wait a quarter of an hour, then try again.",
    500: "Something went wrong on our side. Nothing was half saved.",
}


class ErrorAt(BaseModel):
    """One thing to put right, and where: in the body, in the address, or in a framework's file."""

    detail: str
    pointer: str | None = Field(
        default=None, description="JSON pointer into the body, as a fragment: `#/raters/2/email`."
    )
    parameter: str | None = Field(default=None, description="The name of a query parameter.")
    line: int | None = Field(default=None, description="In a framework's file, from 1 on.")
    column: int | None = Field(default=None, description="In a framework's file, from 1 on.")
    hint: str | None = Field(default=None, description="What would be right.")


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ErrorAt] | None = None


class ProblemError(Exception):
    """A request is answered with a problem."""

    def __init__(
        self,
        status: int,
        kind: Kind,
        detail: str,
        errors: Sequence[ErrorAt] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`errors` name the places of what has to be put right."""
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


def concerns_api() -> bool:
    """Whether the current request is one of a program, wherever it leads."""
    return request.path.startswith(_PREFIX) and request.blueprint in ("api", None)


def as_problem(error: Exception) -> Response | None:
    """An error as problem details; None where the request is for a page."""
    return answer_problem(error) if concerns_api() else None


def problem_of(error: Exception) -> ProblemError | None:
    """What a use case refused, as a problem; None for what is no refusal."""
    fields: Mapping[str, str] = g.get("api_fields") or {}
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, FrameworkError):
        found = [
            ErrorAt(
                detail=one.what,
                pointer="#/yaml",
                line=one.line,
                column=one.column,
                hint=one.hint or None,
            )
            for one in error.problems
        ]
        return ProblemError(422, "framework-problems", "The framework was not kept.", found)
    if isinstance(error, ReportDisposedError):
        return ProblemError(410, "report-gone", str(error))
    if isinstance(error, TooManyLettersError):
        return ProblemError(429, "too-many-letters", str(error))
    if isinstance(error, UnknownFrameworkError):
        found = [ErrorAt(detail=str(error), pointer=fields.get("Framework"))]
        return ProblemError(422, "invalid-request", str(error), found)
    if isinstance(error, InvalidRoundError):
        found = [_placed(problem, fields) for problem in error.problems]
        if fields:
            return ProblemError(422, "invalid-request", "Nothing was changed.", found)
        return ProblemError(409, "not-possible-now", "Nothing was changed.", found)
    if isinstance(error, AccountError | MentoringError | DestinationError | InvalidWebhookError):
        return ProblemError(
            422, "invalid-request", "Nothing was changed.", [_placed(str(error), fields)]
        )
    if isinstance(error, _AWAY):
        return ProblemError(
            503,
            "unavailable",
            "The service cannot do this now, and nothing was changed. Try again in a while.",
            headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
        )
    if isinstance(error, RoundError | SpoiltBallotError | WebhookError):
        return ProblemError(409, "not-possible-now", str(error))
    return None


def log_if_away(error: Exception) -> None:
    """One line for what is wrong with the service, without address or endpoint, as for pages."""
    if isinstance(error, _AWAY):
        current_app.logger.error("A request of a program was not served: %s", error)


def refused(error: ValidationError, *, in_body: bool) -> ProblemError:
    """What pydantic found wrong, each at its place. What was sent is not repeated."""
    found = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        if one["type"] == "json_invalid":
            return ProblemError(400, "not-json", f"The body is not JSON: {one['msg']}.")
        place = [str(part) for part in one["loc"]]
        at = (
            ErrorAt(detail=one["msg"], pointer=pointer_to(*place))
            if in_body
            else ErrorAt(detail=one["msg"], parameter=place[0] if place else None)
        )
        found.append(at)
    return ProblemError(422, "invalid-request", "Nothing was changed.", found)


def pointer_to(*parts: str | int) -> str:
    """A JSON pointer as a fragment."""
    escaped = (str(part).replace("~", "~0").replace("/", "~1") for part in parts)
    return "".join(["#", *(f"/{part}" for part in escaped)])


def _placed(message: str, fields: Mapping[str, str]) -> ErrorAt:
    """A message such as "Deadline: that day is over" at the field that it is about."""
    if isinstance(message, Message) and message.at in fields:
        # As it was written: ids and names keep their case.
        return ErrorAt(detail=message.in_language(SOURCE_LANGUAGE), pointer=fields[message.at])
    label, colon, text = message.partition(": ")
    if colon and label in fields:
        return ErrorAt(detail=text[:1].upper() + text[1:], pointer=fields[label])
    return ErrorAt(detail=message)


def answer_problem(error: Exception) -> Response:
    """Any error as problem details."""
    problem = problem_of(error)
    log_if_away(error)
    if problem is not None:
        body = Problem(
            type=f"/api/docs#{problem.kind}",
            title=TITLES[problem.kind],
            status=problem.status,
            detail=problem.detail,
            errors=problem.errors or None,
        )
        return _response(body, problem.headers)
    http = error if isinstance(error, HTTPException) else None
    code = (http.code if http else None) or 500
    headers = _headers_of(http, code)
    title = http.name if http else "Internal Server Error"
    said = _TEXTS.get(code) or (http.description if http else None) or title
    return _response(Problem(type=_PLAIN, title=title, status=code, detail=said), headers)


def _headers_of(error: HTTPException | None, code: int) -> dict[str, str]:
    headers = {}
    if error is not None and code == 405:
        allowed = error.get_response(request.environ).headers.get("Allow")
        if allowed:
            headers["Allow"] = allowed
    if code == 429:
        headers["Retry-After"] = str(_RETRY_AFTER_LIMIT_SECONDS)
    return headers


def _response(problem: Problem, headers: Mapping[str, str]) -> Response:
    response = Response(
        problem.model_dump_json(exclude_none=True), problem.status, mimetype=MEDIA_TYPE
    )
    response.headers.update(headers)
    return response
