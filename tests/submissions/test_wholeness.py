"""A picture that is cut off inside is told: a renderer would draw the rest of it as white paper."""

from __future__ import annotations

import zlib
from functools import partial
from pathlib import Path
from typing import Any

import pikepdf
import pytest
import simplejpeg
from PIL import Image

from submissions import extraction, image_sheets, wholeness
from submissions.extraction import BadPage, Sheet, sheets
from submissions.models import Page
from tests.submissions import coded_pictures as coded
from tests.submissions import paper
from tests.submissions.coded_pictures import BITS, CODED, GREY

SPOILS = [coded.cut, coded.cut_near_the_end, coded.cut_out, coded.zeroed]
# A wrong byte of it means other dots and nothing else: it is seen as noise.
NOISE = {("JPEG 2000", coded.zeroed)}
OVER = b"0 0 5 5 re f"
SAID = ("its picture is cut off or damaged.", "its picture is cut off.", "it is damaged and cannot")


def taken(tmp_path: Path, file: bytes | pikepdf.Pdf, pages: int = 1) -> list[Any]:
    path = tmp_path / "upload"
    is_pdf = isinstance(file, pikepdf.Pdf)
    path.write_bytes(paper.saved(file) if isinstance(file, pikepdf.Pdf) else file)
    return list(sheets(path, "pdf" if is_pdf else "image", range(1, pages + 1)))


def is_told(page: Any) -> bool:
    return isinstance(page, BadPage) and any(said in page.message for said in SAID)


@pytest.mark.parametrize("name", CODED)
def test_a_picture_spoiled_inside_is_told_and_its_neighbours_are_taken(tmp_path, name):
    whole = CODED[name]
    spoils = [spoil for spoil in SPOILS if (name, spoil) not in NOISE]
    spoiled = [whole._replace(data=spoil(whole.data)) for spoil in spoils]

    pdf = coded.in_pdf(whole, *spoiled, whole, extra=OVER)
    before, *bad, after = taken(tmp_path, pdf, len(pdf.pages))

    assert isinstance(before, Sheet)
    assert isinstance(after, Sheet)
    assert len(bad) == len(spoils)
    assert all(is_told(page) for page in bad)
    assert bad[0].message.startswith("Page 2: ")


def test_a_spoiled_mask_is_told_like_the_picture(tmp_path):
    fax = CODED["T.4"]
    pdf = coded.in_pdf(CODED["Flate"], fax._replace(data=coded.cut_near_the_end(fax.data)))
    pdf.pages[0].Resources.XObject.Im0.SMask = pdf.pages[1].Resources.XObject.Im0

    assert is_told(taken(tmp_path, pdf)[0])


@pytest.mark.parametrize("strip_size", [1 << 14, 1 << 30])
@pytest.mark.parametrize("spoil", [coded.cut, coded.zeroed])
@pytest.mark.parametrize(
    ("picture", "compression"),
    [
        (BITS, "group3"),
        (BITS, "group4"),
        (BITS, "tiff_lzw"),
        (GREY, "tiff_adobe_deflate"),
        (GREY, "jpeg"),
    ],
)
def test_a_strip_of_a_tiff_spoiled_inside_is_told(picture, compression, spoil, strip_size):
    tiff = coded.file_of(picture, "TIFF", compression=compression, strip_size=strip_size)
    whole, bad = (
        extraction._one(partial(image_sheets.of, file), 1)
        for file in (tiff, coded.spoiled_tiff(tiff, spoil))
    )

    assert isinstance(whole, Sheet)
    assert is_told(bad)


@pytest.mark.parametrize("form", ["TIFF", "PNG", "JPEG", "JPEG2000"])
def test_a_picture_file_that_ends_early_is_told(tmp_path, form):
    assert isinstance(taken(tmp_path, coded.cut(coded.file_of(GREY, form)))[0], BadPage)


def test_a_fax_without_an_end_is_taken_when_all_its_rows_are_there(tmp_path):
    fax = CODED["T.6"]
    endless = fax._replace(data=fax.data.removesuffix(b"\x08\x00\x80"))
    assert endless != fax

    assert isinstance(taken(tmp_path, coded.in_pdf(endless))[0], Sheet)


def test_bytes_behind_the_end_of_a_picture_do_no_harm(tmp_path):
    for whole in CODED.values():
        padded = whole._replace(data=whole.data + b"\0\0\r\n")

        assert isinstance(taken(tmp_path, coded.in_pdf(padded, extra=OVER))[0], Sheet)


def test_a_region_of_jbig2_that_tells_its_length_behind_itself_is_followed_to_its_end():
    whole = CODED["JBIG2"].data
    at = whole.index(b"\x00\x00\x00\x01\x26\x00\x01")
    unknown = whole[: at + 7] + b"\xff" * 4 + whole[at + 11 :]

    assert wholeness.jbig2_is_whole(unknown + bytes(2) + (2200).to_bytes(4, "big"))
    assert not wholeness.jbig2_is_whole(unknown.rstrip(b"\0"))


def test_a_flate_picture_that_would_fill_the_memory_is_read_in_pieces():
    bomb = zlib.compressobj(9)
    data = b"".join(bomb.compress(bytes(1 << 24)) for _ in range(16)) + bomb.flush()

    assert wholeness.flate_is_whole(data)


def test_the_page_is_unreadable_and_the_others_lie_in_their_places(
    quiz, paper_quiz, take, work, tmp_path
):
    def fax(jpeg: bytes) -> coded.Coded:
        grey = Image.fromarray(simplejpeg.decode_jpeg(jpeg, colorspace="GRAY")[:, :, 0])
        bits = grey.resize(coded.SIZE).point(lambda value: 255 * (value > 128)).convert("1")
        return coded.Coded("/CCITTFaxDecode", coded.strip_of(bits, "group4"), 1, CODED["T.6"].parms)

    pages = [fax(jpeg) for jpeg in paper_quiz.jpegs[:6]]
    pages[1] = pages[1]._replace(data=coded.cut(pages[1].data))
    path = tmp_path / "faxed.pdf"
    path.write_bytes(paper.saved(coded.in_pdf(*pages)))

    upload = take(quiz, path)
    work()

    found = {page.number: page for page in upload.pages.all()}
    assert found.pop(2).reason == f"Page 2: {wholeness.DAMAGED}"
    assert {page.state for page in found.values()} == {Page.State.PLACED}
    assert [found[number].template_page for number in (1, 3, 4, 5, 6)] == [1, 3, 1, 2, 3]
