from __future__ import annotations

import uuid

import pytest

from rubrics.grading import (
    Stale,
    adjust,
    annotate,
    apply,
    comment,
    erase,
    lift,
    say_graded,
    unsay_graded,
)
from rubrics.models import Annotation, Entry, Group, Mark
from rubrics.scores import mismatches


@pytest.fixture
def answer(world):
    return world.answers[1, "1.1"]


def read(answer):
    answer.refresh_from_db()
    return answer.score, answer.graded


def test_an_answer_at_full_marks_is_not_graded_until_somebody_says_so(world, answer):
    assert read(answer) == (200, False)

    apply(world.items["1.1"][0], answer, by=world.gus)

    assert read(answer) == (200, True)


def test_applying_twice_marks_once_and_tells_once(world, answer):
    item = world.items["1.1"][1]

    assert apply(item, answer, by=world.gus)
    assert not apply(item, answer, by=world.ines)

    assert Mark.objects.get().by == world.gus
    assert Entry.objects.count() == 1
    assert read(answer) == (150, True)


def test_lifting_what_is_not_there_changes_nothing(world, answer):
    assert not lift(world.items["1.1"][1], answer, by=world.gus)
    assert not Entry.objects.exists()


def test_lifting_the_last_item_leaves_the_answer_ungraded(world, answer):
    apply(world.items["1.1"][1], answer, by=world.gus)
    lift(world.items["1.1"][1], answer, by=world.gus)

    assert read(answer) == (200, False)


def test_items_add_up_and_the_floor_holds(world, answer):
    for item in world.items["1.1"]:
        apply(item, answer, by=world.gus)

    assert read(answer) == (0, True)


def test_of_an_exclusive_group_one_item_stays(world, answer):
    group = Group.objects.create(question=answer.question, text="Pick one", exclusive=True)
    _right, slip, wrong = world.items["1.1"]
    for item in (slip, wrong):
        item.group = group
        item.save()

    apply(wrong, answer, by=world.gus)
    apply(slip, answer, by=world.gus)

    assert [mark.item for mark in Mark.objects.all()] == [slip]
    assert read(answer) == (150, True)
    assert list(Entry.objects.values_list("verb", flat=True)) == ["applied", "applied", "lifted"]


def test_a_removed_item_no_longer_applies(world, answer):
    item = world.items["1.1"][1]
    type(item).objects.filter(pk=item.pk).update(removed_at=answer.submission.created_at)

    assert not apply(item, answer, by=world.gus)
    assert not Mark.objects.exists()


def test_an_adjustment_counts_inside_the_clamps(world, answer):
    apply(world.items["1.1"][2], answer, by=world.gus)
    adjust(answer, 50, version=0, by=world.gus)
    assert read(answer) == (50, True)

    adjust(answer, 900, version=1, by=world.gus)
    assert read(answer) == (200, True)

    adjust(answer, None, version=2, by=world.gus)
    assert read(answer) == (0, True)


def test_a_stale_adjustment_is_shown_not_lost(world, answer):
    adjust(answer, 50, version=0, by=world.gus)

    with pytest.raises(Stale) as stale:
        adjust(answer, -50, version=0, by=world.ines)

    assert stale.value.current.points == 50
    assert read(answer)[1]


def test_a_version_from_before_a_removal_never_fits_again(world, answer):
    comment(answer, "first", version=0, by=world.gus)
    comment(answer, "", version=1, by=world.gus)
    comment(answer, "second", version=0, by=world.gus)

    with pytest.raises(Stale):
        comment(answer, "late", version=1, by=world.ines)


def test_saying_the_same_comment_again_writes_nothing(world, answer):
    comment(answer, "Good", version=0, by=world.gus)
    comment(answer, "Good", version=0, by=world.ines)

    assert Entry.objects.count() == 1
    assert read(answer) == (200, False)


def test_said_graded_counts_until_it_is_taken_back(world, answer):
    assert say_graded(answer, by=world.gus)
    assert not say_graded(answer, by=world.ines)
    assert read(answer) == (200, True)

    assert unsay_graded(answer, by=world.gus)
    assert not unsay_graded(answer, by=world.gus)
    assert read(answer) == (200, False)


def test_the_history_is_only_ever_added_to(world, answer):
    apply(world.items["1.1"][0], answer, by=world.gus)
    entry = Entry.objects.get()

    for change in (
        entry.save,
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(verb="x"),
    ):
        with pytest.raises(TypeError):
            change()


def test_the_same_ink_sent_twice_is_drawn_once(world, answer, page):
    drawn = {
        "key": str(uuid.uuid4()),
        "page": page,
        "kind": "pen",
        "points": [[0.1, 0.1], [0.2, 0.2]],
    }

    annotate(answer, by=world.gus, **drawn)
    annotation = annotate(answer, by=world.gus, **drawn)
    assert Annotation.objects.count() == 1

    erase(annotation, by=world.gus)
    erase(annotation, by=world.gus)
    assert list(Entry.objects.values_list("verb", flat=True)) == ["annotated", "erased"]


def test_nothing_said_leaves_a_score_that_does_not_follow(world, answer):
    apply(world.items["1.1"][1], answer, by=world.gus)
    assert mismatches() == []

    type(answer).objects.filter(pk=answer.pk).update(score=1)
    assert [(m.stored, m.computed) for m in mismatches(world.exam.pk)] == [(1, 150)]
