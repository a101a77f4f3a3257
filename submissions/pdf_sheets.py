"""Take one page out of a PDF: untouched as a one-page PDF, and as a JPEG.

Runs in the sandbox only. Saving never decodes a stream: that would inflate a bomb.
"""

from __future__ import annotations

import io
import zlib
from typing import Any

import pikepdf

from submissions import contents, jpegs, resolution, wholeness
from submissions.page_images import bits, filters, is_whole, pictures
from submissions.rendering import draw, is_faulty, is_of_one_tone
from submissions.sheet import (
    MAX_RENDER_HEIGHT,
    MAX_RENDER_WIDTH,
    RENDER_DPI,
    TAKES_LONG,
    Sheet,
    Unreadable,
    too_large,
)

_DAMAGED = "it cannot be read: the file is damaged or cut off. Scan this page again."
# What is left of an annotation: what draws it, nothing that acts.
_DRAWING_KEYS = {"/Type", "/Subtype", "/Rect", "/AP", "/AS", "/F", "/C", "/IC", "/CA", "/BS"}
_DRAWING_KEYS |= {"/Border", "/BE", "/InkList", "/Vertices", "/L", "/LE", "/QuadPoints"}
_DRAWING_KEYS |= {"/Contents", "/DA", "/DS", "/Q", "/RD", "/OC"}
_NOT_DRAWN = {"/Link", "/Popup", "/FileAttachment", "/Screen", "/Movie", "/Sound", "/RichMedia"}
_NOT_DRAWN |= {"/3D"}
_SIDES = ("/Width", "/Height")
_PAGE_KEYS = {"/Type", "/Parent", "/MediaBox", "/CropBox", "/Rotate", "/Resources", "/Contents"}
_PAGE_KEYS |= {"/Annots", "/Group", "/UserUnit"}


def take(pdf: pikepdf.Pdf, number: int, *, damaged: bool) -> Sheet:
    """Return page `number` (from 1). Raises Unreadable or whatever the readers raise."""
    out, drawn = _alone(pdf, number)
    page = out.pages[0]
    _check_pictures(page, damaged)
    data = _saved(out)
    return (None if drawn else _embedded(page, number, data)) or _rendered(out, number, data)


def _saved(out: pikepdf.Pdf) -> bytes:
    saved = io.BytesIO()
    out.save(
        saved,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        compress_streams=False,
        deterministic_id=True,
    )
    return saved.getvalue()


def _alone(pdf: pikepdf.Pdf, number: int) -> tuple[pikepdf.Pdf, bool]:
    """The page in a PDF of its own, and whether annotations are drawn on it."""
    source = pdf.pages[number - 1]
    annotations = _visible(source)
    if "/Annots" in source:
        source.Annots = pikepdf.Array(annotations)
    out = pikepdf.new()
    out.pages.append(source)
    page = out.pages[0]
    for key in set(page.obj.keys()) - _PAGE_KEYS:
        del page[key]
    _unshare(out, page)
    if not annotations:
        if "/Annots" in page:
            del page["/Annots"]
        return out, False
    _flatten(out, page)
    return out, True


