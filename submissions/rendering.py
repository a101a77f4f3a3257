"""Draw a page that is not simply one picture. Poppler does it, in a process of its own."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from pdf2image import convert_from_bytes, convert_from_path
from pdf2image.exceptions import PDFSyntaxError
from PIL import Image

from submissions import jpegs, wholeness
from submissions.sheet import Unreadable

RENDER_SECONDS = 15


def draw(pdf: bytes, size: tuple[int, int], *, grey: bool) -> bytes:
    """A JPEG of a one-page PDF, `size` (width, height) pixels whatever the page claims to measure.

    Runs in the sandbox only. Raises Unreadable, also where the renderer says that a picture of the
    page is damaged: it leaves white what it cannot decode.
    """
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.pdf"
        page.write_bytes(pdf)
        try:
            convert_from_path(
                page,
                size=size,
                fmt="jpeg",
                jpegopt={"quality": 88, "progressive": "n", "optimize": "n"},
                grayscale=grey,
                use_cropbox=True,
                output_folder=folder,
                paths_only=True,
                timeout=RENDER_SECONDS,
                strict=True,
            )
        except PDFSyntaxError as error:
            # Most of what it finds fault with is drawn all the same, and lies in the folder.
            if wholeness.tells_of_a_fault(str(error)):
                raise Unreadable(wholeness.DAMAGED) from error
        except Exception as error:  # pdf2image has a family of its own, and lets others through
            raise Unreadable("it could not be drawn within bounds. Scan it again.") from error
        files = list(Path(folder).glob("*.jpg"))
        if len(files) != 1:
            raise Unreadable("it could not be drawn. Scan it again.")
        return _grey_if_grey(files[0].read_bytes())


def is_of_one_tone(jpeg: bytes) -> bool:
    """Whether nothing at all is drawn: what a scanner sees of blank paper has some grain."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.draft("L", (picture.width // 4, picture.height // 4))
        low, high = picture.convert("L").getextrema()
    return bool(high - low <= 2)  # type: ignore[operator]  # numbers, for one band


def is_faulty(pdf: Path | bytes, number: int = 1) -> bool:
    """Whether poppler finds fault with what a page of a PDF draws. Runs in the sandbox only."""
    try:
        if isinstance(pdf, bytes):
            convert_from_bytes(pdf, size=(60, None), strict=True, timeout=RENDER_SECONDS)
        else:
            convert_from_path(
                pdf,
                size=(60, None),
                first_page=number,
                last_page=number,
                strict=True,
                timeout=RENDER_SECONDS,
            )
    except PDFSyntaxError:
        return True
    return False


def _grey_if_grey(jpeg: bytes) -> bytes:
    """Keep one channel where all three say the same, as most rendered scans do."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        if picture.mode != "RGB":
            return jpeg
        picture.draft("RGB", (picture.width // 4, picture.height // 4))
        chroma = picture.convert("YCbCr").split()[1:]
    if any(low < 122 or high > 134 for low, high in (one.getextrema() for one in chroma)):  # type: ignore[operator]  # pairs, for bands of one byte
        return jpeg
    with Image.open(io.BytesIO(jpeg)) as picture:
        return jpegs.encode(picture.convert("L"))
