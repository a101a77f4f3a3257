"""One graded midterm, and scanned pages to hang behind it, for the tests of the graded copy."""

from __future__ import annotations

import json
import subprocess
from io import BytesIO
from pathlib import Path

import numpy as np
import pikepdf
import pypdf
from PIL import Image

from scoring.results import Result, from_json


def midterm() -> Result:
    """A midterm of 7 questions: 101.5 of 124 points, 190 items, 54 of them applied."""
    return from_json(json.loads(Path(__file__).with_name("midterm.json").read_text("utf-8")))


def scan(
    size: tuple[float, float] = (612, 792),
    *,
    rotate: int = 0,
    turn: int = 0,
    crop: tuple[float, float, float, float] = (0, 0, 0, 0),
) -> bytes:
    """A page with a black square at its top left once it is shown turned by rotate + turn.

    `size` is that of the page as it lies in the file; `crop` are margins cut off (left, bottom,
    right, top), beyond which the media box goes on, its own origin far from zero.
    """
    width, height = size
    lying = (rotate + turn) % 180 == 90
    upright = Image.new(
        "L", (round(height), round(width)) if lying else (round(width), round(height)), 255
    )
    side = 24
    upright.paste(0, (0, 0, side, side))
    raw = BytesIO()
    # Pillow turns counterclockwise: what a viewer then turns clockwise stands upright again.
    upright.rotate((rotate + turn) % 360, expand=True).save(raw, "JPEG", quality=90)
    return page_of(raw.getvalue(), size, rotate=rotate, crop=crop)


def page_of(
    jpeg: bytes,
    size: tuple[float, float],
    *,
    rotate: int = 0,
    crop: tuple[float, float, float, float] = (0, 0, 0, 0),
) -> bytes:
    """A PDF of one page that shows the JPEG in its crop box."""
    left, bottom, right, top = crop
    x, y = 30 - 7 * left, 50 + bottom
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=size)
    page = pdf.pages[0]
    with Image.open(BytesIO(jpeg)) as picture:
        pixels = picture.size
    image = pikepdf.Stream(
        pdf,
        jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=pixels[0],
        Height=pixels[1],
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray,
        Filter=pikepdf.Name.DCTDecode,
    )
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    page.obj.MediaBox = pikepdf.Array(
        [x - left, y - bottom, x + size[0] + right, y + size[1] + top]
    )
    page.obj.CropBox = pikepdf.Array([x, y, x + size[0], y + size[1]])
    page.obj.Rotate = rotate
    # A q too many, as some scanners leave behind: what is drawn later must not inherit the matrix.
    content = f"{size[0]} 0 0 {size[1]} {x} {y} cm q /Im0 Do"
    page.obj.Contents = pikepdf.Stream(pdf, content.encode())
    return saved(pdf)


def saved(pdf: pikepdf.Pdf) -> bytes:
    out = BytesIO()
    pdf.save(out, static_id=True)
    return out.getvalue()


def text_of(pdf: bytes) -> str:
    """What pdftotext reads, in the order of the content."""
    done = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return done.stdout.decode()


def pypdf_text(pdf: bytes) -> str:
    """What pypdf reads."""
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def pictures_of(pdf: bytes, folder: Path, first: int, dpi: int = 72) -> list[np.ndarray]:
    """Pages from number `first` on, rendered as a person would see them."""
    (folder / "copy.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-r", str(dpi), "-cropbox", "-f", str(first), "copy.pdf", "page"]
    subprocess.run(command, cwd=folder, capture_output=True, check=True)
    return [
        np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.glob("page*.ppm"))
    ]


def noted(words: str) -> bytes:
    """A page that shows none of the words, in a PDF that carries them wherever there is room."""
    picture, exif = BytesIO(), Image.Exif()
    exif[0x013B] = exif[0x010E] = words  # the artist, the description
    Image.new("L", (85, 110), 200).save(picture, "JPEG", exif=exif, comment=words.encode())
    pdf = pikepdf.open(BytesIO(page_of(picture.getvalue(), (612, 792))))
    page, told = pdf.pages[0].obj, pikepdf.String(words)
    pdf.docinfo.Author = told
    notes = pdf.make_stream(f"<x:xmpmeta>{words}</x:xmpmeta>".encode(), Subtype=pikepdf.Name.XML)
    image = page.Resources.XObject.Im0
    image.Filter = pikepdf.Array([pikepdf.Name.DCTDecode])
    for one in (pdf.Root, page, image):
        one.Metadata = notes
        one.LastModified = told
        one.PieceInfo = pikepdf.Dictionary(Maker=pikepdf.Dictionary(Private=told))
        one.AF = pikepdf.Array([pikepdf.Dictionary(Type=pikepdf.Name.Filespec, F=told)])
    page.Resources.Properties = pikepdf.Dictionary(MC0=pikepdf.Dictionary(Metadata=notes))
    out = BytesIO()
    pdf.save(out)
    return out.getvalue()
