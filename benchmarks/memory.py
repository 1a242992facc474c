"""How much memory the running service takes, after pages of every kind. Run by hand.

    python benchmarks/memory.py [--rounds 20]

The demo's service under gunicorn with its own configuration. Raters' forms, the mentor's pages, the
report as page, PDF, workbook and CSV file and the programme view are asked for, so many times each;
the mentor closes a round that is compared with an earlier one, and the worker, at its deadline, the
next. The memory of every process of the service is read in between. RSS counts what processes share
in each of them; PSS counts it once, divided among them. The processes that draw and count end by
themselves when they are idle.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.cookiejar
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load.databases import Place  # noqa: E402
from benchmarks.load.machine import machine  # noqa: E402
from benchmarks.load.processes import children, gunicorn, memory_mib  # noqa: E402
from benchmarks.load.rounds import open_rounds  # noqa: E402
from config import load_config  # noqa: E402
from survey.accounts.people import add_programme_lead  # noqa: E402
from survey.demo.fill import fill_demo  # noqa: E402
from survey.frameworks.rater_groups import STANDARD_GROUPS  # noqa: E402
from survey.rounds.draft import RoundDetails, create_draft  # noqa: E402
from survey.rounds.launch import launch_round  # noqa: E402
from survey.rounds.submit import submit_feedback  # noqa: E402
from survey.service import Service  # noqa: E402
from survey.storage.migrate import migrate  # noqa: E402
from survey.storage.models import Person, Round, RoundKind, RoundState  # noqa: E402

_SERVERS = {
    "survey.report.rendering.server": "drawing",
    "survey.rounds.counting.server": "counting",
}


class Reader:
    """Somebody with a browser of their own."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        with self._opener.open(self._base + path, timeout=120) as answer:
            return str(answer.read().decode(errors="replace"))

    def send(self, page: str, path: str, **fields: str) -> None:
        """Send a form with the token of a page."""
        found = re.search(r'name="csrf_token"[^>]*?value="([^"]+)"', self.get(page))
        fields["csrf_token"] = found[1] if found else ""
        form = urllib.parse.urlencode(fields).encode()
        self._opener.open(self._base + path, form, timeout=120).close()

    def sign_in(self, token: str) -> None:
        self.send(f"/sign-in/{token}", f"/sign-in/{token}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    asked = parser.parse_args()
    print(machine(), "\n")
    print("| after | process | RSS, MiB | PSS, MiB | of its own, MiB |")
    print("| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="survey-memory-") as name:
        folder = Path(name)
        place = Place(folder, f"sqlite:///{folder / 'survey.db'}", None)
        (folder / "instance").mkdir()
        service = Service(load_config(place.environment))
        migrate(service.database)
        tokens, links, report = filled(service)
        after = compared_round(service, report, days_ago=0)
        service.database.dispose()
        with gunicorn("wsgi:app", place.environment, ready="/anonymity") as (port, master):
            show("the start", master)
            for link in links:
                Reader(port).get(f"/r/{link}")
            show("raters' forms", master)
            mentor, lead = Reader(port), Reader(port)
            mentor.sign_in(tokens[0])
            lead.sign_in(tokens[1])
            for _ in range(asked.rounds):
                pages = {"/", *own_pages(mentor.get("/"))}
                for page in sorted(pages):
                    mentor.get(page)
                lead.get("/programme")
            show("mentor's pages, programme", master)
            for _ in range(asked.rounds):
                for ending in ("", ".pdf", ".xlsx", ".csv"):
                    mentor.get(f"/reports/{report}{ending}")
            show("report, PDF, workbook", master)
            mentor.send(f"/rounds/{after}", f"/rounds/{after}/close", sure="yes")
            expect_closed(service, after)
            show("the mentor's close", master)
            time.sleep(75)
            show("75 s of rest", master)
        overdue = compared_round(service, after, days_ago=40)
        with worker(place.environment) as process:
            time.sleep(10)
            expect_closed(service, overdue)
            show_one("the worker's close", "worker", process)
            for child in children(process):
                show_one("the worker's close", f"{job(child)}, of the worker", child)
            time.sleep(75)
            show_one("75 s of rest", "worker", process)
        service.database.dispose()


def compared_round(service: Service, earlier_id: uuid.UUID, *, days_ago: int) -> uuid.UUID:
    """A round as the earlier one, launched so many days ago for two weeks, answered by all."""
    launched = service.now() - dt.timedelta(days=days_ago)
    with service.database.writing() as session:
        earlier = session.get_one(Round, earlier_id)
        details = RoundDetails(
            kind=RoundKind.AFTER,
            framework_id=earlier.framework_id,
            groups=STANDARD_GROUPS,
            deadline=launched.date() + dt.timedelta(days=14),
            goal=earlier.goal,
            compared_with=earlier,
        )
        mentorship = earlier.mentorship
        draft = create_draft(session, mentorship, details, launched.date())
        framework = service.catalogue.get(session, mentorship.mentor, earlier.framework_id)
        launch_round(
            session,
            draft,
            framework,
            links=service.rater_links,
            master_key=service.master_key,
            now=launched,
        )
        items = [item.id for asked in framework.competencies for item in asked.indicators]
        for rater, invitation in enumerate(draft.invitations):
            submit_feedback(
                session,
                service.rater_links,
                service.rater_links.token(invitation),
                {f"r-{item}": str(2 + (rater + n) % 3) for n, item in enumerate(items)},
                launched.date(),
            )
        return draft.id


def expect_closed(service: Service, round_id: uuid.UUID) -> None:
    with service.database.reading() as session:
        if session.get_one(Round, round_id).state is RoundState.OPEN:
            raise SystemExit("the round was not closed")


@contextmanager
def worker(environment: Mapping[str, str]) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, "-m", "survey", "worker"],
        cwd=ROOT,
        env={**os.environ, **environment, "LOG_LEVEL": "error"},
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)


def filled(service: Service) -> tuple[list[str], list[str], uuid.UUID]:
    """The demo's case: ways to sign in as mentor and programme lead, raters' links, a report."""
    summary = fill_demo(service, service.now())
    tokens = []
    with service.database.writing() as session:
        lead = add_programme_lead(session, "Lena Lead", "lead@example.org")
        for person in (session.get_one(Person, summary.mentor_id), lead):
            link = service.sign_in_links.create(session, person, service.now())
            tokens.append(service.sign_in_links.token(link))
    return tokens, open_rounds(service, 1, 40), summary.change_report_id


def own_pages(home: str) -> set[str]:
    """Where the home page leads to, within the service and without downloads."""
    found = set(re.findall(r'href="(/(?:mentees|rounds|frameworks|reflective-log)[^"?#]*)"', home))
    return {path for path in found if "." not in path}


def show(after: str, master: int) -> None:
    workers = children(master)
    rows = [(f"web {number}", process) for number, process in enumerate(workers, 1)]
    rows += [(f"{job(c)}, of web {n}", c) for n, w in enumerate(workers, 1) for c in children(w)]
    for what, process in [("gunicorn's master", master), *rows]:
        show_one(after, what, process)


def job(process: int) -> str:
    """What a process of its own is there for."""
    arguments = Path(f"/proc/{process}/cmdline").read_text().split("\0")
    return next((name for module, name in _SERVERS.items() if module in arguments), "ended")


def show_one(after: str, what: str, process: int) -> None:
    try:
        used = memory_mib(process)
    except (OSError, KeyError):
        # It has ended, and nobody has asked for it since.
        return
    print(
        f"| {after} | {what} | {used['rss']:.0f} | {used['pss']:.0f} | {used['own']:.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
