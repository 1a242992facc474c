"""Closing a round, or opening every page, in a fresh interpreter: which libraries does it load?

    python -m tests.rounds.closing_doors web|worker|command|pages [ROUND-ID]

The settings come from the environment. Prints, as JSON, the modules of SciPy that were loaded, and
which kinds of pages were opened.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import sys

from survey.accounts.people import add_programme_lead
from survey.cli import cli
from survey.demo.fill import fill_demo
from survey.storage.models import Person
from tests.programme.outcomes import Outcome, programme, rise, unclear
from tests.support.cases import NOW
from tests.support.web import Surfer, make_app, service_of, signed_in, worker_of

LEAD = "lena.lead@example.org"


def main() -> None:
    door, *round_id = sys.argv[1:]
    opened: set[str] = set()
    if door == "command":
        cli(["round", "close", *round_id], standalone_mode=False)
    elif door == "worker":
        app = make_app(os.environ)
        service_of(app).clock = NOW + dt.timedelta(days=60)
        worker_of(app).close_overdue_rounds()
    elif door == "web":
        mentor = signed_in(make_app(os.environ), "max.mentor@example.org")
        mentor.get(f"/rounds/{round_id[0]}")
        mentor.post(f"/rounds/{round_id[0]}/close", {"sure": "yes"})
    else:
        opened = every_page()
    loaded = sorted(name for name in sys.modules if name.partition(".")[0] == "scipy")
    print(json.dumps({"loaded": loaded, "opened": sorted(opened)}))


def every_page() -> set[str]:
    """The demo's pages and files as mentor and mentee, and a programme as its lead."""
    app = make_app(os.environ)
    service = service_of(app)
    demo = fill_demo(service, service.now())
    changes = (-0.3, 0.1, 0.3, 0.6, 0.9)
    verdicts = [rise(d) if d > 0.5 else unclear(d) for d in changes]
    programme(service, [Outcome({"giving-direction": verdict}) for verdict in verdicts])
    with service.database.writing() as session:
        add_programme_lead(session, "Lena Lead", LEAD)
        people = [session.get_one(Person, id_).email for id_ in (demo.mentor_id, demo.mentee_id)]
    return set().union(*(walked(signed_in(app, email)) for email in (*people, LEAD)))


def walked(surfer: Surfer) -> set[str]:
    """The kinds of pages that links lead to, from the first page on."""
    waiting, opened = ["/"], set[str]()
    while waiting:
        path = re.sub(r"[?#].*", "", waiting.pop())
        kind = re.sub(r"[0-9a-f-]{36}", "<id>", path)
        if kind in opened:
            continue
        opened.add(kind)
        answer = surfer.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, path
        if answer.mimetype == "text/html":
            waiting += re.findall(r'href="(/[^"/][^"]*)"', answer.text)
    return opened


if __name__ == "__main__":
    main()
