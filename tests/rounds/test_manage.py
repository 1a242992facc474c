"""Looking after an open round, and that doing so tells the mentor nothing about who answered."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey.rounds.close import close_round
from survey.rounds.errors import (
    InvalidRoundError,
    RevokedLinkError,
    RoundError,
    UnknownLinkError,
    UsedLinkError,
    WrongStateError,
)
from survey.rounds.manage import (
    add_late_raters,
    correct_address,
    extend_deadline,
    invitation_in,
    resend_link,
    revoke_invitation,
)
from survey.rounds.rater_list import RaterEntry
from survey.rounds.remind import remind_all
from survey.rounds.status import round_status
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import (
    Delivery,
    Invitation,
    Letter,
    LetterKind,
    Round,
    SealedBallot,
)
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, Case, entries, invitation_of, launched_case, tokens
from tests.support.mail_server import MailServer
from tests.support.web import flashes, make_app, postman_of, service_of, signed_in

TODAY = NOW.date()
DAY = dt.timedelta(days=1)
DONE, OPEN = "peers1@example.org", "peers2@example.org"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer) -> Iterator[Flask]:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail_server.port)}
    )
    yield app
    service_of(app).database.dispose()


def manage(service: Service, case: Case, step: Callable[[Session, Round], object]) -> object:
    with service.database.writing() as session:
        return step(session, session.get_one(Round, case.round_id))


def mark_all_sent(service: Service) -> None:
    """As after delivery: letters are gone, invitations are marked."""
    with service.database.writing() as session:
        for letter in session.scalars(select(Letter)):
            session.delete(letter)
        for invitation in session.scalars(select(Invitation)):
            invitation.delivery = Delivery.SENT


def came_back(service: Service, case: Case, address: str) -> None:
    """The rater's letter could not be delivered."""
    with service.database.writing() as session:
        invitation = invitation_of(session.get_one(Round, case.round_id), address)
        invitation.delivery = Delivery.FAILED


def answer(service: Service, case: Case, address: str) -> None:
    token = tokens(service, case.round_id)[address]
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Hm"}, TODAY)


def waiting(service: Service, kind: LetterKind) -> list[str]:
    with service.database.reading() as session:
        return sorted(
            session.scalars(
                select(Invitation.email)
                .join(Letter, Letter.invitation_id == Invitation.id)
                .where(Letter.kind == kind)
            )
        )


