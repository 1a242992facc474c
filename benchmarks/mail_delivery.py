"""How many letters workers hand over in a second. Run by hand.

    python benchmarks/mail_delivery.py [--databases sqlite postgresql] [--letters 1000]
        [--workers 1 2]

A round is launched; then so many workers, each a process of its own as it runs in earnest, empty
the outbox into an SMTP server on loopback, which takes every letter at once. It runs in a process
of its own on the same machine. What is measured is from the first letter to the last that it
accepted; with a real server, letters take as long as that server wants.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.load.databases import KINDS, NAMES, Place, database  # noqa: E402
from benchmarks.load.machine import machine  # noqa: E402
from benchmarks.load.processes import free_port  # noqa: E402
from benchmarks.load.rounds import draft_round, framework, launch, prepare  # noqa: E402


class Clock:
    """Accepts every letter and notes when."""

    def __init__(self) -> None:
        self.accepted: list[float] = []

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, _envelope: Envelope
    ) -> str:
        self.accepted.append(time.monotonic())
        return "250 Accepted"


def serve(port: int, asked: Connection) -> None:
    """Listen until asked for the times of all letters; then give them and end."""
    clock = Clock()
    controller = Controller(clock, hostname="127.0.0.1", port=port)
    controller.start()
    while (wish := asked.recv()) == "count":
        asked.send(len(clock.accepted))
    asked.send(clock.accepted if wish == "times" else [])
    controller.stop()


def measure(place: Place, letters: int, workers: int) -> float:
    """Letters per second."""
    service = prepare(place)
    with service.database.writing() as session:
        draft = draft_round(session, service, letters - 1)  # and the mentee
        launch(session, service, draft, framework())
    service.database.dispose()
    port = free_port()
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(port, there))
    server.start()
    environment = os.environ | place.environment | {"MAIL_PORT": str(port)}
    running = [
        subprocess.Popen([sys.executable, "-m", "survey", "worker"], cwd=ROOT, env=environment)
        for _ in range(workers)
    ]
    try:
        while True:
            here.send("count")
            if here.recv() >= letters:
                break
            time.sleep(0.2)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait()
        here.send("times")
        times = sorted(here.recv())
        server.join()
    return (len(times) - 1) / (times[-1] - times[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--letters", type=int, default=1000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    print(machine(), "\n")
    print("| database | workers | letters | letters/s |")
    print("| --- | --- | --- | --- |")
    for kind in asked.databases:
        for workers in asked.workers:
            with database(kind) as place:
                rate = measure(place, asked.letters, workers)
                print(f"| {NAMES[kind]} | {workers} | {asked.letters:,} | {rate:.0f} |", flush=True)


if __name__ == "__main__":
    main()
