"""A whole round at the live service, everything going wrong that can, and all that was logged."""

from __future__ import annotations

import datetime as dt
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from survey.storage.database import Database
from tests.anonymity.plain_browser import PlainBrowser
from tests.conftest import service_environment
from tests.support.live_service import LiveService
from tests.support.mail_server import MailServer, link_in

MENTOR, MENTEE = "helena.brandt@example.org", "samira.okafor@example.org"
PEERS = [f"peer{n}.{name}@raters.example" for n, name in enumerate(("ana", "boris", "chen", "dia"))]
REFUSED, POSTPONED = "refused.eve@raters.example", "postponed.finn@raters.example"
RATERS = [*PEERS, REFUSED, POSTPONED]
COMMENT = "Says openly what others only think, as {0} can tell"
ITEM = "answers-how-things-work"

# Python reads this module at the start of every process that has its folder on the path: each
# logger speaks at DEBUG, those of libraries too, unless something later tells it not to.
HOOK = """\
import logging, os
logging.basicConfig(level=logging.DEBUG, filename=os.environ["VERBOSE_LOG"])
for name in os.environ["VERBOSE_LOGGERS"].split():
    logging.getLogger(name).setLevel(logging.DEBUG)
"""
# What identifies or gives an answer away; a handle, a round's id or a number of groups does not.
_TOKEN = re.compile(r"/(?:r|sign-in)/([A-Za-z0-9_.-]+)")


