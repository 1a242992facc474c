"""Which language serves whom, and how it writes days."""

from __future__ import annotations

import datetime as dt

import pytest

from survey.languages.catalogues import LANGUAGES, catalogue, direction, first_spoken, spoken
from survey.languages.competency_kinds import competency_kind
from survey.languages.days import day_in_words, month_in_words
from survey.languages.group_names import group_name

FRIDAY = dt.date(2025, 12, 12)


@pytest.mark.parametrize(
    ("wanted", "served"),
    [("de", "de"), ("de-AT", "de"), ("DE", "de"), ("ar_EG", "ar"), ("fi", "en"), ("", "en")],
)
def test_a_region_is_served_by_its_language_and_the_unknown_by_english(
    wanted: str, served: str
) -> None:
    assert spoken(wanted) == served


def test_the_first_wanted_language_that_is_spoken_counts() -> None:
    assert first_spoken(["", "fi", "fr-CA", "de"]) == "fr"
    assert first_spoken(["fi"]) == "en"


def test_only_arabic_runs_from_right_to_left() -> None:
    assert {language for language in LANGUAGES if direction(language) == "rtl"} == {"ar"}


def test_days_read_as_each_language_writes_them() -> None:
    assert {language: day_in_words(FRIDAY, language, weekday=True) for language in LANGUAGES} == {
        "en": "Friday 12 December 2025",
        "de": "Freitag, 12. Dezember 2025",
        "fr": "vendredi 12 décembre 2025",
        "es": "viernes, 12 de diciembre de 2025",
        "ar": "الجمعة، 12 ديسمبر 2025",
    }
    assert day_in_words(FRIDAY, "en") == "12 December 2025"
    assert month_in_words(FRIDAY, "es") == "diciembre de 2025"


def test_the_first_of_a_month_is_an_ordinal_in_french_alone() -> None:
    first = dt.date(2026, 12, 1)
    assert day_in_words(first, "fr") == "1er décembre 2026"
    assert day_in_words(first, "fr", weekday=True) == "mardi 1er décembre 2026"
    assert day_in_words(dt.date(2026, 12, 11), "fr") == "11 décembre 2026"
    assert day_in_words(first, "es") == "1 de diciembre de 2026"


def test_standard_groups_are_translated_and_named_ones_are_not() -> None:
    translate = catalogue("de").gettext
    assert group_name("Peers", translate) != "Peers"
    assert group_name("Board", translate) == "Board"


@pytest.mark.parametrize("kind", ["knowledge", "skill", "behaviour"])
def test_every_kind_of_competency_has_a_name(kind: str) -> None:
    assert competency_kind(kind, str) == kind.capitalize()
