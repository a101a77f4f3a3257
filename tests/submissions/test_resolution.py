"""A page that has to be drawn is as coarse as its scan, and not as fine as it was drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pikepdf
import pytest
import simplejpeg

from submissions import resolution
from submissions.extraction import sheets
from tests.submissions import paper

SCAN = paper.jpeg_of(paper.template_page(1))  # 850 × 1100 dots
TEXT = b" BT /F1 12 Tf 72 700 Td (typed) Tj ET"


def scanned_dpi(tmp_path: Path, pdf: pikepdf.Pdf) -> float | None:
    path = tmp_path / "upload.pdf"
    path.write_bytes(paper.saved(pdf))
    [sheet] = sheets(path, "pdf", [1])
    assert (sheet.lossless, round(sheet.dpi)) == (False, 200)
    return sheet.scanned_dpi


def test_a_scan_with_text_over_it_has_the_dots_of_the_scan(tmp_path):
    assert scanned_dpi(tmp_path, paper.pdf_of(SCAN, extra=TEXT)) == pytest.approx(100)


def test_a_scan_in_bands_has_the_dots_of_a_band(tmp_path):
    pdf = paper.pdf_of(SCAN)
    bands = b"".join(b"q 612 0 0 198 0 %d cm /Im0 Do Q " % low for low in (0, 198, 396, 594))
    pdf.pages[0].Contents = pdf.make_stream(bands)

    assert scanned_dpi(tmp_path, pdf) == pytest.approx(100)


def test_a_scan_within_a_form_and_on_its_side_has_its_dots_too(tmp_path):
    pdf = paper.pdf_of(SCAN)
    page = pdf.pages[0]
    form = pdf.make_stream(b"q 0 1 -1 0 0 0 cm /Im0 Do Q")
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox, form.Matrix = [-1, 0, 0, 1], [792, 0, 0, 612, 0, 0]
    form.Resources = pikepdf.Dictionary(XObject=page.Resources.XObject)
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm0=form))
    page.MediaBox = [0, 0, 792, 612]
    page.Contents = pdf.make_stream(b"q 1 0 0 1 792 0 cm /Fm0 Do Q")

    assert scanned_dpi(tmp_path, pdf) == pytest.approx(100)


def test_a_form_that_draws_itself_over_a_scan_makes_no_page_damaged(tmp_path):
    pdf = paper.pdf_of(SCAN, extra=b" /Fm0 Do")
    form = pdf.make_stream(b"/Fm0 Do")
    form.Type, form.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    form.BBox = [0, 0, 612, 792]
    form.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Fm0=form))
    pdf.pages[0].Resources.XObject.Fm0 = form

    assert scanned_dpi(tmp_path, pdf) == pytest.approx(100)


def test_a_fax_counts_by_its_rows(tmp_path):
    low = paper.jpeg_of(cv2.resize(paper.template_page(1), (1700, 1078)))

    assert scanned_dpi(tmp_path, paper.pdf_of(low, extra=TEXT)) == pytest.approx(98)


def test_a_typeset_page_with_a_small_picture_was_not_scanned(tmp_path):
    pdf = paper.pdf_of(SCAN, matrix="100 0 0 130 72 600", extra=TEXT)

    assert scanned_dpi(tmp_path, pdf) is None


@pytest.mark.parametrize("odd", [b"1 0 cm", b"/Im0 Do " * 9000, b"/Nothing Do", b"Do", b"( <<"])
def test_instructions_that_make_no_sense_are_no_error(odd):
    page = paper.pdf_of(SCAN, extra=odd + TEXT).pages[0]

    assert resolution.of_page(page, 612 * 792) in (None, pytest.approx(100))


def test_the_upload_warns_of_coarse_scans_that_were_drawn(quiz, paper_quiz, take, work, tmp_path):
    def coarse(jpeg: bytes) -> bytes:
        grey: Any = simplejpeg.decode_jpeg(jpeg, colorspace="GRAY")[:, :, 0]
        return paper.jpeg_of(
            np.asarray(cv2.resize(grey, (850, 1100), interpolation=cv2.INTER_AREA))
        )

    path = tmp_path / "typed.pdf"
    pages = [coarse(jpeg) for jpeg in paper_quiz.jpegs[:3]]
    path.write_bytes(paper.saved(paper.pdf_of(*pages, extra=b" 0 0 1 1 re f")))

    upload = take(quiz, path)
    work()
    upload.refresh_from_db()

    assert any("typed.pdf was scanned at 100 dpi." in said for said in upload.warnings)
