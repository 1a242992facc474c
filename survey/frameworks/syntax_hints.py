"""Say in plain language what is wrong when a file is no YAML at all."""

import re
from dataclasses import dataclass

import yaml

from survey.languages.message import Message


@dataclass(frozen=True)
class SyntaxFault:
    """A syntax error: position from 1, what is wrong and what to do."""

    line: int
    column: int
    what: str
    hint: str


# A part of the parser's own message, what it means, and what to do. The first that fits counts.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        r"found '<stream end>'",
        Message("the file ends in the middle of a list or map"),
        Message("close the bracket"),
    ),
    (
        r"found character '\\t' that cannot start",
        Message("a tab stands where YAML allows only spaces"),
        Message("replace it with spaces"),
    ),
    (
        r"found character '[@`%]' that cannot start",
        Message("a text cannot begin with this character"),
        Message("put the text in quotes"),
    ),
    (
        r"mapping values are not allowed",
        Message("a colon is not expected here"),
        Message("put a text that contains “: ” in quotes, or check the indentation"),
    ),
    (
        r"could not find expected ':'",
        Message("a colon is missing after the key"),
        Message("write “key: value”, and indent the further lines of a long text"),
    ),
    (
        r"found unexpected end of stream|found unexpected document separator",
        Message("a quote is opened here and never closed"),
        Message("add the closing quote"),
    ),
    (
        r"expected ',' or '[\]}]'",
        Message("a comma or closing bracket is missing"),
        Message("close the bracket, or put a text that begins with { or [ in quotes"),
    ),
    (
        r"expected the node content|expected <block end>, but found '\?'",
        Message("something is missing or out of place here"),
        Message("check the brackets, commas and dashes before this place"),
    ),
    (
        r"sequence entries are not allowed",
        Message("a list item cannot begin here"),
        Message("put the dash on a line of its own, under the key"),
    ),
    (
        r"expected <block end>, but found '(<scalar>|,|:|\]|\}|<anchor>|<alias>|<tag>)'",
        Message("the text goes on after its end"),
        Message("put the whole text in quotes, with quotes inside it doubled"),
    ),
    (
        r"expected <block end>",
        Message("this line is indented differently from the lines it belongs to"),
        Message("give keys and list items of one group the same indentation, in spaces"),
    ),
    (
        r"found unknown escape character|expected escape sequence|escape",
        Message("a backslash in double quotes begins an unknown escape"),
        Message("use single quotes, or write the backslash twice"),
    ),
    (
        r"while scanning (an? )?(alias|anchor)",
        Message("a text cannot begin with * or &"),
        Message("put the text in quotes"),
    ),
    (
        r"block scalar|indentation indicators",
        Message("a text cannot go on behind | or >"),
        Message("begin it on the next line, indented, or put it in quotes"),
    ),
    (
        r"directive",
        Message("a line that begins with a percent sign is not understood"),
        Message("remove it"),
    ),
    (r"tag", Message("a text cannot begin with !"), Message("put the text in quotes")),
    (
        r"<document start>",
        Message("the file goes on where it should have ended"),
        Message("check the indentation of this line: top-level keys begin in column 1"),
    ),
)


def explain_syntax_error(error: yaml.MarkedYAMLError, lines: list[str]) -> SyntaxFault:
    """Turn the parser's error into a position inside the file and a plain explanation."""
    message = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    if _is_about_the_beginning(error):
        mark = error.context_mark
    line, column = _inside_file(mark, lines)
    indentation = re.match(r"[ \t]*", lines[line - 1])
    if indentation and "\t" in indentation.group():
        # Whatever the parser stumbled on, a tab in front of the line is what to mend first.
        column = indentation.group().index("\t") + 1
        return SyntaxFault(
            line,
            column,
            Message("a tab stands where YAML allows only spaces"),
            Message("indent with spaces"),
        )
    if re.search(r":\s+\{mentee\}", lines[line - 1]):
        return SyntaxFault(
            line,
            column,
            Message("a text that begins with { is read as a map"),
            Message("put the whole text in quotes"),
        )
    if _is_a_colon_in_a_text(error):
        message = "mapping values are not allowed"
    for pattern, what, hint in _MEANINGS:
        if re.search(pattern, message):
            return SyntaxFault(line, column, what, hint)
    return SyntaxFault(
        line,
        column,
        Message(
            "this cannot be read as YAML (%(problem)s)", problem=error.problem or "syntax error"
        ),
        Message("check the indentation, colons and quotes of this line and the one before"),
    )


def _is_a_colon_in_a_text(error: yaml.MarkedYAMLError) -> bool:
    """Tell whether a text between brackets holds a colon: {en: Asks: why?}.

    A colon in a later line is that of the next key, behind a bracket that was never closed.
    """
    begin, end = error.context_mark, error.problem_mark
    if begin is None or end is None or begin.line != end.line:
        return False
    return (error.problem or "").endswith("but got ':'")


def _is_about_the_beginning(error: yaml.MarkedYAMLError) -> bool:
    """Tell whether to look where the faulty part begins, not where the parser gave up.

    For a quote, bracket or key that is not finished, that can be many lines further down.
    """
    begin, end, problem = error.context_mark, error.problem_mark, error.problem or ""
    if begin is None:
        return False
    if re.search("unexpected end of stream|could not find expected ':'", problem):
        return True
    unclosed = re.search(r"expected ',' or '[\]}]'", problem)
    return bool(unclosed) and end is not None and end.line > begin.line


def _inside_file(mark: yaml.Mark | None, lines: list[str]) -> tuple[int, int]:
    """Return line and column from 1; the end of the file counts as the end of its last line."""
    if mark is None:
        return (1, 1)
    line, column = mark.line + 1, mark.column + 1
    last = len(lines)
    while last > 1 and not lines[last - 1].strip():
        last -= 1
    if line > last:
        return (last, len(lines[last - 1]) + 1)
    return (line, column)
