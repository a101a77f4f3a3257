from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.plots import LETTER, NARROW, WIDE, histogram_plot, spark
from scoring.statistics import Bin, histogram

scores = st.lists(st.integers(-3000, 40_000), max_size=80)
points = st.integers(0, 30_000)
widths = st.sampled_from([NARROW, WIDE])


@given(scores, points, widths)
def test_every_bar_stands_in_the_picture_beside_its_neighbour(values, full, width):
    bins = histogram(values, full)

    plot = histogram_plot(bins, width)

    assert sum(bar.count for bar in plot.bars) == len(values)
    for bar in plot.bars:
        assert bar.x >= 0
        assert bar.x + bar.width <= width
        assert bar.y + bar.height == pytest.approx(plot.floor, abs=0.11)
    for left, right in pairwise(plot.bars):
        assert left.x + left.width <= right.x + 1


@given(scores, points, widths)
def test_the_tallest_bars_are_the_fullest(values, full, width):
    bars = histogram_plot(histogram(values, full), width).bars

    for one in bars:
        for other in bars:
            if one.count < other.count:
                assert one.height < other.height


@given(scores, points, widths)
def test_labels_below_never_lie_on_each_other_and_the_ends_are_told(values, full, width):
    bins = histogram(values, full)
    ticks = histogram_plot(bins, width).ticks

    for left, right in pairwise(ticks):
        room = (len(left.text) + len(right.text)) / 2 * LETTER
        assert right.x - left.x >= room or len(ticks) == 2
    assert ticks[0].x < ticks[-1].x or bins[0].low == bins[-1].high


@given(scores, points, widths)
def test_a_count_is_written_only_where_it_fits(values, full, width):
    for bar in histogram_plot(histogram(values, full), width).bars:
        assert bar.said in {"", f"{bar.count:,}"}
        assert len(bar.said) * LETTER <= max(bar.width + 2.1, LETTER)


def test_a_count_wider_than_its_bar_is_left_to_the_table():
    bins = [Bin(n * 100, n * 100 + 100, 12_345) for n in range(16)]

    assert {bar.said for bar in histogram_plot(bins, NARROW).bars} == {""}
    assert {bar.said for bar in histogram_plot(bins[:4], WIDE).bars} == {"12,345"}


def test_a_mark_has_its_label_towards_the_middle():
    low, high = histogram_plot([Bin(0, 1000, 3)], 400, [(100, "low"), (900, "high")]).marks

    assert (low.anchor, high.anchor) == ("start", "end")
    assert low.at > low.x
    assert high.at < high.x


def test_a_small_picture_draws_what_there_is():
    path = spark([Bin(0, 100, 0), Bin(100, 200, 2), Bin(200, 300, 1)])

    assert path.count("M") == 2
    assert "v-24.0" in path
    assert "v-12.0" in path


def test_the_definitions_are_the_document_itself(as_):
    page = as_("sam").get("/statistics/")

    text = page.content.decode()
    assert "Cronbach" in text
    assert '<table class="table">' in text
    assert text.count("<table") == text.count("</table></div>")
