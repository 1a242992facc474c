"""Mentors and mentees read every page of their own, and every letter, in their language."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from sqlalchemy.orm import object_session

from survey.demo.cast import read_cast
from survey.demo.fill import fill_demo
from survey.frameworks.rater_groups import STANDARD_GROUPS, custom_group
from survey.languages.catalogues import LANGUAGES, SOURCE_LANGUAGE, catalogue
from survey.languages.days import day_in_words
from survey.mail.delivery_report import UNDELIVERABLE
from survey.mail.envelope import Envelope
from survey.mail.letters import LetterWriter
from survey.mentoring.mentees import add_mentee
from survey.rounds.draft import RoundDetails, add_raters, create_draft
from survey.rounds.proposals import ask_for_proposals, propose, put_on_the_list, turn_down
from survey.rounds.rater_list import RaterEntry, parse_text
from survey.service import Service
from survey.storage.models import (
    Delivery,
    Letter,
    LetterKind,
    Mentorship,
    Person,
    PlannedSession,
    Round,
    RoundKind,
    RoundState,
    WebhookState,
)
from survey.storage.queries import people as people_queries
from survey.webhooks.registering import CHOICES, register, send_test
from tests.conftest import fresh_database, service_environment
from tests.support.cases import NOW
from tests.support.web import Surfer, flashes, make_app, service_of, signed_in

ROOT = Path(__file__).resolve().parents[2]
TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
# Pages and files that have a language and tests of their own.
ELSEWHERE = re.compile(r"/(reports|api|r|static|mailbox|anonymity)\b|\.(ics|json|yaml|csv|xlsx)$")


class _Words(HTMLParser):
    """The texts of a page that a person sees or hears, without what says that it is English."""

    _SAID = ("aria-label", "data-label", "data-confirm", "placeholder", "title")
    _UNSEEN = ("script", "style", "code", "textarea")
    _WITHOUT_END = ("input", "br", "hr", "img", "link", "meta", "path", "circle", "rect", "line")

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.links: list[str] = []
        self._unseen = 0
        # The elements around, each with whether it says that it is English: what a framework asks.
        self._around: list[tuple[str, bool]] = []

    @property
    def _says_english(self) -> bool:
        return any(english for _, english in self._around)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self._WITHOUT_END:
            self._around.append((tag, ("lang", "en") in attrs))
        if tag in self._UNSEEN:
            self._unseen += 1
        for name, value in attrs:
            if name in self._SAID and not self._says_english:
                self.found.append(value or "")
            if tag == "a" and name == "href":
                self.links.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._UNSEEN:
            self._unseen -= 1
        # Some elements may be left open; they end with what is around them.
        names = [name for name, _ in self._around]
        if tag in names:
            del self._around[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        if not self._unseen and not self._says_english:
            self.found.append(data)


def words_of(page: str) -> _Words:
    parser = _Words()
    parser.feed(page)
    parser.found = [" ".join(text.split()) for text in parser.found]
    return parser


class English:
    """The English texts that read otherwise in a language, with anything in their places."""

    def __init__(self, language: str) -> None:
        self._exact: set[str] = set()
        self._with_places: list[re.Pattern[str]] = []
        said: set[str] = set()
        for key, translation in catalogue(language)._catalog.items():  # type: ignore[attr-defined]
            text = key if isinstance(key, str) else key[0]
            said.add(plain(translation))
            bare = plain(text)
            if "%(" not in bare:
                self._exact.add(bare)
            # With a word or two between its places, a text matches what people wrote, too.
            elif len(re.sub(r"%\(\w+\)s|\W", "", bare)) > 11:
                parts = (re.escape(part) for part in re.split(r"%\(\w+\)s", bare))
                self._with_places.append(re.compile(".{1,80}".join(parts)))
        # A word of this language may be a word of English: "Start" is what Home is in German.
        self._exact -= {*said, ""}

    def is_one(self, text: str) -> bool:
        """Whether this is such a text."""
        return text in self._exact or any(p.fullmatch(text) for p in self._with_places)


def plain(text: str) -> str:
    """A text of a catalogue as it stands on a page."""
    return re.sub(r"<[^>]+>", "", text).replace("%%", "%")


@pytest.fixture(scope="module")
def app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("signed-in")
    app = make_app(
        service_environment(fresh_database("sqlite", request, folder), folder)
        | {"MAIL_SERVER": "127.0.0.1"}
    )
    fill_demo(service_of(app), NOW)
    add_what_the_demo_lacks(service_of(app))
    yield app
    service_of(app).database.dispose()


def add_what_the_demo_lacks(service: Service) -> None:
    """Letters that came back, a draft with proposals, a webhook: all that has words of its own."""
    with service.database.writing() as session:
        mentor = people_queries.by_normalised_email(session, mentor_email())
        mentee = people_queries.by_normalised_email(session, mentee_email())
        assert mentor is not None
        assert mentee is not None
        for round_ in session.query(Round).filter_by(state=RoundState.OPEN):
            for invitation, state in zip(round_.invitations[1:4], Delivery, strict=False):
                invitation.delivery, invitation.delivery_problem = state, UNDELIVERABLE
            round_.invitations[4].delivery = Delivery.FAILED
            round_.invitations[4].reached = False
            round_.invitations[5].revoked = True
        mentorship = people_queries.mentorships_of_mentee(session, mentee.id)[0]
        # The comments of a round that is closed, and not released.
        newest = session.query(Round).filter_by(kind=RoundKind.AFTER).one()
        newest.state, newest.released_on = RoundState.CLOSED, None
        draft = create_draft(
            session,
            mentorship,
            RoundDetails(
                kind=RoundKind.INTERIM,
                framework_id="leadership",
                groups=[*STANDARD_GROUPS, custom_group("Ombudsleute")],
                deadline=NOW.date() + dt.timedelta(days=14),
                goal=mentorship.goals[0],
            ),
            NOW.date(),
        )
        listed = [
            RaterEntry(f"P{number}", f"p{number}@example.org", group, None)
            for number, group in enumerate(["manager", "peers", "peers", *["customers"] * 3])
        ]
        assert add_raters(session, draft, listed) == []
        ask_for_proposals(session, draft, NOW.date() + dt.timedelta(days=3), NOW)
        for name in ("Ana", "Ben", "Cleo", "Dan"):
            entry = RaterEntry(name, f"{name}@example.org", "peers", "es")
            assert propose(session, draft, entry, NOW.date()) == []
        ana, ben, cleo, _ = sorted(draft.proposals, key=lambda one: one.name)
        changed = RaterEntry("Ana", "Ana@example.org", "customers", "es")
        assert put_on_the_list(session, draft, ana, changed) == []
        turn_down(session, draft, ben)
        cleo.group_key = "gone"
        hook = register(
            session, mentor, "https://hr.example.org/x", CHOICES, NOW, allow_private=False
        ).webhook
        tests = [send_test(session, hook, NOW) for _ in range(3)]
        tests[0].state, tests[0].attempts = WebhookState.GIVEN_UP, 9
        tests[0].last_problem = hook.last_problem = "The receiver answered 500."
        tests[1].state, tests[1].attempts = WebhookState.DELIVERED, 1


def mentee_email() -> str:
    return read_cast().finished.mentee.email


def mentor_email() -> str:
    return read_cast().mentor.email


def read(app: Flask, email: str, language: str) -> Surfer:
    """Somebody who is signed in and reads this language."""
    with service_of(app).database.writing() as session:
        person = people_queries.by_normalised_email(session, email)
        assert person is not None
        person.language = language
    return signed_in(app, email)


def pages_of(surfer: Surfer) -> dict[str, str]:
    """Every page that can be reached from the start page by links, by its address."""
    found: dict[str, str] = {}
    ahead = ["/", "/my-data/erasure", f"/mentoring/{uuid.uuid4()}", *comment_pages(surfer)]
    while ahead:
        path = ahead.pop()
        if path in found or ELSEWHERE.search(path):
            continue
        answer = surfer.get(path)
        if answer.status_code in (302, 303):
            continue
        found[path] = answer.text
        for link in words_of(answer.text).links:
            parts = urlsplit(link)
            if not parts.netloc and parts.path.startswith("/"):
                ahead.append(parts.path)
    return found


def comment_pages(surfer: Surfer) -> list[str]:
    """Pages that only a report leads to."""
    with service_of(surfer.app).database.reading() as session:
        return [f"/rounds/{round_.id}/comments" for round_ in session.query(Round)]


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("who", [mentee_email, mentor_email])
def test_no_page_has_english_words_left(app: Flask, language: str, who: object) -> None:
    assert callable(who)
    pages = pages_of(read(app, who(), language))
    assert len(pages) > 10
    ends = {path.rpartition("/")[2] for path in pages if path.startswith("/rounds/")}
    wanted = {"raters", "preview", "details", "comments"} if who is mentor_email else {"propose"}
    assert wanted <= ends
    if who is mentor_email:
        assert any('name="words"' in page for page in pages.values())
    assert f'href="/anonymity?lang={language}"' in pages["/"]
    english = English(language)
    left = {}
    for path, page in pages.items():
        way = "rtl" if language == "ar" else "ltr"
        assert f'<html lang="{language}" dir="{way}">' in page, path
        for text in words_of(page).found:
            assert "%(" not in text, (path, text)
            if english.is_one(text):
                left[text] = path
    assert left == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_days_are_written_as_the_language_writes_them(app: Flask, language: str) -> None:
    surfer = read(app, mentor_email(), language)
    with service_of(app).database.reading() as session:
        mentor = people_queries.by_normalised_email(session, mentor_email())
        assert mentor is not None
        mentorship = people_queries.mentorships_of_mentor(session, mentor.id)[0]
        began, id_ = mentorship.started_on, mentorship.id
    assert day_in_words(began, language) in surfer.get(f"/mentees/{id_}").text


def test_the_choice_of_a_language_holds_from_the_next_page_on(app: Flask) -> None:
    surfer = read(app, mentee_email(), "en")
    page = surfer.get("/account").text
    for language, name in LANGUAGES.items():
        assert re.search(rf'<option (selected )?value="{language}">{name}</option>', page)
    answer = surfer.post("/account", {"name": "Samira Okafor", "language": "es"}, follow=True)
    assert flashes(answer.text) == [catalogue("es").gettext("Your details are saved.")]
    assert '<html lang="es" dir="ltr">' in answer.text


@pytest.mark.parametrize(("header", "language"), [("de-CH,de;q=0.9", "de"), ("ar", "ar")])
def test_before_signing_in_the_browser_says_the_language(
    app: Flask, header: str, language: str
) -> None:
    page = app.test_client().get("/sign-in", headers={"Accept-Language": header}).text
    assert f'<html lang="{language}"' in page
    assert catalogue(language).gettext("Send me a link") in page


def test_what_is_wrong_with_a_form_is_said_in_the_reader_s_language(app: Flask) -> None:
    say = catalogue("de").gettext
    surfer = read(app, mentor_email(), "de")
    surfer.get("/mentees/new")
    empty = surfer.post("/mentees/new", {"name": "", "email": "x"})
    assert say("Enter the mentee's name.") in empty.text
    own = surfer.post("/mentees/new", {"name": "Mia", "email": mentor_email()})
    assert say("This is your own address; a mentee is somebody else.") in own.text
    too_long = surfer.post("/mentees/new", {"name": "M" * 200, "email": "m@example.org"})
    # WTForms brings its own words.
    assert "Feld kann nicht länger als 120 Zeichen sein." in too_long.text


RATERS_GONE_WRONG = "\n".join(
    [
        "nobody",
        "Ana <ana@example.org>, Piers",
        "Ben <ben@example.org>, peers",
        "Ben <ben@example.org>, peers",
        "=1+1, x@example.org, peers",
        "Cleo <cleo@example.org>, peers, nonsense!, more",
        "Dora <dora@example.org>",
        "Eve\u202e <eve@example.org>, peers",
    ]
)


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_wrong_with_a_round_is_said_in_the_reader_s_language(
    app: Flask, language: str
) -> None:
    surfer = read(app, mentor_email(), language)
    with service_of(app).database.reading() as session:
        draft = session.query(Round).filter_by(state=RoundState.DRAFT).one().id
        open_round = session.query(Round).filter_by(state=RoundState.OPEN).first()
        assert open_round is not None
        opened, mentorship = open_round.id, open_round.mentorship_id
    raters = f"/rounds/{draft}/raters"
    surfer.get(raters)
    details = {"kind": "before", "framework": "leadership", "goal": "", "compared_with": ""}
    answers = [
        surfer.post(raters, {"pasted": RATERS_GONE_WRONG, "group": ""}),
        surfer.post(f"/rounds/{draft}/proposals/ask", {"until": "2000-01-01"}, follow=True),
        surfer.post(f"/mentees/{mentorship}/rounds/new", {}),
        surfer.post(
            f"/mentees/{mentorship}/rounds/new",
            details
            | {"deadline": "2000-01-01", "threshold": "3", "retrospective": "y", "groups": []},
        ),
        surfer.post(
            f"/mentees/{mentorship}/rounds/new",
            details | {"deadline": "2000-01-01", "threshold": "99", "own_groups": "manager"},
        ),
        surfer.post(f"/rounds/{draft}/remind", follow=True),
        surfer.post(f"/rounds/{opened}/deadline", {"deadline": "2000-01-01"}),
        surfer.post(f"/rounds/{opened}/close"),
        surfer.post(f"/rounds/{opened}/release", follow=True),
        surfer.post(f"/rounds/{draft}/discard"),
        surfer.post("/account/webhooks/new", {"address": "http://x", "events": []}),
    ]
    english = English(language)
    left = [text for page in answers for text in words_of(page.text).found if english.is_one(text)]
    assert left == []
    problems = re.findall(r"<li>(.*?)</li>", answers[0].text.partition('class="errors"')[2])[:9]
    row = catalogue(language).gettext("Row %(row)s, %(field)s: %(what)s; %(hint)s.").split("%")[0]
    assert all(problem.startswith(row) for problem in problems[:7]), problems


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_list_of_raters_may_name_groups_and_columns_as_pages_do(
    app: Flask, language: str
) -> None:
    say = catalogue(language).gettext
    columns = say("add a first row that names the columns: Name, E-mail, Group, Language")
    names = re.split("[,،] ", columns.rpartition(": ")[2])
    assert len(names) == 4
    table = "\t".join(names) + f"\nAna Silva\tana@example.org\t{say('Direct reports')}\tes"
    read_list = parse_text(table, STANDARD_GROUPS)
    assert read_list.problems == ()
    assert read_list.entries == (
        RaterEntry("Ana Silva", "ana@example.org", "direct_reports", "es"),
    )


def test_programs_get_english_from_a_person_who_reads_german(app: Flask) -> None:
    surfer = read(app, mentor_email(), "de")
    del surfer
    answer = app.test_client().get("/api/v1/mentees", headers={"Accept-Language": "de"})
    assert answer.status_code == 401
    assert catalogue("de").gettext("Page not found") not in answer.text


def letter_to(app: Flask, kind: LetterKind, language: str) -> Envelope:
    """A letter of this kind, to somebody who reads this language."""
    service = service_of(app)
    with service.database.writing() as session:
        mentor = people_queries.by_normalised_email(session, mentor_email())
        mentee = people_queries.by_normalised_email(session, mentee_email())
        assert mentor is not None
        assert mentee is not None
        mentee.language = language
        mentorship = people_queries.mentorships_of_mentee(session, mentee.id)[0]
        letter = Letter(kind=kind, due_at=NOW)
        if kind is LetterKind.SIGN_IN:
            link = service.sign_in_links.create(session, mentee, NOW)
            letter.sign_in_link_id = link.id
        elif kind is LetterKind.MENTEE_WELCOME:
            letter.mentorship_id = mentorship.id
        elif kind is LetterKind.REPORT_RELEASED:
            letter.round_id = next(
                round_.id
                for round_ in session.query(Round).filter_by(mentorship_id=mentorship.id)
                if round_.state is RoundState.RELEASED
            )
        elif kind is LetterKind.RATERS_WANTED:
            draft = session.query(Round).filter_by(state=RoundState.DRAFT).one()
            letter.round_id = draft.id
        else:
            letter.recipient_id = mentee.id
            letter.planned_session_id = planned_of(session.get_one(Mentorship, mentorship.id)).id
            letter.cancelled_session_id = letter.planned_session_id
            letter.cancelled_revision = 1
            letter.cancelled_starts_at = NOW + dt.timedelta(days=3)
        session.add(letter)
        session.flush()
        envelope = LetterWriter(service, ROOT / "templates").write(session, letter)
        session.rollback()
    assert envelope is not None
    return envelope


def planned_of(mentorship: Mentorship) -> PlannedSession:
    """The next session, of whichever mentorship: the letter names neither."""
    session = object_session(mentorship)
    assert session is not None
    planned = PlannedSession(
        mentorship_id=mentorship.id,
        revision=0,
        starts_at=NOW + dt.timedelta(days=3),
        minutes=60,
        place="",
    )
    session.query(PlannedSession).filter_by(mentorship_id=mentorship.id).delete()
    session.add(planned)
    session.flush()
    return planned


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "kind",
    [
        LetterKind.SIGN_IN,
        LetterKind.MENTEE_WELCOME,
        LetterKind.REPORT_RELEASED,
        LetterKind.RATERS_WANTED,
        LetterKind.SESSION_PLANNED,
        LetterKind.SESSION_CANCELLED,
    ],
)
def test_letters_are_in_the_language_of_their_reader(
    app: Flask, language: str, kind: LetterKind
) -> None:
    envelope = letter_to(app, kind, language)
    way = "rtl" if language == "ar" else "ltr"
    assert f'<html lang="{language}" dir="{way}">' in envelope.html
    texts = [envelope.subject, *envelope.text.splitlines(), *words_of(envelope.html).found]
    for enclosure in envelope.enclosures:
        summary = catalogue(language).gettext("Mentoring session")
        assert f"SUMMARY:{summary}" in enclosure.content.decode()
    assert all("%(" not in text for text in texts)
    if kind is LetterKind.SESSION_CANCELLED:
        assert day_in_words(NOW.date() + dt.timedelta(days=3), language, weekday=True) in (
            envelope.text
        )
    if language != SOURCE_LANGUAGE:
        english = English(language)
        assert [text for text in texts if english.is_one(text.strip())] == []


def test_a_new_mentee_reads_the_mentor_s_language_until_choosing_one(app: Flask) -> None:
    with service_of(app).database.writing() as session:
        mentor = people_queries.by_normalised_email(session, mentor_email())
        assert mentor is not None
        mentor.language = "fr"
        mentorship = add_mentee(session, mentor, "Noa", "noa@example.org", NOW)
        assert session.get_one(Person, mentorship.mentee_id).language == "fr"
        session.rollback()
