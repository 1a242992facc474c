"""What one round asks: a snapshot of a framework, and the form each rater group sees.

A questionnaire is frozen when a round is launched and stored with it, so its models are apart from
those of the file format: a limit that the format gains later must not make a stored round
unreadable.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from survey.frameworks.model import (
    ROUND_KINDS,
    CompetencyKind,
    Framework,
    RoundKind,
    StatementOrder,
)
from survey.frameworks.rater_groups import GROUP_KEY, STANDARD_KEYS
from survey.frameworks.texts import Text, choose_language, in_language, with_mentee_name


@dataclass(frozen=True)
class ScalePoint:
    """One point of the scale, in one language."""

    value: int
    label: str


@dataclass(frozen=True)
class FormItem:
    """One indicator as a rater reads it."""

    id: str
    text: str


@dataclass(frozen=True)
class FormCompetency:
    """One competency as a rater reads it."""

    id: str
    kind: str
    title: str
    description: str
    items: tuple[FormItem, ...]


@dataclass(frozen=True)
class FormQuestion:
    """One open question as a rater reads it."""

    id: str
    text: str


@dataclass(frozen=True)
class GroupForm:
    """All that one rater group is asked in one kind of round, in one language."""

    competencies: tuple[FormCompetency, ...]
    questions: tuple[FormQuestion, ...]
    scale: tuple[ScalePoint, ...]
    not_observed: str
    scale_question: str
    language: str
    # Raters may read the statements of a competency in several orders; here they are as written.
    shuffled: bool = False


class _Snapshot(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AskedPoint(_Snapshot):
    """A point of the scale, in every language."""

    value: int
    label: Text


class AskedScale(_Snapshot):
    """The scale, in every language."""

    points: tuple[AskedPoint, ...]
    not_observed: Text
    question: Text | None = None


class AskedIndicator(_Snapshot):
    """An indicator with every wording in every language."""

    id: str
    text: Text
    wording: dict[str, Text]


class AskedCompetency(_Snapshot):
    """A competency with its indicators, in every language."""

    id: str
    kind: CompetencyKind
    title: Text
    description: Text
    indicators: tuple[AskedIndicator, ...]

    @property
    def indicator_ids(self) -> tuple[str, ...]:
        """The ids of its indicators, in the order they are asked."""
        return tuple(indicator.id for indicator in self.indicators)


class AskedQuestion(_Snapshot):
    """An open question; empty groups or rounds mean every one."""

    id: str
    text: Text
    wording: dict[str, Text]
    groups: tuple[str, ...]
    rounds: tuple[RoundKind, ...]

    def is_asked(self, group_key: str, round_kind: str) -> bool:
        """Tell whether a group is asked this question in a kind of round."""
        return (not self.groups or group_key in self.groups) and (
            not self.rounds or round_kind in self.rounds
        )


class Questionnaire(_Snapshot):
    """The frozen content of a round; equal fingerprints mean that the same things are asked."""

    snapshot_format: Literal[1] = 1
    framework_id: str
    framework_version: str
    title: Text
    languages: tuple[str, ...]
    scale: AskedScale
    competencies: tuple[AskedCompetency, ...]
    open_questions: tuple[AskedQuestion, ...]
    group_keys: tuple[str, ...]
    order: StatementOrder = "fixed"

    @property
    def default_language(self) -> str:
        """The language that readers of any other language get."""
        return self.languages[0]

    def to_json(self) -> str:
        """Write the snapshot as JSON; the same content always gives the same text."""
        content = self.model_dump(mode="json")
        if self.order == "fixed":
            # As it was before there was a choice: what asks the same has the same fingerprint.
            del content["order"]
        return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Questionnaire":
        """Read what ``to_json`` wrote.

        Raises ValueError (pydantic's ValidationError) when the text is not such a snapshot.
        """
        return cls.model_validate_json(text)

    def fingerprint(self) -> str:
        """The SHA-256 of the JSON, in hexadecimal."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def text(self, text: Text, language: str, mentee_name: str | None = None) -> str:
        """Return one of the questionnaire's texts in a language, or in the default one.

        With a mentee's name the placeholder is filled; without, it is left as it is.
        """
        words = in_language(text, language, self.default_language)
        return words if mentee_name is None else with_mentee_name(words, mentee_name)

    def form_for(
        self, group_key: str, language: str, mentee_name: str, round_kind: str
    ) -> GroupForm:
        """Return what a rater group reads: its own wording, in one language, the name filled in.

        A language that the framework has not falls back to the default one. Raises ValueError for
        a group that the questionnaire was not built for, and for an unknown kind of round.
        """
        if group_key not in self.group_keys:
            raise ValueError(f"this questionnaire was not built for the group {group_key!r}")
        if round_kind not in ROUND_KINDS:
            raise ValueError(f"unknown kind of round {round_kind!r}")
        served = choose_language(self.languages, language, self.default_language)

        def read(text: Text) -> str:
            return self.text(text, served, mentee_name)

        return GroupForm(
            competencies=tuple(
                FormCompetency(
                    id=competency.id,
                    kind=competency.kind,
                    title=read(competency.title),
                    description=read(competency.description),
                    items=tuple(
                        FormItem(item.id, read(item.wording.get(group_key, item.text)))
                        for item in competency.indicators
                    ),
                )
                for competency in self.competencies
            ),
            questions=tuple(
                FormQuestion(question.id, read(question.wording.get(group_key, question.text)))
                for question in self.open_questions
                if question.is_asked(group_key, round_kind)
            ),
            scale=tuple(ScalePoint(point.value, read(point.label)) for point in self.scale.points),
            not_observed=read(self.scale.not_observed),
            scale_question=read(self.scale.question) if self.scale.question else "",
            language=served,
            shuffled=self.order == "random",
        )


def build_questionnaire(framework: Framework, group_keys: Sequence[str]) -> Questionnaire:
    """Freeze a framework for a round with these rater groups.

    The keys are kept in one order, whatever order they came in, so that the fingerprint does not
    depend on it. Raises ValueError when there is no key, a key twice, or one of a wrong form.
    """
    if not group_keys:
        raise ValueError("a questionnaire needs at least one rater group")
    for key in group_keys:
        if not GROUP_KEY.fullmatch(key):
            raise ValueError(f"{key!r} is not the key of a rater group")
    if len(set(group_keys)) != len(group_keys):
        raise ValueError("a rater group is named twice")
    ordered = [key for key in STANDARD_KEYS if key in group_keys]
    ordered += sorted(key for key in group_keys if key not in STANDARD_KEYS)
    # What an author accepted of the advice about wording is nothing that raters are asked.
    content = framework.model_dump(
        exclude={
            "format": True,
            "id": True,
            "version": True,
            "description": True,
            "competencies": {
                "__all__": {"lint_ok": True, "indicators": {"__all__": {"lint_ok": True}}}
            },
        }
    )
    return Questionnaire.model_validate(
        {
            **content,
            "framework_id": framework.id,
            "framework_version": framework.version,
            "group_keys": tuple(ordered),
        }
    )
