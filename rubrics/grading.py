"""What graders do to an answer. Each verb is one transaction and safe to repeat.

Every verb takes the answer's row, changes what it names, recomputes that answer's score and
writes the history. Repeating one changes nothing and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone

from gradebook.locks import share_question
from gradebook.models import User
from rubrics.models import (
    Adjustment,
    Annotation,
    Comment,
    Entry,
    Flag,
    Grading,
    Item,
    Mark,
    Note,
)
from rubrics.scores import rescore_answers
from submissions import look_again
from submissions.models import Answer

LONGEST_COMMENT = 10_000
# Of each kind of words or points that carries a version, the verb that writes it.
WRITES: dict[type[Adjustment | Comment | Note], Entry.Verb] = {
    Adjustment: Entry.Verb.ADJUSTED,
    Comment: Entry.Verb.COMMENTED,
    Note: Entry.Verb.NOTED,
}


class Stale(Exception):
    """Somebody else wrote in between; `current` is what stands now (None: nothing)."""

    def __init__(self, current: Adjustment | Comment | Note | None) -> None:
        super().__init__("Somebody changed this a moment ago.")
        self.current = current


@contextmanager
def _held(answer: Answer) -> Iterator[None]:
    """Hold the answer for one verb; its score is right again when the block ends."""
    with transaction.atomic():
        share_question(answer.question_id)
        Answer.objects.select_for_update().get(pk=answer.pk)
        yield
        rescore_answers([answer.pk])


def line(answer: Answer, verb: Entry.Verb, by: User | None, **facts: Any) -> Entry:
    """Add a line about an answer to the history; who says something of it has looked at it."""
    look_again.looked(answer, by=by)
    return Entry.objects.create(
        exam_id=answer.question.exam_id,
        answer_id=answer.pk,
        question_id=answer.question_id,
        verb=verb,
        by=by,
        **facts,
    )


def _say(model: type[Mark | Grading | Flag], answer: Answer, by: User | None, **which: Any) -> bool:
    """Add what is said once of a held answer; return whether it was new."""
    # Whoever else would add it waits for the answer or its question, so looking first is enough.
    if model._default_manager.filter(answer=answer, **which).exists():
        return False
    model._default_manager.create(answer=answer, by=by, **which)
    return True


def apply(item: Item, answer: Answer, *, by: User | None) -> bool:
    """Apply an item; of an exclusive group the others are lifted. Return whether it was new."""
    with _held(answer):
        item.refresh_from_db(fields=["removed_at", "group"])
        if item.removed_at is not None:
            return False
        if not _say(Mark, answer, by, item=item):
            return False
        line(answer, Entry.Verb.APPLIED, by, item_id=item.pk, after={"item": item.text})
        if item.group is not None and item.group.exclusive:
            _lift_siblings(item, answer, by)
        return True


def _lift_siblings(item: Item, answer: Answer, by: User | None) -> None:
    others = Mark.objects.filter(answer=answer, item__group=item.group_id).exclude(item=item)
    for mark in others.select_related("item"):
        mark.delete()
        line(answer, Entry.Verb.LIFTED, by, item_id=mark.item_id, before={"item": mark.item.text})


def lift(item: Item, answer: Answer, *, by: User | None) -> bool:
    """Lift an item; return whether it was there."""
    with _held(answer):
        count, _ = Mark.objects.filter(answer=answer, item=item).delete()
        if count:
            line(answer, Entry.Verb.LIFTED, by, item_id=item.pk, before={"item": item.text})
        return bool(count)


def adjust(answer: Answer, points: int | None, *, version: int, by: User | None) -> None:
    """Set the adjustment in hundredths, or remove it with None.

    `version` is the one the grader saw, 0 for none. Raises Stale if another stands now.
    """
    with _held(answer):
        current = Adjustment.objects.filter(answer=answer).first()
        before = {"points": current.points} if current else None
        if (current.points if current else None) == points:
            return
        _check(current, version)
        if points is None:
            Adjustment.objects.filter(answer=answer).delete()
        else:
            _replace(Adjustment, answer, by, points=points)
        after = None if points is None else {"points": points}
        line(answer, Entry.Verb.ADJUSTED, by, before=before, after=after)


def comment(answer: Answer, text: str, *, version: int, by: User | None) -> None:
    """Set the comment, or remove it with an empty text. Versions as for `adjust`."""
    _write(Comment, answer, text, version, by)


def write_note(answer: Answer, text: str, *, version: int, by: User | None) -> None:
    """Set the note for graders, or remove it with an empty text. Versions as for `adjust`."""
    _write(Note, answer, text, version, by)


def _write(
    model: type[Comment | Note], answer: Answer, text: str, version: int, by: User | None
) -> None:
    with _held(answer):
        current = model._default_manager.filter(answer=answer).first()
        before = {"text": current.text} if current else None
        if (current.text if current else "") == text:
            return
        _check(current, version)
        if text:
            _replace(model, answer, by, text=text)
        else:
            model._default_manager.filter(answer=answer).delete()
        line(answer, WRITES[model], by, before=before, after={"text": text})


def _check(current: Adjustment | Comment | Note | None, version: int) -> None:
    if (current.version if current else 0) != version:
        raise Stale(current)


def _replace(
    model: type[Adjustment | Comment | Note],
    answer: Answer,
    by: User | None,
    **fields: Any,
) -> None:
    # Counted over removals too: a version seen before a removal never fits what came after.
    version = Entry.objects.filter(answer_id=answer.pk, verb=WRITES[model]).count() + 1
    model._default_manager.update_or_create(
        answer=answer,
        defaults={**fields, "version": version, "by": by, "at": timezone.now()},
    )


def say_graded(answer: Answer, *, by: User | None) -> bool:
    """Say that the answer is graded as it stands; return whether that was new."""
    with _held(answer):
        new = _say(Grading, answer, by)
        if new:
            line(answer, Entry.Verb.GRADED, by)
        return new


def unsay_graded(answer: Answer, *, by: User | None) -> bool:
    """Take that back; marks and adjustment still count. Return whether it was said."""
    with _held(answer):
        count, _ = Grading.objects.filter(answer=answer).delete()
        if count:
            line(answer, Entry.Verb.UNGRADED, by)
        return bool(count)


def flag(answer: Answer, *, by: User | None) -> bool:
    """Ask for another look at the answer; return whether nobody had asked yet."""
    with _held(answer):
        new = _say(Flag, answer, by)
        if new:
            line(answer, Entry.Verb.FLAGGED, by)
        return new


def unflag(answer: Answer, *, by: User | None) -> bool:
    """Take the flag down; return whether there was one."""
    with _held(answer):
        count, _ = Flag.objects.filter(answer=answer).delete()
        if count:
            line(answer, Entry.Verb.UNFLAGGED, by)
        return bool(count)


def annotate(answer: Answer, *, by: User | None, key: str, **drawn: Any) -> Annotation:
    """Draw on a page of the answer's paper; the same key draws once.

    `drawn` are the fields of an Annotation. Without `turn` the page is seen as it is turned now.
    """
    drawn.setdefault("turn", drawn["page"].turn)
    with transaction.atomic():
        share_question(answer.question_id)
        Answer.objects.select_for_update().get(pk=answer.pk)
        annotation, created = Annotation.objects.get_or_create(
            key=key, defaults={"answer": answer, "by": by, **drawn}
        )
        if created:
            line(answer, Entry.Verb.ANNOTATED, by, after=_ink(annotation))
        return annotation


def erase(annotation: Annotation, *, by: User | None) -> None:
    """Take an annotation off the page; the history keeps what it was."""
    with transaction.atomic():
        before = _ink(annotation)
        count, _ = Annotation.objects.filter(pk=annotation.pk).delete()
        if count:
            line(annotation.answer, Entry.Verb.ERASED, by, before=before)


def _ink(annotation: Annotation) -> dict[str, Any]:
    return {
        "key": str(annotation.key),
        "page": annotation.page_id,
        "kind": annotation.kind,
        "points": annotation.points,
        "text": annotation.text,
        "item": annotation.item_id,
        "colour": annotation.colour,
        "size": annotation.size,
        "turn": annotation.turn,
    }
