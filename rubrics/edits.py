"""What every edit of a rubric shares: holding the question, the history, what an edit would do.

An edit holds the question's row, so no click stores a score from the points before it, and all
the question's scores are recomputed by one statement in the same transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db import models, transaction
from django.db.models import Avg, Count, F
from django.utils import timezone

from gradebook.locks import hold_questions
from gradebook.models import Question, User
from rubrics.models import Batch, Entry, Group, Item, Mark
from rubrics.scores import rescore_questions
from submissions.models import Answer

T = TypeVar("T", Item, Group)

LONGEST_TEXT = 4000
LONGEST_NOTE = 2000
MOST_ITEMS = 200
ROWS = 500
# Why a line of an answer's history is there that nobody wrote of this answer alone.
TAKEN_BACK = {"because": "taken back"}


Place = tuple[int, str, int]  # an answer, and what of it one mark alone takes


class Effect(NamedTuple):
    """What an edit does: answers touched, and the mean's change in hundredths (None: no mean)."""

    answers: int
    mean_change: float | None


class TooMany(Exception):
    """The rubric is as long as one can be."""


class Overtaken(Exception):
    """Somebody changed the same thing after it was seen; the message says to what."""


@contextmanager
def held(question: Question) -> Iterator[None]:
    with transaction.atomic():
        if not hold_questions([question.pk]):
            raise Question.DoesNotExist
        yield
        rescore_questions([question.pk])


def write(question: Question, verb: Entry.Verb, by: User | None, **facts: Any) -> None:
    """Add a line about the rubric to the history; it names no answer."""
    Entry.objects.create(
        exam_id=question.exam_id, question_id=question.pk, verb=verb, by=by, **facts
    )


def not_overtaken(
    question: Question,
    seen: int | None,
    names: Collection[str],
    told: Mapping[str, str],
    **which: Any,
) -> None:
    """Raise Overtaken if an edit after number `seen` changed one of these facts; None: unasked.

    `which` tells the edits of one item or group, `told` what each fact is now, in words.
    """
    if seen is None:
        return
    edits = Entry.objects.filter(question_id=question.pk, answer_id=None, pk__gt=seen, **which)
    for edit in edits.select_related("by").order_by("-pk"):
        before, after = edit.before or {}, edit.after or {}
        moved = [name for name in names if name in after and before.get(name) != after[name]]
        if moved:
            now = ", ".join(told[name] for name in moved)
            who = str(edit.by) if edit.by else "Somebody"
            raise Overtaken(f"{who} changed this meanwhile: {now}. Save again to put yours.")


def keep_one_each(group: Group, by: User | None) -> list[list[Any]]:
    """Of several items of a group on one answer, keep the one marked last.

    Returns the marks that went, as [answer, item, by, batch, at].
    """
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
    return [
        [mark.answer_id, mark.item_id, mark.by_id, mark.batch_id, mark.at.isoformat()]
        for mark in spare
    ]


def put_marks_back(
    question: Question,
    rows: Iterable[Sequence[Any]],
    by: User | None,
    **because: Any,
) -> list[Mark]:
    """Apply items again as the history kept them, [answer, item, by, batch, at]; return the marks.

    The question is held. Each mark is a line in the history of its answer, which says `because`.
    Without `at`, as older lines of the history are, a mark is of now.
    What is gone meanwhile stays gone: answers and items drop out, who and batch are left empty.
    What a batch said and somebody took back meanwhile stays taken back. Of a group to pick one
    from, what an answer was given since stays, and the first of several rows.
    """
    rows = list(rows)
    answers = _standing(question.answers, (row[0] for row in rows))
    items = question.items.offered().select_related("group").in_bulk({row[1] for row in rows})
    people = _standing(User.objects.all(), (row[2] for row in rows))
    batches = _standing(Batch.objects.filter(question=question), (row[3] for row in rows))
    undone = _standing(
        Batch.objects.filter(question=question).exclude(undone_at=None), (row[3] for row in rows)
    )
    taken = _taken(question)
    new = []
    for answer, pk, marker, batch, *at in rows:
        item = items.get(pk or 0)
        if answer is None or answer not in answers or item is None or batch in undone:
            continue
        pick_one = item.group_id if item.group and item.group.exclusive else None
        places = _places(answer, item.pk, pick_one)
        if places & taken:
            continue
        taken |= places
        by_whom = marker if marker in people else None
        of = batch if batch in batches else None
        made = datetime.fromisoformat(at[0]) if at else timezone.now()
        new.append(Mark(answer_id=answer, item=item, by_id=by_whom, batch_id=of, at=made))
    Mark.objects.bulk_create(new, ROWS)
    lines = [_applied(question, mark, by, because) for mark in new]
    Entry.objects.bulk_create(lines, ROWS)
    return new


def _applied(question: Question, mark: Mark, by: User | None, because: dict[str, Any]) -> Entry:
    return Entry(
        exam_id=question.exam_id,
        question_id=question.pk,
        answer_id=mark.answer_id,
        item_id=mark.item_id,
        verb=Entry.Verb.APPLIED,
        by=by,
        after={"item": mark.item.text, **because},
    )


def _taken(question: Question) -> set[Place]:
    """Return the places that the marks on a question's answers take."""
    marks = Mark.objects.filter(item__question=question)
    rows = marks.values_list("answer", "item", "item__group", "item__group__exclusive")
    return {
        place
        for answer, item, group, exclusive in rows
        for place in _places(answer, item, group if exclusive else None)
    }


def _places(answer: int, item: int, group: int | None) -> set[Place]:
    """Return what one mark alone can take: an item's place on an answer, and its group's."""
    return {(answer, "item", item), *([(answer, "group", group)] if group else [])}


def _standing(rows: Any, pks: Iterable[int | None]) -> set[int]:
    return set(rows.filter(pk__in={pk for pk in pks if pk}).values_list("pk", flat=True))


def ordered(rows: Sequence[T], pks: Sequence[int]) -> list[T]:
    """Return items or groups in the order of these numbers, each with its place as `position`.

    Those not named keep theirs, after the named ones.
    """
    known = {row.pk: row for row in rows}
    wanted = [known.pop(pk) for pk in dict.fromkeys(pks) if pk in known]
    wanted += known.values()
    for position, row in enumerate(wanted):
        row.position = position
    return wanted


def order_facts(before: Sequence[T], after: Sequence[T]) -> dict[str, Any]:
    """Return what the history keeps of an order and the one before it."""
    orders = {"before": before, "after": after}
    return {when: {"order": [row.pk for row in rows]} for when, rows in orders.items()}


def facts_of(item: Item) -> dict[str, Any]:
    """Return what the history keeps of an item."""
    return {
        "text": item.text,
        "points": item.points,
        "group": item.group_id,
        "position": item.position,
        "note": item.note,
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
