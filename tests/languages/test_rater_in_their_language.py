"""From letter to thanks, raters read their own language; the statements' own is marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from survey.languages.catalogues import LANGUAGES, catalogue
from survey.mail.letters import LetterWriter
from survey.storage.models import Invitation, Letter, LetterKind, Round
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW, Case, invitation_of, launched_case, tokens
from tests.support.web import Surfer, make_app, service_of

ROOT = Path(__file__).resolve().parents[2]
PEER = "peers1@example.org"


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


def speak(app: Flask, case: Case, language: str) -> None:
    """The peer reads this language, as the mentor's list said."""
    with service_of(app).database.writing() as session:
        invitation_of(session.get_one(Round, case.round_id), PEER).language = language


def opened(app: Flask, case: Case) -> tuple[Surfer, str]:
    rater = Surfer(app)
    token = tokens(service_of(app), case.round_id)[PEER]
    return rater, rater.get(f"/r/{token}").headers["Location"]


def frame(page: str) -> tuple[str, str]:
    found = re.search(r'<html lang="(\w+)" dir="(\w+)">', page)
    assert found is not None
    return found[1], found[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_from_form_to_thanks_is_in_the_rater_s_language(
    app: Flask, case: Case, language: str
) -> None:
    say = catalogue(language).gettext
    way = "rtl" if language == "ar" else "ltr"
    speak(app, case, language)
    rater, address = opened(app, case)
    page = rater.get(address).text
    assert frame(page) == (language, way)
    assert say("Your answers are anonymous") in page
    assert say("Peers") in page
    first = re.search(r'name="(r-[^"]+)"', page)
    assert first is not None
    empty = rater.post(address, {"step": "review"})
    assert empty.status_code == 422
    problem = "You have not rated or written anything yet. Rate at least one statement, or use "
    assert say(f"{problem}the link at the end of the page to decline.") in empty.text
    review = rater.post(address, {"step": "review", first[1]: "3", "c-start": "Hm"}).text
    assert frame(review) == (language, way)
    assert say("Send my feedback") in review
    assert say("No answer") in review
    decline = rater.get(f"{address}/decline").text
    assert frame(decline) == (language, way)
    assert say("Back to the form") in decline
    sent = rater.post(address, {"step": "submit", first[1]: "3"})
    thanks = rater.get(sent.headers["Location"]).text
    assert frame(thanks) == (language, way)
    assert say("What happens next") in thanks
    again = rater.post(address, {"step": "submit", first[1]: "3"})
    used = rater.get(again.headers["Location"]).text
    assert frame(used) == (language, way)
    assert say("Your link has done its work") in used


def test_two_raters_of_one_group_each_get_their_own_language(app: Flask, case: Case) -> None:
    """Pages are kept ready: one language's must not be handed to a reader of another."""
    seen = {}
    for language in ("de", "ar", "en"):
        speak(app, case, language)
        rater, address = opened(app, case)
        seen[language] = frame(rater.get(address).text)
    assert seen == {"de": ("de", "ltr"), "ar": ("ar", "rtl"), "en": ("en", "ltr")}


def test_statements_in_another_language_than_the_page_are_marked(app: Flask, case: Case) -> None:
    """The framework is there in English and German: an Arabic reader gets English statements."""
    speak(app, case, "ar")
    rater, address = opened(app, case)
    arabic = rater.get(address).text
    assert 'aria-labelledby="k1" lang="en" dir="ltr">' in arabic
    # The page's own words within are marked back.
    assert '<p class="eyebrow" lang="ar" dir="rtl">' in arabic
    speak(app, case, "de")
    rater, address = opened(app, case)
    german = rater.get(address).text
    assert 'aria-labelledby="k1">' in german


def test_a_reader_of_a_language_that_is_not_spoken_gets_english(app: Flask, case: Case) -> None:
    speak(app, case, "fi")
    rater, address = opened(app, case)
    assert frame(rater.get(address).text) == ("en", "ltr")


@pytest.mark.parametrize(
    ("header", "language"),
    [("de-CH,de;q=0.9,en;q=0.8", "de"), ("fi,ar;q=0.5", "ar"), ("", "en"), ("zz-!!;;,q", "en")],
)
def test_strangers_are_answered_in_their_browser_s_language(
    app: Flask, header: str, language: str
) -> None:
    headers = {"Accept-Language": header}
    broken = app.test_client().get("/r/broken", headers=headers)
    assert broken.status_code == 410
    assert frame(broken.text)[0] == language
    assert catalogue(language).gettext("This link does not work") in broken.text
    promise = app.test_client().get("/anonymity", headers=headers).text
    assert frame(promise)[0] == language


def test_the_form_leads_to_the_promise_in_its_own_language(app: Flask, case: Case) -> None:
    speak(app, case, "fr")
    rater, address = opened(app, case)
    found = re.search(r'href="(/anonymity[^"]*)"', rater.get(address).text)
    assert found is not None
    page = app.test_client().get(found[1], headers={"Accept-Language": "de"}).text
    assert frame(page) == ("fr", "ltr")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [LetterKind.INVITATION, LetterKind.REMINDER])
@pytest.mark.parametrize("address", [PEER, "manager1@example.org", "mia.mentee@example.org"])
def test_letters_to_raters_are_in_their_language(
    app: Flask, case: Case, language: str, kind: LetterKind, address: str
) -> None:
    say = catalogue(language).gettext
    service = service_of(app)
    with service.database.writing() as session:
        invitation = invitation_of(session.get_one(Round, case.round_id), address)
        invitation.language = language
        letter = Letter(kind=kind, invitation_id=invitation.id, due_at=NOW)
        session.add(letter)
        session.flush()
        envelope = LetterWriter(service, ROOT / "templates").write(session, letter)
        name = session.get_one(Invitation, invitation.id).name
    assert envelope is not None
    hello = say("Hello %(name)s,") % {"name": name} if name else say("Hello,")
    assert hello in envelope.text
    assert hello in envelope.html
    way = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{way}">' in envelope.html
    assert ("text-align:right" in envelope.html) == (way == "rtl")
    for text in (envelope.subject, envelope.text, envelope.html):
        assert "%(" not in text
    if language != "en":
        for english in ("Thank you", "anonymous", "feedback about", "It takes"):
            assert english not in envelope.text
            assert english not in envelope.subject
