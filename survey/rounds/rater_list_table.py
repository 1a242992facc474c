"""Tables of raters: rows of cells, from a spreadsheet, a CSV file or a paste, read into raw raters.

Nothing is judged here beyond which cell is the name, the address, the group and the language;
`survey.rounds.rater_list` checks what the cells say.
"""

import csv
import difflib
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from survey.frameworks.rater_groups import RaterGroup
from survey.languages.catalogues import LANGUAGES, catalogue
from survey.languages.group_names import group_in_message, group_name
from survey.languages.marks import N_
from survey.languages.message import Enumerated, Message, Whole
from survey.languages.recalled import Recalled
from survey.workbooks import MAX_XLSX_ROW, cell_text, first_visible_sheet, too_much_in

MAX_ROWS = 5_000
HEADER_WITHIN = 10
SPACES = " \t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f"
SPACES += "\u205f\u3000"

ADDRESS_HINT = Message("an address looks like name@example.org")
SAVE_AS = Message("save the list as CSV or as an Excel workbook (.xlsx) and upload that")
SPLIT = Message("split it into several files")
NO_TEXT = Message("this is not a text file")

# What `too_much_in` says, which knows no languages.
_TOO_MUCH = Recalled(
    (
        N_("the workbook unpacks to more than %(size)s MB"),
        N_("the workbook holds far more than such a list"),
    )
)

# How the fields of problems are called within a line.
_FIELDS = {
    "name": Message("name"),
    "first name": Message("first name"),
    "last name": Message("last name"),
    "e-mail": Message("e-mail"),
    "address": Message("address"),
    "group": Message("group"),
    "language": Message("language"),
    "row": Message("row"),
    "columns": Message("columns"),
    "kind": Message("kind"),
    "version": Message("version"),
}
# The same where a problem is about the whole.
_WHOLES = {"list": Message("List"), "file": Message("File"), "group": Message("Group")}


@dataclass(frozen=True)
class RaterProblem:
    """One thing to put right, or to know: where it is, what it is and what to do about it.

    Row 0 stands for the list or the file as a whole. `field` is for programs, in English; `what`
    and `hint` are messages.
    """

    row: int
    field: str
    what: str
    hint: str

    def __str__(self) -> str:
        return self.in_full

    @property
    def in_full(self) -> Message:
        """Where it is, what it is and what to do."""
        if not self.row:
            place = _WHOLES.get(self.field, self.field.capitalize())
            return Message(
                "%(place)s: %(what)s; %(hint)s.", place=place, what=self.what, hint=self.hint
            )
        return Message(
            "Row %(row)s, %(field)s: %(what)s; %(hint)s.",
            row=self.row,
            field=_FIELDS.get(self.field, self.field),
            what=self.what,
            hint=self.hint,
        )

    @property
    def in_place(self) -> Message:
        """What it is and what to do, where it is plain what it is about."""
        return Message("%(what)s; %(hint)s.", what=self.what, hint=self.hint)


@dataclass(frozen=True)
class RawRater:
    """One rater as written, before any check."""

    row: int
    email: str
    name: str = ""
    group: str = ""
    language: str = ""


@dataclass
class RawList:
    """What was read: raw raters, and what could not be read as one."""

    raters: list[RawRater] = field(default_factory=list)
    problems: list[RaterProblem] = field(default_factory=list)
    notes: list[RaterProblem] = field(default_factory=list)


Row = tuple[int, list[str]]


def shown(text: str, length: int = 60) -> str:
    """Text fit for quoting in a message: control characters made visible, long text cut."""
    cut = text if len(text) <= length else text[: length - 1] + "…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


