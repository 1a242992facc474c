"""How much memory the running service takes, after pages of every kind. Run by hand.

    python benchmarks/memory.py [--rounds 20]

The demo's service under gunicorn with its own configuration. Raters' forms, the mentor's pages, the
report as page, PDF, workbook and CSV file and the programme view are asked for, so many times each;
then the memory of every process of the service is read. RSS counts what processes share in each of
them; PSS counts it once, divided among them. The process that draws ends by itself when it is idle.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import re
import sys
import tempfile
import time
import urllib.parse
import urllib.request
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
from survey.service import Service  # noqa: E402
from survey.storage.migrate import migrate  # noqa: E402
from survey.storage.models import Person  # noqa: E402


class Reader:
    """Somebody with a browser of their own."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}"
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> str:
        with self._opener.open(self._base + path, timeout=120) as answer:
            return str(answer.read().decode(errors="replace"))

    def sign_in(self, token: str) -> None:
        page = self.get(f"/sign-in/{token}")
        found = re.search(r'name="csrf_token"[^>]*?value="([^"]+)"', page)
        form = urllib.parse.urlencode({"csrf_token": found[1] if found else ""}).encode()
        self._opener.open(f"{self._base}/sign-in/{token}", form, timeout=120).close()


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
            time.sleep(75)
            show("75 s of rest", master)


def filled(service: Service) -> tuple[list[str], list[str], object]:
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
    rows += [(f"drawing, of web {n}", c) for n, w in enumerate(workers, 1) for c in children(w)]
    for what, process in [("gunicorn's master", master), *rows]:
        used = memory_mib(process)
        print(
            f"| {after} | {what} | {used['rss']:.0f} | {used['pss']:.0f} | {used['own']:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
