"""What domain code says: English for whoever asks for nothing else, and each reader's language."""

from __future__ import annotations

import copy
import datetime as dt
import pickle

import pytest

from survey.languages import message as module
from survey.languages.message import Message, counted_message, said

DAY = dt.date(2025, 12, 12)


class _Words:
    """A catalogue with two entries."""

    def gettext(self, text: str) -> str:
        known = {
            "Enter %(name)s by %(day)s.": "Bis %(day)s %(name)s angeben.",
            "a goal": "ein Ziel",
        }
        return known.get(text, text)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return "eine Antwort" if number == 1 else "%(num)s Antworten"


@pytest.fixture(autouse=True)
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "catalogue", lambda language: _Words())


def test_it_is_english_until_somebody_asks_for_a_language() -> None:
    message = Message("Enter %(name)s by %(day)s.", name=Message("a goal"), day=DAY)
    assert message == "Enter a goal by 12 December 2025."
    assert f"{message}" == "Enter a goal by 12 December 2025."
    assert said(message, "de") == "Bis 12. Dezember 2025 ein Ziel angeben."
    assert said("typed by somebody", "de") == "typed by somebody"


def test_an_error_keeps_its_message() -> None:
    error = ValueError(Message("Enter %(name)s by %(day)s.", name="1 %", day=DAY, at="Name"))
    assert str(error) == "Name: enter 1 % by 12 December 2025."
    assert said(error, "de") == "Bis 12. Dezember 2025 1 % angeben."
    assert said(str(error), "de") == said(error, "de")


def test_it_survives_being_copied_and_sent_to_another_process() -> None:
    message = Message("Enter %(name)s by %(day)s.", name="x", day=DAY, at="Name")
    for same in (copy.deepcopy(message), pickle.loads(pickle.dumps(message))):
        assert same == message
        assert (same.at, said(same, "de")) == ("Name", said(message, "de"))


def test_numbers_have_their_forms() -> None:
    assert [counted_message("%(num)s answer", "%(num)s answers", n) for n in (1, 2)] == [
        "1 answer",
        "2 answers",
    ]
    assert said(counted_message("%(num)s answer", "%(num)s answers", 1), "de") == "eine Antwort"


def test_a_per_cent_sign_needs_no_values() -> None:
    assert Message("100 % of it") == "100 % of it"


def test_a_name_at_the_beginning_keeps_its_case() -> None:
    assert Message("%(name)s is here.", name="Mia", at="E-mail") == "E-mail: Mia is here."
