"""The command line: the same use cases, clear errors, and nothing half done."""

from __future__ import annotations

import datetime as dt
import os
import re
import shutil
import stat
import sys
from pathlib import Path

import pytest
from sqlalchemy import MetaData, func, select

from config import load_config
from survey import cli
from survey.accounts.people import add_mentor, find_person
from survey.frameworks.loader import load_folder
from survey.rounds.questionnaires import comparison_plan_of
from survey.rounds.submit import submit_feedback
from survey.service import Service
from survey.storage.database import Database
from survey.storage.models import Invitation, Letter, LetterKind, Round, RoundState
from tests.conftest import fresh_database, service_environment
from tests.frameworks.samples import GOOD, broken
from tests.programme.outcomes import Outcome, programme, unclear
from tests.support.cases import tokens
from tests.support.live_service import ROOT, LiveService
from tests.support.mail_server import MailServer
from tests.support.two_versions import closed_before_round

SHIPPED = ROOT / "competency_frameworks"
# The command line's clock is the real one.
TODAY = dt.datetime.now(dt.UTC).date()
DEADLINE = TODAY + dt.timedelta(days=14)
ROUND = f"""\
mentor: max.mentor@example.org
mentee:
  name: Mia Mentee
  email: mia.mentee@example.org
framework: leadership
deadline: {DEADLINE}
groups: [self, manager, peers, Board]
threshold: 3
purpose: We would like to know.
goal:
  statement: Lead cross-team projects with confidence
  competencies: [organisation-knowledge]
"""
RATERS = """\
name,email,group
Mona,manager@example.org,Manager
Pit,peer1@example.org,peers
Pat,peer2@example.org,Peers
Pam,peer3@example.org,Peers
Bo,board@example.org,Board
"""


class Terminal:
    """Runs `python -m survey …` in this process and keeps what it prints."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._patch = patch

    def run(self, *arguments: str, fails: int = 0) -> str:
        self._patch.setattr(sys, "argv", ["survey", *arguments])
        self._capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        printed = self._capsys.readouterr()
        output = printed.out + printed.err
        assert code == fails, output
        # What went wrong belongs to the error stream, so that a pipe does not swallow it.
        assert bool(printed.err) == bool(fails), printed.err
        return output


@pytest.fixture
def terminal(
    database_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    return terminal_on(database_url, tmp_path, capsys, monkeypatch)


@pytest.fixture
def sqlite_terminal(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    return terminal_on(fresh_database("sqlite", request, tmp_path), tmp_path, capsys, monkeypatch)


def terminal_on(
    database_url: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Terminal:
    for name, value in service_environment(database_url, folder).items():
        monkeypatch.setenv(name, value)
    for name in ("MAIL_SERVER", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    # One framework is enough, and read four times as fast.
    frameworks = folder / "frameworks"
    frameworks.mkdir()
    shutil.copy(SHIPPED / "leadership.yaml", frameworks)
    monkeypatch.setenv("FRAMEWORK_FOLDER", str(frameworks))
    return Terminal(capsys, monkeypatch)


def pair_of_files(folder: Path, round_text: str = ROUND, raters: str = RATERS) -> tuple[str, str]:
    description, table = folder / "round.yaml", folder / "raters.csv"
    description.write_text(round_text)
    table.write_text(raters)
    return str(description), str(table)


def everything() -> dict[str, list[tuple[object, ...]]]:
    database = Database(os.environ["DATABASE_URL"])
    schema = MetaData()
    schema.reflect(database.engine)
    with database.reading() as session:
        rows = {
            table.name: sorted(map(tuple, session.execute(select(table))), key=repr)
            for table in schema.sorted_tables
        }
    database.dispose()
    return rows


def add_max() -> None:
    database = Database(os.environ["DATABASE_URL"])
    with database.writing() as session:
        add_mentor(session, "Max Mentor", "max.mentor@example.org")
    database.dispose()


def only_round(service: Service) -> Round:
    with service.database.reading() as session:
        return session.scalars(select(Round)).one()


def test_setup_creates_keys_once_for_their_owner_alone(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    live = LiveService({"INSTANCE_FOLDER": str(instance)}, tmp_path)
    for name in ("SECRET_KEY", "MASTER_KEY"):
        live.environment.pop(name, None)
    output = live.run("setup", "--mentor-name", "Max", "--mentor-email", "max@example.org")
    files = {name: instance / name for name in ("secret.key", "master.key")}
    for file in files.values():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(instance.stat().st_mode) == 0o700
    assert "Max <max@example.org>" in output
    assert re.search(r"http://127\.0\.0\.1:\d+/sign-in/\S+", output)
    content = {name: file.read_text() for name, file in files.items()}
    assert len(set(content.values())) == 2
    assert len(content["secret.key"].strip()) >= 64
    for text in content.values():
        assert text.strip() not in output
    again = live.run("setup", "--mentor-email", "other@example.org")
    assert {name: file.read_text() for name, file in files.items()} == content
    assert "Max <max@example.org>" in again
    database = Database(f"sqlite:///{instance / 'survey.db'}")
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Round)) == 0
    database.dispose()


def test_setup_leaves_keys_alone_that_somebody_put_there(
    sqlite_terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    (instance / "secret.key").write_text("mine\n")
    for name in ("SECRET_KEY", "MASTER_KEY"):
        monkeypatch.delenv(name)
    sqlite_terminal.run("setup")
    assert (instance / "secret.key").read_text() == "mine\n"
    assert (instance / "master.key").exists()


def test_setup_makes_no_file_of_a_key_that_the_environment_gives(
    sqlite_terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = tmp_path / "instance"
    assert "Sign in:" in sqlite_terminal.run("setup")
    assert not list(instance.glob("*.key"))
    assert stat.S_IMODE(instance.stat().st_mode) == 0o700
    # Each for itself.
    monkeypatch.delenv("SECRET_KEY")
    assert "Sign in:" in sqlite_terminal.run("setup")
    assert [file.name for file in instance.glob("*.key")] == ["secret.key"]


@pytest.fixture
def keyless(sqlite_terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for the instance folder, without keys in the environment."""
    for name in ("SECRET_KEY", "MASTER_KEY"):
        monkeypatch.delenv(name)
    instance = tmp_path / "elsewhere" / "instance"
    monkeypatch.setenv("INSTANCE_FOLDER", str(instance))
    return instance


