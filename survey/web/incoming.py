"""Requests as views see them: without NUL characters.

No text has one, no keyboard makes one, and PostgreSQL stores none. They are taken out of all
parameters here, so that no form has to think of them; an address with one leads nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict

_NUL = "\x00"


class CleanParameters(ImmutableMultiDict[str, Any]):
    """Parameters of a query or a form; files and their content stay as they are."""

    def __init__(self, mapping: Any = None) -> None:
        pairs: Iterable[tuple[str, Any]] = (
            mapping.items(multi=True) if isinstance(mapping, MultiDict) else mapping or ()
        )
        # A part of a form may come without a name, which nobody then expects to be None.
        super().__init__(
            [(_clean(name), _clean(value)) for name, value in pairs if name is not None]
        )


class IncomingRequest(Request):
    """A request whose parameters hold no NUL characters."""

    parameter_storage_class = CleanParameters


def refuse_nul_in_address() -> None:
    """Answer an address with a NUL character with the page for what does not exist.

    A rater's link is looked up by its hash, and has a page of its own where it is damaged.
    """
    if _NUL in request.path and request.blueprint != "rater":
        abort(404)


def _clean(value: Any) -> Any:
    return value.replace(_NUL, "") if isinstance(value, str) else value
