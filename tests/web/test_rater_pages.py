"""What a rater's browser meets, from the click in the e-mail to the receipt."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from survey.rounds.close import close_round
from survey.rounds.questionnaires import questionnaire_of
from survey.rounds.usual_purpose import usual_purpose
from survey.storage.models import Comment, Invitation, Response, Round, SealedBallot
from tests.conftest import fresh_database, service_environment
from tests.support.ballot_box import box_contents
from tests.support.cases import NOW, Case, invitation_of, launched_case, tokens
from tests.support.web import Surfer, field_values, make_app, service_of

PEER, OTHER = "peers1@example.org", "peers2@example.org"
DAY = dt.timedelta(days=1)
PROBLEM_TITLES = {
    "unknown": "This link does not work",
    "used": "This link has been used",
    "expired": "This link has expired",
    "revoked": "This link is no longer valid",
    "closed": "This survey has closed",
    "cookie": "Please open the link once more",
}


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
    return launched_case(service_of(app), {"manager": 1, "peers": 4})


@pytest.fixture
def token(app: Flask, case: Case) -> str:
    return tokens(service_of(app), case.round_id)[PEER]


def opened(app: Flask, token: str) -> tuple[Surfer, str]:
    """A rater with the form open, and the form's address."""
    rater = Surfer(app)
    address = rater.get(f"/r/{token}").headers["Location"]
    assert rater.get(address).status_code == 200
    return rater, address


def is_done(app: Flask, email: str = PEER) -> bool:
    with service_of(app).database.reading() as session:
        return session.scalars(select(Invitation.done).where(Invitation.email == email)).one()


def ballots(app: Flask) -> int:
    """How many sealed ballots there are, answers and declines."""
    with service_of(app).database.reading() as session:
        return session.scalar(select(func.count()).select_from(SealedBallot)) or 0


def declined(app: Flask, case: Case) -> int:
    return box_contents(service_of(app), case.round_id).declined.get("peers", 0)


def items(app: Flask, case: Case) -> list[str]:
    with service_of(app).database.reading() as session:
        questionnaire = questionnaire_of(session.get_one(Round, case.round_id))
    return [i for competency in questionnaire.competencies for i in competency.indicator_ids]


def close(app: Flask, case: Case) -> None:
    service = service_of(app)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=service.now())


def assert_problem(response: TestResponse, problem: str) -> None:
    assert response.status_code == 410
    title = re.search(r"<h1>(.*?)</h1>", response.text)
    assert title is not None
    assert html.unescape(title.group(1)) == PROBLEM_TITLES[problem]


def assert_leads_to(page: TestResponse, field: str) -> None:
    """The problem on top is a link to its field, which is there once."""
    assert page.text.count(f'<li><a href="#{field}">') == 1
    assert page.text.count(f'id="{field}"') == 1


def test_the_token_leaves_the_address_at_once(app: Flask, token: str) -> None:
    rater = Surfer(app)
    answer = rater.get(f"/r/{token}")
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert re.fullmatch(r"/feedback/[A-Za-z0-9_-]{12}", place)
    assert rater.get(f"/r/{token}").headers["Location"] != place  # new at each click
    (cookie,) = answer.headers.getlist("Set-Cookie")
    parts = [part.strip() for part in cookie.split(";")]
    assert parts[0].startswith(f"rater-{place.rpartition('/')[2]}=")
    assert {"HttpOnly", "SameSite=Lax", f"Path={place}", "Max-Age=86400"} <= set(parts)
    assert "Secure" not in parts  # the service under test speaks plain http
    page = rater.get(place)
    assert page.status_code == 200
    assert field_values(page.text, f"r-{items_of(page.text)[0]}")[:5] == ["1", "2", "3", "4", "5"]


def items_of(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'name="r-([^"]+)"', page)))


def test_the_cookie_is_secure_where_the_service_is(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    app = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {"BASE_URL": "https://feedback.example.org", "TRUSTED_PROXIES": "1"}
    )
    case = launched_case(service_of(app), {"peers": 1})
    token = tokens(service_of(app), case.round_id)[PEER]
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "feedback.example.org"}
    answer = app.test_client().get(f"/r/{token}", headers=forwarded)
    assert "; Secure" in answer.headers["Set-Cookie"]
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    service_of(app).database.dispose()


