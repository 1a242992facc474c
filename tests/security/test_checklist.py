"""What docs/security.md claims is there: every file, every test; and every requirement once."""

from __future__ import annotations

import re

from tests.support.live_service import ROOT

TEXT = (ROOT / "docs" / "security.md").read_text()
_LINE = re.compile(r"^- \*\*([\d.]+)\*\*(?: to \*\*([\d.]+)\*\*)? (met|partly|not met|n/a)\b(.*)")


def lines() -> list[str]:
    return [line for line in TEXT.splitlines() if line.startswith("- **") and line[4].isdigit()]


def key(number: str) -> tuple[int, ...]:
    return tuple(map(int, number.split(".")))


def test_every_file_and_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`((?:tests|survey|docs)/[\w/.-]+?)(?:::(\w+))?`", TEXT)
    assert len(named) > 90
    for path, test in named:
        assert (ROOT / path).exists(), path
        if test:
            assert f"def {test}(" in (ROOT / path).read_text(), f"{path}::{test}"


def test_every_requirement_has_one_line_with_a_verdict_in_order() -> None:
    numbers: list[str] = []
    for line in lines():
        found = _LINE.match(line)
        assert found, line
        first, last, verdict, why = found.groups()
        numbers += [first, *([last] if last else [])]
        if verdict != "met":
            assert len(why.strip(" ,:")) > 3 or first.startswith("12.3.4"), f"say why: {line}"
    assert len(numbers) > 200
    assert numbers == sorted(set(numbers), key=key)


def test_the_limits_are_those_of_the_code() -> None:
    from config import load_config
    from survey import workbooks
    from survey.frameworks import yaml_source, yaml_text
    from survey.frameworks.importing import limesurvey, refusals, tables
    from survey.rounds import framework_catalogue, launch, rater_list, rater_list_table
    from survey.web import rate_limits

    config = load_config({"SECRET_KEY": "s", "MASTER_KEY": "m"})
    said = TEXT[TEXT.index("## What is limited") :]
    for amount in (
        f"{rate_limits.PER_CLIENT.split()[0]} in {rate_limits.WAIT_MINUTES} minutes",
        f"{rate_limits.PER_ADDRESS.split()[0]} in {rate_limits.WAIT_MINUTES} minutes",
        f"{rate_limits.LETTERS_PER_PERSON.split()[0]} in {rate_limits.WAIT_MINUTES} minutes",
        f"{rate_limits.FILES_PER_PERSON.split()[0]} in {rate_limits.WAIT_MINUTES} minutes",
        f"{config['MAX_CONTENT_LENGTH'] >> 20} MiB, {config['MAX_FORM_PARTS']:,} parts",
        f"{config['MAX_FORM_MEMORY_SIZE'] >> 20} MiB of text",
        f"{yaml_text.MAX_BYTES >> 20} MiB, {yaml_source.MAX_DEPTH} levels",
        f"{yaml_source.MAX_NODES:,} parts, no aliases",
        f"{framework_catalogue.MOST_UPLOADS} per mentor, "
        f"{framework_catalogue.MOST_UPLOADED_BYTES >> 20} MiB together",
        f"{launch.MOST_INVITED_A_DAY:,} a day per mentor, {rater_list.MAX_RATERS:,} a round",
        f"{refusals.MAX_BYTES >> 20} MiB, {limesurvey.MAX_MARKUP:,} marks and "
        f"{limesurvey.MAX_DEPTH} levels of XML, {tables.MAX_ROWS:,} rows",
        f"{rater_list.MAX_UPLOAD_BYTES >> 20} MiB, "
        f"{workbooks.MAX_UNPACKED_BYTES // 1_000_000} MB unpacked, "
        f"{rater_list_table.MAX_ROWS:,} rows, {workbooks.MAX_COLUMNS} columns, "
        f"{workbooks.MAX_MARKUP:,} marks",
    ):
        assert amount in said, amount
