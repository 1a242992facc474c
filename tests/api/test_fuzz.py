"""Whatever its own description allows, and what it forbids, asked of every operation.

`FUZZ=50 .venv/bin/python -m pytest tests/api/test_fuzz.py` asks fifty times as much. What came to
light stands in tests/api/test_found.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from survey.api.openapi import document
from survey.api.operations import OPERATIONS
from survey.storage.models import RoundState
from survey.web.rate_limits import limiter
from tests.api.programs import token_for
from tests.fuzz.budget import tries
from tests.fuzz.world import MENTOR, Target
from tests.security.service import full_service

Start = Callable[..., Any]


_IDS = ("mentorship_id", "goal_id", "record_id", "proposal_id", "webhook_id", "delivery_id")


class AsItWas:
    """The application, set back after each request, and described with the ids that it knows."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.described = json.dumps(with_known_ids(target)).encode()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/openapi.json":
            start("200 OK", [("Content-Type", "application/json")])
            return [self.described]
        limiter.reset()
        answer = list(self.target.app(environ, start))
        if environ["REQUEST_METHOD"] != "GET":
            self.target.restore()
        return answer


def with_known_ids(target: Target) -> dict[str, Any]:
    """The description, with ids that there are in the place of any: others lead nowhere anyhow."""
    world = target.world
    known = {
        "round_id": [str(world.rounds[state]) for state in RoundState],
        "invitation_id": [str(world.invitations[state]) for state in RoundState],
        "framework_id": ["leadership", "max-own", "nothing"],
        **{name: [str(world.ids[name])] for name in _IDS},
    }
    described = deepcopy(document())
    for methods in described["paths"].values():
        for operation in methods.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    parameter["schema"] = {"type": "string", "enum": known[parameter["name"]]}
    return described


@pytest.fixture(scope="module")
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    with full_service(request, tmp_path_factory.mktemp("fuzzed"), "sqlite") as made:
        yield made


@pytest.fixture(scope="module")
def token(target: Target) -> str:
    made = token_for(target.app, MENTOR)
    target.remember()
    return made


@pytest.fixture(scope="module")
def operations(target: Target, token: str) -> dict[str, APIOperation]:
    assert token
    described = schemathesis.openapi.from_wsgi("/openapi.json", AsItWas(target))
    found = [result.ok() for result in described.get_all_operations()]
    return {operation.definition.raw["operationId"]: operation for operation in found}


@pytest.mark.parametrize("mode", GenerationMode)
@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_keeps_to_its_description(
    name: str, mode: GenerationMode, operations: dict[str, APIOperation], token: str
) -> None:
    """Statuses, media types, headers, shapes; what is right is taken and what is wrong refused."""
    headers = {"Authorization": f"Bearer {token}"}

    @tries(8)
    @given(case=operations[name].as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case) -> None:
        # A round's rules go beyond any schema: a deadline that is over is well-formed.
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    ask()
