from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from rubrics import batches
from rubrics.batches import Refused
from rubrics.claims import claim
from rubrics.grading import apply, lift
from rubrics.group_pictures import stamps
from rubrics.models import Batch, Claim, Entry, Group, Mark
from rubrics.rubric import remove_item, restore_item
from rubrics.scores import mismatches


@pytest.fixture
def chosen(world):
    """All answers of a question, as a person saw them."""

    def of(number="1.1", papers=(1, 2, 3)):
        question = world.questions[number]
        seen = stamps(question, [paper.pk for paper in world.papers])
        return {
            world.answers[paper, number].pk: seen[world.papers[paper - 1].pk] for paper in papers
        }

    return of


@pytest.fixture
def grade(world):
    def send(chosen, items=(), number="1.1", by="gus", key=None):
        return batches.grade(
            world.questions[number],
            chosen,
            [item.pk for item in items],
            key=key or uuid4(),
            group="Left blank",
            by=getattr(world, by),
        )

    return send


def standing(world, number="1.1"):
    """Score and graded by paper."""
    answers = world.questions[number].answers.order_by("submission__number")
    return list(answers.values_list("score", "graded"))


def test_many_are_graded_by_one_act(world, grade, chosen):
    wrong = world.items["1.1"][2]

    done = grade(chosen(papers=(1, 3)), [wrong])

    assert (done.graded, done.held, done.before, done.changed) == (2, 0, 0, 0)
    assert standing(world) == [(0, True), (200, False), (0, True)]
    entries = Entry.objects.filter(verb="applied", by=world.gus, item_id=wrong.pk)
    assert [entry.after for entry in entries] == [{"item": "Wrong", "batch": done.batch.pk}] * 2
    assert mismatches() == []


def test_several_items_apply_to_each(world, grade, chosen):
    grade(chosen(), world.items["1.1"][1:])

    assert Mark.objects.count() == 6
    assert standing(world)[0] == (0, True)


def test_without_an_item_they_are_graded_as_they_stand(world, grade, chosen):
    grade(chosen(papers=(2,)))

    assert standing(world) == [(200, False), (200, True), (200, False)]
    assert Entry.objects.get(verb="graded").answer_id == world.answers[2, "1.1"].pk


def test_what_somebody_graded_is_left_alone(world, grade, chosen):
    wishes = chosen()
    apply(world.items["1.1"][0], world.answers[2, "1.1"], by=world.ines)

    done = grade(wishes, [world.items["1.1"][2]])

    assert (done.graded, done.before) == (2, 1)
    assert standing(world) == [(0, True), (200, True), (0, True)]


def test_what_a_colleague_has_open_is_left_alone(world, grade, chosen):
    assert claim(world.answers[1, "1.1"], world.ines)
    assert claim(world.answers[2, "1.1"], world.gus)

    done = grade(chosen(), [world.items["1.1"][2]])

    assert (done.graded, done.held) == (2, 1)
    assert standing(world)[0] == (200, False)
    # A claim that ran out holds nobody up.
    Claim.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert grade(chosen(), [world.items["1.1"][2]]).graded == 1


def test_what_looks_otherwise_by_now_is_left_alone(world, grade, chosen, page):
    wishes = chosen()
    page.turn = 180
    page.save()

    done = grade(wishes, [world.items["1.1"][2]])

    assert (done.graded, done.changed) == (2, 1)
    assert standing(world)[0] == (200, False)


def test_sent_twice_it_grades_once(world, grade, chosen):
    key, wishes = uuid4(), chosen()

    first = grade(wishes, [world.items["1.1"][2]], key=key)
    second = grade(wishes, [world.items["1.1"][2]], key=key)

    assert second.batch == first.batch
    assert second.graded == 3
    assert Batch.objects.count() == 1
    assert Mark.objects.count() == 3


def test_nothing_left_to_grade_is_no_batch(world, grade, chosen):
    grade(chosen(), [world.items["1.1"][2]])

    done = grade(chosen(), [world.items["1.1"][2]])

    assert (done.batch, done.graded, done.before) == (None, 0, 3)


def test_answers_and_items_of_other_questions_are_none_of_its(world, grade, chosen):
    done = grade(chosen("2"), [world.items["1.1"][2]])
    assert done.graded == 0

    with pytest.raises(Refused, match="The rubric changed"):
        grade(chosen(), [world.items["2"][2]])
    assert not Mark.objects.exists()


def test_a_removed_item_is_refused(world, grade, chosen):
    remove_item(world.items["1.1"][2], by=world.ines)

    with pytest.raises(Refused, match="The rubric changed"):
        grade(chosen(), [world.items["1.1"][2]])


def test_of_a_group_to_pick_from_one_applies(world, grade, chosen):
    question = world.questions["1.1"]
    group = Group.objects.create(question=question, text="How far", exclusive=True)
    question.items.update(group=group)

    with pytest.raises(Refused, match="Of “How far” only one item applies"):
        grade(chosen(), world.items["1.1"][:2])


def test_one_undo_takes_all_of_it_back(world, grade, chosen):
    apply(world.items["1.1"][0], world.answers[3, "1.1"], by=world.ines)
    batch = grade(chosen(), world.items["1.1"][1:]).batch

    assert batches.undo(batch, by=world.ines) == 2

    assert standing(world) == [(200, False), (200, False), (200, True)]
    lifted = Entry.objects.filter(verb="lifted")
    assert {(entry.by, entry.before["batch"]) for entry in lifted} == {(world.ines, batch.pk)}
    assert lifted.count() == 4
    assert batch.undone_by == world.ines
    assert batches.undo(batch, by=world.gus) == 0
    assert mismatches() == []


def test_undoing_leaves_what_was_said_since(world, grade, chosen):
    slip, wrong = world.items["1.1"][1:]
    batch = grade(chosen(), [wrong]).batch
    apply(slip, world.answers[1, "1.1"], by=world.ines)
    lift(wrong, world.answers[2, "1.1"], by=world.ines)
    apply(wrong, world.answers[2, "1.1"], by=world.ines)

    assert batches.undo(batch, by=world.gus) == 2

    assert standing(world) == [(150, True), (0, True), (200, False)]


def test_undoing_says_no_longer_that_they_are_graded(world, grade, chosen):
    batch = grade(chosen()).batch

    batches.undo(batch, by=world.gus)

    assert standing(world) == [(200, False)] * 3
    assert Entry.objects.filter(verb="ungraded").count() == 3


def test_an_item_that_was_removed_and_came_back_is_undone_too(world, grade, chosen):
    wrong = world.items["1.1"][2]
    batch = grade(chosen(), [wrong]).batch
    remove_item(wrong, by=world.ines)
    restore_item(wrong, by=world.ines)

    assert batches.undo(batch, by=world.gus) == 3


def test_an_item_restored_after_the_undo_brings_nothing_of_the_batch_back(world, grade, chosen):
    wrong = world.items["1.1"][2]
    apply(wrong, world.answers[3, "1.1"], by=world.gus)
    batch = grade(chosen(), [wrong]).batch
    remove_item(wrong, by=world.ines)
    batches.undo(batch, by=world.ines)

    assert restore_item(wrong, by=world.ines) == [world.answers[3, "1.1"].pk]

    assert list(wrong.marks.values_list("answer_id", "batch")) == [
        (world.answers[3, "1.1"].pk, None)
    ]
    assert mismatches() == []