def test_looking_consumes_nothing(app: Flask, case: Case, token: str) -> None:
    for path in ("", "/decline"):
        for _ in range(3):
            assert Surfer(app).get(f"/r/{token}{path}", follow=True).status_code == 200
    rater, address = opened(app, token)
    for path in ("", "/decline", "/thank-you", "/declined"):
        rater.get(address + path)
        rater.client.head(address + path)
    assert not is_done(app)
    assert (ballots(app), declined(app, case)) == (0, 0)


def test_nothing_was_sent_so_there_is_no_receipt(app: Flask, token: str) -> None:
    rater, address = opened(app, token)
    assert rater.get(f"{address}/thank-you").headers["Location"] == address
    assert rater.get(f"{address}/declined").headers["Location"] == address


def test_review_edit_and_send(app: Flask, case: Case, token: str) -> None:
    rater, address = opened(app, token)
    first, second, third = items(app, case)[:3]
    typed = {f"r-{first}": "4", f"r-{second}": "none", "c-start": "Ask “why” & <listen>"}
    review = rater.post(address, {**typed, "step": "review"})
    assert review.status_code == 200
    for name, value in typed.items():
        assert field_values(review.text, name) == [value]
    assert html.escape("Ask “why” & <listen>", quote=False) in review.text
    assert "<listen>" not in review.text
    assert not is_done(app)

    edit = rater.post(address, {**typed, f"r-{third}": "5", "step": "edit"})
    checked = re.findall(r'name="(r-[^"]+)" value=(\w+) checked', edit.text)
    assert checked == [(f"r-{first}", "4"), (f"r-{second}", "none"), (f"r-{third}", "5")]
    assert "Ask “why” &amp; &lt;listen&gt;</textarea>" in edit.text
    assert not is_done(app)

    sent = rater.post(address, {**typed, "step": "submit"})
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{address}/thank-you")
    receipt = rater.get(sent.headers["Location"])
    assert receipt.status_code == 200
    assert "has been received" in receipt.text
    assert is_done(app)
    assert ballots(app) == 1

    close(app, case)
    with service_of(app).database.reading() as session:
        response = session.scalars(select(Response)).one()
        assert response.group_key == "peers"
        assert json.loads(response.ratings) == {first: 4, second: None}
        assert [comment.text for comment in session.scalars(select(Comment))] == [
            "Ask “why” & <listen>"
        ]


def test_a_double_submit_ends_on_a_page_that_calms_and_counts_once(app: Flask, token: str) -> None:
    rater, address = opened(app, token)
    pages = [rater.post(address, {"c-start": text, "step": "submit"}) for text in ("One", "Two")]
    assert [page.status_code for page in pages] == [303, 303]
    for page in pages:
        assert rater.get(page.headers["Location"]).status_code == 200
    assert ballots(app) == 1


def test_a_lost_answer_is_not_called_received(app: Flask, case: Case, token: str) -> None:
    """Declined in one tab, sent in another: nothing arrived, and the page must not say it did."""
    one, form = opened(app, token)
    two, other_form = opened(app, token)
    one.get(f"{form}/decline")
    one.post(f"{form}/decline")
    answer = two.post(other_form, {"c-start": "Typed for an hour", "step": "submit"})
    page = two.get(answer.headers["Location"]).text if answer.status_code == 303 else answer.text
    assert (ballots(app), declined(app, case)) == (1, 1)
    assert "has been received" not in page


def test_declining_asks_once_and_counts_once(app: Flask, case: Case, token: str) -> None:
    rater, address = opened(app, token)
    assert rater.get(f"{address}/decline").status_code == 200
    assert declined(app, case) == 0
    for _ in range(2):
        answer = rater.post(f"{address}/decline")
        assert answer.status_code == 303
        assert rater.get(answer.headers["Location"]).status_code == 200
    assert is_done(app)
    assert (declined(app, case), ballots(app)) == (1, 1)
    assert_problem(rater.get(address), "used")


@pytest.mark.parametrize("step", ["review", "submit"])
def test_an_empty_form_is_refused(app: Flask, case: Case, token: str, step: str) -> None:
    rater, address = opened(app, token)
    first = items(app, case)[0]
    for fields in (
        {},
        {f"r-{first}": "none", "c-start": " \r\n\t "},
        {"r-unknown": "3", "c-unknown": "Hm", "x": "y"},
    ):
        page = rater.post(address, {**fields, "step": step})
        assert page.status_code == 422
        assert "not rated or written anything" in page.text
        assert_leads_to(page, f"r-{first}")
        if f"r-{first}" in fields:
            assert f'name="r-{first}" value=none checked' in page.text
    assert not is_done(app)
    assert ballots(app) == 0


