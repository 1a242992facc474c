"""Raters typed or pasted as text: lines, lists out of a mail program, rows out of a spreadsheet."""

import csv
import re
from email.utils import unquote

from survey.languages.message import Message
from survey.rounds.rater_list_table import (
    SPACES,
    GroupNames,
    RaterProblem,
    RawList,
    RawRater,
    Row,
    is_header,
    no_address,
    read_table,
    read_without_header,
    shown,
    split_csv,
    strip_cells,
)

_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_BULLET = re.compile(r"(?:[-–*•·]|[0-9]{1,5}[.)])[ \t\u00a0]+")
_PREFIX = re.compile(r"([^:<>@\",;]{1,40}):(.*)", re.DOTALL)
_MAIL_FIELDS = {"to", "cc", "bcc", "an", "from", "von"}
_MAILBOX = re.compile(r"(.*)<([^<>]*)>([^<>]*)", re.DOTALL)
_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "dr", "phd", "md", "mba", "msc", "bsc", "ma", "ba"}


def read_text(text: str, names: GroupNames, *, needs_group: bool) -> RawList:
    """Raw raters from text, whatever form it has; rows are numbered by line."""
    text = text.removeprefix("\ufeff")
    lines = [(n, line) for n, line in enumerate(_LINE_BREAK.split(text), 1)]
    filled = [(n, line) for n, line in lines if line.strip(SPACES)]
    if not filled:
        return RawList()
    delimiter = _table_delimiter([line for _, line in filled])
    if delimiter is None:
        return _read_lines(filled, names, needs_group=needs_group)
    rows, problems = split_csv(text, delimiter, at_most=len(lines) + 1)
    if problems and delimiter == "\t":  # quotation marks that quote no cell: take them as they are
        rows, problems = [(n, line.split("\t")) for n, line in filled], []
    raw = read_table(rows, names, needs_group=needs_group)
    raw.problems += problems
    return raw


def _table_delimiter(lines: list[str]) -> str | None:
    """The delimiter if the text is one table: tabs in it, or a line of column names on top."""
    tabbed = [line for line in lines if "\t" in line.strip(SPACES)]
    if tabbed and not _is_mixed(lines, tabbed):
        return "\t"
    for delimiter in (";", ","):
        cells = strip_cells([(1, _cells(lines[0], delimiter))])
        if cells and is_header(cells[0][1]):
            return delimiter
    return None


def _is_mixed(lines: list[str], tabbed: list[str]) -> bool:
    """Whether rows of a spreadsheet stand beside raters typed in another way."""
    if any('"' in line for line in lines):  # a cell in quotes may have several lines
        return False
    head = strip_cells([(1, lines[0].split("\t"))])
    if head and is_header(head[0][1]):
        return False
    return any("@" in line for line in lines if line not in tabbed)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([line], delimiter=delimiter, skipinitialspace=True))
    except csv.Error:
        return [line]
    return rows[0] if rows else []


def _read_lines(lines: list[tuple[int, str]], names: GroupNames, *, needs_group: bool) -> RawList:
    raw = RawList()
    table: list[Row] = []
    for number, full in lines:
        line = full.strip(SPACES)
        if bullet := _BULLET.match(line):
            line = line[bullet.end() :].strip(SPACES)
        if line.startswith("="):
            raw.raters.append(RawRater(number, line))  # a formula, which the checks refuse
            continue
        if "\t" in line:
            table.append((number, line.split("\t")))
            continue
        line, group = _without_prefix(line, names)
        parts = [part for part in split_outside_quotes(line, ";") if part]
        if sum("@" in part for part in parts) < 2:
            parts = [line]
        for part in parts:
            _read_part(raw, table, number, part, group, names)
    rows = read_without_header(strip_cells(table), names, needs_group=needs_group)
    raw.raters = sorted(raw.raters + rows.raters, key=lambda rater: rater.row)
    raw.problems += rows.problems
    return raw


def _without_prefix(line: str, names: GroupNames) -> tuple[str, str]:
    """The line without a leading "To:" or "Peers:", and the group it names."""
    prefix = _PREFIX.fullmatch(line)
    if prefix is None:
        return line, ""
    word, rest = prefix.group(1).strip(SPACES), prefix.group(2).strip(SPACES)
    if word.casefold() in _MAIL_FIELDS:
        return rest, ""
    if rest and names.find(word):
        return rest, word
    return line, ""


