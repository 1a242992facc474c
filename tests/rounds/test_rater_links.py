"""Raters' links: only the very token that was sent opens a form, and the database holds none."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from itsdangerous import URLSafeSerializer
from sqlalchemy import MetaData, select

from survey.accounts.errors import SignInError
from survey.accounts.people import find_person
from survey.rounds.errors import (
    ExpiredLinkError,
    LinkError,
    RevokedLinkError,
    RoundClosedError,
    UnknownLinkError,
    UsedLinkError,
)
from survey.rounds.rater_links import RaterLinks
from survey.rounds.submit import decline, submit_feedback
from survey.service import Service
from survey.storage.models import Invitation, Round, SignInLink
from tests.support.cases import NOW, ask_for_link, invitation_of, launched_case, tokens

TODAY = NOW.date()
SECRET = "a secret for tests alone"
RATER_SALT = "survey.rater-link.v1"
PEER = "peers1@example.org"


@pytest.fixture
def token(service: Service) -> str:
    case = launched_case(service, {"peers": 3})
    return tokens(service, case.round_id)[PEER]


def find(service: Service, token: str, today: dt.date = TODAY) -> str:
    with service.database.reading() as session:
        return service.rater_links.find(session, token, today).email


def trust(service: Service, token: str) -> None:
    """Store the token's hash as if it had been issued, so that only its signature is in doubt."""
    with service.database.writing() as session:
        invitation = session.scalars(select(Invitation).where(Invitation.email == PEER)).one()
        invitation.link_hash = hashlib.sha256(token.encode()).hexdigest()


def test_the_issued_token_opens_its_own_invitation_as_often_as_one_looks(
    service: Service, token: str
) -> None:
    assert [find(service, token) for _ in range(3)] == [PEER] * 3


def test_a_changed_token_opens_nothing(service: Service, token: str) -> None:
    payload, dot, signature = token.rpartition(".")
    assert dot
    changed = [
        token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        for place in range(len(token))
    ]
    changed += [token[:length] for length in range(len(token))]
    changed += [token + more for more in ("A", "=", ".", " ", "\n", "\x00", "/", "é")]
    changed += [
        token.swapcase(),
        f" {token}",
        f"{payload}.",
        f".{signature}",
        f"{signature}.{payload}",
    ]
    with service.database.reading() as session:
        for attempt in changed:
            with pytest.raises(UnknownLinkError):
                service.rater_links.find(session, attempt, TODAY)
    assert find(service, token) == PEER


def test_what_was_never_a_token_opens_nothing(service: Service, token: str) -> None:
    junk = ["", ".", "None", "null", "0", "A" * 201, "A" * 1_000_000, "\x00", "../../etc", "🙂"]
    with service.database.reading() as session:
        for attempt in junk:
            with pytest.raises(UnknownLinkError):
                service.rater_links.find(session, attempt, TODAY)


def test_a_token_signed_for_another_purpose_or_with_another_key_opens_nothing(
    service: Service, token: str
) -> None:
    parts = URLSafeSerializer(SECRET, salt=RATER_SALT).loads(token)
    for forged in (
        URLSafeSerializer(SECRET, salt="survey.sign-in.v1").dumps(parts),
        URLSafeSerializer(SECRET, salt="survey.rater-cookie.v1").dumps(parts),
        URLSafeSerializer(SECRET).dumps(parts),
        URLSafeSerializer("another secret", salt=RATER_SALT).dumps(parts),
    ):
        trust(service, str(forged))
        with pytest.raises(UnknownLinkError):
            find(service, str(forged))
    trust(service, token)
    assert find(service, token) == PEER


def test_a_well_signed_token_with_other_content_opens_nothing(service: Service, token: str) -> None:
    for parts in (
        None,
        7,
        "text",
        {},
        [],
        ["a", 1],
        ["00" * 16, 1, "2027-05-01"],
        ["no uuid", 1, "2027-05-01"],
        [5, 1, "2027-05-01"],
        ["00" * 16, 1, "no day"],
        ["00" * 16, 1, None],
        ["00" * 16, 1, "2027-05-01", "more"],
    ):
        forged = str(URLSafeSerializer(SECRET, salt=RATER_SALT).dumps(parts))
        trust(service, forged)
        with pytest.raises(UnknownLinkError):
            find(service, forged)


