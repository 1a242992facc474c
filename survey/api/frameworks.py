"""Competency frameworks: those that come with the service, and one's own."""

from __future__ import annotations

from typing import Annotated, Any

from flask import url_for
from pydantic import Field, StringConstraints
from sqlalchemy.orm import Session

from survey.accounts.api_tokens import Scope
from survey.accounts.policy import Action, Resource
from survey.api.operations import Created, operation
from survey.api.paging import PageAsked, Part, part_of
from survey.api.problems import ProblemError
from survey.api.shapes import WITHOUT_NUL, Sent, Shown
from survey.frameworks.lint import lint_framework
from survey.frameworks.model import Framework
from survey.frameworks.texts import in_language
from survey.privacy.audit_trail import Action as Deed
from survey.rounds.errors import (
    FrameworkInUseError,
    FrameworkNameTakenError,
    TooManyFrameworksError,
    UnknownFrameworkError,
)
from survey.web.access import framework_for, require
from survey.web.current import current_person, service
from survey.web.deeds import note_deed

_LONGEST_FILE = 1 << 20


class FrameworkSent(Sent):
    """A framework's file. It takes the place of an earlier upload with the same id."""

    yaml: str = Field(min_length=1, max_length=_LONGEST_FILE, description="The file's content.")
    file_name: Annotated[str, StringConstraints(max_length=120, pattern=WITHOUT_NUL)] = Field(
        default="framework.yaml", min_length=1, description="How problems name the file."
    )


class FrameworkListed(Shown):
    """A framework that rounds can use."""

    id: str
    version: str
    title: str = Field(description="In the language of your account, or the framework's first.")
    languages: list[str]
    comes_with_the_service: bool


class AdviceShown(Shown):
    """Advice about the wording of one part; it blocks nothing."""

    rule: str = Field(description="The rule's name in `docs/framework-lint.md`.")
    path: list[str | int] = Field(description="Keys and positions that lead to the part.")
    what: str
    why: str
    mend: str


class FrameworkShown(FrameworkListed):
    """A framework in full, as its file has it."""

    advice: list[AdviceShown] = Field(description="Advice about the wording of statements.")

    framework: dict[str, Any] = Field(description="As the file has it: `docs/frameworks.md`.")


@operation(
    "GET",
    "/frameworks",
    tag="Frameworks",
    scope=Scope.FRAMEWORKS_READ,
    asked=PageAsked,
    shows=FrameworkListed,
    many=True,
    refusals=(404,),
)
def list_frameworks(session: Session, asked: PageAsked) -> Part:
    """List the frameworks that you can use: the shipped ones first, then your own."""
    require(Resource.FRAMEWORK, Action.READ)
    found = list(service().catalogue.for_mentor(session, current_person()).values())
    return part_of(found, asked, lambda one: one.id, _listed)


@operation(
    "POST",
    "/frameworks",
    tag="Frameworks",
    scope=Scope.FRAMEWORKS_WRITE,
    body=FrameworkSent,
    shows=FrameworkShown,
    status=201,
    refusals=(404, 409),
)
def create_framework(session: Session, body: FrameworkSent) -> Created:
    """Upload a framework.

    It is checked first; all problems are named with line and column. Rounds that are launched
    already keep their questionnaire. Where the content differs from the version that is kept, the
    version has to be a higher one; the problem at its line says which.
    """
    require(Resource.FRAMEWORK, Action.CREATE)
    owner = current_person()
    try:
        framework = service().catalogue.store_upload(
            session, owner, body.yaml.encode(), body.file_name, service().today()
        )
    except (FrameworkNameTakenError, TooManyFrameworksError) as error:
        raise ProblemError(409, "not-possible-now", str(error)) from error
    note_deed(session, Deed.FRAMEWORK_UPLOADED, owner.id)
    return Created(_shown(framework), url_for("api.read_framework", framework_id=framework.id))


@operation(
    "GET",
    "/frameworks/<framework_id>",
    tag="Frameworks",
    scope=Scope.FRAMEWORKS_READ,
    shows=FrameworkShown,
)
def read_framework(session: Session, framework_id: str) -> FrameworkShown:
    """Read a framework in full."""
    return _shown(framework_for(session, framework_id))


@operation(
    "DELETE",
    "/frameworks/<framework_id>",
    tag="Frameworks",
    scope=Scope.FRAMEWORKS_WRITE,
    status=204,
    refusals=(409,),
)
def delete_framework(session: Session, framework_id: str) -> None:
    """Delete a framework that you uploaded.

    Questionnaires of launched rounds stay. Refused while a round or goal of a mentoring that is
    not ended uses it.
    """
    require(Resource.FRAMEWORK, Action.CREATE)
    framework_for(session, framework_id)
    owner = current_person()
    try:
        service().catalogue.delete_upload(session, owner, framework_id)
    except (FrameworkInUseError, UnknownFrameworkError) as error:
        raise ProblemError(409, "not-possible-now", str(error)) from error
    note_deed(session, Deed.FRAMEWORK_DELETED, owner.id)


def _listed(framework: Framework) -> FrameworkListed:
    return FrameworkListed(
        id=framework.id,
        version=framework.version,
        title=in_language(framework.title, current_person().language, framework.default_language),
        languages=list(framework.languages),
        comes_with_the_service=framework.id in service().catalogue.shipped,
    )


def _shown(framework: Framework) -> FrameworkShown:
    content = framework.model_dump(mode="json", exclude_unset=True)
    advice = [
        AdviceShown(
            rule=one.rule.id,
            path=list(one.path),
            what=one.what,
            why=one.rule.why,
            mend=one.rule.mend,
        )
        for one in lint_framework(framework)
    ]
    return FrameworkShown(**_listed(framework).model_dump(), advice=advice, framework=content)
