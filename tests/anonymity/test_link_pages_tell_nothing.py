"""The outsider's attack: trying links and addresses, and watching how the service answers.

An outsider can make no valid signature, so whatever they try must look and cost the same, whether
the person behind it was invited or not. Cost is counted in database statements and transactions,
not in seconds: what is not done can not be timed. Somebody who was given a real link by its owner
learns from it that it does not work, but not whether its owner answered before it was withdrawn.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from itsdangerous import URLSafeSerializer
from sqlalchemy import event
from werkzeug.test import TestResponse

from survey.rounds.close import close_round
from survey.rounds.manage import revoke_invitation
from survey.rounds.rater_links import RaterLinks
from survey.rounds.submit import decline, submit_feedback
from survey.storage.models import Round
from tests.conftest import service_environment
from tests.support.cases import NOW, Case, invitation_of, launched_case, tokens
from tests.support.web import Surfer, make_app, service_of

TODAY = NOW.date()
ANSWERED, DECLINED, SILENT, OTHER = (f"peers{n}@example.org" for n in range(1, 5))
SECRET = "a secret for tests alone"
OUTSIDERS_SECRET = "what the outsider guesses the secret to be"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(service_environment(database_url, tmp_path) | {"MAIL_SERVER": "127.0.0.1"})
    yield app
    service_of(app).database.dispose()


@pytest.fixture
def case(app: Flask) -> Case:
    """An open round: one peer has answered, one has declined, two have done nothing yet."""
    service = service_of(app)
    made = launched_case(service, {"peers": 4})
    links = tokens(service, made.round_id)
    with service.database.writing() as session:
        submit_feedback(
            session, service.rater_links, links[ANSWERED], {"c-start": "Well done"}, TODAY
        )
        decline(session, service.rater_links, links[DECLINED], TODAY)
    return made


def look(app: Flask, address: str) -> tuple[object, ...]:
    """Everything that a stranger with a fresh browser gets: status, body, headers, and the cost."""
    with work(app) as done:
        answer = Surfer(app).get(address)
    return (*seen(answer), tuple(done))


def seen(answer: TestResponse) -> tuple[object, ...]:
    return answer.status_code, answer.text, tuple(sorted(answer.headers.items()))


@contextmanager
def work(app: Flask) -> Iterator[list[str]]:
    """The statements and commits on the database meanwhile."""
    done: list[str] = []
    engine = service_of(app).database.engine

    def statement(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
        if not sql.startswith("BEGIN"):  # which is a statement on SQLite alone
            done.append(sql)

    def commit(_connection: object) -> None:
        done.append("COMMIT")

    event.listen(engine, "before_cursor_execute", statement)
    event.listen(engine, "commit", commit)
    try:
        yield done
    finally:
        event.remove(engine, "before_cursor_execute", statement)
        event.remove(engine, "commit", commit)


def forged(secret: str, invitation_id: uuid.UUID, salt: str = "survey.rater-link.v1") -> str:
    expiry = (TODAY + dt.timedelta(days=180)).isoformat()
    return str(URLSafeSerializer(secret, salt=salt).dumps([invitation_id.hex, 1, expiry]))


def test_every_link_that_an_outsider_can_make_gets_the_same_answer(app: Flask, case: Case) -> None:
    service = service_of(app)
    real = tokens(service, case.round_id)[SILENT]
    with service.database.reading() as session:
        invited = invitation_of(session.get_one(Round, case.round_id), SILENT).id
    assert forged(SECRET, invited) == real  # the forger knows the form of a token, and its parts
    payload, _, signature = real.rpartition(".")
    tries = [
        forged(OUTSIDERS_SECRET, invited),
        forged(OUTSIDERS_SECRET, uuid.uuid4()),
        forged(SECRET, invited, salt="survey.sign-in.v1"),
        "nonsense",
        "a.b.c",
        real[:-1],
        f"{payload}.{signature[::-1]}",
        f"{payload[::-1]}.{signature}",
        signature,
        "x" * 199,
        "x" * 2000,
        "%00",
        "%F0%9F%8E%AD",
    ]
    for ending in ("", "/decline"):
        answers = {look(app, f"/r/{token}{ending}") for token in tries}
        assert len(answers) == 1
        ((status, text, headers, cost),) = answers
        assert status == 410
        assert "This link does not work" in str(text)
        assert "Set-Cookie" not in dict(headers)  # type: ignore[call-overload]
        # Nothing is looked up, so nothing can be timed.
        assert cost == ()
    # The comparison is worth something: the real link does look different.
    assert look(app, f"/r/{real}")[0] == 303


def test_the_address_of_an_open_form_is_worth_nothing_in_another_browser(
    app: Flask, case: Case
) -> None:
    service = service_of(app)
    real = Surfer(app).get(f"/r/{tokens(service, case.round_id)[SILENT]}").headers["Location"]
    for ending in ("", "/decline", "/thank-you", "/declined"):
        answers = {look(app, f"{place}{ending}") for place in (real, "/feedback/AAAAAAAAAAAA")}
        assert len(answers) == 1
        ((status, _text, headers, cost),) = answers
        assert (status, cost) == (410, ())
        assert "Set-Cookie" not in dict(headers)  # type: ignore[call-overload]


def test_a_link_that_no_longer_works_does_not_tell_whether_its_owner_answered(
    app: Flask, case: Case
) -> None:
    """Withdrawn or replaced links, of raters who answered, declined, and did neither."""
    service = service_of(app)
    links = tokens(service, case.round_id)
    everybody = (ANSWERED, DECLINED, SILENT)

    def looks() -> list[tuple[object, ...]]:
        return [look(app, f"/r/{links[address]}") for address in everybody]

    answered, declined, silent = looks()
    assert answered == declined != silent
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        for address in everybody:
            revoke_invitation(session, round_, invitation_of(round_, address))
    revoked = looks()
    assert revoked[0] == revoked[1] == revoked[2]
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        for invitation in round_.invitations:
            invitation.revoked = False
            service.rater_links.issue(invitation, TODAY)
    replaced = looks()
    assert replaced[0] == replaced[1] == replaced[2]


def test_pages_of_useless_links_are_alike_but_for_their_words(app: Flask, case: Case) -> None:
    """Same status, same headers, no cookie, about the same length, the same work."""
    service = service_of(app)
    links = tokens(service, case.round_id)
    pages = {
        "used": look(app, f"/r/{links[ANSWERED]}"),
        "unknown": look(app, f"/r/{forged(OUTSIDERS_SECRET, uuid.uuid4())}"),
    }
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        invitation = invitation_of(round_, OTHER)
        revoke_invitation(session, round_, invitation)
    pages["revoked"] = look(app, f"/r/{links[OTHER]}")
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        RaterLinks(SECRET).issue(invitation_of(round_, OTHER), TODAY)
    pages["replaced"] = look(app, f"/r/{links[OTHER]}")
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
    pages["closed"] = look(app, f"/r/{links[SILENT]}")

    assert {page[0] for page in pages.values()} == {410}
    headers = [{k: v for k, v in page[2] if k != "Content-Length"} for page in pages.values()]  # type: ignore[attr-defined]
    assert all(other == headers[0] for other in headers)
    assert "Set-Cookie" not in headers[0]
    lengths = {name: len(str(page[1])) for name, page in pages.items()}
    assert max(lengths.values()) < 1.1 * min(lengths.values()), lengths
    cost = {name: page[3] for name, page in pages.items()}
    # With a true signature there is one look-up, whatever it finds, and the round's where needed.
    assert cost["unknown"] == ()
    assert cost["used"] == cost["revoked"] == cost["replaced"]
    assert len(cost["used"]) == 1  # type: ignore[arg-type]
    assert "COMMIT" not in cost["closed"]  # type: ignore[operator]


# Asking for a sign-in link


def ask(app: Flask, address: str) -> tuple[tuple[object, ...], list[str]]:
    """What the page answers to this address, with the address itself blotted out; and the cost."""
    surfer = Surfer(app)
    surfer.get("/sign-in")
    with work(app) as done:
        answer = surfer.post("/sign-in", {"email": address})
    status, text, headers = seen(answer)
    assert address in str(text)
    kept = tuple((k, v) for k, v in headers if k != "Content-Length")  # type: ignore[attr-defined]
    return (status, str(text).replace(address, "…"), kept), done


def test_the_sign_in_page_answers_alike_to_everybody(app: Flask, case: Case) -> None:
    addresses = (
        "max.mentor@example.org",
        "mia.mentee@example.org",
        SILENT,
        ANSWERED,
        "nobody@example.org",
        "not an address",
    )
    answers = {ask(app, address)[0] for address in addresses}
    # Again and again: the sixth link is not made, which must not show either.
    answers |= {ask(app, "max.mentor@example.org")[0] for _ in range(6)}
    assert len(answers) == 1
    ((status, _text, _headers),) = answers
    assert status == 200


def test_asking_for_a_link_costs_the_same_for_raters_as_for_strangers(
    app: Flask, case: Case
) -> None:
    """Who was invited can not be found out here: raters' addresses are not even looked at."""
    stranger = ask(app, "nobody@example.org")[1]
    assert ask(app, SILENT)[1] == stranger
    assert ask(app, ANSWERED)[1] == stranger


def test_asking_for_a_link_costs_the_same_for_accounts_as_for_strangers(
    app: Flask, case: Case
) -> None:
    stranger = ask(app, "nobody@example.org")[1]
    mentor = ask(app, "max.mentor@example.org")[1]
    assert len(mentor) == len(stranger), f"{len(mentor)} against {len(stranger)} steps"
