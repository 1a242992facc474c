"""Each kind of wrong file: exactly where it is wrong, and what would be right."""

import pytest

from .samples import GOOD, TWO_LANGUAGES, broken, complaints

ALL_KEYS = (
    "format, id, version, title, description, languages, scale, competencies, open_questions, order"
)
MISSING_DE = "missing language de; write {en: …, de: …}"
SELF_HINT = "has no self wording in the first person; add “wording: {self: I …}”"


@pytest.mark.parametrize("source", [GOOD, TWO_LANGUAGES])
def test_a_good_file_has_no_complaints(source: str) -> None:
    assert complaints(source) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("label: Not yet", "lable: Not yet", "9:18: unknown key 'lable'; did you mean 'label'?"),
        ("title: Leadership", "titel: L", "4:1: unknown key 'titel'; did you mean 'title'?"),
        ("title: Leadership", "title: L\nzz: x", f"5:1: unknown key 'zz'; known here: {ALL_KEYS}"),
        (
            "    kind: behaviour\n",
            "    kind: skill\n    color: red\n",
            "16:5: unknown key 'color'; "
            "known here: id, kind, title, description, indicators, lint_ok",
        ),
        ("title: Leadership\n", "", "1:1: the framework has no 'title'; add the key 'title'"),
        (
            "  not_observed: Not able to say\n",
            "",
            "7:1: the scale has no 'not_observed'; add the key 'not_observed'",
        ),
        (
            "    kind: behaviour\n",
            "",
            "14:5: this competency has no 'kind'; add the key 'kind'",
        ),
    ],
)
def test_unknown_and_missing_keys(old: str, new: str, expected: str) -> None:
    assert complaints(broken(old, new)) == [f"sample.yaml:{expected}"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "version: 1.0.0",
            "version: 1.0",
            "3:10: 'version' must be text, but 1.0 is read as a number; "
            "write three numbers joined by dots, such as 1.0.0",
        ),
        (
            "version: 1.0.0",
            "version: v1",
            "3:10: 'v1' is no version; write three numbers joined by dots, such as 1.0.0",
        ),
        (
            "title: Leadership",
            "title: yes",
            "4:8: 'title' must be text, but yes is read as a yes-or-no value; "
            'put it in quotes: "yes"',
        ),
        (
            "title: Leadership",
            "title: 360",
            "4:8: 'title' must be text, but 360 is read as a number; put it in quotes: \"360\"",
        ),
        (
            "title: Leadership",
            "title:",
            "4:7: 'title' has no value; write one after the colon, or remove the key",
        ),
        (
            "title: Leadership",
            "title: [a]",
            "4:8: 'title' must be text, not a list; write a text in one line or in quotes",
        ),
        (
            "title: Leadership",
            "title: ' '",
            "4:8: 'title' is empty; write a text, or remove the key",
        ),
        (
            "title: Leadership",
            "title: " + "x" * 121,
            "4:8: 'title' has 121 characters; at most 120 are allowed",
        ),
        ("title: Leadership", "title: {}", "4:8: 'title' has no entries; write at least one"),
        (
            "id: asks-first",
            "id: Asks First",
            "24:13: 'Asks First' is no id; did you mean 'asks-first'?",
        ),
        (
            "kind: behaviour",
            "kind: behavior",
            "15:11: unknown kind of competency 'behavior'; did you mean 'behaviour'? "
            "(known: knowledge, skill, behaviour)",
        ),
        ("format: 1", "format: 2", "1:9: 'format' 2 is not known; write “format: 1”"),
        (
            "format: 1",
            'format: "1"',
            "1:9: 'format' '1' is not known; write “format: 1”, without quotes",
        ),
        (
            "languages: [en]",
            "languages: en",
            "6:12: 'languages' must be a list, not text; write each entry after a dash",
        ),
        (
            "        wording: {self: I ask before I decide}",
            "        wording: I ask",
            "26:18: 'wording' must be a map, not text; write “key: value”",
        ),
    ],
)
def test_values_of_a_wrong_kind_or_form(old: str, new: str, expected: str) -> None:
    assert complaints(broken(old, new)) == [f"sample.yaml:{expected}"]


