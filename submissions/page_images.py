"""The pictures that a PDF page holds, and what each says of itself. Runs in the sandbox only."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf

from submissions import wholeness

_DEEPEST = 4  # forms within forms


def pictures(holder: pikepdf.Object, depth: int = 0) -> Iterator[Any]:
    """Yield what a page or form draws that is no form: streams, or what stands for a lost one."""
    drawables = holder.get("/Resources", pikepdf.Dictionary()).get("/XObject")
    if not isinstance(drawables, pikepdf.Dictionary) or depth > _DEEPEST:
        return
    for _, drawn in drawables.items():
        if isinstance(drawn, pikepdf.Stream) and drawn.get("/Subtype") == "/Form":
            yield from pictures(drawn, depth + 1)
        else:
            yield drawn


def filters(picture: pikepdf.Object) -> list[str]:
    """Return how its bytes are coded, outermost first."""
    return [str(name) for name in _listed(picture.get("/Filter"))]


def _listed(found: Any) -> list[Any]:
    return [] if found is None else list(found) if isinstance(found, pikepdf.Array) else [found]


def bits(picture: pikepdf.Object) -> int:
    """Return how many bits a channel of a dot has."""
    if picture.get("/ImageMask") or {"/JBIG2Decode", "/CCITTFaxDecode"} & set(filters(picture)):
        return 1
    return int(picture.get("/BitsPerComponent", 8))


def is_whole(picture: pikepdf.Object) -> bool:
    """Whether a picture and its masks are not cut off inside, as far as their codes tell."""
    layers = [picture, picture.get("/SMask"), picture.get("/Mask")]
    return all(_is_whole(one) for one in layers if isinstance(one, pikepdf.Stream))


def _is_whole(picture: pikepdf.Object) -> bool:
    coded = filters(picture)
    data = picture.read_raw_bytes()
    if coded[:-1] == ["/FlateDecode"]:
        data = zlib.decompressobj().decompress(data, 64 << 20)
    elif len(coded) != 1:
        return True
    width, height = int(picture.get("/Width", 0)), int(picture.get("/Height", 0))
    parms = next(iter(_listed(picture.get("/DecodeParms"))[-1:]), None)
    k = int(parms.get("/K", 0)) if isinstance(parms, pikepdf.Dictionary) else 0
    row = -(-width * bits(picture) * _channels(picture.get("/ColorSpace")) // 8)
    return wholeness.holds(coded[-1], data, (width, height), k, row * height)


def _channels(space: Any) -> int:
    """How many numbers a dot has; four where that takes more to tell."""
    if isinstance(space, pikepdf.Array) and len(space):
        if space[0] == "/ICCBased":
            return int(space[1].get("/N", 4))
        space = space[0]
    known = {"/DeviceGray": 1, "/CalGray": 1, "/Indexed": 1, "/DeviceRGB": 3, "/CalRGB": 3}
    return known.get(str(space), 4)
