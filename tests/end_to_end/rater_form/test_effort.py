"""Thirty statements and two comments take no more than the documents say."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, BrowserContext

from benchmarks.load.form_effort import Effort, by_keyboard, by_touch, weigh
from benchmarks.load.thirty_statements import open_round
from survey.service import Service
from tests.end_to_end.rater_form.pages import ballots

# docs/performance.md names these.
MOST_BYTES = 60_000
TAPS, TAPS_WITH_TWO_LEFT_OUT, MOST_KEYS = 34, 26, 41


def links(service: Service, languages: list[str]) -> list[str]:
    return [service.rater_url(token) for token in open_round(service, languages)]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_form_with_all_that_it_loads_weighs_less_than_60_kilobytes(
    context: BrowserContext, case_service: Service, language: str
) -> None:
    """Over the wire, as the server really sends it, with headers."""
    (link,) = links(case_service, [language])
    sizes = weigh(context, link)
    assert {"Document", "Script", "Stylesheet"} <= set(sizes)
    assert sizes["Document"] > 20_000, "this is not the form"
    assert sum(sizes.values()) < MOST_BYTES, sizes


def test_one_tap_a_statement_and_few_besides(browser: Browser, case_service: Service) -> None:
    everything, left_out = links(case_service, ["en", "en"])
    effort = by_touch(browser, everything, 30)
    # Thirty statements, two comments, review, send.
    assert effort.taps == TAPS
    # A screen shows between one and two statements; nothing has to be scrolled back.
    assert effort.swipes <= 30
    assert by_touch(browser, left_out, 30, not_observed=2).taps == TAPS_WITH_TWO_LEFT_OUT
    assert ballots(case_service) == 2


def test_one_key_a_statement_and_few_besides(browser: Browser, case_service: Service) -> None:
    (link,) = links(case_service, ["en"])
    effort = by_keyboard(browser, link, 30)
    assert effort == Effort(keys=effort.keys)
    assert 30 < effort.keys <= MOST_KEYS
    assert ballots(case_service) == 1
