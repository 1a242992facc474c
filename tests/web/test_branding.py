"""The organisation's name, logo and colour: what is refused, and where they are seen."""

from __future__ import annotations

import email
import re
import struct
import zlib
from collections.abc import Iterator
from email import policy
from pathlib import Path

import pytest
from flask import Flask

from config import ConfigError, load_config
from survey.branding import (
    LARGEST_LOGO,
    LEAST_CONTRAST,
    BrandError,
    contrast,
    dark_shades,
    light_shades,
    read_logo,
)
from survey.operations.doctor.settings import check_names, check_sense
from tests.conftest import fresh_database, service_environment
from tests.support.cases import launched_case, tokens
from tests.support.web import Surfer, make_app, postman_of, service_of, signed_in


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int = 60, height: int = 30, extra: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"".join(b"\x00" + b"\x20\x60\xa0" * width for _ in range(height))
    chunks = chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunks + chunk(b"IEND", b"")


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    logo = tmp_path / "logo.png"
    logo.write_bytes(png())
    made = make_app(
        service_environment(fresh_database("sqlite", request, tmp_path), tmp_path)
        | {
            "ORGANISATION_NAME": "Müller, Søn & Co.",
            "ORGANISATION_LOGO": str(logo),
            "ORGANISATION_COLOUR": "#ffcc00",
        }
    )
    yield made
    service_of(made).database.dispose()


