"""The lines of contact files (vCard, LDIF), in which a long line goes on in the next ones."""

from __future__ import annotations

import codecs

from survey.rounds.rater_list_table import NO_TEXT, SAVE_AS, RaterProblem, RawList, decode

Line = tuple[int, str]


def folded_lines(content: bytes, marks: bytes) -> tuple[list[Line], RawList]:
    """The whole lines with the number of the first of each; problems and notes beside them.

    A line that begins with one of the marks goes on with the line before it. Lines are put together
    before they are decoded, because some programs part them in the middle of a character.
    """
    found = RawList()
    numbers: list[int] = []
    whole: list[list[bytes]] = []
    for number, line in enumerate(_in_one_byte_steps(content).splitlines(), 1):
        if not whole or not line or line[0] not in marks:
            numbers.append(number)
            whole.append([line])
        else:
            whole[-1].append(line[1:])
    try:
        text, found.notes = decode(b"\n".join(b"".join(parts) for parts in whole))
    except ValueError:
        found.problems.append(RaterProblem(0, "file", NO_TEXT, SAVE_AS))
        return [], found
    # An empty file has no line, and its text one.
    return list(zip(numbers, text.split("\n"), strict=False)), found


def _in_one_byte_steps(content: bytes) -> bytes:
    """The content in UTF-8 where it is in UTF-16; anything else as it is."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace").encode()
    return content
