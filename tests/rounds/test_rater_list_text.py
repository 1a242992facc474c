import pytest

from survey.frameworks.rater_groups import STANDARD_GROUPS
from survey.rounds.rater_list import RaterEntry, RaterList, parse_text


def rows(result: RaterList) -> list[tuple[str, str, str]]:
    assert result.ok, [str(problem) for problem in result.problems]
    return [(entry.name, entry.email, entry.group_key) for entry in result.entries]


def problems(result: RaterList) -> list[str]:
    assert not result.ok
    assert result.entries == ()
    return [str(problem) for problem in result.problems]


def test_one_address_a_line() -> None:
    text = "anna@example.org\r\n\r\n  bob@example.org  \ncy@example.org,"
    result = parse_text(text, STANDARD_GROUPS, "peers")
    assert rows(result) == [
        ("", "anna@example.org", "peers"),
        ("", "bob@example.org", "peers"),
        ("", "cy@example.org", "peers"),
    ]
    assert [entry.row for entry in result.entries] == [1, 3, 4]


def test_outlook_paste() -> None:
    text = (
        "Berger, Anna <anna.berger@example.org>; Müller, Jörg (Sales) <joerg@example.org>; "
        "'cy@example.org' <cy@example.org>; dora@example.org;"
    )
    assert rows(parse_text(text, STANDARD_GROUPS, "peers")) == [
        ("Anna Berger", "anna.berger@example.org", "peers"),
        ("Jörg (Sales) Müller", "joerg@example.org", "peers"),
        ("", "cy@example.org", "peers"),
        ("", "dora@example.org", "peers"),
    ]


def test_gmail_paste() -> None:
    text = 'Anna Berger <anna@example.org>, "Bob O\'Neil, PhD" <bob@example.org>,\n Cy <c@x.org>, '
    assert rows(parse_text(text, STANDARD_GROUPS, "customers")) == [
        ("Anna Berger", "anna@example.org", "customers"),
        ("Bob O'Neil, PhD", "bob@example.org", "customers"),
        ("Cy", "c@x.org", "customers"),
    ]


def test_commas_and_semicolons_mixed() -> None:
    text = 'To: Name <a@b.org>, "Last, First" <c@d.org>; e@f.org'
    assert rows(parse_text(text, STANDARD_GROUPS, "peers")) == [
        ("Name", "a@b.org", "peers"),
        ("First Last", "c@d.org", "peers"),
        ("", "e@f.org", "peers"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Name\tE-mail\tGroup\nAnna Berger\tanna@example.org\tPeers\nBob\tbob@example.org\tboss\n",
        "Group\tAddress\tName\npeer\tanna@example.org\tAnna Berger\nmanager\tbob@example.org\tBob",
        "Anna Berger\tanna@example.org\tPeers\nBob\tbob@example.org\tBoss",
        "Colleague\tanna@example.org\tAnna Berger\nline manager\tbob@example.org\tBob",
        "anna@example.org\tAnna Berger\tPEERS\r\nBob\tbob@example.org\tManager\r\n",
        "Anna Berger, anna@example.org, peers\nBob, bob@example.org, manager",
        "Anna Berger; anna@example.org; peers\nmanager; bob@example.org; Bob",
        "Anna Berger <anna@example.org>, peers\nBob <bob@example.org>; boss",
        "Peers: Anna Berger <anna@example.org>\nBoss: Bob <bob@example.org>",
        "Anna Berger anna@example.org peers\n- Bob: bob@example.org manager",
        "1. anna@example.org, Anna Berger, peers\n2. Bob <mailto:bob@example.org>, manager",
        "e-mail;name;group\nanna@example.org;Anna Berger;peers\nbob@example.org;Bob;manager",
        'name,email,group\n"Anna Berger",anna@example.org,peers\nBob,bob@example.org,manager',
        "Name\tVorname\tMail\tGruppe\nBerger\tAnna\tanna@example.org\tKollegin\n"
        "\tBob\tbob@example.org\tVorgesetzter",
        "First name,Last name,Email,Group\nAnna,Berger,anna@example.org,peers\n"
        "Bob,,bob@example.org,manager",
    ],
)
def test_names_and_groups_in_any_order(text: str) -> None:
    assert rows(parse_text(text, STANDARD_GROUPS)) == [
        ("Anna Berger", "anna@example.org", "peers"),
        ("Bob", "bob@example.org", "manager"),
    ]


