"""Take one page out of a picture file, and wrap it without loss into a one-page PDF.

Runs in the sandbox only.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping
from pathlib import Path

import pikepdf
from PIL import Image, TiffImagePlugin

from submissions import jpegs, tiff_strips, wholeness
from submissions.rendering import is_faulty
from submissions.sheet import MAX_RENDER_WIDTH, TAKES_LONG, Sheet, Unreadable, too_large

_TURNS = {1: 0, 3: 180, 6: 90, 8: 270}  # EXIF orientations that only turn
_LETTER_INCHES = 8.5
_COLOURS = {"1": (1, "/DeviceGray"), "L": (8, "/DeviceGray"), "RGB": (8, "/DeviceRGB")}


def take(path: Path, number: int) -> Sheet:
    """Return frame `number` (from 1). Raises Unreadable or whatever the readers raise."""
    return of(path.read_bytes(), number)


def of(data: bytes, number: int = 1) -> Sheet:
    """Return frame `number` of a picture file's bytes, as `take` does."""
    Image.MAX_IMAGE_PIXELS = None  # the declared size is checked below, with words of our own
    if data[:3] == b"\xff\xd8\xff" and number == 1:
        sheet = _jpeg_sheet(data)
        if sheet:
            return sheet
    return _decoded_sheet(data, number)


def _jpeg_sheet(jpeg: bytes) -> Sheet | None:
    """The JPEG itself; None when it is of a kind that is better decoded."""
    header = jpegs.read_header(jpeg)
    refused = too_large(header.width, header.height)
    if refused:
        raise refused
    if not jpegs.is_whole(jpeg):
        raise Unreadable("its picture is cut off. Scan or export it again.")
    if jpegs.takes_long(jpeg, header):
        raise Unreadable(TAKES_LONG)
    if header.components not in (1, 3) or header.bits != 8 or header.orientation not in _TURNS:
        return None
    grey = header.components == 1
    turn = _TURNS[header.orientation]
    dpi = _believable(header.dpi, header.width, header.height)
    colour = "/DeviceGray" if grey else "/DeviceRGB"
    return Sheet(
        number=1,
        pdf=wrapped(jpeg, "/DCTDecode", (header.width, header.height), (8, colour), dpi, turn),
        image=jpegs.without_exif(jpeg) if header.orientation != 1 else jpeg,
        width=header.width,
        height=header.height,
        rotate=turn,
        lossless=True,
        grey=grey,
        bilevel=False,
        dpi=dpi,
    )


def _decoded_sheet(data: bytes, number: int) -> Sheet:
    with Image.open(io.BytesIO(data)) as file:
        file.seek(number - 1)
        refused = too_large(*file.size)
        if refused:
            raise refused
        _check_strips(file, data)
        picture = _plain(file)
        said = file.info.get("dpi", (None,))[0]
    dpi = _believable(float(said) if said else None, *picture.size)
    raw = zlib.compress(picture.tobytes(), 6)
    looked = picture.convert("L") if picture.mode == "1" else picture
    if looked.width > MAX_RENDER_WIDTH:
        height = max(1, round(looked.height * MAX_RENDER_WIDTH / looked.width))
        looked = looked.resize((MAX_RENDER_WIDTH, height), Image.Resampling.BOX)
    return Sheet(
        number=number,
        pdf=wrapped(raw, "/FlateDecode", picture.size, _COLOURS[picture.mode], dpi, 0),
        image=jpegs.encode(looked, quality=92),
        width=looked.width,
        height=looked.height,
        rotate=0,
        lossless=False,
        grey=looked.mode == "L",
        bilevel=picture.mode == "1",
        dpi=dpi * looked.width / picture.width,
    )


def _check_strips(file: Image.Image, data: bytes) -> None:
    """Refuse a TIFF that lacks some of its rows: they would be white, or black."""
    if not isinstance(file, TiffImagePlugin.TiffImageFile):
        return
    if not tiff_strips.are_whole(file, data):
        raise Unreadable(wholeness.DAMAGED)
    for fax, rows in tiff_strips.endless_faxes(file, data):
        parms = {"/K": -1, "/Columns": file.width, "/Rows": rows}
        size = (file.width, rows)
        if is_faulty(wrapped(fax, "/CCITTFaxDecode", size, _COLOURS["1"], 100, 0, parms)):
            raise Unreadable(wholeness.DAMAGED)


def _plain(file: Image.Image) -> Image.Image:
    """The frame upright in mode 1, L or RGB, on white where it is clear."""
    turned: Image.Image = file
    method = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }.get(file.getexif().get(0x0112, 1))
    if method is not None:
        turned = file.transpose(method)
    if turned.mode in ("1", "L", "RGB"):
        return turned.copy()
    if turned.mode.startswith("I"):
        return turned.point(lambda value: value / 256).convert("L")
    if turned.mode in ("LA", "PA", "RGBA", "P"):
        paper = Image.new("RGBA", turned.size, "white")
        return Image.alpha_composite(paper, turned.convert("RGBA")).convert("RGB")
    return turned.convert("RGB")


def _believable(dpi: float | None, width: int, height: int) -> float:
    """Dots an inch, taken from a letter sheet where the file says none or nonsense.

    Cameras write 72 whatever they took: a page of three feet.
    """
    short = min(width, height)
    if dpi and 4 <= short / dpi <= 14:
        return dpi
    return short / _LETTER_INCHES


def wrapped(
    data: bytes,
    filter_name: str,
    size: tuple[int, int],
    colour: tuple[int, str],
    dpi: float,
    turn: int,
    parms: Mapping[str, int] | None = None,
) -> bytes:
    """A one-page PDF that holds the picture as it is; `parms` say how to decode it, if need be."""
    pdf = pikepdf.new()
    points = (round(size[0] / dpi * 72, 3), round(size[1] / dpi * 72, 3))
    image = pikepdf.Stream(
        pdf,
        data,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=size[0],
        Height=size[1],
        BitsPerComponent=colour[0],
        ColorSpace=pikepdf.Name(colour[1]),
        Filter=pikepdf.Name(filter_name),
    )
    if parms:
        image.DecodeParms = pikepdf.Dictionary(parms)
    page = pdf.add_blank_page(page_size=points)
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=pdf.make_indirect(image)))
    page.Contents = pdf.make_stream(f"q {points[0]} 0 0 {points[1]} 0 0 cm /Im0 Do Q".encode())
    if turn:
        page.Rotate = turn
    out = io.BytesIO()
    pdf.save(
        out,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        compress_streams=False,
        deterministic_id=True,
    )
    return out.getvalue()
