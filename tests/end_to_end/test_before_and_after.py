"""The main job, as its users do it.

A mentor launches a before and an after round in a real browser, the letters arrive at a real SMTP
server, every rater answers through the link taken out of the received letter, and the mentee
reads a change report whose means an independent computation confirms.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import yaml
from playwright.sync_api import Browser, Page, expect

from tests.support.live_service import ROOT, LiveService
from tests.support.mail_server import MailServer, link_in
from tests.support.pages import Visitor

MENTOR = "helena.brandt@example.org"
MENTEE = "samira.okafor@example.org"
RATERS = {
    "Manager": ["manager@example.org"],
    "Peers": [f"peer{n}@example.org" for n in range(1, 6)],
    "Direct reports": [f"report{n}@example.org" for n in range(1, 5)],
    "Customers": [f"customer{n}@example.org" for n in range(1, 7)],
}
EVERYBODY = {"Self": [MENTEE], **RATERS}
PHONE = {"width": 390, "height": 844}

# competency id -> indicator ids, read from the file itself and not through the service
FRAMEWORK = yaml.safe_load((ROOT / "competency_frameworks" / "leadership.yaml").read_text())
INDICATORS = {
    competency["id"]: [indicator["id"] for indicator in competency["indicators"]]
    for competency in FRAMEWORK["competencies"]
}

Answers = dict[str, dict[str, int | None]]  # address -> indicator id -> rating


def test_before_and_after_round(
    live_service: LiveService, mail_server: MailServer, browser: Browser
) -> None:
    live_service.run("mentor", "add", "Helena Brandt", MENTOR)
    mentor = visitor(browser, live_service, mail_server)
    mentor.sign_in(MENTOR)
    add_mentee_and_goal(mentor)

    launch_before_round(mentor)
    before = answer_all(browser, live_service, mail_server, seed=1, drift=0)
    close_and_release(mentor)

    launch_after_round(mentor)
    after = answer_all(browser, live_service, mail_server, seed=2, drift=1)
    close_and_release(mentor)

    mail_server.wait_for(MENTEE, "/reports/", count=2)
    mentee = visitor(browser, live_service, mail_server)
    mentee.sign_in(MENTEE)
    mentee.page.get_by_role("link", name="Read the report").last.click()
    mentee.page.get_by_role("heading", name="What changed").first.wait_for()
    check_report(mentee.page, before, after)


def visitor(
    browser: Browser,
    live: LiveService,
    mail: MailServer,
    viewport: Mapping[str, int] | None = None,
) -> Visitor:
    page = browser.new_context(viewport=viewport or {"width": 1280, "height": 900}).new_page()  # type: ignore[arg-type]
    return Visitor(page, live.base_url, mail)


def add_mentee_and_goal(mentor: Visitor) -> None:
    page = mentor.page
    mentor.click("Add a mentee")
    page.get_by_label("Name").fill("Samira Okafor")
    page.get_by_label("E-mail address").fill(MENTEE)
    mentor.click("Add mentee")
    mentor.click("Write the goal")
    page.locator("#statement").fill("Lead cross-team projects with confidence")
    page.locator("summary", has_text="Leadership").click()
    for competency in list(INDICATORS)[:2]:
        page.locator(f'input[value="leadership/{competency}"]').check()
    mentor.click("Save the goal")
    page.get_by_text("The goal is saved").wait_for()


def launch_before_round(mentor: Visitor) -> None:
    page = mentor.page
    mentor.click("Start a round")
    mentor.click("Next: raters")
    lines = [
        f"{address.split('@')[0]}\t{address}\t{group}"
        for group, addresses in RATERS.items()
        for address in addresses
    ]
    page.locator("#pasted").fill("\n".join(lines))
    mentor.click("Add raters")
    page.get_by_text("Added 16 raters.").wait_for()
    mentor.click("Next: preview and launch")
    mentor.click("Launch and send the invitations")
    page.get_by_text("The round is open.").wait_for()


def launch_after_round(mentor: Visitor) -> None:
    """The after round proposes framework and raters of the before round by itself."""
    page = mentor.page
    page.get_by_role("link", name="Samira Okafor", exact=True).first.click()
    mentor.click("Start a round")
    expect(page.locator("#compared_with")).not_to_have_value("")
    mentor.click("Next: raters")
    mentor.click("Next: preview and launch")
    mentor.click("Launch and send the invitations")
    page.get_by_text("The round is open.").wait_for()


def close_and_release(mentor: Visitor) -> None:
    page = mentor.page
    page.reload()
    mentor.click("Close the round")
    page.get_by_text("The round is closed").wait_for()
    mentor.click("Release to Samira")
    page.get_by_text("The report is released.").wait_for()


def answer_all(
    browser: Browser, live: LiveService, mail: MailServer, *, seed: int, drift: int
) -> Answers:
    """Every rater answers on a phone; some items are not observed, some are skipped."""
    draw = random.Random(seed)
    answers: Answers = {}
    for addresses in EVERYBODY.values():
        for address in addresses:
            letter = mail.wait_for(address, "/r/", count=seed)
            given: dict[str, int | None] = {}
            fields: dict[str, str] = {}
            for indicators in INDICATORS.values():
                for indicator in indicators:
                    kind = draw.random()
                    if kind < 0.05:
                        continue
                    if kind < 0.12:
                        given[indicator] = None
                        fields[f"r-{indicator}"] = "none"
                    else:
                        given[indicator] = min(5, draw.randint(1, 4) + drift)
                        fields[f"r-{indicator}"] = str(given[indicator])
            rater = visitor(browser, live, mail, PHONE)
            rater.answer(link_in(letter, "/r/"), fields, {"c-start": f"A comment in round {seed}."})
            rater.page.context.close()
            answers[address] = given
    return answers


def check_report(page: Page, before: Answers, after: Answers) -> None:
    """Each group's mean and change per competency, as printed, against exact fractions."""
    checked = 0
    for competency, indicators in INDICATORS.items():
        table = page.locator(f'section[id="{competency}"] table').first
        printed = {
            row.locator("th").inner_text().strip(): [
                cell.inner_text().strip() for cell in row.locator("td").all()
            ]
            for row in table.locator("tbody tr").all()
        }
        for group, addresses in EVERYBODY.items():
            least = 1 if group in ("Self", "Manager") else 3
            then = group_mean(before, addresses, indicators, least)
            now = group_mean(after, addresses, indicators, least)
            expected = [printed_mean(then), printed_mean(now)]
            expected.append(signed(now[0] - then[0]) if then and now else "–")
            assert [" ".join(cell.split()) for cell in printed[group][:3]] == expected, group
            checked += 1
    assert checked == len(EVERYBODY) * len(INDICATORS)
    check_first_page(page, before, after)
    texts = page.locator("main").inner_text()
    assert "Lead cross-team projects with confidence" in texts
    assert "A comment in round 2." in texts
    assert "A comment in round 1." not in texts


