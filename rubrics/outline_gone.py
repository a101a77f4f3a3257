"""Questions that go: what graders did there, and students asked, is counted first.

What graders did is kept in the history.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from gradebook.models import Option, Question, Region, User
from rubrics.models import (
    Adjustment,
    Annotation,
    Comment,
    Entry,
    Flag,
    Grading,
    Group,
    Item,
    Mark,
    Note,
)
from rubrics.outline_tree import facts
from submissions.models import Answer


def worked_on(questions: Iterable[Question]) -> QuerySet[Answer]:
    """Return the answers to these questions that are graded, or about which anything was said."""
    return Answer.objects.filter(
        Q(graded=True)
        | Exists(Comment.objects.filter(answer=OuterRef("pk")))
        | Exists(Note.objects.filter(answer=OuterRef("pk")))
        | Exists(Flag.objects.filter(answer=OuterRef("pk")))
        | Exists(Annotation.objects.filter(answer=OuterRef("pk"))),
        question__in=[row.pk for row in questions],
    )


def open_requests(questions: Iterable[Question]) -> Counter[int]:
    """Count by question what students asked about answers and is not answered yet.

    Apps further right refer to answers; of those whose rows may be `open`, these count.
    """
    wanted = [row.pk for row in questions]
    found: Counter[int] = Counter()
    for relation in Answer._meta.related_objects:
        still_open = getattr(relation.related_model._default_manager, "open", None)
        if still_open is not None:
            place = f"{relation.field.name}__question"
            found.update(
                still_open().filter(**{f"{place}__in": wanted}).values_list(place, flat=True)
            )
    return found


def remove(gone: Sequence[Question], emptied: Sequence[Question], *, by: User | None) -> None:
    """Delete questions, and of those that become groups what only leaves have.

    All that was said there goes into the history first, by paper.
    """
    rows = [*gone, *emptied]
    if not rows:
        return
    said = _said(rows)
    rubric = _rubric(rows)
    Entry.objects.bulk_create(
        Entry(
            exam_id=row.exam_id,
            question_id=row.pk,
            verb=Entry.Verb.REMOVED_QUESTION,
            by=by,
            before={**facts(row), "rubric": rubric[row.pk], "answers": said[row.pk]},
        )
        for row in rows
    )
    pks = [row.pk for row in rows]
    # In this order, for an item with marks does not go before them.
    Answer.objects.filter(question__in=pks).delete()
    Item.objects.filter(question__in=pks).delete()
    Group.objects.filter(question__in=pks).delete()
    Region.objects.filter(question__in=pks).delete()
    Option.objects.filter(question__in=pks).delete()
    Question.objects.filter(pk__in=[row.pk for row in gone]).delete()


def _rubric(rows: Sequence[Question]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for item in Item.objects.offered().filter(question__in=rows).select_related("group"):
        group = item.group.text if item.group else None
        found[item.question_id].append(
            {"id": item.pk, "text": item.text, "points": item.points, "group": group}
        )
    return found


def _said(rows: Sequence[Question]) -> dict[int, list[dict[str, Any]]]:
    """Return by question what graders said about each paper's answer, in eight queries."""
    answers = worked_on(rows)
    said: dict[int, dict[str, Any]] = {
        answer.pk: {
            "submission": answer.submission_id,
            "answer": answer.pk,
            "score": answer.score,
            "graded": answer.graded,
            "marks": [],
            "annotations": [],
        }
        for answer in answers
    }
    within = {"answer__question__in": [row.pk for row in rows]}
    for mark in Mark.objects.filter(**within):
        said[mark.answer_id]["marks"].append([mark.item_id, mark.by_id])
    for adjustment in Adjustment.objects.filter(**within):
        said[adjustment.answer_id]["adjustment"] = [adjustment.points, adjustment.by_id]
    for comment in Comment.objects.filter(**within):
        said[comment.answer_id]["comment"] = [comment.text, comment.by_id]
    for note in Note.objects.filter(**within):
        said[note.answer_id]["note"] = [note.text, note.by_id]
    for flag in Flag.objects.filter(**within):
        said[flag.answer_id]["flagged"] = flag.by_id
    for grading in Grading.objects.filter(**within):
        said[grading.answer_id]["said_graded"] = grading.by_id
    for ink in Annotation.objects.filter(**within):
        said[ink.answer_id]["annotations"].append(
            [
                *(ink.kind, ink.page_id, ink.points, ink.text),
                *(ink.colour, ink.size, ink.by_id, ink.turn),
            ]
        )
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for answer in answers:
        found[answer.question_id].append(said[answer.pk])
    return found
