"""What somebody may want to settle before students see their results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse

from gradebook.counted import counted
from gradebook.models import Exam, Membership, Section
from gradebook.models.course import MembershipQuerySet
from rubrics import seconds
from rubrics.models import Flag
from scoring.audience import papers_for
from scoring.models import Release
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
    """How many papers have a student, of how many, and the list."""

    matched: int
    papers: int
    checks: list[Check]

    @property
    def open(self) -> list[Check]:
        return [check for check in self.checks if check.count and check.hard]

    @property
    def key(self) -> str:
        """A word that changes with anything the list asks about."""
        said = "\n".join(f"{check.text}|{check.note}" for check in self.open)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whom the list is for: everyone, or the students of some papers and sections."""

    exam: Exam
    to: str = Release.To.ALL
    sections: Sequence[Section] = ()

    def papers(self, lookup: str = "pk") -> Q:
        """Say of rows that what `lookup` leads to is one of the papers."""
        if self.to == Release.To.ALL:
            return Q()
        return Q(**{f"{lookup}__in": papers_for(self.exam, self.to, self.sections)})

    def absent(self) -> MembershipQuerySet:
        """Return the students without a paper."""
        students = Membership.objects.students().filter(course=self.exam.course_id)
        absent = students.exclude(matches__exam=self.exam)
        if self.to != Release.To.SECTIONS:
            return absent
        return absent.filter(sections__in=list(self.sections)).distinct()


def ready(exam: Exam, to: str = Release.To.ALL, sections: Sequence[Section] = ()) -> Ready:
    """Return what stands between the exam and its release to these: as many queries for any."""
    whose = Whose(exam, to, sections)
    papers = Submission.objects.filter(exam=exam).aggregate(
        all=Count("pk"), matched=Count("pk", filter=Q(match__isnull=False))
    )
    if not papers["all"]:
        return Ready(0, 0, _without_papers(whose))
    absent = _absent(whose)
    unmatched = papers["all"] - papers["matched"]
    checks = [
        _grading(whose),
        # Where everybody has a paper, one without a student is of somebody else.
        *([] if to == Release.To.SECTIONS and not absent.count else [_matching(exam, unmatched)]),
        _pages(whose),
        *_missing(whose),
        *_again(whose),
        *_flagged(whose),
        *_second_looks(whose),
        absent,
    ]
    return Ready(papers["matched"], papers["all"], checks)


def _without_papers(whose: Whose) -> list[Check]:
    """Nothing can be said of no paper; pages that wait may be why there is none."""
    missing = Check(
        text="There are no papers yet",
        count=1,
        note="Upload the scans first.",
        action="Upload scans",
        url=reverse("scans", args=[whose.exam.pk]),
        hard=True,
    )
    return [missing, *(check for check in [_pages(whose)] if check.count)]


def _grading(whose: Whose) -> Check:
    exam = whose.exam
    left = Answer.objects.filter(whose.papers("submission"), submission__exam=exam, graded=False)
    left = left.order_by("question__order")
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


def _pages(whose: Whose) -> Check:
    # One that lies in no paper may be of any.
    exam, theirs = whose.exam, whose.papers("submission")
    pages = Page.objects.filter(theirs | Q(submission=None) if theirs else Q(), upload__exam=exam)
    count = pages.filter(Page.unsettled() | Q(state=Page.State.WAITING)).count()
    if not count:
        return Check("Every page has its place")
    return Check(
        text=counted(count, "page needs a look", "pages need a look"),
        count=count,
        note="A paper may lack what is there.",
        action="Open",
        url=reverse("repair", args=[exam.pk]),
        hard=True,
    )


def _missing(whose: Whose) -> list[Check]:
    """Papers that lack pages, unless somebody took them as they are."""
    exam = whose.exam
    lacking = acceptance.open_papers(exam).filter(whose.papers())
    numbers = list(lacking.values_list("number", flat=True))
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


def _again(whose: Whose) -> list[Check]:
    exam = whose.exam
    count = sum(look_again.counts(exam, whose.papers("answer__submission")).values())
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


def _flagged(whose: Whose) -> list[Check]:
    exam = whose.exam
    flags = Flag.objects.filter(answer__question__exam=exam)
    count = flags.filter(whose.papers("answer__submission")).count()
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


def _second_looks(whose: Whose) -> Iterator[Check]:
    """Looks that came to another score ask for a word; those nobody gave yet move none."""
    found = seconds.unsettled(whose.exam, whose.papers("answer__submission"))
    url = reverse("agreement", args=[whose.exam.pk])
    if found.differing:
        yield Check(
            text=counted(
                found.differing,
                "second look differs and is not settled",
                "second looks differ and are not settled",
            ),
            count=found.differing,
            note="Two graders came to different scores. The first one counts until it is settled.",
            action="Settle",
            url=url,
            hard=True,
        )
    if found.open:
        yield Check(
            text=counted(
                found.open, "second look is not given yet", "second looks are not given yet"
            ),
            count=found.open,
            note="They move no score. Withdraw them if nobody will give them.",
            action="See",
            url=url,
        )


def _absent(whose: Whose) -> Check:
    exam, absent = whose.exam, whose.absent()
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