@pytest.mark.parametrize("value", ["yes", "1.0", "'1'", "[1]"])
def test_the_format_is_the_number_one_and_nothing_like_it(value: str) -> None:
    (only,) = complaints(broken("format: 1", f"format: {value}"))
    assert only.startswith("sample.yaml:1:9: 'format' ")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "value: 3",
            "value: 4",
            "11:15: the value 4 does not follow 2; "
            "the points of a scale rise by one without a gap; write 3",
        ),
        (
            "value: 3",
            "value: 2",
            "11:15: the value 2 does not follow 2; "
            "the points of a scale rise by one without a gap; write 3",
        ),
        (
            "value: 3",
            "value: '3'",
            "11:15: 'value' must be a whole number, not '3'; remove the quotes",
        ),
        ("value: 3", "value: 3.5", "11:15: 'value' must be a whole number, not 3.5; such as 1"),
        ("value: 3", "value: on", "11:15: 'value' must be a whole number, not on; such as 1"),
        (
            "    - {value: 3, label: Always}\n",
            "",
            "9:5: 'points' has 2 entries; at least 3 needed",
        ),
        (
            "    - {value: 3, label: Always}\n",
            "".join(f"    - {{value: {value}, label: Yes!}}\n" for value in range(3, 12)),
            "9:5: 'points' has 11 entries; at most 10 are allowed",
        ),
    ],
)
def test_the_scale(old: str, new: str, expected: str) -> None:
    assert complaints(broken(old, new)) == [f"sample.yaml:{expected}"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "id: asks-first",
            "id: explains-why",
            "24:13: the id 'explains-why' is used twice; "
            "the first is on line 19; give this one another id",
        ),
        (
            "id: start",
            "id: asks-first",
            "28:9: the id 'asks-first' is used twice; "
            "the first is on line 24; give this one another id",
        ),
        (
            "open_questions:",
            "  - id: strategic-thinking\n    kind: skill\n    title: Again\n"
            "    description: Twice.\n"
            "    indicators: [{id: other, text: Does, wording: {self: I do}}]\nopen_questions:",
            "27:9: the competency id 'strategic-thinking' is used twice; "
            "the first is on line 14; give this one another id",
        ),
        (
            "open_questions:",
            "  - {id: empty, kind: skill, title: E, description: E, indicators: []}\n"
            "open_questions:",
            "27:68: 'indicators' has no entries; write at least one",
        ),
    ],
)
def test_ids_and_empty_competencies(old: str, new: str, expected: str) -> None:
    assert complaints(broken(old, new)) == [f"sample.yaml:{expected}"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "        wording: {self: I ask before I decide}\n",
            "",
            f"24:9: indicator 'asks-first' {SELF_HINT}",
        ),
        (
            "          self: I explain the reasons behind my decisions\n",
            "",
            f"21:9: indicator 'explains-why' {SELF_HINT}",
        ),
        (
            "customers: Expl",
            "customer: Expl",
            "23:11: unknown rater group 'customer'; did you mean 'customers'?",
        ),
        (
            "customers: Expl",
            "direct-reports: Expl",
            "23:11: 'direct-reports' is no key of a rater group; did you mean 'direct_reports'?",
        ),
        (
            "customers: Expl",
            "Ältere: Expl",
            "23:11: 'Ältere' is no key of a rater group; write lower-case words joined by "
            "underscores, such as self, manager, peers, direct_reports, customers",
        ),
        (
            "[peers, manager]",
            "[peer, manager]",
            "33:14: unknown rater group 'peer'; did you mean 'peers'?",
        ),
        (
            "[peers, manager]",
            "[peers, peers]",
            "33:21: 'peers' is listed twice; remove one of them",
        ),
        (
            "[peers, manager]",
            "[]",
            "33:13: 'groups' has no entries; "
            "name at least one, or remove the key to mean every one",
        ),
        (
            "[after]",
            "[afer]",
            "34:14: unknown kind of round 'afer'; did you mean 'after'? "
            "(known: before, interim, after)",
        ),
        (
            "[after]",
            "[mid]",
            "34:14: unknown kind of round 'mid'; known: before, interim, after",
        ),
    ],
)
def test_groups_rounds_and_self_wording(old: str, new: str, expected: str) -> None:
    assert complaints(broken(old, new)) == [f"sample.yaml:{expected}"]


