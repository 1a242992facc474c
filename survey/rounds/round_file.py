"""Launching a round from two files: a YAML description and a list of raters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.orm import Session

from survey.accounts.errors import AccountError
from survey.accounts.people import find_person
from survey.anonymity.thresholds import DEFAULT_THRESHOLD
from survey.confidentiality.master_key import MasterKey
from survey.frameworks.model import Framework
from survey.frameworks.problems import FrameworkError
from survey.frameworks.rater_groups import STANDARD_GROUPS, RaterGroup, custom_group
from survey.frameworks.source_document import SourceDocument
from survey.frameworks.yaml_source import read_yaml
from survey.mentoring.errors import MentoringError
from survey.mentoring.goals import GoalDetails, save_goal
from survey.mentoring.mentees import add_mentee
from survey.places import COMMAND
from survey.rounds.draft import (
    RoundDetails,
    add_raters,
    all_problems,
    create_draft,
    rater_groups_of,
)
from survey.rounds.errors import RoundError
from survey.rounds.framework_catalogue import FrameworkCatalogue
from survey.rounds.launch import launch_round
from survey.rounds.new_version import ask_new_version
from survey.rounds.rater_links import RaterLinks
from survey.rounds.rater_list import parse_upload
from survey.storage.models import Goal, Mentorship, ReleaseMode, Round, RoundKind
from survey.storage.queries import people as people_queries
from survey.storage.queries import rounds as round_queries


class RoundFileError(Exception):
    """A round's file cannot be used; the text names the file, the place and the remedy."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MenteePart(_Part):
    """Who the round is about."""

    name: str
    email: str


class GoalPart(_Part):
    """The goal, with the competencies that it draws on."""

    statement: str
    success_measures: str = ""
    competencies: list[str] = Field(default_factory=list)


class RoundFile(_Part):
    """The description of a round, as written in YAML."""

    mentor: str
    mentee: MenteePart
    framework: str
    kind: RoundKind = RoundKind.BEFORE
    deadline: dt.date
    groups: list[str] = Field(default_factory=lambda: [group.key for group in STANDARD_GROUPS])
    threshold: int = DEFAULT_THRESHOLD
    release: ReleaseMode = ReleaseMode.AFTER_DEBRIEF
    purpose: str = ""
    label_comments: bool = False
    retrospective: bool = False
    reminders: bool = True
    goal: GoalPart | None = None
    compare_with_earlier: bool = True
    questionnaire: Literal["same", "new"] = "same"
    same_meaning: list[str] = Field(default_factory=list)


def read_round_file(path: Path) -> RoundFile:
    """Read and check a description.

    Raises RoundFileError naming file, line and column of everything that is wrong.
    """
    try:
        document = read_yaml(_read(path), str(path))
    except FrameworkError as error:
        raise RoundFileError(str(error)) from error
    if document.problems:
        raise RoundFileError("\n".join(map(str, document.problems)))
    try:
        return RoundFile.model_validate(document.data)
    except ValidationError as error:
        problems = [_explain(document, detail) for detail in error.errors()]
        raise RoundFileError("\n".join(problems)) from error


def _explain(document: SourceDocument, detail: ErrorDetails) -> str:
    unknown = detail["type"] == "extra_forbidden"
    line, column = document.position(detail["loc"], at_key=unknown)
    name = ".".join(map(str, detail["loc"])) or "the file"
    what = "is not known here; see docs/round-files.md" if unknown else detail["msg"].lower()
    return f"{document.file_name}:{line}:{column}: {name}: {what}"


def launch_from_files(
    session: Session,
    description: Path,
    raters: Path,
    *,
    catalogue: FrameworkCatalogue,
    links: RaterLinks,
    master_key: MasterKey,
    now: dt.datetime,
    group: str | None = None,
) -> Round:
    """Do everything that the files ask for, in the caller's one transaction.

    A mentee, goal or mentorship that exists already is used as it is. An interim or after round
    is compared with the newest earlier round of the same framework, unless told otherwise.
    `group` is that of raters whose row names none.
    Raises RoundFileError, which names the file; then nothing is kept.
    """
    wanted = read_round_file(description)
    try:
        draft, framework = _prepare(session, description, wanted, catalogue, now)
    except (RoundError, AccountError, MentoringError) as error:
        lines = (f"{description}: {line}" for line in str(error).splitlines())
        raise RoundFileError("\n".join(lines)) from error
    _take_raters(session, draft, raters, group)
    launch_round(session, draft, framework, links=links, master_key=master_key, now=now)
    return draft


