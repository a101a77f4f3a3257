from __future__ import annotations

import time

import cv2
import numpy as np
import pytest

from submissions.registration import Fit, TemplatePrint, fit, lay
from tests.submissions import paper

PAGES = paper.template()


@pytest.fixture(scope="module")
def print_() -> TemplatePrint:
    return TemplatePrint.prepare(PAGES)


def corner_error(found: Fit, true: np.ndarray) -> float:
    """Largest distance between where the fit and the truth put a corner, in pixels at 100 dpi."""
    assert found.affine is not None
    size = np.array([paper.WIDTH, paper.HEIGHT])
    worst = 0.0
    for u, v in ((0.05, 0.05), (0.95, 0.05), (0.95, 0.95), (0.05, 0.95)):
        a, b, c, d, e, f = found.affine
        ours = np.array([a * u + b * v + c, d * u + e * v + f]) * size
        middle = np.array([u, v]) * size - 0.5
        theirs = true[:, :2] @ middle + true[:, 2] + 0.5
        worst = max(worst, float(np.linalg.norm(ours - theirs)))
    return worst


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_written_page_lies_within_half_a_pixel(print_, number):
    scan, true = paper.scanned(paper.written_on(PAGES[number - 1]), angle=-0.8, shift=(6, 9))
    found = fit(scan, print_, number)

    assert (found.template_page, found.turn) == (number, 0)
    assert corner_error(found, true) < 0.6
    assert found.error_px < 1


def test_a_scratch_page_with_head_and_foot_alone_lies_well(print_):
    scan, true = paper.scanned(paper.written_on(PAGES[4], strokes=15))
    found = fit(scan, print_, 5)

    assert found.template_page == 5
    assert corner_error(found, true) < 1.5


