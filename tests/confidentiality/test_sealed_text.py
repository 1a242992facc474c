"""Sealed texts open with their own key at their own place, and with nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.confidentiality.sealed_text import SealBrokenError, TextKey

KEY = TextKey(TextKey.generate())
PLACE = "goals.statement_sealed/1"


@given(st.text())
def test_what_is_sealed_opens_again(text: str) -> None:
    sealed = KEY.seal(text, PLACE)
    assert KEY.open(sealed, PLACE) == text
    if len(text) > 3:
        assert text.encode() not in sealed


def test_another_key_place_or_a_changed_byte_opens_nothing() -> None:
    sealed = KEY.seal("Lead projects", PLACE)
    with pytest.raises(SealBrokenError):
        TextKey(TextKey.generate()).open(sealed, PLACE)
    with pytest.raises(SealBrokenError, match=r"goals\.statement_sealed/2"):
        KEY.open(sealed, "goals.statement_sealed/2")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(SealBrokenError):
            KEY.open(bytes(changed), PLACE)
    with pytest.raises(SealBrokenError):
        KEY.open(b"", PLACE)


def test_the_length_tells_little() -> None:
    assert len({len(KEY.seal("x" * length, PLACE)) for length in range(64)}) == 1
    assert KEY.seal("yes", PLACE) != KEY.seal("yes", PLACE)
