"""The examples in the documents work as they stand."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from survey.accounts.people import add_mentor
from survey.frameworks.loader import parse_framework
from survey.rounds.round_file import launch_from_files
from survey.service import Service
from survey.storage.models import RoundState
from tests.support.live_service import ROOT


def example(document: str, language: str) -> str:
    """The first example in this language in a document."""
    text = (ROOT / "docs" / document).read_text()
    found = re.search(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


def test_the_framework_in_the_guide_is_a_good_one() -> None:
    framework = parse_framework(example("frameworks.md", "yaml").encode(), "guide.yaml")
    assert framework.id == "leadership"


def test_the_round_in_the_guide_can_be_launched(service: Service, tmp_path: Path) -> None:
    description, raters = tmp_path / "round.yaml", tmp_path / "raters.csv"
    description.write_text(example("round-files.md", "yaml"))
    raters.write_text(example("round-files.md", "csv"))
    with service.database.writing() as session:
        add_mentor(session, "Helena Brandt", "helena.brandt@example.org")
        launched = launch_from_files(
            session,
            description,
            raters,
            catalogue=service.catalogue,
            links=service.rater_links,
            master_key=service.master_key,
            now=dt.datetime(2026, 12, 1, 9, tzinfo=dt.UTC),
        )
        assert launched.state is RoundState.OPEN
        assert {invitation.email for invitation in launched.invitations} == {
            "samira.okafor@example.org",
            "boris.lang@example.org",
            "ana.silva@example.org",
        }
        assert launched.goal is not None
        assert launched.goal.competency_ids == {"giving-direction", "making-decisions"}


def test_every_document_that_is_linked_exists() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_test_named_in_the_threat_table_exists() -> None:
    text = (ROOT / "docs" / "anonymity.md").read_text()
    names = set(re.findall(r"test_\w+\.py", text))
    assert len(names) >= 8
    there = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert names <= there
