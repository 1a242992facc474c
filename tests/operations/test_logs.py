"""Logs for people and for programs: in one piece each, and without links."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from survey.operations.logs import configure_logging

TOKEN = "IjRkNTQyMjc3MmMyMDRkN2JhNzBl.fhcSjxTfUyGdxqXIdK9H3ipoEN8"
_LOG = logging.getLogger("survey.test_of_logs")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    """The root logger as it was, once the test is over."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level


def fail(text: str) -> None:
    try:
        raise ValueError(f'no "such" page: /r/{TOKEN}\nin line 2 \\')
    except ValueError:
        _LOG.exception(text, extra={"request": f"/r/{TOKEN}"})


@pytest.mark.parametrize("form", ["text", "json"])
def test_links_are_taken_out_of_message_traceback_and_extras(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(form, "info")
    fail(f'Error at "/r/{TOKEN}"\nand /sign-in/{TOKEN}\\')
    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert "[link]" in printed
    assert TOKEN not in printed
    assert TOKEN[:28] not in printed


def test_an_entry_for_programs_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "info")
    fail(f'Error at "/r/{TOKEN}"\nand more: ü')
    (line,) = capsys.readouterr().err.splitlines()
    entry = json.loads(line)
    assert set(entry) == {"time", "level", "logger", "process", "message", "traceback"}
    assert (entry["level"], entry["logger"]) == ("error", "survey.test_of_logs")
    assert entry["message"] == 'Error at "/r/[link]"\nand more: ü'
    assert entry["traceback"].endswith("in line 2 \\")


def test_the_level_is_kept_and_the_newest_call_counts(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        configure_logging("text", "warning")
    _LOG.info("unheard")
    _LOG.warning("heard")
    printed = capsys.readouterr().err
    assert printed.count("heard") == 1
    assert "WARNING in survey.test_of_logs: heard" in printed
