"""One side of paper taken out of an upload, and the bounds on what may be taken."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PIXELS = 80_000_000
LONGEST = 8  # times as long as wide: what is looked at grows with it, and no sheet is
RENDER_DPI = 200
MAX_RENDER_WIDTH = 2_550
MAX_RENDER_HEIGHT = 8_000
TAKES_LONG = "its picture takes too long to open. Save it as a plain JPEG, or scan it again."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page, lossless as a one-page PDF, and as a JPEG to look at.

    `image` is `width` by `height` pixels; turned `rotate` degrees clockwise it stands as the PDF
    shows it. `lossless`: it is the very JPEG that lies in the file. `grey`: it has one channel.
    `bilevel`: the scanner kept only black and white. `dpi`: its dots an inch across the page.
    `scanned_dpi`: those of the scan that it was drawn of, if it had to be drawn and was scanned.
    `straightened`: it was photographed askew, and this is the page drawn upright.
    """

    number: int
    pdf: bytes
    image: bytes
    width: int
    height: int
    rotate: int
    lossless: bool
    grey: bool
    bilevel: bool
    dpi: float
    straightened: bool = False
    scanned_dpi: float | None = None


@dataclass(frozen=True, slots=True)
class BadPage:
    """A page that could not be taken, and why, in words for a person.

    `slow`: it was not for want of trying, and others like it had better not be tried.
    """

    number: int
    message: str
    slow: bool = False


class Unreadable(Exception):
    """This page cannot be taken; the message completes "Page 3: ..." for a person."""


def check_shape(sheet: Sheet) -> Sheet:
    """Return the sheet; raise Unreadable when its picture has no shape of a sheet of paper."""
    short, long = sorted((sheet.width, sheet.height))
    if long > LONGEST * short:
        raise Unreadable(
            f"its picture is {sheet.width:,} × {sheet.height:,} dots, no shape of a sheet. "
            "Scan it again."
        )
    return sheet


def too_large(width: int, height: int) -> Unreadable | None:
    """The refusal of a picture that claims too many dots, before anything decodes it."""
    if width * height <= MAX_PIXELS:
        return None
    return Unreadable(
        f"its picture claims {width:,} × {height:,} dots, more than can be opened. "
        "Scan it at 300 dpi."
    )
