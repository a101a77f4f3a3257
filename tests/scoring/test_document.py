from __future__ import annotations

import hashlib
import json
import os
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pikepdf
import pypdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from scoring.copies.document import assemble, digest, draw_copy
from scoring.copies.summary import draw_summary
from scoring.results import Caption, Ink, PageSheet, from_json
from tests.scoring.papers import midterm, page_of, pictures_of, saved, scan, text_of

INKS = (
    Ink("pen", ((0.1, 0.1), (0.2, 0.15), (0.3, 0.1)), colour="blue"),
    Ink("text", ((0.1, 0.3),), "Nice try, but $x^2$ 🙂 你好 مرحبا", "green", 0.02),
    Ink("item", ((0.4, 0.5),), "−1 Off by one", "red", 0.016),
)
CAPTIONS = (Caption("2.5", "e", 300, 400, 0.9, 0.2), Caption("2.6", "f", None, 200, 0.9, 0.6))


def pages(*inks: Ink, count=3) -> tuple[PageSheet, ...]:
    first = PageSheet(1, "a", 0, CAPTIONS, inks)
    return (first, *(PageSheet(0, "b") for _ in range(1, count)))


RESULT = replace(midterm(), pages=pages(*INKS))
SHEETS = [scan(), scan((842, 595), rotate=90), scan(crop=(10, 10, 10, 10))]


@pytest.fixture(scope="module")
def copy():
    return draw_copy(RESULT, SHEETS)


@pytest.fixture
def opened(copy):
    with pikepdf.open(BytesIO(copy)) as pdf:
        yield pdf


def test_the_scans_own_streams_are_copied_byte_for_byte(copy):
    def images(pdf: bytes) -> list[str]:
        with pikepdf.open(BytesIO(pdf)) as opened:
            return [
                hashlib.sha256(page.Resources.XObject.Im0.read_raw_bytes()).hexdigest()
                for page in opened.pages
                if "/Im0" in page.Resources.get("/XObject", {})
            ]

    assert images(copy) == [digest for sheet in SHEETS for digest in images(sheet)]


def test_qpdf_finds_nothing_wrong(copy, tmp_path):
    (tmp_path / "copy.pdf").write_bytes(copy)
    done = subprocess.run(
        ["qpdf", "--check", tmp_path / "copy.pdf"], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr


def test_captions_and_ink_can_be_searched(copy):
    text = text_of(copy)

    assert "2.5 e 3 / 4" in text
    assert "2.6 f not graded yet" in text
    assert "−1 Off by one" in text
    for word in ("Nice try", "🙂", "你好"):
        assert word in text


def test_another_reader_finds_the_same_words(copy):
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(copy)).pages)

    assert "101.5 / 124" in text
    assert text.count("✓") == 54
    assert "Off by one" in text


def test_every_question_and_every_scanned_page_has_a_bookmark(opened):
    with opened.open_outline() as outline:
        *questions, scans = outline.root
        assert [item.title for item in questions][2] == "3 Convolutional architectures · 12 / 12"
        assert len(questions) == 7
        assert len(questions[1].children) == 17
        assert all(item.destination is not None for item in questions)
        titles = [item.title for item in scans.children]
        assert titles == ["Page 1: 2.5, 2.6", "Extra page (scan 2)", "Extra page (scan 3)"]


def test_a_bookmark_leads_to_the_page_of_its_question(opened):
    with opened.open_outline() as outline:
        place = outline.root[1].children[9].destination
    page = next(n for n, page in enumerate(opened.pages) if page.objgen == place[0].objgen)

    assert (
        "A better way to search"
        in pypdf.PdfReader(BytesIO(draw_copy(RESULT, SHEETS))).pages[page].extract_text()
    )


def test_the_result_is_inside_for_programs(opened):
    spec = opened.attachments["result.json"]

    assert spec.relationship == pikepdf.Name.Data
    assert opened.Root.AF[0].objgen == spec.obj.objgen
    assert from_json(json.loads(spec.get_file().read_bytes())) == RESULT


def test_language_title_and_tags_are_set(opened):
    assert str(opened.Root.Lang) == "en"
    assert opened.Root.ViewerPreferences.DisplayDocTitle
    assert str(opened.docinfo["/Title"]).startswith("Deep Learning Midterm")
    with opened.open_metadata() as meta:
        assert meta["dc:title"] == str(opened.docinfo["/Title"])


def test_it_does_not_claim_for_the_scans_what_only_the_summary_keeps(opened):
    assert b"pdfuaid:part" not in opened.Root.Metadata.read_bytes()


def test_a_scanned_page_has_words_for_those_who_cannot_see_it(opened):
    page = opened.pages[-3]
    tree = pikepdf.NumberTree(opened.Root.StructTreeRoot.ParentTree)
    (figure,) = tree[int(page.StructParents)]

    assert figure.S == "/Figure"
    assert "2.5 e: 3 / 4" in str(figure.Alt)
    assert "2.6 f: not graded yet" in str(figure.Alt)


def test_the_scans_part_is_hardly_larger_than_the_scans():
    # Noise, so that the page weighs what a scanned page does.
    noise = np.random.default_rng(1).integers(0, 255, (700, 500), np.uint8)
    raw = BytesIO()
    Image.fromarray(noise).save(raw, "JPEG", quality=92)
    sheets = [page_of(raw.getvalue(), (612, 792)) for _ in range(5)]
    result = replace(midterm(), pages=pages(INKS[0], INKS[2], count=5))
    summary = draw_summary(result)
    grown = len(assemble(result, summary, sheets)) - len(summary)

    assert grown <= 1.02 * sum(map(len, sheets)) + 20_000


