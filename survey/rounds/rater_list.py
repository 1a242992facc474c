"""The list of raters that a mentor enters, read and checked: all of it or none of it.

`parse_text` and `parse_upload` judge how the list is written, `check_raters` judges who is on it.
Either way the mentor gets every problem at once, by row.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from survey.anonymity.addresses import normalise_address, validated_address
from survey.frameworks.rater_groups import RaterGroup
from survey.languages.group_names import group_in_message
from survey.languages.message import Message, Whole, counted_message
from survey.rounds.rater_list_ldif import read_ldif
from survey.rounds.rater_list_table import (
    ADDRESS_HINT,
    SAVE_AS,
    SPACES,
    GroupNames,
    RaterProblem,
    RawList,
    RawRater,
    language_code,
    read_csv_rows,
    read_table,
    read_xlsx_rows,
    shown,
)
from survey.rounds.rater_list_text import read_text, tidy_name
from survey.rounds.rater_list_vcard import read_vcards

__all__ = [
    "RaterEntry",
    "RaterList",
    "RaterProblem",
    "check_raters",
    "parse_text",
    "parse_upload",
]

MAX_RATERS = 10_000
MAX_UPLOAD_BYTES = 2 * 1024 * 1024
MAX_TEXT_CHARACTERS = 1_000_000
MAX_TEXT_PARTS = 50_000
MAX_NAME_LENGTH = 120

# How the names of address books and of directories' files end.
_CARDS = ("vcf", "vcard")
_DIRECTORIES = ("ldif", "ldi")

# Letters that turn the direction of what follows can make one name look like another.
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True)
class RaterEntry:
    """One rater, ready to be invited; `row` says where in the list it stood."""

    name: str
    email: str
    group_key: str
    language: str | None
    row: int = field(default=0, compare=False)


@dataclass(frozen=True)
class RaterList:
    """What came of a list: either entries or problems; notes do not stand in the way.

    `entries` is empty as soon as there is any problem, so that nobody invites half a list by
    mistake. `readable` holds the rows that are fine in themselves even then, so that
    `check_raters` can add what it finds and the mentor sees all problems in one go.
    """

    entries: tuple[RaterEntry, ...]
    problems: tuple[RaterProblem, ...]
    notes: tuple[RaterProblem, ...]
    readable: tuple[RaterEntry, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the whole list can be used."""
        return bool(self.entries) and not self.problems


def parse_text(
    text: str, groups: Sequence[RaterGroup], default_group: str | None = None
) -> RaterList:
    """Read raters that were typed or pasted.

    One rater a line (address alone, with name, group and language, in any order), several
    addresses in a line as mail programs copy them, or rows out of a spreadsheet.
    """
    parts = len(re.findall(r"[\n\r,;\t]+", text[:MAX_TEXT_CHARACTERS]))
    if len(text) > MAX_TEXT_CHARACTERS or parts > MAX_TEXT_PARTS:
        what, hint = Message("the list is too long"), Message("enter it in several parts")
        return RaterList((), (RaterProblem(0, "list", what, hint),), ())
    names = GroupNames(groups)
    raw = read_text(text, names, needs_group=default_group is None)
    return _checked(raw, names, default_group)


def parse_upload(
    content: bytes,
    file_name: str,
    groups: Sequence[RaterGroup],
    default_group: str | None = None,
) -> RaterList:
    """Read raters from an uploaded CSV file, Excel workbook, address book (vCard) or LDIF file."""
    if problem := _upload_problem(content, file_name):
        return RaterList((), (problem,), ())
    names = GroupNames(groups)
    raw = _read_upload(content, _ending(file_name), names, needs_group=default_group is None)
    return _checked(raw, names, default_group)


