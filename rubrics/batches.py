"""Many answers graded by one act, and the act undone as one.

None that a colleague has open. One transaction; each answer gets its own lines in the history.
`grade` is for answers nobody graded yet; `mark_all` applies or lifts one item, graded or not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from gradebook.locks import hold_questions
from gradebook.models import Question, User
from rubrics.edits import ROWS, put_marks_back
from rubrics.group_pictures import stamps
from rubrics.models import Batch, Claim, Entry, Grading, Item, Mark
from rubrics.scores import rescore_answers
from submissions.models import Answer


class Refused(Exception):
    """The act cannot be done; the message tells a person why, and nothing was changed."""


class Done(NamedTuple):
    """What became of the chosen answers: how many were graded now, and why others were not."""

    batch: Batch | None
    graded: int
    before: int  # graded by somebody already
    held: int  # open on a colleague's screen
    changed: int  # look otherwise than the person saw them


def grade(
    question: Question,
    chosen: Mapping[int, str],
    items: Sequence[int],
    *,
    key: UUID,
    group: str,
    by: User,
) -> Done:
    """Apply items to the chosen ungraded answers; with none, say that they are graded as they are.

    `chosen` are answers by key, each with the stamp it was shown with (`group_pictures.stamps`),
    `group` what they were offered as. The same `key` grades once. Raises Refused.
    """
    with transaction.atomic():
        hold_questions([question.pk])
        if batch := Batch.objects.filter(key=key).first():
            return Done(batch, batch.answers, 0, 0, 0)
        rubric = chosen_items(question, items)
        answers = list(question.answers.filter(pk__in=chosen).order_by("pk"))
        seen = stamps(question, [answer.submission_id for answer in answers])
        held = _held(answers, by)
        open_ = [answer for answer in answers if not answer.graded]
        same = [one.pk for one in open_ if seen[one.submission_id] == chosen[one.pk]]
        free = [pk for pk in same if pk not in held]
        counts = (len(answers) - len(open_), len(same) - len(free), len(open_) - len(same))
        if not free:
            return Done(None, 0, *counts)
        batch = Batch.objects.create(
            key=key, question=question, group=group[:200], answers=len(free), by=by
        )
        _write(batch, free, rubric)
        return Done(batch, len(free), *counts)


def mark_all(
    question: Question, chosen: Sequence[int], item: int, *, on: bool, key: UUID, by: User
) -> Done:
    """Apply an item to the chosen answers, or lift it; those that have it so are left alone.

    Of an exclusive group the others are lifted. The same `key` acts once. Raises Refused.
    """
    with transaction.atomic():
        hold_questions([question.pk])
        if batch := Batch.objects.filter(key=key).first():
            return Done(batch, batch.answers, 0, 0, 0)
        (found,) = chosen_items(question, [item])
        answers = list(question.answers.filter(pk__in=chosen).order_by("pk"))
        having = set(found.marks.values_list("answer_id", flat=True))
        other = [answer for answer in answers if (answer.pk in having) != on]
        held = _held(other, by)
        free = [answer.pk for answer in other if answer.pk not in held]
        counts = (len(answers) - len(other), len(other) - len(free), 0)
        if not free:
            return Done(None, 0, *counts)
        name = f"{'Applied' if on else 'Lifted'} “{found}”"
        batch = Batch.objects.create(
            key=key, question=question, group=name[:200], answers=len(free), by=by
        )
        marks = Mark.objects.filter(answer__in=free)
        if on:
            if found.group is not None and found.group.exclusive:
                _lift(batch, marks.filter(item__group=found.group).exclude(item=found))
            _write(batch, free, [found])
        else:
            _lift(batch, marks.filter(item=found))
            _rescore(free)
        return Done(batch, len(free), *counts)


def _lift(batch: Batch, marks: QuerySet[Mark]) -> None:
    gone = list(marks.select_related("item"))
    for start in range(0, len(gone), ROWS):
        Mark.objects.filter(pk__in=[mark.pk for mark in gone[start : start + ROWS]]).delete()
    _keep([_lifted(batch, mark) for mark in gone], [], batch.by)


def _lifted(batch: Batch, mark: Mark) -> Entry:
    # Whose it was and by which batch: taking this one back makes it theirs again.
    facts = {**_facts(batch, mark.item), "by": mark.by_id, "of": mark.batch_id}
    return _entry(batch, mark.answer_id, Entry.Verb.LIFTED, item_id=mark.item_id, before=facts)


def chosen_items(question: Question, items: Sequence[int]) -> list[Item]:
    """Return the items a form chose, by their keys. Raises Refused where they cannot all apply."""
    offered = question.items.offered().select_related("group").filter(pk__in=items)
    found = list(offered)
    if len(found) != len(set(items)):
        raise Refused("The rubric changed meanwhile. Look at it once more.")
    groups = [item.group for item in found if item.group and item.group.exclusive]
    if twice := next((group for group in groups if groups.count(group) > 1), None):
        raise Refused(f"Of “{twice}” only one item applies. Choose one.")
    return found


def _held(answers: Sequence[Answer], by: User) -> set[int]:
    claims = Claim.objects.filter(answer__in=answers, until__gte=timezone.now()).exclude(by=by)
    return set(claims.values_list("answer_id", flat=True))


def _write(batch: Batch, answers: Sequence[int], rubric: Sequence[Item]) -> None:
    said = {"by": batch.by, "at": batch.at, "batch": batch}
    if rubric:
        marks = [Mark(answer_id=pk, item=item, **said) for pk in answers for item in rubric]
        Mark.objects.bulk_create(marks, batch_size=ROWS)
        entries = [
            _entry(batch, pk, Entry.Verb.APPLIED, item_id=item.pk, after=_facts(batch, item))
            for pk in answers
            for item in rubric
        ]
    else:
        Grading.objects.bulk_create((Grading(answer_id=pk, **said) for pk in answers), ROWS)
        after = {"batch": batch.pk}
        entries = [_entry(batch, pk, Entry.Verb.GRADED, after=after) for pk in answers]
    _keep(entries, answers, batch.by)


def undo(batch: Batch, *, by: User) -> int:
    """Take back what a batch said or lifted, where it stands still; return on how many answers.

    What others said of these answers since stays.
    """
    with transaction.atomic():
        hold_questions([batch.question_id])
        batch.refresh_from_db()
        if batch.undone_at is not None:
            return 0
        # Read before the undoing adds lines of its own.
        lifted = Entry.objects.filter(
            question_id=batch.question_id, verb=Entry.Verb.LIFTED, before__batch=batch.pk
        )
        back = [
            (answer, item, (facts or {}).get("by"), (facts or {}).get("of"))
            for answer, item, facts in lifted.values_list("answer_id", "item_id", "before")
        ]
        marks = list(batch.marks.select_related("item"))
        gradings = list(batch.gradings.all())
        Mark.objects.filter(batch=batch).delete()
        Grading.objects.filter(batch=batch).delete()
        batch.undone_by, batch.undone_at = by, timezone.now()
        batch.save(update_fields=["undone_by", "undone_at"])
        entries = [_lifted(batch, mark) for mark in marks]
        before = {"batch": batch.pk}
        entries += [
            _entry(batch, grading.answer_id, Entry.Verb.UNGRADED, before=before)
            for grading in gradings
        ]
        new = put_marks_back(batch.question, back, by, batch=batch.pk)
        touched = {entry.answer_id for entry in entries} | {mark.answer_id for mark in new}
        answers = sorted(pk for pk in touched if pk)
        _keep(entries, answers, by)
        return len(answers)


def _facts(batch: Batch, item: Item) -> dict[str, object]:
    return {"item": item.text, "batch": batch.pk}


def _entry(batch: Batch, answer: int, verb: Entry.Verb, **facts: object) -> Entry:
    exam = batch.question.exam_id
    return Entry(exam_id=exam, answer_id=answer, question_id=batch.question_id, verb=verb, **facts)


def _keep(entries: Sequence[Entry], answers: Sequence[int], by: User | None) -> None:
    """Write the history, and the scores that follow."""
    for entry in entries:
        entry.by = by
    Entry.objects.bulk_create(entries, batch_size=ROWS)
    _rescore(answers)


def _rescore(answers: Sequence[int]) -> None:
    for start in range(0, len(answers), ROWS):
        rescore_answers(answers[start : start + ROWS])
