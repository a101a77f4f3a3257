from __future__ import annotations

import pytest

from rubrics.edits import MOST_ITEMS, TooMany, effect_of
from rubrics.grading import apply
from rubrics.item_groups import add_group, change_group, remove_group
from rubrics.models import Entry, Group, Mark
from rubrics.rubric import add_item, change_item, order_items, remove_item, restore_item
from rubrics.scores import mismatches


@pytest.fixture
def slip(world):
    """An item that two answers have."""
    item = world.items["1.1"][1]
    apply(item, world.answers[1, "1.1"], by=world.gus)
    apply(item, world.answers[2, "1.1"], by=world.gus)
    return item


def scores(world, number="1.1"):
    answers = world.questions[number].answers.order_by("submission__number")
    return list(answers.values_list("score", flat=True))


def test_points_edited_move_every_answer_that_has_the_item(world, slip):
    change_item(slip, points=-125, by=world.ines)

    assert scores(world) == [75, 75, 200]
    assert mismatches() == []


def test_an_edit_that_changes_nothing_is_not_told(world, slip):
    told = Entry.objects.count()

    change_item(slip, points=-50, text="Slip", by=world.ines)

    assert Entry.objects.count() == told


def test_a_removed_item_comes_back_with_its_marks(world, slip):
    assert len(remove_item(slip, by=world.ines)) == 2
    assert scores(world) == [200, 200, 200]
    assert not world.answers[1, "1.1"].marks.exists()
    assert remove_item(slip, by=world.ines) == []

    assert len(restore_item(slip, by=world.ines)) == 2
    assert scores(world) == [150, 150, 200]
    assert set(Mark.objects.values_list("by", flat=True)) == {world.gus.pk}
    assert restore_item(slip, by=world.ines) == []


def test_restoring_skips_papers_that_are_gone(world, slip):
    remove_item(slip, by=world.ines)
    world.papers[0].delete()

    assert restore_item(slip, by=world.ines) == [world.answers[2, "1.1"].pk]


def test_a_new_item_stands_last_and_moves_nobody(world, slip):
    item = add_item(world.questions["1.1"], text="New", points=None, by=world.gus)

    assert list(world.questions["1.1"].items.offered())[-1] == item
    assert scores(world) == [150, 150, 200]


def test_a_rubric_has_a_length_one_can_use(world):
    question = world.questions["2"]
    type(world.items["2"][0]).objects.bulk_create(
        [type(world.items["2"][0])(question=question, text="x") for _ in range(MOST_ITEMS - 3)]
    )

    with pytest.raises(TooMany):
        add_item(question, text="one more", points=0, by=world.gus)


def test_items_stand_in_the_order_given(world):
    first, second, third = world.items["1.1"]

    order_items(world.questions["1.1"], [third.pk, first.pk, 999_999], by=world.gus)

    assert list(world.questions["1.1"].items.offered()) == [third, first, second]


def test_a_group_made_exclusive_leaves_each_answer_the_last_mark(world, slip):
    group = add_group(world.questions["1.1"], text="Pick", exclusive=False, by=world.gus)
    for item in world.items["1.1"][1:]:
        change_item(item, group=group, by=world.gus)
    apply(world.items["1.1"][2], world.answers[1, "1.1"], by=world.gus)
    assert scores(world) == [0, 150, 200]

    change_group(group, text="Pick one", exclusive=True, by=world.ines)

    assert Mark.objects.get(answer=world.answers[1, "1.1"]).item == world.items["1.1"][2]
    assert scores(world) == [0, 150, 200]
    assert Entry.objects.filter(verb="lifted", before={"because": "pick one"}).count() == 1
    assert mismatches() == []


def test_a_group_dissolved_leaves_its_items(world, slip):
    group = Group.objects.create(question=slip.question, text="Pick")
    change_item(slip, group=group, by=world.gus)

    remove_group(group, by=world.gus)

    slip.refresh_from_db()
    assert slip.group is None
    assert scores(world) == [150, 150, 200]


def test_an_edits_effect_is_told_before_it_happens(world, slip):
    effect = effect_of(slip.question, lambda: change_item(slip, points=-100, by=world.ines))

    assert effect == (2, -50.0)
    slip.refresh_from_db()
    assert slip.points == -50
    assert scores(world) == [150, 150, 200]