def _read_upload(content: bytes, ending: str, names: GroupNames, *, needs_group: bool) -> RawList:
    if ending in _CARDS:
        return read_vcards(content, names, needs_group=needs_group)
    if ending in _DIRECTORIES:
        return read_ldif(content)
    read_rows = read_xlsx_rows if ending == "xlsx" else read_csv_rows
    rows, found = read_rows(content)
    raw = read_table(rows, names, needs_group=needs_group)
    raw.problems += found.problems
    raw.notes = found.notes + raw.notes
    return raw


def _ending(file_name: str) -> str:
    return file_name.strip().rpartition(".")[2].lower()


def _upload_problem(content: bytes, file_name: str) -> RaterProblem | None:
    ending = _ending(file_name)
    if len(content) > MAX_UPLOAD_BYTES:
        size = MAX_UPLOAD_BYTES // 1024 // 1024
        what = Message("the file is larger than %(size)s MiB", size=size)
        hint = Message("keep only the list of raters in it, and of contacts no pictures")
        return RaterProblem(0, "file", what, hint)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        what = Message("this is an old Excel file (.xls) or a workbook with a password")
        return RaterProblem(0, "file", what, SAVE_AS)
    if ending not in {"csv", "tsv", "txt", "xlsx", *_CARDS, *_DIRECTORIES}:
        what = Message("'%(name)s' is not of a kind that can be read", name=shown(file_name))
        return RaterProblem(0, "file", what, SAVE_AS)
    if ending != "xlsx" and content.startswith(b"PK\x03\x04"):
        what = Message("the name says text, but this is a workbook or an archive")
        hint = Message("give an Excel workbook a name ending in .xlsx")
        return RaterProblem(0, "file", what, hint)
    return None


def _checked(raw: RawList, names: GroupNames, default_group: str | None) -> RaterList:
    problems = list(raw.problems)
    default_key = names.find(default_group) if default_group is not None else None
    if default_group is not None and default_key is None:
        problems.append(_unknown_group(0, default_group, names))
    entries: list[RaterEntry] = []
    if len(raw.raters) > MAX_RATERS:
        problems.append(_too_many_raters())
    else:
        for rater in raw.raters:
            entry, found = _entry(rater, names, default_group, default_key)
            problems += found
            if entry is not None:
                entries.append(entry)
    if not problems and not entries:
        problems.append(RaterProblem(0, "list", Message("there are no raters in it"), ADDRESS_HINT))
    problems.sort(key=lambda problem: problem.row)
    notes = [*raw.notes, *_notes(entries)]
    whole = () if problems else tuple(entries)
    return RaterList(whole, tuple(problems), tuple(notes), tuple(entries))


def _entry(
    raw: RawRater, names: GroupNames, default_group: str | None, default_key: str | None
) -> tuple[RaterEntry | None, list[RaterProblem]]:
    problems: list[RaterProblem] = []
    name, email, problem = _name_and_address(raw)
    if problem is not None or (problem := _name_problem(raw.row, name)):
        problems.append(problem)
    group_key = names.find(raw.group) if raw.group else default_key
    if raw.group and group_key is None:
        problems.append(_unknown_group(raw.row, raw.group, names))
    elif not raw.group and default_group is None:
        hint = Message("the groups are: %(groups)s", groups=names.listed())
        problems.append(RaterProblem(raw.row, "group", Message("the rater has no group"), hint))
    language = language_code(raw.language) if raw.language else None
    if raw.language and language is None:
        what = Message("'%(word)s' is not a language", word=shown(raw.language))
        hint = Message("use a code such as 'en' or 'de', or leave it empty")
        problems.append(
            _formula_problem(raw.row, "language", raw.language)
            or RaterProblem(raw.row, "language", what, hint)
        )
    if problems or group_key is None:
        return None, problems
    return RaterEntry(name, email, group_key, language, raw.row), []


