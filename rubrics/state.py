"""What the grading workspace shows, read in a constant number of queries.

Points leave as text with a plain minus ("-0.5"), so that no browser does arithmetic on them.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q

from gradebook.models import Exam, Question, User
from rubrics import assignments, walk
from rubrics.access import may_edit_rubrics
from rubrics.claims import holder
from rubrics.filters import ALL, Filter
from rubrics.ink import on_page
from rubrics.models import Annotation, Comment, Entry, Item, Mark
from rubrics.rules import rules_of
from rubrics.taking_back import last_edit
from rubrics.words import html
from submissions import look_again
from submissions.models import Answer, Match
from submissions.pictures import laid_over, pictures

MOST_COMMENTS = 200


def decimal(points: int | None) -> str | None:
    """Return hundredths as a decimal text for machines: -50 -> "-0.5"."""
    if points is None:
        return None
    whole, rest = divmod(abs(points), 100)
    digits = f"{rest:02d}".rstrip("0")
    return f"{'-' if points < 0 else ''}{whole}{'.' if digits else ''}{digits}"


def said(answer: Answer) -> dict[str, Any]:
    """Return what stands on an answer after a click: a few small queries."""
    together = ("adjustment", "comment", "grading", "note", "flag__by")
    row = Answer.objects.select_related(*together).get(pk=answer.pk)
    adjustment, comment = getattr(row, "adjustment", None), getattr(row, "comment", None)
    note, flag = getattr(row, "note", None), getattr(row, "flag", None)
    return {
        "id": answer.pk,
        "score": decimal(row.score),
        "graded": row.graded,
        "marks": list(answer.marks.order_by("item_id").values_list("item_id", flat=True)),
        "said_graded": hasattr(row, "grading"),
        "adjustment": None
        if adjustment is None
        else {"points": decimal(adjustment.points), "version": adjustment.version},
        "comment": None
        if comment is None
        else {"text": comment.text, "html": html(comment.text), "version": comment.version},
        # For graders alone.
        "note": None if note is None else {"text": note.text, "version": note.version},
        "flag": None if flag is None else {"by": flag.by.initials if flag.by else ""},
        # Its pages changed after it was graded.
        "look_again": look_again.why(answer),
        "version": latest_word(answer),
    }


def latest_word(answer: Answer) -> int:
    """Return a number that grows with whatever is said of the answer, 0 before."""
    entries = Entry.objects.filter(answer_id=answer.pk).order_by("-pk")
    return entries.values_list("pk", flat=True).first() or 0


def _counts(question: Question) -> dict[int, int]:
    marks = Mark.objects.filter(item__question=question)
    return dict(marks.values_list("item").annotate(count=Count("pk")))


def pulse(answer: Answer, user: User) -> dict[str, Any]:
    """Return what may have moved by others' hands, small enough to ask every few seconds."""
    return {
        "rubric": last_edit(answer.question),
        "answer": latest_word(answer),
        "held_by": other.initials if (other := holder(answer, user)) else None,
        "counts": _counts(answer.question),
        "progress": progress(answer.question),
    }


def rubric(question: Question) -> dict[str, Any]:
    """Return a question's groups and items in order, each item with how many answers have it.

    `version` grows with every edit.
    """
    version = last_edit(question)
    counts = _counts(question)
    items = question.items.offered()
    return {
        "version": version,
        "groups": list(question.groups.values("id", "text", "exclusive", "position")),
        "items": [item_facts(item, counts.get(item.pk, 0)) for item in items],
    }


def item_facts(item: Item, count: int | None = None) -> dict[str, Any]:
    return {
        "id": item.pk,
        "question": item.question_id,
        "group": item.group_id,
        "text": item.text,
        "html": html(item.text),
        "points": decimal(item.points),
        "position": item.position,
        "note": item.note,
        "count": item.marks.count() if count is None else count,
    }


def comments(question: Question) -> list[dict[str, Any]]:
    """Return comments on answers to the question, most used first; not whose nor on which."""
    rows = Comment.objects.filter(answer__question=question).values("text")
    used = rows.annotate(count=Count("pk"), last=Max("at")).order_by("-count", "-last", "text")
    return [
        {"text": row["text"], "html": html(row["text"]), "count": row["count"]}
        for row in used[:MOST_COMMENTS]
    ]


