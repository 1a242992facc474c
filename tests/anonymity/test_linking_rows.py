"""The administrator's attack: who said what, from the database after a round's close.

The attacker has the database with everything around it (write-ahead log, free pages, dead rows),
has seen on the wire in which order the invitations were answered, and kept copies from before the
close that tell which sealed ballot came with which invitation. Only the master key is missing.
Every order that can be tied to invitations is laid beside every order of the opened rows,
forwards and backwards; over 200 rounds no pairing may hit more often than blind guessing does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, text

from survey.storage.models import Comment, Response
from tests.anonymity.chance import TAIL, assert_no_better_than_chance, chance_interval, hits
from tests.anonymity.crime_scene import ClosedRound, CrimeScene
from tests.conftest import DATABASES, fresh_database

ROUNDS = 200
FEWEST, MOST = 3, 8

Orders = dict[str, list[int]]


@pytest.fixture(scope="module", params=DATABASES)
def rounds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[ClosedRound]:
    """The evidence of 200 rounds of 3 to 8 raters.

    On SQLite a fresh file for every few rounds: in a small one all rows of a round share a page,
    and their places on it follow the order of insertion. In a large one chance scatters them.
    """
    sizes = [FEWEST + n % (MOST - FEWEST + 1) for n in range(ROUNDS)]
    per_database = 4 if request.param == "sqlite" else ROUNDS
    evidence = []
    for first in range(0, ROUNDS, per_database):
        folder = tmp_path_factory.mktemp("scene")
        place = CrimeScene(fresh_database(request.param, request, folder), folder, seed=first)
        evidence += [place.play(size) for size in sizes[first : first + per_database]]
        place.leave()
    return evidence


def sealed_traces(rounds: list[ClosedRound]) -> list[bytes]:
    """16 bytes from several places of each sealed ballot, and of each round's private key.

    A ballot is spread over a table's page and pages of its own; each part must be gone.
    """
    places = (0, 100, 300, 440, 1000, 3000, 4128)
    traces = [blob[at : at + 16] for r in rounds for blob in r.sealed for at in places]
    keys = [r.wrapped_private_key[at : at + 16] for r in rounds for at in (0, 24, 56)]
    assert {len(trace) for trace in traces + keys} == {16}
    return traces + keys


def pairings(known: Orders, seen: Orders) -> Iterator[tuple[str, list[int], list[int]]]:
    for name, order in known.items():
        for what, places in seen.items():
            yield f"{name} / {what}", order, places
            yield f"{name} / {what}, backwards", order, places[::-1]


def total_hits(pairs: list[tuple[Orders, Orders]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for known, seen in pairs:
        for name, order, places in pairings(known, seen):
            total[name] = total.get(name, 0) + hits(order, places)
    return total


def test_the_yardstick() -> None:
    """With 200 rounds blind guessing hits about 200 raters of 1100; three times that is caught."""
    sizes = [FEWEST + n % (MOST - FEWEST + 1) for n in range(ROUNDS)]
    low, high = chance_interval(sizes)
    assert 100 < low < 150 < 250 < high < 320
    assert chance_interval([3], tail=1e-8) == (0, 3)
    assert chance_interval([2] * 100, tail=1e-8)[0] % 2 == 0
    assert TAIL <= 1e-4


def test_no_order_links_a_response_to_an_invitation(rounds: list[ClosedRound]) -> None:
    guesses = total_hits([(r.known, r.responses) for r in rounds])
    assert len(guesses) == 6 * 2 * 2
    assert_no_better_than_chance(guesses, [r.size for r in rounds])


def test_no_order_links_a_comment_to_an_invitation(rounds: list[ClosedRound]) -> None:
    guesses = total_hits([(r.known, r.comments) for r in rounds])
    assert len(guesses) == 6 * 3 * 2
    assert_no_better_than_chance(guesses, [r.size for r in rounds])


def test_no_order_links_a_comment_to_ratings(rounds: list[ClosedRound]) -> None:
    """Who is recognised by their writing must not give their ratings away with it."""
    guesses = total_hits([(r.responses, r.comments) for r in rounds])
    assert len(guesses) == 2 * 3 * 2
    assert_no_better_than_chance(guesses, [r.size for r in rounds])


def test_opened_rows_hold_nothing_but_what_was_said() -> None:
    """A column that leads to a person, an address or a time would make every shuffle vain."""
    assert [c.key for c in Response.__table__.columns] == [
        "key", "round_id", "group_key", "ratings", "ratings_then"
    ]  # fmt: skip
    assert [c.key for c in Comment.__table__.columns] == [
        "key", "round_id", "group_key", "question_id", "text_sealed"
    ]  # fmt: skip
    for table in (Response.__table__, Comment.__table__):
        assert {key.target_fullname for key in table.foreign_keys} == {"rounds.id"}


# What SQLite leaves behind


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CrimeScene]:
    """An empty SQLite file to play rounds on."""
    place = CrimeScene(fresh_database("sqlite", request, tmp_path), tmp_path, seed=2)
    yield place
    place.leave()


def test_sqlite_keeps_no_sealed_ballot_and_no_key(file: CrimeScene) -> None:
    """Not in a free page, not in the gaps of a page that is in use, not in -wal or -shm."""
    rounds = []
    for n in range(16):
        rounds.append(file.play(FEWEST + n % (MOST - FEWEST + 1)))
        raw = file.raw()
        assert rounds[-1].round_id.hex.encode() in raw
        left = [trace for trace in sealed_traces(rounds) if trace in raw]
        assert not left, f"{len(left)} traces after round {n}"


def test_sqlite_writes_no_log_that_outlives_the_close(file: CrimeScene) -> None:
    """The write-ahead log's frames stand in the order in which the answers came."""
    file.play(5)
    assert file.file is not None
    log = file.file.with_name(file.file.name + "-wal")
    assert log.stat().st_size == 0