def test_a_well_formed_key_of_a_group_of_ones_own_is_fine() -> None:
    assert complaints(broken("customers: Expl", "customers_eu: Expl")) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            "What should {mentees} do?",
            "29:11: unknown placeholder '{mentees}'; did you mean {mentee}?",
        ),
        (
            "What should { mentee } do?",
            "29:11: unknown placeholder '{ mentee }'; did you mean {mentee}?",
        ),
        (
            "What should {name} do?",
            "29:11: unknown placeholder '{name}'; the only placeholder is {mentee}",
        ),
        ("What should {mentee do?", "29:11: a lone { in the text; braces are only for {mentee}"),
        ("What should mentee} do?", "29:11: a lone } in the text; braces are only for {mentee}"),
        (
            "{mentee} should do what?",
            "29:20: a text that begins with { is read as a map; put the whole text in quotes",
        ),
        (
            "{mentee}",
            "29:18: a text that begins with { is read as a map; put the whole text in quotes",
        ),
    ],
)
def test_placeholders(words: str, expected: str) -> None:
    source = broken("text: What should {mentee} start doing?", f"text: {words}")
    assert [line for line in complaints(source) if ":29:" in line] == [f"sample.yaml:{expected}"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "title: {en: Listening, de: Zuhören}\ndesc",
            "title: Listening\ndesc",
            f"4:1: {MISSING_DE}",
        ),
        (
            "            de: Lässt mich ausreden\n",
            "",
            "23:11: missing language de; every text needs all of the declared languages",
        ),
        (
            "            de: Lässt mich ausreden\n",
            "            de: Lässt mich ausreden\n            fr: Me laisse finir\n",
            "26:13: the language 'fr' is not declared; add it to “languages” or remove it",
        ),
        (
            "            de: Lässt mich ausreden\n",
            "            de:\n",
            "25:16: 'de' has no value; write one after the colon, or remove the key",
        ),
        (
            "languages: [en, de]",
            "languages: [en, de, de]",
            "6:21: 'de' is listed twice; remove one of them",
        ),
        (
            "languages: [en, de]",
            "languages: [en, de, French]",
            "6:21: 'French' is no language code; write a code such as en, de or pt-BR",
        ),
        (
            "languages: [en, de]",
            "languages: [en, de, no]",
            "6:21: entry 3 of 'languages' must be text, but no is read as a yes-or-no value; "
            'put it in quotes: "no"',
        ),
    ],
)
def test_languages(old: str, new: str, expected: str) -> None:
    source = broken(old, new, TWO_LANGUAGES)
    found = [line for line in complaints(source) if "missing language French" not in line]
    assert found == [f"sample.yaml:{expected}"]


def test_a_second_language_is_asked_for_in_every_text() -> None:
    found = complaints(broken("languages: [en]", "languages: [en, de]"))
    assert len(found) == 16
    assert found[0] == f"sample.yaml:4:1: {MISSING_DE}"
    assert found[-1] == f"sample.yaml:32:5: {MISSING_DE}"


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    source = broken("[after]", "[afer]")
    source = broken("label: Not yet", "lable: Not yet", source)
    source = broken("version: 1.0.0", "version: 1.0", source)
    source = broken("title: Leadership", "title: Leadership\ntitle: Again", source)
    source = broken("id: asks-first", "id: explains-why", source)
    found = [line.split(": ")[0] for line in complaints(source)]
    assert found == [
        "sample.yaml:3:10",
        "sample.yaml:5:1",
        "sample.yaml:10:18",
        "sample.yaml:25:13",
        "sample.yaml:35:14",
    ]


def test_thousands_of_problems_are_cut_short() -> None:
    found = complaints("".join(f"key{number}: x\n" for number in range(2000)))
    assert len(found) == 101
    assert found[-1].endswith("and 1908 more problems")