@pytest.mark.parametrize("command", ["setup", "demo"])
@pytest.mark.parametrize("in_the_way", ["itself", "above"])
def test_an_instance_folder_that_cannot_be_made_is_named(
    sqlite_terminal: Terminal, keyless: Path, in_the_way: str, command: str
) -> None:
    place = keyless if in_the_way == "itself" else keyless.parent
    place.parent.mkdir(exist_ok=True)
    place.write_text("a file where the folder should be")
    output = sqlite_terminal.run(command, fails=1)
    assert output.startswith(f"Error: INSTANCE_FOLDER: nothing can be written in {keyless} (")
    assert "may write to" in output
    assert output.count("\n") == 1
    assert place.read_text() == "a file where the folder should be"


def test_an_instance_folder_that_cannot_be_written_is_named(
    sqlite_terminal: Terminal, keyless: Path
) -> None:
    # Nobody, not even root, makes a file in here.
    keyless.parent.mkdir()
    keyless.symlink_to("/proc/self")
    output = sqlite_terminal.run("setup", fails=1)
    assert "Error: INSTANCE_FOLDER: nothing can be written in /proc/" in output
    assert output.count("\n") == 1


def test_a_new_master_key_that_cannot_be_written_changes_nothing(
    sqlite_terminal: Terminal, keyless: Path
) -> None:
    sqlite_terminal.run("setup")
    before = (keyless / "master.key").read_text()
    (keyless / "master.new").mkdir()
    output = sqlite_terminal.run("keys", "rotate", fails=1)
    assert f"Error: INSTANCE_FOLDER: nothing can be written in {keyless} (" in output
    assert (keyless / "master.key").read_text() == before
    assert "up to date" in sqlite_terminal.run("db", "check")


