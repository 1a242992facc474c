"""Texts of other programs without their markup, placeholders and invisible characters."""

from __future__ import annotations

import html
import re

from survey.frameworks.importing.outline import LeftOut
from survey.frameworks.texts import MENTEE_PLACEHOLDER
from survey.frameworks.yaml_text import UNWANTED_CHARACTERS

# No text of a framework is a tenth of this.
LONGEST_TEXT = 10_000

_PLACEHOLDER = re.compile(r"\$?\{[^{}]*\}")
_TAG = re.compile(r"<[/!?]?([A-Za-z\[-][A-Za-z0-9]*)[^<>]*>")
_BETWEEN = {"br", "p", "div", "li", "tr", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6", "ul"}
_UNREAD = (("<!--", "-->"), ("<script", "</script"), ("<style", "</style"))
_MEDIA = {"img", "video", "audio", "iframe", "object", "embed", "svg", "canvas"}


def plain_words(text: object, left_out: LeftOut, where: str) -> str:
    """The words of a text, on one line. What falls away is noted; `where` says of what."""
    if not isinstance(text, str):
        return ""
    if len(text) > LONGEST_TEXT:
        left_out.note(f"texts were cut after {LONGEST_TEXT:,} characters", where)
        text = text[:LONGEST_TEXT]
    if "<" in text or "&" in text:
        text = _without_markup(text, left_out, where)
    text = UNWANTED_CHARACTERS.sub(" ", text)
    return " ".join(_without_placeholders(text, left_out, where).split())


def _without_markup(text: str, left_out: LeftOut, where: str) -> str:
    """The words between tags, which are found without the standard parser.

    That one takes minutes for a text that was made to be slow; here each character is looked at
    a few times.
    """
    for begin, end in _UNREAD:
        text = _without_parts(text, begin, end)
    names = {match.group(1).lower() for match in _TAG.finditer(text)}
    if names & _MEDIA:
        left_out.note("pictures, sound and video in texts are not carried over", where)
    if names - _MEDIA:
        left_out.note("formatting (HTML) was taken off texts", where)
    text = _TAG.sub(lambda match: " " if match.group(1).lower() in _BETWEEN else "", text)
    try:
        return html.unescape(text)
    except ValueError:  # the number of a character, with thousands of digits
        return text


def _without_parts(text: str, begin: str, end: str) -> str:
    """Without all that stands between these two; what never ends is left as it is."""
    kept: list[str] = []
    lower, start = text.lower(), 0
    # Some letters change their length with their case; then places would not fit.
    while len(lower) == len(text) and (opened := lower.find(begin, start)) >= 0:
        closed = lower.find(end, opened)
        if closed < 0:
            break
        kept.append(text[start:opened])
        start = closed + len(end)
        if not end.endswith(">"):  # of a tag, which may hold spaces
            start = lower.find(">", start) + 1 or start
    return "".join([*kept, text[start:]])


def _without_placeholders(text: str, left_out: LeftOut, where: str) -> str:
    def replaced(found: re.Match[str]) -> str:
        if found.group() == MENTEE_PLACEHOLDER:
            return found.group()
        left_out.note(
            "placeholders and formulas in texts are not carried over; “…” stands in their place, "
            f"and {MENTEE_PLACEHOLDER} is the only placeholder",
            where,
        )
        return "…"

    kept = _PLACEHOLDER.sub(replaced, text)
    # What is left of braces belongs to no pair that could be read.
    parts = kept.split(MENTEE_PLACEHOLDER)
    return MENTEE_PLACEHOLDER.join(p.replace("{", "(").replace("}", ")") for p in parts)
