"""What somebody typed into a form that could not be saved, shown to them again.

It goes back to the browser that sent it, and is kept nowhere else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import render_template, request

# What belongs to the form and not to the person.
_NOT_TYPED = {"csrf_token", "sure", "credential"}
_LONG = 20
_ID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")


@dataclass(frozen=True)
class Typed:
    """The fields of a form: texts to be shown, and all else to be sent along with them."""

    texts: list[tuple[str, str]]
    hidden: list[tuple[str, str]]
    had_files: bool


def typed_texts() -> Typed | None:
    """What was typed in the current request; None when there is no text worth keeping."""
    fields = [(k, v) for k, v in request.form.items(multi=True) if k not in _NOT_TYPED]
    texts = [(name, value) for name, value in fields if _is_text(value)]
    if request.method != "POST" or not texts:
        return None
    hidden = [field for field in fields if field not in texts]
    return Typed(texts, hidden, had_files=any(file.filename for file in request.files.values()))


def not_saved_page(typed: Typed) -> str:
    """The page with what was typed, and the way to send it once more."""
    action = request.full_path.removesuffix("?")
    return render_template("accounts/not_saved.html", typed=typed, action_url=action)


def sent_from_our_page() -> bool:
    """Whether the browser says that a page of ours sent this: no other site made it up."""
    return request.headers.get("Sec-Fetch-Site") == "same-origin"


def _is_text(value: str) -> bool:
    words = value.split()
    # An id is long and has no blanks; so is a text in a language that writes none.
    return len(words) > 1 or (len(value) > _LONG and not _ID.fullmatch(value.strip()))
