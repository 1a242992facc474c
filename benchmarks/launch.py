"""How long it takes to invite and to launch a round with very many raters. Run by hand.

    python benchmarks/launch.py [--databases sqlite postgresql] [--raters 100 1000 10000]

"Invite" puts the raters on a draft (addresses are checked and compared); "launch" freezes the
questionnaire, makes links and puts a letter to each rater into the outbox, in one transaction.
Median of `--repeats` rounds, each about another mentee, in one process.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.load.databases import KINDS, NAMES, database
from benchmarks.load.machine import machine
from benchmarks.load.rounds import draft_round, framework, launch, prepare
from survey.storage.models import Round


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--raters", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    print(machine(), "\n")
    print("| database | raters | invite, s | launch, s | launch, CPU s | peak memory, MiB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind in asked.databases:
        with database(kind) as place:
            service = prepare(place)
            for raters in asked.raters:
                invite, opened, cpu = [], [], []
                for _ in range(asked.repeats):
                    started = time.perf_counter()
                    with service.database.writing() as session:
                        round_id = draft_round(session, service, raters).id
                    invited = time.perf_counter()
                    spent = time.process_time()
                    with service.database.writing() as session:
                        launch(session, service, session.get_one(Round, round_id), framework())
                    opened.append(time.perf_counter() - invited)
                    cpu.append(time.process_time() - spent)
                    invite.append(invited - started)
                seconds = " | ".join(f"{statistics.median(t):.2f}" for t in (invite, opened, cpu))
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(f"| {NAMES[kind]} | {raters:,} | {seconds} | {peak:.0f} |", flush=True)
            service.database.dispose()


if __name__ == "__main__":
    main()
