"""The items of a file found in a rubric, or added to it.

What stands in the rubric is not changed: it also applies to answers that are left alone, and to
papers that the file does not speak of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from gradebook.models import Question, User
from rubrics.evaluations.files import Part
from rubrics.item_groups import add_group
from rubrics.models import Group, Item
from rubrics.outline_reading import rubric_plan
from rubrics.outline_rubric import FIRST
from rubrics.rubric import add_item, order_items, remove_item


def known_again(items: Sequence[Item], part: Part) -> dict[int, Item]:
    """Return by column which item of the rubric it is: of the same text, points and group.

    Give the items with their groups.
    """
    free: dict[object, list[Item]] = defaultdict(list)
    for item in items:
        group = (item.group.text, item.group.exclusive) if item.group else None
        free[item.text, item.points, group].append(item)
    known = {}
    for place in part.order():
        wanted = part.items[place]
        for group in _fitting(part.groups[place]):
            if there := free[wanted.text, wanted.points, group]:
                known[place] = there.pop(0)
                break
    return known


def bring(question: Question, part: Part, *, by: User | None) -> dict[int, Item]:
    """Bring the part's items into the rubric; return by column which item it is.

    Items the file does not have stay, behind its own, but for the one every new part begins with.
    """
    items = list(question.items.offered().select_related("group"))
    known = known_again(items, part)
    spare = [] if known or not untouched(question, items) else items
    groups = list(question.groups.all())
    for item in spare:
        remove_item(item, by=by)
    for place in part.order():
        if place not in known:
            wanted, group = part.items[place], _group(question, groups, part.groups[place], by)
            known[place] = add_item(
                question, text=wanted.text, points=wanted.points, group=group, by=by
            )
    order_items(question, [known[place].pk for place in part.order()], by=by)
    return known


def untouched(question: Question, items: Sequence[Item]) -> bool:
    """Whether the rubric is still the one every new part begins with."""
    stands = rubric_plan(list(items), list(question.groups.all()))
    return stands == FIRST and not question.items.filter(marks__isnull=False).exists()


def _fitting(group: tuple[str, bool] | None) -> Iterator[tuple[str, bool] | None]:
    """Yield the groups that may hold what the file has in this one: none that allows less."""
    yield group
    if group and group[1]:
        yield (group[0], False)


def _group(
    question: Question, groups: list[Group], wanted: tuple[str, bool] | None, by: User | None
) -> Group | None:
    """Return the group to add an item to; a new one joins `groups`."""
    if wanted is None:
        return None
    for text, exclusive in filter(None, _fitting(wanted)):
        for group in groups:
            if (group.text, group.exclusive) == (text, exclusive):
                return group
    groups.append(add_group(question, text=wanted[0], exclusive=wanted[1], by=by))
    return groups[-1]
