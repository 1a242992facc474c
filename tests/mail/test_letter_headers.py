"""What stands on and in a letter, whatever people call themselves."""

from __future__ import annotations

import html
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import getaddresses

import pytest
from flask import Flask

from survey.accounts.errors import AccountError
from survey.accounts.people import add_mentor
from survey.rounds.close import close_round
from survey.rounds.release import release_round
from survey.storage.models import (
    Round,
)
from tests.mail.mailing import (
    MENTEE,
    MENTOR,
    PEER,
    deliver_all,
    invitation,
    letters,
    only_letter,
)
from tests.support.ballot_box import box_contents
from tests.support.cases import (
    NOW,
    Case,
    ask_for_link,
    draft_case,
    invitation_of,
    launch,
    launched_case,
    tokens,
)
from tests.support.mail_server import MailServer, html_of, link_in, text_of
from tests.support.web import Surfer, service_of


def test_an_invitation_carries_the_headers_of_automatic_mail(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    case = launched_case(service_of(sqlite_app), {"peers": 1})
    row = next(
        letter
        for letter in letters(sqlite_app)
        if letter.invitation_id == invitation(sqlite_app, case).id
    )
    deliver_all(sqlite_app)
    letter = only_letter(mail_server, PEER)
    assert letter["Message-ID"] == f"<{row.id.hex}@127.0.0.1>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Reply-To"] == MENTOR
    assert letter["From"] == "feedback@localhost.localdomain"
    assert getaddresses([letter["To"]]) == [("peers 1", PEER)]
    assert letter["Subject"] == "Max Mentor asks for your feedback about Mia Mentee"
    link = link_in(letter, "/r/")
    assert letter["List-Unsubscribe"] == f"<{link}/decline>"
    # One click from a mail program must not decline: a person has to confirm.
    assert letter["List-Unsubscribe-Post"] is None
    assert letter.get_content_type().startswith("multipart/")


def test_the_unsubscribe_address_stands_in_the_header_as_it_is(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    """Mail programs look for an address in angle brackets and decode nothing there."""
    launched_case(service_of(sqlite_app), {"peers": 1})
    deliver_all(sqlite_app)
    letter = only_letter(mail_server, PEER)
    raw = dict(letter.raw_items())["List-Unsubscribe"]
    assert raw.strip() == f"<{link_in(letter, '/r/')}/decline>"


def test_letters_to_people_with_an_account_offer_no_way_to_decline(
    sqlite_app: Flask, mail_server: MailServer
) -> None:
    service = service_of(sqlite_app)
    case = launched_case(service, {"peers": 3})
    with service.database.writing() as session:
        ask_for_link(session, service, MENTEE, NOW)
    deliver_all(sqlite_app)
    with service.database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        close_round(session, round_, master_key=service.master_key, now=NOW)
        release_round(session, round_, NOW)
    deliver_all(sqlite_app)
    subjects = {str(letter["Subject"]): letter for letter in mail_server.to(MENTEE)}
    assert set(subjects) == {
        "Max Mentor invites you to Mentoring Feedback",
        "Your own view: a short self-assessment",
        "Sign in to Mentoring Feedback",
        "Your feedback report is ready",
    }
    for subject, letter in subjects.items():
        is_to_rater = "self-assessment" in subject
        assert (letter["List-Unsubscribe"] is not None) == is_to_rater
        assert letter["Reply-To"] == (None if subject.startswith("Sign in") else MENTOR)
        assert letter["Auto-Submitted"] == "auto-generated"


def test_text_and_html_carry_the_same_working_link(app: Flask, mail_server: MailServer) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 1, "manager": 1})
    with service.database.writing() as session:
        ask_for_link(session, service, MENTOR, NOW)
    deliver_all(app)
    current = tokens(service, case.round_id)
    for address in (PEER, "manager1@example.org"):
        letter = only_letter(mail_server, address)
        link = f"{service.base_url}/r/{current[address]}"
        assert link_in(letter, "/r/") == link
        assert f'href="{link}"' in html_of(letter)
        assert Surfer(app).get(link, follow=True).status_code == 200
    sign_in = only_letter(mail_server, MENTOR)
    link = link_in(sign_in, "/sign-in/")
    assert f'href="{link}"' in html_of(sign_in)
    surfer = Surfer(app)
    surfer.get(link)
    surfer.post(link)
    assert surfer.get("/").status_code == 200


def test_an_invitation_says_who_sees_what(sqlite_app: Flask, mail_server: MailServer) -> None:
    launched_case(service_of(sqlite_app), {"peers": 3, "manager": 1}, threshold=4)
    deliver_all(sqlite_app)
    peer = text_of(only_letter(mail_server, PEER))
    assert "YOUR ANSWERS ARE ANONYMOUS" in peer
    assert "at least 4 people" in peer
    assert "Monday 16 November 2026" in peer
    assert "NOT ANONYMOUS" in text_of(only_letter(mail_server, "manager1@example.org"))
    own = next(m for m in mail_server.to(MENTEE) if "/r/" in text_of(m))
    assert "SHOWN AS YOURS" in text_of(own)


def test_the_unsubscribe_address_leads_to_the_page_to_decline_and_consumes_nothing(
    app: Flask, mail_server: MailServer
) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 1})
    deliver_all(app)
    address = only_letter(mail_server, PEER)["List-Unsubscribe"].strip("<>")
    for _ in range(2):  # a mail scanner, then the rater
        surfer = Surfer(app)
        page = surfer.get(address, follow=True)
        assert page.status_code == 200
        assert page.request.path.endswith("/decline")
        assert not invitation(app, case).done
    assert surfer.client.post(address).status_code == 405
    surfer.post(page.request.path)
    assert invitation(app, case).done
    contents = box_contents(service, case.round_id)
    assert (contents.declined, contents.ballots) == ({"peers": 1}, [])


