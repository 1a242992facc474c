"""The examples in the documents work as they stand."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

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


def pages_of_the_site() -> list[Path]:
    """The documents that `make docs` builds."""
    return sorted((ROOT / "docs").rglob("*.md"))


def targets(page: Path) -> list[str]:
    """What a document links to and shows, within the repository."""
    return re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())


def test_every_document_that_is_linked_exists() -> None:
    at_the_top = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    for page in (*at_the_top, *pages_of_the_site()):
        for target in targets(page):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_documents_link_to_nothing_that_the_site_has_not() -> None:
    for page in pages_of_the_site():
        for target in targets(page):
            there = (page.parent / target).resolve()
            assert there.is_relative_to(ROOT / "docs"), f"{page.name}: {target}"


def test_every_document_is_in_the_navigation_of_the_site() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text().partition("\nnav:")[2]
    named = re.findall(r": (\S+\.md)$", navigation, re.MULTILINE)
    there = [str(page.relative_to(ROOT / "docs")) for page in pages_of_the_site()]
    assert sorted(named) == sorted(there)


def plain(text: str) -> str:
    """A text without what differs between a page's source and what is read on it."""
    return " ".join(re.sub(r"[’']", "'", text).split()).casefold()


@pytest.mark.parametrize(
    "guide", sorted((ROOT / "docs" / "guides").glob("*.md")), ids=lambda path: path.stem
)
def test_guides_call_things_as_the_pages_do(guide: Path) -> None:
    """What stands in italics is what one reads on a page, a letter or a form."""
    sources = [
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "survey" / "web").glob("*.py"),
        *(ROOT / "competency_frameworks").glob("*.yaml"),
        ROOT / "survey" / "report" / "wording.py",
        ROOT / "survey" / "frameworks" / "rater_groups.py",
    ]
    read = plain(" ".join(source.read_text() for source in sources if source.exists()))
    phrases = re.findall(r"(?<![*\w])\*([^*]+)\*(?![*\w])", guide.read_text())
    assert phrases
    for phrase in phrases:
        # "…" stands for a name.
        for part in phrase.split("…"):
            assert plain(part) in read, phrase


def test_every_test_named_in_the_threat_table_exists() -> None:
    text = (ROOT / "docs" / "anonymity.md").read_text()
    names = set(re.findall(r"test_\w+\.py", text))
    assert len(names) >= 8
    there = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert names <= there