def test_sqlite_numbers_no_opened_row(file: CrimeScene) -> None:
    """A rowid would count the rows as they came."""
    file.play(4)
    assert file.file is not None
    with sqlite3.connect(file.file) as connection:
        for table in ("sealed_ballots", "responses", "comments"):
            with pytest.raises(sqlite3.OperationalError, match="no such column"):
                connection.execute(f"SELECT rowid FROM {table}")
        assert connection.execute("PRAGMA freelist_count").fetchone()[0] > 0
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    connection.close()
    assert "sqlite_sequence" not in names


def test_a_reader_at_work_does_not_keep_the_log_alive(file: CrimeScene) -> None:
    """A slow page or a backup reads while the round is closed; afterwards the log must go too."""
    file.play(3)
    # Give up waiting for the reader at once instead of after half a minute.
    event.listen(
        file.database.engine,
        "connect",
        lambda connection, _record: connection.execute("PRAGMA busy_timeout = 50"),
    )
    file.database.dispose()
    reader = sqlite3.connect(file.file or "", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM rounds").fetchone()
    last = file.play(5)
    reader.execute("COMMIT")
    reader.close()
    assert any(trace in file.raw() for trace in sealed_traces([last]))
    # The worker looks again and again; now nobody is in the way any more.
    file.database.erase_due_traces()
    raw = file.raw()
    assert not [trace for trace in sealed_traces([last]) if trace in raw]


# What PostgreSQL leaves behind


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CrimeScene]:
    """An empty PostgreSQL database to play rounds on."""
    place = CrimeScene(fresh_database("postgresql", request, tmp_path), tmp_path, seed=3)
    yield place
    place.leave()


def test_postgresql_stamps_all_opened_rows_of_a_round_alike(server: CrimeScene) -> None:
    """Every row carries the number of the transaction that wrote it; one number tells nothing."""
    played = [server.play(size) for size in (3, 8, 5)]
    for table in ("responses", "comments"):
        for closed in played:
            stamps = server.rows(
                f"SELECT DISTINCT xmin::text, xmax::text FROM {table} WHERE round_id = :id",
                id=closed.round_id,
            )
            assert len(stamps) == 1
            assert stamps[0][1] == "0"


def test_postgresql_counts_nothing_and_remembers_no_value(server: CrimeScene) -> None:
    """No sequence numbers the rows; the statistics views show statements without their values."""
    closed = server.play(6)
    assert server.rows("SELECT relname FROM pg_class WHERE relkind = 'S'") == []
    seen = str(server.rows("SELECT query FROM pg_stat_activity"))
    seen += str(server.rows("SELECT * FROM pg_stats WHERE schemaname = 'public'"))
    for said in closed.texts:
        assert said not in seen


def heap(server: CrimeScene, *tables: str) -> bytes:
    """The tables' files with their TOAST, dead rows included, as they lie on the disk."""
    # pageinspect is not needed for this: the server reads its own files out.
    server.rows("CHECKPOINT")
    names = ", ".join(f"'{table}'::regclass" for table in tables)
    rows = server.rows(
        "SELECT pg_read_binary_file(pg_relation_filepath(oid)) FROM pg_class WHERE oid IN "
        f"(SELECT unnest(array[oid, reltoastrelid]) FROM pg_class WHERE oid IN ({names}))"
    )
    return b"".join(bytes(content) for (content,) in rows)  # type: ignore[call-overload]


def test_postgresql_keeps_no_sealed_ballot_and_no_key(server: CrimeScene) -> None:
    """With the master key, dead rows would open again, and their xmin names the invitation."""
    rounds = [server.play(size) for size in (3, 8, 5)]
    raw = heap(server, "sealed_ballots", "rounds")
    left = [trace for trace in sealed_traces(rounds) if trace in raw]
    assert not left, f"{len(left)} of {len(sealed_traces(rounds))} traces"


def test_postgresql_erases_dead_rows_once_no_old_snapshot_needs_them(server: CrimeScene) -> None:
    """A dump that began before the close still sees the sealed rows, so a vacuum keeps them. It
    succeeds all the same; the erasure must not count as done before they are gone."""
    with server.database.engine.connect().execution_options(
        isolation_level="REPEATABLE READ"
    ) as dump:
        dump.execute(text("SELECT count(*) FROM people"))
        closed = server.play(5)
        traces = sealed_traces([closed])
        assert any(trace in heap(server, "sealed_ballots", "rounds") for trace in traces)
    server.database.erase_due_traces()
    raw = heap(server, "sealed_ballots", "rounds")
    left = [trace for trace in traces if trace in raw]
    assert not left, f"{len(left)} of {len(traces)} traces"


def test_postgresql_keeps_no_order_of_answers_in_the_invitations(server: CrimeScene) -> None:
    """Of answering only the fact is kept, not when: not even first, second, third."""
    closed = [server.play(6) for _ in range(20)]
    guesses: dict[str, int] = {}
    for one in closed:
        for column in ("ctid", "xmin::text::bigint"):
            rows = server.rows(
                "SELECT substring(name FROM 7)::int FROM invitations WHERE round_id = :id "
                f"ORDER BY {column}",
                id=one.round_id,
            )
            order = [int(str(number)) for (number,) in rows]
            guesses[column] = guesses.get(column, 0) + hits(one.known["order of answers"], order)
    assert_no_better_than_chance(guesses, [one.size for one in closed])