def check_first_page(page: Page, before: Answers, after: Answers) -> None:
    """Change and verdict of every competency against a permutation test of our own."""
    table = page.locator("section[aria-labelledby=overview] table.figures")
    printed = {
        row.locator("th a").get_attribute("href"): [
            cell.inner_text().strip() for cell in row.locator("td").all()
        ]
        for row in table.locator("tbody tr").all()
    }
    groups = [addresses for group, addresses in EVERYBODY.items() if group != "Self"]
    p_values: dict[str, float] = {}
    large: dict[str, bool] = {}
    for competency, indicators in INDICATORS.items():
        samples = [
            (scores_of(before, addresses, indicators), scores_of(after, addresses, indicators))
            for addresses in groups
        ]
        samples = [
            (then, now)
            for then, now in samples
            if min(len(then), len(now)) >= (1 if len(then) == 1 else 3)
        ]
        change = sum(
            (sum(now) / len(now) - sum(then) / len(then) for then, now in samples), Fraction(0)
        ) / len(samples)
        assert printed[f"#{competency}"][2] == signed(change)
        p_values[competency] = permutation_p(samples, float(change))
        large[competency] = abs(change) >= Fraction(1, 5)
    # Holm by its definition: the smallest p times how many there are, and so on.
    ranked = sorted(p_values, key=p_values.__getitem__)
    adjusted, largest = {}, 0.0
    for place, competency in enumerate(ranked):
        largest = max(largest, p_values[competency] * (len(ranked) - place))
        adjusted[competency] = min(1.0, largest)
    for competency, p in adjusted.items():
        verdict = printed[f"#{competency}"][4]
        if not 0.04 < p < 0.06:  # drawn at random, too close to call
            assert verdict.startswith("Clear") == (p <= 0.05 and large[competency]), (competency, p)
        if not 0.04 < p_values[competency] < 0.06:
            settled = p_values[competency] <= 0.05 and large[competency]
            assert (verdict != "No clear change") == settled, (competency, p_values[competency])


def scores_of(answers: Answers, addresses: list[str], indicators: list[str]) -> list[Fraction]:
    """Each rater's mean, of those who rated at least half."""
    given = ([r for i in indicators if (r := answers[a].get(i)) is not None] for a in addresses)
    return [Fraction(sum(r), len(r)) for r in given if 2 * len(r) >= len(indicators)]


def permutation_p(samples: list[tuple[list[Fraction], list[Fraction]]], change: float) -> float:
    """Two-sided p: twice the smaller tail, before and after dealt out anew within each group."""
    dealer = np.random.default_rng(1)
    draws = np.zeros(20_000)
    for then, now in samples:
        pooled = np.array([float(score) for score in (*then, *now)])
        dealt = dealer.permuted(np.tile(pooled, (len(draws), 1)), axis=1)
        draws += dealt[:, len(then) :].mean(axis=1) - dealt[:, : len(then)].mean(axis=1)
    draws /= len(samples)
    upper, lower = np.mean(draws >= change - 1e-9), np.mean(draws <= change + 1e-9)
    return float(min(1.0, 2 * min(upper, lower)))


def group_mean(
    answers: Answers, addresses: list[str], indicators: list[str], least: int
) -> tuple[Fraction, int] | None:
    """The mean over raters of each rater's mean, if at least half the indicators are rated.

    None when fewer raters than `least` have one: then the report must not show it.
    """
    scores = []
    for address in addresses:
        rated = [r for i in indicators if (r := answers[address].get(i)) is not None]
        if 2 * len(rated) >= len(indicators):
            scores.append(Fraction(sum(rated), len(rated)))
    if len(scores) < least:
        return None
    return sum(scores, Fraction(0)) / len(scores), len(scores)


def printed_mean(figure: tuple[Fraction, int] | None) -> str:
    return "–" if figure is None else f"{rounded(figure[0])} ({figure[1]})"


def signed(change: Fraction) -> str:
    """With sign and one decimal; zero has no sign."""
    text = rounded(abs(change))
    if text == "0.0":
        return text
    return ("+" if change > 0 else "−") + text


def rounded(value: Fraction) -> str:
    """One decimal, halves up, in whole numbers alone."""
    tenths = (20 * value.numerator + value.denominator) // (2 * value.denominator)
    return f"{tenths // 10}.{tenths % 10}"
