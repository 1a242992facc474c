"""A small client for the API, of the standard library alone, and a round driven with it.

    export MENTORING_URL=https://feedback.example.org
    export MENTORING_TOKEN=mfs_…      # made on your account's page
    python examples/api_client.py start --mentee "Mia Mentee <mia@example.org>" \
        --goal "Lead cross-team projects with confidence" --raters raters.csv --deadline 2026-12-15
    python examples/api_client.py status ROUND
    python examples/api_client.py finish ROUND --release

The token needs mentees:read, mentees:write, goals:write, rounds:read, rounds:write and
reports:read. `raters.csv` has the columns name, email and group (Manager, Peers, Direct reports,
Customers). `finish` closes the round unless its last day has, prints what its report says, and
with `--release` lets the mentee read it.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any

# Times to ask again where the service is away or the same request is still being worked on.
_TRIES = 4


class ApiError(Exception):
    """The service refused a request; `problem` is what it said (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        """Put the places to put right below what was said."""
        places = [
            f"  {error.get('pointer') or error.get('parameter') or '-'}: {error['detail']}"
            for error in problem.get("errors", [])
        ]
        said = f"{status} {problem.get('title', '')}: {problem.get('detail', '')}"
        super().__init__("\n".join([said, *places]))
        self.status = status
        self.problem = problem


@dataclass(frozen=True)
class Mentee:
    """Somebody whom you mentor. The id is that of your mentorship."""

    id: str
    name: str
    email: str


@dataclass(frozen=True)
class Rater:
    """Somebody to ask."""

    name: str
    email: str
    group: str


@dataclass(frozen=True)
class Progress:
    """How far a group is. `answered` and `declined` are counted at the close."""

    key: str
    invited: int
    withdrawn: int
    done: int
    answered: int | None
    declined: int | None


@dataclass(frozen=True)
class Round:
    """A round, with how far it is."""

    id: str
    state: str
    deadline: str
    progress: tuple[Progress, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What a report says first, and all of its figures as they came."""

    headline: str
    story: tuple[str, ...]
    document: Mapping[str, Any]


class Client:
    """Asks the API in the name of the token's owner."""

    def __init__(self, base_url: str, token: str, timeout: float = 60) -> None:
        """For a service such as https://feedback.example.org."""
        if not base_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError("MENTORING_URL: a token goes to https:// addresses alone")
        self._root = base_url.rstrip("/")
        self._token = token
        self._timeout = timeout

    def mentees(self) -> Iterator[Mentee]:
        """All your mentees, by name."""
        return (_mentee(item) for item in self._all("/api/v1/mentees?limit=100"))

    def take_on(self, name: str, email: str) -> Mentee:
        """Take on a mentee."""
        return _mentee(self._post("/api/v1/mentees", {"name": name, "email": email}))

    def write_goal(self, mentee: Mentee, statement: str) -> str:
        """Write a goal; returns its id."""
        made = self._post(f"/api/v1/mentees/{mentee.id}/goals", {"statement": statement})
        return str(made["id"])

    def draft_round(self, mentee: Mentee, details: Mapping[str, Any]) -> Round:
        """Draft a round: `framework_id`, `deadline` and what else the API's page names."""
        return _round(self._post(f"/api/v1/mentees/{mentee.id}/rounds", details))

    def round(self, round_id: str) -> Round:
        """Read a round."""
        return _round(self._ask("GET", f"/api/v1/rounds/{round_id}"))

    def add_raters(self, round_id: str, raters: Sequence[Rater]) -> Round:
        """Add raters: all of them, or none where anything is wrong with any."""
        sent = [{"name": r.name, "email": r.email, "group": r.group} for r in raters]
        return _round(self._post(f"/api/v1/rounds/{round_id}/raters", {"raters": sent}))

    def discard(self, round_id: str) -> None:
        """Delete a draft with its raters."""
        self._ask("DELETE", f"/api/v1/rounds/{round_id}")

    def launch(self, round_id: str) -> Round:
        """Open the round and send the invitations."""
        return self._step(round_id, "launch")

    def remind(self, round_id: str) -> Round:
        """Remind everybody who is not done."""
        return self._step(round_id, "remind")

    def close(self, round_id: str) -> Round:
        """Close the round: its answers are counted."""
        return self._step(round_id, "close")

    def release(self, round_id: str) -> Round:
        """Let the mentee read the report."""
        return self._step(round_id, "release")

    def report(self, round_id: str) -> Report:
        """The report of a closed round."""
        document = self._ask("GET", f"/api/v1/rounds/{round_id}/report")
        return Report(document["headline"], tuple(document["story"]), document)

    def _step(self, round_id: str, step: str) -> Round:
        return _round(self._post(f"/api/v1/rounds/{round_id}/{step}", None))

    def _all(self, path: str) -> Iterator[Mapping[str, Any]]:
        first = path
        while True:
            part = self._ask("GET", path)
            yield from part["items"]
            if part["next"] is None:
                return
            path = f"{first}&after={part['next']}"

    def _post(self, path: str, body: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """Send something to be done. Its key lets it be sent again and done once."""
        return self._ask("POST", path, body, {"Idempotency-Key": str(uuid.uuid4())})

    def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Mapping[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the address was checked
            self._root + path,
            None if body is None else json.dumps(body).encode(),
            {
                "Authorization": f"Bearer {self._token}",
                "Accept": "application/json",
                **({} if body is None else {"Content-Type": "application/json"}),
                **(headers or {}),
            },
            method=method,
        )
        for left in reversed(range(_TRIES)):
            try:
                with urllib.request.urlopen(request, timeout=self._timeout) as answer:  # noqa: S310
                    content = answer.read()
                    return json.loads(content) if content else {}
            except urllib.error.HTTPError as error:
                problem = _problem(error)
                if not left or not _passes(error.code, problem):
                    raise ApiError(error.code, problem) from error
                time.sleep(min(float(error.headers.get("Retry-After") or 1), 30))
            except urllib.error.URLError:
                if not left:
                    raise
                time.sleep(1)
        raise AssertionError("the last try returns or raises")


def _passes(status: int, problem: Mapping[str, Any]) -> bool:
    """Whether the same request may succeed in a moment."""
    return status == 503 or str(problem.get("type", "")).endswith("#still-in-progress")


def _problem(error: urllib.error.HTTPError) -> Mapping[str, Any]:
    try:
        found = json.loads(error.read())
    except ValueError:
        return {"title": error.reason}
    return found if isinstance(found, dict) else {}


def _mentee(shown: Mapping[str, Any]) -> Mentee:
    return Mentee(shown["id"], shown["name"], shown["email"])


def _round(shown: Mapping[str, Any]) -> Round:
    progress = tuple(Progress(**group) for group in shown["progress"] or ())
    return Round(shown["id"], shown["state"], shown["deadline"], progress, tuple(shown["warnings"]))


def read_raters(file: Path) -> list[Rater]:
    """Raters from a CSV file with the columns name, email and group."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return [Rater(row["name"], row["email"], row["group"]) for row in csv.DictReader(lines)]


def start(client: Client, options: argparse.Namespace) -> None:
    """Launch a round, and print its id. Where its raters are refused, no draft stays behind."""
    raters = read_raters(options.raters)
    name, email = parseaddr(options.mentee)
    known = {mentee.email.lower(): mentee for mentee in client.mentees()}
    mentee = known.get(email.lower()) or client.take_on(name, email)
    details = {"framework_id": options.framework, "deadline": options.deadline}
    if options.goal:
        details["goal_id"] = client.write_goal(mentee, options.goal)
    draft = client.draft_round(mentee, details)
    try:
        warnings = client.add_raters(draft.id, raters).warnings
    except ApiError:
        client.discard(draft.id)
        raise
    for warning in warnings:
        print(warning, file=sys.stderr)
    print(client.launch(draft.id).id)


def status(client: Client, options: argparse.Namespace) -> None:
    """Print how far a round is."""
    round_ = client.round(options.round)
    print(f"{round_.state}, until {round_.deadline}")
    for group in round_.progress:
        print(f"{group.key}: {group.done} of {group.invited} are done")


def finish(client: Client, options: argparse.Namespace) -> None:
    """Close a round, print what its report says, and release it if that is wanted."""
    round_ = client.round(options.round)
    if round_.state not in ("closed", "released"):
        round_ = client.close(options.round)
    report = client.report(options.round)
    print(report.headline, *report.story, sep="\n")
    if options.release and round_.state == "closed":
        client.release(options.round)
        print("The mentee can read the report now.")


def main() -> int:
    """Read the command line and do what it says."""
    parser = argparse.ArgumentParser(description="Drive a feedback round over the API.")
    commands = parser.add_subparsers(required=True)
    first = commands.add_parser("start", help="launch a round")
    first.add_argument("--mentee", required=True, help="Name <address>")
    first.add_argument("--raters", required=True, type=Path, help="CSV: name, email, group")
    first.add_argument("--deadline", required=True, help="such as 2026-12-15")
    first.add_argument("--framework", default="leadership")
    first.add_argument("--goal", default="")
    first.set_defaults(run=start)
    second = commands.add_parser("status", help="how far a round is")
    second.add_argument("round")
    second.set_defaults(run=status)
    third = commands.add_parser("finish", help="close a round and print its report")
    third.add_argument("round")
    third.add_argument("--release", action="store_true", help="let the mentee read it")
    third.set_defaults(run=finish)
    options = parser.parse_args()
    try:
        client = Client(os.environ["MENTORING_URL"], os.environ["MENTORING_TOKEN"])
        options.run(client, options)
    except KeyError as error:
        said = "set it in the environment, or name it in the file's first line"
        print(f"{error.args[0]}: {said}.", file=sys.stderr)
        return 2
    except (ApiError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
