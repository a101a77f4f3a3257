"""The exam's outline as the list beside the page shows it: what is graded, whose, how fast."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q

from gradebook.models import Exam, User
from rubrics import assignments
from rubrics.pace import pace, said_lately
from rubrics.state import decimal
from submissions import look_again
from submissions.models import Answer


def yours_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the parts somebody is asked to grade under a heading of their own, on top of the rest.

    Headings that nothing is left under go.
    """
    yours = [row for row in rows if row["yours"]]
    if not yours:
        return rows
    rest = [row for row in rows if not row["yours"]]
    parents = {row["id"]: row["parent"] for row in rows}
    used: set[int | None] = set()
    for row in rest:
        above = row["parent"] if row["leaf"] else None
        while above is not None:
            used.add(above)
            above = parents[above]
    kept = [row for row in rest if row["leaf"] or row["id"] in used]
    return [{"leaf": False, "name": "Yours", "title": ""}, *yours, *kept]


def questions(exam: Exam, user: User) -> list[dict[str, Any]]:
    """Return the exam's outline with each leaf's progress, as the workspace's list shows it.

    `yours`: the person is asked to grade it. `seconds`: the median for an answer of it, None
    while too few tell.
    """
    yours = assignments.of(exam, user)
    counted = (
        Answer.objects.filter(question__exam=exam)
        .values_list("question")
        .annotate(total=Count("pk"), graded=Count("pk", filter=Q(graded=True)))
    )
    progress = {pk: {"total": total, "graded": graded} for pk, total, graded in counted}
    again = look_again.counts(exam)
    known = pace(said_lately(exam))
    return [
        {
            "id": question.pk,
            "name": question.name,
            "title": question.title,
            "parent": question.parent_id,
            "leaf": question.is_leaf,
            "points": decimal(question.points),
            **progress.get(question.pk, {"total": 0, "graded": 0}),
            "again": again.get(question.pk, 0),
            "yours": question.pk in yours,
            "seconds": known.seconds(question.pk) if question.is_leaf else None,
        }
        for question in exam.questions.all()
    ]
