"""What a student's copy says about regrades: when to ask, and of each part what was asked."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import reverse
from django.utils import timezone

from gradebook.models import Question
from gradebook.points import points_text
from scoring.grafting import leaves
from scoring.models import Copy, Regrade
from scoring.regrade_windows import Asking, asking, terms_of, window_of, words
from scoring.results import Result
from scoring.showing import RegradeShown


class Regrades(NamedTuple):
    """`words` say when one may ask, "" for never; `parts` go by their numbers."""

    words: str
    parts: dict[str, RegradeShown]


def regrades_of(copy: Copy, result: Result) -> Regrades:
    """Return what there is to say, in four queries.

    Of a part that was removed from the exam since, only what was asked before.
    """
    exam, now = copy.submission.exam, timezone.now()
    window, rows = window_of(exam), _asked(copy)
    if window is None and not rows:
        return Regrades("", {})
    may_ask = asking(window, now) is Asking.NOW
    closed = {question for question, said in terms_of(exam).items() if said.closed}
    asked = {row.answer.question_id: row for row in rows if row.answer}
    lost = {row.number: row for row in rows if row.answer is None}
    parts = {}
    for number, question in questions_of(copy, result).items():
        if question is None and number not in lost:
            continue
        parts[number] = _shown(
            reverse("copy_regrade", args=[copy.pk, number]),
            asked.get(question) if question else lost[number],
            may_ask=may_ask,
            closed=question in closed,
        )
    return Regrades(words(exam, window, now), parts)


def _asked(copy: Copy) -> list[Regrade]:
    rows = Regrade.objects.filter(
        submission=copy.submission_id, student=copy.student_id, withdrawn_at=None
    )
    return list(rows.select_related("answer", "reply"))


def questions_of(copy: Copy, result: Result) -> dict[str, int | None]:
    """Return which questions the numbers of a copy stand for, in its order; None for one gone."""
    assert copy.release is not None
    leaf = Question.objects.leaves().filter(exam=copy.submission.exam_id)
    there = dict(leaf.values_list("pk", "number"))
    known = copy.release.parts or {number: pk for pk, number in there.items()}
    numbers = [part.number for part in leaves(result.questions)]
    return {n: known[n] if known.get(n) in there else None for n in numbers}


def _shown(url: str, regrade: Regrade | None, *, may_ask: bool, closed: bool) -> RegradeShown:
    if regrade is None:
        return RegradeShown(url, may_ask=may_ask and not closed, closed=closed)
    reply = getattr(regrade, "reply", None)
    return RegradeShown(
        url,
        may_ask=False,
        reason=regrade.reason,
        asked_at=regrade.at,
        reply=reply.text if reply else "",
        answered_at=reply.at if reply else None,
        gone=regrade.answer_id is None,
        became=f"{points_text(reply.before)} became {points_text(reply.after)}"
        if reply and reply.moved
        else "",
    )
