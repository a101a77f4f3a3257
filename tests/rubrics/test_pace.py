"""How long an answer takes, as the history tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from rubrics import grading
from rubrics.models import Entry
from rubrics.pace import ENOUGH, Said, pace, said_lately

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def graded_every(seconds, *, by=1, question=7, count=ENOUGH + 1, first=0, start=0.0):
    return [
        Said(by, question, first + n, START + timedelta(seconds=start + n * seconds))
        for n in range(count)
    ]


def test_the_pace_is_the_median_time_between_two_graded_answers():
    assert pace(graded_every(12)).seconds(7) == 12


def test_several_clicks_on_one_answer_are_one_answer():
    lines = [
        Said(1, 7, n, START + timedelta(seconds=20 * n + click))
        for n in range(8)
        for click in (0, 3)
    ]

    assert pace(lines).seconds(7) == 20


def test_two_graders_do_not_halve_each_others_time():
    mine, theirs = graded_every(20), graded_every(20, by=2, first=100, start=3)
    lines = sorted([*mine, *theirs], key=lambda line: line.at)

    assert pace(lines).seconds(7) == 20


def test_breaks_and_files_tell_no_pace():
    night = graded_every(20, count=7) + graded_every(20, count=7, first=50, start=40_000)
    loaded = graded_every(0.001, count=500, by=2, first=900)

    assert pace([*night, *loaded]).seconds(7) == 20


def test_a_question_nobody_graded_yet_takes_the_pace_of_the_others():
    assert pace(graded_every(12)).seconds(8) == 12


def test_few_answers_tell_no_pace():
    assert pace(graded_every(12, count=ENOUGH)).seconds(7) is None
    assert pace([]).seconds(7) is None


def test_history_is_read_oldest_first_and_without_what_grades_nothing(world):
    grading.apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    grading.comment(world.answers[1, "2"], "Well done", version=0, by=world.gus)
    grading.say_graded(world.answers[2, "2"], by=world.gus)
    Entry.objects.create(
        exam=world.exam, verb="applied", answer_id=world.answers[3, "2"].pk, question_id=1
    )

    said = said_lately(world.exam)

    assert [line.answer for line in said] == [world.answers[n, "2"].pk for n in (1, 2)]
    assert said[0].at < said[1].at
