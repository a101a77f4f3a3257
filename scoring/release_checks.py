"""What somebody may want to settle before students see their results."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse

from gradebook.counted import counted
from gradebook.models import Exam, Membership
from rubrics.models import Flag
from submissions import acceptance, look_again
from submissions.models import Answer, Page, Submission
from submissions.overview import spans

NAMED = 4


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the list. Without a count it is settled; `hard` ones are asked about."""

    text: str
    count: int = 0
    note: str = ""
    action: str = ""
    url: str = ""
    hard: bool = False


@dataclass(frozen=True, slots=True)
class Ready:
    """How many papers will be released, and the list."""

    matched: int
    papers: int
    checks: list[Check]

    @property
    def open(self) -> list[Check]:
        return [check for check in self.checks if check.count and check.hard]


def ready(exam: Exam) -> Ready:
    """Return what stands between the exam and its release: a constant number of queries."""
    papers = Submission.objects.filter(exam=exam).aggregate(
        all=Count("pk"), matched=Count("pk", filter=Q(match__isnull=False))
    )
    checks = [
        _grading(exam),
        _matching(exam, papers["all"] - papers["matched"]),
        _pages(exam),
        *_missing(exam),
        *_again(exam),
        *_flagged(exam),
        _absent(exam),
    ]
    return Ready(papers["matched"], papers["all"], checks)


def _grading(exam: Exam) -> Check:
    left = Answer.objects.filter(submission__exam=exam, graded=False).order_by("question__order")
    rows = list(
        left.values_list("question", "question__number", "question__label").annotate(Count("pk"))
    )
    count = sum(row[3] for row in rows)
    if not count:
        return Check("Every part of every paper is graded")
    named = [f"{number} {label}".strip() + f" ({n})" for _, number, label, n in rows[:NAMED]]
    more = f" and {counted(len(rows) - NAMED, 'more part')}" if len(rows) > NAMED else ""
    return Check(
        text=counted(count, "answer is not graded yet", "answers are not graded yet"),
        count=count,
        note=f"{', '.join(named)}{more}. Students will read “not graded yet”.",
        action="Grade",
        url=reverse("grade", args=[rows[0][0]]),
        hard=True,
    )


def _matching(exam: Exam, count: int) -> Check:
    if not count:
        return Check("Every paper has a student")
    return Check(
        text=counted(count, "paper has no student", "papers have no student"),
        count=count,
        note="Nobody will see it." if count == 1 else "Nobody will see them.",
        action="Match",
        url=reverse("match", args=[exam.pk]),
        hard=True,
    )


def _pages(exam: Exam) -> Check:
    pages = Page.objects.filter(upload__exam=exam)
    count = pages.filter(Page.unsettled() | Q(state=Page.State.WAITING)).count()
    if not count:
        return Check("Every page has its place")
    return Check(
        text=counted(count, "page needs a look", "pages need a look"),
        count=count,
        note="A paper may lack what is there.",
        action="Open",
        url=reverse("scans", args=[exam.pk]),
        hard=True,
    )


def _missing(exam: Exam) -> list[Check]:
    """Papers that lack pages, unless somebody took them as they are."""
    numbers = list(acceptance.open_papers(exam).values_list("number", flat=True))
    if not numbers:
        return []
    count = len(numbers)
    return [
        Check(
            text=counted(
                count,
                "paper lacks pages, and nobody has looked at it",
                "papers lack pages, and nobody has looked at them",
            ),
            count=count,
            note=f"{'Paper' if count == 1 else 'Papers'} {spans(numbers)}.",
            action="Open",
            url=reverse("repair", args=[exam.pk]),
            hard=True,
        )
    ]


def _again(exam: Exam) -> list[Check]:
    count = sum(look_again.counts(exam).values())
    if not count:
        return []
    return [
        Check(
            text=counted(
                count, "answer is to be looked at again", "answers are to be looked at again"
            ),
            count=count,
            note="Pages changed after they were graded.",
            action="Look",
            url=reverse("look_again", args=[exam.pk]),
            hard=True,
        )
    ]


def _flagged(exam: Exam) -> list[Check]:
    count = Flag.objects.filter(answer__question__exam=exam).count()
    if not count:
        return []
    return [
        Check(
            text=counted(count, "answer is flagged for review", "answers are flagged for review"),
            count=count,
            note="A grader wanted somebody to look. Take the flag down when it is settled.",
            action="Look",
            url=reverse("flagged", args=[exam.pk]),
            hard=True,
        )
    ]


def _absent(exam: Exam) -> Check:
    students = Membership.objects.students().filter(course=exam.course_id)
    absent = students.exclude(matches__exam=exam)
    count = absent.count()
    if not count:
        return Check("Every student has a paper")
    first = [str(one.user) for one in absent.select_related("user").by_name()[:NAMED]]
    more = f" and {count - NAMED} more" if count > NAMED else ""
    return Check(
        text=counted(count, "student has no paper", "students have no paper"),
        count=count,
        note=f"{', '.join(first)}{more}. They may not have come.",
        action="See people",
        url=reverse("people", args=[exam.course_id]),
    )