def fold(text: str) -> str:
    """The form in which names of groups, languages and columns are compared."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", " ", folded).strip()


_GROUP_SYNONYMS = {
    "self": "myself, me, mentee, self assessment, selbst, ich, selbsteinschätzung, moi, "
    "autoévaluation, yo, autoevaluación",
    "manager": "managers, boss, line manager, supervisor, chef, chefin, vorgesetzter, vorgesetzte, "
    "vorgesetzte r, führungskraft, responsable, supérieur, supérieure, hiérarchie, jefe, jefa, "
    "superior, superiora, مدير, المدير",
    "peers": "peer, colleague, colleagues, co worker, co workers, coworker, coworkers, kollege, "
    "kollegen, kollegin, kolleginnen, collègue, collègues, pair, compañero, compañera, compañeros, "
    "compañeras, colega, colegas, زميل, زميلة, زملاء, الزملاء",
    "direct_reports": "report, reports, direct report, team, team member, team members, "
    "mitarbeiter, mitarbeiterin, mitarbeiterinnen, mitarbeitende, équipe, collaborateur, "
    "collaboratrice, collaborateurs, collaboratrices, equipo, colaborador, colaboradora, "
    "colaboradores, مرؤوس, مرؤوسون, المرؤوسون",
    "customers": "customer, client, clients, kunde, kunden, kundin, kundinnen, cliente, "
    "clienta, clientes, عميل, عملاء, العملاء",
}


class GroupNames:
    """Finds the rater group that a person means, by key, label or a common other word."""

    def __init__(self, groups: Sequence[RaterGroup]) -> None:
        self.groups = tuple(groups)
        self._keys: dict[str, str] = {}
        for group in groups:
            self._keys.setdefault(fold(group.key), group.key)
        for group in groups:
            self._keys.setdefault(fold(group.label), group.key)
        known = {group.key for group in groups}
        for key, words in _GROUP_SYNONYMS.items():
            if key in known:
                for word in words.split(", "):
                    self._keys.setdefault(fold(word), key)
        for group in groups:
            # As pages name it, whichever language they speak.
            for language in LANGUAGES:
                named = group_name(group.label, catalogue(language).gettext)
                self._keys.setdefault(fold(named), group.key)
        self._keys.pop("", None)
        self._labels = {group.key: group.label for group in groups}

    def find(self, text: str) -> str | None:
        """The key of the group meant, or None."""
        return self._keys.get(fold(text))

    def suggest(self, text: str) -> str | None:
        """The label of the group that was probably meant, or None."""
        close = difflib.get_close_matches(fold(text)[:60], self._keys, n=1, cutoff=0.7)
        return self._labels[self._keys[close[0]]] if close else None

    def listed(self) -> Enumerated:
        """The labels of all groups, for a message."""
        return Enumerated(group_in_message(group.label) for group in self.groups)


_LANGUAGES = {
    "en": "english, englisch, anglais, inglés, الإنجليزية",
    "de": "german, deutsch, allemand, alemán, الألمانية",
    "fr": "french, français, französisch, francés, الفرنسية",
    "es": "spanish, español, spanisch, espagnol, الإسبانية",
    "ar": "arabic, العربية, arabisch, arabe, árabe",
    "it": "italian, italiano, italienisch",
    "nl": "dutch, nederlands, niederländisch",
    "pt": "portuguese, português, portugiesisch",
    "pl": "polish, polski, polnisch",
    "cs": "czech, čeština, tschechisch",
    "da": "danish, dansk, dänisch",
    "sv": "swedish, svenska, schwedisch",
    "tr": "turkish, türkçe, türkisch",
    "uk": "ukrainian, українська, ukrainisch",
    "zh": "chinese, 中文, chinesisch",
    "ja": "japanese, 日本語, japanisch",
}
_LANGUAGE_WORDS = {
    fold(word): code for code, words in _LANGUAGES.items() for word in (code, *words.split(", "))
}
_LANGUAGE_TAG = re.compile(
    r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|[0-9]{3}))?", re.ASCII | re.IGNORECASE
)


def language_code(text: str) -> str | None:
    """The language tag ("de", "pt-BR") that a cell names, or None."""
    if word := _LANGUAGE_WORDS.get(fold(text)):
        return word
    tag = _LANGUAGE_TAG.fullmatch(text)
    if tag is None:
        return None
    language, script, region = tag.groups()
    parts = [language.lower(), script and script.title(), region and region.upper()]
    return "-".join(part for part in parts if part)


_HEADERS = {
    "name": "name, names, full name, display name, rater, rater name, vollständiger name, "
    "anzeigename, feedbackgeber, nom, nom complet, nom et prénom, nombre completo, "
    "nombre y apellidos, الاسم, الاسم الكامل",
    # "Nombre" by itself is the whole name, and beside "Apellidos" the first one.
    "first": "first, first name, given name, forename, vorname, prénom, nombre, nombre de pila, "
    "الاسم الأول",
    "last": "last, last name, family name, surname, nachname, familienname, nom de famille, "
    "apellido, apellidos, اسم العائلة",
    "email": "email, e mail, email address, e mail address, mail, mail address, emails, "
    "e mail adresse, email adresse, mailadresse, emailadresse, adresse e mail, adresse email, "
    "courriel, correo, correo electrónico, البريد الإلكتروني, بريد إلكتروني",
    "address": "address, adresse, dirección, العنوان",
    "group": "group, rater group, role, relationship, gruppe, ratergruppe, rolle, beziehung, "
    "groupe, rôle, grupo, rol, المجموعة, مجموعة",
    "language": "language, lang, locale, sprache, langue, idioma, lengua, اللغة, لغة",
}
_HEADER_WORDS = {
    fold(word).replace(" ", ""): name
    for name, words in _HEADERS.items()
    for word in words.split(", ")
}
_HEADER_LABELS = {
    "name": "name",
    "first": "first name",
    "last": "last name",
    "email": "e-mail",
    "address": "address",
    "group": "group",
    "language": "language",
}


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row names columns rather than a rater."""
    filled = [cell for cell in cells if cell]
    if not filled or any("@" in cell for cell in filled):
        return False
    known = [_header_field(cell) for cell in filled]
    found = {name for name in known if name}
    if found & {"email", "address"}:
        return True
    return len(found) >= 2 or (bool(found) and all(known))


