"""Editing a question's rubric. An edit acts on every answer that has the item, at once.

Each verb holds the question's row, so no click stores a score from the points before it, and
recomputes all the question's scores by one statement in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from django.db import models, transaction
from django.db.models import Avg, Count, F, Max
from django.utils import timezone

from gradebook.locks import hold_questions
from gradebook.models import Question, User
from rubrics.models import Batch, Entry, Group, Item, Mark
from rubrics.scores import rescore_questions
from submissions.models import Answer

LONGEST_TEXT = 4000
MOST_ITEMS = 200


class Effect(NamedTuple):
    """What an edit does: answers touched, and the mean's change in hundredths (None: no mean)."""

    answers: int
    mean_change: float | None


class TooMany(Exception):
    """The rubric is as long as one can be."""


@contextmanager
def _held(question: Question) -> Iterator[None]:
    with transaction.atomic():
        hold_questions([question.pk])
        yield
        rescore_questions([question.pk])


def _note(question: Question, verb: Entry.Verb, by: User | None, **facts: Any) -> None:
    Entry.objects.create(
        exam_id=question.exam_id, question_id=question.pk, verb=verb, by=by, **facts
    )


def add_item(
    question: Question,
    *,
    text: str,
    points: int | None,
    group: Group | None = None,
    by: User | None,
) -> Item:
    """Add an item at the end of the rubric; points in hundredths, signed as they act."""
    with _held(question):
        offered = question.items.offered()
        if offered.count() >= MOST_ITEMS:
            raise TooMany(f"A rubric holds {MOST_ITEMS} items at most.")
        last = offered.aggregate(last=Max("position"))["last"]
        item = Item.objects.create(
            question=question,
            group=group,
            text=text,
            points=points,
            position=0 if last is None else last + 1,
            created_by=by,
        )
        _note(question, Entry.Verb.ADDED_ITEM, by, item_id=item.pk, after=_facts(item))
        return item


def change_item(item: Item, *, by: User | None, **fields: Any) -> Item:
    """Change an item's text, points, group or position; nothing changed writes nothing."""
    question = item.question
    with _held(question):
        item.refresh_from_db()
        before = _facts(item)
        for name, value in fields.items():
            setattr(item, name, value)
        if _facts(item) == before:
            return item
        item.save(update_fields=list(fields))
        if item.group is not None and item.group.exclusive:
            _keep_one_each(item.group, by)
        _note(
            question,
            Entry.Verb.CHANGED_ITEM,
            by,
            item_id=item.pk,
            before=before,
            after=_facts(item),
        )
        return item


def remove_item(item: Item, *, by: User | None) -> list[int]:
    """Take an item off the rubric and off every answer; return the answers that had it.

    `restore_item` undoes it, marks and all: the entry holds who had marked what.
    """
    question = item.question
    with _held(question):
        item.refresh_from_db()
        if item.removed_at is not None:
            return []
        marks = list(Mark.objects.filter(item=item).values_list("answer_id", "by_id", "batch_id"))
        Mark.objects.filter(item=item).delete()
        item.removed_at = timezone.now()
        item.save(update_fields=["removed_at"])
        before = {**_facts(item), "marks": [list(mark) for mark in marks]}
        _note(question, Entry.Verb.REMOVED_ITEM, by, item_id=item.pk, before=before)
        return [answer for answer, *_ in marks]


def restore_item(item: Item, *, by: User | None) -> list[int]:
    """Put a removed item back where it was applied; return those answers."""
    question = item.question
    with _held(question):
        item.refresh_from_db()
        if item.removed_at is None:
            return []
        item.removed_at = None
        item.save(update_fields=["removed_at"])
        marks = _marks_before_removal(item)
        Mark.objects.bulk_create(
            [
                Mark(answer_id=answer, item=item, by_id=marker, batch_id=batch)
                for answer, marker, batch in marks
            ],
            ignore_conflicts=True,
        )
        if item.group is not None and item.group.exclusive:
            _keep_one_each(item.group, by)
        _note(question, Entry.Verb.RESTORED_ITEM, by, item_id=item.pk, after=_facts(item))
        return [answer for answer, *_ in marks]


