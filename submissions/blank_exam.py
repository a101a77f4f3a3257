"""A blank exam as a PDF: whether it can be used, and pictures of its pages.

Free of models: most of it runs in the sandbox. A look is cheap enough for a request; drawing is
work for a job, because a page may take as long as it likes.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pikepdf
from pdf2image import convert_from_path
from pdf2image.exceptions import PDFPageCountError, PDFSyntaxError

from submissions.page_images import is_whole, pictures
from submissions.read_at_once import read_at_once
from submissions.rendering import is_faulty, is_of_one_tone
from submissions.sandbox import Sandbox, SandboxError
from submissions.sources import BadUpload, is_damaged, opened_pdf, recognise

MOST_PAGES = 200
WIDTH = 1275  # pixels: 150 dpi of a letter page
QUALITY = 82
TALLEST = 4  # heights of a page in its widths
SMALLEST, LARGEST = 36, 14_400  # points: half an inch, and as far as PDF readers go
LOOK_SECONDS = 8
PAGE_SECONDS, ALL_SECONDS = 20, 300  # a job has 840


class Size(NamedTuple):
    """Of an upright page, in points (1/72 inch)."""

    width: float
    height: float


class Drawn(NamedTuple):
    """A page's upright picture, and its size in points."""

    image: bytes
    width: float
    height: float


def look(path: Path, name: str, *, at_once: bool = False) -> list[Size]:
    """Return the size of each page without drawing any. Raises BadUpload, in words.

    `at_once` while a request waits: then few are looked at at a time.
    """
    if recognise(path, name) != "pdf":
        raise BadUpload(f"{name} is not a PDF. Save the blank exam as a PDF and upload that.")
    try:
        if at_once:
            return read_at_once(name, _sizes, path, name)
        with Sandbox(seconds=LOOK_SECONDS) as box:
            return box.call(_sizes, path, name)
    except SandboxError as error:
        raise BadUpload(
            f"{name} could not be opened within bounds ({error.reason}). "
            "Print it to a new PDF and upload that."
        ) from error


def draw(path: Path, name: str) -> Iterator[Drawn]:
    """Yield a picture of each page in turn. Raises BadUpload for what `look` refuses, too.

    Takes five minutes at most.
    """
    end = time.monotonic() + ALL_SECONDS
    with Sandbox(seconds=PAGE_SECONDS) as box:
        for number, size in enumerate(look(path, name), 1):
            if time.monotonic() > end:
                raise _too_slow(f"The pages of {name} take")
            try:
                picture = box.call(_picture, path, name, number)
            except SandboxError as error:
                if error.reason == "time":
                    raise _too_slow(f"Page {number} of {name} takes") from error
                raise _undrawn(number, name) from error
            yield Drawn(picture, *size)


def _too_slow(what: str) -> BadUpload:
    return BadUpload(f"{what} too long to draw. Print it to a new PDF and upload that.")


def _undrawn(number: int, name: str) -> BadUpload:
    return BadUpload(
        f"Page {number} of {name} could not be drawn. Print it to a new PDF and upload that."
    )


def _sizes(path: Path, name: str) -> list[Size]:
    with opened_pdf(path, name) as pdf:
        count = len(pdf.pages)
        if count == 0:
            raise BadUpload(f"{name} has no pages. Check the file and upload it again.")
        if count > MOST_PAGES:
            raise BadUpload(
                f"{name} has {count:,} pages, and {MOST_PAGES} is the most for a blank exam. "
                "Upload the pages that students get."
            )
        sizes = [_size(page, number, name) for number, page in enumerate(pdf.pages, 1)]
        if is_damaged(pdf):
            raise BadUpload(f"{name} is damaged, perhaps cut off. Save it again and upload that.")
    return sizes


def _size(page: pikepdf.Page, number: int, name: str) -> Size:
    try:
        x0, y0, x1, y1 = (float(value) for value in page.cropbox)
        unit = float(page.obj.get("/UserUnit", 1))
        sideways = int(page.obj.get("/Rotate", 0)) % 180 == 90
    except (TypeError, ValueError, OverflowError):
        raise BadUpload(
            f"Page {number} of {name} does not say how large it is. "
            "Print it to a new PDF and upload that."
        ) from None
    width, height = abs(x1 - x0) * unit, abs(y1 - y0) * unit
    short, long = sorted((width, height))
    # Written so that what is no number at all is refused as well.
    if not (short >= SMALLEST and long <= min(LARGEST, TALLEST * short)):
        inches = f"{width / 72:,.1f} × {height / 72:,.1f} inches"
        raise BadUpload(
            f"Page {number} of {name} measures {inches}, which is no size of a sheet. "
            "Print it to a new PDF of your paper’s size and upload that."
        )
    return Size(height, width) if sideways else Size(width, height)


def _picture(path: Path, name: str, number: int) -> bytes:
    """Draw one page; runs in the sandbox, whose limits hold for poppler too."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            # A width, never a dpi: a page may claim to be any size.
            drawn = convert_from_path(
                path,
                size=(WIDTH, None),
                first_page=number,
                last_page=number,
                fmt="jpeg",
                jpegopt={"quality": QUALITY, "optimize": True},
                use_cropbox=True,
                output_folder=folder,
                paths_only=True,
            )
        except (PDFPageCountError, PDFSyntaxError):
            raise _undrawn(number, name) from None
        if len(drawn) != 1:
            raise _undrawn(number, name)
        image = Path(str(drawn[0])).read_bytes()
    # What cannot be decoded is drawn as nothing: white paper, on the whole page or beside print.
    if (is_of_one_tone(image) and is_faulty(path, number)) or _is_cut_off(path, name, number):
        raise BadUpload(
            f"A picture on page {number} of {name} cannot be decoded. "
            "Print it to a new PDF and upload that."
        )
    return image


def _is_cut_off(path: Path, name: str, number: int) -> bool:
    with opened_pdf(path, name) as pdf:
        found = list(pictures(pdf.pages[number - 1].obj))
        return not all(is_whole(one) for one in found if isinstance(one, pikepdf.Stream))
