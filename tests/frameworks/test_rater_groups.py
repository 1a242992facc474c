import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.frameworks import GROUP_KEY, STANDARD_GROUPS, custom_group
from survey.frameworks.texts import in_language


def test_only_self_and_manager_are_openly_named() -> None:
    assert [(group.key, group.anonymous) for group in STANDARD_GROUPS] == [
        ("self", False),
        ("manager", False),
        ("peers", True),
        ("direct_reports", True),
        ("customers", True),
    ]


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Board members", "board_members"),
        ("  Project\tteam ", "project_team"),
        ("Führungskräfte", "fuhrungskrafte"),
        ("2nd line", "group_2nd_line"),
        ("X", "group_x"),
    ],
)
def test_a_custom_group_has_a_speaking_key_and_is_anonymous(label: str, key: str) -> None:
    group = custom_group(label)
    assert group.key == key
    assert group.label == " ".join(label.split())
    assert group.anonymous


def test_labels_in_other_scripts_and_long_ones_get_different_keys() -> None:
    labels = ["Команда А", "Команда Б", "Team А", "Team Б", "顧客", "同僚"]
    labels += [f"The people in the long corridor {end}" for end in ("left", "right")]
    keys = {custom_group(label).key for label in labels}
    assert len(keys) == len(labels)
    assert all(GROUP_KEY.fullmatch(key) for key in keys)


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("", "at least one letter"),
        (" 12 !", "at least one letter"),
        ("Peers", "is the standard group “Peers”"),
        ("direct-REPORTS", "is the standard group “Direct reports”"),
        ("self", "is the standard group “Self”"),
        ("x" * 61, "at most 60 characters"),
        ("a\u202eb", "invisible control character"),
    ],
)
def test_unfit_labels_are_refused_in_plain_words(label: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        custom_group(label)


@given(st.text(max_size=70))
@settings(deadline=None)
def test_any_label_gives_a_valid_key_or_a_sentence(label: str) -> None:
    try:
        group = custom_group(label)
    except ValueError as error:
        refusal = str(error)
    else:
        assert GROUP_KEY.fullmatch(group.key)
        assert custom_group(label) == group
        return
    assert refusal.endswith(".")


@pytest.mark.parametrize(
    ("language", "expected"),
    [("de", "Hallo"), ("de-AT", "Hallo"), ("fr", "Hello"), ("en", "Hello")],
)
def test_a_text_in_a_language(language: str, expected: str) -> None:
    assert in_language({"en": "Hello", "de": "Hallo"}, language, "en") == expected
    assert in_language("plain", language, "en") == "plain"


def test_a_text_without_the_default_language() -> None:
    with pytest.raises(KeyError):
        in_language({"de": "Hallo"}, "fr", "en")
