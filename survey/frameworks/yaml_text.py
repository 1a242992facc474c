"""From the bytes of a file to text that is fit to be parsed: size, encoding and characters."""

import re

from survey.frameworks.problems import FrameworkError, Problem
from survey.languages.message import Message

MAX_BYTES = 1024 * 1024

# Besides control characters: U+0085, U+2028 and U+2029, which YAML 1.1 takes for line ends and
# editors do not (all positions after one would be wrong), lone surrogates and non-characters.
UNWANTED_CHARACTERS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff\ufeff]"
)
LINE_END = re.compile("\r\n|\r|\n")


def checked_text(content: bytes, file_name: str) -> str:
    """Decode the content of a file.

    Raises FrameworkError when it is too large, not UTF-8 or holds control characters.
    """
    if len(content) > MAX_BYTES:
        raise FrameworkError([too_large(file_name, len(content))])
    text = _decode(content, file_name)
    _refuse_unwanted_characters(text, file_name)
    return text


def too_large(file_name: str, size: int) -> Problem:
    """Say that a file of this many bytes exceeds the limit."""
    return Problem(
        file_name,
        1,
        1,
        Message(
            "the file is %(size)s bytes, more than the limit of %(most)s bytes (1 MiB)",
            size=f"{size:,}",
            most=f"{MAX_BYTES:,}",
        ),
        Message("a framework needs a small fraction of that; is it the right file?"),
    )


def _decode(content: bytes, file_name: str) -> str:
    try:
        # utf-8-sig: Windows editors put a byte order mark in front, which does no harm.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec counts from behind a byte order mark and hands over what it has decoded.
        whole = error.object
        lines = LINE_END.split(whole[: error.start].decode("utf-8"))
        raise FrameworkError(
            [
                Problem(
                    file_name,
                    len(lines),
                    len(lines[-1]) + 1,
                    Message(
                        "the file is not UTF-8: byte %(byte)s on line %(line)s",
                        byte=f"0x{whole[error.start]:02X}",
                        line=len(lines),
                    ),
                    Message("save it with the encoding UTF-8"),
                )
            ]
        ) from error


def _refuse_unwanted_characters(text: str, file_name: str) -> None:
    problems = []
    for found in UNWANTED_CHARACTERS.finditer(text):
        lines = LINE_END.split(text[: found.start()])
        problems.append(
            Problem(
                file_name,
                len(lines),
                len(lines[-1]) + 1,
                Message(
                    "invisible control character %(character)s",
                    character=code_point(found.group()),
                ),
                Message("delete it; texts may hold only printable characters"),
            )
        )
        # A binary file is full of them; the first few say enough.
        if len(problems) == 3:
            break
    if problems:
        raise FrameworkError(problems)


def code_point(character: str) -> str:
    """Name a character that cannot be shown."""
    return f"U+{ord(character):04X}"
