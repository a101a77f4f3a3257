from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradebook.points import LARGEST, hundredths, points_text, signed_text

TEXTS = [
    (0, "0"),
    (200, "2"),
    (450, "4.5"),
    (75, "0.75"),
    (-50, "−0.5"),
    (None, "–"),
    (10150, "101.5"),
]


@pytest.mark.parametrize(("points", "text"), TEXTS)
def test_points_read_as_people_write_them(points, text):
    assert points_text(points) == text


def test_points_may_show_a_least_number_of_decimals():
    assert points_text(200, 1) == "2.0"
    assert points_text(275, 1) == "2.75"


def test_an_item_that_moves_nothing_shows_the_sign_of_the_scoring():
    assert signed_text(0) == "−0"
    assert signed_text(0, "positive") == "+0"
    assert signed_text(50) == "+0.5"
    assert signed_text(-100) == "−1"
    assert signed_text(None) == ""


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "two",
        "1.005",
        "NaN",
        "inf",
        "1e9",
        "1e3",
        "1_0",
        "--1",
        "1" * 50,
        "1e9999999999",
        "\ud800",
        "٣",
    ],
)
def test_what_is_no_number_of_points_is_refused_in_words(bad):
    with pytest.raises(ValueError, match=r"points|decimals|number"):
        hundredths(bad)


@given(st.integers(-LARGEST, LARGEST))
def test_what_is_written_reads_back_the_same(points):
    assert hundredths(points_text(points)) == points
    assert hundredths(points_text(points, 2)) == points