@pytest.mark.parametrize(
    "colour", ["#ffcc00", "#ffffff", "#000000", "#ff0000", "#00ff00", "#0000ff", "#808080"]
)
def test_whatever_the_colour_texts_in_it_can_be_read(colour: str) -> None:
    light, dark = light_shades(colour), dark_shades(colour)
    for ground in ("#f8f5ef", "#fffefb", "#f1ece2", "#ffffff", light.soft):
        assert contrast(light.accent, ground) >= LEAST_CONTRAST
    for ground in ("#141919", "#1c2323", "#232b2b", dark.soft):
        assert contrast(dark.accent, ground) >= LEAST_CONTRAST
    for shades, ink in ((light, "#20302f"), (dark, "#ece7de")):
        assert contrast(shades.accent, shades.on_accent) >= LEAST_CONTRAST
        assert contrast(shades.pressed, shades.on_accent) >= LEAST_CONTRAST
        assert contrast(ink, shades.soft) >= LEAST_CONTRAST


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert light_shades("#0e5c5c").accent == "#0e5c5c"
    assert dark_shades("#83cfc5").accent == "#83cfc5"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", "SVG is not taken"),
        (b"GIF89a", "neither PNG nor JPEG"),
        (png()[:-20], "damaged"),
        (png().replace(b"\x00\x00\x00\x3c", b"\x00\x00\x00\x3d", 1), "damaged"),
        (png(1300, 20), "too many"),
        (png(900, 20), "too long and narrow"),
        (png(extra=chunk(b"tEXt", b"x" * LARGEST_LOGO)), f"at most {LARGEST_LOGO:,} bytes"),
    ],
)
def test_what_is_no_logo_is_refused_with_the_reason(content: bytes, said: str) -> None:
    with pytest.raises(BrandError, match=said):
        read_logo(content)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ORGANISATION_COLOUR", "turquoise", "is no colour; write it as #0e5c5c"),
        ("ORGANISATION_COLOUR", "#12345", "is no colour"),
        ("ORGANISATION_NAME", "A" * 81, "at most 80"),
        ("ORGANISATION_NAME", "<b>Acme</b>", "does not belong in a name"),
        ("ORGANISATION_LOGO", "/nowhere/logo.png", "cannot be read"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    environment = service_environment(f"sqlite:///{tmp_path / 'x.db'}", tmp_path)
    with pytest.raises(ConfigError, match=said) as caught:
        load_config(environment | {name: value})
    assert str(caught.value).startswith(f"{name}: ")


def test_pages_of_mentors_and_raters_carry_them(app: Flask) -> None:
    service = service_of(app)
    case = launched_case(service, {"peers": 3})
    token = tokens(service, case.round_id)["peers1@example.org"]
    rater = Surfer(app)
    form = rater.get(f"/r/{token}", follow=True)
    for page in (signed_in(app, "max.mentor@example.org").get("/"), form):
        assert "Müller, Søn &amp; Co." in page.text
        (sheet,) = re.findall(r'href="(/brand/colour\.css\?v=\w+)"', page.text)
        (logo,) = re.findall(r'src="(/brand/logo\?v=\w+)"', page.text)
        assert page.text.index("style.css") < page.text.index("/brand/colour.css")
    stranger = app.test_client()
    answer = stranger.get(sheet)
    assert answer.content_type == "text/css; charset=utf-8"
    assert f"--accent: {light_shades('#ffcc00').accent}" in answer.text
    assert answer.cache_control.max_age
    assert "style-src 'self'" in answer.headers["Content-Security-Policy"]
    picture = stranger.get(logo)
    assert (picture.content_type, picture.data) == ("image/png", png())
    assert "Set-Cookie" not in picture.headers


def test_letters_name_the_organisation_and_load_nothing(app: Flask, tmp_path: Path) -> None:
    launched_case(service_of(app), {"peers": 3})
    while postman_of(app).deliver_due():
        pass
    letters = list((tmp_path / "instance" / "mailbox" / "new").iterdir())
    assert len(letters) > 3
    for file in letters:
        letter = email.message_from_bytes(file.read_bytes(), policy=policy.default)
        (sender,) = letter["From"].addresses
        assert sender.display_name == "Mentoring Feedback · Müller, Søn & Co."
        text, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
        assert "Müller, Søn & Co." in text
        assert "Müller, Søn &amp; Co." in html
        assert "<img" not in html


def test_a_logo_of_a_byte_too_many_is_refused_with_setting_and_limit(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    fill = LARGEST_LOGO - len(png()) - 12
    environment = service_environment(f"sqlite:///{tmp_path / 'x.db'}", tmp_path)
    logo.write_bytes(png(extra=chunk(b"tEXt", b"x" * fill)))
    assert len(logo.read_bytes()) == LARGEST_LOGO
    load_config(environment | {"ORGANISATION_LOGO": str(logo)})
    logo.write_bytes(png(extra=chunk(b"tEXt", b"x" * (fill + 1))))
    with pytest.raises(ConfigError, match=r"^ORGANISATION_LOGO: .*at most 10,240 bytes"):
        load_config(environment | {"ORGANISATION_LOGO": str(logo)})


def test_without_them_all_is_as_before(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url = fresh_database("sqlite", request, tmp_path)
    plain = make_app(service_environment(url, tmp_path))
    page = Surfer(plain).get("/sign-in").text
    assert "/brand/" not in page
    assert plain.test_client().get("/brand/colour.css").status_code == 404
    assert plain.test_client().get("/brand/logo").status_code == 404
    service_of(plain).database.dispose()


def test_the_doctor_says_which_shades_and_what_is_missing(tmp_path: Path) -> None:
    logo = tmp_path / "logo.png"
    logo.write_bytes(png())
    environment = service_environment(f"sqlite:///{tmp_path / 'x.db'}", tmp_path) | {
        "ORGANISATION_LOGO": str(logo),
        "ORGANISATION_COLOUR": "FC0",
    }
    said = "\n".join(finding.text for finding in check_sense(load_config(environment)))
    assert f"#ffcc00; so that it can be read, it is {light_shades('#ffcc00').accent} on" in said
    assert "a logo and no name" in said
    named = load_config(environment | {"ORGANISATION_NAME": "Acme"})
    assert "no name" not in "\n".join(finding.text for finding in check_sense(named))
    (unknown,) = check_names({"ORGANISATION_COLOR": "#000000"})
    assert "Is ORGANISATION_COLOUR meant?" in unknown.advice
