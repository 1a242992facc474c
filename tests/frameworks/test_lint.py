"""Advice about wording: each rule finds what it is for, and leaves alone what it is not for."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from survey.cli import cli
from survey.frameworks import FrameworkError, build_questionnaire, parse_framework
from survey.frameworks.lint import RULES, lint_source
from survey.frameworks.lint.reading_grade import flesch_kincaid_grade, syllables
from tests.frameworks.samples import FILE_NAME, GOOD, TWO_LANGUAGES, broken

ROOT = Path(__file__).parents[2]
STATEMENT = "text: Asks before deciding"
OWN = "self: I ask before I decide"


def found(source: str) -> set[tuple[str, int]]:
    """Which rules found something, and on which line."""
    return {(one.rule.id, one.line) for one in lint_source(source.encode(), FILE_NAME)}


def line_of(source: str, words: str) -> int:
    return source[: source.index(words)].count("\n") + 1


def rules_at(text: str) -> set[str]:
    """Which rules find something in one statement of the sample."""
    source = broken(STATEMENT, f'text: "{text}"')
    line = line_of(source, f'text: "{text}"')
    return {rule for rule, at in found(source) if at == line}


def test_the_sample_has_two_statements_only() -> None:
    assert found(GOOD) == {("few-statements", line_of(GOOD, "- id: strategic-thinking"))}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Listens and gives feedback", "double-barrelled"),
        ("Asks peers or customers", "double-barrelled"),
        ("Does not interrupt", "negation"),
        ("Doesn't interrupt", "negation"),
        ("Acts without being asked", "negation"),
        (" ".join(["Asks", *["people"] * 20]), "too-long"),
        ("Usually asks before deciding", "frequency-word"),
        ("Always asks before deciding", "absolute"),
        ("Gives excellent answers", "leading-word"),
        ("Leverages what others know", "jargon"),
        ("Explains reasons behind the decisions", "near-duplicate"),
        ("Ask before deciding", "others-wording"),
        ("She asks before deciding", "others-wording"),
        ("I ask before deciding", "others-wording"),
    ],
)
def test_each_rule_finds_its_fault_and_no_other(text: str, rule: str) -> None:
    assert rules_at(text) == {rule}


@pytest.mark.parametrize(
    "text",
    [
        "Asks before deciding",
        "Understands what others need",  # "and" in a word
        "Knows whom to ask first",  # "no", "not" in words
        "Openly shares what went wrong",  # an adverb before the verb
        " ".join(["Asks", *["people"] * 19]),
    ],
)
def test_good_statements_are_left_alone(text: str) -> None:
    assert rules_at(text) == set()


@pytest.mark.parametrize(
    ("language", "text", "rule"),
    [
        ("de", "Hört zu und fragt nach", "double-barrelled"),
        ("de", "Nutzt keine Fachwörter", "negation"),
        ("de", "Fragt häufig nach", "frequency-word"),
        ("de", "Hält stets Wort", "absolute"),
        ("fr", "Écoute et répond", "double-barrelled"),
        ("fr", "N'interrompt personne", "negation"),
        ("es", "Escucha y responde", "double-barrelled"),
        ("es", "Pregunta a veces", "frequency-word"),
        ("ar", "يسأل أو يستمع", "double-barrelled"),
        ("ar", "لا يقاطع", "negation"),
    ],
)
def test_other_languages(language: str, text: str, rule: str) -> None:
    source = broken("de: Lässt andere ausreden", f'de: "{text}"', TWO_LANGUAGES)
    source = source.replace("languages: [en, de]", f"languages: [en, {language}]")
    source = source.replace("de:", f"{language}:")
    line = line_of(source, text)
    # The self wording of the sample stands on a line of its own.
    assert {name for name, at in found(source) if at == line} == {rule}


def test_the_words_for_self_are_in_the_first_person() -> None:
    source = broken(OWN, "self: Asks before deciding")
    assert ("self-wording", line_of(source, "self: Asks")) in found(source)
    german = broken("de: Ich lasse andere ausreden", "de: Lässt andere ausreden", TWO_LANGUAGES)
    assert "self-wording" in {rule for rule, _ in found(german)}


def test_competencies_of_many_statements() -> None:
    more = "".join(
        f"\n      - {{id: more-{word}, text: Shows {word}, wording: {{self: I show {word}}}}}"
        for word in ("maps", "plans", "notes", "charts")
    )
    source = broken(f"wording: {{{OWN}}}", f"wording: {{{OWN}}}{more}")
    assert {rule for rule, _ in found(source)} == {"many-statements"}
    short = source.replace(more, more[: more.index("\n", 2)])
    assert found(short) == set()


def test_hard_reading_is_named_for_all_statements_together() -> None:
    hard = (
        "Operationalises organisational transformation considerations throughout institutions " * 2
    )

    def grades(count: int) -> list[str]:
        more = "".join(
            f"      - {{id: more-{number}, text: {hard}, wording: {{self: I ask}}}}\n"
            for number in range(count)
        )
        source = broken("open_questions:", f"{more}open_questions:")
        found = lint_source(source.encode(), FILE_NAME)
        return [one.what for one in found if one.rule.id == "hard-to-read"]

    (advice,) = grades(10)
    assert hard.strip() in advice
    # The figure says nothing about fewer than a hundred words.
    assert grades(5) == []


def test_advice_is_accepted_in_the_file() -> None:
    text = "Listens and does not interrupt"
    source = broken(STATEMENT, f"text: {text}\n        lint_ok: [double-barrelled]")
    assert {rule for rule, _ in found(source)} == {"negation", "few-statements"}
    # A competency's word holds for its number of statements, and for its statements.
    source = broken(STATEMENT, f"text: {text}")
    source = broken(
        "    title: Strategic thinking",
        "    title: Strategic thinking\n    lint_ok: [few-statements, negation]",
        source,
    )
    assert {rule for rule, _ in found(source)} == {"double-barrelled"}


def test_accepting_what_is_no_rule_is_told() -> None:
    source = broken(STATEMENT, f"{STATEMENT}\n        lint_ok: [long]")
    assert ("unknown-rule", line_of(source, "lint_ok")) in found(source)


def test_what_is_accepted_is_no_part_of_the_questionnaire() -> None:
    source = broken(STATEMENT, f"{STATEMENT}\n        lint_ok: [negation]")
    plain = build_questionnaire(parse_framework(GOOD.encode(), "x"), ["peers"])
    accepting = build_questionnaire(parse_framework(source.encode(), "x"), ["peers"])
    assert accepting.fingerprint() == plain.fingerprint()
    assert "lint_ok" not in accepting.to_json()


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("table", 2), ("wanted", 2), ("asked", 1), ("changes", 2), ("explains", 2), ("gives", 1),
        ("makes", 1), ("the", 1), ("people", 2), ("decision", 3), ("sees", 1),
        ("agree", 2), ("mile", 1), ("whole", 1), ("responsibility", 6), ("rules", 1),
        ("creature", 2), ("handled", 2), ("called", 1),
    ],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_grade_of_published_examples() -> None:
    """The two sentences by which encyclopaedias explain the Flesch tests, and their figures."""
    assert flesch_kincaid_grade(["The cat sat on the mat."]) == pytest.approx(-1.45)
    platypus = "The Australian platypus is seemingly a hybrid of a mammal and reptilian creature."
    assert flesch_kincaid_grade([platypus]) == pytest.approx(11.3, abs=0.05)
    assert flesch_kincaid_grade(["…"]) is None


def test_the_grade_that_the_document_computes_by_hand() -> None:
    words = ["Explains", "decisions", "in", "plain", "words"]
    assert [syllables(word) for word in words] == [2, 3, 1, 1, 1]
    assert flesch_kincaid_grade([" ".join(words)]) == pytest.approx(5.24)
    document = (ROOT / "docs" / "framework-lint.md").read_text()
    assert "= 5.24" in " ".join(document.split())
    # What is said of words that come out wrong.
    assert (syllables("idea"), syllables("statement")) == (2, 3)


def test_sources_of_the_rules_are_in_the_document_s_list() -> None:
    document = (ROOT / "docs" / "framework-lint.md").read_text()
    table, literature = document.split("## Literature")
    for rule in RULES:
        assert f"| `{rule.id}` |" in table
        if rule.source:
            assert f"| {rule.source} |" in table
        for cited in filter(None, rule.source.split("; ")):
            author = re.split(r",| and ", cited)[0].split()[0]
            assert re.search(rf"^- {author}, .*\({cited[-4:]}\)", literature, re.MULTILINE), cited


@pytest.mark.parametrize("file", sorted((ROOT / "competency_frameworks").glob("*.yaml")))
def test_shipped_frameworks_need_no_advice(file: Path) -> None:
    assert lint_source(file.read_bytes(), file.name) == []


def test_what_is_no_framework_has_problems_instead() -> None:
    with pytest.raises(FrameworkError):
        lint_source(b"a: b", FILE_NAME)


def test_on_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(broken(STATEMENT, "text: Listens and asks"), encoding="utf-8")
    done = CliRunner().invoke(cli, ["frameworks", "lint", str(file)])
    assert done.exit_code == 0
    line = line_of(file.read_text(encoding="utf-8"), "text: Listens and asks")
    assert f"mine.yaml:{line}:15: double-barrelled: “and” in “Listens and asks”" in done.output
    assert "Converse and Presser" in done.output
    file.write_text("nonsense", encoding="utf-8")
    done = CliRunner().invoke(cli, ["frameworks", "lint", str(file)])
    assert done.exit_code == 1


def test_every_rule_is_documented() -> None:
    document = (ROOT / "docs" / "framework-lint.md").read_text(encoding="utf-8")
    for rule in RULES:
        assert f"`{rule.id}`" in document, rule.id
        for name in rule.source.split("; "):
            assert name.split(",")[0].split(" (")[0].rsplit(" ", 1)[0] in document, name