def _prepare(
    session: Session,
    description: Path,
    wanted: RoundFile,
    catalogue: FrameworkCatalogue,
    now: dt.datetime,
) -> tuple[Round, Framework]:
    """The draft that the description asks for."""
    mentor = find_person(session, wanted.mentor)
    if mentor is None or not mentor.is_mentor:
        raise RoundFileError(
            f"{description}: mentor: {wanted.mentor!r} is no mentor here; "
            f"`{COMMAND} mentor add` adds one."
        )
    framework = catalogue.get(session, mentor, wanted.framework)
    mentee = find_person(session, wanted.mentee.email)
    mentorship = (
        people_queries.mentorship_between(session, mentor.id, mentee.id) if mentee else None
    ) or add_mentee(session, mentor, wanted.mentee.name, wanted.mentee.email, now)
    goal = _goal(mentorship, wanted)
    if goal is None and wanted.goal is not None:
        goal = save_goal(
            session,
            mentorship,
            GoalDetails(
                statement=wanted.goal.statement,
                success_measures=wanted.goal.success_measures,
                competency_ids=wanted.goal.competencies,
            ),
            framework,
        )
    draft = create_draft(
        session,
        mentorship,
        RoundDetails(
            kind=wanted.kind,
            framework_id=framework.id,
            groups=[_group(description, name) for name in wanted.groups],
            deadline=wanted.deadline,
            goal=goal,
            purpose=wanted.purpose,
            release_mode=wanted.release,
            threshold=wanted.threshold,
            label_comments=wanted.label_comments,
            retrospective=wanted.retrospective,
            reminds_itself=wanted.reminders,
            compared_with=_earlier(session, mentorship, wanted),
        ),
        now.date(),
    )
    if wanted.questionnaire == "new" and draft.compared_with is not None:
        ask_new_version(session, draft, framework, wanted.same_meaning)
    elif wanted.same_meaning:
        raise RoundFileError(
            f"{description}: same_meaning: it goes with `questionnaire: new`, in a round that is "
            "compared with an earlier one."
        )
    return draft, framework


def _take_raters(session: Session, draft: Round, path: Path, group: str | None) -> None:
    # The file says who is asked: raters proposed from the earlier round do not add to it.
    draft.invitations = [i for i in draft.invitations if i.group_key == "self"]
    session.flush()
    read = parse_upload(_read(path), path.name, rater_groups_of(draft), group)
    problems = add_raters(session, draft, read.entries) if read.ok else all_problems(draft, read)
    if problems:
        raise RoundFileError("\n".join(f"{path}: {problem}" for problem in problems))


def _goal(mentorship: Mentorship, wanted: RoundFile) -> Goal | None:
    if wanted.goal is None:
        return mentorship.goals[0] if mentorship.goals else None
    statement = " ".join(wanted.goal.statement.split())
    return next((goal for goal in mentorship.goals if goal.statement == statement), None)


def _earlier(session: Session, mentorship: Mentorship, wanted: RoundFile) -> Round | None:
    if wanted.kind is RoundKind.BEFORE or not wanted.compare_with_earlier:
        return None
    for earlier in round_queries.earlier_closed(session, mentorship.id):
        if earlier.framework_id == wanted.framework:
            return earlier
    return None


def _group(path: Path, name: str) -> RaterGroup:
    for group in STANDARD_GROUPS:
        if name in (group.key, group.label):
            return group
    try:
        return custom_group(name)
    except ValueError as error:
        raise RoundFileError(f"{path}: groups: {error}") from error


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RoundFileError(f"{path}: cannot be read ({error.strerror}).") from error
