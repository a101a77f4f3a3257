"""Who judged an answer: who said something about its score, as the history tells it.

Three questions, three answers; docs/grading.md says which page asks which:
`judged_by`, who ever said anything of its score; `last_judges`, who did so last; `stands_by`,
whose words stand on it now.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from gradebook.models import Exam, User
from rubrics.models import Adjustment, Entry, Grading, Mark
from submissions.models import Answer

# What says something about an answer's score; who did any of it is no second pair of eyes.
JUDGED = (
    Entry.Verb.APPLIED,
    Entry.Verb.LIFTED,
    Entry.Verb.ADJUSTED,
    Entry.Verb.GRADED,
    Entry.Verb.UNGRADED,
)
# What of it makes an answer graded.
GAVE = (Entry.Verb.APPLIED, Entry.Verb.ADJUSTED, Entry.Verb.GRADED)
# Who edits a rubric says nothing of an answer, though its marks come and go by it.
BY_AN_EDIT = Q(before__has_key="because") | Q(after__has_key="because")


class Judge(NamedTuple):
    """Who judged an answer last, by key, and the number of the line that says so."""

    by: int
    line: int


def judgements() -> QuerySet[Entry]:
    """Return the lines by which a person judged an answer."""
    return Entry.objects.filter(verb__in=JUDGED, by__isnull=False, answer_id__isnull=False).exclude(
        BY_AN_EDIT
    )


def given_in(exam: Exam) -> QuerySet[Entry]:
    """Return the exam's lines by which a person made an answer graded."""
    return judgements().filter(exam=exam, verb__in=GAVE)


def judged_by(user: User, answer: str = "pk") -> Exists:
    """Whether the person ever judged an answer; `answer` leads to its key."""
    return Exists(judgements().filter(answer_id=OuterRef(answer), by=user))


def judged_since(answer: str, at: str) -> Exists:
    """Whether anybody judged an answer after a moment; the names lead to both."""
    return Exists(judgements().filter(answer_id=OuterRef(answer), at__gt=OuterRef(at)))


def last_judges(answers: QuerySet[Answer]) -> dict[int, Judge]:
    """Return who judged each of some answers last; those nobody did are left out."""
    rows = judgements().filter(answer_id__in=answers.order_by().values("pk")).order_by("pk")
    return {
        answer: Judge(by, line)
        for answer, by, line in rows.values_list("answer_id", "by_id", "pk")
        if answer and by
    }


def stands_by(user: int) -> Q:
    """Say of answers that an item, adjustment or “graded” of this person's stands on them."""
    said = [
        Exists(model._default_manager.filter(answer=OuterRef("pk"), by=user))
        for model in (Mark, Adjustment, Grading)
    ]
    return Q(said[0] | said[1] | said[2])
