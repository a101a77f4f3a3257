"""Pages for the tests of the intake: a template with look-alikes, and scans of it."""

from __future__ import annotations

import io
from typing import Any

import cv2
import numpy as np
import pikepdf
import simplejpeg
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 850, 1100  # letter at 100 dots an inch

# fmt: off
WORDS = [
    "let", "the", "matrix", "be", "real", "and", "show", "that", "every", "eigenvalue", "of",
    "its", "square", "is", "not", "negative", "then", "explain", "why", "a", "convolution",
    "commutes", "with", "a", "shift", "and", "how", "padding", "spoils", "it", "near", "the",
    "border", "derive", "the", "gradient", "of", "the", "loss", "with", "respect", "to", "each",
    "weight", "and", "state", "where", "it", "vanishes",
]
# fmt: on


NAMES = ["zero", "one", "two", "three", "four", "five", "six", *map(str, range(7, 60))]


def template_page(
    number: int, *, lines: int = 9, head: str = "Midterm", foot: bool = True
) -> Picture:
    """Print of its own for each number; with no lines only head and foot, as on scratch pages."""
    chance = np.random.default_rng(number)
    image = Image.new("L", (2 * WIDTH, 2 * HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    font, small = ImageFont.load_default(34), ImageFont.load_default(28)
    draw.text((140, 100), f"{head}, winter term", font=font, fill=0)
    draw.text((1350, 100), "Version A", font=font, fill=0)
    draw.line((140, 150, 1560, 150), fill=0, width=3)
    for line in range(lines):
        y = 220 + 60 * line + (500 if line >= lines // 2 else 0)
        draw.text((140, y), " ".join(chance.choice(WORDS, 11)), font=font, fill=0)
    if foot:
        draw.line((140, 2060, 1560, 2060), fill=0, width=3)
        draw.text((140, 2090), "Write nothing below this line.", font=small, fill=0)
        draw.text((1400, 2090), f"Page {NAMES[number]}", font=small, fill=0)
    return np.asarray(image.resize((WIDTH, HEIGHT), Image.Resampling.BOX), dtype=np.uint8)


def template() -> list[Picture]:
    """Six pages; 5 and 6 are scratch pages that differ in their number alone."""
    return [template_page(number, lines=9 if number < 5 else 0) for number in range(1, 7)]


def scanned(
    page: Picture,
    *,
    angle: float = 0.6,
    scale: float = 1.004,
    shift: tuple[float, float] = (4, -5),
    seed: int = 1,
) -> tuple[Picture, NDArray[np.float64]]:
    """The page after a scanner: skewed, shifted, grey, grainy. Also the true map, in pixels."""
    middle = (WIDTH / 2, HEIGHT / 2)
    true = cv2.getRotationMatrix2D(middle, angle, scale)
    true[:, 2] += np.array(shift, dtype=np.float64)
    moved: Any = cv2.warpAffine(page, true, (WIDTH, HEIGHT), borderValue=255)
    chance = np.random.default_rng(seed)
    paper = 244 - 12 * np.linspace(0, 1, WIDTH)[None, :]
    grain: Any = cv2.GaussianBlur(chance.normal(0, 4, moved.shape), (3, 3), 0)
    scan = cv2.GaussianBlur(moved, (3, 3), 0.5).astype(np.float64) * paper / 255 + grain
    return np.clip(scan, 0, 255).astype(np.uint8), np.asarray(true, dtype=np.float64)


def written_on(page: Picture, seed: int = 2, strokes: int = 40) -> Picture:
    """Scribble over the page with a pen, over print too."""
    chance = np.random.default_rng(seed)
    page = page.copy()
    for _ in range(strokes):
        points = chance.integers((90, 140), (WIDTH - 90, HEIGHT - 120), (1, 2))
        walk = np.cumsum(np.vstack([points, chance.integers(-26, 27, (6, 2))]), axis=0)
        cv2.polylines(page, [walk.astype(np.int32)], False, 60, 2, cv2.LINE_AA)
    return page


def jpeg_of(picture: Picture, quality: int = 80) -> bytes:
    if picture.ndim == 2:
        return bytes(
            simplejpeg.encode_jpeg(
                np.ascontiguousarray(picture)[:, :, None], quality, "GRAY", "Gray"
            )
        )
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(picture), quality, "RGB", "420"))


def pdf_of(*jpegs: bytes, rotate: int = 0, extra: bytes = b"", matrix: str = "") -> pikepdf.Pdf:
    """A PDF as scanners write it: each page one JPEG that fills a letter sheet."""
    pdf = pikepdf.new()
    for jpeg in jpegs:
        height, width, space, _ = simplejpeg.decode_jpeg_header(jpeg)
        page = pdf.add_blank_page(page_size=(612, 792))
        colour = pikepdf.Name.DeviceGray if space == "Gray" else pikepdf.Name.DeviceRGB
        image = pikepdf.Stream(pdf, jpeg, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
        image.Width, image.Height, image.BitsPerComponent = width, height, 8
        image.ColorSpace, image.Filter = colour, pikepdf.Name.DCTDecode
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        drawn = matrix or "612 0 0 792 0 0"
        page.Contents = pdf.make_stream(f"q {drawn} cm /Im0 Do Q ".encode() + extra)
        if rotate:
            page.Rotate = rotate
    return pdf


def saved(pdf: pikepdf.Pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none, compress_streams=False)
    return out.getvalue()


def take_for_ever(pdf: pikepdf.Pdf, number: int) -> None:
    """Have a page (from 1) draw a form that draws ten that draw ten, twelve deep."""
    page = pdf.pages[number - 1]
    page.Resources = pikepdf.Dictionary(XObject=_nested(pdf, 12))
    page.Contents = pdf.make_stream(b"/F Do")


def take_long(pdf: pikepdf.Pdf, number: int, deep: int) -> None:
    """Have a page (from 1) draw such a form, so many deep, over what it shows already."""
    page = pdf.pages[number - 1]
    page.Resources.XObject.F = _nested(pdf, deep).F
    page.contents_add(pdf.make_stream(b" q /F Do Q"))


def _nested(pdf: pikepdf.Pdf, deep: int) -> pikepdf.Dictionary:
    nested = pikepdf.Dictionary(F=pdf.make_stream(b"0 0 9 9 re f"))
    for _ in range(deep):
        form = pdf.make_stream(b"/F Do " * 10)
        form.Subtype, form.BBox, form.Type = (
            pikepdf.Name.Form,
            pikepdf.Array([0, 0, 9, 9]),
            pikepdf.Name.XObject,
        )
        inner = next(iter(nested.values()))
        if "/Subtype" not in inner:
            inner.Subtype, inner.BBox = pikepdf.Name.Form, pikepdf.Array([0, 0, 9, 9])
        form.Resources = pikepdf.Dictionary(XObject=nested)
        nested = pikepdf.Dictionary(F=pdf.make_indirect(form))
    return nested