def _marks_before_removal(item: Item) -> list[tuple[int, int | None, int | None]]:
    entry = Entry.objects.filter(item_id=item.pk, verb=Entry.Verb.REMOVED_ITEM).last()
    # Those of before batches were known have no third.
    kept = ((entry and entry.before) or {}).get("marks", [])
    marks = [(answer, by, *(batch or [None])) for answer, by, *batch in kept]
    there = set(
        Answer.objects.filter(pk__in=[answer for answer, *_ in marks]).values_list("pk", flat=True)
    )
    people = set(
        User.objects.filter(pk__in=[by for _, by, _ in marks if by]).values_list("pk", flat=True)
    )
    batches = set(Batch.objects.filter(question=item.question_id).values_list("pk", flat=True))
    return [
        (answer, by if by in people else None, batch if batch in batches else None)
        for answer, by, batch in marks
        if answer in there
    ]


def order_items(question: Question, pks: Sequence[int], *, by: User | None) -> None:
    """Put the items in this order; those not named keep theirs, after the named ones."""
    with _held(question):
        items = {item.pk: item for item in question.items.offered()}
        before = list(items)
        wanted = [pk for pk in dict.fromkeys(pks) if pk in items]
        wanted += [pk for pk in before if pk not in set(wanted)]
        if wanted == before:
            return
        for position, pk in enumerate(wanted):
            items[pk].position = position
        Item.objects.bulk_update(items.values(), ["position"])
        _note(
            question, Entry.Verb.CHANGED_ITEM, by, before={"order": before}, after={"order": wanted}
        )


def add_group(question: Question, *, text: str, exclusive: bool, by: User | None) -> Group:
    with _held(question):
        position = question.groups.count()
        group = Group.objects.create(
            question=question, text=text, exclusive=exclusive, position=position
        )
        _note(question, Entry.Verb.ADDED_GROUP, by, after={"text": text, "exclusive": exclusive})
        return group


def change_group(group: Group, *, text: str, exclusive: bool, by: User | None) -> Group:
    """Change a group; made exclusive, every answer keeps the item marked last."""
    with _held(group.question):
        before = {"text": group.text, "exclusive": group.exclusive}
        group.text, group.exclusive = text, exclusive
        group.save(update_fields=["text", "exclusive"])
        if exclusive:
            _keep_one_each(group, by)
        after = {"text": text, "exclusive": exclusive}
        if after != before:
            _note(group.question, Entry.Verb.CHANGED_GROUP, by, before=before, after=after)
        return group


def remove_group(group: Group, *, by: User | None) -> None:
    """Dissolve a group; its items stay, and stay applied."""
    with _held(group.question):
        before = {"text": group.text, "exclusive": group.exclusive}
        _note(group.question, Entry.Verb.REMOVED_GROUP, by, before=before)
        group.delete()


def _keep_one_each(group: Group, by: User | None) -> None:
    """Of several items of a group on one answer, keep the one marked last."""
    crowded = (
        Mark.objects.filter(item__group=group)
        .values("answer")
        .annotate(count=Count("pk"))
        .filter(count__gt=1)
        .values("answer")
    )
    seen: set[int] = set()
    spare = []
    for mark in Mark.objects.filter(item__group=group, answer__in=crowded).order_by("-at", "-pk"):
        if mark.answer_id in seen:
            spare.append(mark)
        seen.add(mark.answer_id)
    Mark.objects.filter(pk__in=[mark.pk for mark in spare]).delete()
    Entry.objects.bulk_create(
        Entry(
            exam_id=group.question.exam_id,
            question_id=group.question_id,
            answer_id=mark.answer_id,
            item_id=mark.item_id,
            verb=Entry.Verb.LIFTED,
            by=by,
            before={"because": "pick one"},
        )
        for mark in spare
    )


def _facts(item: Item) -> dict[str, Any]:
    return {
        "text": item.text,
        "points": item.points,
        "group": item.group_id,
        "position": item.position,
    }


@contextmanager
def _undone() -> Iterator[None]:
    """Do something and take it back: the way to show what an edit would do."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def effect_of(question: Question, change: Any) -> Effect:
    """Try `change()` on the question, measure, and take it back: answers touched and mean."""
    answers: models.QuerySet[Answer] = question.answers.filter(graded=True)
    with _undone():
        before = dict(answers.values_list("pk", "score"))
        mean = answers.aggregate(mean=Avg(F("score") * 1.0))["mean"]
        change()
        after = dict(answers.values_list("pk", "score"))
        later = answers.aggregate(mean=Avg(F("score") * 1.0))["mean"]
    touched = sum(1 for pk in before.keys() | after.keys() if before.get(pk) != after.get(pk))
    change_of_mean = None if mean is None or later is None else later - mean
    return Effect(touched, change_of_mean)
