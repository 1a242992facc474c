"""Pages that are kept ready: never a page of yesterday, and never somebody else's."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey.rounds.manage import extend_deadline
from survey.storage.models import Round, RoundKind
from survey.web.ready_pages import ReadyPage, gap
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, Case, close, invitation_of, launched_case, tokens
from tests.support.web import Surfer, make_app, service_of

PEER, OTHER = "peers1@example.org", "peers2@example.org"


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {"MAIL_SERVER": "127.0.0.1"}
    )
    yield app
    service_of(app).database.dispose()


@pytest.fixture
def case(app: Flask) -> Case:
    return launched_case(service_of(app), {"manager": 1, "peers": 4}, purpose="To learn from you.")


def form_of(app: Flask, case: Case, email: str = PEER) -> tuple[Surfer, str, str]:
    rater = Surfer(app)
    token = tokens(service_of(app), case.round_id)[email]
    address = rater.get(f"/r/{token}").headers["Location"]
    answer = rater.get(address)
    assert answer.status_code == 200
    return rater, address, answer.text


def own(page: str) -> list[str]:
    """What must differ from rater to rater: CSRF token, draft and addresses."""
    return re.findall(r'(?:csrf_token" value|data-draft-key|action)="([^"]+)"', page)


def test_gaps_are_filled_and_escaped() -> None:
    page = ReadyPage(f"<a href='{gap('address')}'>{gap('name')}</a>{gap('name')}")
    assert page.filled(address="/x", name="<b>") == "<a href='/x'>&lt;b&gt;</a>&lt;b&gt;"
    with pytest.raises(KeyError):
        page.filled(address="/x")


def test_every_rater_gets_a_form_of_their_own(app: Flask, case: Case) -> None:
    first, address, page = form_of(app, case)
    second, other_address, other_page = form_of(app, case, OTHER)
    assert len(own(page)) == 3
    assert not set(own(page)) & set(own(other_page))
    assert address in own(page)
    assert other_address in own(other_page)
    item = re.findall(r'name="(r-[^"]+)"', page)[0]
    for rater, place in ((first, address), (second, other_address)):
        assert rater.post(place, {item: "4", "step": "submit"}).headers["Location"].endswith("you")
    # The same rater again has the same draft, also when the page was made anew.
    third, _, _ = form_of(app, case, "peers3@example.org")
    assert third.csrf


def test_groups_and_answers_do_not_mix(app: Flask, case: Case) -> None:
    rater, address, page = form_of(app, case)
    assert "Your answers are anonymous" in page
    assert "Your answers are not anonymous" in form_of(app, case, "manager1@example.org")[2]
    item = re.findall(r'name="(r-[^"]+)"', page)[0]
    edited = rater.post(address, {item: "4", "c-start": "A remark of mine", "step": "edit"}).text
    assert " checked" in edited
    again = form_of(app, case, OTHER)[2]
    assert " checked" not in again
    assert "A remark of mine" not in again
    assert " checked" not in rater.get(address).text


def test_each_rater_reviews_their_own_answers(app: Flask, case: Case) -> None:
    rater, address, page = form_of(app, case)
    item, other_item, *others = dict.fromkeys(re.findall(r'name="(r-[^"]+)"', page))
    first = {item: "4", other_item: "x", "c-start": "<b>Bravo</b> Max", "step": "review"}
    mine = rater.post(address, first).text
    assert re.findall(r'type="hidden" name="([rc]-[^"]+)" value="([^"]*)"', mine) == [
        (item, "4"),
        ("c-start", "&lt;b&gt;Bravo&lt;/b&gt; Max"),
    ]
    assert mine.count("<b>4 – ") == 1
    assert "statements have no answer" in mine
    assert '<blockquote class="said" dir="auto">&lt;b&gt;Bravo&lt;/b&gt; Max</blockquote>' in mine
    second, place, _ = form_of(app, case, OTHER)
    yours = second.post(place, {item: "no", other_item: "1", "step": "review"}).text
    assert "Bravo" not in yours
    assert "<b>4 – " not in yours
    assert yours.count("<b>1 – ") == 1
    assert yours.count("No answer") == mine.count("No answer")
    assert address not in yours
    # With nothing left out, nothing is said about it.
    everything = dict.fromkeys([item, other_item, *others], "2")
    assert "no answer" not in second.post(place, {**everything, "step": "review"}).text.lower()


def test_what_was_left_out_looking_back_is_said_as_such(app: Flask) -> None:
    case = launched_case(service_of(app), {"peers": 4}, kind=RoundKind.AFTER, retrospective=True)
    rater, address, page = form_of(app, case)
    item = re.findall(r'name="r-([^"]+)"', page)[0]
    seen = rater.post(address, {f"r-{item}": "4", "step": "review"}).text
    (both,) = re.findall(r"<b>4 – .*?</b>", seen)
    assert both.endswith(": no answer</i></b>")
    assert "<b><i>No answer</i><br><i>" in seen


def test_what_a_redirection_found_serves_the_next_page_and_no_other(app: Flask, case: Case) -> None:
    service = service_of(app)
    rater = Surfer(app)
    address = rater.get(f"/r/{tokens(service, case.round_id)[PEER]}").headers["Location"]
    sender, place, page = form_of(app, case, OTHER)
    item = re.findall(r'name="(r-[^"]+)"', page)[0]
    thanks = sender.post(place, {item: "4", "step": "submit"}).headers["Location"]
    close(service, case.round_id)
    # Within two seconds the page is shown that was there a moment ago; nothing can be sent with it.
    assert rater.get(address).status_code == 200
    assert rater.post(address, {item: "4", "step": "submit"}).status_code == 410
    assert rater.get(address).status_code == 410
    for _ in range(2):
        assert "<h1>Thank you</h1>" in sender.get(thanks).text


def test_what_changes_while_a_round_is_open_shows_at_once(app: Flask, case: Case) -> None:
    service = service_of(app)
    rater, address, page = form_of(app, case)
    assert "16 November 2026" in page
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        extend_deadline(round_, NOW.date() + dt.timedelta(days=20), NOW.date())
    assert "22 November 2026" in rater.get(address).text
    assert "To learn from you." in page
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        round_.purpose = "To grow."
        round_.mentorship.mentee.name = "Maria Mentee"
        round_.mentorship.mentor.name = "Moritz Mentor"
    page = rater.get(address).text
    for new, old in (
        ("To grow.", "To learn from you."),
        ("Maria Mentee", "Mia Mentee"),
        ("Moritz Mentor", "Max Mentor"),
        ("Maria", "Mia"),
    ):
        assert new in page
        assert old not in page


@pytest.mark.parametrize("ended", ["closed", "deadline", "revoked", "replaced"])
def test_a_form_that_is_kept_opens_for_nobody_who_may_not_answer(
    app: Flask, case: Case, ended: str
) -> None:
    service = service_of(app)
    rater, address, _ = form_of(app, case)
    if ended == "closed":
        close(service, case.round_id)
    elif ended == "deadline":
        service.clock = NOW + dt.timedelta(days=15)
    else:
        with service.database.writing() as session:
            round_ = session.get_one(Round, case.round_id)
            invitation = invitation_of(round_, PEER)
            if ended == "revoked":
                invitation.revoked = True
            else:
                service.rater_links.issue(invitation, NOW.date())
    assert rater.get(address).status_code == 410
    assert rater.post(address, {"c-start": "Too late", "step": "review"}).status_code == 410
    assert rater.post(address, {"c-start": "Too late", "step": "submit"}).status_code == 410
