from __future__ import annotations

import statistics as plain
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from scoring.statistics import (
    MOST_BINS,
    alpha,
    alphas_without,
    bin_width,
    describe,
    difficulty,
    discriminations,
    histogram,
    quantiles,
    standard_error,
    telling,
    too_few,
)

score = st.integers(-500, 20_000)
tables = st.tuples(st.integers(2, 12), st.integers(2, 6)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(-200, 1000))
)


def table(*rows):
    return np.array(rows, dtype=np.int64)


@given(st.lists(score, min_size=2, max_size=60))
def test_the_figures_are_those_of_the_standard_library(values):
    said = describe(values)

    assert said is not None
    assert said.count == len(values)
    assert said.mean == pytest.approx(plain.fmean(values))
    assert said.median == pytest.approx(plain.median(values))
    assert said.sd == pytest.approx(plain.stdev(values))
    assert (said.low, said.high) == (min(values), max(values))
    first, _, third = plain.quantiles(values, n=4, method="inclusive")
    assert list(said.quartiles) == pytest.approx([first, third])


@given(st.lists(score, min_size=1, max_size=80))
def test_the_figures_are_those_of_numpy_and_scipy(values):
    said = describe(values)

    assert said is not None
    assert said.mean == pytest.approx(np.mean(values), rel=1e-12)
    assert said.median == np.median(values)
    assert list(said.quartiles) == list(np.quantile(values, (0.25, 0.75)))
    if len(values) > 1:
        assert said.sd == pytest.approx(np.std(values, ddof=1), rel=1e-12)
    low, high = stats.mstats.mquantiles(values, (0.25, 0.75), alphap=1, betap=1)
    assert list(said.quartiles) == pytest.approx([low, high])


@given(
    st.lists(score, min_size=1, max_size=200),
    st.lists(st.integers(0, 100), min_size=1, max_size=5),
)
def test_quantiles_are_exact_and_those_of_numpy(values, percents):
    found = quantiles(values, percents)

    assert list(found) == pytest.approx(list(np.percentile(values, percents)), abs=1e-6)
    ordered = sorted(values)
    for percent, said in zip(percents, found, strict=True):
        place = Fraction((len(values) - 1) * percent, 100)
        low = ordered[int(place)]
        high = ordered[min(int(place) + 1, len(values) - 1)]
        assert said == float(low + (high - low) * (place - int(place)))


def test_no_scores_have_no_quantiles():
    assert quantiles([], (25, 50)) == ()


def test_equal_scores_do_not_deviate_at_all():
    said = describe([33] * 7)

    assert said is not None
    assert (said.sd, said.quartiles) == (0.0, (33, 33))


@pytest.mark.parametrize(
    ("count", "of", "said"),
    [
        (0, 0, False),
        (1, 1, False),
        (1, 300, False),
        (2, 2, True),
        (2, 3, False),
        (3, 3, True),
        (3, 300, True),
    ],
)
def test_three_papers_or_all_are_a_class_and_one_never_is(count, of, said):
    assert telling(count, of) is said


def test_of_nothing_there_is_nothing_to_say():
    assert describe([]) is None


def test_one_paper_has_a_mean_but_no_deviation():
    said = describe([750])

    assert said is not None
    assert (said.mean, said.median, said.sd) == (750, 750, None)


@given(st.lists(score, max_size=60), st.integers(0, 20_000))
def test_every_score_lies_in_one_bin(values, points):
    bins = histogram(values, points)

    assert sum(each.count for each in bins) == len(values)
    assert all(left.high == right.low for left, right in pairwise(bins))
    for each in bins[:-1]:
        assert each.count == sum(each.low <= value < each.high for value in values)
    assert bins[-1].count == sum(bins[-1].low <= value <= bins[-1].high for value in values)