def _header_field(cell: str) -> str | None:
    return _HEADER_WORDS.get(fold(cell).replace(" ", ""))


def strip_cells(rows: Iterable[Row]) -> list[Row]:
    """Rows with the spaces around each cell removed, without the empty rows."""
    stripped = ((number, [cell.strip(SPACES) for cell in cells]) for number, cells in rows)
    return [(number, cells) for number, cells in stripped if any(cells)]


def read_table(rows: Iterable[Row], names: GroupNames, *, needs_group: bool) -> RawList:
    """Raw raters from rows of cells, with or without a header row."""
    filled = strip_cells(rows)
    for index, (number, cells) in enumerate(filled[:HEADER_WITHIN]):
        if any("@" in cell for cell in cells):
            break
        # Above a header there may be a title; only a row that names the address column ends it.
        fields = {_header_field(cell) for cell in cells}
        if is_header(cells) and (index == 0 or fields & {"email", "address"}):
            raw = _read_below_header(number, cells, filled[index + 1 :])
            if index:
                what = Message("the rows above the column names were not read")
                hint = Message("the column names were found in row %(row)s", row=number)
                raw.notes.insert(0, RaterProblem(filled[0][0], "row", what, hint))
            return raw
    return read_without_header(filled, names, needs_group=needs_group)


