from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.copies.document import draw_copy
from scoring.copies.overlay import Frame, place_captions, view
from scoring.results import Caption, Ink, PageSheet
from tests.scoring.papers import midterm, pictures_of, scan

LETTER, A4, LYING = (612, 792), (595, 842), (842, 595)
BOXES = [(0, 0, 0, 0), (40, 25, 10, 60)]
CASES = [
    (size, rotate, turn, crop)
    for size, rotate, crop in product((LETTER, A4, LYING), (0, 90, 180, 270), BOXES)
    for turn in ((0, 90) if size == LETTER else (180, 270))
]
# Where the middle of the drawn box is to be found, in fractions of the upright page.
SPOT = (0.7, 0.2)
BOX = Ink("box", ((0.68, 0.19), (0.72, 0.21)), colour="red", size=0.004)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Every case as one page of one copy, rendered at 72 dots per inch."""
    pages = tuple(
        PageSheet(1, "", turn=case[2], annotations=(BOX,)) for n, case in enumerate(CASES)
    )
    sheets = [scan(s, rotate=r, turn=t, crop=c) for s, r, t, c in CASES]
    result = replace(midterm(), questions=(), pages=pages)
    return pictures_of(draw_copy(result, sheets), tmp_path_factory.mktemp("pages"), 2)


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda n: "-".join(map(str, CASES[n])))
def test_ink_lies_within_a_millimetre_on_a_page_of_any_turn_and_box(pictures, number):
    picture = pictures[number].astype(int)
    height, width = picture.shape[:2]
    dark = picture.max(axis=2) < 90
    red = (picture[..., 0] - picture[..., 1]) > 90
    rows, columns = np.nonzero(red)

    # Upright: the scan's own square stands at the top left.
    assert dark[4:20, 4:20].mean() > 0.9
    assert dark[30:, 30:].mean() < 0.01
    off = (
        (columns.min() + columns.max() + 1) / 2 - SPOT[0] * width,
        (rows.min() + rows.max() + 1) / 2 - SPOT[1] * height,
    )
    assert np.hypot(*off) < 72 / 25.4, off
    # Its sides are those asked for, so it is not lying either.
    assert columns.max() - columns.min() == pytest.approx(0.044 * width, abs=2)
    assert rows.max() - rows.min() == pytest.approx(0.02 * height + 0.004 * width, abs=2)


@given(
    st.sampled_from((0, 90, 180, 270)),
    st.floats(-500, 500),
    st.floats(-500, 500),
    st.floats(50, 2000),
    st.floats(50, 2000),
)
def test_the_drawings_corners_meet_the_pages_corners(turn, left, bottom, width, height):
    frame = Frame(left, bottom, width, height, turn)
    a, b, c, d, e, f = frame.matrix
    w, h = frame.drawing
    landed = {
        (round(a * x + c * y + e, 3), round(b * x + d * y + f, 3)) for x in (0, w) for y in (0, h)
    }
    corners = {
        (round(x, 3), round(y, 3)) for x in (left, left + width) for y in (bottom, bottom + height)
    }

    assert {tuple(np.round(one, 1)) for one in landed} == {
        tuple(np.round(one, 1)) for one in corners
    }


def test_a_caption_stands_on_its_regions_top_right_corner():
    (placed,) = place_captions([Caption("2.5", "e", 300, 400, 0.9, 0.5)], (600, 800))

    assert placed["x"] == 540
    assert 380 < placed["y"] < 400
    assert (placed["name"], placed["score"], placed["points"]) == ("2.5 e", "3", "4")


def test_captions_of_one_place_do_not_cover_each_other():
    captions = [Caption(f"1.{n}", "a", 0, 100, 0.9, 0.3) for n in range(6)]
    tops = [one["y"] for one in place_captions(captions, (600, 800))]

    assert all(below - above >= 12 for above, below in pairwise(tops))


def test_a_caption_at_the_pages_edge_stays_on_it():
    (placed,) = place_captions([Caption("1", "", None, 100, 1.2, -0.1)], (600, 800))

    assert placed["x"] <= 600
    assert placed["y"] >= 0
    assert placed["score"] is None


def test_a_broken_place_or_size_is_kept_near_the_page():
    inks = (
        Ink("pen", ((float("nan"), float("inf")),), size=float("nan")),
        Ink("text", ((9.0, -9.0),), "far", size=50.0),
        Ink("box", ((0.5, 0.5), (0.1, 0.1))),
        Ink("pen", ()),
    )
    marks = view(PageSheet(1, "", annotations=inks), (600, 800))["marks"]

    assert [mark["kind"] for mark in marks] == ["pen", "text", "box"]
    assert marks[0]["points"] == [(0, 0), (0, 0)]
    assert marks[1]["size"] <= 120
    assert (marks[2]["x"], marks[2]["width"]) == (60, 240)


def test_a_number_that_is_none_keeps_captions_in_order():
    captions = [Caption("1", "", 0, 100, 0.9, float("nan")), Caption("2", "", 0, 100, 0.9, 0.2)]

    assert [one["name"] for one in place_captions(captions, (600, 800))] == ["1", "2"]
