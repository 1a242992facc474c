"""Raters read why they are asked in their own language, unless the mentor has chosen the words."""

from __future__ import annotations

import pytest

from survey.languages.catalogues import LANGUAGES
from survey.rounds.usual_purpose import purpose_in_words, usual_purpose


@pytest.mark.parametrize("written", LANGUAGES)
@pytest.mark.parametrize("read", LANGUAGES)
def test_proposed_words_are_read_in_the_reader_s_language(written: str, read: str) -> None:
    usual = usual_purpose("Mia", "Max Mentor")
    stored = usual.in_language(written).replace(". ", ".\r\n", 1)  # as a text field may send it
    assert purpose_in_words(stored, "Mia", "Max Mentor", read) == usual.in_language(read)


def test_a_language_of_which_the_service_speaks_the_base() -> None:
    usual = usual_purpose("Mia", "Max Mentor")
    assert "Entwicklung" in purpose_in_words(usual, "Mia", "Max Mentor", "de-AT")
    assert purpose_in_words(usual, "Mia", "Max Mentor", "fi") == usual.in_language("en")


@pytest.mark.parametrize(
    "text",
    ["", "Please tell Mia the truth.", usual_purpose("Mia", "Max Mentor") + " Thank you!"],
)
def test_words_of_the_mentor_s_own_stay(text: str) -> None:
    assert purpose_in_words(text, "Mia", "Max Mentor", "de") == text


def test_a_name_that_has_changed_since_stays_as_it_was_written() -> None:
    text = usual_purpose("Mia", "Max Mentor").in_language("en")
    assert purpose_in_words(text, "Mia", "Max Other", "de") == text