def _unshare(out: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Leave the pictures of other pages behind: some writers give all pages one dictionary."""
    drawables = page.obj.get("/Resources", pikepdf.Dictionary()).get("/XObject")
    if isinstance(drawables, pikepdf.Dictionary) and len(drawables) > 1:
        if contents.weight(page) > contents.MAX_CONTENT_BYTES:
            raise Unreadable("it is too intricate. Print it to a new PDF and upload that.")
        out.remove_unreferenced_resources()


def _visible(page: pikepdf.Page) -> list[Any]:
    """The page's annotations that draw something, stripped of what they could do."""
    found = page.get("/Annots")
    kept = []
    for annotation in found if isinstance(found, pikepdf.Array) else []:
        if not isinstance(annotation, pikepdf.Dictionary):
            continue
        hidden = int(annotation.get("/F", 0)) & 0b10
        if str(annotation.get("/Subtype")) in _NOT_DRAWN or hidden:
            continue
        for key in set(annotation.keys()) - _DRAWING_KEYS:
            del annotation[key]
        kept.append(annotation)
    return kept


def _flatten(out: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Draw annotations into the page. Those without an appearance stay for the renderer."""
    bare = [one for one in page.Annots if "/AP" not in one]
    page.Annots = pikepdf.Array([one for one in page.Annots if "/AP" in one])
    out.flatten_annotations("screen")
    if bare:
        page.Annots = pikepdf.Array(bare)
    elif "/Annots" in page:
        del page["/Annots"]


def _check_pictures(page: pikepdf.Page, damaged: bool) -> None:
    """Refuse lost pictures and pictures that claim too much. Nothing is decoded."""
    if damaged and (not contents.weight(page) or contents.draws_what_is_lost(page)):
        raise Unreadable(_DAMAGED)
    for picture in pictures(page.obj):
        if not isinstance(picture, pikepdf.Stream):
            raise Unreadable("its picture is missing: the file is damaged or cut off.")
        refused = too_large(int(picture.get("/Width", 0)), int(picture.get("/Height", 0)))
        if refused:
            raise refused


def _check_whole(page: pikepdf.Page) -> None:
    """Refuse pictures that are cut off inside: what is not there would be drawn as white paper."""
    if not all(is_whole(picture) for picture in pictures(page.obj)):
        raise Unreadable(wholeness.DAMAGED)


def _whole(jpeg: bytes) -> None:
    if not jpegs.is_whole(jpeg):
        raise Unreadable("its picture is cut off. Scan this page again.")


def _crop_box(page: pikepdf.Page) -> contents.Box:
    def box(values: Any) -> contents.Box:
        x0, y0, x1, y1 = (float(value) for value in values)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    media = box(page.obj.get("/MediaBox", [0, 0, 612, 792]))
    crop = box(page.obj.get("/CropBox", media))
    inner = (
        max(media[0], crop[0]),
        max(media[1], crop[1]),
        min(media[2], crop[2]),
        min(media[3], crop[3]),
    )
    kept = inner if inner[2] > inner[0] and inner[3] > inner[1] else media
    if kept[2] <= kept[0] or kept[3] <= kept[1]:
        raise Unreadable("its size is not given. Print it to a new PDF and upload that.")
    return kept


def _rotation(page: pikepdf.Page) -> int:
    turn = int(page.obj.get("/Rotate", 0)) % 360
    return turn if turn % 90 == 0 else 0


def _embedded(page: pikepdf.Page, number: int, data: bytes) -> Sheet | None:
    """The page as the JPEG that is all of it, or None when it is not so simple."""
    crop = _crop_box(page)
    placed = contents.only_image(page, crop)
    if placed is None or placed.turn is None or not contents.fills(placed.box, crop):
        return None
    jpeg = _jpeg(placed.image)
    if jpeg is None:
        return None
    _whole(jpeg)
    header = jpegs.read_header(jpeg)
    refused = too_large(header.width, header.height)
    if refused:
        raise refused
    if jpegs.takes_long(jpeg, header):
        raise Unreadable(TAKES_LONG)
    if header.components not in (1, 3) or header.bits != 8:
        return None
    sideways = placed.turn in (90, 270)
    inches = (crop[3] - crop[1] if sideways else crop[2] - crop[0]) / 72
    return Sheet(
        number=number,
        pdf=data,
        image=jpegs.without_exif(jpeg) if header.orientation != 1 else jpeg,
        width=header.width,
        height=header.height,
        rotate=(placed.turn + _rotation(page)) % 360,
        lossless=True,
        grey=header.components == 1,
        bilevel=False,
        dpi=header.width / inches,
    )


def _jpeg(image: pikepdf.Object) -> bytes | None:
    """The bytes of a picture that is a plain JPEG: no mask, no inverted or unusual colours."""
    if any(key in image for key in ("/SMask", "/Mask", "/Decode", "/DecodeParms")):
        return None
    if image.get("/ImageMask") or not _usual_colours(image.get("/ColorSpace")):
        return None
    coded = filters(image)
    if coded == ["/DCTDecode"]:
        return image.read_raw_bytes()
    if coded == ["/FlateDecode", "/DCTDecode"]:
        return zlib.decompressobj().decompress(image.read_raw_bytes(), 64 << 20)
    return None


def _usual_colours(space: Any) -> bool:
    if isinstance(space, pikepdf.Array) and len(space):
        if space[0] == "/ICCBased":
            return int(space[1].get("/N", 0)) in (1, 3)
        return space[0] in ("/CalGray", "/CalRGB")
    return space in ("/DeviceGray", "/DeviceRGB")


def _rendered(out: pikepdf.Pdf, number: int, data: bytes) -> Sheet:
    """The page as poppler draws it, to a width in pixels: at a dpi, a vast page would be vast.

    It is drawn as it lies: told both a width and a height, poppler takes those of a page that
    its /Rotate lays on its side the wrong way round, and draws it out of shape.
    """
    page = out.pages[0]
    _check_whole(page)
    crop = _crop_box(page)
    wide, high = crop[2] - crop[0], crop[3] - crop[1]
    turn = _rotation(page)
    bilevel = _is_bilevel(page)
    width = max(1, min(MAX_RENDER_WIDTH, round(wide / 72 * RENDER_DPI)))
    # A scan that has nearly this width already is not resampled by a few dots.
    for native in {int(one.get(side, 0)) for one in pictures(page.obj) for side in _SIDES}:
        if abs(native - width) <= 0.02 * width and native <= MAX_RENDER_WIDTH:
            width = native
    height = max(1, round(width * high / wide))
    if height > MAX_RENDER_HEIGHT:
        width, height = max(1, round(MAX_RENDER_HEIGHT * wide / high)), MAX_RENDER_HEIGHT
    if turn:
        page.obj.Rotate = 0
    image = draw(_saved(out) if turn else data, (width, height), grey=bilevel)
    # A picture that cannot be decoded is drawn as nothing, and nothing would pass for a blank back.
    if is_of_one_tone(image) and any(pictures(page.obj)) and is_faulty(data):
        raise Unreadable("its picture cannot be decoded. Scan this page again.")
    header = jpegs.read_header(image)
    return Sheet(
        number=number,
        pdf=data,
        image=image,
        width=header.width,
        height=header.height,
        rotate=turn,
        lossless=False,
        grey=header.components == 1,
        bilevel=bilevel,
        dpi=header.width / (wide / 72),
        scanned_dpi=resolution.of_page(page, wide * high),
    )


def _is_bilevel(page: pikepdf.Page) -> bool:
    """Whether the scan on this page has one bit a dot: faint ink is gone from it."""
    sizes = [
        (int(one.get("/Width", 0)) * int(one.get("/Height", 0)), bits(one))
        for one in pictures(page.obj)
    ]
    dots, depth = max(sizes, default=(0, 8))
    return dots > 400_000 and depth == 1
