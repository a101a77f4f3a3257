from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from rubrics import grading
from rubrics.models import Claim
from rubrics.pace import Pace, Said
from scoring import progress
from scoring.progress import Done, Graders
from scoring.steps import duration, tenths

NOBODY = Graders({}, {})
START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def test_a_group_sums_its_parts(world):
    ones = world.questions
    done = {
        ones["1.1"].pk: Done(3, 3, 450),
        ones["1.2"].pk: Done(3, 1, 400),
        ones["2"].pk: Done(3, 0, 0),
    }

    group, one, two, three = progress.outline(
        list(world.exam.questions.all()), done, Pace(of_all=30), NOBODY
    )

    assert (one.mean, one.left, one.left_text, one.depth) == (150, 0, "done", 1)
    assert (two.mean, two.left, two.waiting) == (400, 60, 2)
    assert (three.mean, three.mean_text, three.left) == (None, "–", 90)
    assert (group.points, group.answers, group.graded) == (600, 6, 4)
    assert (group.mean, group.left) == (550, 60)


def test_a_group_with_an_ungraded_part_has_no_mean_and_unknown_pace_no_time(world):
    done = {world.questions["1.1"].pk: Done(3, 3, 450), world.questions["1.2"].pk: Done(3, 0, 0)}

    group, one, *_ = progress.outline(list(world.exam.questions.all()), done, Pace(), NOBODY)

    assert (group.mean, group.left, group.left_text) == (None, None, "3 answers")
    assert one.left == 0


@pytest.mark.parametrize(
    ("answers", "graded", "pace", "words"),
    [
        (0, 0, Pace(), "–"),
        (3, 3, Pace(), "done"),
        (3, 2, Pace(), "1 answer"),
        (1200, 0, Pace(), "1,200 answers"),
        (3, 1, Pace(of_all=30), "1 min"),
    ],
)
def test_what_is_left_is_told_in_time_or_else_in_answers(world, answers, graded, pace, words):
    done = {world.questions["2"].pk: Done(answers, graded, 0)}

    row = progress.outline(list(world.exam.questions.all()), done, pace, NOBODY)[-1]

    assert row.left_text == words


def test_sections_fold_questions_with_parts_and_join_those_without(world):
    rows = progress.outline(list(world.exam.questions.all()), {}, Pace(), NOBODY)

    first, second = progress.sections(rows)

    assert first.head is not None
    assert first.head.question == world.group
    assert [row.question.number for row in first.rows] == ["1.1", "1.2"]
    assert second.head is None
    assert second.beside
    assert [row.question.number for row in second.rows] == ["2"]


def test_only_graded_answers_are_counted_and_summed(world):
    grading.apply(world.items["1.1"][1], world.answers[1, "1.1"], by=world.gus)

    said = progress.counts(world.exam)

    assert said[world.questions["1.1"].pk] == Done(3, 1, 150)
    assert said[world.questions["2"].pk] == Done(3, 0, 0)


def test_the_busiest_grader_stands_first_and_who_is_at_it_before_them(world):
    for paper in (1, 2):
        grading.apply(world.items["2"][0], world.answers[paper, "2"], by=world.gus)
    grading.apply(world.items["2"][0], world.answers[3, "2"], by=world.ines)
    question = world.questions["2"].pk

    assert progress.graders(world.exam).people[question] == (world.gus, world.ines)

    Claim.objects.create(
        answer=world.answers[3, "2"],
        by=world.ines,
        until=timezone.now() + timedelta(minutes=1),
    )
    said = progress.graders(world.exam)
    assert said.people[question] == (world.ines, world.gus)
    assert said.here[question] == {world.ines.pk}


def test_an_expired_claim_is_nobody(world):
    Claim.objects.create(
        answer=world.answers[1, "2"], by=world.gus, until=timezone.now() - timedelta(minutes=1)
    )

    assert progress.graders(world.exam).people == {}


@pytest.fixture
def leaves(world):
    def make(lines=(), here=None, **waiting):
        done = {
            world.questions[number].pk: Done(3, 3 - left, 0)
            for number, left in zip(("1.1", "1.2", "2"), waiting["left"], strict=True)
        }
        graders = Graders({}, here or {})
        rows = progress.outline(list(world.exam.questions.all()), done, Pace(), graders)
        return [row for row in rows if row.question.is_leaf]

    return make


def test_the_next_question_is_the_one_graded_last_while_some_of_it_waits(world, leaves):
    pks = {number: question.pk for number, question in world.questions.items()}
    lines = [Said(world.gus.pk, pks["2"], 1, START), Said(world.ines.pk, pks["1.2"], 2, START)]

    assert progress.next_up(leaves(left=(3, 3, 3)), lines, world.gus.pk) == (pks["2"], "2")
    assert progress.next_up(leaves(left=(3, 3, 0)), lines, world.gus.pk) == (pks["1.1"], "1.1 a")


def test_the_next_question_is_one_where_nobody_else_is(world, leaves):
    pks = {number: question.pk for number, question in world.questions.items()}
    busy = {pks["1.1"]: frozenset([world.ines.pk])}

    found = progress.next_up(leaves(left=(3, 3, 3), here=busy), [], world.gus.pk)
    assert found == (pks["1.2"], "1.2 b")

    found = progress.next_up(leaves(left=(3, 0, 0), here=busy), [], world.gus.pk)
    assert found == (pks["1.1"], "1.1 a")


def test_nothing_is_next_when_all_is_graded(world, leaves):
    assert progress.next_up(leaves(left=(0, 0, 0)), [], world.gus.pk) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "1 min"), (240, "4 min"), (3599, "1 h 00"), (3900, "1 h 05"), (19_230, "5 h 20")],
)
def test_time_is_told_as_people_say_it(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("points", "words"), [(None, "–"), (7842.6, "78.4"), (1100, "11.0"), (-25, "−0.3")]
)
def test_means_have_one_decimal(points, words):
    assert tenths(points) == words
