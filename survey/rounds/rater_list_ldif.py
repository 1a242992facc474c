"""Raters out of a directory: entries of an LDIF file (RFC 2849).

Read by hand and not by a library: every problem names its line, and nothing may open the addresses
of files that an entry can name.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from survey.languages.message import Message, Whole
from survey.rounds.folded_lines import Line, folded_lines
from survey.rounds.rater_list_table import (
    ADDRESS_HINT,
    MAX_ROWS,
    SPACES,
    SPLIT,
    RaterProblem,
    RawList,
    RawRater,
    shown,
)

_FOLDS = b" "
_LINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9.-]*)(?:;[A-Za-z0-9;-]*)?:([:<]?)[ ]*(.*)")
_EXPORT = Message("export the entries again as LDIF")
# The names are of RFC 4519, RFC 4524 and RFC 2798.
_READ = {
    "mail": "e-mail",
    "rfc822mailbox": "e-mail",
    "displayname": "name",
    "cn": "name",
    "commonname": "name",
    "givenname": "name",
    "sn": "name",
    "surname": "name",
    "preferredlanguage": "language",
    "objectclass": "row",
    "changetype": "row",
}


@dataclass
class _Entry:
    line: int
    values: dict[str, list[str]] = field(default_factory=dict)
    problem: RaterProblem | None = None

    def first(self, *names: str) -> str:
        """The first value of the first of these attributes that has one."""
        return next((self.values[name][0] for name in names if name in self.values), "")


def read_ldif(content: bytes) -> RawList:
    """Raw raters from entries; each stands in the row in which its entry begins.

    An entry names no rater group. What is no person (an organisation, a group) is passed over.
    """
    lines, raw = folded_lines(content, _FOLDS)
    passed_over: list[int] = []
    for count, block in enumerate(_blocks(lines), 1):
        if count > MAX_ROWS:
            what = Message("the file has more than %(most)s entries", most=Whole(MAX_ROWS))
            raw.problems = [RaterProblem(0, "file", what, SPLIT)]
            raw.raters = []
            return raw
        entry = _read_entry(block)
        classes = [name.lower() for name in entry.values.get("objectclass", ())]
        if entry.problem is not None:
            raw.problems.append(entry.problem)
        elif entry.first("mail", "rfc822mailbox"):
            raw.raters.append(_rater(entry))
        elif classes and not any("person" in name for name in classes):
            passed_over.append(entry.line)
        else:
            what = Message("the entry has no address (mail)")
            raw.problems.append(RaterProblem(entry.line, "e-mail", what, ADDRESS_HINT))
    if passed_over:
        rows = ", ".join(map(str, passed_over[:10])) + (", …" if len(passed_over) > 10 else "")
        what = Message("entries that are no person were passed over: rows %(rows)s", rows=rows)
        raw.notes.append(
            RaterProblem(passed_over[0], "row", what, Message("that is usually right"))
        )
    return raw


def _blocks(lines: list[Line]) -> Iterator[list[Line]]:
    """The lines of each entry, without comments and what search programs print around entries."""
    block: list[Line] = []
    for number, line in [*lines, (0, "")]:
        if line.startswith("#"):
            continue
        if line:
            block.append((number, line))
            continue
        if block and re.match(r"version:", block[0][1], re.IGNORECASE):
            block = block[1:]
        if block and not re.match(r"(?:search|result): ?[0-9]", block[0][1]):
            yield block
        block = []


def _read_entry(block: list[Line]) -> _Entry:
    entry = _Entry(block[0][0])
    if not re.match(r"dn:", block[0][1], re.IGNORECASE):
        what = Message("'%(line)s' does not begin an entry", line=shown(block[0][1]))
        hint = Message("write dn: first, or export the entries again as LDIF")
        entry.problem = RaterProblem(entry.line, "row", what, hint)
        return entry
    for number, line in block:
        entry.problem = _read_line(entry, number, line)
        if entry.problem is not None:
            return entry
    change = entry.first("changetype").lower()
    if change not in ("", "add"):
        what = Message(
            "the entry is a change ('%(change)s') and not a person", change=shown(change)
        )
        entry.problem = RaterProblem(entry.line, "row", what, _EXPORT)
    return entry


def _read_line(entry: _Entry, number: int, line: str) -> RaterProblem | None:
    parted = _LINE.fullmatch(line)
    if parted is None:
        what = Message("'%(line)s' is not a line of an entry", line=shown(line))
        return RaterProblem(number, "row", what, _EXPORT)
    name, sign, written = parted.groups()
    name = name.lower()
    if name not in _READ:
        return None
    if sign == "<":
        what = Message("the value of %(name)s lies in another file", name=name)
        return RaterProblem(number, _READ[name], what, Message("write the value itself"))
    value = written.strip(SPACES)
    if sign == ":":
        try:
            value = base64.b64decode(value, validate=True).decode().strip(SPACES)
        except (binascii.Error, ValueError):
            what = Message("the value of %(name)s is not text in base64", name=name)
            return RaterProblem(number, _READ[name], what, _EXPORT)
    if value:
        entry.values.setdefault(name, []).append(value)
    return None


def _rater(entry: _Entry) -> RawRater:
    parts = (entry.first("givenname"), entry.first("sn", "surname"))
    name = entry.first("displayname", "cn", "commonname") or " ".join(filter(None, parts))
    email, language = entry.first("mail", "rfc822mailbox"), entry.first("preferredlanguage")
    # "de-DE, en;q=0.8": as browsers write it, the best first.
    return RawRater(entry.line, email, name, language=re.split(r"[,;]", language)[0].strip(SPACES))