def test_without_keys_the_error_says_how_to_make_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE_FOLDER", str(tmp_path))
    for name in ("SECRET_KEY", "MASTER_KEY", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    terminal = Terminal(capsys, monkeypatch)
    output = terminal.run("mentor", "list", fails=1)
    assert "SECRET_KEY is not set" in output
    assert "survey setup" in output
    monkeypatch.setenv("SECRET_KEY", "x")
    monkeypatch.setenv("MASTER_KEY", "short")
    assert "MASTER_KEY" in terminal.run("mentor", "list", fails=1)
    assert list(tmp_path.iterdir()) == []


def test_a_mentor_is_added_and_can_sign_in(terminal: Terminal) -> None:
    output = terminal.run("mentor", "add", "Max Mentor", "max.mentor@example.org")
    token = re.search(r"/sign-in/(\S+)", output)
    assert token is not None
    service = Service(load_config())
    with service.database.writing() as session:
        person = service.sign_in_links.redeem(session, token.group(1), service.now())
        assert (person.name, person.is_mentor) == ("Max Mentor", True)
    terminal.run("mentor", "add", "Max Again", "MAX.mentor@example.org")
    assert terminal.run("mentor", "list") == "Max Mentor <max.mentor@example.org>\n"
    before = everything()
    assert "Error: E-mail: 'nonsense'" in terminal.run("mentor", "add", "X", "nonsense", fails=1)
    assert "Error: Name:" in terminal.run("mentor", "add", " ", "x@example.org", fails=1)
    terminal.run("mentor", "add", "X", fails=2)
    assert everything() == before
    service.database.dispose()


def test_the_shipped_frameworks_are_listed(
    sqlite_terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FRAMEWORK_FOLDER")
    lines = sqlite_terminal.run("frameworks", "list").splitlines()
    shipped = load_folder(SHIPPED)
    assert [line.split()[0] for line in lines] == list(shipped)
    for line, framework in zip(lines, shipped.values(), strict=True):
        assert f"{len(framework.competencies)} competencies" in line


def test_a_framework_file_is_checked_and_each_problem_has_its_place(
    sqlite_terminal: Terminal, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD)
    wrong = broken("kind: behaviour", "kind: magic", broken("id: asks-first", "id: Asks First"))
    bad.write_text(wrong)
    shipped = [str(path) for path in sorted((SHIPPED).glob("*.yaml"))]
    fine = sqlite_terminal.run("framework", "check", str(good), *shipped)
    assert fine.count(": fine (") == len(shipped) + 1
    output = sqlite_terminal.run("frameworks", "check", str(bad), str(good), fails=1)
    for part in ("kind: magic", "id: Asks First"):
        line = next(n for n, text in enumerate(wrong.splitlines(), 1) if part in text)
        column = wrong.splitlines()[line - 1].index(part.partition(": ")[2]) + 1
        assert f"{bad}:{line}:{column}: " in output
    assert f"{good}: fine (leadership 1.0.0)" in output
    missing = tmp_path / "missing.yaml"
    assert "missing.yaml" in sqlite_terminal.run("frameworks", "check", str(missing), fails=1)
    sqlite_terminal.run("frameworks", "check", fails=2)


def test_a_round_from_files_to_report(terminal: Terminal, tmp_path: Path) -> None:
    add_max()
    output = terminal.run("round", "launch", *pair_of_files(tmp_path))
    assert "Note: Peers: everybody has to answer" in output
    assert "Note: Board: 1 invited, but" in output
    found = re.search(r"Launched round (\S+) with 6 invitations\.", output)
    assert found is not None
    round_id = found.group(1)
    assert round_id in terminal.run("round", "list")

    service = Service(load_config())
    links = tokens(service, only_round(service).id)
    ratings = {"peer1@example.org": 2, "peer2@example.org": 3, "peer3@example.org": 5}
    framework = service.catalogue.shipped["leadership"]
    indicators = [i.id for i in framework.competencies[0].indicators]
    for address, value in {**ratings, "mia.mentee@example.org": 4, "board@example.org": 1}.items():
        fields = {f"r-{indicator}": str(value) for indicator in indicators}
        with service.database.writing() as session:
            submit_feedback(
                session,
                service.rater_links,
                links[address],
                {**fields, "c-start": f"From {address}"},
                TODAY,
            )
    status = terminal.run("round", "status", round_id)
    assert "before round for Mia Mentee: open" in status
    assert re.search(r"Peers +3 of 3 answered or declined, 0 undeliverable \(shown\)", status)
    assert re.search(r"Manager +0 of 1 answered.*\(needs 1\)", status)
    assert re.search(r"Board +1 of 1 answered.*\(needs 3\)", status)
    assert "Error: There is no report before" in terminal.run("round", "report", round_id, fails=1)
    assert "Only a closed round" in terminal.run("round", "release", round_id, fails=1)

    with service.database.writing() as session:  # as after delivery
        for letter in session.scalars(select(Letter)):
            session.delete(letter)
        for invitation in session.scalars(select(Invitation)):
            invitation.delivery = "sent"  # type: ignore[assignment]
    told = terminal.run("round", "remind", round_id)
    with service.database.reading() as session:
        reminded = session.scalars(
            select(Invitation.email).join(Letter, Letter.invitation_id == Invitation.id)
        ).all()
    assert reminded == ["manager@example.org"]
    assert "manager@example.org" not in told
    assert "1" not in told

    terminal.run("round", "close", round_id)
    assert "Only an open round" in terminal.run("round", "close", round_id, fails=1)
    report = terminal.run("round", "report", round_id)
    story, first = report.split("\n\n")[1:3]
    assert "rest" in story  # headline and sentences
    assert re.search(r"Peers +3\.33 \(3\)", first)
    assert re.search(r"Self +4\.00 \(1\)", first)
    assert "Board" in report.splitlines()[1]  # too few: named as hidden, its 1.00 nowhere
    assert "1.00" not in report
    assert "From board@example.org" not in report
    assert report.count("From peer") == 3
    assert "[goal]" in report
    assert terminal.run("round", "report", round_id, "--language", "de") != report
    terminal.run("round", "release", round_id)
    terminal.run("round", "release", round_id, fails=1)
    assert only_round(service).state is RoundState.RELEASED
    with service.database.reading() as session:
        kinds = session.scalars(select(Letter.kind)).all()
    assert kinds == [LetterKind.REPORT_RELEASED]
    assert "released" in terminal.run("round", "list")
    service.database.dispose()


def test_an_after_round_is_compared_with_the_newest_earlier_one(
    sqlite_terminal: Terminal, tmp_path: Path
) -> None:
    add_max()
    sqlite_terminal.run("round", "launch", *pair_of_files(tmp_path))
    service = Service(load_config())
    before = only_round(service)
    sqlite_terminal.run("round", "close", str(before.id))
    after_text = ROUND.replace("framework: leadership", "framework: leadership\nkind: after")
    only_peers = "\n".join(RATERS.splitlines()[:1] + RATERS.splitlines()[2:5])
    sqlite_terminal.run("round", "launch", *pair_of_files(tmp_path, after_text, only_peers))
    alone = f"{after_text}compare_with_earlier: false\n"
    sqlite_terminal.run("round", "launch", *pair_of_files(tmp_path, alone))
    with service.database.reading() as session:
        others = session.scalars(select(Round).where(Round.id != before.id)).all()
        compared = next(r for r in others if r.compared_with_id)
        assert compared.compared_with_id == before.id
        assert compared.questionnaire_id == before.questionnaire_id
        assert compared.goal_id == before.goal_id
        # The file says who is asked; the earlier round's manager and board are not added.
        assert sorted(i.email for i in compared.invitations) == [
            "mia.mentee@example.org",
            "peer1@example.org",
            "peer2@example.org",
            "peer3@example.org",
        ]
        assert [r.compared_with_id for r in others if r.id != compared.id] == [None]
    service.database.dispose()


def test_an_after_round_of_a_file_asks_the_new_version_where_the_file_says_so(
    sqlite_terminal: Terminal, tmp_path: Path
) -> None:
    service = Service(load_config())
    before = closed_before_round(service)
    text = """\
mentor: max.mentor@example.org
mentee: {name: Mia Mentee, email: mia.mentee@example.org}
framework: mine
kind: after
deadline: 2030-12-15
groups: [manager, peers]
"""
    text = text.replace("2030-12-15", (TODAY + dt.timedelta(days=9)).isoformat())
    raters = "name,email,group\nA,a@example.org,Peers\n"
    refused = sqlite_terminal.run(
        "round", "launch", *pair_of_files(tmp_path, text + "same_meaning: [judged]\n", raters),
        fails=1,
    )  # fmt: skip
    assert "same_meaning: it goes with `questionnaire: new`" in refused
    new = f"{text}questionnaire: new\n"
    wrong = pair_of_files(tmp_path, new + "same_meaning: [longer]\n", raters)
    assert "other statements than before" in sqlite_terminal.run("round", "launch", *wrong, fails=1)
    right = pair_of_files(tmp_path, new + "same_meaning: [judged]\n", raters)
    sqlite_terminal.run("round", "launch", *right)
    with service.database.reading() as session:
        after = session.scalars(select(Round).where(Round.compared_with_id == before)).one()
        plan = comparison_plan_of(after)
        assert plan is not None
        assert plan.left_out == {"worded", "longer", "more"}
        assert plan.judged_the_same == {"judged"}
    service.database.dispose()


def test_a_wrong_description_is_named_with_file_and_field_and_changes_nothing(
    sqlite_terminal: Terminal, tmp_path: Path
) -> None:
    add_max()
    for old, new, field in (
        ("mentor: max.mentor@example.org", "mentor: stranger@example.org", "mentor: "),
        ("mentor: max.mentor@example.org", "mentor: mia.mentee@example.org", "mentor: "),
        ("mentor: max.mentor@example.org\n", "", "mentor: "),
        ("  email: mia.mentee@example.org\n", "", "mentee.email: "),
        ("threshold: 3", "threshold: three", "threshold: "),
        ("threshold: 3", "treshold: 3", "treshold: "),
        ("threshold: 3", "kind: later", "kind: "),
        ("threshold: 3", "release: sometimes", "release: "),
        (f"deadline: {DEADLINE}", "deadline: soon", "deadline: "),
        (f"deadline: {DEADLINE}\n", "", "deadline: "),
        ("[self, manager, peers, Board]", "peers", "groups: "),
        ("[self, manager, peers, Board]", '[peers, "!!"]', "groups: "),
        ("[self, manager, peers, Board]", "[peers, Direct-Reports]", "groups: "),
        (ROUND, "", "empty"),
        (ROUND, "- a\n- b\n", ""),
        (ROUND, "a: [1\nb: 2", ""),
        (ROUND, "a: \x07", ""),
    ):
        launch_is_refused(sqlite_terminal, tmp_path, old, new, field)


def test_a_day_that_does_not_exist_is_named(sqlite_terminal: Terminal, tmp_path: Path) -> None:
    add_max()
    launch_is_refused(
        sqlite_terminal, tmp_path, f"deadline: {DEADLINE}", "deadline: 2027-13-01", "deadline"
    )


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        (f"deadline: {DEADLINE}", "deadline: 2020-01-01", "deadline: "),
        ("threshold: 3", "threshold: 1", "threshold: "),
        ("framework: leadership", "framework: nothing", "framework"),
        ("[organisation-knowledge]", "[juggling]", "competencies: "),
        ("  email: mia.mentee@example.org", "  email: nonsense", "e-mail: "),
        ("mia.mentee@", "max.mentor@", "e-mail: "),
        ("[self, manager, peers, Board]", "[]", "groups: "),
    ],
)
def test_what_makes_no_sense_in_a_description_is_named_with_its_file_too(
    sqlite_terminal: Terminal, tmp_path: Path, old: str, new: str, field: str
) -> None:
    add_max()
    launch_is_refused(sqlite_terminal, tmp_path, old, new, field)


