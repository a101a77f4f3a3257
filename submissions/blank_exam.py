"""The pictures of a blank exam's pages. Free of models: the sandbox runs it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import pikepdf
from pdf2image import convert_from_path
from pdf2image.exceptions import PDFPageCountError, PDFPopplerTimeoutError, PDFSyntaxError

from submissions.sandbox import Sandbox, SandboxError
from submissions.sources import BadUpload, inspect

MOST_PAGES = 200
WIDTH = 1275  # pixels: 150 dpi of a letter page
SECONDS = 120
QUALITY = 82
TALLEST = 4  # heights of a page in its widths


class Drawn(NamedTuple):
    """A page's upright picture, and its size in points (1/72 inch)."""

    image: bytes
    width: float
    height: float


def draw(path: Path, name: str) -> list[Drawn]:
    """Return a picture of each page. Raises BadUpload."""
    source = inspect(path, name, max_pages=MOST_PAGES)
    if source.kind != "pdf":
        raise BadUpload(f"{name} is not a PDF. Save the blank exam as a PDF and upload that.")
    if source.warnings:
        raise BadUpload(f"{name} is damaged, perhaps cut off. Save it again and upload that.")
    try:
        with Sandbox(seconds=SECONDS) as box:
            return box.call(_draw, path, name)
    except SandboxError as error:
        raise BadUpload(
            f"{name} could not be drawn within bounds ({error.reason}). "
            "Print it to a new PDF and upload that."
        ) from error


def _draw(path: Path, name: str) -> list[Drawn]:
    """Draw all pages; runs in the sandbox."""
    try:
        return _drawn(path)
    except (pikepdf.PdfError, PDFPageCountError, PDFSyntaxError, ValueError, TypeError):
        raise BadUpload(
            f"{name} could not be drawn. Print it to a new PDF and upload that."
        ) from None
    except PDFPopplerTimeoutError:
        raise BadUpload(
            f"{name} takes too long to draw. Print it to a new PDF and upload that."
        ) from None


def _drawn(path: Path) -> list[Drawn]:
    with pikepdf.open(path) as pdf:
        sizes = [_size(page) for page in pdf.pages]
    if any(max(size) > TALLEST * min(size) for size in sizes):
        raise ValueError("A page is far longer than it is wide.")
    with tempfile.TemporaryDirectory() as folder:
        # A width, never a dpi: a page may claim to be any size.
        pictures = convert_from_path(
            path,
            size=(WIDTH, None),
            fmt="jpeg",
            jpegopt={"quality": QUALITY, "optimize": True},
            use_cropbox=True,
            output_folder=folder,
            paths_only=True,
            timeout=SECONDS,
        )
        return [
            Drawn(Path(str(picture)).read_bytes(), *size)
            for picture, size in zip(pictures, sizes, strict=True)
        ]


def _size(page: pikepdf.Page) -> tuple[float, float]:
    """Return the upright page's width and height in points."""
    x0, y0, x1, y1 = (float(value) for value in page.cropbox)
    unit = float(page.obj.get("/UserUnit", 1))
    width, height = abs(x1 - x0) * unit, abs(y1 - y0) * unit
    sideways = int(page.obj.get("/Rotate", 0)) % 180 == 90
    return (height, width) if sideways else (width, height)
