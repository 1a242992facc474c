import pytest

from survey.anonymity.comment_warnings import pointer_in

KNOWN = ["Samira", "Okafor"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ask boris.lang@example.org about it.", "boris.lang@example.org"),
        ("Call me on +44 20 7946 0958 any time", "+44 20 7946 0958"),
        ("Call 0301234567", "0301234567"),
        ("The talk with Mr Lang went well", "Mr Lang"),
        ("Der Streit mit Frau Müller war gut gelöst", "Frau Müller"),
        ("In the dispute between us and Boris Lang she stayed calm", "Boris Lang"),
        ("It helped when Boris was away", "Boris"),
    ],
)
def test_words_that_point_at_a_person(text: str, found: str) -> None:
    assert pointer_in(text, KNOWN) == found


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Keep going, Samira Okafor!",
        "The meeting on Monday and the one in March were the best of 2026.",
        "On 12.11.2026 everything changed.",
        "We worked with Samira's team for 18 months, 120 days of it full time.",
        "I like how I am heard.",
    ],
)
def test_harmless_comments_raise_no_warning(text: str) -> None:
    assert pointer_in(text, KNOWN) is None


def test_other_languages_are_checked_for_what_is_the_same_everywhere() -> None:
    assert pointer_in("Das Gespräch mit Anna Berg war gut", KNOWN, english=False) is None
    assert pointer_in("Das Gespräch mit Frau Berg war gut", KNOWN, english=False) == "Frau Berg"