def _read_part(
    raw: RawList, table: list[Row], row: int, text: str, group: str, names: GroupNames
) -> None:
    """Read one line, or one part of it between semicolons."""
    pieces = [piece for piece in split_outside_quotes(text, ",;") if piece]
    with_address = [piece for piece in pieces if "@" in piece]
    if not with_address:
        raw.problems.append(no_address(row, text))
    elif len(with_address) > 1:
        _read_addresses(raw, row, pieces, group)
    elif "<" in with_address[0]:
        _read_mailbox(raw, row, text, group, names)
    elif len(pieces) > 1:
        cells = _cells(text, ";" if len(split_outside_quotes(text, ";")) > 1 else ",")
        table.append((row, [*cells, group] if group else cells))
    else:
        raw.raters.append(_read_words(row, with_address[0], group, names))


def _read_addresses(raw: RawList, row: int, pieces: list[str], group: str) -> None:
    """Read several addresses in a row, as a mail program copies them."""
    waiting: list[str] = []
    stray: list[str] = []
    for piece in pieces:
        if "@" not in piece:
            waiting.append(piece)
            continue
        mailbox = _MAILBOX.fullmatch(piece)
        if mailbox is None or mailbox.group(3).strip(SPACES):
            raw.raters.append(RawRater(row, piece, group=group))
            stray += waiting
        else:  # Last, First <address>
            name = ", ".join([*waiting, mailbox.group(1)])
            raw.raters.append(RawRater(row, mailbox.group(2), tidy_name(name), group))
        waiting = []
    stray += waiting
    if stray:
        what = Message("'%(address)s' is not an address", address=shown(", ".join(stray)))
        hint = Message("put each rater on a line of their own if you add names or groups")
        raw.problems.append(RaterProblem(row, "e-mail", what, hint))


def _read_mailbox(raw: RawList, row: int, text: str, group: str, names: GroupNames) -> None:
    """Read one "Name <address>", after which group and language may follow."""
    mailbox = _MAILBOX.fullmatch(text)
    if mailbox is None:
        raw.raters.append(RawRater(row, text, group=group))
        return
    name, email, rest = mailbox.groups()
    rest_pieces = [piece for piece in split_outside_quotes(rest, ",;") if piece]
    if rest_pieces and (not group or names.find(rest_pieces[0])):
        group = rest_pieces.pop(0)
    language = rest_pieces.pop(0) if rest_pieces else ""
    if rest_pieces:
        what = Message("'%(words)s' is more than can be read", words=shown(", ".join(rest_pieces)))
        hint = Message("write: Name <name@example.org>, group, language")
        raw.problems.append(RaterProblem(row, "row", what, hint))
        return
    raw.raters.append(RawRater(row, email, tidy_name(name), group, language))


def _read_words(row: int, text: str, group: str, names: GroupNames) -> RawRater:
    """Read a name, an address and a group parted by nothing but spaces."""
    words = [word for word in re.split(f"[{SPACES}]+", text) if word]
    at = next(index for index, word in enumerate(words) if "@" in word)
    before, after = " ".join(words[:at]), " ".join(words[at + 1 :])
    if words[at] == "@":
        return RawRater(row, text, group=group)
    if after and not group and (names.find(after) or before):
        group, after = after, ""
    if before and after:
        return RawRater(row, text, group=group)  # more than can be told apart: not an address
    return RawRater(row, words[at], tidy_name(before or after), group)


def tidy_name(text: str) -> str:
    """A name as written in an address list: without its quotation marks, first name first."""
    name = text.strip(SPACES + ",;:-–—")
    if len(name) > 1 and name[0] == name[-1] and name[0] in "\"'":
        name = (unquote(name) if name[0] == '"' else name[1:-1]).strip(SPACES)
        if len(name) > 1 and name[0] == name[-1] == "'":
            name = name[1:-1].strip(SPACES)
    last, comma, first = (part.strip(SPACES) for part in name.partition(","))
    if comma and last and first and "," not in first and first.strip(".").lower() not in _SUFFIXES:
        return f"{first} {last}"
    return name


def split_outside_quotes(text: str, separators: str) -> list[str]:
    """Parts of the text between separators that stand neither in quotes nor in <...>."""
    parts: list[str] = []
    start, quoted, angled = 0, False, False
    for index, char in enumerate(text):
        if char == '"':
            quoted = not quoted
        elif quoted:
            continue
        elif char in "<>":
            angled = char == "<"
        elif char in separators and not angled:
            parts.append(text[start:index].strip(SPACES))
            start = index + 1
    if quoted or angled:  # never closed: then it opened nothing
        return [part.strip(SPACES) for part in re.split(f"[{re.escape(separators)}]", text)]
    return [*parts, text[start:].strip(SPACES)]