def test_contacts_are_launched_with_the_group_that_is_named(
    sqlite_terminal: Terminal, tmp_path: Path
) -> None:
    add_max()
    description, _ = pair_of_files(tmp_path)
    contacts = tmp_path / "people.vcf"
    cards = [f"FN:Peer {n}\nEMAIL:peer{n}@example.org" for n in range(4)]
    cards[3] += "\nCATEGORIES:Manager"
    contacts.write_text("".join(f"BEGIN:VCARD\nVERSION:4.0\n{card}\nEND:VCARD\n" for card in cards))
    before = everything()
    refused = sqlite_terminal.run("round", "launch", description, str(contacts), fails=1)
    assert f"{contacts}: Row 1, group: the rater has no group" in refused
    assert everything() == before
    sqlite_terminal.run("round", "launch", description, str(contacts), "--group", "Peers")
    with Service(load_config()).database.reading() as session:
        groups = {i.email: i.group_key for i in session.scalars(select(Invitation))}
    assert groups["peer3@example.org"] == "manager"
    assert {groups[f"peer{n}@example.org"] for n in range(3)} == {"peers"}


def launch_is_refused(terminal: Terminal, folder: Path, old: str, new: str, field: str) -> None:
    """The error names file and field in words alone, and the database stays as it was."""
    before = everything()
    assert ROUND.count(old) == 1, old
    files = pair_of_files(folder, ROUND.replace(old, new))
    output = terminal.run("round", "launch", *files, fails=1)
    assert everything() == before, new
    assert re.match(rf"Error: {re.escape(files[0])}:(\d+:\d+:)? ", output), output
    assert field in output.lower(), output
    assert "Traceback" not in output


