"""Restriction and objection by an administrator's hand, and accounts that nobody uses any more."""

from __future__ import annotations

import datetime as dt
import mailbox
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from survey.accounts.people import add_mentor, find_person
from survey.accounts.roles import add_administrator, deactivate
from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.mentoring.mentees import add_mentee
from survey.privacy.erasure import is_erased
from survey.privacy.errors import PrivacyError
from survey.privacy.requests import ask
from survey.privacy.restriction import lift_restriction, note_objection, restrict
from survey.privacy.retention import due_now
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.errors import InvalidRoundError, WrongStateError
from survey.rounds.release import release_round
from survey.service import Service
from survey.storage.models import (
    Letter,
    LetterKind,
    Mentorship,
    Person,
    PrivacyRequest,
    RequestKind,
    RequestState,
    Round,
    RoundKind,
)
from tests.conftest import service_environment
from tests.privacy.people import actions
from tests.support.cases import NOW, close, draft_case, entries, launch, launched_case
from tests.support.web import make_app, postman_of, service_of, signed_in, worker_of

MENTOR, MENTEE, ADMIN = "max.mentor@example.org", "mia.mentee@example.org", "ada@example.org"


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    made = make_app(service_environment(database_url, tmp_path))
    yield made
    service_of(made).database.dispose()


def restrict_mentee(service: Service) -> None:
    with service.database.writing() as session:
        person = find_person(session, MENTEE)
        assert person is not None
        restrict(session, person, None, NOW)


def test_while_restricted_there_is_no_new_round_and_none_is_released(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    close(service, case.round_id)
    details = RoundDetails(
        RoundKind.BEFORE, "leadership", STANDARD_GROUPS, NOW.date() + dt.timedelta(days=9)
    )
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, case.mentorship_id)
        draft = create_draft(session, mentorship, details, NOW.date())
        assert add_raters(session, draft, entries({"peers": 3})) == []
        draft_id = draft.id
    restrict_mentee(service)
    with service.database.writing() as session:
        mentorship = session.get_one(Mentorship, case.mentorship_id)
        with pytest.raises(InvalidRoundError, match="restricted"):
            create_draft(session, mentorship, details, NOW.date())
        with pytest.raises(WrongStateError, match="restricted"):
            release_round(session, session.get_one(Round, case.round_id), NOW)
        person = mentorship.mentee
        with pytest.raises(PrivacyError, match="has been restricted"):
            restrict(session, person, None, NOW)
    with pytest.raises(InvalidRoundError, match="restricted"):
        launch(service, draft_id)
    with service.database.writing() as session:
        person = session.get_one(Mentorship, case.mentorship_id).mentee
        lift_restriction(session, person, None, NOW)
        with pytest.raises(PrivacyError, match="not restricted"):
            lift_restriction(session, person, None, NOW)
        release_round(session, session.get_one(Round, case.round_id), NOW)
    left = [a for a in actions(service) if a.startswith("person.")]
    assert left == ["person.processing_restricted", "person.restriction_lifted"]


def test_no_letter_goes_out_but_one_that_was_asked_for(app: Flask) -> None:
    service = service_of(app)
    draft_case(service, {"peers": 3})
    restrict_mentee(service)
    with service.database.writing() as session:
        kinds = set(session.scalars(select(Letter.kind)))
        assert LetterKind.MENTEE_WELCOME in kinds
        person = find_person(session, MENTEE)
        assert person is not None
        link = service.sign_in_links.create(session, person, NOW)
        session.add(Letter(kind=LetterKind.SIGN_IN, sign_in_link_id=link.id, due_at=NOW))
    postman_of(app).deliver_due()
    with service.database.reading() as session:
        assert session.scalars(select(Letter)).all() == []
    (letter,) = mailbox.Maildir(app.config["MAILBOX_FOLDER"], create=False)
    assert MENTEE in str(letter["To"])
    assert "sign" in str(letter["Subject"]).lower()


def test_what_is_restricted_is_not_disposed_of(app: Flask) -> None:
    service = service_of(app)
    case = draft_case(service, {"peers": 3})
    later = NOW.date() + dt.timedelta(days=5000)

    def due() -> set[str]:
        with service.database.reading() as session:
            return {d.kind.key for d in due_now(session, service.retention, later) if d.ids}

    assert {"mentorships", "goals", "draft_rounds"} <= due()
    restrict_mentee(service)
    # Raters' names in it are not the mentee's: they go when their time is over.
    assert due() & {"mentorships", "goals"} == set()
    assert "draft_rounds" in due()
    service.clock = NOW + dt.timedelta(days=5000)
    worker_of(app).do_daily_work()
    with service.database.reading() as session:
        assert session.get(Mentorship, case.mentorship_id) is not None


