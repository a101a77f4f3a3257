"""Whether the coded bytes of a picture are all there, as their own structure tells.

Renderers draw what is left of a picture that was cut off inside, and white below: half a page of
answers would be missing without a word. Nothing is drawn here. What a code cannot tell (a wrong dot
in an arithmetic code) passes: it is seen as noise, not as empty paper.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

import numpy as np
import simplejpeg

from submissions import jpegs

DAMAGED = "its picture is cut off or damaged. Scan this page again."
_EOFB = "000000000001" * 2
_UNKNOWN = 0xFFFFFFFF
_REGIONS = {4, 6, 7, 20, 22, 23, 36, 38, 39, 40, 42, 43}  # segments of JBIG2 that hold dots
_PIECE = 1 << 16


def jpeg_is_whole(jpeg: bytes) -> bool:
    """Whether it decodes to its end. Unusual kinds are looked at for an end alone."""
    if not jpegs.is_whole(jpeg):
        return False
    try:
        header = jpegs.read_header(jpeg)
    except jpegs.NotJpeg:
        return False
    if header.components not in (1, 3) or header.bits != 8 or jpegs.takes_long(jpeg, header):
        return True
    try:
        simplejpeg.decode_jpeg(jpeg, colorspace="GRAY", min_height=1, min_width=1)
    except ValueError as error:
        # Some cameras pad before the end marker.
        return "before marker 0xd9" in str(error)
    return True


def flate_is_whole(data: bytes, least: int = 0) -> bool:
    """Whether a zlib stream decodes to its end, check sum and all, in pieces: it may be a bomb.

    Where the end alone is missing, as some writers leave it, `least` bytes are enough.
    """
    reader, got, rest = zlib.decompressobj(), 0, data
    try:
        while rest and not reader.eof:
            got += len(reader.decompress(rest, _PIECE))
            rest = reader.unconsumed_tail
    except zlib.error:
        return False
    return reader.eof or bool(least and got >= least)


def fax_is_whole(data: bytes, k: int, rows: int) -> bool | None:
    """Whether a CCITT code (ITU-T T.4, T.6; `k` as in PDF) holds `rows`; None: it does not say.

    Eleven clear bits never come within a line: in two dimensions they are the end and nothing
    else, in one they begin each line. A fax may have lost some on its way.
    """
    if k < 0:
        kept = data.rstrip(b"\0\r\n")
        if b"\0\0\0" in kept[:-6]:
            return False
        tail = "".join(f"{byte:08b}" for byte in kept[-6:])
        return True if _EOFB in tail + "0" * 8 else None
    ones = np.flatnonzero(np.unpackbits(np.frombuffer(data, np.uint8)))
    lines = int(np.count_nonzero(np.diff(ones, prepend=-1) > 11))
    return lines >= rows - rows // 100 if lines > 1 else None


def jbig2_is_whole(data: bytes) -> bool:
    """Whether each segment of an embedded JBIG2 stream is as long as it says (ITU-T T.88, 7.2)."""
    at, regions = 0, 0
    while len(data) - at >= 11:
        try:
            kind, start, length = _segment(data, at)
        except (struct.error, IndexError):
            return False
        at = _end_of_unknown(data, start) if length == _UNKNOWN else start + length
        if not start < at <= len(data) and length:
            return False
        regions += kind in _REGIONS
    return bool(regions) and not data[at:].strip(b"\0\r\n")


def _segment(data: bytes, at: int) -> tuple[int, int, int]:
    """The kind of the segment whose header is there, where its data start, and how long it is."""
    number, flags, referred = struct.unpack_from(">IBB", data, at)
    count = referred >> 5
    at += 6
    if count == 7:
        (count,) = struct.unpack_from(">I", data, at - 1)
        count &= 0x1FFFFFFF
        at += 3 + (count + 8) // 8
    at += count * (1 if number <= 256 else 2 if number <= 65_536 else 4)
    at += 4 if flags & 0x40 else 1
    (length,) = struct.unpack_from(">I", data, at)
    return flags & 0x3F, at + 4, length


def _end_of_unknown(data: bytes, start: int) -> int:
    """Where a region ends that says it by a mark and its number of rows; -1 if it does not."""
    mark = b"\0\0" if data[start + 17 : start + 18] and data[start + 17] & 1 else b"\xff\xac"
    found = data.find(mark, start + 18)
    return found + 6 if found >= 0 and found + 6 <= len(data) else -1


def jpx_is_whole(data: bytes) -> bool:
    """Whether each part of each tile is as long as it says (ITU-T T.800, A.4 and I.4)."""
    code = data if data[:2] == b"\xff\x4f" else _codestream(data)
    at = code.find(b"\xff\x90")
    if code[:4] != b"\xff\x4f\xff\x51" or at < 0:
        return False
    tiles = set()
    while code[at : at + 2] == b"\xff\x90" and len(code) - at >= 12:
        tile, length = struct.unpack_from(">HI", code, at + 4)
        tiles.add(tile)
        if not length:
            return code.rstrip(b"\0\r\n").endswith(b"\xff\xd9")
        at += max(length, 12)
    return at <= len(code) and len(tiles) >= _tiles(code)


def _codestream(data: bytes) -> bytes:
    return next((data[start:end] for kind, start, end in _boxes(data) if kind == b"jp2c"), b"")


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 0
    while len(data) - at >= 8:
        length, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if length == 1 and len(data) - at >= 16:
            (length,), head = struct.unpack_from(">Q", data, at + 8), 16
        end = at + length if length else len(data)
        if end < at + head:
            return
        yield kind, at + head, end
        at = end


def _tiles(code: bytes) -> int:
    sides: tuple[int, ...] = struct.unpack_from(">8I", code, 8)
    width, height, _, _, across, down, from_left, from_top = sides
    if not across or not down:
        return 1
    return -(-(width - from_left) // across) * -(-(height - from_top) // down)


# What poppler says of a picture that it could not decode to the end.
_FAULTS = re.compile(
    r"in CCITTFax stream|in JBIG2 MMR stream|in flate stream|LZW stream"
    r"|Failed to decode the codestream|Tile part length size inconsistent"
)


def tells_of_a_fault(said: str) -> bool:
    """Whether a renderer that drew a page said that a picture of it is damaged."""
    return bool(_FAULTS.search(said))


def holds(coding: str, data: bytes, size: tuple[int, int], k: int = 0, least: int = 0) -> bool:
    """Whether `data`, in one of PDF's codings, hold a picture of `size`; True of other codings."""
    checks = {
        "/DCTDecode": lambda: jpeg_is_whole(data),
        "/JPXDecode": lambda: jpx_is_whole(data),
        "/JBIG2Decode": lambda: jbig2_is_whole(data),
        "/FlateDecode": lambda: flate_is_whole(data, least),
        "/CCITTFaxDecode": lambda: fax_is_whole(data, k, size[1]) is not False,
    }
    return coding not in checks or checks[coding]()
