"""The printed PDF: the template as it was, a code where it should be, and nothing copied."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import pytest
from pdf2image import convert_from_path

from submissions.code_places import HIGH, WIDE, Stamp
from submissions.code_reading import affine_of, glance, look, search
from submissions.page_codes import Code
from submissions.print_pdf import Papers, Word, Words, prepare

INK = b"0 0 0 rg 72 600 200 20 re f 400 100 30 90 re f"
RUN = 47131


def template(path: Path, *, rotate: int = 0, box=(0, 0, 612, 792), crop=None, unit=1, pages=1):
    pdf = pikepdf.new()
    for _ in range(pages):
        page = pdf.add_blank_page(page_size=(612, 792))
        page.MediaBox = pikepdf.Array([*box])
        if crop:
            page.CropBox = pikepdf.Array([*crop])
        if rotate:
            page.Rotate = rotate
        if unit != 1:
            page.obj.UserUnit = unit
        page.Contents = pdf.make_stream(INK)
    pdf.save(path)
    return path


def stamp_at(width: float, height: float, *, turned: bool = False) -> Stamp:
    wide, high = (HIGH, WIDE) if turned else (WIDE, HIGH)
    return Stamp((0.6, 0.03, wide / width, high / height), turned)


def printed(tmp_path: Path, source: Path, stamps, *, copies=1, words=(), two_sided=False) -> Path:
    ready, out = tmp_path / "ready.pdf", tmp_path / "out.pdf"
    prepare(source, "exam.pdf", ready)
    papers = Papers(ready, RUN, stamps, Words([word.text for word in words]))
    for number in range(1, copies + 1):
        papers.add(number, {1: list(words)}, two_sided=two_sided)
    papers.save(out)
    return out


def drawn(path: Path, width: int = 1224, page: int = 1) -> np.ndarray:
    (picture,) = convert_from_path(
        path, size=(width, None), grayscale=True, use_cropbox=True, first_page=page, last_page=page
    )
    return np.asarray(picture)


ODD = [
    {},
    {"rotate": 90},
    {"rotate": 180},
    {"rotate": 270},
    {"box": (-100, 50, 512, 842)},
    {"crop": (36, 36, 576, 700)},
    {"crop": (36, 36, 576, 700), "rotate": 90, "box": (20, 20, 612, 792)},
    {"crop": (-50, 100, 612, 792), "rotate": 270},
    {"unit": 2, "rotate": 90},
]


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize("turned", [False, True], ids=["", "turned"])
def test_the_page_looks_as_before_but_for_its_code_in_the_same_visible_place(tmp_path, odd, turned):
    source = template(tmp_path / "exam.pdf", **odd)
    before = drawn(source)
    high, wide = before.shape
    stamp = stamp_at(612, 612 * high / wide, turned=turned)

    (picture,) = convert_from_path(
        printed(tmp_path, source, [stamp]), size=(wide, high), grayscale=True
    )
    after = np.asarray(picture)

    x, y, w, h = stamp.rect
    apart = (np.abs(after.astype(int) - before) > 60).astype(np.uint8)
    # Edges that fall between two dots are drawn a little differently.
    rows, columns = np.nonzero(cv2.morphologyEx(apart, cv2.MORPH_OPEN, np.ones((3, 3))))
    assert x * wide - 2 <= columns.min() <= columns.max() <= (x + w) * wide + 2
    assert y * high - 2 <= rows.min() <= rows.max() <= (y + h) * high + 2
    seen = glance(after, [stamp])
    assert (seen.code, seen.turn) == (Code(RUN, 1, 1), 0)
    assert look(after, (1, 0, 0, 0, 1, 0), stamp).code == Code(RUN, 1, 1)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_symbol_tells_which_way_up_a_page_is_and_where_it_lies(tmp_path, turn, turned):
    stamp = stamp_at(612, 792, turned=turned)
    page = drawn(printed(tmp_path, template(tmp_path / "exam.pdf"), [stamp]))
    # Turned so far to the left that it has to be turned back by as much.
    lying = np.ascontiguousarray(np.rot90(page, turn // 90))

    seen = glance(lying, [stamp], lying=turn % 180 == 90)

    assert seen.turn == turn
    affine = affine_of(seen.corners, stamp, page.shape, (1100, 850))
    assert affine == pytest.approx([1, 0, 0, 0, 1, 0], abs=0.02)
    assert search(np.ascontiguousarray(lying[::2, ::2]), [stamp]).code == seen.code
    coloured = np.dstack([lying, lying, lying])
    assert glance(coloured, [stamp], lying=turn % 180 == 90) == seen


def test_every_page_has_its_own_code_and_the_same_in_print(tmp_path):
    source = template(tmp_path / "exam.pdf", pages=3)
    stamp = stamp_at(612, 792)
    out = printed(tmp_path, source, [stamp] * 3, copies=2)

    said = subprocess.check_output(["pdftotext", "-layout", out, "-"], text=True).split()
    wanted = [Code(RUN, paper, page) for paper in (1, 2) for page in (1, 2, 3)]
    assert said == [code.text for code in wanted]
    for at, code in enumerate(wanted, 1):
        assert glance(drawn(out, page=at), [stamp]).code == code


def test_papers_of_an_odd_number_of_pages_get_an_empty_back_if_printed_on_both_sides(tmp_path):
    source = template(tmp_path / "exam.pdf", pages=3)
    out = printed(tmp_path, source, [stamp_at(612, 792)] * 3, copies=2, two_sided=True)

    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 8
    assert drawn(out, 612, page=4).min() == 255
    assert glance(drawn(out, page=5), [stamp_at(612, 792)]).code == Code(RUN, 2, 1)


def test_an_even_number_of_pages_needs_no_empty_back(tmp_path):
    source = template(tmp_path / "exam.pdf", pages=2)
    out = printed(tmp_path, source, [stamp_at(612, 792)] * 2, copies=2, two_sided=True)

    with pikepdf.open(out) as pdf:
        assert len(pdf.pages) == 4


def test_a_copy_more_costs_its_codes_and_little_else(tmp_path):
    source = template(tmp_path / "exam.pdf", pages=2)
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        # A picture that would be seen in the size if it were there twice.
        noise = np.random.default_rng(1).bytes(200_000)
        picture = pdf.make_stream(noise, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image)
        picture.Width, picture.Height, picture.BitsPerComponent = 500, 400, 8
        picture.ColorSpace = pikepdf.Name.DeviceGray
        for page in pdf.pages:
            page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(I=picture))
            page.Contents = pdf.make_stream(INK + b" q 100 0 0 80 72 300 cm /I Do Q")
        pdf.save(source)
    stamps = [stamp_at(612, 792)] * 2

    one = printed(tmp_path, source, stamps, copies=1).stat().st_size
    many = printed(tmp_path, source, stamps, copies=51).stat().st_size

    assert one > 200_000
    assert (many - one) / 100 < 700


def test_the_same_papers_give_the_same_bytes(tmp_path):
    source = template(tmp_path / "exam.pdf")
    word = Word("Ağa 王小明", 100, 500, 1.0)

    first = printed(tmp_path, source, [stamp_at(612, 792)], words=[word]).read_bytes()

    assert printed(tmp_path, source, [stamp_at(612, 792)], words=[word]).read_bytes() == first


def test_names_of_any_script_are_printed_where_they_should_be(tmp_path):
    source = template(tmp_path / "exam.pdf")
    word = Word("Łukasz Żółć 王小明", 100, 500, 1.0)
    before = drawn(source)

    after = drawn(printed(tmp_path, source, [Stamp((0.6, 0.9, 0.2, 0.03))], words=[word]))

    apart = np.abs(after.astype(int) - before) > 60
    apart[: round(0.3 * len(apart))] = apart[round(0.8 * len(apart)) :] = False
    rows, columns = np.nonzero(apart)
    assert 198 <= columns.min() <= 206
    assert 2 * (792 - 500 - 16) <= rows.min() <= rows.max() <= 2 * (792 - 500)


def test_annotations_are_printed_and_what_acts_is_left_out(tmp_path):
    source = template(tmp_path / "exam.pdf")
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        look_ = pdf.make_stream(b"0 0 0 rg 0 0 80 40 re f")
        look_.Type, look_.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        look_.BBox = pikepdf.Array([0, 0, 80, 40])
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Stamp,
            Rect=pikepdf.Array([300, 400, 380, 440]),
            F=4,
            AP=pikepdf.Dictionary(N=look_),
        )
        pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(note)])
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        pdf.Root.OpenAction = script
        pdf.attachments["secret.txt"] = b"hello"
        pdf.save(source)
    before = drawn(source)

    out = printed(tmp_path, source, [stamp_at(612, 792)])

    assert before[744, 680] == 0
    assert drawn(out)[744, 680] == 0
    with pikepdf.open(out) as pdf:
        assert set(pdf.Root.keys()) == {"/Type", "/Pages"}
        whole = io.BytesIO()
        pdf.save(whole, qdf=True, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert b"alert" not in whole.getvalue()
    assert b"secret" not in whole.getvalue()