@given(st.integers(1, 10_000_000))
def test_bins_are_few_and_not_too_few(span):
    width = bin_width(span)

    assert -(-span // width) <= MOST_BINS
    assert -(-span // width) >= min(span, 6)


@pytest.mark.parametrize(
    ("points", "width"),
    [(12_400, 1000), (10_000, 1000), (5_000, 500), (900, 100), (300, 20), (30_000, 2000)],
)
def test_bins_have_the_width_people_count_in(points, width):
    assert bin_width(points) == width


def test_a_histogram_ends_at_full_marks_and_holds_them():
    bins = histogram([0, 1000, 12_400], 12_400)

    assert (bins[0].low, bins[0].high, bins[0].count) == (0, 1000, 1)
    assert (bins[1].low, bins[1].count) == (1000, 1)
    assert (bins[-1].low, bins[-1].high, bins[-1].count) == (12_000, 12_400, 1)


def test_a_histogram_reaches_to_scores_below_zero_and_above_full_marks():
    bins = histogram([-150, 1250], 1000)

    assert bins[0].low <= -150
    assert bins[-1].high == 1250


@given(tables)
def test_alpha_follows_from_the_covariances(scores):
    said = alpha(scores)

    covariance = np.cov(scores, rowvar=False)
    if said is None:
        assert np.ptp(scores.sum(axis=1)) == 0
    else:
        parts = scores.shape[1]
        between = covariance.sum() - np.trace(covariance)
        assert said == pytest.approx(parts / (parts - 1) * between / covariance.sum(), abs=1e-9)


@given(tables)
def test_alpha_without_a_part_is_alpha_of_the_others(scores):
    for part, said in enumerate(alphas_without(scores)):
        expected = alpha(np.delete(scores, part, axis=1))

        if said is None or expected is None:
            assert said is expected
        else:
            assert said == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(tables)
def test_the_standard_error_is_that_of_parts_which_differ_by_chance(scores):
    totals = scores.sum(axis=1)
    reliability = alpha(scores)
    said = standard_error(float(totals.std(ddof=1)), reliability)

    if reliability is None:
        assert said is None
    else:
        # SEM² = Var(total) − k/(k−1) · the sum of all covariances between parts.
        covariance = np.cov(scores, rowvar=False)
        parts = scores.shape[1]
        between = covariance.sum() - np.trace(covariance)
        left = covariance.sum() - parts / (parts - 1) * between
        assert said == pytest.approx(max(0, left) ** 0.5, rel=1e-6, abs=1e-3)


def test_without_a_deviation_there_is_no_standard_error():
    assert standard_error(None, 0.8) is None
    assert standard_error(100.0, None) is None
    assert standard_error(100.0, 1.0) == 0


@pytest.mark.parametrize(
    ("papers", "reliability", "said"), [(9, 0.9, True), (10, 0.9, False), (30, -0.1, True)]
)
def test_a_reliability_of_few_papers_or_below_nothing_tells_nothing(papers, reliability, said):
    assert too_few(table(*[[1, 2]] * papers), reliability) is said
    assert not too_few(table(*[[1, 2]] * papers), None)


def test_parts_that_say_the_same_are_wholly_reliable():
    assert alpha(table([100, 100], [200, 200], [400, 400])) == pytest.approx(1)


@pytest.mark.parametrize("scores", [table([100, 200]), table([100], [200]), table([1, 2], [2, 1])])
def test_reliability_is_unknown_without_papers_parts_or_differences(scores):
    assert alpha(scores) is None


@given(tables)
def test_discrimination_is_the_correlation_with_all_other_parts(scores):
    for part, said in enumerate(discriminations(scores)):
        mine, others = scores[:, part], np.delete(scores, part, axis=1).sum(axis=1)
        if said is None:
            assert np.ptp(mine) == 0 or np.ptp(others) == 0
        else:
            assert said == pytest.approx(np.corrcoef(mine, others)[0, 1], abs=1e-9)
            assert said == pytest.approx(stats.pearsonr(mine, others).statistic, abs=1e-9)


def test_a_part_that_the_best_get_wrong_discriminates_below_zero():
    first, _, third = discriminations(table([100, 200, 0], [200, 300, 50], [300, 500, -100]))

    assert first is not None
    assert first > 0.9
    assert third is not None
    assert third < 0


def test_a_part_everybody_got_right_tells_nothing():
    assert discriminations(table([200, 100, 0], [200, 300, 50]))[0] is None


def test_difficulty_is_the_share_of_the_points():
    assert difficulty(150, 200) == 0.75
    assert difficulty(None, 200) is None
    assert difficulty(0, 0) is None
