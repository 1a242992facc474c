"""The comparer's attack: get a second version of a report, and work out from the difference.

After the close there is one aggregate. Neither a use case, nor a late ballot, nor rows put into
the database by hand, nor the same round closed once more gives another.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from config import load_config
from survey.anonymity.ballot import Ballot
from survey.anonymity.ballot_box import seal
from survey.anonymity.released_aggregate import ReleasedAggregate
from survey.report.feedback_report import FeedbackReport
from survey.report.of_round import report_of_round
from survey.rounds.close import close_round
from survey.rounds.draft import RoundDetails, add_raters, discard_draft, remove_rater, update_draft
from survey.rounds.errors import LostKeyError, RoundClosedError, WrongStateError
from survey.rounds.launch import launch_round
from survey.rounds.manage import (
    add_late_raters,
    correct_address,
    extend_deadline,
    resend_link,
    revoke_invitation,
)
from survey.rounds.rater_list import RaterEntry
from survey.rounds.redact import redact_comment
from survey.rounds.release import release_round
from survey.rounds.remind import remind_all
from survey.rounds.submit import decline, submit_feedback
from survey.service import Service
from survey.storage.models import (
    Letter,
    LetterKind,
    Response,
    Round,
    RoundKind,
    RoundState,
    SealedBallot,
    StoredAggregate,
)
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, Case, invitation_of, launched_case, tokens

TODAY = NOW.date()
PEERS = [f"peers{n}@example.org" for n in range(1, 5)]
LATE = "peers5@example.org"
WORDS = "Ask Olga Petrova before you promise a date to the customers"

Step = Callable[[Service, Session, Round], Any]


def open_case(service: Service) -> tuple[Case, bytes, bytes]:
    """A round in which four of five peers have answered, and its keys while it is open."""
    case = launched_case(service, {"peers": 5})
    links = tokens(service, case.round_id)
    framework = service.catalogue.shipped["leadership"]
    items = [i.id for competency in framework.competencies for i in competency.indicators]
    for n, address in enumerate(PEERS):
        fields = {f"r-{item}": str(1 + (n + k) % 5) for k, item in enumerate(items)}
        with service.database.writing() as session:
            submit_feedback(
                session, service.rater_links, links[address], fields | {"c-start": WORDS}, TODAY
            )
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        return case, round_.public_key or b"", round_.wrapped_private_key or b""


def close(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)


def release(service: Service, case: Case) -> None:
    with service.database.writing() as session:
        release_round(session, session.get_one(Round, case.round_id), NOW)


def published(service: Service, case: Case) -> tuple[str, str, FeedbackReport]:
    """What readers can see of the round: the stored document, its fingerprint, the report."""
    with service.database.reading() as session:
        stored = session.get_one(StoredAggregate, case.round_id)
        assert ReleasedAggregate.from_json(stored.document).fingerprint() == stored.fingerprint
        report = report_of_round(session, session.get_one(Round, case.round_id), "en")
        return stored.document, stored.fingerprint, report


def late_ballot(public_key: bytes) -> bytes:
    return seal(Ballot("peers", {}, {"start": "A late remark"}), public_key, 4096)


def put_into_the_box(service: Service, round_id: uuid.UUID, sealed: bytes) -> None:
    """As somebody with database access could: a row of their own."""
    with service.database.engine.begin() as connection:
        connection.execute(
            SealedBallot.__table__.insert(),  # type: ignore[attr-defined]
            {"key": uuid.uuid4().bytes, "round_id": round_id, "sealed": sealed},
        )


DETAILS = RoundDetails(
    kind=RoundKind.BEFORE,
    framework_id="leadership",
    groups=[],
    deadline=TODAY + dt.timedelta(days=30),
    threshold=2,
)
NEWCOMER = RaterEntry("New", "new@example.org", "peers", None)


def _launch(service: Service, session: Session, round_: Round) -> None:
    framework = service.catalogue.shipped["leadership"]
    launch_round(
        session,
        round_,
        framework,
        links=service.rater_links,
        master_key=service.master_key,
        now=NOW,
    )


def _redact(service: Service, session: Session, round_: Round) -> None:
    redact_comment(
        session,
        round_,
        round_.mentorship.mentor,
        question_id="start",
        group_key=None,
        position=0,
        words="Olga Petrova",
        now=NOW,
    )


STEPS: dict[str, Step] = {
    "release": lambda _s, session, r: release_round(session, r, NOW),
    "close": lambda s, session, r: close_round(session, r, master_key=s.master_key, now=NOW),
    "launch": _launch,
    "redact": _redact,
    "update": lambda _s, session, r: update_draft(session, r, DETAILS, TODAY),
    "discard": lambda _s, session, r: discard_draft(session, r),
    "add raters": lambda _s, session, r: add_raters(session, r, [NEWCOMER]),
    "remove rater": lambda _s, session, r: remove_rater(session, r, r.invitations[0].id),
    "extend": lambda _s, _session, r: extend_deadline(r, TODAY + dt.timedelta(days=30), TODAY),
    "add late raters": lambda s, session, r: add_late_raters(
        session, r, [NEWCOMER], links=s.rater_links, now=NOW
    ),
    "resend": lambda s, session, r: resend_link(
        session, r, invitation_of(r, LATE), links=s.rater_links, now=NOW
    ),
    "correct": lambda s, session, r: correct_address(
        session, r, invitation_of(r, LATE), "late@example.org", links=s.rater_links, now=NOW
    ),
    "revoke": lambda _s, session, r: revoke_invitation(session, r, invitation_of(r, LATE)),
    "remind": lambda _s, session, r: remind_all(session, r, NOW),
}


def test_no_step_works_on_a_released_round(service: Service) -> None:
    case, public_key, _ = open_case(service)
    token = tokens(service, case.round_id)[LATE]
    close(service, case)
    release(service, case)
    before = published(service, case)
    for name, step in STEPS.items():
        with pytest.raises(WrongStateError), service.database.writing() as session:
            step(service, session, session.get_one(Round, case.round_id))
            pytest.fail(f"{name} was allowed")
    with pytest.raises(RoundClosedError), service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Late"}, TODAY)
    with pytest.raises(RoundClosedError), service.database.writing() as session:
        decline(session, service.rater_links, token, TODAY)
    put_into_the_box(service, case.round_id, late_ballot(public_key))
    with pytest.raises(WrongStateError):
        close(service, case)
    assert published(service, case) == before


def test_a_late_ballot_is_never_counted(service: Service) -> None:
    """Put into the box of a closed round, even with the state, and the keys, set back by hand."""
    case, public_key, wrapped = open_case(service)
    close(service, case)
    before = published(service, case)
    put_into_the_box(service, case.round_id, late_ballot(public_key))
    with pytest.raises(WrongStateError):
        close(service, case)
    # With the old keys from a copy the box does not open again, and the report is what it was.
    for keys in ((None, None), (public_key, wrapped)):
        set_back(service, case, *keys)
        close(service, case)
        assert published(service, case) == before
    with service.database.reading() as session:
        assert session.scalars(select(SealedBallot)).all() == []
    # Nor does it without the note that the round has ended: what opens it is gone.
    with service.keys.engine.begin() as connection:
        connection.execute(text("DELETE FROM ended_rounds"))
    set_back(service, case, public_key, wrapped)
    with pytest.raises(LostKeyError):
        close(service, case)
    with service.database.writing() as session:
        session.get_one(Round, case.round_id).state = RoundState.CLOSED
        assert session.scalar(select(func.count()).select_from(Response)) == len(PEERS)
    assert published(service, case) == before


def set_back(service: Service, case: Case, public_key: bytes | None, wrapped: bytes | None) -> None:
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        round_.state = RoundState.OPEN
        round_.public_key, round_.wrapped_private_key = public_key, wrapped


def test_the_report_is_drawn_from_the_aggregate_alone(service: Service) -> None:
    """Changed, added or deleted responses and comments make no other report."""
    case, _, _ = open_case(service)
    close(service, case)
    release(service, case)
    before = published(service, case)
    with service.database.writing() as session:
        session.add(Response(round_id=case.round_id, group_key="peers", ratings="{}"))
        session.execute(text("UPDATE responses SET ratings = '{}'"))
        session.execute(text("DELETE FROM comments"))
    assert published(service, case) == before
    with service.database.writing() as session:
        session.execute(text("DELETE FROM responses"))
    assert published(service, case) == before


def test_a_redaction_covers_words_and_leaves_the_aggregate(service: Service) -> None:
    case, _, _ = open_case(service)
    close(service, case)
    document, fingerprint, report = published(service, case)
    with service.database.writing() as session:
        _redact(service, session, session.get_one(Round, case.round_id))
    after = published(service, case)
    assert after[:2] == (document, fingerprint)
    # Four comments; in one of them two words are covered, visibly, and nothing else differs.
    assert [len(group.texts) for group in after[2].comments] == [len(PEERS)]
    (shown,) = [t for t in after[2].comments[0].texts if t not in report.comments[0].texts]
    assert "Olga" not in shown
    assert shown.startswith("Ask ")
    assert shown.endswith(" before you promise a date to the customers")
    assert after[2].competencies == report.competencies


# Two at the same time, on PostgreSQL: there nobody waits for a writer who has only read so far.


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    address = fresh_database("postgresql", request, tmp_path)
    made = Service(load_config(service_environment(address, tmp_path)))
    yield made
    made.database.dispose()


def test_a_redaction_that_was_begun_before_the_release_does_not_come_after_it(
    server: Service,
) -> None:
    case, _, _ = open_case(server)
    close(server, case)
    with suppress(WrongStateError), server.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)  # the mentor opens the page …
        release(server, case)  # … releases in another tab …
        released = published(server, case)
        _redact(server, session, round_)  # … and sends the form
    assert published(server, case) == released


def test_two_releases_at_once_are_one(server: Service) -> None:
    case, _, _ = open_case(server)
    close(server, case)
    with suppress(WrongStateError), server.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        release(server, case)
        release_round(session, round_, NOW)
    with server.database.reading() as session:
        letters = select(Letter).where(Letter.kind == LetterKind.REPORT_RELEASED)
        assert len(session.scalars(letters).all()) == 1
