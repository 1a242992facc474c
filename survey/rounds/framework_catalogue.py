"""The frameworks that a mentor can choose from: those that ship as files, and own uploads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from pathlib import Path

from sqlalchemy.orm import Session

from survey.frameworks.comparison import Step
from survey.frameworks.loader import framework_files, load_folder, parse_framework, read_file
from survey.frameworks.model import Framework
from survey.frameworks.problems import FrameworkError, Problem
from survey.frameworks.yaml_source import read_yaml
from survey.kept import Kept
from survey.languages.message import Enumerated, Message
from survey.rounds.errors import (
    FrameworkInUseError,
    FrameworkNameTakenError,
    TooManyFrameworksError,
    UnknownFrameworkError,
)
from survey.rounds.framework_editing import Rise, rise_from
from survey.rounds.framework_history import note_text_before, note_version
from survey.storage.models import Person, UploadedFramework
from survey.storage.queries import frameworks as framework_queries

# All of a mentor's frameworks are read for each page that offers them.
MOST_UPLOADS = 50
MOST_UPLOADED_BYTES = 2 << 20


class FrameworkCatalogue:
    """Shipped frameworks, read once, and uploaded ones, read from the database."""

    def __init__(self, folder: Path) -> None:
        """Read the shipped files. Raises FrameworkError when one of them is wrong."""
        self._folder = folder
        self.shipped = load_folder(folder)
        # By their whole text: what is found is what was uploaded.
        self._parsed = Kept[tuple[str, str], Framework](most=100, seconds=600)

    def for_mentor(self, session: Session, mentor: Person) -> dict[str, Framework]:
        """All frameworks of a mentor by id: the shipped ones first, then own uploads."""
        chosen = dict(self.shipped)
        for upload in framework_queries.uploaded_by(session, mentor.id):
            chosen[upload.framework_id] = self._parse(upload)
        return chosen

    def get(self, session: Session, mentor: Person, framework_id: str) -> Framework:
        """One framework. Raises UnknownFrameworkError."""
        if framework_id in self.shipped:
            return self.shipped[framework_id]
        upload = framework_queries.uploaded(session, mentor.id, framework_id)
        if upload is None:
            raise UnknownFrameworkError(
                Message(
                    "There is no framework %(framework)s. Known frameworks: %(known)s.",
                    framework=repr(framework_id),
                    known=Enumerated(sorted(self.for_mentor(session, mentor))),
                )
            )
        return self._parse(upload)

    def yaml_of(self, session: Session, mentor: Person, framework_id: str) -> str:
        """The text of a framework's file. Raises UnknownFrameworkError."""
        upload = framework_queries.uploaded(session, mentor.id, framework_id)
        if framework_id not in self.shipped and upload is not None:
            return upload.yaml
        self.get(session, mentor, framework_id)
        for path in framework_files(self._folder):
            content = read_file(path)
            if parse_framework(content, path.name).id == framework_id:
                return content.decode("utf-8-sig")
        raise UnknownFrameworkError(f"The file of the framework {framework_id!r} is gone.")

    def delete_upload(self, session: Session, mentor: Person, framework_id: str) -> None:
        """Delete an uploaded framework. Questionnaires of launched rounds are frozen and stay.

        Raises UnknownFrameworkError for what the mentor did not upload, and FrameworkInUseError
        while a round or goal of a running mentoring names it: an after round is set up by it.
        """
        upload = framework_queries.uploaded(session, mentor.id, framework_id)
        if upload is None:
            raise UnknownFrameworkError(f"You have uploaded no framework {framework_id!r}.")
        if framework_queries.is_named(session, mentor.id, framework_id):
            raise FrameworkInUseError(
                Message(
                    "A round or a goal of a mentoring that is not ended uses this framework. End "
                    "the mentoring, or discard the draft, first."
                )
            )
        session.delete(upload)

    def _parse(self, upload: UploadedFramework) -> Framework:
        file_name = f"{upload.framework_id}.yaml"
        return self._parsed.get(
            (file_name, upload.yaml), lambda: parse_framework(upload.yaml.encode(), file_name)
        )

    def store_upload(
        self,
        session: Session,
        mentor: Person,
        content: bytes,
        file_name: str,
        on: dt.date | None = None,
    ) -> Framework:
        """Check and keep an uploaded framework; an earlier upload of the same id is replaced.

        Rounds that are already launched are not touched: their questionnaire is frozen. Earlier
        versions stay listed, with the day (`on`).
        Raises FrameworkError with all problems, also where something changed and the version did
        not rise far enough; FrameworkNameTakenError or TooManyFrameworksError.
        """
        framework = parse_framework(content, file_name)
        if framework.id in self.shipped:
            raise FrameworkNameTakenError(
                Message(
                    "%(file)s: the id '%(id)s' belongs to a framework that comes with the "
                    "service. Give yours another id.",
                    file=file_name,
                    id=framework.id,
                )
            )
        own = {one.framework_id: one for one in framework_queries.uploaded_by(session, mentor.id)}
        upload = own.pop(framework.id, None)
        _require_room(own.values(), content, file_name)
        rise: Rise | None = None
        if upload is None:
            upload = UploadedFramework(owner_id=mentor.id, framework_id=framework.id)
            session.add(upload)
        else:
            kept = self._parse(upload)
            rise = rise_from(kept, framework)
            if rise.wanted:
                raise FrameworkError([_too_low(content, file_name, kept, framework, rise)])
            note_text_before(session, upload, kept)
        upload.yaml = content.decode("utf-8-sig")
        note_version(session, upload, framework, rise, on)
        return framework


def _too_low(
    content: bytes, file_name: str, kept: Framework, framework: Framework, rise: Rise
) -> Problem:
    line, column = read_yaml(content, file_name).position(("version",))
    if rise.step is Step.MAJOR:
        what = Message(
            "statements or the scale are other ones than in version %(kept)s, which is kept; the "
            "version is still %(version)s",
            kept=kept.version,
            version=framework.version,
        )
    elif rise.step is Step.NONE:
        what = Message(
            "version %(version)s is lower than %(kept)s, which is kept, and two texts could come "
            "to bear one number",
            kept=kept.version,
            version=framework.version,
        )
    else:
        what = Message(
            "something is other than in version %(kept)s, which is kept; the version is still "
            "%(version)s",
            kept=kept.version,
            version=framework.version,
        )
    hint = Message("write “version: %(version)s” or a higher one", version=rise.wanted)
    return Problem(file_name, line, column, what, hint, ("version",))


def _require_room(others: Collection[UploadedFramework], content: bytes, file_name: str) -> None:
    """Refuse one upload too many beside the others, or too much. Raises TooManyFrameworksError."""
    size = len(content) + sum(len(upload.yaml.encode()) for upload in others)
    if len(others) < MOST_UPLOADS and size <= MOST_UPLOADED_BYTES:
        return
    raise TooManyFrameworksError(
        Message(
            "%(file)s: at most %(most)s uploaded frameworks of together %(size)s MiB are kept for "
            "one mentor. Give this one the id of an upload that you no longer need: it takes that "
            "one's place, and launched rounds keep their questionnaire.",
            file=file_name,
            most=MOST_UPLOADS,
            size=MOST_UPLOADED_BYTES >> 20,
        )
    )