def test_only_the_newest_of_a_rater_s_links_opens_the_form(service: Service, token: str) -> None:
    with service.database.writing() as session:
        invitation = session.scalars(select(Invitation).where(Invitation.email == PEER)).one()
        service.rater_links.issue(invitation, TODAY)
        newer = service.rater_links.token(invitation)
    assert newer != token
    with pytest.raises(UnknownLinkError):
        find(service, token)
    assert find(service, newer) == PEER


def test_a_link_ends_with_its_round_and_at_the_latest_after_180_days(
    service: Service, token: str
) -> None:
    deadline = TODAY + dt.timedelta(days=14)
    assert find(service, token, deadline) == PEER
    with pytest.raises(RoundClosedError):
        find(service, token, deadline + dt.timedelta(days=1))
    with service.database.writing() as session:
        for round_ in session.scalars(select(Round)):
            round_.deadline = TODAY + dt.timedelta(days=1000)
    assert find(service, token, TODAY + dt.timedelta(days=180)) == PEER
    with pytest.raises(ExpiredLinkError):
        find(service, token, TODAY + dt.timedelta(days=181))


def test_a_revoked_and_a_used_link_say_so(service: Service) -> None:
    case = launched_case(service, {"peers": 3})
    links = tokens(service, case.round_id)
    with service.database.writing() as session:
        invitation_of(session.get_one(Round, case.round_id), PEER).revoked = True
        submit_feedback(
            session, service.rater_links, links["peers2@example.org"], {"c-start": "Hm"}, TODAY
        )
        decline(session, service.rater_links, links["peers3@example.org"], TODAY)
    expected: dict[str, type[LinkError]] = {
        PEER: RevokedLinkError,
        "peers2@example.org": UsedLinkError,
        "peers3@example.org": UsedLinkError,
    }
    for address, error in expected.items():
        with pytest.raises(error):
            find(service, links[address])
    with pytest.raises(RevokedLinkError), service.database.writing() as session:
        submit_feedback(session, service.rater_links, links[PEER], {"c-start": "Hm"}, TODAY)


def test_a_sign_in_token_is_no_rater_link_and_the_other_way_round(
    service: Service, token: str
) -> None:
    with service.database.writing() as session:
        person = find_person(session, "mia.mentee@example.org")
        assert person is not None
        sign_in = service.sign_in_links.token(service.sign_in_links.create(session, person, NOW))
    trust(service, sign_in)
    with pytest.raises(UnknownLinkError):
        find(service, sign_in)
    with service.database.writing() as session:
        link = session.scalars(select(SignInLink)).one()
        link.token_hash = hashlib.sha256(token.encode()).hexdigest()
    with pytest.raises(SignInError), service.database.writing() as session:
        service.sign_in_links.redeem(session, token, NOW)
    with service.database.reading() as session:
        assert session.scalars(select(SignInLink.used)).all() == [False]


def test_another_secret_key_makes_every_link_worthless(service: Service, token: str) -> None:
    with service.database.reading() as session, pytest.raises(UnknownLinkError):
        RaterLinks("another secret").find(session, token, TODAY)


def test_the_database_holds_hashes_of_tokens_and_no_token(service: Service, tmp_path: Path) -> None:
    case = launched_case(service, {"peers": 3})
    rater_tokens = tokens(service, case.round_id)
    with service.database.writing() as session:
        ask_for_link(session, service, "mia.mentee@example.org", NOW)
    with service.database.reading() as session:
        link = session.scalars(select(SignInLink)).one()
        all_tokens = [*rater_tokens.values(), service.sign_in_links.token(link)]
    dump = everything_stored(service)
    # The dump sees text, or the search below would prove nothing.
    assert PEER in dump
    assert hashlib.sha256(rater_tokens[PEER].encode()).hexdigest() in dump
    for token in all_tokens:
        payload, _, signature = token.rpartition(".")
        assert token not in dump
        assert signature not in dump
        assert payload not in dump
    if service.database.is_sqlite:
        files = b"".join(path.read_bytes() for path in tmp_path.glob("survey.db*"))
        assert PEER.encode() in files
        assert not [token for token in all_tokens if token.rpartition(".")[2].encode() in files]


def everything_stored(service: Service) -> str:
    """All values of all tables of the real schema, as text; bytes also decoded."""
    schema = MetaData()
    schema.reflect(service.database.engine)
    values: list[str] = []
    with service.database.reading() as session:
        for table in schema.sorted_tables:
            for row in session.execute(select(table)):
                values += [
                    value.decode("latin-1") if isinstance(value, bytes) else str(value)
                    for value in row
                ]
    return "\n".join(values)
