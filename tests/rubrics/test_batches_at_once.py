"""Clicks, batches and their undoing at the same moment. On PostgreSQL this is the real race."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from rubrics import batches
from rubrics.grading import apply
from rubrics.group_pictures import stamps
from rubrics.models import Batch, Entry, Mark
from rubrics.scores import mismatches
from tests.rubrics.test_concurrency import together, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sweep(world):
    question = world.questions["1.1"]
    seen = stamps(question, [paper.pk for paper in world.papers])
    chosen = {world.answers[n, "1.1"].pk: seen[world.papers[n - 1].pk] for n in (1, 2, 3)}

    def grade(key: UUID, by: str = "gus"):
        wrong = world.items["1.1"][2]
        person = getattr(world, by)
        return batches.grade(question, chosen, [wrong.pk], key=key, group="A", by=person)

    return grade


def test_a_click_at_the_same_moment_is_never_marked_over(world, sweep):
    slip = world.items["1.1"][1]
    answers = [world.answers[n, "1.1"] for n in (1, 2, 3)]

    def work(number):
        if number == 0:
            return sweep(uuid4()).graded
        return apply(slip, answers[number - 1], by=world.ines)

    graded, *clicked = together(work, people=4)

    assert clicked == [True] * 3
    # Whoever was first graded it; a click that came later adds up, as clicks do.
    assert Mark.objects.filter(item=slip).count() == 3
    assert Mark.objects.exclude(item=slip).count() == graded
    for mark in Mark.objects.exclude(item=slip):
        verbs = Entry.objects.filter(answer_id=mark.answer_id).order_by("pk")
        assert verbs[0].item_id == mark.item_id, "the batch came first where it graded"
    assert mismatches() == []


def test_one_form_sent_by_many_tabs_grades_once(world, sweep):
    key = uuid4()

    done = together(lambda number: sweep(key), people=6)

    assert {one.graded for one in done} == {3}
    assert (Batch.objects.count(), Mark.objects.count()) == (1, 3)


def test_two_people_with_the_same_group_grade_each_answer_once(world, sweep):
    done = together(lambda number: sweep(uuid4(), by=("gus", "ines")[number % 2]), people=6)

    assert sorted(one.graded for one in done) == [0, 0, 0, 0, 0, 3]
    assert sorted(one.before for one in done) == [0, 3, 3, 3, 3, 3]
    assert Mark.objects.count() == 3


def test_undone_by_two_at_once_it_is_undone_once(world, sweep):
    batch = sweep(uuid4()).batch

    counts = together(lambda number: batches.undo(Batch.objects.get(pk=batch.pk), by=world.ines), 4)

    assert sorted(counts) == [0, 0, 0, 3]
    assert Entry.objects.filter(verb="lifted").count() == 3
    assert not world.questions["1.1"].answers.filter(graded=True).exists()