@pytest.mark.parametrize("step", ["review", "submit"])
def test_a_comment_that_is_too_long_is_refused_and_kept(
    app: Flask, case: Case, token: str, step: str
) -> None:
    rater, address = opened(app, token)
    first = items(app, case)[0]
    long = "ü" * 2001
    page = rater.post(address, {f"r-{first}": "2", "c-start": long, "step": step})
    assert page.status_code == 422
    assert "2001 characters" in page.text
    assert_leads_to(page, "c-start")
    assert f"{long}</textarea>" in page.text
    assert f'name="r-{first}" value=2 checked' in page.text
    assert not is_done(app)
    assert rater.post(address, {"c-start": long[1:], "step": step}).status_code in (200, 303)


def test_comments_arrive_as_they_were_written(app: Flask, case: Case) -> None:
    written = {
        "peers1@example.org": ("One\r\nTwo\r\n\r\nThree", "One\nTwo\n\nThree"),
        "peers2@example.org": ("Before\x00after", "Beforeafter"),
        "peers3@example.org": ("  👩‍💻🌻 שלום\u200b  ", "👩‍💻🌻 שלום\u200b"),
        # 2000 line ends as browsers send them are 2000 characters.
        "peers4@example.org": ("x" + "\r\n" * 1998 + "y", "x" + "\n" * 1998 + "y"),
    }
    links = tokens(service_of(app), case.round_id)
    for address, (text, _) in written.items():
        rater, form = opened(app, links[address])
        review = rater.post(form, {"c-start": text, "step": "review"})
        assert review.status_code == 200
        # As the browser sends on what the page for reviewing carries.
        (carried,) = field_values(review.text, "c-start")
        sent = rater.post(form, {"c-start": carried, "step": "submit"})
        assert sent.status_code == 303, address
    close(app, case)
    with service_of(app).database.reading() as session:
        stored = [comment.text for comment in session.scalars(select(Comment))]
    assert sorted(stored) == sorted(expected for _, expected in written.values())


def test_a_rating_off_the_scale_is_refused(app: Flask, case: Case, token: str) -> None:
    rater, address = opened(app, token)
    first, second = items(app, case)[:2]
    for wrong in ("0", "6", "-1", "3.0", "03", "٣", " 3", "NaN", "None", "1; DROP"):
        fields = {f"r-{first}": wrong, f"r-{second}": "3", "step": "submit"}
        page = rater.post(address, fields)
        assert page.status_code == 422, wrong
        assert "choose one of the offered answers" in page.text
        assert_leads_to(page, f"r-{first}")
        assert f'name="r-{second}" value=3 checked' in page.text
    assert ballots(app) == 0


def test_two_links_in_one_browser_stay_apart(app: Flask, case: Case) -> None:
    """Somebody rates as a manager in one tab and for somebody else in another."""
    links = tokens(service_of(app), case.round_id)
    rater = Surfer(app)
    as_peer = rater.get(f"/r/{links[PEER]}").headers["Location"]
    as_manager = rater.get(f"/r/{links['manager1@example.org']}").headers["Location"]
    assert "Your answers are anonymous" in rater.get(as_peer).text
    assert "Your answers are not anonymous" in rater.get(as_manager).text
    rater.post(as_manager, {"c-start": "Manager", "step": "submit"})
    assert (is_done(app), is_done(app, "manager1@example.org")) == (False, True)
    rater.get(as_peer)
    rater.post(as_peer, {"c-start": "Peer", "step": "submit"})
    assert is_done(app)
    close(app, case)
    with service_of(app).database.reading() as session:
        said = {c.group_key: c.text for c in session.scalars(select(Comment))}
    assert said == {"manager": "Manager", "peers": "Peer"}


