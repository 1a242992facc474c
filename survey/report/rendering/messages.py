"""What may be ordered of the process that draws, and what it may answer besides the usual."""

from __future__ import annotations

# Orders: a picture (a Vega specification as JSON), and a PDF file (its parts as JSON).
PICTURE, PDF = b"v", b"p"
# An answer: a text has a character that no font has.
MISSING_CHARACTER = b"c"
