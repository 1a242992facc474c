"""How long a reader waits for the report: as a page, a PDF, a workbook, a CSV file.

The demo's change report (8 competencies, 5 groups, 2 rounds), asked for through the whole web
application on SQLite, without the network. "First" is the first request of a fresh process, which
starts the drawing engine and reads the fonts; the median is over twenty more.

    python benchmarks/report_rendering.py
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

FORMATS = {"Page": "", "PDF": ".pdf", "Excel workbook": ".xlsx", "CSV": ".csv"}
REPEATS = 20


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "INSTANCE_FOLDER": folder,
            "DATABASE_URL": f"sqlite:///{folder}/survey.db",
            "MAIL_SERVER": "",
        }
        survey = [sys.executable, "-m", "survey", "demo"]
        root = Path(__file__).parents[1]
        subprocess.run(survey, env=environment, cwd=root, check=True, stdout=subprocess.DEVNULL)
        print("| | first, s | median of 20, s | slowest of 20, s | size, KB |")
        print("| --- | --- | --- | --- | --- |")
        for name, ending in FORMATS.items():
            alone = [sys.executable, __file__, ending or "page"]
            run = subprocess.run(
                alone, env=environment, cwd=root, check=True, stdout=subprocess.PIPE, text=True
            )
            found = json.loads(run.stdout)
            first, *others = found["seconds"]
            print(
                f"| {name} | {first:.2f} | {statistics.median(others):.3f} | {max(others):.3f} | "
                f"{found['bytes'] / 1000:.0f} |"
            )


def measure(ending: str) -> None:
    """The seconds of each request in this process, as JSON."""
    from config import load_config
    from survey.demo.fill import fill_demo
    from survey.storage.models import Person
    from survey.web.app import create_app
    from survey.web.current import SERVICE_EXTENSION

    app = create_app(load_config())
    app.config["WTF_CSRF_ENABLED"] = False
    service = app.extensions[SERVICE_EXTENSION]
    summary = fill_demo(service, service.now())
    with service.database.writing() as session:
        mentee = session.get_one(Person, summary.mentee_id)
        link = service.sign_in_links.create(session, mentee, service.now())
        token = service.sign_in_links.token(link)
    client = app.test_client()
    client.post(f"/sign-in/{token}")
    path = f"/reports/{summary.change_report_id}{'' if ending == 'page' else ending}"
    seconds, size = [], 0
    for _ in range(1 + REPEATS):
        start = time.perf_counter()
        answer = client.get(path)
        size = len(answer.data)
        seconds.append(time.perf_counter() - start)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status}")
    print(json.dumps({"seconds": seconds, "bytes": size}))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        main()
