"""Changing what holds for a whole exam, and what such a change does to scores given already."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet, Sum

from gradebook.locks import hold_questions
from gradebook.models import Exam, User
from rubrics.models import Entry
from rubrics.scores import rescore_questions
from submissions.models import Answer

FIELDS = (
    *("name", "minutes", "scoring", "floor", "ceiling"),
    *("bonus_on_top", "anonymous", "random_order", "rubric_shown", "distribution_shown"),
    "rubric_editors",
)
SCORING = ("scoring", "floor", "ceiling")


class Effect(NamedTuple):
    """What a change does to graded answers: how many score otherwise, and the mean total.

    `before` and `after` are mean totals of papers with graded answers, in hundredths; None
    where nothing is graded.
    """

    answers: int
    before: float | None
    after: float | None

    @property
    def key(self) -> str:
        """Return a word for this effect, by which a person agrees to it and no other."""
        return f"{self.answers}:{self.before}:{self.after}"

    @property
    def means(self) -> tuple[int, int] | None:
        """Return the mean totals in whole hundredths, if there are any."""
        if self.before is None or self.after is None:
            return None
        return round(self.before), round(self.after)


def facts(exam: Exam) -> dict[str, Any]:
    """Return the exam's settings as the history keeps them."""
    return {name: getattr(exam, name) for name in FIELDS}


def change_settings(exam: Exam, values: dict[str, Any], *, by: User | None) -> int:
    """Set the given fields of the exam and rescore what follows from them, at once.

    Returns how many answers score otherwise. Nothing changed writes nothing.
    """
    with transaction.atomic():
        Exam.objects.select_for_update(no_key=True).get(pk=exam.pk)
        leaves = list(exam.questions.leaves().order_by("pk").values_list("pk", flat=True))
        # Clicks join the exam's row for its defaults, so its questions' rows keep them off.
        hold_questions(leaves)
        stands = facts(Exam.objects.get(pk=exam.pk))
        changed = {name: value for name, value in values.items() if stands[name] != value}
        for name, value in values.items():
            setattr(exam, name, value)
        if not changed:
            return 0
        exam.save(update_fields=list(changed))
        before = {name: stands[name] for name in changed}
        Entry.objects.create(
            exam=exam, verb=Entry.Verb.CHANGED_EXAM, by=by, before=before, after=changed
        )
        return rescore_questions(leaves) if changed.keys() & set(SCORING) else 0


def effect_of_settings(exam: Exam, values: dict[str, Any]) -> Effect:
    """Try the change, measure, and take it back."""
    if all(getattr(exam, name) == values.get(name, getattr(exam, name)) for name in SCORING):
        return Effect(0, None, None)
    answers = Answer.objects.filter(question__exam=exam, graded=True)
    scoring = {name: values[name] for name in SCORING if name in values}
    with transaction.atomic():
        scores = dict(answers.values_list("pk", "score"))
        before = _mean_total(answers)
        change_settings(Exam.objects.get(pk=exam.pk), scoring, by=None)
        later = answers.values_list("pk", "score")
        touched = sum(1 for pk, score in later if scores.get(pk) != score)
        after = _mean_total(answers)
        transaction.set_rollback(True)
    return Effect(touched, before, after)


def _mean_total(answers: QuerySet[Answer]) -> float | None:
    row = answers.aggregate(sum=Sum("score"), papers=Count("submission", distinct=True))
    return row["sum"] / row["papers"] if row["papers"] else None
