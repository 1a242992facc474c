"""What differs between two versions of a framework, or between a round's questionnaire and one.

A statement is known by its id. It is comparable between two rounds when it is the same measure in
both: the same scale, and the same words for every rater group and language that both have. Other
words may change what is measured (Vandenberg and Lance 2000; AERA, APA and NCME, Standards for
Educational and Psychological Testing, 2014), and nobody can tell afterwards from a handful of
ratings whether they did. So a reworded statement counts as not comparable, and a changed scale
makes nothing comparable.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from survey.frameworks.questionnaire import AskedIndicator, AskedScale, Questionnaire
from survey.frameworks.texts import Text, in_language


class Change(StrEnum):
    """What happened to a part between two versions."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    REWORDED = "reworded"


class Part(StrEnum):
    """What kind of part it is."""

    FRAMEWORK = "framework"
    SCALE = "scale"
    COMPETENCY = "competency"
    STATEMENT = "statement"
    QUESTION = "open question"


class Step(StrEnum):
    """Which number of a semantic version rises."""

    NONE = "none"
    PATCH = "patch"
    MINOR = "minor"
    MAJOR = "major"


@dataclass(frozen=True)
class Rewording:
    """Other words in one language; `group` is the rater group that reads them, or empty."""

    language: str
    group: str
    before: str
    after: str


@dataclass(frozen=True)
class Difference:
    """One changed part: its id, and for reworded ones the words before and after."""

    part: Part
    id: str
    change: Change
    words: str = ""
    rewordings: tuple[Rewording, ...] = ()