def _read_below_header(number: int, header: list[str], rows: Sequence[Row]) -> RawList:
    raw = RawList()
    columns: dict[str, int] = {}
    unused: list[int] = []
    fields = [_header_field(cell) if cell else None for cell in header]
    if "email" not in fields:
        fields = ["email" if name == "address" else name for name in fields]
    for index, name in enumerate(fields):
        if name is None or name == "address":
            unused.append(index)
        elif name in columns:
            what = Message("two columns hold the %(field)s", field=_FIELDS[_HEADER_LABELS[name]])
            hint = Message(
                "keep one of '%(first)s' and '%(second)s'",
                first=shown(header[columns[name]]),
                second=shown(header[index]),
            )
            raw.problems.append(RaterProblem(number, _HEADER_LABELS[name], what, hint))
        else:
            columns[name] = index
    if "email" not in columns:
        what, hint = Message("no column holds addresses"), Message("name one column 'E-mail'")
        raw.problems.append(RaterProblem(number, "e-mail", what, hint))
    if raw.problems:
        return raw
    if "name" in columns and "first" in columns and "last" not in columns:
        columns["last"] = columns.pop("name")  # as in "Name, Vorname"
    if "name" in columns:
        unused += [columns.pop(name) for name in ("first", "last") if name in columns]
    named = [f"'{shown(header[index])}'" for index in sorted(unused) if header[index]]
    if named:
        hint = Message("columns read are name, e-mail, group and language")
        what = Message("not used: %(columns)s", columns=Enumerated(named[:10]))
        raw.notes.append(RaterProblem(number, "columns", what, hint))
    for row, cells in rows:
        _read_row_below_header(raw, row, cells, columns, unused, len(header))
    return raw


def _read_row_below_header(
    raw: RawList, row: int, cells: list[str], columns: dict[str, int], unused: list[int], width: int
) -> None:
    def cell(name: str) -> str:
        index = columns.get(name, len(cells))
        return cells[index] if index < len(cells) else ""

    for extra in cells[width:]:
        if extra:
            what = Message("'%(words)s' stands outside the named columns", words=shown(extra))
            hint = Message("put quotation marks around a cell that holds a comma or semicolon")
            raw.problems.append(RaterProblem(row, "row", what, hint))
            return
    for index in unused:
        text = cells[index] if index < len(cells) else ""
        if "@" in text and ("\n" in text or "\r" in text):
            what = Message("one cell runs over several lines and holds an address")
            hint = Message("a quotation mark is probably missing or left over")
            raw.problems.append(RaterProblem(row, "row", what, hint))
            return
    name = cell("name") or " ".join(part for part in (cell("first"), cell("last")) if part)
    raw.raters.append(RawRater(row, cell("email"), name, cell("group"), cell("language")))


@dataclass(frozen=True)
class _Columns:
    email: int
    name: int | None
    group: int | None
    language: int | None


def read_without_header(rows: Sequence[Row], names: GroupNames, *, needs_group: bool) -> RawList:
    """Raw raters from rows whose columns nobody named: the columns are told by what they hold."""
    raw = RawList()
    ordinary: list[Row] = []
    for row, cells in rows:
        filled = [cell for cell in cells if cell]
        if len(filled) > 1 and all("@" in cell for cell in filled):
            raw.raters += [RawRater(row, cell) for cell in filled]
        else:
            ordinary.append((row, cells))
    columns = _columns_by_content(ordinary, names, needs_group=needs_group)
    for row, cells in ordinary:
        picked = _pick(row, cells, columns) if columns else None
        if any("@" in cell for cell in cells) and not _fits(picked, names):
            # A row in another order than the rest, or of another length.
            own = _columns_by_content([(row, cells)], names, needs_group=needs_group)
            picked = _pick(row, cells, own) if own else None
        if picked is None:
            raw.problems.append(_without_columns(row, cells))
        else:
            raw.raters.append(picked)
    return raw


def _fits(picked: RawRater | None, names: GroupNames) -> bool:
    if picked is None or "@" not in picked.email:
        return False
    group_in_place = not picked.group or names.find(picked.group) is not None
    return group_in_place or names.find(picked.name) is None


def _without_columns(row: int, cells: Sequence[str]) -> RaterProblem:
    if any("@" in cell for cell in cells):
        what = Message("it is not clear which of the cells is the name")
        hint = Message("add a first row that names the columns: Name, E-mail, Group, Language")
        return RaterProblem(row, "row", what, hint)
    return no_address(row, " ".join(cell for cell in cells if cell))


