"""Advice about the wording of statements, by rules that docs/framework-lint.md lists.

Advice never blocks: a framework with advice is as good as any other to the service.
"""

from collections.abc import Iterator

from survey.frameworks.lint.advice import Advice, PlacedAdvice
from survey.frameworks.lint.rules import RULE_IDS, RULES, UNKNOWN_RULE, Rule
from survey.frameworks.lint.statements import in_languages, look_at_question, look_at_statement
from survey.frameworks.lint.whole import (
    english_grade,
    hard_reading,
    near_duplicates,
    numbers_of_statements,
)
from survey.frameworks.loader import framework_of
from survey.frameworks.model import Framework
from survey.frameworks.source_document import Path, SourceDocument
from survey.frameworks.yaml_source import read_yaml
from survey.languages.message import Message

__all__ = [
    "RULES",
    "RULE_IDS",
    "Advice",
    "PlacedAdvice",
    "Rule",
    "english_grade",
    "lint_document",
    "lint_framework",
    "lint_source",
]


def lint_framework(framework: Framework) -> list[Advice]:
    """All advice about a framework, but for what its `lint_ok` accepts; in no order."""
    accepted: dict[Path, tuple[str, ...]] = {}
    found: list[Advice] = []
    for index, competency in enumerate(framework.competencies):
        path: Path = ("competencies", index)
        parts = [(path, competency.lint_ok)]
        parts += [
            ((*path, "indicators", place), indicator.lint_ok)
            for place, indicator in enumerate(competency.indicators)
        ]
        for part, rules in parts:
            accepted[part] = rules
            found += [
                Advice(
                    UNKNOWN_RULE,
                    (*part, "lint_ok", number),
                    Message("no rule is called “%(rule)s”", rule=rule),
                )
                for number, rule in enumerate(rules)
                if rule not in RULE_IDS
            ]
    found += _statements(framework)
    found += numbers_of_statements(framework)
    found += near_duplicates(framework)
    found += hard_reading(framework)
    return [one for one in found if not _is_accepted(one, accepted)]


def lint_source(content: bytes, file_name: str) -> list[PlacedAdvice]:
    """All advice about a framework's file, in the order of its lines.

    Raises FrameworkError with all problems when the file is not a framework.
    """
    document = read_yaml(content, file_name)
    return lint_document(framework_of(document), document)


def lint_document(framework: Framework, document: SourceDocument) -> list[PlacedAdvice]:
    """All advice about a framework that was made of a document, in the order of its lines."""
    placed = [
        PlacedAdvice(one.rule, one.path, one.what, *document.position(one.path))
        for one in lint_framework(framework)
    ]
    return sorted(placed, key=lambda one: (one.line, one.column, one.rule.id))


def _is_accepted(advice: Advice, accepted: dict[Path, tuple[str, ...]]) -> bool:
    # A competency's word holds for its statements too.
    return any(advice.rule.id in accepted.get(advice.path[:length], ()) for length in (2, 4))


def _statements(framework: Framework) -> Iterator[Advice]:
    default = framework.default_language
    for index, competency in enumerate(framework.competencies):
        for place, indicator in enumerate(competency.indicators):
            path: Path = ("competencies", index, "indicators", place)
            for where, language, words in in_languages(indicator.text, (*path, "text"), default):
                yield from look_at_statement(where, language, words, None)
            for group, text in indicator.wording.items():
                for where, language, words in in_languages(
                    text, (*path, "wording", group), default
                ):
                    yield from look_at_statement(where, language, words, group)
    for index, question in enumerate(framework.open_questions):
        for where, language, words in in_languages(
            question.text, ("open_questions", index, "text"), default
        ):
            yield from look_at_question(where, language, words)