@dataclass(frozen=True)
class Comparability:
    """Which statements of two questionnaires are the same measure, by their ids."""

    scale_is_the_same: bool
    same: tuple[str, ...]
    reworded: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether both questionnaires ask the very same, apart from the order."""
        return self.scale_is_the_same and not (self.reworded or self.new or self.gone)


def differences(before: Questionnaire, after: Questionnaire) -> list[Difference]:
    """All that differs, in the order of the newer one; what was removed comes last in its kind."""
    return [
        *_whole(before, after),
        *_competencies(before, after),
        *_statements(before, after),
        *_questions(before, after),
    ]


def comparability(before: Questionnaire, after: Questionnaire) -> Comparability:
    """Say of each statement whether a change of its ratings would be a change of the mentee."""
    old, new = _indicators(before), _indicators(after)
    same_scale = not any(_scale_rewordings(before, after)) and _values(before) == _values(after)
    changed = {
        name
        for name in old.keys() & new.keys()
        if old[name][0] != new[name][0]
        or any(_indicator_rewordings(before, after, old[name][1], new[name][1]))
    }
    both = [name for name in new if name in old]
    return Comparability(
        scale_is_the_same=same_scale,
        same=tuple(name for name in both if name not in changed) if same_scale else (),
        reworded=tuple(both if not same_scale else [name for name in both if name in changed]),
        new=tuple(name for name in new if name not in old),
        gone=tuple(name for name in old if name not in new),
    )


def step_between(before: Questionnaire, after: Questionnaire) -> Step:
    """Which number of the version should rise: by what the change does to comparisons.

    Major when a statement or the scale is no longer the same measure, or something is gone; minor
    when something was added; patch for anything else, such as a description.
    """
    compared = comparability(before, after)
    if not compared.scale_is_the_same or compared.reworded or compared.gone:
        return Step.MAJOR
    found = differences(before, after)
    if any(one.change is Change.REMOVED for one in found):
        return Step.MAJOR
    if any(one.change is Change.ADDED for one in found):
        return Step.MINOR
    if any(one.part is Part.QUESTION for one in found):
        return Step.MINOR
    return Step.PATCH if found else Step.NONE


def next_version(version: str, step: Step) -> str:
    """The version that follows; of 1.4.2: 2.0.0, 1.5.0 or 1.4.3. Labels behind it fall away."""
    major, minor, patch = (int(number) for number in re.findall(r"\d+", version)[:3])
    return {
        Step.NONE: version,
        Step.PATCH: f"{major}.{minor}.{patch + 1}",
        Step.MINOR: f"{major}.{minor + 1}.0",
        Step.MAJOR: f"{major + 1}.0.0",
    }[step]


def is_newer(version: str, than: str) -> bool:
    """Whether the three numbers of a version are higher."""
    numbers = [[int(one) for one in re.findall(r"\d+", text)[:3]] for text in (version, than)]
    return numbers[0] > numbers[1]


def marked_words(before: str, after: str) -> list[tuple[str, str]]:
    """Both texts as one: pairs of "same", "gone" or "new", and the words."""
    old, new = before.split(), after.split()
    marked: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for what, from_, to, new_from, new_to in matcher.get_opcodes():
        if what == "equal":
            marked.append(("same", " ".join(old[from_:to])))
            continue
        if to > from_:
            marked.append(("gone", " ".join(old[from_:to])))
        if new_to > new_from:
            marked.append(("new", " ".join(new[new_from:new_to])))
    return marked


def _read(text: Text | None, language: str, questionnaire: Questionnaire) -> str:
    if text is None:
        return ""
    return in_language(text, language, questionnaire.default_language)


def _common_languages(before: Questionnaire, after: Questionnaire) -> list[str]:
    """The languages that both have; without any, both are read in their own default one."""
    return [code for code in after.languages if code in before.languages] or [
        after.default_language
    ]


def _reworded(
    before: Questionnaire, after: Questionnaire, old: Text | None, new: Text | None, group: str = ""
) -> Iterator[Rewording]:
    for language in _common_languages(before, after):
        was, is_ = _read(old, language, before), _read(new, language, after)
        if was != is_:
            yield Rewording(language, group, was, is_)


def _values(questionnaire: Questionnaire) -> list[int]:
    return [point.value for point in questionnaire.scale.points]


def _scale_rewordings(before: Questionnaire, after: Questionnaire) -> Iterator[Rewording]:
    old: AskedScale = before.scale
    new: AskedScale = after.scale
    for language in _common_languages(before, after):

        def written(scale: AskedScale, read_in: Questionnaire, language: str = language) -> str:
            points = " · ".join(
                f"{point.value} {_read(point.label, language, read_in)}" for point in scale.points
            )
            rest = _read(scale.not_observed, language, read_in)
            question = _read(scale.question, language, read_in)
            return " · ".join(part for part in (question, points, rest) if part)

        was, is_ = written(old, before), written(new, after)
        if was != is_:
            yield Rewording(language, "", was, is_)


def _whole(before: Questionnaire, after: Questionnaire) -> Iterator[Difference]:
    title = tuple(_reworded(before, after, before.title, after.title))
    if title:
        yield Difference(Part.FRAMEWORK, after.framework_id, Change.REWORDED, rewordings=title)
    for code in after.languages:
        if code not in before.languages:
            yield Difference(Part.FRAMEWORK, code, Change.ADDED, f"the language {code}")
    for code in before.languages:
        if code not in after.languages:
            yield Difference(Part.FRAMEWORK, code, Change.REMOVED, f"the language {code}")
    scale = tuple(_scale_rewordings(before, after))
    if scale:
        yield Difference(Part.SCALE, "scale", Change.REWORDED, rewordings=scale)


def _competencies(before: Questionnaire, after: Questionnaire) -> Iterator[Difference]:
    old = {one.id: one for one in before.competencies}
    new = {one.id: one for one in after.competencies}
    moved = _moved(list(old), list(new))
    for name, competency in new.items():
        title = _read(competency.title, after.default_language, after)
        if name not in old:
            yield Difference(Part.COMPETENCY, name, Change.ADDED, title)
            continue
        if name in moved:
            yield Difference(Part.COMPETENCY, name, Change.MOVED, title)
        earlier = old[name]
        rewordings = [
            *_reworded(before, after, earlier.title, competency.title),
            *_reworded(before, after, earlier.description, competency.description),
        ]
        if earlier.kind != competency.kind:
            rewordings.append(Rewording(after.default_language, "", earlier.kind, competency.kind))
        if rewordings:
            yield Difference(Part.COMPETENCY, name, Change.REWORDED, title, tuple(rewordings))
    for name, competency in old.items():
        if name not in new:
            title = _read(competency.title, before.default_language, before)
            yield Difference(Part.COMPETENCY, name, Change.REMOVED, title)


def _indicators(questionnaire: Questionnaire) -> dict[str, tuple[str, AskedIndicator]]:
    """Each statement by its id, with the competency that it belongs to."""
    return {
        indicator.id: (competency.id, indicator)
        for competency in questionnaire.competencies
        for indicator in competency.indicators
    }


def _indicator_rewordings(
    before: Questionnaire, after: Questionnaire, old: AskedIndicator, new: AskedIndicator
) -> Iterator[Rewording]:
    yield from _reworded(before, after, old.text, new.text)
    for group in dict.fromkeys((*new.wording, *old.wording)):
        # A group without its own words reads the text.
        was, is_ = old.wording.get(group, old.text), new.wording.get(group, new.text)
        yield from _reworded(before, after, was, is_, group)


def _statements(before: Questionnaire, after: Questionnaire) -> Iterator[Difference]:
    old, new = _indicators(before), _indicators(after)
    moved = _moved(list(old), list(new))
    for name, (competency, indicator) in new.items():
        words = _read(indicator.text, after.default_language, after)
        if name not in old:
            yield Difference(Part.STATEMENT, name, Change.ADDED, words)
            continue
        if old[name][0] != competency or name in moved:
            yield Difference(Part.STATEMENT, name, Change.MOVED, words)
        rewordings = tuple(_indicator_rewordings(before, after, old[name][1], indicator))
        if rewordings:
            yield Difference(Part.STATEMENT, name, Change.REWORDED, words, rewordings)
    for name, (_, indicator) in old.items():
        if name not in new:
            words = _read(indicator.text, before.default_language, before)
            yield Difference(Part.STATEMENT, name, Change.REMOVED, words)


def _questions(before: Questionnaire, after: Questionnaire) -> Iterator[Difference]:
    old = {one.id: one for one in before.open_questions}
    new = {one.id: one for one in after.open_questions}
    moved = _moved(list(old), list(new))
    for name, question in new.items():
        words = _read(question.text, after.default_language, after)
        if name not in old:
            yield Difference(Part.QUESTION, name, Change.ADDED, words)
            continue
        earlier = old[name]
        if name in moved:
            yield Difference(Part.QUESTION, name, Change.MOVED, words)
        rewordings = [*_reworded(before, after, earlier.text, question.text)]
        for group in dict.fromkeys((*question.wording, *earlier.wording)):
            was = earlier.wording.get(group, earlier.text)
            is_ = question.wording.get(group, question.text)
            rewordings += _reworded(before, after, was, is_, group)
        for was_asked, is_asked in (
            (earlier.groups, question.groups),
            (earlier.rounds, question.rounds),
        ):
            if was_asked != is_asked:
                rewordings.append(
                    Rewording(
                        after.default_language,
                        "",
                        ", ".join(was_asked) or "all",
                        ", ".join(is_asked) or "all",
                    )
                )
        if rewordings:
            yield Difference(Part.QUESTION, name, Change.REWORDED, words, tuple(rewordings))
    for name, question in old.items():
        if name not in new:
            words = _read(question.text, before.default_language, before)
            yield Difference(Part.QUESTION, name, Change.REMOVED, words)


def _moved(before: Sequence[str], after: Sequence[str]) -> set[str]:
    """The ids that changed their place among those that both have: as few as explain it."""
    old = [name for name in before if name in set(after)]
    new = [name for name in after if name in set(before)]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    kept = {
        name
        for block in matcher.get_matching_blocks()
        for name in old[block.a : block.a + block.size]
    }
    return set(old) - kept
