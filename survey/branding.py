"""The organisation's name, logo and colour: what is taken, and the shades that stay readable.

A logo is PNG or JPEG: an SVG can carry scripts. Its bytes are looked at here, so that pages and PDF
files can show it. From one colour come the accents of light and of dark pages, each as near to it
as the contrast of WCAG 2.2 AA (4.5:1) allows.
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from dataclasses import dataclass
from functools import cached_property

LONGEST_NAME = 80
# A rater's form loads less than 60,000 bytes in all, on a phone's connection. The heaviest (Arabic,
# thirty statements, with the longest name and a colour) takes 48,500 of them without the picture
# itself: 11,500 are left, and this keeps a tenth of it back.
LARGEST_LOGO = 10 * 1024
MOST_PIXELS = 1200
LEAST_CONTRAST = 4.5
# What accents stand on, as in style.css: the darkest light ground, and the lightest dark one.
_LIGHT_GROUND, _DARK_GROUND = "#f1ece2", "#232b2b"
_LIGHT_CARD, _DARK_CARD = "#fffefb", "#1c2323"
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_DARK_INK = "#0b1414"

Rgb = tuple[int, int, int]


class BrandError(ValueError):
    """A name, logo or colour that cannot be used; the text says why and what to do."""


@dataclass(frozen=True)
class Logo:
    """A picture that was looked at."""

    content: bytes
    media_type: str
    width: int
    height: int

    @cached_property
    def version(self) -> str:
        """Changes with the content, so that browsers may keep it."""
        return hashlib.sha256(self.content).hexdigest()[:12]


@dataclass(frozen=True)
class Shades:
    """Accents for one ground: for texts and buttons, pressed, what stands on it, and a tint."""

    accent: str
    pressed: str
    on_accent: str
    soft: str


@dataclass(frozen=True)
class Brand:
    """What pages, letters and reports carry of the organisation; any of it may be missing."""

    name: str = ""
    logo: Logo | None = None
    colour: str = ""

    @property
    def light(self) -> Shades:
        """Shades on light pages and on paper."""
        return light_shades(self.colour)

    @cached_property
    def stylesheet(self) -> str:
        """The colour as a style sheet that goes after style.css; empty without one."""
        if not self.colour:
            return ""
        light, dark = _rule(light_shades(self.colour)), _rule(dark_shades(self.colour))
        return f"{light}\n@media screen and (prefers-color-scheme: dark) {{ {dark} }}\n"

    @cached_property
    def stylesheet_version(self) -> str:
        """Changes with the style sheet, so that browsers may keep it."""
        return hashlib.sha256(self.stylesheet.encode()).hexdigest()[:12]


def checked_name(text: str) -> str:
    """The name on one line. Raises BrandError."""
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME:
        raise BrandError(f"{len(name)} characters are too many; use at most {LONGEST_NAME}.")
    if not name.isprintable() or any(char in name for char in "<>"):
        raise BrandError("it has a character that does not belong in a name; leave it out.")
    return name


def checked_colour(text: str) -> str:
    """The colour as #rrggbb. Raises BrandError."""
    written = text.strip().lower()
    found = re.fullmatch(r"#?([0-9a-f]{6}|[0-9a-f]{3})", written)
    if found is None:
        raise BrandError(f"{text!r} is no colour; write it as #0e5c5c.")
    digits = found[1] if len(found[1]) == 6 else "".join(2 * digit for digit in found[1])
    return f"#{digits}"


