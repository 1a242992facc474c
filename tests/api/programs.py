"""A program that asks with somebody's token."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from survey.accounts.api_tokens import Scope, make_token
from survey.accounts.people import find_person
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.submit import decline, submit_feedback
from survey.storage.models import Round
from survey.web.rate_limits import limiter
from tests.support.cases import NOW, tokens
from tests.support.web import service_of

MENTOR, MENTEE = "max.mentor@example.org", "mia.mentee@example.org"
PROBLEM = "application/problem+json"


def token_for(app: Flask, email: str, scopes: Collection[Scope] = tuple(Scope)) -> str:
    """A token of this person's, with all scopes unless told otherwise."""
    with service_of(app).database.writing() as session:
        person = find_person(session, email)
        assert person is not None
        return make_token(session, person, "A program", scopes, 90, NOW)


class Program:
    """Sends JSON with a token, and no cookies."""

    def __init__(self, app: Flask, token: str | None) -> None:
        self.client = app.test_client(use_cookies=False)
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> TestResponse:
        """Ask for a path below /api/v1."""
        return self.ask("GET", path)

    def post(
        self, path: str, body: Mapping[str, Any] | None = None, key: str | None = None
    ) -> TestResponse:
        """Send a body, and an Idempotency-Key where there is one."""
        return self.ask("POST", path, body, {} if key is None else {"Idempotency-Key": key})

    def ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> TestResponse:
        """Any request; what was counted before counts for nothing."""
        limiter.reset()
        return self.client.open(
            path if path.startswith("/api/") else f"/api/v1{path}",
            method=method,
            json=body,
            headers={**self.headers, **(headers or {})},
        )


def program_of(app: Flask, email: str, scopes: Collection[Scope] = tuple(Scope)) -> Program:
    """A program with a token of this person's."""
    return Program(app, token_for(app, email, scopes))


def in_days(days: int) -> str:
    """A day from NOW on, as JSON has it."""
    return (NOW.date() + dt.timedelta(days=days)).isoformat()


def refusal(answer: TestResponse, status: int, kind: str | None = None) -> dict[str, Any]:
    """The problem that was answered, which has to be one of this status and kind."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == PROBLEM
    problem = answer.get_json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert problem["type"] == ("about:blank" if kind is None else f"/api/docs#{kind}")
    assert isinstance(problem, dict)
    return problem


def pointers(problem: Mapping[str, Any]) -> list[str]:
    """Where the problem says that something has to be put right."""
    return [error.get("pointer") or error.get("parameter") for error in problem["errors"]]


def raters(counts: Mapping[str, int]) -> list[dict[str, str]]:
    """So many raters per group key, with addresses such as peers1@example.org."""
    return [
        {"name": f"{key} {number}", "email": f"{key}{number}@example.org", "group": key}
        for key, count in counts.items()
        for number in range(1, count + 1)
    ]


def answer(app: Flask, round_id: uuid.UUID, email: str, *, declines: bool = False) -> None:
    """Answer as this rater, or decline."""
    service = service_of(app)
    with service.database.reading() as session:
        asked = questionnaire_of(session.get_one(Round, round_id))
        items = [id_ for competency in asked.competencies for id_ in competency.indicator_ids]
    token = tokens(service, round_id)[email]
    said = {f"r-{item}": str(2 + (len(email) + n) % 4) for n, item in enumerate(items)}
    with service.database.writing() as session:
        if declines:
            decline(session, service.rater_links, token, NOW.date())
        else:
            said["c-start"] = "Say no more often."
            submit_feedback(session, service.rater_links, token, said, NOW.date())


def answer_all(app: Flask, round_id: uuid.UUID, *, declining: str = "") -> None:
    """Answer as everybody who is invited, but for one who declines."""
    for email in tokens(service_of(app), round_id):
        answer(app, round_id, email, declines=email == declining)