def test_row_group_goes_before_default_group() -> None:
    text = "Anna, anna@example.org, customer\nBob, bob@example.org"
    assert [key for _, _, key in rows(parse_text(text, STANDARD_GROUPS, "peers"))] == [
        "customers",
        "peers",
    ]


def test_language() -> None:
    text = "Name\tMail\tSprache\nA\ta@b.org\tDeutsch\nB\tb@b.org\t\nC\tc@b.org\tpt_br"
    entries = parse_text(text, STANDARD_GROUPS, "peers").entries
    assert [entry.language for entry in entries] == ["de", None, "pt-BR"]
    text = "Anna <a@b.org>, peers, de\nBob, b@b.org, peers, English"
    entries = parse_text(text, STANDARD_GROUPS).entries
    assert [entry.language for entry in entries] == ["de", "en"]


def test_language_unknown() -> None:
    result = parse_text("Mail,Language\na@b.org,Klingon", STANDARD_GROUPS, "peers")
    assert problems(result)[0].startswith("Row 2, language: 'Klingon' is not a language; ")


def test_all_problems_by_row_and_no_entries() -> None:
    text = (
        "Name\tE-mail\tGroup\n"
        "Anna\tanna@example.org\tpeers\n"
        "\n"
        "Bob\tanna@\tpeers\n"
        "Cy\tcy@example.org\tpears\n"
        "\t\t\n"
        '=HYPERLINK("x")\tdora@example.org\t\n'
        "Eve\t\tmanager\n"
    )
    result = parse_text(text, STANDARD_GROUPS)
    groups = "the groups are: Self, Manager, Peers, Direct reports, Customers."
    address = "an address looks like name@example.org."
    assert problems(result) == [
        f"Row 4, e-mail: 'anna@' is not an address; {address}",
        f"Row 5, group: 'pears' is not a rater group; did you mean 'Peers'? {groups}",
        "Row 7, name: '=HYPERLINK(\"x\")' looks like a formula; "
        "put in the text itself, without '=', '+', '-' or '@'.",
        f"Row 7, group: the rater has no group; {groups}",
        f"Row 8, e-mail: the address is missing; {address}",
    ]
    assert result.readable == (RaterEntry("Anna", "anna@example.org", "peers", None),)


@pytest.mark.parametrize(
    ("text", "row", "field"),
    [
        ("a@b.org\nnot an address\nc@d.org", 2, "e-mail"),
        ("a@b.org\n\nanna@@example.org", 3, "e-mail"),
        ("a@b.org\nAnna @ example.org", 2, "e-mail"),
        ("a@b.org, c@d.org, peers", 1, "e-mail"),
        ("Anna, a@b.org, Sales, Berlin", 1, "row"),
        ("Anna, a@b.org, pears", 1, "row"),
        ("Anna Berger a@b.org somebody else <", 1, "e-mail"),
        ("Anna <a@b.org>, peers, de, more", 1, "row"),
        ('=HYPERLINK("mailto:a@b.org","Anna")', 1, "e-mail"),
        ("＝cmd, a@b.org", 1, "name"),
        ("+49 170 1, a@b.org", 1, "name"),
        ("An\x07na, a@b.org", 1, "name"),
        ("An\u202ena, a@b.org", 1, "name"),
        ("Anna\u2028Bcc: x, a@b.org", 1, "name"),
        ("An\ud800na, a@b.org", 1, "name"),
        ("\u200ea@b.org", 1, "e-mail"),
        ("a@b.org\x00", 1, "e-mail"),
        ("a\x0bBcc:c@b.org", 1, "e-mail"),
        ('Name,Mail\n"Anna\nBcc: x",a@b.org', 2, "name"),
        ('Name,Mail\nx,"a@b.org\nBcc: c@d.org"', 2, "e-mail"),
        ('Name,Mail,Note\nx,a@b.org,"y\nz,c@d.org,w"', 2, "row"),
        ('Name,Mail\nx,a@b.org\ny,"c@d.org', 3, "row"),
        ("Mail,Name\na@b.org,Berger, Anna", 2, "row"),
        ("Name,Gruppe\nAnna,peers", 1, "e-mail"),
        ("Mail,E-Mail\na@b.org,c@d.org", 1, "e-mail"),
        ("x@y.org\tAnna\tpeers\na@b.org\tc@d.org\tpeers", 2, "name"),
        ("x" * 121 + ", a@b.org", 1, "name"),
        ("", 0, "list"),
        (" \n\t\n", 0, "list"),
        ("Name\tMail\n", 0, "list"),
        ("a@b.org\n" * 10_001, 0, "list"),
        ("," * 1_000_001, 0, "list"),
    ],
)
def test_wrong_rows(text: str, row: int, field: str) -> None:
    result = parse_text(text, STANDARD_GROUPS, "peers")
    assert problems(result)
    assert [(problem.row, problem.field) for problem in result.problems] == [(row, field)]
    assert str(result.problems[0]).isprintable()


