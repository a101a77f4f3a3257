"""Rubrics that an exam file brings: new ones written at once, old ones merged with care."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradebook.models import Question, User
from gradebook.plans import GroupPlan, ItemPlan, RubricPlan
from rubrics.edits import facts_of
from rubrics.item_groups import add_group, change_group, remove_group
from rubrics.models import Entry, Group, Item, Mark
from rubrics.outline_reading import rubric_plan
from rubrics.rubric import add_item, change_item, order_items, remove_item

FIRST: RubricPlan = (ItemPlan("Correct", 0),)


def write_rubrics(rubrics: Mapping[Question, RubricPlan], *, by: User | None) -> None:
    """Give leaves without a rubric theirs, in a constant number of queries."""
    groups = {
        (question.pk, position): Group(
            question=question, text=group.text, exclusive=group.exclusive, position=position
        )
        for question, rubric in rubrics.items()
        for position, group in enumerate(_groups(rubric))
    }
    Group.objects.bulk_create(groups.values())
    items = [
        Item(
            question=question,
            group=None if at is None else groups[question.pk, at],
            text=item.text,
            points=item.points,
            note=item.note,
            position=position,
            created_by=by,
        )
        for question, rubric in rubrics.items()
        for position, (at, item) in enumerate(_numbered(rubric))
    ]
    Item.objects.bulk_create(items)
    Entry.objects.bulk_create(
        Entry(
            exam_id=item.question.exam_id,
            question_id=item.question_id,
            item_id=item.pk,
            verb=Entry.Verb.ADDED_ITEM,
            by=by,
            after=facts_of(item),
        )
        for item in items
    )


def merge_rubric(question: Question, rubric: RubricPlan, *, by: User | None) -> None:
    """Make a leaf's rubric the given one, by the verbs graders use.

    Items are known again by their text and points, then by their text alone. An item that the
    file does not have goes only if it applies to no answer; else it stays, at the end.
    """
    items = list(question.items.offered())
    groups = list(question.groups.all())
    if rubric_plan(items, groups) == rubric:
        return
    wanted = _numbered(rubric)
    known = _known_again(items, [item for _, item in wanted])
    _drop([item for item in items if item not in known.values()], by)
    made = _merge_groups(question, groups, rubric, by)
    order = []
    for position, (at, plan) in enumerate(wanted):
        group = None if at is None else made[at]
        item = known.get(position)
        if item is None:
            item = add_item(
                question,
                text=plan.text,
                points=plan.points,
                note=plan.note,
                group=group,
                by=by,
            )
        else:
            item = change_item(item, points=plan.points, group=group, note=plan.note, by=by)
        order.append(item.pk)
    order_items(question, order, by=by)
    for group in question.groups.filter(items=None).exclude(pk__in=[one.pk for one in made]):
        remove_group(group, by=by)


def _merge_groups(
    question: Question, groups: list[Group], rubric: RubricPlan, by: User | None
) -> list[Group]:
    """Return a row for each of the plan's groups, known again by its text."""
    free = list(groups)
    made = []
    for position, plan in enumerate(_groups(rubric)):
        group = next((one for one in free if one.text == plan.text), None)
        if group is None:
            group = add_group(question, text=plan.text, exclusive=plan.exclusive, by=by)
        else:
            free.remove(group)
            group = change_group(group, text=plan.text, exclusive=plan.exclusive, by=by)
        Group.objects.filter(pk=group.pk).update(position=position)
        made.append(group)
    for position, group in enumerate(free, len(made)):
        Group.objects.filter(pk=group.pk).update(position=position)
    return made


def _drop(items: list[Item], by: User | None) -> None:
    """Take items off that apply to no answer."""
    applied = set(Mark.objects.filter(item__in=items).values_list("item_id", flat=True))
    for item in items:
        if item.pk not in applied:
            remove_item(item, by=by)


def _known_again(items: Sequence[Item], wanted: Sequence[ItemPlan]) -> dict[int, Item]:
    """Return which item of the rubric is the one wanted at a position."""
    free = list(items)
    known: dict[int, Item] = {}
    for exact in (True, False):
        for position, plan in enumerate(wanted):
            if position in known:
                continue
            for item in free:
                if item.text == plan.text and (not exact or item.points == plan.points):
                    known[position] = item
                    free.remove(item)
                    break
    return known


def _groups(rubric: RubricPlan) -> list[GroupPlan]:
    return [line for line in rubric if isinstance(line, GroupPlan)]


def _numbered(rubric: RubricPlan) -> list[tuple[int | None, ItemPlan]]:
    """Return all items in order, each with the number of its group among the groups."""
    found: list[tuple[int | None, ItemPlan]] = []
    at = -1
    for line in rubric:
        if isinstance(line, GroupPlan):
            at += 1
            found += [(at, item) for item in line.items]
        else:
            found.append((None, line))
    return found