def _name_and_address(raw: RawRater) -> tuple[str, str, RaterProblem | None]:
    """The name and the valid address of a rater, or what is wrong with the address."""
    name, written = raw.name, raw.email
    if written.endswith(">") and "<" in written and not _looks_like_formula(written):
        before, _, inside = written[:-1].rpartition("<")
        name, written = name or tidy_name(before), inside
    written = written.strip(SPACES)
    if written[:7].lower() == "mailto:":
        written = written[7:]
    if problem := _address_problem(raw.row, written):
        return name, "", problem
    email = validated_address(written).normalized
    if "@" in name:
        try:
            same = normalise_address(name) == normalise_address(email)
        except ValueError:
            same = False
        if not same and not _looks_like_formula(name):
            what = Message("'%(name)s' holds an at-sign, but is not the address", name=shown(name))
            hint = Message("put each rater in a row of their own")
            return name, "", RaterProblem(raw.row, "name", what, hint)
        name = "" if same else name
    return unicodedata.normalize("NFC", name), email, None


def _address_problem(row: int, address: str) -> RaterProblem | None:
    if not address:
        return RaterProblem(row, "e-mail", Message("the address is missing"), ADDRESS_HINT)
    if address[0] != "@" and (problem := _formula_problem(row, "e-mail", address)):
        return problem
    hidden = next((c for c in address if unicodedata.category(c) in _HIDDEN), None)
    if hidden is not None:
        code = f"U+{ord(hidden):04X}"
        what = Message(
            "'%(address)s' holds a hidden character (%(code)s)", address=shown(address), code=code
        )
        return RaterProblem(row, "e-mail", what, Message("delete the address and type it anew"))
    try:
        validated_address(address)
        normalise_address(address)
    except ValueError:
        what = Message("'%(address)s' is not an address", address=shown(address))
        return RaterProblem(row, "e-mail", what, ADDRESS_HINT)
    return None


# Control, format, surrogate, line separator, paragraph separator.
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _name_problem(row: int, name: str) -> RaterProblem | None:
    if problem := _formula_problem(row, "name", name):
        return problem
    for char in name:
        # Format characters stay: joiners are part of how some names are written.
        if unicodedata.category(char) in _HIDDEN - {"Cf"} or char in _TURNING:
            what = (
                Message("'%(name)s' holds a line break", name=shown(name))
                if char in "\n\r\u2028\u2029"
                else Message("'%(name)s' holds a control character", name=shown(name))
            )
            hint = Message("write the name on one line, without it")
            return RaterProblem(row, "name", what, hint)
    if len(name) > MAX_NAME_LENGTH:
        what = counted_message(
            "'%(name)s' has %(num)s character",
            "'%(name)s' has %(num)s characters",
            len(name),
            name=shown(name),
        )
        hint = Message("a name has at most %(most)s", most=MAX_NAME_LENGTH)
        return RaterProblem(row, "name", what, hint)
    return None


def _looks_like_formula(text: str) -> bool:
    # Spreadsheet programs also take the full-width forms of these characters for a formula.
    return unicodedata.normalize("NFKC", text[:1]) in {"=", "+", "-", "@"}


def _formula_problem(row: int, where: str, text: str) -> RaterProblem | None:
    if not _looks_like_formula(text):
        return None
    what = Message("'%(words)s' looks like a formula", words=shown(text))
    hint = Message("put in the text itself, without '=', '+', '-' or '@'")
    return RaterProblem(row, where, what, hint)


def _unknown_group(row: int, text: str, names: GroupNames) -> RaterProblem:
    if problem := _formula_problem(row, "group", text):
        return problem
    suggestion = names.suggest(text)
    hint = (
        Message(
            "did you mean '%(group)s'? the groups are: %(groups)s",
            group=group_in_message(suggestion),
            groups=names.listed(),
        )
        if suggestion
        else Message("the groups are: %(groups)s", groups=names.listed())
    )
    what = Message("'%(words)s' is not a rater group", words=shown(text))
    return RaterProblem(row, "group", what, hint)


