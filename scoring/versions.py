"""One word for all that an exam's results are made of: while it stays, so do they."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, QuerySet, Sum

from gradebook.models import Exam
from rubrics.models import Entry, Group, Item
from scoring.audience import seen_copies
from scoring.collect_rows import pages_of
from scoring.solutions import shown_by_question
from submissions.models import Answer

WHO = (
    "membership__sid",
    *(f"membership__user__{name}" for name in ("email", "last_name", "first_name")),
)
SCORED = ("scoring", "bonus_on_top", "rubric_shown")
PAGE = (
    *("pk", "submission", "position", "state", "template_page"),
    *("sha256", "sheet_turn", "turn", "affine"),
)


def version_of(exam: Exam) -> str:
    """Return the version of the exam's results, and of what students see of them.

    A dozen queries, however many papers; rows of the outline and of pages are read, nothing is
    made of them. What graders say is known by the history, which only ever grows.
    """
    told = hashlib.sha256()
    for fact in _facts(exam):
        for piece in _rows(fact) if isinstance(fact, QuerySet) else [repr(fact)]:
            told.update(piece.encode())
    return told.hexdigest()


def version_with_people(exam: Exam) -> str:
    """Return the same with who each paper is of, and how they are called: what copies say."""
    people = exam.matches.order_by("submission").values_list("submission", *WHO)
    return hashlib.sha256(f"{version_of(exam)}{list(people)!r}".encode()).hexdigest()


def _facts(exam: Exam) -> Iterator[Any]:
    yield [str(getattr(exam, name)) for name in SCORED]
    yield exam.questions.values_list()
    yield Item.objects.filter(question__exam=exam).order_by("pk").values_list()
    yield Group.objects.filter(question__exam=exam).order_by("pk").values_list()
    yield exam.regions.order_by("pk").values_list()
    yield sorted(shown_by_question(exam).items())
    papers = list(exam.submissions.order_by("pk").values_list("pk", flat=True))
    yield pages_of(papers).values_list(*PAGE)
    # Of two writers side by side the later number may come first, so the count tells as well.
    yield Entry.objects.filter(exam=exam).aggregate(Count("pk"), Max("pk"))
    answers = Answer.objects.filter(submission__exam=exam, graded=True)
    yield answers.aggregate(Count("pk"), Sum("score"))
    seen = seen_copies().filter(release__exam=exam)
    yield seen.order_by("pk").values_list("pk", "student", "digest")


def _rows(found: QuerySet[Any]) -> Iterator[str]:
    """Yield the rows as a list is written, and hold few at a time: an exam has 100,000 pages."""
    before = "["
    for row in found.iterator():
        yield f"{before}{row!r}"
        before = ", "
    yield "[]" if before == "[" else "]"