def test_a_wrong_list_of_raters_is_named_with_file_and_row_and_changes_nothing(
    sqlite_terminal: Terminal, tmp_path: Path
) -> None:
    add_max()
    before = everything()
    for old, new, place in (
        ("peer2@example.org", "nonsense", "Row 4, e-mail: "),
        ("peer2@example.org", "PEER1@example.org", "Row 4, e-mail: "),
        ("peer2@example.org", "mia.mentee@example.org", "Row 4, e-mail: "),
        ("peer2@example.org", "max.mentor@example.org", "Row 4, e-mail: "),
        (
            "peers\nPat,peer2@example.org,Peers",
            "peers\nPat,peer2@example.org,Pears",
            "Row 4, group: ",
        ),
        ("Pat,", "=cmd(),", "Row 4, name: "),
        (RATERS, "", "List: "),
        (RATERS, "\ufeffname,email,group\n", "List: "),
    ):
        assert RATERS.count(old) == 1, old
        files = pair_of_files(tmp_path, raters=RATERS.replace(old, new))
        output = sqlite_terminal.run("round", "launch", *files, fails=1)
        assert everything() == before, new
        assert output.startswith(f"Error: {files[1]}: {place}"), output


def test_files_that_can_not_be_read_are_named(sqlite_terminal: Terminal, tmp_path: Path) -> None:
    add_max()
    description, raters = pair_of_files(tmp_path)
    before = everything()
    missing, folder = str(tmp_path / "missing"), str(tmp_path)
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(ROUND.replace("Mia", "Zoë").encode("latin-1"))
    word = tmp_path / "raters.docx"
    word.write_text(RATERS)
    for files, named in (
        ((missing, raters), missing),
        ((folder, raters), folder),
        ((description, missing), missing),
        ((description, folder), folder),
        ((str(latin), raters), f"{latin}:3:11: the file is not UTF-8"),
        ((description, str(word)), str(word)),
    ):
        output = sqlite_terminal.run("round", "launch", *files, fails=1)
        assert output.startswith(f"Error: {named}"), output
        assert len(output.splitlines()) == 1
    sqlite_terminal.run("round", "launch", description, fails=2)
    assert everything() == before


