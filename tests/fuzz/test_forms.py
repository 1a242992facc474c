"""Every form of the service, sent anything, by everybody, on both databases.

Whatever is sent: no error of ours, nothing that tells how the service is made, and where it says
no, nothing has changed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given

from tests.conftest import DATABASES, fresh_database
from tests.fuzz.budget import tries
from tests.fuzz.odd_values import Submission, submissions
from tests.fuzz.world import MENTOR, ROLES, UNLISTED, Attackable, Target, target_at
from tests.support.web import posted_endpoints, service_of

_INSIDES = re.compile(r"Traceback \(most|File \"/|sqlalchemy|psycopg|sqlite3\.|werkzeug\.", re.I)


@pytest.fixture(scope="module", params=DATABASES)
def target(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Target]:
    """One for all tests: each puts back what it changes."""
    folder = tmp_path_factory.mktemp("attacked")
    made = target_at(fresh_database(request.param, request, folder), folder)
    yield made
    service_of(made.app).database.dispose()


def send(target: Target, role: str, form: Attackable, sent: Submission) -> str:
    before = target.stored()
    answer = target.client(role).post(form.path, **sent.request(target.csrf[role]))  # type: ignore[arg-type]
    changed = target.stored() != before
    if changed:
        target.restore()
    page = answer.data.decode("utf-8", "replace")
    what = f"{form.endpoint} as {role} answers {answer.status_code}"
    assert answer.status_code < 500, what
    assert "Please send the form once more" not in page, what
    assert not _INSIDES.search(page), what
    assert not (changed and answer.status_code >= 400), f"{what}, and something has changed"
    return "refused" if answer.status_code >= 400 else "taken"


def test_every_form_is_known(target: Target) -> None:
    found = {form.endpoint for forms in target.forms.values() for form in forms.values()}
    assert posted_endpoints(target.app) - found == set()
    # And those that no page offers are not many.
    assert len(UNLISTED) == 4


@pytest.mark.parametrize("role", ROLES)
def test_nothing_that_is_sent_breaks_anything(target: Target, role: str) -> None:
    own = set(target.forms[role])
    assert own
    outcomes: Counter[str] = Counter()
    for form in target.attacks(role):
        if form.path in own:
            attack(target, role, form, 2, outcomes)
        elif target.is_sqlite:
            attack(target, role, form, 1, outcomes)
    assert outcomes.total() >= len(own)
    if role == MENTOR:
        # Who has many forms gets through with some, so not everything is turned away at the door.
        assert min(outcomes["taken"], outcomes["refused"]) >= 5


def attack(target: Target, role: str, form: Attackable, count: int, outcomes: Counter[str]) -> None:
    @tries(count)
    @given(submissions(form))
    def send_anything(sent: Submission) -> None:
        outcomes[send(target, role, form, sent)] += 1

    send_anything()
