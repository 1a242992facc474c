"""What was saved of a framework, version by version, and the way back to an earlier one."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping

from sqlalchemy.orm import Session

from survey.frameworks.comparison import Step
from survey.frameworks.loader import parse_framework
from survey.frameworks.model import Framework
from survey.rounds.framework_editing import Rise
from survey.storage.models import FrameworkVersion, UploadedFramework
from survey.storage.queries import frameworks as framework_queries

MOST_VERSIONS = 30
# Of all frameworks of a mentor together, in characters; beyond it the oldest go first.
MOST_CHARACTERS = 8 << 20


def note_version(
    session: Session,
    upload: UploadedFramework,
    framework: Framework,
    rise: Rise | None,
    on: dt.date | None,
) -> None:
    """Keep the text of an upload that was just saved as a version; `rise` is None for a first one.

    What changes nothing that anybody reads, such as a comment, takes the newest one's place.
    """
    session.flush()
    kept = framework_queries.versions_of(session, upload.id)
    if (
        rise is not None
        and rise.step is Step.NONE
        and kept
        and kept[0].version == framework.version
    ):
        kept[0].yaml = upload.yaml
        return
    session.add(
        FrameworkVersion(
            upload_id=upload.id,
            number=kept[0].number + 1 if kept else 1,
            version=framework.version,
            saved_on=on,
            changes=_counted(rise) if rise else "",
            yaml=upload.yaml,
        )
    )
    session.flush()
    _forget_oldest(session, upload)


def note_text_before(session: Session, upload: UploadedFramework, framework: Framework) -> None:
    """Keep the text of an upload from before versions were kept, when it is about to change."""
    if not framework_queries.versions_of(session, upload.id):
        note_version(session, upload, framework, None, None)


def version_framework(version: FrameworkVersion) -> Framework:
    """The framework of a kept version. Raises FrameworkError where rules have changed since."""
    return parse_framework(version.yaml.encode(), f"version-{version.version}.yaml")


def counts(changes: str) -> Mapping[tuple[str, str], int]:
    """How many of which part changed how, by ("statement", "reworded") and the like."""
    found: dict[tuple[str, str], int] = {}
    for one in changes.split():
        name, _, number = one.partition("=")
        part, _, change = name.partition(".")
        found[part, change] = int(number)
    return found


def _counted(rise: Rise) -> str:
    numbers = Counter(f"{one.part.name}.{one.change.name}".lower() for one in rise.differences)
    if not numbers and rise.step is not Step.NONE:
        numbers["framework.reworded"] = 1
    return " ".join(f"{name}={number}" for name, number in numbers.items())


def _forget_oldest(session: Session, upload: UploadedFramework) -> None:
    kept = list(framework_queries.versions_of(session, upload.id))
    length = framework_queries.length_of_versions(session, upload.owner_id)
    while len(kept) > MOST_VERSIONS or (length > MOST_CHARACTERS and len(kept) > 1):
        oldest = kept.pop()
        length -= len(oldest.yaml)
        session.delete(oldest)
