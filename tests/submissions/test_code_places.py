from __future__ import annotations

import numpy as np
import pytest

from submissions.code_places import HIGH, WIDE, Blank, NoRoom, Stamp, find_place, painted_out

LETTER, A4 = (612.0, 792.0), (595.0, 842.0)
# Centres of spots near the corners, in fractions, as the tests look for them.
CORNERS = {
    "top right": (0.8, 0.05),
    "bottom right": (0.8, 0.95),
    "bottom left": (0.2, 0.95),
    "top left": (0.2, 0.05),
}


def page(*print_, size=LETTER, names=(), answers=()):
    """A page with print in these rectangles, in fractions."""
    width, height = (round(side) for side in size)
    picture = np.full((height, width), 255, np.uint8)
    for x, y, w, h in print_:
        rows = slice(round(y * height), round((y + h) * height))
        picture[rows, round(x * width) : round((x + w) * width)] = 0
    return Blank(picture, *size, names=names, answers=answers)


def corner_of(stamp):
    x, y, w, h = stamp.rect
    middle = (x + w / 2, y + h / 2)
    return min(CORNERS, key=lambda name: np.hypot(*np.subtract(CORNERS[name], middle)))


TOP, RIGHT_TOP, BOTTOM = (0, 0, 1, 0.12), (0.5, 0, 0.5, 0.12), (0, 0.88, 1, 0.12)


@pytest.mark.parametrize(
    ("pages", "corner"),
    [
        ([page()], "top right"),
        ([page(), page(RIGHT_TOP)], "bottom right"),
        ([page(TOP), page((0.5, 0.88, 0.5, 0.12))], "bottom left"),
        ([page(BOTTOM), page(RIGHT_TOP)], "top left"),
        ([page(names=[TOP])], "bottom right"),
        ([page(answers=[TOP])], "bottom right"),
    ],
)
def test_the_first_corner_that_is_blank_on_every_page_is_taken(pages, corner):
    assert {corner_of(stamp) for stamp in find_place(pages)} == {corner}


def test_on_pages_of_two_sizes_it_is_as_far_from_the_edge_and_as_large():
    letter, a4 = find_place([page(), page(size=A4)])

    for stamp, (width, height) in ((letter, LETTER), (a4, A4)):
        x, y, w, h = stamp.rect
        assert (w * width, h * height) == pytest.approx((WIDE, HIGH))
        assert ((1 - x - w) * width, y * height) == pytest.approx((20, 20))


def test_with_head_and_foot_full_it_stands_along_a_side():
    (stamp,) = find_place([page(TOP, BOTTOM)])

    assert stamp.turned
    x, y, w, h = stamp.rect
    assert h * 792 == pytest.approx(WIDE)
    assert x + w < 1
    assert y > 0.12


def test_where_there_is_no_other_room_it_stands_where_answers_are_written():
    (stamp,) = find_place([page(answers=[(0, 0, 1, 1)])])

    assert corner_of(stamp) == "top right"


def test_it_never_stands_where_names_are_written():
    with pytest.raises(NoRoom, match="no page has one"):
        find_place([page(names=[(0, 0, 1, 1)])])


def test_it_shrinks_before_it_gives_up():
    high = (HIGH * 0.9 + 26) / 792
    full = page((0, high, 1, 1 - high))
    (stamp,) = find_place([full])

    assert stamp.rect[2] * 612 == pytest.approx(0.8 * WIDE)


def test_without_room_the_pages_in_the_way_are_named():
    full = page((0, 0, 1, 1))

    with pytest.raises(NoRoom, match="free on every page but page 2"):
        find_place([page(), full, page()])
    with pytest.raises(NoRoom, match=r"taken on pages 1, 3\. Leave a margin free"):
        find_place([full, page(), full])


def test_the_parts_of_a_stamp_lie_in_it_and_apart():
    for stamp in (Stamp((0.1, 0.2, 0.3, 0.05)), Stamp((0.1, 0.2, 0.05, 0.3), turned=True)):
        x, y, w, h = stamp.rect
        for left, top, wide, high in (stamp.symbol, stamp.text):
            assert x < left < left + wide <= x + w + 1e-9
            assert y <= top + 1e-9 < top + high < y + h
        if stamp.turned:
            assert stamp.text[1] + stamp.text[3] < stamp.symbol[1]
        else:
            assert stamp.symbol[0] + stamp.symbol[2] < stamp.text[0]


def test_painting_out_leaves_the_picture_alone():
    picture = np.full((100, 100), 200, np.uint8)
    painted = painted_out(picture, [(0.1, 0.1, 0.2, 0.2)], 0)

    assert (picture == 200).all()
    assert painted[15, 15] == 0
    assert painted[50, 50] == 200
