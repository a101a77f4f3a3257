from __future__ import annotations

import io
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pytest
from PIL import Image

from submissions import extraction, imaging, wholeness
from submissions.extraction import BadPage, Sheet, sheets
from submissions.sources import Kind
from tests.submissions import paper

SCAN = paper.jpeg_of(paper.template_page(1))
COLOUR = paper.jpeg_of(np.dstack([paper.template_page(1)] * 2 + [np.full((1100, 850), 90, "u1")]))


def taken(
    tmp_path: Path, pdf: pikepdf.Pdf | bytes, kind: Kind = "pdf", pages: int = 1
) -> list[Any]:
    path = tmp_path / "upload"
    path.write_bytes(pdf if isinstance(pdf, bytes) else paper.saved(pdf))
    return list(sheets(path, kind, range(1, pages + 1)))


def image_in(sheet: Sheet) -> bytes:
    with pikepdf.open(io.BytesIO(sheet.pdf)) as pdf:
        assert len(pdf.pages) == 1
        return bytes(next(iter(pdf.pages[0].Resources.XObject.values())).read_raw_bytes())


def test_a_page_that_is_one_jpeg_is_taken_as_it_is(tmp_path):
    [sheet] = taken(tmp_path, paper.pdf_of(SCAN))

    assert sheet.image == SCAN
    assert image_in(sheet) == SCAN
    assert (sheet.width, sheet.height, sheet.rotate) == (850, 1100, 0)
    assert sheet.lossless
    assert sheet.grey
    assert sheet.dpi == pytest.approx(100)


def test_the_same_page_gives_the_same_bytes(tmp_path):
    pdf = paper.saved(paper.pdf_of(SCAN, SCAN))

    first, second = taken(tmp_path, pdf, pages=2)
    assert first.pdf == taken(tmp_path, pdf)[0].pdf == second.pdf


def test_rotate_of_the_page_says_how_far_to_turn(tmp_path):
    [sheet] = taken(tmp_path, paper.pdf_of(SCAN, rotate=270))

    assert (sheet.rotate, sheet.lossless) == (270, True)


@pytest.mark.parametrize(
    ("matrix", "turn"),
    [
        ("-612 0 0 -792 612 792", 180),
        ("0 -792 612 0 0 792", 90),
        ("0 792 -612 0 612 0", 270),
        ("1 0 0 1 0 0 cm 306 0 0 396 0 0 cm 2 0 0 2 0 0", 0),
    ],
)
def test_the_matrix_may_turn_the_picture_too(tmp_path, matrix, turn):
    jpeg = SCAN if turn % 180 == 0 else paper.jpeg_of(np.rot90(paper.template_page(1)).copy())
    [sheet] = taken(tmp_path, paper.pdf_of(jpeg, matrix=matrix))

    assert (sheet.rotate, sheet.lossless, sheet.image) == (turn, True, jpeg)


@pytest.mark.parametrize("turned", ["0 -792 612 0 0 792", "-612 0 0 -792 612 792"])
def test_turning_by_what_a_sheet_says_shows_what_the_renderer_shows(tmp_path, turned):
    jpeg = (
        paper.jpeg_of(paper.template_page(1))
        if turned[0] == "-"
        else paper.jpeg_of(np.rot90(paper.template_page(1)).copy())
    )
    [bare] = taken(tmp_path, paper.pdf_of(jpeg, matrix=turned))
    [drawn] = taken(tmp_path, paper.pdf_of(jpeg, matrix=turned, extra=b"0 0 1 1 re f"))

    assert (bare.lossless, drawn.lossless) == (True, False)
    ours = imaging.grey(bare.image, 425, bare.rotate).astype(int)
    theirs = imaging.grey(drawn.image, 425, drawn.rotate).astype(int)
    assert np.abs(ours - theirs).mean() < 6