def no_address(row: int, text: str) -> RaterProblem:
    """The problem of a row with words but no address."""
    what = Message("there is no address in '%(words)s'", words=shown(text))
    return RaterProblem(row, "e-mail", what, ADDRESS_HINT)


def _pick(row: int, cells: list[str], columns: _Columns) -> RawRater:
    def cell(index: int | None) -> str:
        return cells[index] if index is not None and index < len(cells) else ""

    return RawRater(
        row,
        cell(columns.email),
        cell(columns.name),
        cell(columns.group),
        cell(columns.language),
    )


def _columns_by_content(
    rows: Sequence[Row], names: GroupNames, *, needs_group: bool
) -> _Columns | None:
    width = max((len(cells) for _, cells in rows), default=0)
    by_column: list[list[str]] = [[] for _ in range(width)]
    for _, cells in rows:
        for index, cell in enumerate(cells):
            if cell:
                by_column[index].append(cell)
    addresses = [sum("@" in cell for cell in column) for column in by_column]
    if not any(addresses):
        return None
    email = addresses.index(max(addresses))
    left = [index for index in range(width) if by_column[index] and index != email]
    matches = {i: sum(names.find(c) is not None for c in by_column[i]) for i in left}
    group = max(left, key=lambda index: (matches[index], index), default=None)
    if group is not None and not matches[group]:
        group = None
    left = [index for index in left if index != group]
    language = next(
        (i for i in reversed(left) if all(fold(c) in _LANGUAGE_WORDS for c in by_column[i])), None
    )
    left = [index for index in left if index != language]
    if group is None and needs_group and left:
        # No cell names a group, so one of them must be a group misspelt: the last, if it can be.
        last = by_column[left[-1]]
        if len(left) == 2 or (len(left) == 1 and any(names.suggest(cell) for cell in last)):
            group = left.pop()
    if len(left) > 1:
        return None
    return _Columns(email, left[0] if left else None, group, language)


def decode(content: bytes) -> tuple[str, list[RaterProblem]]:
    """The text of a CSV file, with a note when its encoding had to be guessed.

    Raises ValueError when it is not text.
    """
    notes = []
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252")
            what = Message("the file is not in UTF-8 and was read as Windows-1252")
            hint = Message("look whether accents and umlauts in the names are right")
            notes.append(RaterProblem(0, "file", what, hint))
    if "\0" in text:
        raise ValueError("binary content")
    return text, notes


def sniff_delimiter(text: str) -> str:
    """The character that parts the cells: tab, semicolon or comma."""
    best, best_score = ",", (False, 0)
    for delimiter in ("\t", ";", ","):
        rows, _ = split_csv(text, delimiter, at_most=30)
        filled = strip_cells(rows)
        header = any(is_header(cells) and len(cells) > 1 for _, cells in filled[:HEADER_WITHIN])
        score = (header, sum(len(cells) > 1 for _, cells in filled))
        if score > best_score:
            best, best_score = delimiter, score
    return best