def test_what_a_page_brings_beside_what_it_shows_stays_behind():
    with pikepdf.open(BytesIO(scan())) as pdf:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.pages[0].obj.AA = pikepdf.Dictionary(O=script)
        pdf.Root.OpenAction = script
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=script
        )
        pdf.pages[0].obj.Annots = pikepdf.Array([link])
        hostile = saved(pdf)
    made = draw_copy(replace(RESULT, pages=pages(count=1)), [hostile])

    assert b"JavaScript" not in laid_open(made)


def test_ink_a_student_left_as_an_annotation_stays_on_the_page(tmp_path):
    with pikepdf.open(BytesIO(scan())) as pdf:
        look = pikepdf.Stream(pdf, b"0 0 1 rg 0 0 100 100 re f")
        look.Type, look.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
        look.BBox = pikepdf.Array([0, 0, 100, 100])
        stamp = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Stamp,
            Rect=[230, 250, 330, 350],
            F=4,
            AP=pikepdf.Dictionary(N=pdf.make_indirect(look)),
        )
        pdf.pages[0].obj.Annots = pikepdf.Array([pdf.make_indirect(stamp)])
        sheet = saved(pdf)
    result = replace(midterm(), questions=(), pages=(PageSheet(1, ""),))
    (page,) = pictures_of(draw_copy(result, [sheet]), tmp_path, 2)

    assert tuple(page[792 - 250, 250]) == (0, 0, 255)


def test_a_turn_and_boxes_inherited_from_the_page_tree_count(tmp_path):
    with pikepdf.open(BytesIO(scan(rotate=90, turn=90))) as pdf:
        page = pdf.pages[0].obj
        for key in ("/Rotate", "/MediaBox", "/CropBox"):
            pdf.Root.Pages[key] = page[key]
            del page[key]
        sheet = saved(pdf)
    result = replace(midterm(), questions=(), pages=(PageSheet(1, "", 90),))
    (picture,) = pictures_of(draw_copy(result, [sheet]), tmp_path, 2)

    assert picture.shape[:2] == (792, 612)
    assert picture[4:20, 4:20].max() < 60


def test_a_number_of_sheets_other_than_of_pages_is_refused():
    with pytest.raises(ValueError, match="2 sheets for 3 pages"):
        assemble(RESULT, draw_summary(RESULT), SHEETS[:2])


def test_a_sheet_that_cannot_be_opened_is_named():
    with pytest.raises(ValueError, match="the scan of an extra page is damaged"):
        draw_copy(RESULT, [SHEETS[0], b"no PDF", SHEETS[2]])


def test_a_paper_without_pages_is_its_summary():
    with pikepdf.open(BytesIO(draw_copy(midterm(), []))) as pdf:
        assert len(pdf.pages) == 5


def test_the_digest_changes_with_whatever_the_copy_shows():
    base = digest(RESULT, ["a", "b"])

    assert base == digest(replace(RESULT), ["a", "b"])
    assert base != digest(replace(RESULT, score=0), ["a", "b"])
    assert base != digest(RESULT, ["a", "c"])
    assert base != digest(replace(RESULT, pages=pages()), ["a", "b"])


@pytest.mark.skipif("MARGINALIA_SCANS" not in os.environ, reason="MARGINALIA_SCANS is unset")
def test_real_scans_make_sound_copies(tmp_path):
    made = 0
    for path in sorted(Path(os.environ["MARGINALIA_SCANS"]).rglob("*.pdf")):
        try:
            sheets = one_by_one(path)
        except pikepdf.PdfError:
            continue  # Some of them are no PDF, whatever their name says.
        papers = tuple(PageSheet(n, "", 0, CAPTIONS, INKS) for n in range(len(sheets)))
        (tmp_path / "copy.pdf").write_bytes(draw_copy(replace(midterm(), pages=papers), sheets))
        subprocess.run(["qpdf", "--check", tmp_path / "copy.pdf"], capture_output=True, check=True)
        made += 1

    assert made


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(), max_size=40))
def test_no_words_make_it_fail(words):
    inks = tuple(Ink(kind, ((0.5, 0.5),), words) for kind in ("text", "item"))
    caption = Caption(words, words, 0, 100, 0.5, 0.5)
    page = PageSheet(1, words, captions=(caption,), annotations=inks)
    result = replace(midterm(), questions=(), exam=words, student=words, pages=(page,))
    made = draw_copy(result, SHEETS[:1])

    with pikepdf.open(BytesIO(made)) as pdf:
        data = pdf.attachments["result.json"].get_file().read_bytes()
        assert from_json(json.loads(data)) == result


def test_the_same_input_gives_the_same_bytes(copy):
    # Last in the file: a clock that leaks into the bytes has ticked since the fixture was made.
    draw_copy(replace(RESULT, student="Robin Vale"), SHEETS)

    assert draw_copy(RESULT, SHEETS) == copy


def one_by_one(path: Path) -> list[bytes]:
    """The first pages of a PDF, each as one of its own."""
    with pikepdf.open(path) as source:
        return [alone(page) for page in list(source.pages)[:4]]


def alone(page: pikepdf.Page) -> bytes:
    pdf = pikepdf.new()
    pdf.pages.append(page)
    return saved(pdf)


def laid_open(made: bytes) -> bytes:
    """The file with every stream and object laid open, to look for words in."""
    with pikepdf.open(BytesIO(made)) as pdf:
        return b"\n".join(thing.unparse() for thing in pdf.objects)