@pytest.mark.parametrize("rotate", [90, 180, 270])
def test_a_page_that_is_turned_and_drawn_keeps_its_shape(tmp_path, rotate):
    [bare] = taken(tmp_path, paper.pdf_of(SCAN, rotate=rotate))
    [drawn] = taken(tmp_path, paper.pdf_of(SCAN, rotate=rotate, extra=b"0 0 1 1 re f"))

    assert (bare.lossless, drawn.lossless) == (True, False)
    ours = imaging.grey(bare.image, 425, bare.rotate).astype(int)
    theirs = imaging.grey(drawn.image, 425, drawn.rotate).astype(int)
    assert np.abs(ours - theirs).mean() < 6
    assert drawn.dpi == pytest.approx(200, abs=1)


def test_invisible_text_over_the_picture_does_not_matter(tmp_path):
    text = b"BT 3 Tr /F1 12 Tf 72 700 Td (searchable) Tj ET"

    assert taken(tmp_path, paper.pdf_of(SCAN, extra=text))[0].image == SCAN


@pytest.mark.parametrize(
    "more",
    [
        b"BT /F1 12 Tf 72 700 Td (visible) Tj ET",
        b"10 10 100 100 re f",
        b"/Im0 Do",
    ],
)
def test_anything_more_on_the_page_is_rendered(tmp_path, more):
    [sheet] = taken(tmp_path, paper.pdf_of(SCAN, extra=more))

    assert not sheet.lossless
    assert (sheet.width, sheet.height, sheet.rotate) == (1700, 2200, 0)
    assert image_in(sheet) == SCAN


@pytest.mark.parametrize("box", [[100, 100, 500, 700], [-200, 0, 612, 792]])
def test_a_picture_that_does_not_fill_the_page_is_rendered(tmp_path, box):
    pdf = paper.pdf_of(SCAN)
    pdf.pages[0].MediaBox = box

    assert not taken(tmp_path, pdf)[0].lossless


def test_a_grey_page_stays_grey_when_rendered_and_a_coloured_one_coloured(tmp_path):
    box = b"0 0 5 5 re f"
    grey, colour = (taken(tmp_path, paper.pdf_of(one, extra=box))[0] for one in (SCAN, COLOUR))

    assert (grey.grey, colour.grey) == (True, False)


def test_attachments_and_actions_stay_behind_and_drawn_ink_stays(tmp_path):
    pdf = paper.pdf_of(SCAN)
    pdf.attachments["evil.exe"] = b"MZ"
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    page = pdf.pages[0]
    page.AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="x()"))
    look = pdf.make_stream(b"1 0 0 RG 8 w 0 0 m 200 200 l S")
    look.Subtype, look.BBox, look.Type = (
        pikepdf.Name.Form,
        pikepdf.Array([0, 0, 200, 200]),
        pikepdf.Name.XObject,
    )
    ink = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot,
        Subtype=pikepdf.Name.Ink,
        Rect=[200, 300, 400, 500],
        F=4,
        AP=pikepdf.Dictionary(N=look),
        A=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="y()"),
    )
    link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9])
    page.Annots = pdf.make_indirect(
        pikepdf.Array([pdf.make_indirect(ink), pdf.make_indirect(link)])
    )

    [sheet] = taken(tmp_path, pdf)

    assert b"JavaScript" not in sheet.pdf
    assert b"evil" not in sheet.pdf
    assert not sheet.lossless
    red = np.asarray(Image.open(io.BytesIO(sheet.image)).convert("RGB")).astype(int)
    assert ((red[:, :, 0] - red[:, :, 1]) > 100).sum() > 1000


def test_pages_that_share_one_dictionary_do_not_carry_each_other(tmp_path):
    pdf = paper.pdf_of(SCAN, COLOUR)
    shared = pdf.make_indirect(
        pikepdf.Dictionary(
            XObject=pikepdf.Dictionary(
                A=pdf.pages[0].Resources.XObject.Im0, B=pdf.pages[1].Resources.XObject.Im0
            )
        )
    )
    for page, name in zip(pdf.pages, (b"A", b"B"), strict=True):
        page.Resources = shared
        page.Contents = pdf.make_stream(b"q 612 0 0 792 0 0 cm /" + name + b" Do Q")

    first, second = taken(tmp_path, pdf, pages=2)

    assert (first.image, second.image) == (SCAN, COLOUR)
    assert len(first.pdf) < len(SCAN) + 2000


