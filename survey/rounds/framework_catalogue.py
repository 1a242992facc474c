"""The frameworks that a mentor can choose from: those that ship as files, and own uploads."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from survey.frameworks.loader import load_folder, parse_framework
from survey.frameworks.model import Framework
from survey.rounds.errors import (
    FrameworkNameTakenError,
    TooManyFrameworksError,
    UnknownFrameworkError,
)
from survey.storage.models import Person, UploadedFramework
from survey.storage.queries import frameworks as framework_queries

# All of a mentor's frameworks are read for each page that offers them.
MOST_UPLOADS = 50


class FrameworkCatalogue:
    """Shipped frameworks, read once, and uploaded ones, read from the database."""

    def __init__(self, folder: Path) -> None:
        """Read the shipped files. Raises FrameworkError when one of them is wrong."""
        self.shipped = load_folder(folder)

    def for_mentor(self, session: Session, mentor: Person) -> dict[str, Framework]:
        """All frameworks of a mentor by id: the shipped ones first, then own uploads."""
        chosen = dict(self.shipped)
        for upload in framework_queries.uploaded_by(session, mentor.id):
            chosen[upload.framework_id] = _parse(upload)
        return chosen

    def get(self, session: Session, mentor: Person, framework_id: str) -> Framework:
        """One framework. Raises UnknownFrameworkError."""
        if framework_id in self.shipped:
            return self.shipped[framework_id]
        upload = framework_queries.uploaded(session, mentor.id, framework_id)
        if upload is None:
            known = ", ".join(sorted(self.for_mentor(session, mentor)))
            raise UnknownFrameworkError(
                f"There is no framework {framework_id!r}. Known frameworks: {known}."
            )
        return _parse(upload)

    def store_upload(
        self, session: Session, mentor: Person, content: bytes, file_name: str
    ) -> Framework:
        """Check and keep an uploaded framework; an earlier upload of the same id is replaced.

        Rounds that are already launched are not touched: their questionnaire is frozen.
        Raises FrameworkError with all problems, FrameworkNameTakenError or TooManyFrameworksError.
        """
        framework = parse_framework(content, file_name)
        if framework.id in self.shipped:
            raise FrameworkNameTakenError(
                f"{file_name}: the id {framework.id!r} belongs to a framework that comes with the "
                "service. Give yours another id."
            )
        upload = framework_queries.uploaded(session, mentor.id, framework.id)
        if upload is None:
            if len(framework_queries.uploaded_by(session, mentor.id)) >= MOST_UPLOADS:
                raise TooManyFrameworksError(
                    f"{file_name}: you have uploaded {MOST_UPLOADS} frameworks, and no more are "
                    "kept. Give this one the id of an upload that you no longer need: it takes "
                    "that one's place, and launched rounds keep their questionnaire."
                )
            upload = UploadedFramework(owner_id=mentor.id, framework_id=framework.id)
            session.add(upload)
        upload.yaml = content.decode("utf-8-sig")
        return framework


def _parse(upload: UploadedFramework) -> Framework:
    return parse_framework(upload.yaml.encode(), f"{upload.framework_id}.yaml")
