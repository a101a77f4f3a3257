"""Whether the strips or tiles of a TIFF are all there: libtiff leaves out in silence what is not.

Runs in the sandbox only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from PIL.TiffImagePlugin import TiffImageFile

from submissions import wholeness

_CODINGS = {3: "/CCITTFaxDecode", 7: "/DCTDecode", 8: "/FlateDecode", 32946: "/FlateDecode"}
_T6, _JPEG = 4, 7  # compressions
_COMPRESSION, _BIT_ORDER, _TABLES, _FAX = 259, 266, 347, 292
_STARTS, _SIZES, _ROWS = (273, 324), (279, 325), (278, 323)  # of strips, of tiles
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class _Piece(NamedTuple):
    start: int
    size: int
    rows: int


def are_whole(file: TiffImageFile, data: bytes) -> bool:
    """Whether all pieces of the frame `file` stands at lie in `data` and tell of no damage."""
    found = _pieces(file)
    if any(piece.start + piece.size > len(data) for piece in found):
        return False
    kind = int(file.tag_v2.get(_COMPRESSION, 1))
    if kind == _T6:
        # Some writers leave out the ends, but then of all pieces.
        ends = [wholeness.fax_is_whole(_of(piece, file, data), -1, 0) for piece in found]
        return False not in ends and (all(ends) or not any(ends))
    coding, k = _CODINGS.get(kind, ""), int(file.tag_v2.get(_FAX, 0)) & 1
    return all(
        wholeness.holds(coding, _of(piece, file, data), (file.width, piece.rows), k)
        for piece in found
    )


def endless_faxes(file: TiffImageFile, data: bytes) -> Iterator[tuple[bytes, int]]:
    """Yield code and rows of faxes that nothing can be told of but by decoding them."""
    if int(file.tag_v2.get(_COMPRESSION, 1)) != _T6:
        return
    for piece in _pieces(file):
        fax = _of(piece, file, data)
        if wholeness.fax_is_whole(fax, -1, piece.rows) is None:
            yield fax, piece.rows


def _pieces(file: TiffImageFile) -> list[_Piece]:
    tags = file.tag_v2
    tiled = int(_STARTS[1] in tags)
    starts, sizes = (_listed(tags.get(keys[tiled])) for keys in (_STARTS, _SIZES))
    rows = int(tags.get(_ROWS[tiled], file.height))
    # A last strip may be short; a last tile is not.
    return [
        _Piece(start, size, rows if tiled else min(rows, file.height - rows * number))
        for number, (start, size) in enumerate(zip(starts, sizes, strict=False))
    ]


def _of(piece: _Piece, file: TiffImageFile, data: bytes) -> bytes:
    """The bytes of a piece as they would stand alone: a JPEG's tables may lie beside it."""
    tags, alone = file.tag_v2, data[piece.start : piece.start + piece.size]
    if tags.get(_COMPRESSION) == _JPEG:
        tables = tags.get(_TABLES)
        return bytes(tables[:-2]) + alone[2:] if tables else alone
    return alone.translate(_MIRRORED) if tags.get(_BIT_ORDER) == 2 else alone


def _listed(found: Any) -> list[int]:
    return [int(one) for one in found] if isinstance(found, tuple) else [int(found or 0)]