def test_all_problems_of_both_kinds_of_rows_are_told_at_once(
    sqlite_terminal: Terminal, tmp_path: Path
) -> None:
    add_max()
    wrong = RATERS.replace("peer1@example.org", "nonsense").replace("peer3@", "peer2@")
    files = pair_of_files(tmp_path, raters=wrong)
    lines = sqlite_terminal.run("round", "launch", *files, fails=1).splitlines()
    assert [re.search(r"Row (\d+)", line).group(1) for line in lines] == ["3", "5"]  # type: ignore[union-attr]


def test_an_unknown_round_is_named(sqlite_terminal: Terminal) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for command in ("status", "remind", "close", "release", "report"):
        output = sqlite_terminal.run("round", command, nobody, fails=1)
        assert output.startswith(f"Error: There is no round {nobody}.")
        sqlite_terminal.run("round", command, "nonsense", fails=2)


def test_the_database_s_state_is_told(sqlite_terminal: Terminal, tmp_path: Path) -> None:
    assert "up to date" in sqlite_terminal.run("db", "check")


def test_an_old_or_empty_database_is_told_and_migrated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    terminal = terminal_on(empty, tmp_path, capsys, monkeypatch)
    assert "db migrate" in terminal.run("db", "check", fails=1)
    terminal.run("db", "migrate")
    terminal.run("db", "check")
    terminal.run("mentor", "add", "Max", "max@example.org")
    monkeypatch.setenv("DATABASE_URL", "mysql://localhost/x")
    assert terminal.run("mentor", "list", fails=1).startswith("Error: DATABASE_URL: ")