def split_csv(
    text: str, delimiter: str, at_most: int = MAX_ROWS + 1
) -> tuple[list[Row], list[RaterProblem]]:
    """The rows of a text in CSV, numbered as a spreadsheet program numbers them."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    rows: list[Row] = []
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    try:
        for number, cells in enumerate(reader, start=1):
            if len(rows) >= at_most:
                break
            if any(cells):
                rows.append((number, cells))
    except csv.Error:
        number = rows[-1][0] + 1 if rows else 1
        what = Message("the row cannot be parted into cells")
        hint = Message(
            "look for a quotation mark that is missing or left over, here or in the next row"
        )
        return rows, [RaterProblem(number, "row", what, hint)]
    return rows, []


def read_csv_rows(content: bytes) -> tuple[list[Row], RawList]:
    """The rows of a CSV file; problems and notes of the file come beside them."""
    found = RawList()
    try:
        text, found.notes = decode(content)
    except ValueError:
        found.problems.append(RaterProblem(0, "file", NO_TEXT, SAVE_AS))
        return [], found
    delimiter = None
    if announced := re.match(r'"?sep=([,;\t])"?(?=[\r\n]|$)', text):
        delimiter = announced.group(1)
        text = text[announced.end() :]  # the line stays, empty, so that rows keep their number
    rows, found.problems = split_csv(text, delimiter or sniff_delimiter(text))
    if rows and (len(rows) > MAX_ROWS or rows[-1][0] > MAX_XLSX_ROW):
        found.problems = [_too_many_rows()]
        return [], found
    return rows, found


def _too_many_rows() -> RaterProblem:
    what = Message("the file has more than %(most)s rows", most=Whole(MAX_ROWS))
    return RaterProblem(0, "file", what, SPLIT)


def read_xlsx_rows(content: bytes) -> tuple[list[Row], RawList]:
    """The rows of the first visible sheet of an Excel workbook, formulas by their stored result."""
    found = RawList()
    try:
        if problem := _bomb(content):
            return [], RawList(problems=[problem])
        return _read_workbook(content, found), found
    except Exception:  # a damaged workbook fails in any of zip, XML and openpyxl, in many ways
        what = Message("this is not a workbook that can be read")
        hint = Message("open it in a spreadsheet program and save it again as .xlsx, or as CSV")
        failed = RawList(problems=[RaterProblem(0, "file", what, hint)])
        return [], failed


def _bomb(content: bytes) -> RaterProblem | None:
    what = too_much_in(content)
    if what is None:
        return None
    hint = Message("keep only the list of raters, or save it as CSV")
    return RaterProblem(0, "file", _TOO_MUCH.message(what), hint)


def _sheet_cells(
    content: bytes, found: RawList | None, *, results: bool
) -> Iterator[tuple[int, list[tuple[object, str]]]]:
    """Value and kind of every cell, row by row; `found` takes a note on sheets not read."""
    sheet = first_visible_sheet(content, results=results)
    if sheet is None:
        return
    if found is not None and sheet.has_others:
        what = Message("only the sheet '%(sheet)s' was read", sheet=shown(sheet.title))
        hint = Message("put all raters on the first sheet")
        found.notes.append(RaterProblem(0, "file", what, hint))
    yield from sheet.rows


def _read_workbook(content: bytes, found: RawList) -> list[Row]:
    rows: list[Row] = []
    formulas: set[tuple[int, int]] = set()
    for number, cells in _sheet_cells(content, found, results=False):
        texts = [cell_text(value) for value, _ in cells]
        if not any(texts):
            continue
        if len(rows) >= MAX_ROWS:
            found.problems = [_too_many_rows()]
            return []
        while texts and not texts[-1]:
            texts.pop()
        rows.append((number, texts))
        for column, (_, kind) in enumerate(cells):
            if kind == "f":
                formulas.add((number, column))
            elif kind == "e":
                found.problems.append(_cell_error(number, texts[column]))
    if formulas:
        _put_results(content, rows, formulas, found)
    return rows


def _put_results(
    content: bytes, rows: list[Row], formulas: set[tuple[int, int]], found: RawList
) -> None:
    by_number = dict(rows)
    last = rows[-1][0]
    for number, cells in _sheet_cells(content, None, results=True):
        if number > last:
            break
        for column, (value, kind) in enumerate(cells):
            if (number, column) not in formulas or value is None:
                continue  # without a result the formula itself stays, and is refused as one
            by_number[number][column] = cell_text(value)
            if kind == "e":
                found.problems.append(_cell_error(number, cell_text(value)))


def _cell_error(row: int, text: str) -> RaterProblem:
    what = Message("a cell holds the error %(error)s", error=shown(text))
    return RaterProblem(row, "row", what, Message("put in the text that belongs there"))
