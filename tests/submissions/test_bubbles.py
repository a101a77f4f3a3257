from __future__ import annotations

import cv2
import numpy as np
import pytest

from submissions.bubbles import SURE, read
from submissions.registration import TemplatePrint, fit
from tests.submissions import ticked
from tests.submissions.ticked import BALLPOINT, FAINT, FELT, KINDS, PENCIL, Pen

BLANK = ticked.blank_page()
PAGE = ticked.seen(BLANK)
WAYS = ("tick", "cross", "fill", "circle")
HERE = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@pytest.fixture(scope="module")
def print_() -> TemplatePrint:
    return TemplatePrint.prepare([PAGE])


def readings(page, print_, chance):
    """Scan a page and read its rows, by their kind."""
    scan = ticked.scanned(page, chance)
    affine = fit(scan, print_, 1).affine
    return {kind: read(scan, PAGE, affine, ticked.options(kind)) for kind in KINDS}


@pytest.fixture(scope="module")
def choose(print_):
    """Mark the same options of every row, each `(which, how, pen)`, and read the rows."""

    def mark_and_read(*marks, seed=1):
        chance = np.random.default_rng([seed, 5])
        page = BLANK.copy()
        for kind in KINDS:
            for which, how, pen in marks:
                ticked.mark(page, ticked.rows()[kind][which], how, pen, chance)
        return readings(page, print_, chance)

    return mark_and_read


@pytest.mark.parametrize("pen", [BALLPOINT, FELT, PENCIL])
@pytest.mark.parametrize("how", WAYS)
def test_one_mark_is_read_however_it_is_made(choose, how, pen):
    for kind, found in choose((2, how, pen)).items():
        assert found.marked == (2,), kind
        # A circle may not be closed, and a large cross look like a line through.
        assert found.certainty >= SURE or how in ("circle", "cross"), kind


def test_nothing_marked_is_known(choose):
    for found in choose().values():
        assert found.marked == ()
        assert found.certainty >= SURE


def test_several_and_all_are_read(choose):
    for found in choose((0, "cross", BALLPOINT), (3, "cross", BALLPOINT)).values():
        assert found.marked == (0, 3)
    for found in choose(*((which, "fill", BALLPOINT) for which in range(5))).values():
        assert found.marked == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("how", WAYS)
def test_a_faint_pen_is_read_or_said_to_be_unsure(choose, how, seed):
    for kind, found in choose((1, how, FAINT), seed=seed).items():
        assert found.marked == (1,) or found.certainty < SURE, kind


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("how", WAYS)
def test_what_is_rubbed_out_is_never_read_for_sure(choose, how, seed):
    for kind, found in choose((1, how, PENCIL), (3, how, Pen(0.7, 22)), seed=seed).items():
        assert found.marked == (1,) or found.certainty < SURE, kind


@pytest.mark.parametrize("pen", [BALLPOINT, FELT, PENCIL, FAINT])
@pytest.mark.parametrize("how", WAYS)
def test_a_struck_mark_beside_another_is_unsure(choose, how, pen):
    for kind, found in choose((0, how, pen), (3, how, pen), (3, "strike", pen)).items():
        assert found.certainty < SURE, kind


@pytest.mark.parametrize("how", WAYS)
def test_a_mark_taken_back_without_another_is_unsure(choose, how):
    for kind, found in choose((2, how, BALLPOINT), (2, "strike", BALLPOINT)).items():
        assert found.certainty < SURE, kind


def test_marks_of_two_kinds_are_unsure(choose):
    found = choose((0, "circle", BALLPOINT), (2, "tick", BALLPOINT))

    assert found["box"].certainty < SURE


def test_circles_that_touch_are_two(choose):
    found = choose((1, "circle", BALLPOINT), (2, "circle", BALLPOINT))

    assert found["letter"].marked == found["column"].marked == (1, 2)


def test_writing_below_the_options_marks_none(print_):
    page = BLANK.copy()
    y = round((ticked.rows()["letter"][0][1] + 13) * ticked.DOTS)
    cv2.putText(page, "because the shift is lost", (250, y), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 60, 3)

    assert readings(page, print_, np.random.default_rng(3))["letter"].marked == ()


def test_print_that_came_out_heavy_is_no_sure_mark(print_):
    heavy = cv2.erode(BLANK, np.ones((2, 2), np.uint8))

    for found in readings(heavy, print_, np.random.default_rng(3)).values():
        assert found.marked == () or found.certainty < SURE


def test_a_single_option_is_read():
    (box,) = ticked.rows()["box"][:1]
    page = BLANK.copy()
    ticked.mark(page, box, "cross", BALLPOINT, np.random.default_rng(1))
    options = ticked.options("box")[:1]

    assert read(ticked.seen(page), PAGE, HERE, options).marked == (0,)
    assert read(PAGE, PAGE, HERE, options).marked == ()


def test_options_at_the_edge_of_the_page_are_read():
    corners = [(0.0, 0.0, 0.02, 0.02), (0.98, 0.98, 0.02, 0.02)]

    assert read(PAGE, PAGE, HERE, corners).marked == ()


def test_what_is_certain_is_right_on_pages_that_nothing_was_chosen_by(print_):
    """The story of each row is drawn by chance: plain marks, second thoughts, faint pens."""
    sure = plain = 0
    for seed in range(5000, 5012):
        chance = np.random.default_rng(seed)
        page = BLANK.copy()
        stories = {kind: ticked.story(page, kind, chance) for kind in KINDS}
        for kind, found in readings(page, print_, chance).items():
            story = stories[kind]
            if found.certainty >= SURE:
                assert found.marked == story.meant, (seed, kind, story, found)
            plain += story.plain
            sure += story.plain and found.certainty >= SURE

    assert sure >= 0.85 * plain
