from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gradebook.points import points_text
from scoring.distribution import distribution
from scoring.rounding import coefficient, nearest, percent, signed_difference, two_decimals
from scoring.statistics import describe
from scoring.steps import tenths


@given(st.lists(st.integers(-500, 20_000), min_size=1, max_size=200))
def test_a_mean_is_shown_as_decimals_would_round_it(scores):
    figures = describe(scores)

    assert figures is not None
    exact = Decimal(sum(scores)) / len(scores) / 100
    shown = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    text = two_decimals(figures.mean).replace("−", "-")
    assert Decimal(text) == shown


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 12)), min_size=2, max_size=8))
@example([(1986, 6), (1697, 6), (6, 9)])  # 614.5, as floats 614.4999999999999
@example([(2960, 3), (1068, 4), (248, 6)])  # 1295, as floats 1294.9999999999998
def test_a_sum_of_means_does_not_drift(means):
    exact = sum(Fraction(total, count) for total, count in means)
    drifting = sum(total / count for total, count in means)

    assert nearest(drifting) == int(exact + Fraction(1, 2))
    assert tenths(drifting) == tenths(int(exact / 10 + Fraction(1, 2)) * 10)


@pytest.mark.parametrize(
    ("points", "text"),
    [(None, "–"), (7842.5, "78.43"), (-50.5, "−0.51"), (0, "0.00"), (20000, "200.00")],
)
def test_means_have_two_decimals(points, text):
    assert two_decimals(points) == text


@pytest.mark.parametrize(
    ("points", "text"),
    [(None, "–"), (240, "+2.40"), (-50, "−0.50"), (0.2, "0.00"), (-0.2, "0.00"), (0, "0.00")],
)
def test_a_difference_has_a_sign_unless_it_is_none(points, text):
    assert signed_difference(points) == text


@pytest.mark.parametrize(
    ("value", "text"), [(None, "–"), (0.845, "0.85"), (-0.004, "0.00"), (1, "1.00")]
)
def test_coefficients_have_two_decimals(value, text):
    assert coefficient(value) == text


@pytest.mark.parametrize("half", [5, 25, 125, -5, 7845])
def test_halves_go_the_same_way_on_every_page(half):
    away = (abs(half) // 10 + 1) * 10 * (1 if half > 0 else -1)
    assert tenths(half) == points_text(away, 1)

    kept = distribution([2 * half, 2 * half + 1] * 3, 100, "figures")
    assert kept is not None
    assert points_text(kept["mean"], 2) == two_decimals(2 * half + 0.5)
    assert kept["median"] == kept["mean"]


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 0, "–"),
        (0, 9, "0 %"),
        (1, 300, "< 1 %"),
        (1, 8, "13 %"),
        (1, 2, "50 %"),
        (1999, 2000, "> 99 %"),
        (9, 9, "100 %"),
        (10, 9, "111 %"),
        (-1, 8, "−13 %"),
    ],
)
def test_a_share_is_never_rounded_to_none_or_all(part, whole, text):
    assert percent(part, whole) == text
