"""Why raters are asked, as a new round proposes it: in the language of whoever reads it.

A mentor who leaves the proposed sentences as they are has chosen no words, so raters read them in
their own language. Words of the mentor's own are shown as written.
"""

from __future__ import annotations

from survey.languages.catalogues import LANGUAGES, spoken
from survey.languages.message import Message


def usual_purpose(mentee_first: str, mentor_name: str) -> Message:
    """What a new round's form proposes."""
    return Message(
        "%(mentee)s is working on their development with %(mentor)s. Your honest view helps "
        "%(mentee)s see what works well and what to work on next.",
        mentee=mentee_first,
        mentor=mentor_name,
    )


def purpose_in_words(purpose: str, mentee_first: str, mentor_name: str, language: str) -> str:
    """The round's purpose for somebody who reads this language."""
    usual = usual_purpose(mentee_first, mentor_name)
    written = " ".join(purpose.split())
    for each in LANGUAGES:
        if written == " ".join(usual.in_language(each).split()):
            return usual.in_language(spoken(language))
    return purpose