INJECTIONS = (
    "Eve\r\nBcc: thief@example.org",
    "Eve\nSubject: Other",
    "Eve\rX-Evil: 1",
    "Eve\x0bBcc: thief@example.org",
    "Eve\u2028Bcc: thief@example.org",
    "Eve\x85X-Evil: 1",
    "Eve\x00",
)


def test_names_with_line_breaks_or_control_characters_become_no_header(sqlite_app: Flask) -> None:
    """They are made one line, or refused with the field's name."""
    for number, name in enumerate(INJECTIONS):
        with service_of(sqlite_app).database.writing() as session:
            try:
                stored = add_mentor(session, name, f"m{number}@example.org").name
            except AccountError as error:
                assert str(error).startswith("Name:")  # noqa: PT017
            else:
                assert stored.isprintable()


@pytest.mark.parametrize(
    "name",
    [
        *INJECTIONS[:-1],
        'Eve" <thief@example.org>, "x',
        "Eve <thief@example.org>",
        "thief@example.org, Eve",
        "Eve (comment) \\ ; :",
        "=?utf-8?q?Eve=0D=0ABcc:_thief@example.org?=",
        "=?utf-8?b?RXZlDQpCY2M6IHRoaWVmQGV4YW1wbGUub3Jn?=",
    ],
)
def test_no_name_can_add_a_header_or_a_recipient(
    sqlite_app: Flask, mail_server: MailServer, name: str
) -> None:
    """Even when such a name stands in the database, whatever door it came through."""
    service = service_of(sqlite_app)
    case = draft_case(service, {"peers": 1})
    name_everybody(sqlite_app, case, name)
    launch(service, case.round_id)
    with service.database.writing() as session:
        ask_for_link(session, service, MENTOR, NOW)
    deliver_all(sqlite_app)
    assert letters(sqlite_app) == []
    assert sorted(m["X-Recipient"] for m in mail_server.messages) == sorted(
        [MENTOR, MENTEE, MENTEE, PEER]
    )
    for message in mail_server.messages:
        assert set(message.keys()) <= {
            "Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID",
            "Reply-To", "Auto-Submitted", "List-Unsubscribe", "X-Recipient",
        }  # fmt: skip
        assert len(message.get_all("Subject")) == 1
        recipients = [address.addr_spec for address in message["To"].addresses]
        assert recipients == [message["X-Recipient"]]
        assert len(message["From"].addresses) == 1


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Çelik-Łukasiewicz",
        "Ольга Петрова",
        "O'Neill & Söhne <GmbH>",
        "山田 太郎",
        "Anna-Katharina Müller-Lüdenscheidt von Hohenstein",
        "Zoë 🌻 " + "ü" * 110,
        "Þ" + "x" * 118 + "ß",
    ],
)
def test_names_of_every_script_arrive_as_written(
    sqlite_app: Flask, mail_server: MailServer, name: str
) -> None:
    service = service_of(sqlite_app)
    case = draft_case(service, {"peers": 1})
    name_everybody(sqlite_app, case, name)
    launch(service, case.round_id)
    deliver_all(sqlite_app)
    letter = only_letter(mail_server, PEER)
    assert f"Hello {name}," in text_of(letter)
    assert html.unescape(html_of(letter)).count(f"Hello {name},") == 1
    assert header_of(letter, "Subject") == f"{name} asks for your feedback about {name}"
    to = letter["To"].addresses
    assert [(address.display_name, address.addr_spec) for address in to] == [(name, PEER)]


def name_everybody(app: Flask, case: Case, name: str) -> None:
    with service_of(app).database.writing() as session:
        round_ = session.get_one(Round, case.round_id)
        round_.mentorship.mentor.name = name
        round_.mentorship.mentee.name = name
        invitation_of(round_, PEER).name = name


def header_of(message: EmailMessage, name: str) -> str:
    """A header decoded from its raw text, as a mail program does it."""
    raw = dict(message.raw_items())[name]
    return str(make_header(decode_header("".join(raw.splitlines())))).strip()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Eve\u202egro.elpmaxe@nimda\u202c Admin", "Evegro.elpmaxe@nimda Admin"),
        ("\u2067Max\u2069 \u200fMentor\u061c", "Max Mentor"),
        ("Mentor, Max; Dr.", "Mentor, Max; Dr."),
        ("ליאת כהן", "ליאת כהן"),
        ("علي\u200cرضا", "علي\u200cرضا"),
    ],
)
def test_no_name_turns_the_direction_of_a_header(
    sqlite_app: Flask, mail_server: MailServer, name: str, shown: str
) -> None:
    """Names of right-to-left scripts stay as they are; marks that turn other text round do not."""
    service = service_of(sqlite_app)
    case = draft_case(service, {"peers": 1})
    name_everybody(sqlite_app, case, name)
    launch(service, case.round_id)
    deliver_all(sqlite_app)
    letter = only_letter(mail_server, PEER)
    assert header_of(letter, "Subject") == f"{shown} asks for your feedback about {shown}"
    (to,) = letter["To"].addresses
    assert (to.display_name, to.addr_spec) == (shown, PEER)
    assert letter["Auto-Submitted"] == "auto-generated"
