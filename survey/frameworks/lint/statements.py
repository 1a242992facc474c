"""Rules that look at one statement or question at a time."""

from collections.abc import Iterator

from survey.frameworks.lint.advice import Advice
from survey.frameworks.lint.rules import LEADING, OTHERS_WORDING, SELF_WORDING, TOO_LONG
from survey.frameworks.lint.vocabulary import FIRST_PERSON, PATTERNS, SUBJECT_FIRST
from survey.frameworks.rater_groups import SELF
from survey.frameworks.source_document import Path
from survey.frameworks.texts import Text
from survey.languages.message import Message

MOST_WORDS = 20


def in_languages(text: Text, path: Path, default: str) -> Iterator[tuple[Path, str, str]]:
    """Yield a text's words in each language: path, base language ("pt" of "pt-BR"), words."""
    if isinstance(text, str):
        yield path, default.partition("-")[0], text
    else:
        for language, words in text.items():
            yield (*path, language), language.partition("-")[0], words


def look_at_statement(path: Path, language: str, words: str, group: str | None) -> Iterator[Advice]:
    """Yield advice about one statement in one language, as a group reads it (None: any other)."""
    for rule, patterns in PATTERNS.items():
        pattern = patterns.get(language)
        found = pattern.search(words) if pattern else None
        if found:
            yield Advice(rule, path, _found(found.group(), words))
    yield from _length(path, words)
    if group == SELF.key:
        first = FIRST_PERSON.get(language)
        if first and not first.search(words):
            yield Advice(
                SELF_WORDING, path, Message("“%(words)s” is not in the first person", words=words)
            )
    else:
        yield from _third_person(path, language, words)


def look_at_question(path: Path, language: str, words: str) -> Iterator[Advice]:
    """Yield advice about one open question: it may join things, and say "not"."""
    pattern = PATTERNS[LEADING].get(language)
    found = pattern.search(words) if pattern else None
    if found:
        yield Advice(LEADING, path, _found(found.group(), words))
    yield from _length(path, words)


def _found(word: str, words: str) -> Message:
    return Message("“%(word)s” in “%(words)s”", word=word, words=words)


def _length(path: Path, words: str) -> Iterator[Advice]:
    count = len(words.split())
    if count > MOST_WORDS:
        yield Advice(
            TOO_LONG, path, Message("%(count)s words in “%(words)s”", count=count, words=words)
        )


def _third_person(path: Path, language: str, words: str) -> Iterator[Advice]:
    subject = SUBJECT_FIRST.get(language)
    if subject and subject.match(words):
        yield Advice(
            OTHERS_WORDING, path, Message("“%(words)s” begins with a subject", words=words)
        )
    elif language == "en":
        first = words.split()[0].lower()
        # An adverb may come first: "Openly shares …".
        if first.isalpha() and not first.endswith(("s", "ly")):
            yield Advice(
                OTHERS_WORDING,
                path,
                Message("“%(words)s” does not begin with a verb in the third person", words=words),
            )
