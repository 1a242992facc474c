"""The thief's attack: the database of an open round, without the server's master key.

The thief searches every byte of the files, in every spelling that a text may hide in, tries keys,
and compares the sealed rows with each other: size, columns, group.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox
from sqlalchemy import select

from survey.anonymity.ballot_box import RoundKeys, SpoiltBallotError, open_and_shuffle
from survey.confidentiality.master_key import MasterKey, MasterKeyError
from survey.rounds.close import close_round
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.models import Base, Response, Round, RoundState, SealedBallot
from tests.support.cases import NOW, Case, launched_case, tokens

# What sealing adds to the padded text: an ephemeral public key and an authentication tag.
SEAL = 32 + 16
RATERS = {"manager": 1, "peers": 3, "customers": 2}
# Long enough that a part of it would be found wherever a page or a base64 triplet is cut.
COMMENT = "Für {0}: gives the floor to the quiet ones, {0}, and says so aloud – every single time."


@pytest.fixture
def case(service: Service) -> Case:
    """An open round in which everybody has answered, each with a comment of their own."""
    made = launched_case(service, RATERS)
    for address, token in tokens(service, made.round_id).items():
        answer(service, token, COMMENT.format(address))
    return made


def answer(service: Service, token: str, comment: str, *, everywhere: bool = False) -> None:
    fields = {f"r-{item}": str(1 + n % 5) for n, item in enumerate(items(service))}
    asked = service.catalogue.shipped["leadership"].open_questions if everywhere else ()
    fields |= {f"c-{question.id}": comment for question in asked} | {"c-start": comment}
    with service.database.writing() as session:
        submit_feedback(session, service.rater_links, token, fields, NOW.date())


def items(service: Service) -> list[str]:
    framework = service.catalogue.shipped["leadership"]
    return [i.id for competency in framework.competencies for i in competency.indicators]


def everything(service: Service) -> bytes:
    """All bytes that the database has on the disk, and on PostgreSQL also a dump of every row.

    (PostgreSQL may store a long value compressed; the dump shows it as it is.)
    """
    if service.database.is_sqlite:
        file = Path(service.database.engine.url.database or "")
        return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    with service.database.engine.connect() as connection:
        connection.exec_driver_sql("CHECKPOINT")
        rows = connection.exec_driver_sql(
            "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class "
            "WHERE relkind IN ('r', 't', 'i') AND pg_relation_filenode(oid) IS NOT NULL"
        )
        files = b"".join(bytes(row[0]) for row in rows)
        dump = [
            row[0].encode()
            for table in Base.metadata.tables
            for row in connection.exec_driver_sql(f"SELECT t::text FROM {table} AS t")
        ]
    return files + b"".join(dump)


def spellings(text: str) -> Iterator[bytes]:
    """The ways in which a text may lie in a file."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "latin-1"):
        try:
            plain = text.encode(encoding)
        except UnicodeEncodeError:
            continue
        yield plain
        yield plain.hex().encode()
        # Base64 depends on what stands before: three offsets, without the ends they blur.
        for offset in range(3):
            yield base64.b64encode(b"\0" * offset + plain)[4:-4]
    yield json.dumps(text)[1:-1].encode()


def test_no_word_and_no_rating_can_be_read(service: Service, case: Case) -> None:
    raw = everything(service)
    for address in tokens(service, case.round_id):
        # The address stands in the invitation, so the search itself works …
        assert address.encode() in raw
        # … and of the comment not even the half is found.
        comment = COMMENT.format(address)
        for part in (comment[:40], comment[40:80], "gives the floor", "every single time"):
            for spelling in spellings(part):
                assert spelling not in raw
    first = items(service)[0]
    for rating in (f'"{first}":1', f'"{first}": 1', f'"{first}":2', '"ratings"', '"comments"'):
        for spelling in spellings(rating):
            assert spelling not in raw
    # The frozen questionnaire holds the statements' ids; ratings would stand beside them.
    assert first.encode() in raw


