from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.results import (
    Caption,
    Ink,
    Line,
    PageSheet,
    Part,
    Result,
    from_json,
    to_json,
)
from tests.scoring.papers import midterm

NOTHING = Result("E", "C", "T", "S", "1", "s@example.org", 1, 0, 0, "all", (), (), None)


def test_a_result_survives_json_exactly():
    ink = Ink("pen", ((0.1, 0.2), (1 / 3, 0.7)), "", "blue", 0.0031)
    sheet = PageSheet(3, "ab" * 32, 90, (Caption("1.1", "a", None, 200, 0.9, 0.1),), (ink,))
    result = replace(midterm(), pages=(sheet,))

    assert from_json(json.loads(json.dumps(to_json(result)))) == result


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=20), st.floats(0, 1), st.integers(), st.none() | st.integers())
def test_any_words_and_numbers_survive_json_exactly(words, fraction, points, score):
    line = Line(1, words, score, True, words)
    part = Part(words, words, words, points, score, items=(line,), comments=(words,))
    ink = Ink("text", ((fraction, fraction),), words, "red", fraction)
    sheet = PageSheet(1, words, captions=(), annotations=(ink,))
    result = replace(NOTHING, questions=(replace(part, parts=(part,)),), pages=(sheet,))

    assert from_json(json.loads(json.dumps(to_json(result)))) == result


def test_what_was_frozen_when_pages_had_row_numbers_is_still_read():
    frozen = to_json(replace(NOTHING, pages=(PageSheet(3, "ab" * 32),)))
    frozen["pages"][0]["page"] = 77

    assert from_json(frozen).pages == (PageSheet(3, "ab" * 32),)


def test_the_json_says_what_it_is():
    assert to_json(NOTHING)["format"] == "marginalia-result"
    assert to_json(NOTHING)["version"] == 1


@pytest.mark.parametrize(
    "change", [{"format": "other"}, {"version": 3}, {"questions": [{}]}, {"pages": None}, {"x": 1}]
)
def test_what_is_no_result_is_refused(change):
    with pytest.raises(ValueError, match="marginalia-result"):
        from_json(to_json(NOTHING) | change)


def test_a_result_with_a_field_missing_is_refused():
    data = to_json(NOTHING)
    del data["student"]

    with pytest.raises(ValueError, match="student"):
        from_json(data)


def test_the_midterm_comes_to_its_total():
    result = midterm()

    assert result.score == sum(question.score or 0 for question in result.questions) == 10150