def _too_many_raters() -> RaterProblem:
    what = Message("there are more than %(most)s raters", most=Whole(MAX_RATERS))
    return RaterProblem(0, "list", what, Message("invite fewer"))


def _notes(entries: Sequence[RaterEntry]) -> list[RaterProblem]:
    managers = [entry.row for entry in entries if entry.group_key == "manager"]
    if len(managers) < 2:
        return []
    what = counted_message("there is %(num)s manager", "there are %(num)s managers", len(managers))
    hint = Message("that is allowed; most rounds have one")
    return [RaterProblem(managers[1], "group", what, hint)]


def check_raters(
    entries: Sequence[RaterEntry],
    *,
    groups: Sequence[RaterGroup],
    mentee_email: str,
    mentor_email: str,
    already_invited: Collection[str] = (),
) -> list[RaterProblem]:
    """All that speaks against inviting these raters, by row.

    An entry without a row number is counted by its place in the list. Name and address are
    checked again, so that entries which did not come out of a list are as safe in a mail header.
    """
    if len(entries) + len(already_invited) > MAX_RATERS:
        return [_too_many_raters()]
    by_key = {group.key: group for group in groups}
    names = GroupNames(groups)
    mentee, mentor = _comparable(mentee_email), _comparable(mentor_email)
    invited = {_comparable(address) for address in already_invited}
    seen: dict[str, tuple[int, str]] = {}
    problems: list[RaterProblem] = []
    for place, entry in enumerate(entries, start=1):
        row = entry.row or place
        if problem := _name_problem(row, entry.name):
            problems.append(problem)
        if problem := _address_problem(row, entry.email):
            problems.append(problem)
            continue
        address = normalise_address(entry.email)
        if address in seen:
            first_row, first = seen[address]
            what = (
                Message(
                    "rows %(first_row)s and %(row)s name the same person ('%(first)s' and "
                    "'%(second)s')",
                    first_row=first_row,
                    row=row,
                    first=first,
                    second=shown(entry.email),
                )
                if row != first_row
                else Message(
                    "two places in row %(row)s name the same person ('%(first)s' and '%(second)s')",
                    row=row,
                    first=first,
                    second=shown(entry.email),
                )
            )
            hint = Message("keep one of them; each rater answers once")
            problems.append(RaterProblem(row, "e-mail", what, hint))
            continue
        seen[address] = (row, shown(entry.email))
        if address in invited:
            what = Message(
                "'%(address)s' is invited to this round already", address=shown(entry.email)
            )
            problems.append(RaterProblem(row, "e-mail", what, Message("take the row out")))
        group = by_key.get(entry.group_key)
        if group is None:
            problems.append(_unknown_group(row, entry.group_key, names))
        elif problem := _own_address(row, entry, group, address, mentee, mentor):
            problems.append(problem)
    return problems


def _own_address(
    row: int, entry: RaterEntry, group: RaterGroup, address: str, mentee: str, mentor: str
) -> RaterProblem | None:
    """What is wrong with the mentee or the mentor, or somebody else, in this group."""
    written, label = shown(entry.email), group_in_message(group.label)
    if group.key == "self":
        if address == mentee:
            return None
        what = Message("'%(address)s' is not the mentee's address", address=written)
        hint = Message("only the mentee answers as '%(group)s'", group=label)
        return RaterProblem(row, "e-mail", what, hint)
    if address == mentee:
        what = Message("'%(address)s' is the mentee's own address", address=written)
        hint = Message("the mentee cannot answer as '%(group)s'", group=label)
        return RaterProblem(row, "e-mail", what, hint)
    if address == mentor and group.anonymous:
        what = Message("'%(address)s' is the mentor's own address", address=written)
        hint = Message("the mentor cannot be one of the anonymous group '%(group)s'", group=label)
        return RaterProblem(row, "e-mail", what, hint)
    return None


def _comparable(address: str) -> str:
    try:
        return normalise_address(address)
    except ValueError:
        return address.strip().lower()
