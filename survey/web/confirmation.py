"""Asking once more before something that cannot be taken back.

With scripts, the page itself asks and sends `sure` along; without, this page does.
"""

from __future__ import annotations

from flask import render_template, request


def is_sure() -> bool:
    """Whether the person has been asked already."""
    return request.form.get("sure") == "yes"


def confirmation_page(question: str, consequence: str, label: str, back_url: str) -> str:
    """A page with the question and one button, which sends the same request again."""
    return render_template(
        "confirm.html", question=question, consequence=consequence, label=label, back_url=back_url
    )