def test_an_administrator_restricts_and_notes_an_objection(app: Flask) -> None:
    service = service_of(app)
    draft_case(service, {"peers": 3})
    with service.database.writing() as session:
        add_administrator(session, "Ada Admin", ADMIN)
        mia = find_person(session, MENTEE)
        assert mia is not None
    ada = signed_in(app, ADMIN)
    path = f"/privacy/people/{mia.id}"
    assert "Restrict the processing" in ada.get(path).text
    assert "stored from now on" in ada.post(f"{path}/restrict", follow=True).text
    assert "Restricted" in ada.get("/people").text
    assert "has been restricted" in ada.post(f"{path}/restrict", follow=True).text
    assert "is noted" in ada.post(f"{path}/objection", follow=True).text
    page = ada.get("/privacy").text
    assert "An objection to the processing" in page
    assert "may be used again" in ada.post(f"{path}/lift", follow=True).text
    assert ada.post(f"{path}/other").status_code == 404
    assert signed_in(app, MENTOR).post(f"{path}/restrict").status_code in (400, 404)
    with service.database.reading() as session:
        (request,) = session.scalars(select(PrivacyRequest)).all()
        assert (request.kind, request.state) == (RequestKind.OBJECTION, RequestState.OPEN)
        assert request.due_on > NOW.date()
    assert [a for a in actions(service) if a.startswith("person.")] == [
        "person.processing_restricted",
        "person.objection_noted",
        "person.restriction_lifted",
    ]


def new_person(service: Service, email: str, month: dt.date) -> uuid.UUID:
    with service.database.writing() as session:
        person = add_mentor(session, "Somebody Else", email)
        person.last_used_month = month
        return person.id


def test_accounts_that_nobody_uses_any_more_go(app: Flask) -> None:
    service = service_of(app)
    draft_case(service, {"peers": 3})
    long_ago = (NOW - dt.timedelta(days=800)).date().replace(day=1)
    lately = (NOW - dt.timedelta(days=330)).date().replace(day=1)
    names = ("gone", "lately", "admin", "asks", "restricted", "mentor", "former-admin")
    ids = {
        name: new_person(service, f"{name}@example.org", lately if name == "lately" else long_ago)
        for name in names
    }
    with service.database.writing() as session:
        people = {name: session.get_one(Person, id_) for name, id_ in ids.items()}
        people["admin"].is_administrator = people["former-admin"].is_administrator = True
        session.flush()
        deactivate(session, people["former-admin"], deactivated_by=people["admin"], now=NOW)
        ask(session, people["asks"], RequestKind.ACCESS, NOW.date())
        restrict(session, people["restricted"], None, NOW)
        add_mentee(session, people["mentor"], "Mia Mentee", MENTEE, NOW)
        for email in (MENTOR, MENTEE):
            in_use = find_person(session, email)
            assert in_use is not None
            in_use.last_used_month = long_ago
    with service.database.reading() as session:
        due = {d.kind.key: d for d in due_now(session, service.retention, NOW.date())}
        assert set(due["accounts"].ids) == {ids["gone"], ids["former-admin"]}
    worker_of(app).do_daily_work()
    with service.database.reading() as session:
        erased = {name for name, id_ in ids.items() if is_erased(session.get_one(Person, id_))}
        assert erased == {"gone", "former-admin"}
        due = {d.kind.key: d for d in due_now(session, service.retention, NOW.date())}
        assert list(due["accounts"].ids) == []
    assert actions(service).count("person.erased") == 2


@pytest.mark.parametrize(
    ("month", "today", "is_due"),
    [
        # Used in January 2025, perhaps on its last day: due from 31 January 2026 on.
        (dt.date(2025, 1, 1), dt.date(2026, 1, 30), False),
        (dt.date(2025, 1, 1), dt.date(2026, 1, 31), True),
        (dt.date(2024, 12, 1), dt.date(2026, 1, 30), True),
    ],
)
def test_a_month_counts_from_its_end(
    service: Service, month: dt.date, today: dt.date, is_due: bool
) -> None:
    id_ = new_person(service, "gone@example.org", month)
    with service.database.reading() as session:
        due = {d.kind.key: d for d in due_now(session, service.retention, today)}
    assert list(due["accounts"].ids) == ([id_] if is_due else [])


def test_signing_in_notes_the_month_and_nothing_finer(app: Flask) -> None:
    service = service_of(app)
    new_person(service, "back@example.org", dt.date(2020, 1, 1))
    signed_in(app, "back@example.org")
    with service.database.reading() as session:
        person = find_person(session, "back@example.org")
        assert person is not None
        assert person.last_used_month == NOW.date().replace(day=1)


def test_an_objection_waits_once(service: Service) -> None:
    new_person(service, "back@example.org", dt.date(2020, 1, 1))
    with service.database.writing() as session:
        person = find_person(session, "back@example.org")
        assert person is not None
        note_objection(session, person, None, NOW)
        with pytest.raises(PrivacyError, match="already"):
            note_objection(session, person, None, NOW)
