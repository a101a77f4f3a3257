"""What students see held against the numbers as they stand now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import QuerySet, Sum

from gradebook.models import Exam, Membership
from rubrics.models import Entry
from scoring import regrades
from scoring.audience import seen_copies
from scoring.changes import Change, Tally, change
from scoring.collect import collect
from scoring.models import Copy, Release
from scoring.results import from_json
from scoring.versions import version_of
from submissions.models import Answer, Submission

BATCH = 100
KEPT = 3600  # seconds


class Found(NamedTuple):
    """The keys of a paper and its student, and what another release would change for them."""

    paper: int
    student: int
    change: Change


@dataclass(frozen=True, slots=True)
class Difference:
    """A paper whose student would see something else after another release."""

    paper: Submission
    student: Membership
    change: Change


def moved(exam: Exam) -> Tally:
    """Count the students whose total differs from the one they see, by two queries."""
    shown = seen_copies().filter(release__exam=exam)
    frozen = dict(shown.values_list("submission_id", "result__score"))
    answers = Answer.objects.filter(submission__in=list(frozen), graded=True)
    now = dict(answers.values_list("submission_id").annotate(Sum("score")).order_by())
    steps = [now.get(paper, 0) - score for paper, score in frozen.items()]
    up, down = sum(step > 0 for step in steps), sum(step < 0 for step in steps)
    return Tally(up + down, up, down)


def touched(exam: Exam) -> bool:
    """Whether anything was said in the exam since the latest release that stands."""
    stands = Release.objects.standing().filter(exam=exam).first()
    if stands is None:
        return False
    own = (Entry.Verb.RELEASED, Entry.Verb.TOOK_BACK, *regrades.VERBS)
    later = Entry.objects.filter(exam=exam, at__gt=stands.at).exclude(verb__in=own)
    return later.exists()


def differences(exam: Exam) -> Sequence[Found]:
    """Return what another release to everyone would change, by the students' names.

    Builds every result anew, some milliseconds each; kept until anything they are made of changes.
    """
    # Read first: what changes while results are built makes this version an old one.
    version, key = version_of(exam), f"changes:{exam.pk}"
    kept: tuple[str, list[Found]] | None = cache.get(key)
    if kept and kept[0] == version:
        return kept[1]
    copies = seen_copies().filter(release__exam=exam)
    pairs = [one for batch in _batches(copies.order_by("pk")) for one in _differing(exam, batch)]
    pairs.sort(key=lambda pair: pair[0])
    found = [one for _, one in pairs]
    cache.set(key, (version, found), KEPT)
    return found


def named(found: Sequence[Found]) -> list[Difference]:
    """Return differences with their papers and students, in two queries; without who is gone."""
    papers = Submission.objects.in_bulk([one.paper for one in found])
    students = Membership.objects.select_related("user").in_bulk([one.student for one in found])
    return [
        Difference(papers[one.paper], students[one.student], one.change)
        for one in found
        if one.paper in papers and one.student in students
    ]


def difference(paper: Submission) -> tuple[Copy, Change | None] | None:
    """Return the copy a paper's student sees, and what differs from it; None if they see none."""
    copy = seen_copies().filter(submission=paper).select_related("release").first()
    if copy is None:
        return None
    (now,) = collect(paper.exam, [paper])
    return copy, change(from_json(copy.result), now)


def _batches(copies: QuerySet[Copy]) -> Iterator[Sequence[Copy]]:
    pks = list(copies.values_list("pk", flat=True))
    for start in range(0, len(pks), BATCH):
        rows = Copy.objects.filter(pk__in=pks[start : start + BATCH])
        yield list(rows.select_related("submission", "student__user"))


def _differing(exam: Exam, copies: Sequence[Copy]) -> Iterator[tuple[str, Found]]:
    """Yield what differs, each with what it is listed under."""
    results = collect(exam, [copy.submission for copy in copies])
    for copy, now in zip(copies, results, strict=True):
        assert copy.student is not None
        if different := change(from_json(copy.result), now):
            listed = copy.student.user.listed.casefold()
            yield listed, Found(copy.submission_id, copy.student.pk, different)
