"""Routes for programs: each declared once, for the application and for its description.

An operation is a function on a database session, as use cases are. What is sent is checked before
it is called, and what it shows is written out through the shape that it declares.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Blueprint, Response, g, request
from pydantic import ValidationError
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.api.bearer import authenticate, current_use, shown_token
from survey.api.paging import Part
from survey.api.problems import ErrorAt, ProblemError, log_if_away, problem_of, refused
from survey.api.repeated import KeptAnswer, Place, checked_key, request_hash, take_place
from survey.api.shapes import Asked, Sent, Shown
from survey.privacy.audit_trail import Action as Deed
from survey.web.current import service
from survey.web.deeds import note_reading
from survey.web.rate_limits import limit_programs

PREFIX = "/api/v1"
blueprint = Blueprint("api", __name__, url_prefix=PREFIX)

Limit = Callable[[Callable[..., Response]], Callable[..., Response]]
_View = TypeVar("_View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """One route: how it is asked for, what it takes and what it answers."""

    name: str
    method: str
    path: str
    tag: str
    scope: Scope | None
    summary: str
    description: str
    body: type[Sent] | None
    asked: type[Asked] | None
    shows: type[Shown] | None
    many: bool
    status: int
    refusals: frozenset[int]


@dataclass(frozen=True)
class Created:
    """Something new, and the address where it can be read."""

    shown: Shown
    location: str


OPERATIONS: dict[str, Operation] = {}


@dataclass(frozen=True)
class _Checked:
    arguments: Mapping[str, object] = field(default_factory=dict)
    raw: bytes = b""


def operation(
    method: str,
    path: str,
    *,
    tag: str,
    scope: Scope | None,
    body: type[Sent] | None = None,
    asked: type[Asked] | None = None,
    shows: type[Shown] | None = None,
    many: bool = False,
    status: int = 200,
    limits: tuple[Limit, ...] = (),
    fields: Mapping[str, str] | None = None,
    noted: Deed | None = None,
    refusals: tuple[int, ...] = (),
) -> Callable[[_View], _View]:
    """Declare a function as a route.

    `fields` maps the word before the colon of a use case's message to a pointer into the body.
    `noted` goes to the audit trail once a day, about the round in the address. `refusals` are
    statuses beyond those that every such operation can have.
    """

    def declare(view: _View) -> _View:
        summary, _, description = (view.__doc__ or "").partition("\n\n")
        made = Operation(
            name=view.__name__,
            method=method,
            path=path,
            tag=tag,
            scope=scope,
            summary=" ".join(summary.split()).removesuffix("."),
            description=" ".join(description.split()),
            body=body,
            asked=asked,
            shows=shows,
            many=many,
            status=status,
            refusals=frozenset(refusals),
        )
        OPERATIONS[made.name] = made
        run = _running(made, view, fields or {}, noted)
        for limit in limits:
            run = limit(run)
        run = limit_programs(run)
        blueprint.add_url_rule(path, view.__name__, _guarded(made, view, run), methods=[method])
        return view

    return declare


def _guarded(
    made: Operation, view: Callable[..., Any], run: Callable[..., Response]
) -> Callable[..., Response]:
    @functools.wraps(view)
    def guarded(**arguments: object) -> Response:
        authenticate(made.scope)
        return run(**arguments)

    return guarded


def _running(
    made: Operation, view: Callable[..., Any], fields: Mapping[str, str], noted: Deed | None
) -> Callable[..., Response]:
    @functools.wraps(view)
    def run(**arguments: object) -> Response:
        g.api_fields = fields
        checked = _checked(made)
        place = _place(made, checked.raw)
        if isinstance(place, KeptAnswer):
            return _written(place, repeated=True)
        try:
            answer = _done(made, view, {**arguments, **checked.arguments}, place)
        except Exception as error:
            if place is not None:
                place.give_up(service().database)
            problem = problem_of(error)
            if problem is None or problem is error:
                raise
            log_if_away(error)
            raise problem from error
        if noted is not None:
            note_reading(noted, arguments["round_id"])  # type: ignore[arg-type]
        return answer

    return run


def _done(
    made: Operation, view: Callable[..., Any], arguments: Mapping[str, object], place: Place | None
) -> Response:
    """Do it in one transaction, with the answer kept in the same."""
    database = service().database
    if made.method == "GET":
        with database.reading() as session:
            return _response(made, view(session, **arguments))
    with database.writing() as session:
        answer = _kept(made, _result(session, view, arguments))
        if place is not None:
            place.keep(session, answer)
    return _written(answer)


def _result(session: Session, view: Callable[..., Any], arguments: Mapping[str, object]) -> Any:
    result = view(session, **arguments)
    session.flush()
    return result


def _checked(made: Operation) -> _Checked:
    arguments: dict[str, object] = {}
    if made.asked is not None:
        arguments["asked"] = _read_query(made.asked)
    elif request.args:
        name = next(iter(request.args))
        at = ErrorAt(detail="This address takes no parameters.", parameter=name)
        raise ProblemError(422, "invalid-request", "Nothing was done.", [at])
    if made.body is None:
        return _Checked(arguments)
    if request.mimetype != "application/json":
        raise ProblemError(
            415, "wrong-media-type", "Send the body as JSON: `Content-Type: application/json`."
        )
    raw = request.get_data(cache=False)
    try:
        arguments["body"] = made.body.model_validate_json(raw)
    except ValidationError as error:
        raise refused(error, in_body=True) from error
    return _Checked(arguments, raw)


def _read_query(asked: type[Asked]) -> Asked:
    for name, values in request.args.lists():
        if len(values) > 1:
            at = ErrorAt(detail="Say this once.", parameter=name)
            raise ProblemError(422, "invalid-request", "Nothing was done.", [at])
    try:
        return asked.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise refused(error, in_body=False) from error


def _place(made: Operation, raw: bytes) -> Place | KeptAnswer | None:
    key = request.headers.get("Idempotency-Key")
    if made.method != "POST" or key is None:
        return None
    return take_place(
        service().database,
        current_use(),
        shown_token(),
        checked_key(key),
        request_hash(request.method, request.path, raw),
        service().now(),
    )


def _kept(made: Operation, result: object) -> KeptAnswer:
    if result is None:
        return KeptAnswer(204, "", None)
    if isinstance(result, Created):
        return KeptAnswer(made.status, _as_json(made, result.shown), result.location)
    return KeptAnswer(made.status, _as_json(made, result), None)


def _response(made: Operation, result: object) -> Response:
    if not isinstance(result, Part):
        return _written(KeptAnswer(made.status, _as_json(made, result), None))
    items = ",".join(_as_json(made, item) for item in result.items)
    after = "null" if result.next is None else f'"{result.next}"'
    response = _written(KeptAnswer(200, f'{{"items":[{items}],"next":{after}}}', None))
    if result.link is not None:
        response.headers["Link"] = result.link
    return response


def _as_json(made: Operation, result: object) -> str:
    """The declared shape alone: another would say more than the description does."""
    if made.shows is None or type(result) is not made.shows:
        raise TypeError(f"{made.name} shows something else than it declares")
    return result.model_dump_json()


def _written(answer: KeptAnswer, *, repeated: bool = False) -> Response:
    response = Response(answer.body, answer.status, mimetype="application/json")
    if answer.status == 204:
        del response.headers["Content-Type"]
    if answer.location is not None:
        response.headers["Location"] = answer.location
    if repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return response
