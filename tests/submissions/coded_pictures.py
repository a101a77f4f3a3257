"""One scanned page in every coding that scanners use, in PDFs and TIFFs, and ways to spoil it."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pikepdf
from PIL import Image, TiffImagePlugin

from tests.submissions import paper

SIZE = (1700, 2200)
_written = Image.fromarray(paper.written_on(paper.template_page(1))).resize(SIZE)
_grain = np.random.default_rng(1).normal(0, 4, SIZE[::-1])
GREY = Image.fromarray(np.clip(np.asarray(_written) + _grain, 0, 255).astype(np.uint8))
BITS = Image.fromarray(np.asarray(_written) > 128)

Spoil = Callable[[bytes], bytes]


def cut(data: bytes) -> bytes:
    return data[: len(data) * 6 // 10]


def cut_near_the_end(data: bytes) -> bytes:
    return data[: len(data) * 97 // 100]


def cut_out(data: bytes) -> bytes:
    """The end is there, and what is before it is not."""
    return cut(data) + data[-2:]


def zeroed(data: bytes) -> bytes:
    low, high = len(data) * 45 // 100, len(data) * 55 // 100
    return data[:low] + bytes(high - low) + data[high:]


class Coded(NamedTuple):
    filter: str
    data: bytes
    bits: int
    parms: dict[str, int]


def file_of(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def strip_of(picture: Image.Image, compression: str) -> bytes:
    """The bare code of a picture."""
    tiff = file_of(picture, "TIFF", compression=compression, strip_size=1 << 30)
    with Image.open(io.BytesIO(tiff)) as file:
        assert isinstance(file, TiffImagePlugin.TiffImageFile)
        ((start,), (size,)) = file.tag_v2[273], file.tag_v2[279]
    return tiff[start : start + size]


def _jbig2() -> bytes:
    """A page segment and one region coded as a fax is (ITU-T T.88, 7.4.6)."""
    page = struct.pack(">IIIIBH", *SIZE, 0, 0, 0, 0)
    region = struct.pack(">IIIIBB", *SIZE, 0, 0, 0, 1) + strip_of(BITS, "group4")
    heads = (
        struct.pack(">IBBBI", n, kind, 0, 1, len(data))
        for n, kind, data in ((0, 48, page), (1, 38, region))
    )
    return b"".join(head + data for head, data in zip(heads, (page, region), strict=True))


# Pillow codes white as what a fax calls black.
_fax = {"/Columns": SIZE[0], "/Rows": SIZE[1], "/BlackIs1": True}
CODED = {
    "T.6": Coded("/CCITTFaxDecode", strip_of(BITS, "group4"), 1, _fax | {"/K": -1}),
    "T.4": Coded("/CCITTFaxDecode", strip_of(BITS, "group3"), 1, _fax | {"/K": 0}),
    "JBIG2": Coded("/JBIG2Decode", _jbig2(), 1, {}),
    "JPEG 2000": Coded(
        "/JPXDecode",
        file_of(GREY, "JPEG2000", quality_mode="rates", quality_layers=[20]),
        8,
        {},
    ),
    "JPEG": Coded("/DCTDecode", file_of(GREY, "JPEG"), 8, {}),
    "progressive JPEG": Coded("/DCTDecode", file_of(GREY, "JPEG", progressive=True), 8, {}),
    "JPEG in parts": Coded("/DCTDecode", file_of(GREY, "JPEG", restart_marker_rows=8), 8, {}),
    "Flate": Coded("/FlateDecode", zlib.compress(GREY.tobytes()), 8, {}),
    "Flate, one bit": Coded("/FlateDecode", zlib.compress(BITS.tobytes()), 1, {}),
}


def in_pdf(*pictures: Coded, extra: bytes = b"") -> pikepdf.Pdf:
    """A PDF of pages that are one picture each; `extra` is drawn over it."""
    pdf = pikepdf.new()
    for coded in pictures:
        page = pdf.add_blank_page(page_size=(612, 792))
        image = pikepdf.Stream(
            pdf, coded.data, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image
        )
        image.Width, image.Height = SIZE
        image.BitsPerComponent, image.ColorSpace = coded.bits, pikepdf.Name.DeviceGray
        image.Filter = pikepdf.Name(coded.filter)
        if coded.parms:
            image.DecodeParms = pikepdf.Dictionary(coded.parms)
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        page.Contents = pdf.make_stream(b"q 612 0 0 792 0 0 cm /Im0 Do Q " + extra)
    return pdf


def spoiled_tiff(tiff: bytes, spoil: Spoil) -> bytes:
    """The same file, the bytes of its middle strip spoiled and what follows left in place."""
    with Image.open(io.BytesIO(tiff)) as file:
        assert isinstance(file, TiffImagePlugin.TiffImageFile)
        starts, sizes = file.tag_v2[273], file.tag_v2[279]
    middle = len(starts) // 2
    start, size = starts[middle], sizes[middle]
    spoiled = spoil(tiff[start : start + size])
    out = tiff[:start] + spoiled.ljust(size, b"\0") + tiff[start + size :]
    if len(spoiled) == size:
        return out
    # Its size stands in the directory, in the byte order of this machine.
    at = out.rindex(struct.pack("<I", size))
    return out[:at] + struct.pack("<I", len(spoiled)) + out[at + 4 :]
