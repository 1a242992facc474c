"""With the largest logo, the longest name and a colour, the form weighs no more than it may."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from benchmarks.load.form_effort import weigh
from benchmarks.load.thirty_statements import open_round
from config import load_config
from survey.branding import LARGEST_LOGO, LONGEST_NAME
from survey.service import Service
from tests.conftest import service_environment
from tests.end_to_end.rater_form.test_effort import MOST_BYTES
from tests.support.live_service import LiveService


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def largest_logo() -> bytes:
    """A PNG of exactly so many bytes as are taken; a comment fills what its pixels leave."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 96, 96, 8, 2, 0, 0, 0))
    rows = b"".join(b"\x00" + b"\x20\x60\xa0" * 96 for _ in range(96))
    signature, pixels, end = b"\x89PNG\r\n\x1a\n", chunk(b"IDAT", zlib.compress(rows)), b"IEND"
    made = signature + head + pixels + chunk(end, b"")
    room = LARGEST_LOGO - len(made) - 12
    return signature + head + chunk(b"tEXt", b"x" * room) + pixels + chunk(end, b"")


@pytest.fixture
def live_service(database_url: str, tmp_path: Path) -> Iterator[LiveService]:
    """The one with everything of an organisation's that raters load."""
    logo = tmp_path / "logo.png"
    logo.write_bytes(largest_logo())
    live = LiveService(
        service_environment(database_url, tmp_path)
        | {
            "ORGANISATION_NAME": "م" * LONGEST_NAME,
            "ORGANISATION_LOGO": str(logo),
            "ORGANISATION_COLOUR": "#ffcc00",
        },
        tmp_path,
    )
    live.start()
    yield live
    live.stop()


def test_the_largest_logo_leaves_the_form_below_60_kilobytes(
    context: BrowserContext, live_service: LiveService, case_service: Service
) -> None:
    """Arabic pages are the heaviest."""
    logo = load_config(live_service.environment)["ORGANISATION_LOGO"]
    assert len(logo.content) == LARGEST_LOGO
    (token,) = open_round(case_service, ["ar"])
    sizes = weigh(context, case_service.rater_url(token))
    assert sizes["Image"] > LARGEST_LOGO, "the form does not load the logo"
    assert sum(sizes.values()) < MOST_BYTES, sizes
