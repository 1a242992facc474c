"""Raters out of an address book: cards of vCard 3.0 and 4.0 (RFC 2426, RFC 6350).

Read by hand and not by a library: every problem names its line, and the common library takes
minutes for a line that was made to be slow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from survey.languages.message import Listed, Message, Whole, counted_message
from survey.rounds.folded_lines import folded_lines
from survey.rounds.rater_list_table import (
    ADDRESS_HINT,
    MAX_ROWS,
    SPACES,
    SPLIT,
    GroupNames,
    RaterProblem,
    RawList,
    RawRater,
    shown,
)

_FOLDS = b" \t"
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_VERSIONS = ("3.0", "4.0")
_EXPORT = Message("export the contacts again as vCard 3.0 or 4.0")
# What is read of a card; photos, telephone numbers and the rest are passed over.
_READ = {"VERSION", "KIND", "FN", "N", "EMAIL", "CATEGORIES", "LANG"}


@dataclass
class _Property:
    """One line of a card: `EMAIL;TYPE=work;PREF=1:ana@example.org`."""

    name: str
    parameters: dict[str, list[str]]
    value: str

    @property
    def preference(self) -> int:
        """1 is what a person prefers, 100 the last; what says nothing comes after it."""
        number = next(iter(self.parameters.get("PREF", ())), "")
        if number.isascii() and number.isdecimal() and len(number) <= 3:
            return int(number)
        kinds = {kind.lower() for kind in self.parameters.get("TYPE", ())}
        return 1 if "pref" in kinds or "PREF" in self.parameters else 101


@dataclass
class _Card:
    line: int
    properties: list[_Property] = field(default_factory=list)
    problem: RaterProblem | None = None

    def all(self, name: str) -> list[_Property]:
        """The lines of this name that say something, the preferred one first."""
        found = [one for one in self.properties if one.name == name and one.value.strip(SPACES)]
        return sorted(found, key=lambda one: one.preference)


def read_vcards(content: bytes, names: GroupNames, *, needs_group: bool) -> RawList:
    """Raw raters from cards; each stands in the row in which its card begins."""
    lines, raw = folded_lines(content, _FOLDS)
    cards: list[_Card] = []
    card: _Card | None = None
    for number, line in lines:
        word = line.strip(SPACES).upper()
        if not word:
            continue
        if word == "BEGIN:VCARD":
            if card is not None:
                raw.problems.append(_unfinished(card))
            card = _Card(number)
        elif card is None:
            what = Message("'%(line)s' stands outside of a card", line=shown(line))
            hint = Message("each card begins with BEGIN:VCARD and ends with END:VCARD")
            raw.problems.append(RaterProblem(number, "row", what, hint))
            return raw
        elif word == "END:VCARD":
            cards.append(card)
            card = None
        else:
            _read_line(card, number, line)
        if len(cards) > MAX_ROWS:
            what = Message("the file has more than %(most)s cards", most=Whole(MAX_ROWS))
            raw.problems = [RaterProblem(0, "file", what, SPLIT)]
            return raw
    if card is not None:
        raw.problems.append(_unfinished(card))
    for one in cards:
        _take(raw, one, names, needs_group=needs_group)
    return raw


def _unfinished(card: _Card) -> RaterProblem:
    what = Message("the card does not end")
    hint = Message("a line END:VCARD is missing; export the contacts again")
    return RaterProblem(card.line, "row", what, hint)


def _read_line(card: _Card, number: int, line: str) -> None:
    head, colon, value = _split_at_colon(line)
    parts = _parted(head, ";")
    name = parts[0].rpartition(".")[2].strip(SPACES).upper()
    if not colon or not name:
        what = Message("'%(line)s' is not a line of a card", line=shown(line))
        card.problem = card.problem or RaterProblem(number, "row", what, _EXPORT)
        return
    if name not in _READ:
        return
    parameters: dict[str, list[str]] = {}
    for part in parts[1:]:
        key, _, values = part.partition("=")
        words = [word.strip('"') for word in _parted(values, ",")]
        parameters.setdefault(key.strip(SPACES).upper(), []).extend(words)
    if "ENCODING" in parameters:
        what = Message("the %(name)s is written in an encoding of its own", name=name)
        card.problem = card.problem or RaterProblem(number, _FIELDS.get(name, "row"), what, _EXPORT)
        return
    card.properties.append(_Property(name, parameters, value))


_FIELDS = {"FN": "name", "N": "name", "EMAIL": "e-mail", "CATEGORIES": "group", "LANG": "language"}


def _take(raw: RawList, card: _Card, names: GroupNames, *, needs_group: bool) -> None:
    if card.problem is not None:
        raw.problems.append(card.problem)
        return
    version = next((one.value.strip(SPACES) for one in card.all("VERSION")), _VERSIONS[0])
    if version not in _VERSIONS:
        what = Message("the card is of version '%(version)s'", version=shown(version))
        raw.problems.append(RaterProblem(card.line, "version", what, _EXPORT))
        return
    if any(one.value.strip(SPACES).lower() == "group" for one in card.all("KIND")):
        what = Message("the card is a list of people and not a person")
        hint = Message("export the people themselves")
        raw.problems.append(RaterProblem(card.line, "kind", what, hint))
        return
    name = _name(card)
    addresses = card.all("EMAIL")
    if not addresses:
        what = (
            Message("the card of '%(name)s' has no address", name=shown(name))
            if name
            else Message("the card has no address")
        )
        raw.problems.append(RaterProblem(card.line, "e-mail", what, ADDRESS_HINT))
        return
    if len(addresses) > 1 and addresses[1].preference == addresses[0].preference:
        what = counted_message(
            "the card has %(num)s address and '%(address)s' is taken",
            "the card has %(num)s addresses and '%(address)s' is taken",
            len(addresses),
            address=shown(addresses[0].value),
        )
        hint = Message("mark another one as preferred if that is wrong")
        raw.notes.append(RaterProblem(card.line, "e-mail", what, hint))
    group, problem = _group(card, names, needs_group=needs_group)
    if problem is not None:
        raw.problems.append(problem)
        return
    language = next((one.value.strip(SPACES) for one in card.all("LANG")), "")
    email = _plain(addresses[0].value)
    raw.raters.append(RawRater(card.line, email, name, group, language))


def _name(card: _Card) -> str:
    if formatted := card.all("FN"):
        return _plain(formatted[0].value)
    for parted in card.all("N"):
        last, first, *_ = [_plain(part) for part in _parted(parted.value, ";")] + ["", ""]
        return " ".join(part for part in (first, last) if part)
    return ""


def _group(card: _Card, names: GroupNames, *, needs_group: bool) -> tuple[str, RaterProblem | None]:
    """The rater group among the card's categories, of which most are the address book's own."""
    written = [
        plain
        for one in card.all("CATEGORIES")
        for word in _parted(one.value, ",")
        if (plain := _plain(word))
    ]
    found = {key: word for word in reversed(written) if (key := names.find(word))}
    if len(found) > 1:
        what = counted_message(
            "the categories name %(num)s group, %(groups)s",
            "the categories name %(num)s groups, %(groups)s",
            len(found),
            groups=Listed(f"'{shown(word)}'" for word in found.values()),
        )
        hint = Message("leave one of them on the card; each rater answers once")
        return "", RaterProblem(card.line, "group", what, hint)
    if not found and written and needs_group:
        what = Message(
            "none of the categories is a rater group: %(categories)s",
            categories=shown(", ".join(written)),
        )
        hint = Message(
            "choose a group for all, or write one on the card: %(groups)s", groups=names.listed()
        )
        return "", RaterProblem(card.line, "group", what, hint)
    return next(iter(found.values()), ""), None


def _plain(text: str) -> str:
    """A text value without its backslashes, on one line."""
    unescaped = _ESCAPED.sub(lambda m: " " if m.group(1) in "nN" else m.group(1), text)
    return unescaped.strip(SPACES)


def _split_at_colon(line: str) -> tuple[str, str, str]:
    """Parted at the first colon that stands in no quotation marks."""
    quoted = False
    for index, char in enumerate(line):
        if char == '"':
            quoted = not quoted
        elif char == ":" and not quoted:
            return line[:index], ":", line[index + 1 :]
    return line, "", ""


def _parted(text: str, separator: str) -> list[str]:
    """Parted at separators that stand neither in quotation marks nor behind a backslash."""
    parts: list[str] = []
    start, quoted, escaped = 0, False, False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]
