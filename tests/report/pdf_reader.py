"""What a reader, or a screen reader, finds in a PDF file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject


@dataclass(frozen=True)
class Element:
    """An element of the structure tree: its role and its alternative text."""

    role: str
    alt: str


class Pdf:
    """A PDF file, opened."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.reader = PdfReader(io.BytesIO(content))
        self.root = self.reader.trailer["/Root"]
        self.pages = [page.extract_text() for page in self.reader.pages]

    @property
    def text(self) -> str:
        """All pages without what repeats on each, in one line, with plain spaces."""
        bodies = (
            re.sub(r"^.*Confidential\n|\n.* Page \d+ of \d+$", "", page) for page in self.pages
        )
        return squeezed("\n".join(bodies))

    def section(self, title: str, until: str | None) -> str:
        """The text from one heading to the next; the last place where the heading stands."""
        text = self.text
        start = text.rindex(squeezed(title))
        end = text.index(squeezed(until), start + len(title)) if until else len(text)
        return text[start:end]

    def bookmarks(self) -> list[str]:
        """The outline's titles, in order."""

        def flat(items: list[object]) -> Iterator[str]:
            for item in items:
                if isinstance(item, list):
                    yield from flat(item)
                else:
                    yield str(item.title)  # type: ignore[attr-defined]

        return list(flat(list(self.reader.outline)))

    def structure(self) -> list[Element]:
        """The elements of the structure tree."""
        return list(_walk(self.root["/StructTreeRoot"]["/K"]))

    def metadata(self) -> str:
        """The XMP packet."""
        return str(self.root["/Metadata"].get_object().get_data().decode())


def squeezed(text: str) -> str:
    """The text with every run of spaces as one, and without places to break."""
    return " ".join(text.replace("\u200b", "").split())


def _walk(node: object) -> Iterator[Element]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, ArrayObject):
        for child in node:
            yield from _walk(child)
    elif isinstance(node, DictionaryObject):
        if "/S" in node:
            yield Element(str(node["/S"]).removeprefix("/"), str(node.get("/Alt", "")))
        if "/K" in node:
            yield from _walk(node["/K"])
