"""What the grading workspace shows, read in a constant number of queries.

Points leave as text with a plain minus ("-0.5"), so that no browser does arithmetic on them.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery

from gradebook.models import Question, User
from rubrics import walk
from rubrics.access import may_edit_rubrics
from rubrics.claims import others_on
from rubrics.filters import ALL, Filter
from rubrics.ink import on_page
from rubrics.models import Annotation, Comment, Entry, Item, Mark
from rubrics.rules import rules_of
from rubrics.taking_back import last_edit
from rubrics.words import html
from submissions import look_again
from submissions.models import Answer, Match
from submissions.pictures import laid_over, pictures, thumbnails_url

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
    row = (
        Answer.objects.select_related(*together)
        .annotate(word=Subquery(_words("pk").values("pk")[:1]), again=look_again.waits("pk"))
        .get(pk=answer.pk)
    )
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
        "look_again": look_again.why(answer) if row.again else None,
        "version": row.word or 0,
    }


def latest_word(answer: Answer) -> int:
    """Return a number that grows with whatever is said of the answer, 0 before."""
    return _words(answer.pk).values_list("pk", flat=True).first() or 0


def _words(answer: int | str) -> QuerySet[Entry]:
    """Return what was said of an answer, latest first; its key, or the name that leads to it."""
    which = OuterRef(answer) if isinstance(answer, str) else answer
    return Entry.objects.filter(answer_id=which).order_by("-pk")


def counts(question: Question) -> dict[int, int]:
    """Return how many answers have each item of the question."""
    marks = Mark.objects.filter(item__question=question)
    return dict(marks.values_list("item").annotate(count=Count("pk")))


def rubric(question: Question) -> dict[str, Any]:
    """Return a question's groups and items in order, each item with how many answers have it.

    `version` grows with every edit.
    """
    version = last_edit(question)
    had = counts(question)
    items = question.items.offered()
    return {
        "version": version,
        "groups": list(question.groups.values("id", "text", "exclusive", "position")),
        "items": [item_facts(item, had.get(item.pk, 0)) for item in items],
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
    return {
        **said(answer),
        **ground(question, user, names=names),
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
        **on_paper(answer, names=names),
        "ink": answer.ink,
        **here(answer, user),
        "progress": progress(question),
        "filter": _filter(question, only),
        **neighbours(answer, only),
    }


def on_paper(answer: Answer, *, names: bool) -> dict[str, Any]:
    """Return the paper's pages, and where on them the answer is."""
    shown = pictures(answer.submission, names=names)
    return {
        "pages": [picture._asdict() for picture in shown],
        "thumbnails": thumbnails_url(answer.submission, shown),
        "regions": [
            {"page": picture.page, "box": laid_over(picture.affine, region.rect)}
            for region in answer.question.regions.all()
            for picture in shown
            if picture.number == region.page
        ],
    }


def bare(answer: Answer, *, names: bool) -> dict[str, Any]:
    """Return what shows an answer on its page, and nothing of what anybody said of it."""
    return {
        "id": answer.pk,
        "question": {"id": answer.question_id, "name": answer.question.name},
        "paper": {"code_name": answer.submission.code_name},
        "annotations": [],
        **on_paper(answer, names=names),
    }


def ground(question: Question, user: User, *, names: bool) -> dict[str, Any]:
    """Return what holds for all of a question's papers, by its own word or its exam's."""
    rule = question.rule()
    return {
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
        "names": names,
    }


def here(answer: Answer, user: User) -> dict[str, Any]:
    """Return who else has an answer of the question open now, and who this very one."""
    claims = others_on(answer.question, user)
    held = next((claim.by for claim in claims if claim.answer_id == answer.pk), None)
    people = {claim.by.pk: claim.by for claim in claims if claim.by}
    return {
        "held_by": held.initials if held else None,
        "colleagues": [
            {"id": person.pk, "initials": person.initials, "name": str(person)}
            for person in people.values()
        ],
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
    paper = list(same.values_list("question__order", "pk"))
    order = answer.question.order
    return {
        "previous": _first(walk.before(papers, answer, exam)),
        "next": _first(walk.after(papers, answer, exam)),
        "previous_question": next((pk for at, pk in reversed(paper) if at < order), None),
        "next_question": next((pk for at, pk in paper if at > order), None),
    }


def _first(answers: Any) -> int | None:
    pk: int | None = answers.values_list("pk", flat=True).first()
    return pk