def test_every_useless_link_has_its_page(app: Flask, case: Case) -> None:
    service = service_of(app)
    links = tokens(service, case.round_id)
    used, revoked, fine = links[PEER], links[OTHER], links["peers3@example.org"]
    late, late_form = opened(app, fine)
    withdrawn, withdrawn_form = opened(app, revoked)
    rater, address = opened(app, used)
    rater.post(address, {"c-start": "Hm", "step": "submit"})
    with service.database.writing() as session:
        invitation_of(session.get_one(Round, case.round_id), OTHER).revoked = True

    def check(path: str, problem: str) -> None:
        for ending in ("", "/decline"):
            assert_problem(Surfer(app).get(path + ending), problem)

    for junk in ("x", fine[:-1], fine + "x", "%00", "%ff", "A" * 500, "%F0%9F%98%80", "..%5c"):
        check(f"/r/{junk}", "unknown")
    check(f"/r/{used}", "used")
    check(f"/r/{revoked}", "revoked")
    for path in ("", "/decline"):
        assert_problem(withdrawn.get(withdrawn_form + path), "revoked")
        assert_problem(rater.get(address + path), "used")
    assert_problem(withdrawn.post(withdrawn_form, {"c-start": "Hm", "step": "submit"}), "revoked")
    assert_problem(withdrawn.post(f"{withdrawn_form}/decline"), "revoked")
    assert rater.get(f"{address}/thank-you").status_code == 200

    service.clock = NOW + 15 * DAY
    check(f"/r/{fine}", "closed")
    assert_problem(late.post(late_form, {"c-start": "Late", "step": "submit"}), "closed")
    assert_problem(late.post(late_form, {"c-start": "Late", "step": "review"}), "closed")
    assert_problem(late.post(f"{late_form}/decline"), "closed")
    service.clock = NOW + 181 * DAY
    check(f"/r/{fine}", "expired")
    service.clock = NOW
    close(app, case)
    check(f"/r/{fine}", "closed")
    assert_problem(late.post(late_form, {"c-start": "Late", "step": "submit"}), "closed")
    # The receipt of a counted answer stays true after the close.
    assert rater.get(f"{address}/thank-you").status_code == 200
    assert ballots(app) == 0


def test_without_the_cookie_there_is_a_page_that_says_so(app: Flask, token: str) -> None:
    rater, address = opened(app, token)
    stranger = Surfer(app)
    stranger.get("/sign-in")
    for path in ("", "/decline", "/thank-you", "/declined"):
        assert_problem(stranger.get(address + path), "cookie")
    assert_problem(stranger.post(address, {"c-start": "Hm", "step": "submit"}), "cookie")
    assert_problem(stranger.post(f"{address}/decline"), "cookie")
    name = f"rater-{address.rpartition('/')[2]}"
    cookie = rater.client.get_cookie(name, path=address)
    assert cookie is not None
    for forged in ("", token, cookie.value[:-3] + "xyz", "." * 50):
        stranger.client.set_cookie(name, forged, path=address)
        assert_problem(stranger.get(address), "cookie")
    assert not is_done(app)


def test_a_form_without_the_csrf_token_is_refused(app: Flask, token: str) -> None:
    rater, address = opened(app, token)
    other, _ = opened(app, token)
    for fields in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": other.csrf}):
        for path, step in ((address, "submit"), (f"{address}/decline", "decline")):
            answer = rater.client.post(path, data={"c-start": "Hm", "step": step, **fields})
            assert answer.status_code == 400
    assert not is_done(app)
    assert rater.post(address, {"c-start": "Hm", "step": "submit"}).status_code == 303


def test_no_page_of_a_rater_carries_the_token_or_names_the_rater(
    app: Flask, case: Case, token: str
) -> None:
    rater, address = opened(app, token)
    first = items(app, case)[0]
    pages = [
        rater.get(address),
        rater.post(address, {"step": "submit"}),
        rater.post(address, {f"r-{first}": "3", "step": "review"}),
        rater.post(address, {f"r-{first}": "3", "step": "edit"}),
        rater.get(f"{address}/decline"),
        rater.post(address, {f"r-{first}": "3", "step": "submit"}),
        rater.get(f"{address}/thank-you"),
        rater.get(f"{address}/declined"),
        rater.get(address),
        Surfer(app).get(f"/r/{token}"),
        rater.get("/anonymity"),
    ]
    assert [page.status_code for page in pages] == [
        200, 422, 200, 200, 200, 303, 200, 200, 410, 410, 200,
    ]  # fmt: skip
    payload, _, signature = token.rpartition(".")
    for page in pages:
        seen = page.text + page.headers.get("Location", "")
        for secret in (token, payload, signature, PEER, "peers 1"):
            assert secret not in seen