def test_letters_are_delivered_by_one_command(
    request: pytest.FixtureRequest, tmp_path: Path, mail_server: MailServer
) -> None:
    environment = service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
    live = LiveService(
        environment | {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(mail_server.port)}, tmp_path
    )
    live.run("mentor", "add", "Max Mentor", "max.mentor@example.org")
    live.run("round", "launch", *pair_of_files(tmp_path))
    live.run("deliver")
    assert sorted(message["X-Recipient"] for message in mail_server.messages) == [
        "board@example.org",
        "manager@example.org",
        "mia.mentee@example.org",
        "mia.mentee@example.org",
        "peer1@example.org",
        "peer2@example.org",
        "peer3@example.org",
    ]
    live.run("deliver")
    assert len(mail_server.messages) == 7


def test_a_programme_lead_is_added_and_the_view_is_printed(terminal: Terminal) -> None:
    terminal.run("db", "migrate")
    printed = terminal.run("programme-lead", "add", "Lena Lead", "lena@example.org")
    assert "Lena Lead <lena@example.org> may read the programme view." in printed
    assert re.search(r"Sign in once: http\S+/sign-in/\S+", printed)
    (lead,) = [row for row in everything()["people"] if "lena@example.org" in row]
    assert "Lena Lead" in lead
    terminal.run("programme-lead", "add", "Lena Lead", "nonsense", fails=1)
    shown = terminal.run("programme", "show")
    assert "from 5 mentees" in shown
    service = Service(load_config())
    programme(
        service,
        [
            Outcome({"organisation-knowledge": unclear(d)}, contrast=d)
            for d in (-0.3, 0.1, 0.3, 0.6, 0.9)
        ],
    )
    service.database.dispose()
    shown = terminal.run("programme", "show").replace("\N{NO-BREAK SPACE}", " ")
    assert "Leadership – after rounds: 5 mentees" in shown
    assert "mean change          +0.32 (" in shown
    assert "clear rises          at most 1 of 5 (0–20 %;" in shown
    assert "Peers                20 of 25 invited; declined at most 1 of 25" in shown


def test_an_administrator_is_added_and_set_up_appoints_the_first(terminal: Terminal) -> None:
    terminal.run("db", "migrate")
    printed = terminal.run("administrator", "add", "Ada Admin", "ada@example.org")
    assert "Ada Admin <ada@example.org> is an administrator." in printed
    assert re.search(r"Sign in once: http\S+/sign-in/\S+", printed)
    terminal.run("administrator", "add", "Ada Admin", "nonsense", fails=1)
    terminal.run("setup", "--mentor-email", "max@example.org")
    service = Service(load_config())
    with service.database.writing() as session:
        ada = find_person(session, "ada@example.org")
        first = find_person(session, "max@example.org")
        assert ada
        assert first
        assert (ada.is_administrator, first.is_administrator) == (True, False)
        ada.is_administrator = False
    terminal.run("setup")
    with service.database.reading() as session:
        first = find_person(session, "max@example.org")
        assert first
        assert (first.is_mentor, first.is_administrator) == (True, True)
    service.database.dispose()
