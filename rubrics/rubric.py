"""Editing the items of a question's rubric. An edit acts on every answer that has the item.

What an edit speaks of is looked at once more when its question is held: a question, an item or a
group that went meanwhile raises its DoesNotExist.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Max
from django.utils import timezone

from gradebook.models import Question, User
from gradebook.points import signed_text
from rubrics.edits import (
    MOST_ITEMS,
    TAKEN_BACK,
    TooMany,
    facts_of,
    held,
    keep_one_each,
    not_overtaken,
    order_facts,
    ordered,
    put_marks_back,
    write,
)
from rubrics.models import Entry, Group, Item, Mark


def add_item(
    question: Question,
    *,
    text: str,
    points: int | None,
    group: Group | None = None,
    note: str = "",
    by: User | None,
) -> Item:
    """Add an item at the end of the rubric; points in hundredths, signed as they act."""
    with held(question):
        if group is not None:
            group.refresh_from_db()
        return put_item(question, text=text, points=points, group=group, note=note, by=by)


def put_item(question: Question, *, by: User | None, **fields: Any) -> Item:
    """Add an item as `add_item` does, to a question that is held."""
    offered = question.items.offered()
    if offered.count() >= MOST_ITEMS:
        raise TooMany(f"A rubric holds {MOST_ITEMS} items at most.")
    last = offered.aggregate(last=Max("position"))["last"]
    position = 0 if last is None else last + 1
    item = Item.objects.create(question=question, position=position, created_by=by, **fields)
    write(question, Entry.Verb.ADDED_ITEM, by, item_id=item.pk, after=facts_of(item))
    return item


def change_item(item: Item, *, by: User | None, seen: int | None = None, **fields: Any) -> Item:
    """Change an item's text, points, group, note or position; nothing changed writes nothing.

    `seen` is the version of the rubric it was read from; Overtaken if what is changed here was
    changed since.
    Of a group to pick one from, an item moved into it may lift others; `taking_back` knows them.
    """
    question = item.question
    with held(question):
        item.refresh_from_db()
        if (group := fields.get("group")) is not None:
            group.refresh_from_db()
        before = facts_of(item)
        not_overtaken(question, seen, fields, _in_words(item), item_id=item.pk)
        for name, value in fields.items():
            setattr(item, name, value)
        if facts_of(item) == before:
            return item
        item.save(update_fields=list(fields))
        lifted = keep_one_each(item.group, by) if item.group and item.group.exclusive else []
        write(
            question,
            Entry.Verb.CHANGED_ITEM,
            by,
            item_id=item.pk,
            before={**before, "lifted": lifted},
            after=facts_of(item),
        )
        return item


def _in_words(item: Item) -> dict[str, str]:
    return {
        "text": f"it says “{item}”",
        "points": f"it counts {signed_text(item.points) or 'no points'}",
        "note": f"its note says “{item.note}”" if item.note else "it has no note",
        "group": f"it is in “{item.group}”" if item.group else "it is in no group",
    }


def remove_item(item: Item, *, by: User | None) -> list[int]:
    """Take an item off the rubric and off every answer; return the answers that had it.

    `restore_item` undoes it, marks and all: the entry holds who had marked what.
    """
    question = item.question
    with held(question):
        item.refresh_from_db()
        if item.removed_at is not None:
            return []
        marks = list(Mark.objects.filter(item=item).values_list("answer_id", "by_id", "batch_id"))
        Mark.objects.filter(item=item).delete()
        item.removed_at = timezone.now()
        item.save(update_fields=["removed_at"])
        before = {**facts_of(item), "marks": [list(mark) for mark in marks]}
        write(question, Entry.Verb.REMOVED_ITEM, by, item_id=item.pk, before=before)
        return [answer for answer, *_ in marks]


def restore_item(item: Item, *, by: User | None) -> list[int]:
    """Put a removed item back where it was applied; return those answers.

    Of a group to pick one from, an answer that was given another one meanwhile keeps that.
    """
    question = item.question
    with held(question):
        item.refresh_from_db()
        if item.removed_at is None:
            return []
        item.removed_at = None
        item.save(update_fields=["removed_at"])
        marks = put_marks_back(question, _marks_before_removal(item), by, **TAKEN_BACK)
        write(question, Entry.Verb.RESTORED_ITEM, by, item_id=item.pk, after=facts_of(item))
        return [mark.answer_id for mark in marks]


def _marks_before_removal(item: Item) -> list[list[int | None]]:
    entry = Entry.objects.filter(item_id=item.pk, verb=Entry.Verb.REMOVED_ITEM).last()
    kept = ((entry and entry.before) or {}).get("marks", [])
    # Those of before batches were known have no third.
    return [[answer, item.pk, by, *(batch or [None])] for answer, by, *batch in kept]


def order_items(question: Question, pks: Sequence[int], *, by: User | None) -> None:
    """Put the items in this order; those not named keep theirs, after the named ones."""
    with held(question):
        items = list(question.items.offered())
        wanted = ordered(items, pks)
        if wanted != items:
            Item.objects.bulk_update(wanted, ["position"])
            write(question, Entry.Verb.CHANGED_ITEM, by, **order_facts(items, wanted))