def test_a_one_bit_scan_says_so(tmp_path):
    pdf = paper.pdf_of(SCAN)
    bits = np.packbits(paper.template_page(1) > 128, axis=1).tobytes()
    image = pdf.pages[0].Resources.XObject.Im0
    image.write(zlib.compress(bits), filter=pikepdf.Name.FlateDecode)
    image.BitsPerComponent = 1

    [sheet] = taken(tmp_path, pdf)

    assert (sheet.bilevel, sheet.grey, sheet.lossless) == (True, True, False)


def test_a_page_a_hundred_thousand_points_wide_is_drawn_small(tmp_path):
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(14_000, 100))
    pdf.pages[0].MediaBox = [0, 0, 100_000, 100_000]
    pdf.pages[0].Contents = pdf.make_stream(b"0 0 5000 5000 re f")

    [sheet] = taken(tmp_path, pdf)

    assert sheet.width == 2550


def test_a_truncated_file_yields_its_good_pages_and_names_the_others(tmp_path):
    noisy = [paper.jpeg_of(paper.scanned(paper.template_page(n))[0]) for n in (1, 2, 3, 4)]
    whole = paper.saved(paper.pdf_of(*noisy))

    pages = taken(tmp_path, whole[: len(whole) * 6 // 10], pages=4)

    assert len(pages) == 4
    assert any(isinstance(page, Sheet) for page in pages)
    assert any(isinstance(page, BadPage) for page in pages)
    for page in pages:
        if isinstance(page, Sheet):
            assert page.image in noisy


def test_a_jpeg_that_claims_too_much_is_refused_before_it_is_decoded(tmp_path):
    at = SCAN.index(b"\xff\xc0")
    claim = SCAN[: at + 5] + struct.pack(">HH", 65_000, 65_000) + SCAN[at + 9 :]
    pdf = paper.pdf_of(SCAN, claim, SCAN)

    first, bad, last = taken(tmp_path, pdf, pages=3)

    assert isinstance(first, Sheet)
    assert isinstance(last, Sheet)
    assert isinstance(bad, BadPage)
    assert bad.message.startswith("Page 2: its picture claims 65,000 × 65,000 dots")


def test_a_jpeg_whose_dictionary_lies_small_is_refused_too(tmp_path):
    at = SCAN.index(b"\xff\xc0")
    claim = SCAN[: at + 5] + struct.pack(">HH", 65_000, 65_000) + SCAN[at + 9 :]
    pdf = paper.pdf_of(claim)
    pdf.pages[0].Resources.XObject.Im0.Width = 850
    pdf.pages[0].Resources.XObject.Im0.Height = 1100

    [bad] = taken(tmp_path, pdf)

    assert isinstance(bad, BadPage)


@pytest.mark.parametrize("kind", ["image", "pdf"])
def test_a_jpeg_of_hundreds_of_scans_is_not_decoded(tmp_path, kind):
    out = io.BytesIO()
    Image.fromarray(np.zeros((2200, 1700), np.uint8)).save(out, "JPEG", progressive=True)
    jpeg = out.getvalue()
    again = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    crafted = jpeg[:-2] + 400 * again + b"\xff\xd9"
    plain, bad = (
        taken(tmp_path, one if kind == "image" else paper.pdf_of(SCAN), kind)[0]
        for one in (jpeg, crafted)
    )
    if kind == "pdf":
        pdf = paper.pdf_of(SCAN)
        pdf.pages[0].Resources.XObject.Im0.write(crafted, filter=pikepdf.Name.DCTDecode)
        [bad] = taken(tmp_path, pdf)

    assert isinstance(plain, Sheet)
    assert isinstance(bad, BadPage)
    assert "takes too long to open" in bad.message


@pytest.mark.parametrize("filter_", ["JBIG2Decode", "CCITTFaxDecode", "JPXDecode", "FlateDecode"])
def test_a_picture_that_decodes_to_nothing_is_no_blank_back(tmp_path, filter_):
    pdf = paper.pdf_of(SCAN)
    image = pdf.pages[0].Resources.XObject.Im0
    image.write(bytes(100), filter=pikepdf.Name(f"/{filter_}"))
    image.BitsPerComponent = 1
    if filter_ == "CCITTFaxDecode":
        image.DecodeParms = pikepdf.Dictionary(K=-1, Columns=850, Rows=1100)

    [bad] = taken(tmp_path, pdf)

    assert isinstance(bad, BadPage)
    assert bad.message == f"Page 1: {wholeness.DAMAGED}"


def test_an_empty_back_in_black_and_white_is_still_a_page(tmp_path):
    pdf = paper.pdf_of(SCAN)
    image = pdf.pages[0].Resources.XObject.Im0
    image.write(zlib.compress(b"\xff" * (107 * 1100)), filter=pikepdf.Name.FlateDecode)
    image.BitsPerComponent = 1

    [sheet] = taken(tmp_path, pdf)

    assert isinstance(sheet, Sheet)
    assert sheet.bilevel


def test_bombs_are_stopped_and_the_pages_round_them_come_through(tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "PAGE_SECONDS", 3)
    pdf = paper.pdf_of(SCAN, SCAN, SCAN)
    paper.take_for_ever(pdf, 2)

    first, bad, last = taken(tmp_path, pdf, pages=3)

    assert isinstance(first, Sheet)
    assert isinstance(bad, BadPage)
    assert bad.message.startswith("Page 2: it takes too long to draw.")
    assert bad.slow
    assert isinstance(last, Sheet)


def test_a_page_is_out_before_the_next_is_looked_at(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(paper.saved(paper.pdf_of(SCAN, SCAN)))
    asked = []

    def numbers() -> Iterator[int]:
        for number in (1, 2):
            asked.append(number)
            yield number

    with closing(sheets(path, "pdf", numbers())) as pages:
        assert isinstance(next(pages), Sheet)
        assert asked == [1]


def helper() -> int | None:
    """The process that this thread keeps for the file it read last."""
    reader = getattr(extraction._kept, "reader", None)
    return reader and reader.box._helper.pid


def test_one_helper_reads_on_from_chunk_to_chunk_of_a_file_and_none_of_the_next(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(extraction, "KEPT_PAGES", 3)
    data = paper.saved(paper.pdf_of(SCAN, SCAN, SCAN))
    used = []
    for name, numbers in (("a", [1]), ("a", [2, 3]), ("a", [1]), ("b", [2])):
        (tmp_path / name).write_bytes(data)
        os.utime(tmp_path / name, (1, 1))
        assert all(isinstance(page, Sheet) for page in sheets(tmp_path / name, "pdf", numbers))
        used.append(helper())

    first, second, third, fourth = used
    assert first == second
    assert len({second, third, fourth}) == 3
    assert not Path(f"/proc/{first}").exists()


def test_a_file_that_changed_is_opened_anew(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(paper.saved(paper.pdf_of(SCAN)))
    list(sheets(path, "pdf", [1]))
    path.write_bytes(paper.saved(paper.pdf_of(SCAN, SCAN)))

    (page,) = sheets(path, "pdf", [2])

    assert isinstance(page, Sheet)


def test_a_helper_that_a_page_broke_or_whose_reader_left_off_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "PAGE_SECONDS", 2)
    pdf = paper.pdf_of(SCAN, SCAN)
    paper.take_for_ever(pdf, 2)
    path = tmp_path / "upload"
    path.write_bytes(paper.saved(pdf))
    list(sheets(path, "pdf", [1, 2]))
    broke = helper()
    with closing(sheets(path, "pdf", [1, 1])) as pages:
        next(pages)

    assert (broke, helper()) == (None, None)


def test_a_long_file_is_opened_anew_now_and_then(tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "OPEN_PAGES", 2)
    path = tmp_path / "upload"
    path.write_bytes(paper.saved(paper.pdf_of(SCAN, SCAN, SCAN)))

    first, second, third = (extraction._page(path, "pdf", number) for number in (1, 2, 3))
    again = extraction._opened(path)
    extraction._opened.cache_clear()

    assert {type(page) for page in (first, second, third)} == {Sheet}
    assert again.pages == 1


def test_a_content_stream_that_inflates_to_gigabytes_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(extraction, "PAGE_SECONDS", 3)
    pdf = paper.pdf_of(SCAN, SCAN)
    squeeze = zlib.compressobj(9)
    bomb = b"".join(squeeze.compress(b" " * (1 << 24)) for _ in range(60)) + squeeze.flush()
    stream = pikepdf.Stream(pdf, bomb)
    stream.Filter = pikepdf.Name.FlateDecode
    pdf.pages[0].Contents = pdf.make_indirect(stream)

    _, last = taken(tmp_path, pdf, pages=2)

    assert isinstance(last, Sheet)


KINDS = [("PNG", mode) for mode in ("1", "L", "RGB", "RGBA", "P", "I;16")]
KINDS += [("TIFF", mode) for mode in ("1", "L", "RGB", "RGBA", "P", "I;16", "CMYK")]
KINDS += [("JPEG", mode) for mode in ("L", "RGB", "CMYK")]


@pytest.mark.parametrize(("form", "mode"), KINDS)
def test_picture_files_of_every_kind_become_sheets(tmp_path, form, mode):
    out = io.BytesIO()
    Image.new(mode, (170, 220)).save(out, form, dpi=(20, 20))

    [sheet] = taken(tmp_path, out.getvalue(), "image")

    assert isinstance(sheet, Sheet)
    assert (sheet.width, sheet.height) == (170, 220)
    assert sheet.dpi == pytest.approx(20, abs=0.1)
    with pikepdf.open(io.BytesIO(sheet.pdf)) as pdf:
        assert [round(float(v)) for v in pdf.pages[0].MediaBox] == [0, 0, 612, 792]


def test_a_picture_file_is_wrapped_without_loss(tmp_path):
    page = paper.scanned(paper.template_page(1))[0]
    out = io.BytesIO()
    Image.fromarray(page).save(out, "PNG")

    [sheet] = taken(tmp_path, out.getvalue(), "image")

    assert zlib.decompress(image_in(sheet)) == page.tobytes()


def test_a_photo_that_says_it_lies_on_its_side_is_turned_once(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.fromarray(paper.template_page(1)).save(out, "JPEG", exif=exif)

    [sheet] = taken(tmp_path, out.getvalue(), "image")

    assert (sheet.rotate, sheet.lossless) == (90, True)
    assert b"Exif" not in sheet.image
    with pikepdf.open(io.BytesIO(sheet.pdf)) as pdf:
        assert pdf.pages[0].Rotate == 90


def test_every_frame_of_a_tiff_is_a_page(tmp_path):
    frames = [Image.new("L", (100, 130), shade) for shade in (10, 120, 230)]
    out = io.BytesIO()
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])

    shades = [
        int(np.asarray(Image.open(io.BytesIO(sheet.image))).mean())
        for sheet in taken(tmp_path, out.getvalue(), "image", pages=3)
    ]

    assert shades == pytest.approx([10, 120, 230], abs=3)


def test_a_page_number_beyond_the_end_is_a_bad_page(tmp_path):
    _, bad = taken(tmp_path, paper.pdf_of(SCAN), pages=2)

    assert isinstance(bad, BadPage)


def test_a_page_without_resources_and_contents_is_blank(tmp_path):
    pdf = pikepdf.new()
    for _ in range(2):
        pdf.add_blank_page(page_size=(612, 792))
        for key in {"/Resources", "/Contents"} & set(pdf.pages[-1].obj.keys()):
            del pdf.pages[-1].obj[key]

    pages = taken(tmp_path, pdf, pages=2)

    assert [type(page) for page in pages] == [Sheet, Sheet]
