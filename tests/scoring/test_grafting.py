"""Putting one part of a frozen result in anew moves that part, what it adds up to, and no more."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.grafting import Redrawn, grafted, key_of, leaf, leaves
from scoring.results import Caption, Ink, Line, PageSheet, Part, Result

SCORES = st.none() | st.integers(-500, 1000)
BOX = Ink("box", ((0.1, 0.2), (0.3, 0.4)))
PEN = Ink("pen", ((0.5, 0.5), (0.6, 0.6)))


def part(number, score, parts=()):
    return Part(number=number, label="", title="", points=500, score=score, parts=tuple(parts))


def above(score_of):
    graded = [score for score in score_of if score is not None]
    return sum(graded) if graded else None


def result(scores):
    """A result of 1 (1.1, 1.2 (1.2.1, 1.2.2)) and 2, its sums right."""
    one, two, three, four = scores
    deep = part("1.2", above([two, three]), [part("1.2.1", two), part("1.2.2", three)])
    questions = (part("1", above([one, deep.score]), [part("1.1", one), deep]), part("2", four))
    captions = tuple(Caption(n, "", s, 500, 0, 0) for n, s in (("1.1", one), ("2", four)))
    return Result(
        *("Midterm", "CS230", "", "Sam", "", "", 1),
        score=sum(each.score or 0 for each in questions),
        points=2000,
        rubric_shown="all",
        questions=questions,
        pages=(PageSheet(1, "sha", captions=captions, annotations=(BOX,)),),
        graded_at=None,
    )


@settings(deadline=None)
@given(
    st.tuples(SCORES, SCORES, SCORES, SCORES),
    SCORES,
    st.sampled_from(["1.1", "1.2.1", "1.2.2", "2"]),
)
def test_scores_add_up_again_and_no_other_part_moves(scores, score, number):
    frozen = result(scores)

    made = grafted(frozen, number, part("9", score), frozen, {})

    places = ["1.1", "1.2.1", "1.2.2", "2"]
    now = [score if place == number else old for place, old in zip(places, scores, strict=True)]
    assert made == result(now)


@settings(deadline=None)
@given(st.tuples(SCORES, SCORES, SCORES, SCORES), st.sampled_from(["1.1", "1.2.1", "1.2.2", "2"]))
def test_what_stands_already_put_in_again_is_the_same(scores, number):
    frozen = result(scores)
    own = leaf(frozen, number)

    assert own is not None
    assert grafted(frozen, number, own, frozen, {}) == frozen


def test_only_drawings_of_the_part_go_and_come():
    frozen = result((1, 2, 3, 4))
    pinned = replace(BOX, kind="item", text="Slip")
    page = replace(frozen.pages[0], annotations=(BOX, pinned))
    frozen = replace(frozen, pages=(page,))
    ink = {0: Redrawn({key_of(replace(pinned, text="said otherwise")), key_of(PEN)}, [PEN])}

    made = grafted(frozen, "2", part("2", 4), frozen, ink)

    assert made.pages[0].annotations == (BOX, PEN)


def test_items_not_shown_when_it_was_frozen_are_not_shown_now():
    lines = (Line(1, "Slip", -50, True), Line(2, "Wrong", -500, False))
    live = replace(part("2", 4), items=lines)
    for rule, shown in (("all", lines), ("applied", lines[:1]), ("none", ())):
        frozen = replace(result((1, 2, 3, 4)), rubric_shown=rule)

        assert leaf(grafted(frozen, "2", live, frozen, {}), "2").items == shown


def test_how_the_part_is_scored_is_said_where_the_exam_was_changed_since():
    frozen = result((1, 2, 3, 4))
    live = replace(frozen, scoring="positive")

    made = grafted(frozen, "2", part("2", 4), live, {})

    assert [one.scoring for one in leaves(made.questions)] == [None, None, None, "positive"]
