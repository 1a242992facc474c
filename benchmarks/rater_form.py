"""What the rater's form asks of a rater, in a real browser. Run by hand.

    python benchmarks/rater_form.py

Thirty statements and two comments on the running service: taps and swipes on a phone, keys without
a mouse, bytes over the wire in English and Arabic, and seconds on a slow connection.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from benchmarks.load.databases import database  # noqa: E402
from benchmarks.load.form_effort import by_keyboard, by_touch, usable_after, weigh  # noqa: E402
from benchmarks.load.machine import machine  # noqa: E402
from benchmarks.load.processes import gunicorn  # noqa: E402
from benchmarks.load.rounds import prepare  # noqa: E402
from benchmarks.load.thirty_statements import open_round  # noqa: E402

STATEMENTS = 30
_TIMES = 5


def main() -> None:
    """Print everything as tables."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("name a Chromium in the environment: CHROMIUM=/path/to/chrome")
    print(machine())
    with database("sqlite") as place:
        tokens = open_round(prepare(place), ["en", "en", "en", "en", "ar"])
        with (
            gunicorn("wsgi:app", place.environment, ready="/anonymity") as (port, _),
            sync_playwright() as playwright,
        ):
            links = [f"http://127.0.0.1:{port}/r/{token}" for token in tokens]
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            for language, link in (("English", links[0]), ("Arabic", links[4])):
                context = browser.new_context()
                sizes = weigh(context, link)
                context.close()
                listed = ", ".join(f"{kind} {size:,}" for kind, size in sorted(sizes.items()))
                print(f"{language}: {sum(sizes.values()):,} bytes ({listed})")
                times = []
                for _ in range(_TIMES):
                    context = browser.new_context()
                    times.append(usable_after(context, link))
                    context.close()
                read, works = (sorted(values)[_TIMES // 2] for values in zip(*times, strict=True))
                print(
                    f"{language}, slow 3G: text after {read:.1f} s, all works after {works:.1f} s"
                )
            print("by touch:", by_touch(browser, links[1], STATEMENTS))
            print(
                "by touch, two left out:", by_touch(browser, links[2], STATEMENTS, not_observed=2)
            )
            print("by keyboard:", by_keyboard(browser, links[3], STATEMENTS))
            browser.close()


if __name__ == "__main__":
    main()
