from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from submissions.blanks import ink, is_blank, page_is_empty
from submissions.registration import TemplatePrint, fit
from tests.submissions import paper

PAGE = paper.template_page(1)
BELOW = (0.1, 0.35, 0.8, 0.2)  # bare in the template
OVER_PRINT = (0.1, 0.15, 0.8, 0.2)


@pytest.fixture(scope="module")
def print_() -> TemplatePrint:
    return TemplatePrint.prepare([PAGE])


def stroked(page, depth: int = 120, *, to: tuple[int, int] = (420, 470), width: int = 2):
    page = page.copy()
    cv2.line(page, (300, 440), to, 255 - depth, width, cv2.LINE_AA)
    return page


def scanned_and_laid(page, print_):
    scan, _ = paper.scanned(page)
    return scan, fit(scan, print_, 1)


@pytest.mark.parametrize("rect", [BELOW, OVER_PRINT, (0.0, 0.0, 1.0, 1.0)])
def test_print_speckle_and_shade_are_not_ink(print_, rect):
    page = PAGE.copy()
    for y, x in np.random.default_rng(3).integers((60, 60), (1000, 780), (25, 2)):
        page[y, x] = 60
    scan, laid = scanned_and_laid(page, print_)

    assert ink(scan, PAGE, laid.affine, rect) < 1
    assert is_blank(scan, PAGE, laid, rect)


@pytest.mark.parametrize(
    "rect", [(1.0, 1.0, 0.0, 0.0), (0.5, 0.9999, 0.3, 0.0001), (0.3, 0.3, 0, 0)]
)
def test_a_hair_of_a_region_holds_little_ink(print_, rect):
    scan, laid = scanned_and_laid(PAGE, print_)

    assert ink(scan, PAGE, laid.affine, rect) < 1


def test_ink_is_measured_in_square_millimetres(print_):
    scan, laid = scanned_and_laid(stroked(PAGE, 200, to=(500, 440), width=6), print_)
    true = 200 * 6 * 0.254**2

    # The soft edge of a stroke counts too, or the lightest pens would be lost.
    assert true < ink(scan, PAGE, laid.affine, BELOW) < 2.2 * true


@pytest.mark.parametrize("depth", [40, 120, 220])
def test_one_stroke_however_light_is_not_blank(print_, depth):
    scan, laid = scanned_and_laid(stroked(PAGE, depth), print_)

    assert not is_blank(scan, PAGE, laid, BELOW)


def test_ink_elsewhere_does_not_count(print_):
    scan, laid = scanned_and_laid(stroked(PAGE), print_)

    assert is_blank(scan, PAGE, laid, (0.1, 0.6, 0.8, 0.05))


def test_a_stroke_across_print_is_ink(print_):
    page = PAGE.copy()
    cv2.line(page, (100, 150), (600, 330), 60, 3, cv2.LINE_AA)
    scan, laid = scanned_and_laid(page, print_)

    assert ink(scan, PAGE, laid.affine, OVER_PRINT) > 20


def test_a_badly_laid_page_is_never_called_blank(print_):
    scan, laid = scanned_and_laid(PAGE, print_)

    assert is_blank(scan, PAGE, laid, BELOW)
    assert not is_blank(scan, PAGE, replace(laid, score=0.3), BELOW)
    assert not is_blank(scan, PAGE, replace(laid, error_px=1.9), BELOW)
    assert not is_blank(scan, PAGE, replace(laid, template_page=None), BELOW)


@pytest.mark.parametrize("shade", [0, 60])
def test_the_back_of_a_sheet_is_empty(shade):
    white = np.full((1100, 850), 255, np.uint8)
    scan, _ = paper.scanned(white)
    dark = np.clip(scan - np.linspace(0, shade, 850)[None, :], 0, 255).astype(np.uint8)
    dark[:, 600:602] = 170  # dust on the glass
    dark[:, 848:] = 30  # the edge of the sheet

    assert page_is_empty(dark)


def test_a_back_with_a_line_of_writing_is_not_empty():
    white = np.full((1100, 850), 255, np.uint8)

    assert not page_is_empty(paper.scanned(stroked(white, 60))[0])
    assert not page_is_empty(paper.scanned(PAGE)[0])


def back(draw=lambda page: None):
    page = np.full((1100, 850), 250, np.uint8)
    draw(page)
    return paper.scanned(page)[0]


def test_a_shadow_hides_no_print():
    page = np.full((1100, 850), 250, np.uint8)
    page[:170] = PAGE[:170]  # a heading alone, as extra pages have
    scan = paper.scanned(page)[0]
    shade = 1 - 0.6 / (1 + np.exp(-(np.arange(1100) - 300) / 60))

    assert not page_is_empty((scan[::-1] * shade[:, None]).astype(np.uint8))


def test_the_back_of_a_stapled_and_punched_sheet_is_empty():
    def pierce(page):
        for x, y in ((770, 60), (785, 78), (60, 80)):
            cv2.circle(page, (x, y), 3, 40, -1)
        for y in (400, 700):
            cv2.circle(page, (45, y), 13, 50, -1)

    assert page_is_empty(back(pierce))


@pytest.mark.parametrize("angle", [0.0, 4, -9])
def test_the_bed_beside_a_back_is_no_ink(angle):
    page = np.full((1100, 850), 245, np.uint8)
    turn = cv2.getRotationMatrix2D((425, 550), angle, 0.93)

    assert page_is_empty(cv2.warpAffine(page, turn, (850, 1100), borderValue=35))
    line = stroked(page, 60)
    assert not page_is_empty(cv2.warpAffine(line, turn, (850, 1100), borderValue=35))


def test_a_page_mostly_outside_the_picture_is_not_said_to_be_empty():
    page = back()
    page[:, 300:] = 30

    assert not page_is_empty(page)


@pytest.mark.parametrize(("x", "y"), [(400, 60), (60, 500), (500, 700)])
def test_small_things_elsewhere_than_in_a_corner_are_ink(x, y):
    def write(page):
        for step in range(3):
            cv2.circle(page, (x + 20 * step, y), 4, 40, -1)

    assert not page_is_empty(back(write))


def test_what_is_printed_in_the_deepest_shadow_is_seen():
    page = np.full((1100, 850), 250, np.uint8)
    page[:170] = PAGE[:170]
    scan = paper.scanned(page)[0]
    shade = 1 - 0.78 / (1 + np.exp((np.arange(1100) - 300) / 40))

    assert not page_is_empty((scan * shade[:, None]).astype(np.uint8))
