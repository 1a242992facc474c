"""Every text is translated into every language, and what is compiled is what is written."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from survey.languages.catalogues import FOLDER, LANGUAGES, SOURCE_LANGUAGE, catalogue

ROOT = Path(__file__).resolve().parents[2]
TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
_PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}|</?\w+[^>]*>")


def messages(catalog: Catalog) -> Iterable[Message]:
    """All but the header."""
    return [message for message in catalog if message.id]


def read(path: Path, language: str | None = None) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def written(language: str) -> Catalog:
    return read(FOLDER / language / "LC_MESSAGES" / "messages.po", language)


def known(catalog: Catalog) -> set[tuple[str, ...]]:
    return {key(message) for message in messages(catalog)}


def key(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


@pytest.fixture(scope="module")
def in_use(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What stands in templates and program today, as `make translations` collects it."""
    found = tmp_path_factory.mktemp("texts") / "messages.pot"
    marks = [f"-k{mark}" for mark in ("N_", "_l", "Message", "counted_message:1,2", "plural:1,2")]
    options = ["-q", "extract", "-F", "babel.cfg", *marks, "-o", str(found), "."]
    subprocess.run(
        [sys.executable, "-m", "babel.messages.frontend", *options], cwd=ROOT, check=True
    )
    return read(found)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_in_use_is_translated(in_use: Catalog, language: str) -> None:
    catalog = written(language)
    assert known(in_use) - known(catalog) == set(), "run `make translations`, then translate"
    left = []
    for message in messages(catalog):
        said = (message.string,) if isinstance(message.string, str) else message.string
        if not all(said) or message.fuzzy:
            left.append(key(message))
    assert left == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_left_over(in_use: Catalog, language: str) -> None:
    assert known(written(language)) - known(in_use) == set(), "run `make translations`"


@pytest.mark.parametrize("language", TRANSLATED)
def test_names_numbers_and_markup_are_kept(language: str) -> None:
    """A lost placeholder is a lost name; a lost tag may be a broken page."""
    wrong = []
    for message in messages(written(language)):
        asked = key(message)
        said = (message.string,) if isinstance(message.string, str) else message.string
        wanted = [sorted(_PLACEHOLDER.findall(text)) for text in asked]
        for text in said:
            found = sorted(_PLACEHOLDER.findall(text))
            # One and two may be said in words.
            without_number = [piece for piece in wanted[-1] if piece != "%(num)s"]
            if found not in wanted and not (len(said) > 1 and found == without_number):
                wrong.append((asked[0], text))
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_form_of_a_number_is_there(language: str) -> None:
    catalog = written(language)
    plural = [message for message in messages(catalog) if not isinstance(message.id, str)]
    assert plural
    assert {len(message.string) for message in plural} == {catalog.num_plurals}
    assert catalog.num_plurals == {"ar": 6}.get(language, catalog.num_plurals)


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, written(language))
    there = FOLDER / language / "LC_MESSAGES" / "messages.mo"
    assert there.read_bytes() == compiled.getvalue(), "run `make translations`"


def test_english_is_as_it_is_written() -> None:
    assert catalogue(SOURCE_LANGUAGE).gettext("Decline") == "Decline"
    assert catalogue("de").gettext("Decline") != "Decline"