def test_neither_the_master_key_nor_the_private_key_is_in_the_database(
    service: Service, case: Case
) -> None:
    raw = everything(service)
    with service.database.reading() as session:
        wrapped = session.get_one(Round, case.round_id).wrapped_private_key
    assert wrapped is not None
    assert wrapped[:16] in raw
    opening_key = service.keys.opening_key(case.round_id)
    private = SecretBox(opening_key).decrypt(service.master_key.unwrap(wrapped))
    assert len(private) == 32
    for secret in (private, opening_key, *(bytes(box) for box in service.master_key._boxes)):
        assert secret not in raw
        assert base64.b64encode(secret)[:40] not in raw
        assert secret.hex().encode() not in raw


def test_no_key_that_the_thief_has_opens_a_ballot(service: Service, case: Case) -> None:
    with service.database.reading() as session:
        round_ = session.get_one(Round, case.round_id)
        assert round_.public_key is not None
        assert round_.wrapped_private_key is not None
        keys = RoundKeys(round_.public_key, round_.wrapped_private_key)
        sealed = list(session.scalars(select(SealedBallot.sealed)))
    with pytest.raises(MasterKeyError):
        opening_key = service.keys.opening_key(case.round_id)
        open_and_shuffle(sealed, keys, MasterKey(MasterKey.generate()), opening_key)
    # Nor does the master key alone: the opening key lies in another database.
    for opening_key in (None, bytes(32)):
        with pytest.raises(SpoiltBallotError):
            open_and_shuffle(sealed, keys, service.master_key, opening_key)
    # What lies about in the row is no key either.
    wrapped = keys.wrapped_private_key
    guesses = [keys.public_key, *(wrapped[at : at + 32] for at in range(len(wrapped) - 31))]
    for guess in guesses:
        with pytest.raises(CryptoError):
            SealedBox(PrivateKey(guess)).decrypt(sealed[0])


def test_a_wrong_master_key_opens_nothing_and_spoils_nothing(service: Service, case: Case) -> None:
    with pytest.raises(MasterKeyError), service.database.writing() as session:
        close_round(
            session,
            session.get_one(Round, case.round_id),
            master_key=MasterKey(MasterKey.generate()),
            now=NOW,
        )
    with service.database.reading() as session:
        assert session.get_one(Round, case.round_id).state is RoundState.OPEN
        assert len(session.scalars(select(SealedBallot.key)).all()) == 7
        assert session.scalars(select(Response)).all() == []


def test_sealed_rows_are_all_alike(service: Service) -> None:
    """Short or long, from a manager or a customer: same columns, same size, nothing in common."""
    case = launched_case(service, RATERS)
    # The longest that the form takes, in letters of one, two, three and four bytes each.
    comments = ["", "x", "x" * 2000, "Ж" * 2000, "見" * 2000, "🙂" * 2000, '"\n' * 999 + "\x01."]
    links = tokens(service, case.round_id)
    assert len(links) == len(comments)
    for token, comment in zip(links.values(), comments, strict=True):
        answer(service, token, comment, everywhere=len(comment) > 1)
    with service.database.engine.connect() as connection:
        rows = connection.execute(select(SealedBallot.__table__)).all()
    assert list(rows[0]._fields) == ["key", "round_id", "sealed"]
    assert len(rows) == len(comments)
    assert {row.round_id for row in rows} == {case.round_id}
    assert {len(row.key) for row in rows} == {16}
    (length,) = {len(row.sealed) for row in rows}
    assert length % 4096 == SEAL
    # So much the comments may need, and little more is wasted.
    questions = len(service.catalogue.shipped["leadership"].open_questions)
    assert questions * 8000 < length < questions * 8000 + 2 * 4096
    # No shared block: the same form sealed twice looks different each time.
    blocks = [row.sealed[at : at + 16] for row in rows for at in range(0, length - 15, 16)]
    assert len(set(blocks)) == len(blocks)
