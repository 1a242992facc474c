"""Frameworks in the making: kept with their errors, gone on with later, then saved or deleted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from survey.frameworks.model import Framework
from survey.frameworks.problems import FrameworkError, Problem
from survey.frameworks.sketch import Fault, Sketch, comments_in, faults_of, sketch_of
from survey.frameworks.yaml_source import read_yaml
from survey.languages.message import Message
from survey.rounds.errors import TooManyFrameworksError
from survey.rounds.framework_editing import Looked, look_at_document
from survey.storage.models import FrameworkDraft, Person
from survey.storage.queries import frameworks as framework_queries

MOST_DRAFTS = 20
MOST_DRAFT_CHARACTERS = 2 << 20


@dataclass(frozen=True)
class LookedDraft:
    """A draft as it is: as parts, where forms can show it, and what is wrong with it.

    `faults` are of the parts; `looked` is of the text, as the editor of texts has it.
    """

    sketch: Sketch | None
    no_form: list[Problem]
    looked: Looked
    faults: list[Fault] = field(default_factory=list)
    comments: int = 0

    @property
    def problems(self) -> int:
        """How many things are to be put right before it can be saved."""
        if self.looked.framework is not None:
            return 0
        return max(1, len(self.faults) if self.sketch else len(self.looked.problems))


def look_at_draft(text: str, kept: Mapping[str, Framework]) -> LookedDraft:
    """Look at a draft; `kept` are its owner's own frameworks, one of which it may replace."""
    try:
        document = read_yaml(text.encode("utf-8", "replace"), "framework.yaml")
    except FrameworkError as error:
        return LookedDraft(None, error.problems, Looked(problems=error.problems))
    looked = look_at_document(document, kept)
    try:
        sketch = sketch_of(document)
    except FrameworkError as error:
        return LookedDraft(None, error.problems, looked)
    faults = [] if looked.framework else faults_of(sketch)
    # Every part needs one, to be found by; a draft may have come without.
    sketch.name_parts()
    return LookedDraft(sketch, [], looked, faults, comments_in(text))


def begin_draft(
    session: Session, owner: Person, text: str, changes_id: str, today: dt.date
) -> FrameworkDraft:
    """Keep a text as a draft of its owner's. Raises TooManyFrameworksError."""
    draft = FrameworkDraft(owner_id=owner.id, changes_id=changes_id)
    keep_draft(session, draft, text, today)
    session.add(draft)
    session.flush()
    return draft


def keep_draft(
    session: Session,
    draft: FrameworkDraft,
    text: str,
    today: dt.date,
    looked: LookedDraft | None = None,
) -> None:
    """Keep another text in a draft. Raises TooManyFrameworksError.

    `looked` is what was found in the text, where somebody has looked already.
    """
    _require_room(session, draft, text)
    looked = looked or look_at_draft(text, {})
    title = looked.sketch.in_default(looked.sketch.title) if looked.sketch else ""
    draft.yaml, draft.changed_on = text, today
    draft.title, draft.problems = title[:120], looked.problems


def draft_that_changes(session: Session, owner: Person, framework_id: str) -> FrameworkDraft | None:
    """The owner's draft that was begun from their framework of this id."""
    drafts = framework_queries.drafts_of(session, owner.id)
    return next((one for one in drafts if one.changes_id == framework_id), None)


def _require_room(session: Session, draft: FrameworkDraft, text: str) -> None:
    others = [
        one for one in framework_queries.drafts_of(session, draft.owner_id) if one is not draft
    ]
    length = len(text) + sum(len(one.yaml) for one in others)
    if len(others) < MOST_DRAFTS and length <= MOST_DRAFT_CHARACTERS:
        return
    raise TooManyFrameworksError(
        Message(
            "At most %(most)s drafts of together %(size)s MiB are kept for one person. Finish or "
            "delete one that you no longer need.",
            most=MOST_DRAFTS,
            size=MOST_DRAFT_CHARACTERS >> 20,
        )
    )
