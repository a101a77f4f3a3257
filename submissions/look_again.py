"""Graded answers whose pages changed: marked when it happens, until a grader has looked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gradebook.models import Exam, Region, User
from submissions.models import Answer, LookAgain, Page, Repair

LONGEST = 200
Rows = Mapping[str, Mapping[str, Any] | None]


class Spot(NamedTuple):
    """Where a page lies for graders: a paper, and a template page or None for an extra sheet."""

    paper: int
    number: int | None


def follow(repair: Repair, before: Rows, after: Rows) -> None:
    """Mark the graded answers that the way from `before` to `after` shows otherwise.

    Call it in the transaction of the change. What this repair marked already, and nobody has
    looked at since, was marked by the way there: the way back unmarks it.
    """
    why = reasons(before, after)
    hit = _graded(repair.exam, why)
    mine = LookAgain.objects.filter(repair=repair, looked_at=None, answer__in=list(hit))
    waiting = set(mine.values_list("answer_id", flat=True))
    mine.delete()
    LookAgain.objects.bulk_create(
        LookAgain(answer_id=answer, repair=repair, reason=" ".join(said)[:LONGEST])
        for answer, said in sorted(hit.items())
        if answer not in waiting
    )


def reasons(before: Rows, after: Rows) -> dict[Spot, str]:
    """Say in words what changed at which spots. Rows of pages by key, as repairs keep them."""
    left: set[Spot] = set()
    came: set[Spot] = set()
    turned: set[Spot] = set()
    for key in {*before, *after}:
        old, new = before.get(key), after.get(key)
        was, is_ = _spot(old), _spot(new)
        if was != is_:
            left |= {was} if was else set()
            came |= {is_} if is_ else set()
        elif is_ and old and new and old["turn"] != new["turn"]:
            turned.add(is_)
    return {
        **{spot: f"{_page(spot)} was turned." for spot in turned},
        **{spot: f"{_page(spot)} was taken out of this paper." for spot in left - came},
        **{spot: f"{_page(spot)} was put into this paper." for spot in came - left},
        **{
            spot: f"{_page(spot)} was replaced. Ink on the old one stays on that."
            for spot in left & came
        },
    }


def _spot(row: Mapping[str, Any] | None) -> Spot | None:
    if row is None or not row["submission_id"]:
        return None
    if row["state"] == Page.State.PLACED:
        return Spot(row["submission_id"], row["template_page"])
    return Spot(row["submission_id"], None) if row["state"] == Page.State.EXTRA else None


def _page(spot: Spot) -> str:
    return f"Page {spot.number}" if spot.number else "An extra sheet"


def _graded(exam: Exam, why: Mapping[Spot, str]) -> dict[int, list[str]]:
    """The graded answers at these spots, each with the reasons; an extra sheet may be for all."""
    if not why:
        return {}
    at: dict[int, set[int]] = defaultdict(set)
    regions = Region.objects.filter(exam=exam, kind=Region.Kind.QUESTION)
    for question, number in regions.values_list("question_id", "page"):
        at[question or 0].add(number)
    papers = {spot.paper for spot in why}
    answers = Answer.objects.filter(submission__in=papers, graded=True)
    found: dict[int, list[str]] = {}
    for pk, paper, question in answers.values_list("pk", "submission_id", "question_id"):
        spots = [Spot(paper, number) for number in (None, *sorted(at[question]))]
        if said := [why[spot] for spot in spots if spot in why]:
            found[pk] = said
    return found


# Looked at


def looked(answer: Answer, *, by: User | None) -> bool:
    """Say that somebody has looked at the answer as it is now; return whether that was wanted."""
    return bool(_waiting(answer).update(looked_at=timezone.now(), looked_by=by))


def why(answer: Answer) -> dict[str, Any] | None:
    """Return since when and why an answer should be looked at again, None if it need not.

    "since" is in words, by the course's clocks.
    """
    rows = list(_waiting(answer).order_by("pk"))
    if not rows:
        return None
    return {
        "since": answer.question.exam.course.moment(rows[0].at),
        "reasons": list(dict.fromkeys(row.reason for row in rows)),
    }


def waits(answer: str) -> Exists:
    """Whether an answer waits for another look; `answer` leads to its key."""
    return Exists(LookAgain.objects.filter(answer=OuterRef(answer), looked_at=None))


def _waiting(answer: Answer) -> QuerySet[LookAgain]:
    return LookAgain.objects.filter(answer=answer, looked_at=None)


def answers(exam: Exam) -> QuerySet[Answer]:
    """Return an exam's answers that wait for another look, question by question."""
    waiting = LookAgain.objects.filter(looked_at=None, answer__question__exam=exam)
    return Answer.objects.filter(pk__in=waiting.values("answer")).order_by(
        "question__order", "submission__number"
    )


def counts(exam: Exam, which: Q | None = None) -> dict[int, int]:
    """Return how many answers of each question wait for another look, by the question's key.

    `which` says of looks which ones count.
    """
    waiting = LookAgain.objects.filter(which or Q(), looked_at=None, answer__question__exam=exam)
    rows: Iterable[tuple[int, int]] = (
        waiting.order_by()
        .values_list("answer__question")
        .annotate(count=Count("answer", distinct=True))
    )
    return dict(rows)