def test_the_deadline_moves_between_today_and_the_end_of_the_links(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    last = TODAY + 180 * DAY
    later = TODAY + 10 * DAY

    def move(day: dt.date) -> None:
        manage(service, case, lambda _session, round_: extend_deadline(round_, day, later))
        with service.database.reading() as session:
            assert session.get_one(Round, case.round_id).deadline == day

    move(last)
    move(later)
    with pytest.raises(InvalidRoundError, match="that day is over"):
        move(later - DAY)
    with pytest.raises(InvalidRoundError, match="links work until 1 May 2027"):
        move(last + DAY)
    with service.database.reading() as session:
        assert session.get_one(Round, case.round_id).deadline == later


def test_late_raters_get_a_link_and_a_letter_and_nobody_else_does(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    mark_all_sent(service)
    before = tokens(service, case.round_id)
    late = RaterEntry("Late", "late@example.org", "customers", "de")
    problems = manage(
        service,
        case,
        lambda session, round_: add_late_raters(
            session, round_, [late], links=service.rater_links, now=NOW + DAY
        ),
    )
    assert problems == []
    assert waiting(service, LetterKind.INVITATION) == ["late@example.org"]
    after = tokens(service, case.round_id)
    assert {address: after[address] for address in before} == before
    with service.database.reading() as session:
        found = service.rater_links.find(session, after["late@example.org"], TODAY + DAY)
        assert (found.group_key, found.language, found.name) == ("customers", "de", "Late")


def test_late_raters_are_all_invited_or_none(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    mark_all_sent(service)
    late = [*entries({"customers": 2}), RaterEntry("Again", "peers2@example.org", "peers", None)]
    problems = manage(
        service,
        case,
        lambda session, round_: add_late_raters(
            session, round_, late, links=service.rater_links, now=NOW
        ),
    )
    assert [problem.row for problem in problems] == [3]  # type: ignore[attr-defined]
    assert waiting(service, LetterKind.INVITATION) == []
    assert len(tokens(service, case.round_id)) == 4


def test_a_fresh_link_makes_the_old_one_unknown(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    mark_all_sent(service)
    old = tokens(service, case.round_id)

    def resend(session: Session, round_: Round) -> None:
        resend_link(
            session, round_, invitation_of(round_, OPEN), links=service.rater_links, now=NOW
        )

    manage(service, case, resend)
    new = tokens(service, case.round_id)
    assert {address for address in old if old[address] != new[address]} == {OPEN}
    with service.database.reading() as session:
        with pytest.raises(UnknownLinkError):
            service.rater_links.find(session, old[OPEN], TODAY)
        assert service.rater_links.find(session, new[OPEN], TODAY).email == OPEN
    assert waiting(service, LetterKind.INVITATION) == [OPEN]
    # While that letter waits, asking again changes nothing: it carries the newest link anyhow.
    manage(service, case, resend)
    assert tokens(service, case.round_id) == new
    assert waiting(service, LetterKind.INVITATION) == [OPEN]


def test_a_withdrawn_invitation_opens_nothing_until_a_fresh_link_restores_it(
    service: Service,
) -> None:
    case = launched_case(service, {"peers": 3})
    mark_all_sent(service)
    token = tokens(service, case.round_id)[OPEN]
    manage(
        service,
        case,
        lambda session, round_: revoke_invitation(session, round_, invitation_of(round_, OPEN)),
    )
    with pytest.raises(RevokedLinkError), service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, {"c-start": "Hm"}, TODAY)
    manage(service, case, lambda session, round_: remind_all(session, round_, NOW))
    assert OPEN not in waiting(service, LetterKind.REMINDER)
    with service.database.reading() as session:
        status = {g.key: g for g in round_status(session, session.get_one(Round, case.round_id))}
        assert (status["peers"].invited, status["peers"].revoked) == (3, 1)
        assert session.scalar(select(func.count()).select_from(SealedBallot)) == 0
    manage(
        service,
        case,
        lambda session, round_: resend_link(
            session, round_, invitation_of(round_, OPEN), links=service.rater_links, now=NOW
        ),
    )
    assert waiting(service, LetterKind.INVITATION) == [OPEN]
    with service.database.reading() as session, pytest.raises(UnknownLinkError):
        service.rater_links.find(session, token, TODAY)
    answer(service, case, OPEN)


def test_an_answer_that_was_given_before_the_withdrawal_counts(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    answer(service, case, DONE)
    manage(
        service,
        case,
        lambda session, round_: revoke_invitation(session, round_, invitation_of(round_, DONE)),
    )
    with service.database.reading() as session:
        status = {g.key: g for g in round_status(session, session.get_one(Round, case.round_id))}
        assert (status["peers"].done, status["peers"].revoked) == (1, 1)
        assert session.scalar(select(func.count()).select_from(SealedBallot)) == 1


def test_a_corrected_address_gets_a_fresh_link(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    mark_all_sent(service)
    came_back(service, case, OPEN)
    old = tokens(service, case.round_id)[OPEN]
    problems = manage(
        service,
        case,
        lambda session, round_: correct_address(
            session,
            round_,
            invitation_of(round_, OPEN),
            "Right+tag@example.org",
            links=service.rater_links,
            now=NOW,
        ),
    )
    assert problems == []
    assert waiting(service, LetterKind.INVITATION) == ["Right+tag@example.org"]
    with service.database.reading() as session:
        invitation = session.scalars(
            select(Invitation).where(Invitation.email == "Right+tag@example.org")
        ).one()
        assert invitation.normalised_email == "right@example.org"
        with pytest.raises(UnknownLinkError):
            service.rater_links.find(session, old, TODAY)


@pytest.mark.parametrize("later_came_back", [False, True])
def test_an_address_that_letters_have_reached_is_not_led_elsewhere(
    app: Flask, later_came_back: bool
) -> None:
    """A link in the mentor's own mailbox would tell whether the rater has answered."""
    service = service_of(app)
    case = launched_case(service, {"peers": 3})
    mark_all_sent(service)
    answer(service, case, DONE)
    if later_came_back:
        manage(
            service,
            case,
            lambda session, round_: resend_link(
                session, round_, invitation_of(round_, DONE), links=service.rater_links, now=NOW
            ),
        )
        mark_all_sent(service)
        came_back(service, case, DONE)
    before = tokens(service, case.round_id)
    mentor = signed_in(app, "max.mentor@example.org")
    with service.database.reading() as session:
        invitation_id = invitation_of(session.get_one(Round, case.round_id), DONE).id
    path = f"/rounds/{case.round_id}/invitations/{invitation_id}/address"
    assert path not in mentor.get(f"/rounds/{case.round_id}").text
    mentor.get(path)
    page = mentor.post(path, {"email": "mine@example.org"}).text
    assert "only while no letter has reached the rater" in page
    assert tokens(service, case.round_id) == before
    assert waiting(service, LetterKind.INVITATION) == []


def test_an_address_is_not_corrected_to_one_that_may_not_answer(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    mark_all_sent(service)
    came_back(service, case, OPEN)
    before = tokens(service, case.round_id)
    for wrong in (
        "peers3@example.org",
        "PEERS3@example.org",
        "mia.mentee@example.org",
        "max.mentor@example.org",
        "no address",
        "",
        "a@example.org\r\nBcc: b@example.org",
    ):
        problems = manage(
            service,
            case,
            lambda session, round_, wrong=wrong: correct_address(  # type: ignore[misc]
                session,
                round_,
                invitation_of(round_, OPEN),
                wrong,
                links=service.rater_links,
                now=NOW,
            ),
        )
        assert problems, wrong
    assert tokens(service, case.round_id) == before
    assert waiting(service, LetterKind.INVITATION) == []


def test_a_reminder_goes_to_exactly_those_who_can_and_have_not_answered(service: Service) -> None:
    case = launched_case(service, {"peers": 5, "customers": 2})
    mark_all_sent(service)
    answer(service, case, DONE)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        invitation_of(round_, "peers3@example.org").revoked = True
        invitation_of(round_, "peers4@example.org").delivery = Delivery.FAILED
        invitation_of(round_, "peers5@example.org").delivery = Delivery.QUEUED
        resend_link(
            session,
            round_,
            invitation_of(round_, "customers1@example.org"),
            links=service.rater_links,
            now=NOW,
        )
        # Nothing comes back: a number could be set beside the counts.
        assert remind_all(session, round_, NOW) is None  # type: ignore[func-returns-value]
    expected = ["customers2@example.org", "mia.mentee@example.org", OPEN]
    assert waiting(service, LetterKind.REMINDER) == expected
    manage(service, case, lambda session, round_: remind_all(session, round_, NOW + DAY))
    assert waiting(service, LetterKind.REMINDER) == expected
    with service.database.writing() as session:
        for letter in session.scalars(select(Letter)):
            session.delete(letter)
    manage(service, case, lambda session, round_: remind_all(session, round_, NOW + 2 * DAY))
    assert waiting(service, LetterKind.REMINDER) == expected


def test_a_closed_round_is_not_managed_any_more(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    manage(
        service,
        case,
        lambda session, round_: close_round(
            session, round_, master_key=service.master_key, now=NOW
        ),
    )
    links = service.rater_links
    steps: list[Callable[[Session, Round], object]] = [
        lambda _session, round_: extend_deadline(round_, TODAY + DAY, TODAY),
        lambda session, round_: add_late_raters(
            session, round_, entries({"customers": 1}), links=links, now=NOW
        ),
        lambda session, round_: resend_link(
            session, round_, invitation_of(round_, OPEN), links=links, now=NOW
        ),
        lambda session, round_: correct_address(
            session, round_, invitation_of(round_, OPEN), "x@example.org", links=links, now=NOW
        ),
        lambda session, round_: revoke_invitation(session, round_, invitation_of(round_, OPEN)),
        lambda session, round_: remind_all(session, round_, NOW),
    ]
    for step in steps:
        with pytest.raises(WrongStateError):
            manage(service, case, step)
    assert waiting(service, LetterKind.INVITATION) == waiting(service, LetterKind.REMINDER) == []


def test_an_invitation_of_another_round_is_not_part_of_this_one(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        assert invitation_in(round_, invitation_of(round_, OPEN).id).email == OPEN
        with pytest.raises(RoundError, match="not part of this round"):
            invitation_in(round_, round_.id)


@pytest.mark.parametrize("answered_before", [True, False])
def test_nobody_counts_twice_by_being_withdrawn_and_invited_again(
    service: Service, answered_before: bool
) -> None:
    case = launched_case(service, {"peers": 3})
    mark_all_sent(service)
    if answered_before:
        answer(service, case, DONE)
    again = RaterEntry("Peer", DONE.upper(), "peers", None)
    results = []
    manage(
        service,
        case,
        lambda session, round_: revoke_invitation(session, round_, invitation_of(round_, DONE)),
    )
    results.append(
        manage(
            service,
            case,
            lambda session, round_: add_late_raters(
                session, round_, [again], links=service.rater_links, now=NOW
            ),
        )
    )
    assert [problem.row for problem in results[0]] == [1]  # type: ignore[attr-defined]
    manage(
        service,
        case,
        lambda session, round_: resend_link(
            session, round_, invitation_of(round_, DONE), links=service.rater_links, now=NOW
        ),
    )
    assert waiting(service, LetterKind.INVITATION) == [DONE]
    if answered_before:
        with pytest.raises(UsedLinkError):
            answer(service, case, DONE)
    else:
        answer(service, case, DONE)
    with service.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SealedBallot)) == 1


# What the mentor sees, on the real pages, of a rater who answered and of one who did not.


@pytest.mark.parametrize("looks", ["at once", "after delivery", "after a refusal"])
@pytest.mark.parametrize("step", ["resend", "revoke", "address", "remind"])
def test_the_mentor_sees_the_same_whether_a_rater_has_answered_or_not(
    app: Flask, mail_server: MailServer, step: str, looks: str
) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 4})
    postman = postman_of(app)
    postman.deliver_due()
    answer(service, case, DONE)
    if step == "address":
        # It was told late that the letters had come back.
        came_back(service, case, DONE)
        came_back(service, case, OPEN)
    mentor = signed_in(app, "max.mentor@example.org")
    round_page = f"/rounds/{case.round_id}"
    before = mentor.get(round_page).text
    assert row_of(before, DONE) == row_of(before, OPEN)
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        ids = {address: invitation_of(round_, address).id for address in (DONE, OPEN)}
    mail_server.refuse = lambda _address: looks == "after a refusal"
    seen = {}
    for address, invitation_id in ids.items():
        numbers = counts(service, case)
        moved = address.replace("peers", "moved") if step == "address" else address
        action = "/remind" if step == "remind" else f"/invitations/{invitation_id}/{step}"
        answered = mentor.post(round_page + action, {"email": moved})
        page = mentor.get(answered.headers["Location"]).text
        told = flashes(page)
        assert len(told) == 1
        if looks != "at once":
            postman.deliver_due()
            page = mentor.get(round_page).text
        place = answered.headers["Location"]
        changed = counts(service, case)
        changed.subtract(numbers)
        seen[address] = (answered.status, place, told, changed, row_of(page, moved))
    assert seen[DONE] == seen[OPEN]


def row_of(page: str, address: str) -> str:
    """The invitation's row, without what names the rater or the moment."""
    rows = [row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if address in row]
    assert len(rows) == 1, (address, len(rows))
    number = re.search(r"\d", address)
    assert number is not None
    row = html.unescape(rows[0]).replace(address, "ADDRESS")
    row = row.replace(f"peers {number.group()}", "NAME")
    row = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", row)
    return re.sub(r'name="csrf_token" value="[^"]*"', "", row)


def counts(service: Service, case: Case) -> Counter[str]:
    """All numbers of the peers."""
    with service.database.reading() as session:
        status = round_status(session, session.get_one(Round, case.round_id))
        peers = next(group for group in status if group.key == "peers")
        return Counter({name: value for name, value in vars(peers).items() if name in NUMBERS})


NUMBERS = {"invited", "revoked", "done", "failed"}


def test_correcting_a_withdrawn_rater_s_address_restores_the_invitation(app: Flask) -> None:
    """All of it or nothing: a page that shows an error must not have changed the address."""
    service = service_of(app)
    case = launched_case(service, {"peers": 3})
    came_back(service, case, OPEN)
    manage(
        service,
        case,
        lambda session, round_: revoke_invitation(session, round_, invitation_of(round_, OPEN)),
    )
    with service.database.reading() as session:
        invitation_id = invitation_of(session.get_one(Round, case.round_id), OPEN).id
    mentor = signed_in(app, "max.mentor@example.org")
    path = f"/rounds/{case.round_id}/invitations/{invitation_id}/address"
    for email, kept in (("peers3@example.org", (OPEN, True)), ("new@example.org", None)):
        mentor.get(path)
        page = mentor.post(path, {"email": email})
        with service.database.reading() as session:
            found = session.get_one(Invitation, invitation_id)
            assert (found.email, found.revoked) == (kept or (email, False))
        assert (page.status_code == 302) == (kept is None)


def test_the_page_offers_to_restore_a_withdrawn_invitation(app: Flask) -> None:
    """Inviting the address anew is refused, so there has to be another way."""
    service = service_of(app)
    case = launched_case(service, {"peers": 3})
    manage(
        service,
        case,
        lambda session, round_: revoke_invitation(session, round_, invitation_of(round_, OPEN)),
    )
    with service.database.reading() as session:
        invitation_id = invitation_of(session.get_one(Round, case.round_id), OPEN).id
    page = signed_in(app, "max.mentor@example.org").get(f"/rounds/{case.round_id}").text
    assert f"/invitations/{invitation_id}/resend" in page
