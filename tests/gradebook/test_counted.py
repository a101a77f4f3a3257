from __future__ import annotations

import pytest

from gradebook.counted import counted, counted_points


@pytest.mark.parametrize(
    ("count", "words", "said"),
    [
        (0, ["page"], "0 pages"),
        (1, ["page"], "1 page"),
        (3512, ["page"], "3,512 pages"),
        (1, ["copy", "copies"], "1 copy"),
        (2, ["copy", "copies"], "2 copies"),
        (1, ["waits", "wait"], "1 waits"),
    ],
)
def test_a_count_takes_its_word(count, words, said):
    assert counted(count, *words) == said


@pytest.mark.parametrize(
    ("points", "said"), [(100, "1 point"), (0, "0 points"), (150, "1.5 points"), (50, "0.5 points")]
)
def test_one_point_is_one(points, said):
    assert counted_points(points) == said