def test_paper_stretched_by_the_feed_lies_well(print_):
    scan, true = paper.scanned(PAGES[1])
    stretch = np.array([[1, 0, 0], [0, 1.009, -5]])
    size = (paper.WIDTH, paper.HEIGHT)
    stretched = np.asarray(cv2.warpAffine(scan, stretch, size, borderValue=240), np.uint8)
    true = stretch @ np.vstack([true, [0, 0, 1]])

    assert corner_error(fit(stretched, print_, 2), true) < 1


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_fed_the_other_way_is_turned(print_, turn):
    scan, true = paper.scanned(PAGES[2])
    found = fit(np.ascontiguousarray(np.rot90(scan, turn // 90)), print_, 3)

    assert (found.template_page, found.turn) == (3, turn)
    assert corner_error(found, true) < 0.6


@pytest.mark.parametrize("expected", [None, 1, 4, 6])
def test_another_page_than_expected_is_recognised(print_, expected):
    scan, _ = paper.scanned(paper.written_on(PAGES[1]))

    assert fit(scan, print_, expected).template_page == 2


@pytest.mark.parametrize(("number", "expected"), [(5, 5), (5, 6), (6, 5), (6, None)])
def test_look_alikes_are_told_apart_by_their_number(print_, number, expected):
    scan, _ = paper.scanned(PAGES[number - 1])
    found = fit(scan, print_, expected)

    assert found.template_page == number
    assert found.margin < 1


def test_look_alikes_whose_number_is_covered_are_not_guessed(print_):
    page = PAGES[4].copy()
    page[1040:1070, 690:800] = 255
    found = fit(paper.scanned(page)[0], print_, 5)

    assert found.template_page is None
    assert found.alike == (5, 6)
    assert found.reason == "Pages 5 and 6 look alike here."
    assert found.affine is not None


def test_a_number_the_template_does_not_have_is_not_taken_for_one_it_has(print_):
    stranger = paper.template_page(16, lines=0)

    assert fit(paper.scanned(stranger)[0], print_, 6).template_page is None


def test_a_person_may_say_which_of_the_look_alikes_it_is(print_):
    page = PAGES[4].copy()
    page[1040:1070, 690:800] = 255

    assert lay(paper.scanned(page)[0], print_, 6).template_page == 6


def test_a_person_cannot_lay_a_page_where_nothing_fits(print_):
    foreign = paper.template_page(40, head="Physics final", foot=False)

    assert lay(paper.scanned(foreign)[0], print_, 3).template_page is None


def test_a_foreign_page_is_not_accepted(print_):
    foreign = paper.template_page(40, head="Physics final", foot=False)
    found = fit(paper.scanned(foreign)[0], print_, 1)

    assert found.template_page is None
    assert found.reason


def test_a_foreign_page_in_the_same_layout_is_not_accepted(print_):
    found = fit(paper.scanned(paper.template_page(40))[0], print_, 1)

    assert found.template_page is None


@pytest.mark.parametrize("seed", range(3))
def test_blank_and_noisy_pages_are_not_accepted(print_, seed):
    noise = np.random.default_rng(seed).normal(230, 3 + 20 * seed, (1100, 850))

    assert fit(np.clip(noise, 0, 255).astype(np.uint8), print_, 1).template_page is None
    assert fit(np.full((1100, 850), 255, np.uint8), print_, 1).template_page is None


@pytest.mark.parametrize(
    ("angle", "scale", "shift"),
    [(7, 1.0, (0, 0)), (0.5, 0.84, (20, -30)), (-3, 1.0, (70, 60)), (12, 0.9, (10, 10))],
)
def test_a_page_far_out_of_place_is_found_by_features(print_, angle, scale, shift):
    scan, true = paper.scanned(PAGES[0], angle=angle, scale=scale, shift=shift)
    found = fit(scan, print_, 1)

    assert found.template_page == 1
    assert corner_error(found, true) < 1.5


@pytest.mark.parametrize("factor", [0.8, 1.3, 2.0])
def test_a_page_at_another_resolution_is_brought_to_size(print_, factor):
    scan, _ = paper.scanned(PAGES[3])
    size = (round(paper.WIDTH * factor), round(paper.HEIGHT * factor))
    resized = np.asarray(cv2.resize(scan, size, interpolation=cv2.INTER_AREA), np.uint8)

    assert fit(resized, print_, 4).template_page == 4


def test_a_code_that_differs_on_every_paper_does_not_spoil_the_fit():
    chance = np.random.default_rng(5)

    def with_code(page):
        code = np.kron(chance.integers(0, 2, (25, 25)), np.ones((3, 3))) * 255
        page = page.copy()
        page[150:225, 90:165] = code
        return page

    pages = [with_code(paper.template_page(n, lines=0)) for n in (1, 2)]
    print_ = TemplatePrint.prepare(pages)
    scan, true = paper.scanned(with_code(paper.template_page(1, lines=0)))
    found = fit(scan, print_, 1)

    assert found.template_page == 1
    assert corner_error(found, true) < 1.5


def test_a_template_page_without_print_is_unplaceable():
    print_ = TemplatePrint.prepare([PAGES[0], np.full((1100, 850), 255, np.uint8)])

    assert print_.unplaceable == (2,)
    assert fit(paper.scanned(PAGES[0])[0], print_, 2).template_page == 1


def test_a_print_survives_being_packed(print_):
    again = TemplatePrint.unpack(print_.pack())

    assert again.alike == print_.alike
    assert 6 in again.alike[4]
    scan, _ = paper.scanned(PAGES[2])
    assert fit(scan, again, 3) == fit(scan, print_, 3)


def test_the_same_page_is_laid_the_same_way_twice(print_):
    scan, _ = paper.scanned(PAGES[2])

    assert fit(scan, print_, 3) == fit(scan, print_, 3)


def test_the_expected_page_is_far_cheaper_than_a_search(print_):
    scan, _ = paper.scanned(PAGES[0])

    def cost(expected: int | None) -> float:
        started = time.process_time()
        fit(scan, print_, expected)
        return time.process_time() - started

    assert min(cost(1) for _ in range(3)) < min(cost(None) for _ in range(3))
