"""What stands in messages beside names: lists, numbers, other messages; and stored reasons."""

from __future__ import annotations

import pytest

from survey.languages.message import Enumerated, Listed, Message, Whole, lines, said
from survey.languages.recalled import Recalled


def test_lists_and_large_numbers_are_written_as_the_language_writes_them() -> None:
    groups = Listed((Message("Peers"), "Ombudsleute", Message("Customers")))
    listed = Message("Pooled with %(groups)s they are few.", groups=groups)
    assert listed == "Pooled with Peers, Ombudsleute and Customers they are few."
    assert "Kolleginnen und Kollegen, Ombudsleute und Kundschaft" in said(listed, "de")
    named = Message("the groups are: %(groups)s", groups=Enumerated(groups))
    assert named == "the groups are: Peers, Ombudsleute, Customers"
    assert said(named, "de").endswith("Kolleginnen und Kollegen, Ombudsleute, Kundschaft")
    many = Message("there are more than %(most)s raters", most=Whole(10_000))
    assert many == "there are more than 10,000 raters"
    assert "10.000" in said(many, "de")


def test_lines_keep_their_fields_in_english_alone() -> None:
    texts = [
        Message("Choose at least one group.", at="Rater groups"),
        Message("Raters: nobody is invited yet."),
    ]
    both = lines(texts)
    assert both == "Rater groups: choose at least one group.\nRaters: nobody is invited yet."
    assert said(both, "de") == "\n".join(said(text, "de") for text in texts)
    assert said(lines(["a % sign"]), "de") == "a % sign"


@pytest.mark.parametrize("language", ["de", "fr", "es", "ar"])
def test_a_stored_reason_is_known_again(language: str) -> None:
    reasons = Recalled(("The receiver answered %(status)s.", "Given up"))
    known = reasons.message("The receiver answered 503.")
    assert "503" in said(known, language)
    assert said(known, language) != said(known, "en") == "The receiver answered 503."
    other = "550 5.1.1 No such user (%s)"
    assert reasons.message(other) is other
