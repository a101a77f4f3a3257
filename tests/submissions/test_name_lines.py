from __future__ import annotations

import numpy as np
import pytest

from submissions.name_lines import SMALLEST, forms, room, write, write_name

# Two pixels in a point; the region lies 100 points from the left and 600 from the bottom.
PAGE, SCALE = (400.0, 800.0), 2
REGION = (0.25, 0.2, 0.5, 0.05)  # 200 x 40 points


def size(text):
    """Seven points a letter, at 12 points."""
    return 7.0 * len(text), 14.0


def region(*print_):
    """The region with print in these rectangles, in points from its lower left corner."""
    wide, high = (round(side * SCALE) for side in PAGE)
    page = np.full((high, wide), 255, np.uint8)
    for x, y, w, h in print_:
        top, bottom = (800 - 600 - y - h) * SCALE, (800 - 600 - y) * SCALE
        page[round(top) : round(bottom), (100 + x) * SCALE : (100 + x + w) * SCALE] = 0
    return room(page, REGION, *PAGE)


def boxes(count, side=24):
    lines = [(0, 5, count * side + 1, 1), (0, 5 + side, count * side + 1, 1)]
    return lines + [(x * side, 5, 1, side + 1) for x in range(count + 1)]


def test_a_name_stands_on_its_line_beside_what_is_printed_there():
    (word,) = write("Ada Byron", region((0, 10, 40, 10), (50, 4, 150, 1)), size)

    assert word.text == "Ada Byron"
    assert 140 < word.x < 155
    assert 605 <= word.y <= 608
    assert word.scale == pytest.approx(13 / 12)


def test_a_long_name_is_printed_smaller():
    (word,) = write("Wolfeschlegelsteinhausenberger", region((0, 0, 40, 40)), size)

    assert 7 / 12 <= word.scale < 1
    assert word.x + size(word.text)[0] * word.scale <= 300


def test_a_name_without_room_is_not_printed():
    assert write("Ada Byron", region((0, 0, 200, 40)), size) == []
    assert write("Ada Byron " * 9, region(), size) == []


LONG = "Maximilian Alexander Hohenberger-Castellanos"


def test_a_long_name_has_shorter_forms():
    assert forms(LONG) == [
        LONG,
        "Maximilian Alexander\nHohenberger-Castellanos",
        "Maximilian A. Hohenberger-C.",
        "Maximilian A.\nHohenberger-C.",
    ]
    assert forms("Ada Byron") == ["Ada Byron", "Ada\nByron"]
    assert forms("Sokrates") == ["Sokrates"]


@pytest.mark.parametrize(
    ("wide", "high", "lines"),
    [
        (200, 40, [LONG]),
        (120, 40, ["Maximilian Alexander", "Hohenberger-Castellanos"]),
        (120, 12, ["Maximilian A. Hohenberger-C."]),
        (60, 40, ["Maximilian A.", "Hohenberger-C."]),
        (30, 40, []),
    ],
)
def test_a_name_is_printed_in_the_fullest_form_that_can_be_read(wide, high, lines):
    print_ = [(wide, 0, 200 - wide, 40), (0, high, 200, 40 - high)]
    words = write_name(LONG, region(*(one for one in print_ if one[2] and one[3])), size)

    assert [word.text for word in words] == lines
    for word in words:
        assert word.scale >= SMALLEST / 12
        assert 100 < word.x < word.x + size(word.text)[0] * word.scale < 100 + wide
        assert 600 < word.y < word.y + size(word.text)[1] * word.scale <= 600 + high
    if len(words) == 2:
        above, below = words
        assert above.y == pytest.approx(below.y + 14 * below.scale)


def test_a_number_stands_in_its_boxes_a_letter_each():
    words = write("s0412873", region(*boxes(8)), size)

    assert "".join(word.text for word in words) == "s0412873"
    for k, word in enumerate(words):
        wide, high = (side * word.scale for side in size(word.text))
        assert 100 + 24 * k < word.x < word.x + wide < 100 + 24 * (k + 1) + 1
        assert 605 < word.y < word.y + high < 630


def test_a_short_number_leaves_the_last_boxes_empty():
    words = write("0412", region(*boxes(8)), size)

    assert [word.text for word in words] == [*"0412"]
    assert max(word.x for word in words) < 100 + 4 * 24


def test_a_number_with_more_letters_than_boxes_is_not_printed():
    assert write("s0412873", region(*boxes(6)), size) == []