@dataclass
class VerboseRun:
    """The service with logging turned up. `environment` adds settings, `loggers` names loggers."""

    database_url: str
    folder: Path
    mail: MailServer
    environment: dict[str, str] = field(default_factory=dict)
    loggers: str = "flask werkzeug survey"

    def __post_init__(self) -> None:
        hook = self.folder / "hook"
        hook.mkdir()
        (hook / "sitecustomize.py").write_text(HOOK)
        self._logged = self.folder / "verbose.log"
        self._settings = service_environment(self.database_url, self.folder)
        self.live = LiveService(
            self._settings
            | {
                "MAIL_SERVER": "127.0.0.1",
                "MAIL_PORT": str(self.mail.port),
                "PYTHONPATH": str(hook),
                "VERBOSE_LOG": str(self._logged),
                "VERBOSE_LOGGERS": self.loggers,
            }
            | self.environment,
            self.folder,
        )
        self.mail.refuse = REFUSED.__eq__
        self.mail.postpone = POSTPONED.__eq__
        self.tokens: set[str] = set()
        self.comments: list[str] = []
        # What a command printed that failed (what it prints when it succeeds is its purpose).
        self.printed = ""

    def logs(self) -> str:
        """All that the processes printed or logged, and all files of the instance folder."""
        files = [self.live.log_file, self._logged]
        files += [path for path in (self.folder / "instance").rglob("*") if path.is_file()]
        return self.printed + "\n".join(
            path.read_text(errors="replace") for path in files if path.exists()
        )

    def found_in_logs(self) -> dict[str, str]:
        """What must not be in the logs and is, with a piece of the line that holds it."""
        logs = self.logs()
        assert self.tokens
        secrets = {f"token {token[:12]}…": token for token in self.tokens}
        secrets |= {f"address {address}": address for address in RATERS}
        secrets |= {f"comment {n}": text for n, text in enumerate(self.comments)}
        secrets |= {name: self._settings[name] for name in ("SECRET_KEY", "MASTER_KEY")}
        found = {
            name: _around(logs, logs.index(secret))
            for name, secret in secrets.items()
            if secret in logs
        }
        rating = re.search(rf"{ITEM}['\"]?\s*[=:,]\s*['\"]?\d", logs)
        if rating:
            found["rating"] = _around(logs, rating.start())
        return found

    def whole_round(self) -> None:
        """Launch, answer in every right and wrong way, fail in the middle, close, release, read."""
        round_id, links = self.launch()
        for link in links[:3]:
            self.answer(link, COMMENT.format(link[-6:]))
        self.go_wrong(links[0], links[3])
        decliner = PlainBrowser(self.live.base_url)
        decliner.get(f"{links[3]}/decline")
        decliner.post(decliner.address)
        assert decliner.address.endswith("/declined")
        assert "Helena" in self.sign_in(MENTOR).get("/")
        with self.broken("comments"):
            self.printed += self.live.run("round", "close", round_id, succeeds=False)
            assert "Traceback" in self.printed
        self.live.run("round", "close", round_id)
        self.live.run("round", "release", round_id)
        self.mail.wait_for(MENTEE, "/reports/")
        page = self.sign_in(MENTEE).get(f"/reports/{round_id}")
        assert self.comments[0] in page
        assert self.comments[0] in self.live.run("round", "report", round_id)

    def few_steps(self) -> None:
        """The steps that show links, addresses and words: launch, one answer, signing in."""
        _, links = self.launch()
        self.answer(links[0], COMMENT.format(links[0][-6:]))
        assert "Helena" in self.sign_in(MENTOR).get("/")

    def launch(self) -> tuple[str, list[str]]:
        """A round from files; returns its id and the peers' links."""
        shown = self.live.run("mentor", "add", "Helena Brandt", MENTOR)
        self.tokens |= set(_TOKEN.findall(shown))
        description, raters = self.folder / "round.yaml", self.folder / "raters.csv"
        description.write_text(
            f"mentor: {MENTOR}\nmentee: {{name: Samira Okafor, email: {MENTEE}}}\n"
            f"framework: leadership\ndeadline: {_in_two_weeks()}\ngroups: [peers]\n"
        )
        raters.write_text("name,email,group\n" + "".join(f"R,{a},Peers\n" for a in RATERS))
        shown = self.live.run("round", "launch", str(description), str(raters))
        found = re.search(r"Launched round (\S+)", shown)
        assert found
        links = [link_in(self.mail.wait_for(address, "/r/"), "/r/") for address in PEERS]
        for link in links:
            self.tokens |= set(_TOKEN.findall(link))
        return found.group(1), links

    def answer(self, link: str, comment: str) -> None:
        """Open, form, review, send."""
        rater = PlainBrowser(self.live.base_url)
        assert ITEM in rater.get(link)
        form = rater.address
        fields = {f"r-{ITEM}": "4", "c-start": comment}
        self.comments.append(comment)
        rater.post(form, {**fields, "step": "review"})
        assert rater.status == 200
        with self.broken("sealed_ballots"):  # what fails in the middle is tried again
            rater.post(form, {**fields, "step": "submit"})
            assert rater.status == 500
        rater.get(form)
        rater.post(form, {**fields, "step": "submit"})
        assert rater.address.endswith("/thank-you")

    def go_wrong(self, used: str, unused: str) -> None:
        """Used, unknown and mangled links; wrong, empty, oversized and forged forms."""
        rater = PlainBrowser(self.live.base_url)
        for address in (
            used,
            unused[:-1],
            f"{unused}/nothing",
            f"{unused}?x=1",
            "/r/x",
            "/nowhere",
        ):
            rater.get(address)
        rater.post(unused)
        rater.get(unused)
        form = rater.address
        secret = COMMENT.format("a wrong form")
        self.comments.append(secret)
        for fields in (
            {},
            {f"r-{ITEM}": "9", "c-start": secret},
            {f"r-{ITEM}": "4", "c-start": secret * 60},
            {f"r-{ITEM}": "4", "c-start": secret * 40_000},
        ):
            rater.post(form, {**fields, "step": "submit"})
            assert rater.status in (413, 422)
        PlainBrowser(self.live.base_url).post(form, {"c-start": secret, "step": "submit"})
        path = f"/r/{unused.rpartition('/r/')[2]}"
        self.send_raw(f"GET {path} and more HTTP/1.1\r\nHost: x\r\n\r\n")
        self.send_raw(f"GET {path} HTTP/1.1\r\nHost: x\r\nA b: c\r\n\r\n")
        self.send_raw(f"GET {path} HTTP/1.1\r\nHo")
        rater.get(f"{used.rpartition('/r/')[0]}/sign-in/{unused.rpartition('/r/')[2]}")

    def sign_in(self, address: str) -> PlainBrowser:
        """By a link out of a letter."""
        person = PlainBrowser(self.live.base_url)
        person.get("/sign-in")
        person.post("/sign-in", {"email": address})
        link = link_in(self.mail.wait_for(address, "/sign-in/"), "/sign-in/")
        self.tokens |= set(_TOKEN.findall(link))
        person.get(link)
        person.post(link)
        return person

    def send_raw(self, request: str) -> None:
        """Send bytes that are no proper request, and hang up."""
        with socket.create_connection(("127.0.0.1", self.live.port), timeout=10) as connection:
            connection.sendall(request.encode())
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass

    @contextmanager
    def broken(self, table: str) -> Iterator[None]:
        """A table that is away for a while, so that a request fails half-way."""
        self.sql(f"ALTER TABLE {table} RENAME TO away")
        try:
            yield
        finally:
            self.sql(f"ALTER TABLE away RENAME TO {table}")

    def sql(self, statement: str) -> None:
        """Change the database behind the service's back."""
        engine = Database(self.database_url).engine
        with engine.begin() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()


def _in_two_weeks() -> str:
    return (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=14)).isoformat()


def _around(text: str, at: int) -> str:
    return text[max(0, at - 90) : at + 40].replace("\n", "⏎")
