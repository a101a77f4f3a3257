"""The intake's eyes on real scans, where there are some: set MARGINALIA_SCANS to their folder."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import pytest

from submissions import imaging
from submissions.blanks import ink, page_is_empty
from submissions.extraction import BadPage, Sheet, sheets
from submissions.registration import Fit, fit
from submissions.sources import BadUpload, inspect
from submissions.splitting import Plan, Seen, State, form_papers
from submissions.template_print import DPI, TemplatePrint

SCANS = os.environ.get("MARGINALIA_SCANS")
pytestmark = pytest.mark.skipif(not SCANS, reason="MARGINALIA_SCANS is not set")


@cache
def taken(name: str) -> list[Sheet]:
    path = Path(SCANS or "") / name
    found = list(sheets(path, "pdf", range(1, inspect(path, name).pages + 1)))
    assert not any(isinstance(sheet, BadPage) for sheet in found)
    return [sheet for sheet in found if isinstance(sheet, Sheet)]


def small(sheet: Sheet) -> imaging.Picture:
    across = sheet.height if sheet.rotate % 180 else sheet.width
    return imaging.inked(sheet.image, round(across / sheet.dpi * DPI), sheet.rotate)


@cache
def print_of(name: str, pages: int) -> TemplatePrint:
    return TemplatePrint.prepare([small(sheet) for sheet in taken(name)[:pages]])


@cache
def fits(template: str, pages: int, *names: str) -> list[Fit]:
    print_ = print_of(template, pages)
    found: list[Fit] = []
    expected = 1
    for sheet in (sheet for name in names for sheet in taken(name)):
        found.append(fit(small(sheet), print_, expected))
        expected = (found[-1].template_page or expected) % pages + 1
    return found


def planned(found: list[Fit], pages: int) -> Plan:
    seen = []
    for number, one in enumerate(found, 1):
        state: State = "placed" if one.template_page else "doubtful" if one.alike else "foreign"
        seen.append(Seen(number, one.template_page, state, one.score, one.margin, one.alike))
    return form_papers(seen, pages)


V2 = ("markus/midterm1-v2-test.pdf", 6)
V1 = ("markus/midterm1.pdf", 8)
SIX = ("submitty/01_qr_six_6page.pdf", 6)


@pytest.mark.parametrize(
    ("template", "names", "pages", "turns"),
    [
        (V2, ["midterm_scan_101"], [5, 6, 1, 2, 3, 4], [0, 0, 0, 0, 180, 180]),
        (V2, ["midterm_scan_102"], [1, 2, 3, 4, 5, 6], [0] * 6),
        (V2, ["midterm_scan_104_odds", "midterm_scan_104_evens"], [1, 3, 5, 2, 4, 6], [0] * 6),
        (V1, ["midterm26"], [1, 2, 3, 4, 5, 6, 7, 8], [180] * 8),
        (V1, ["midterm31"], [4, 6, 2, 7, 8, 3], [0] * 6),
    ],
)
def test_every_page_is_recognised_and_upright(template, names, pages, turns):
    found = fits(*template, *(f"markus/{name}.pdf" for name in names))

    assert [one.template_page for one in found] == pages
    assert [one.turn for one in found] == turns


@pytest.mark.parametrize("name", ["midterm_scan_101", "midterm_scan_102"])
def test_one_paper_is_complete(name):
    plan = planned(fits(*V2, f"markus/{name}.pdf"), 6)

    assert len(plan.papers) == 1
    assert not plan.papers[0].missing
    assert not plan.papers[0].doubts
    assert not plan.loose


def test_a_paper_fed_upside_down_is_complete():
    plan = planned(fits(*V1, "markus/midterm26.pdf"), 8)

    assert [sorted(paper.pages) for paper in plan.papers] == [list(range(1, 9))]


def test_the_pages_that_are_missing_are_said():
    plan = planned(fits(*V1, "markus/midterm31.pdf"), 8)

    assert len(plan.papers) == 1
    assert plan.papers[0].missing == (1, 5)


def test_a_paper_in_two_uploads_loses_nothing_in_either():
    for name, pages in (("odds", [1, 3, 5]), ("evens", [2, 4, 6])):
        plan = planned(fits(*V2, f"markus/midterm_scan_104_{name}.pdf"), 6)

        assert [sorted(paper.pages) for paper in plan.papers] == [pages]


def test_papers_shuffled_together_are_recognised_but_not_guessed():
    found = fits(*V1, "markus/midterm46.pdf")
    truth = [2, 6, 7, 4, 4, 6, 5, 1, 1, 2, 5, 6, 8, 3, 5, 3, 8, 7, 8, 4, 1, 3, 2, 7]
    plan = planned(found, 8)

    assert [one.template_page for one in found] == truth
    assert plan.loose == tuple(range(1, 25))


@pytest.mark.parametrize("name", ["01_qr_six_6page", "01_qr_six_6page_colorscan"])
def test_six_papers_of_six_pages_come_out(name):
    plan = planned(fits(*SIX, f"submitty/{name}.pdf"), 6)
    places = [{*paper.pages.values()} | {*paper.doubts} for paper in plan.papers]

    assert places == [set(range(first, first + 6)) for first in range(1, 37, 6)]
    assert not plan.loose


def test_a_one_bit_scan_says_so_and_holds_six_papers():
    plan = planned(fits(*SIX, "submitty/01_qr_six_6page_scan.pdf"), 6)

    assert all(sheet.bilevel for sheet in taken("submitty/01_qr_six_6page_scan.pdf"))
    assert len(plan.papers) == 6


@pytest.mark.parametrize(
    ("template", "name"),
    [
        (V1, "submitty/01_qr_six_6page_colorscan"),
        (V2, "markus/midterm46"),
        (SIX, "markus/midterm31"),
    ],
)
def test_pages_of_another_exam_are_never_placed(template, name):
    assert not any(one.template_page for one in fits(*template, f"{name}.pdf"))


def test_the_lightest_pens_are_ink_and_a_box_without_is_blank():
    box = (0.2, 0.35, 0.6, 0.2)
    print_ = print_of(*SIX)

    def amounts(name: str) -> list[float]:
        found = []
        for sheet, one in zip(taken(name), fits(*SIX, name), strict=True):
            assert one.affine is not None
            page = print_.page(one.template_page or one.alike[0]).full.picture
            found.append(ink(small(sheet), page, one.affine, box))
        return found

    assert min(amounts("submitty/01_qr_six_6page_colorscan.pdf")) > 10
    assert max(amounts("submitty/01_qr_six_6page_scan.pdf")) < 1.5


def test_no_page_with_print_is_taken_for_an_empty_one():
    for name in ("markus/midterm46.pdf", "submitty/01_qr_six_6page_colorscan.pdf"):
        assert not any(page_is_empty(small(sheet)) for sheet in taken(name))


def test_scans_that_are_one_jpeg_are_kept_as_they_are():
    for name in ("markus/midterm31.pdf", "markus/midterm_scan_101.pdf"):
        for sheet in taken(name):
            assert sheet.lossless
            assert sheet.image[:2] == b"\xff\xd8"
    assert {sheet.rotate for sheet in taken("markus/midterm31.pdf")} == {270}


def test_a_word_file_by_another_name_is_refused_by_name():
    path = Path(SCANS or "") / "markus/docx_renamed_to_pdf.pdf"

    with pytest.raises(BadUpload, match=r"homework\.pdf is not a PDF: .*Word"):
        inspect(path, "homework.pdf")