def test_every_page_has_the_security_headers(app: Flask, case: Case, token: str) -> None:
    rater, address = opened(app, token)
    stranger = Surfer(app)
    pages = {
        "redirect": rater.get(f"/r/{token}"),
        "form": rater.get(address),
        "refused": rater.post(address, {"step": "submit"}),
        "review": rater.post(address, {"c-start": "Hm", "step": "review"}),
        "decline": rater.get(f"{address}/decline"),
        "csrf": rater.client.post(address, data={"step": "submit"}),
        "cookie": stranger.get(address),
        "link problem": stranger.get("/r/nonsense"),
        "not found": stranger.get("/nothing/here"),
        "not allowed": stranger.client.post("/anonymity", data={"csrf_token": stranger.csrf}),
        "too large": rater.client.post(address, data={"c-start": "x" * 4_000_000}),
        "promise": stranger.get("/anonymity"),
        "sign in": stranger.get("/sign-in"),
        "home": stranger.get("/"),
        "sent": rater.post(address, {"c-start": "Hm", "step": "submit"}),
        "receipt": rater.get(f"{address}/thank-you"),
    }
    assert pages["too large"].status_code == 413
    for name, page in pages.items():
        policy = dict(
            part.strip().split(" ", 1)
            for part in page.headers["Content-Security-Policy"].split(";")
        )
        assert policy["default-src"] == "'none'", name
        assert policy["script-src"] == policy["style-src"] == "'self'", name
        assert policy["form-action"] == "'self'", name
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'", name
        assert page.headers["Referrer-Policy"] == "no-referrer", name
        assert page.headers["X-Content-Type-Options"] == "nosniff", name
        assert page.headers["X-Frame-Options"] == "DENY", name
        assert page.headers["Cache-Control"] == "no-store", name
        # The policy would forbid them anyway, so a page that has them is broken.
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son[a-z]+=|\sstyle=", page.text), name
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page.text), name
    assert stranger.get("/static/style.css").headers["X-Content-Type-Options"] == "nosniff"


def test_styles_and_scripts_are_kept_by_the_browser(app: Flask) -> None:
    """A rater on a phone should not ask for each of them anew on every page."""
    kept = Surfer(app).get("/static/style.css").cache_control
    assert kept.max_age
    assert not kept.no_cache


def test_the_mentee_reaches_the_own_form_without_the_mailbox(app: Flask, case: Case) -> None:
    mentee = Surfer(app)
    mentee.sign_in("mia.mentee@example.org")
    mentee.get("/")
    answer = mentee.post(f"/self-assessment/{case.round_id}")
    assert answer.status_code == 303
    form = mentee.get(answer.headers["Location"]).headers["Location"]
    mentee.get(form)
    mentee.post(form, {"c-start": "I", "step": "submit"})
    assert is_done(app, "mia.mentee@example.org")
    mentee.get("/")
    again = mentee.post(f"/self-assessment/{case.round_id}")
    assert again.headers["Location"] == "/"
    assert ballots(app) == 1


def test_a_rater_s_page_does_not_ask_who_is_signed_in(app: Flask, token: str) -> None:
    mentor = Surfer(app)
    mentor.sign_in("max.mentor@example.org")
    page = mentor.get(f"/r/{token}", follow=True)
    assert page.status_code == 200
    assert "Sign out" not in page.text


def test_the_form_speaks_the_rater_s_language(app: Flask, case: Case) -> None:
    with service_of(app).database.writing() as session:
        invitation_of(session.get_one(Round, case.round_id), PEER).language = "de"
    rater, address = opened(app, tokens(service_of(app), case.round_id)[PEER])
    page = rater.get(address).text
    assert "Die Organisation kennen" in page
    assert 'lang="de"' in page


def test_the_usual_reason_is_read_in_the_rater_s_language(app: Flask, case: Case) -> None:
    with service_of(app).database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        invitation_of(round_, PEER).language = "de"
        mentorship = round_.mentorship
        usual = usual_purpose(mentorship.mentee.first_name, mentorship.mentor.name)
        round_.purpose = usual.in_language("en")
    links = tokens(service_of(app), case.round_id)
    rater, address = opened(app, links[PEER])
    page = html.unescape(rater.get(address).text)
    assert usual.in_language("de") in page
    assert usual.in_language("en") not in page