def test_rows_of_a_spreadsheet_beside_typed_lines() -> None:
    text = (
        "Carla Weiss <carla@firma.example>, Peers\n"
        "Dmitri Orlov\tdmitri@firma.example\tpeers\n"
        "Eva Roth, eva@firma.example, Direct reports\n"
        "finn@firma.example\tDirect reports\n"
    )
    result = parse_text(text, STANDARD_GROUPS, None)
    assert rows(result) == [
        ("Carla Weiss", "carla@firma.example", "peers"),
        ("Dmitri Orlov", "dmitri@firma.example", "peers"),
        ("Eva Roth", "eva@firma.example", "direct_reports"),
        ("", "finn@firma.example", "direct_reports"),
    ]


def test_default_group_unknown() -> None:
    result = parse_text("a@b.org", STANDARD_GROUPS, "pears")
    assert [(problem.row, problem.field) for problem in result.problems] == [(0, "group")]


def test_missing_group_misspelt_without_header() -> None:
    result = parse_text("Anna\tanna@example.org\tpears", STANDARD_GROUPS)
    assert [(problem.row, problem.field) for problem in result.problems] == [(1, "group")]


def test_unicode_names_and_addresses() -> None:
    text = "李小龍 <用户@例子.广告>\nمحمد\u200cرضا, m@Bücher.example\nZoe\u0308, zoe@example.org"
    assert rows(parse_text(text, STANDARD_GROUPS, "peers")) == [
        ("李小龍", "用户@例子.广告", "peers"),
        ("محمد\u200cرضا", "m@bücher.example", "peers"),
        ("Zoë", "zoe@example.org", "peers"),
    ]


def test_quotation_marks_in_a_spreadsheet_paste() -> None:
    text = '"Anni" Berger\tanna@example.org\n\n"Bob\tbob@example.org'
    assert rows(parse_text(text, STANDARD_GROUPS, "peers")) == [
        ('"Anni" Berger', "anna@example.org", "peers"),
        ('"Bob', "bob@example.org", "peers"),
    ]


def test_name_of_full_length() -> None:
    assert rows(parse_text("x" * 120 + ", a@b.org", STANDARD_GROUPS, "peers"))


def test_notes_do_not_stand_in_the_way() -> None:
    text = "Title\n\nName,Mail,Group,Town\nA,a@b.org,boss,Ulm\nB,b@b.org,manager,Bonn"
    result = parse_text("x" + text[5:], STANDARD_GROUPS)
    assert not result.ok  # "x" on top: no table, since only the first line may name columns
    result = parse_text(text.partition("\n\n")[2], STANDARD_GROUPS)
    assert result.ok
    assert [str(note) for note in result.notes] == [
        "Row 1, columns: not used: 'Town'; columns read are name, e-mail, group and language.",
        "Row 3, group: there are 2 managers; that is allowed; most rounds have one.",
    ]