def annotation_facts(annotation: Annotation) -> dict[str, Any]:
    """Return ink as it lies on its page now; `turn` says which way up that is."""
    points, size = on_page(annotation, annotation.page)
    # A pinned item says what it says now.
    text = annotation.item.text if annotation.item else annotation.text
    pinned = annotation.kind == Annotation.Kind.ITEM
    return {
        "key": str(annotation.key),
        "answer": annotation.answer_id,
        "page": annotation.page_id,
        "kind": annotation.kind,
        "points": points,
        "text": text,
        "html": html(text) if pinned else None,
        "item": annotation.item_id,
        "colour": annotation.colour,
        "size": size,
        "turn": annotation.page.turn,
    }


def workspace(answer: Answer, user: User, *, names: bool, only: Filter = ALL) -> dict[str, Any]:
    """Return everything one answer's page needs; its neighbours are those that pass a filter."""
    question, paper = answer.question, answer.submission
    shown = pictures(paper, names=names)
    rule = question.rule()
    return {
        **said(answer),
        "question": {
            "id": question.pk,
            "name": question.name,
            "title": question.title,
            "points": decimal(rule.points),
            "scoring": rule.scoring,
            "floor": rule.floor,
            "ceiling": rule.ceiling,
            # What it says for itself; "" and null: as its exam.
            "own": rules_of(question),
        },
        "edits": may_edit_rubrics(user, question.exam),
        "paper": {
            "id": paper.pk,
            "number": paper.number,
            "code_name": paper.code_name,
            "student": _student(answer) if names else None,
        },
        "rubric": rubric(question),
        "annotations": [
            annotation_facts(ink)
            for ink in Annotation.objects.filter(page__submission=paper, answer__submission=paper)
            .select_related("page", "item")
            .order_by("at", "pk")
        ],
        "pages": [picture._asdict() for picture in shown],
        "regions": [
            {"page": picture.page, "box": laid_over(picture.affine, region.rect)}
            for region in question.regions.all()
            for picture in shown
            if picture.number == region.page
        ],
        "ink": answer.ink,
        "held_by": other.initials if (other := holder(answer, user)) else None,
        "progress": progress(question),
        "filter": _filter(question, only),
        **neighbours(answer, only),
    }


def _student(answer: Answer) -> str | None:
    match = (
        Match.objects.select_related("membership__user")
        .filter(submission=answer.submission_id)
        .first()
    )
    return str(match.membership.user) if match else None


def progress(question: Question) -> dict[str, int]:
    return question.answers.aggregate(total=Count("pk"), graded=Count("pk", filter=Q(graded=True)))


def _filter(question: Question, only: Filter) -> dict[str, Any] | None:
    if not only:
        return None
    count = only.of(question.answers.all()).count()
    return {"query": only.query, "words": only.words(question), "count": count}


def neighbours(answer: Answer, only: Filter = ALL) -> dict[str, int | None]:
    """Return the answers beside this one: other papers, other questions of this paper."""
    exam, papers = answer.question.exam, only.of(answer.question.answers.all())
    same = Answer.objects.filter(submission=answer.submission_id).order_by("question__order")
    order = answer.question.order
    return {
        "previous": _first(walk.before(papers, answer, exam)),
        "next": _first(walk.after(papers, answer, exam)),
        "previous_question": _first(same.filter(question__order__lt=order).reverse()),
        "next_question": _first(same.filter(question__order__gt=order)),
    }


def _first(answers: Any) -> int | None:
    pk: int | None = answers.values_list("pk", flat=True).first()
    return pk


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

    `yours`: the person is asked to grade it.
    """
    yours = assignments.of(exam, user)
    counted = (
        Answer.objects.filter(question__exam=exam)
        .values_list("question")
        .annotate(total=Count("pk"), graded=Count("pk", filter=Q(graded=True)))
    )
    progress = {pk: {"total": total, "graded": graded} for pk, total, graded in counted}
    again = look_again.counts(exam)
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
        }
        for question in exam.questions.all()
    ]
