"""What a JPEG says of itself in its segments, without decoding it (ITU T.81, annex B)."""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

MAX_WORK = 1_500_000_000  # dots times scans, some ten seconds
_NOTES = {0: 1, 90: 6, 180: 3, 270: 8}  # EXIF orientations
_STANDALONE = {0x01, *range(0xD0, 0xD8)}
_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _START, _END, _APP0, _APP1 = 0xDA, 0xD8, 0xD9, 0xE0, 0xE1
# Notes of applications and comments, but for what the colours need: JFIF, ICC and Adobe.
_NOTED = {*range(0xE1, 0xF0), 0xFE} - {0xE2, 0xEE}
# A marker among a scan's dots: not a stuffed byte, a restart or filling.
_MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)


class NotJpeg(ValueError):
    """The bytes are not a JPEG that can be read."""


@dataclass(frozen=True, slots=True)
class Header:
    """Pixels as declared, colour components, bits a sample, EXIF orientation, dots an inch."""

    width: int
    height: int
    components: int
    bits: int
    orientation: int
    dpi: float | None


def read_header(jpeg: bytes) -> Header:
    """Read the segments before the first scan. Raises NotJpeg."""
    frame: tuple[int, int, int, int] | None = None
    orientation, dpi = 1, None
    for marker, start, end in _segments(jpeg):
        body = jpeg[start + 4 : end]
        if marker in _FRAMES and len(body) >= 6:
            bits, height, width, components = struct.unpack(">BHHB", body[:6])
            frame = (width, height, components, bits)
        elif marker == _APP0 and body[:5] == b"JFIF\0" and len(body) >= 12:
            dpi = _jfif_dpi(body)
        elif marker == _APP1 and body[:6] == b"Exif\0\0":
            orientation = _orientation(body)
    if frame is None or not frame[0] or not frame[1]:
        raise NotJpeg("it has no picture header")
    return Header(*frame, orientation=orientation, dpi=dpi)


def takes_long(jpeg: bytes, header: Header) -> bool:
    """Whether its dots are gone over so often that decoding it would hold a worker up.

    A progressive JPEG is made of some ten scans; a crafted one of hundreds, each of all dots.
    """
    return header.width * header.height * jpeg.count(b"\xff\xda") > MAX_WORK


def is_whole(jpeg: bytes) -> bool:
    """Whether the end marker is there. Some scanners pad behind it."""
    return b"\xff\xd9" in jpeg[-4096:]


def with_turn(jpeg: bytes, turn: int) -> bytes:
    """The same picture with a note that browsers turn it by, `turn` degrees clockwise."""
    plain = without_exif(jpeg)
    note = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, _NOTES[turn], 0, 0)
    return plain[:2] + struct.pack(">BBH", 0xFF, _APP1, len(note) + 2) + note + plain[2:]


def without_exif(jpeg: bytes) -> bytes:
    """The same picture without its EXIF segments: a browser would turn it by them, a PDF not."""
    kept = bytearray(jpeg[:2])
    last = 2
    for marker, start, end in _segments(jpeg):
        if marker == _APP1 and jpeg[start + 4 : start + 10] == b"Exif\0\0":
            kept += jpeg[last:start]
            last = end
    return bytes(kept + jpeg[last:])


def bare(jpeg: bytes) -> bytes:
    """The same picture and nothing beside it: who made the file, when, where, is left out.

    So is whatever lies behind the picture. Raises NotJpeg.
    """
    kept, last, scan = bytearray(jpeg[:2]), 2, 2
    for marker, start, end in _segments(jpeg):
        scan = end
        if marker in _NOTED:
            kept += jpeg[last:start]
            last = end
    while found := _MARKER.search(jpeg, scan):
        marker, start = found[1][0], found.start()
        if marker == _END:
            return bytes(kept + jpeg[last : start + 2])
        (length,) = struct.unpack(">H", jpeg[start + 2 : start + 4].ljust(2, b"\0"))
        scan = start + 2 + length
        if marker in _NOTED:
            kept += jpeg[last:start]
            last = scan
    return bytes(kept + jpeg[last:])


def _segments(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end (with the marker) of each segment up to the first scan."""
    if jpeg[:2] != b"\xff\xd8":
        raise NotJpeg("it does not begin like a JPEG")
    at = 2
    while at + 4 <= len(jpeg):
        if jpeg[at] != 0xFF:
            raise NotJpeg("its segments are broken")
        marker = jpeg[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _STANDALONE:
            at += 2
        elif marker in (_SCAN, _END):
            return
        else:
            (length,) = struct.unpack(">H", jpeg[at + 2 : at + 4])
            if length < 2:
                raise NotJpeg("its segments are broken")
            yield marker, at, at + 2 + length
            at += 2 + length


def _jfif_dpi(body: bytes) -> float | None:
    unit, across = struct.unpack(">BH", body[7:10])
    dots = {1: float(across), 2: across * 2.54}.get(unit)
    return dots if dots and dots > 1 else None


def _orientation(body: bytes) -> int:
    exif = Image.Exif()
    try:
        exif.load(bytes(body))
        value = exif.get(0x0112, 1)
    except Exception:  # EXIF is written by strangers; whatever is wrong with it, ignore it
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def encode(picture: Image.Image, quality: int = 88) -> bytes:
    """A baseline JPEG of a picture in mode L or RGB."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