def read_logo(content: bytes) -> Logo:
    """A logo from the bytes of its file. Raises BrandError saying what to do."""
    if len(content) > LARGEST_LOGO:
        raise BrandError(
            f"it has {len(content):,} bytes, and raters load it on their phones; make it smaller: "
            f"at most {LARGEST_LOGO:,} bytes are taken. A height of 96 pixels is plenty."
        )
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        size, media_type = _png_size(content), "image/png"
    elif content.startswith(b"\xff\xd8\xff"):
        size, media_type = _jpeg_size(content), "image/jpeg"
    else:
        raise BrandError(
            "it is neither PNG nor JPEG. Save it as PNG; SVG is not taken, since it can carry "
            "scripts."
        )
    if size is None:
        raise BrandError("the picture is damaged. Save it anew.")
    width, height = size
    if not (0 < width <= MOST_PIXELS and 0 < height <= MOST_PIXELS):
        raise BrandError(f"{width} x {height} pixels are too many; use at most {MOST_PIXELS}.")
    if width > 8 * height or height > 2 * width:
        raise BrandError(f"{width} x {height} pixels are too long and narrow for a page's head.")
    return Logo(content, media_type, width, height)


def light_shades(colour: str) -> Shades:
    """Shades for light pages: the colour, darkened as far as texts in it need."""
    wanted = _rgb(colour)
    for step in range(101):
        accent = _mixed(wanted, _BLACK, step / 100)
        soft = _mixed(_rgb(_LIGHT_CARD), accent, 0.12)
        if all(_contrast(accent, g) >= LEAST_CONTRAST for g in (soft, _rgb(_LIGHT_GROUND))):
            break
    return Shades(_hex(accent), _hex(_mixed(accent, _BLACK, 0.25)), "#ffffff", _hex(soft))


def dark_shades(colour: str) -> Shades:
    """Shades for dark pages: the colour, lightened as far as texts in it need."""
    wanted = _rgb(colour)
    for step in range(101):
        accent = _mixed(wanted, _WHITE, step / 100)
        soft = _mixed(_rgb(_DARK_CARD), accent, 0.18)
        grounds = (soft, _rgb(_DARK_GROUND), _rgb(_DARK_INK))
        if all(_contrast(accent, ground) >= LEAST_CONTRAST for ground in grounds):
            break
    return Shades(_hex(accent), _hex(_mixed(accent, _WHITE, 0.25)), _DARK_INK, _hex(soft))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    return _contrast(_rgb(one), _rgb(other))


def _rule(shades: Shades) -> str:
    return (
        f":root {{ --accent: {shades.accent}; --accent-2: {shades.pressed}; "
        f"--on-accent: {shades.on_accent}; --soft: {shades.soft}; }}"
    )


def _contrast(one: Rgb, other: Rgb) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Rgb) -> float:
    """Relative luminance (WCAG 2.2, "relative luminance")."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (value / 255 for value in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _mixed(one: Rgb, other: Rgb, share: float) -> Rgb:
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _hex(colour: Rgb) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _png_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG whose chunks and packed pixels are whole; None otherwise."""
    place, size, pixels, kind = 8, None, b"", b""
    while place + 12 <= len(content) and kind != b"IEND":
        (length,) = struct.unpack_from(">I", content, place)
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        end = place + 8 + length
        if end + 4 > len(content) or zlib.crc32(kind + data) != int.from_bytes(
            content[end : end + 4]
        ):
            return None
        if kind == b"IHDR" and length == 13:
            size = struct.unpack(">II", data[:8])
        elif kind == b"IDAT":
            pixels += data
        place = end + 4
    unpacking = zlib.decompressobj()
    try:
        # As many pixels as are allowed, with four bytes of two each, and no more.
        unpacking.decompress(pixels, MOST_PIXELS * (MOST_PIXELS * 8 + 1) + 1)
    except zlib.error:
        return None
    return size if kind == b"IEND" and unpacking.eof else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG that goes to its end; None otherwise."""
    if not content.rstrip(b"\x00").endswith(b"\xff\xd9"):
        return None
    place = 2
    while place + 9 < len(content) and content[place] == 0xFF:
        marker, (length,) = content[place + 1], struct.unpack_from(">H", content, place + 2)
        # The frame's head: all of SOF0 to SOF15 but DHT, JPG and DAC.
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", content, place + 5)
            return width, height
        place += 2 + length
    return None
