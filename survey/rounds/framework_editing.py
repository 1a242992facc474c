"""Editing a framework as text: what is wrong, what could be better, what has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from survey.frameworks.comparison import (
    Difference,
    Step,
    differences,
    is_newer,
    next_version,
    step_between,
)
from survey.frameworks.lint import PlacedAdvice, lint_document
from survey.frameworks.loader import framework_of
from survey.frameworks.model import Framework
from survey.frameworks.problems import FrameworkError, Problem
from survey.frameworks.questionnaire import Questionnaire, build_questionnaire
from survey.frameworks.rater_groups import STANDARD_KEYS
from survey.frameworks.source_document import SourceDocument
from survey.frameworks.yaml_source import read_yaml

_FILE_NAME = "framework.yaml"
_ID_LINE = re.compile(r"^id:.*$", re.MULTILINE)
_VERSION_LINE = re.compile(r"^version:[^#\n]*", re.MULTILINE)


@dataclass(frozen=True)
class Looked:
    """What there is to say about an edited text, compared with the version that is kept."""

    framework: Framework | None = None
    problems: list[Problem] = field(default_factory=list)
    advice: list[PlacedAdvice] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    step: Step = Step.NONE
    proposed_version: str = ""

    @property
    def needs_version(self) -> bool:
        """Whether something changed and the version did not rise far enough to say so."""
        return bool(self.proposed_version)


def look_at(text: str, own: Mapping[str, Framework]) -> Looked:
    """Check an edited text; it may replace one of `own`, its author's frameworks by id."""
    try:
        document = read_yaml(text.encode("utf-8", "replace"), _FILE_NAME)
    except FrameworkError as error:
        return Looked(problems=error.problems)
    return look_at_document(document, own)


def look_at_document(document: SourceDocument, own: Mapping[str, Framework]) -> Looked:
    """The same of a text that was read already."""
    try:
        framework = framework_of(document)
    except FrameworkError as error:
        return Looked(problems=error.problems)
    advice = lint_document(framework, document)
    kept = own.get(framework.id)
    if kept is None:
        return Looked(framework, advice=advice)
    rise = rise_from(kept, framework)
    return Looked(
        framework,
        advice=advice,
        differences=rise.differences,
        step=rise.step,
        proposed_version=rise.wanted,
    )


@dataclass(frozen=True)
class Rise:
    """What differs from the version that is kept, and which version that calls for.

    `wanted` is empty where the version has risen far enough, or stands where nothing has changed.
    It never falls: otherwise a later text could bear a number that another one had.
    """

    differences: list[Difference]
    step: Step
    wanted: str


def rise_from(kept: Framework, framework: Framework) -> Rise:
    """Compare a framework with the one of the same id that it would replace."""
    before, after = _asked(kept), _asked(framework)
    step = step_between(before, after)
    if step is Step.NONE and framework.description != kept.description:
        step = Step.PATCH
    wanted = next_version(kept.version, step)
    enough = not is_newer(wanted, framework.version)
    return Rise(differences(before, after), step, "" if enough else wanted)


def with_version(text: str, version: str) -> str:
    """The text with another version in its line."""
    return _VERSION_LINE.sub(f"version: {version}", text, count=1)


def as_copy(text: str, taken: set[str], framework_id: str) -> str:
    """The text of a framework under an id that is not taken, from version 1.0.0 on."""
    base = f"my-{framework_id}"[:54].rstrip("-")
    number, name = 1, base
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return with_version(_ID_LINE.sub(f"id: {name}", text, count=1), "1.0.0")


def _asked(framework: Framework) -> Questionnaire:
    own = {
        key
        for competency in framework.competencies
        for indicator in competency.indicators
        for key in indicator.wording
    }
    return build_questionnaire(framework, sorted({*STANDARD_KEYS, *own}))
