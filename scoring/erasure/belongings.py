"""What is here of a student of a course: papers, pages, files that hold these, their name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from gradebook.models import Membership
from scoring.erasure.files import hashes_in
from scoring.models import Copy
from submissions.models import Crop, Page, Photograph, PrintRun, Reading, Repair, Submission, Upload

SHORTEST_SID = 4  # a shorter number stands in too many texts that are not about them


@dataclass(frozen=True, slots=True)
class Belongings:
    """Rows of one student, found before any of them goes."""

    student: Membership
    papers: list[int]
    pages: list[int]
    copies: list[int]
    uploads: list[int]  # whose file holds a page of theirs, maybe among others'
    runs: list[int]  # whose PDF has a paper with their name
    hashes: set[str]


def of(student: Membership) -> Belongings:
    """Find what belongs to a student, in all exams of the course."""
    papers = list(papers_of(student).values_list("pk", flat=True))
    pages = _pages(student, papers)
    copies = list(
        Copy.objects.filter(Q(submission__in=papers) | Q(student=student)).values_list(
            "pk", flat=True
        )
    )
    uploads = _uploads(pages)
    runs = list(PrintRun.objects.filter(papers__membership=student).values_list("pk", flat=True))
    rows: list[QuerySet[Any]] = [
        Page.objects.filter(pk__in=pages),
        Crop.objects.filter(page__in=pages),
        Photograph.objects.filter(page__in=pages),
        Reading.objects.filter(submission__in=papers),
        Copy.objects.filter(pk__in=copies),
        Upload.objects.filter(pk__in=uploads),
        PrintRun.objects.filter(pk__in=runs),
    ]
    hashes = set().union(*(hashes_in(some) for some in rows))
    return Belongings(student, papers, pages, copies, uploads, runs, hashes)


def papers_of(student: Membership) -> QuerySet[Submission]:
    """Return the papers that are a student's: by a match, or by a printed name nobody overruled."""
    printed = Q(printed__membership=student, match=None)
    return Submission.objects.filter(Q(match__membership=student) | printed).order_by("exam", "pk")


def _pages(student: Membership, papers: list[int]) -> list[int]:
    """Return the papers' pages, with those that were taken out of them and lie in none now."""
    loose = {
        int(key)
        for repair in Repair.objects.filter(exam__course=student.course_id).iterator()
        for state in (repair.before, repair.after)
        for key, row in state["pages"].items()
        if row and row["submission_id"] in papers
    }
    theirs = Q(submission__in=papers) | Q(submission=None, printed__membership=student)
    found = Page.objects.filter(theirs | Q(submission=None, pk__in=loose))
    return list(found.values_list("pk", flat=True))


def _uploads(pages: list[int]) -> list[int]:
    """Return the uploads whose files hold these pages, ZIPs they may have come in included."""
    holding = Upload.objects.filter(pages__in=pages).distinct()
    zips = Upload.objects.filter(
        kind="zip", pages=None, exam__in=holding.values_list("exam", flat=True)
    )
    return [*holding.values_list("pk", flat=True), *zips.values_list("pk", flat=True)]


def named(student: Membership) -> re.Pattern[str]:
    """Return what finds a student in a text: address, name either way round, student ID."""
    user = student.user
    first, last = user.first_name.strip(), user.last_name.strip()
    said = [user.email]
    if first and last:
        # As names of files have it too: "student_sam", "Sam-Student".
        blank = r"[\s,._-]+"
        said_names = [(first, last), (last, first)]
        names = [blank.join(map(_loose, pair)) for pair in said_names]
    else:
        names = []
    if len(student.sid) >= SHORTEST_SID:
        said.append(student.sid)
    return re.compile("|".join([*map(re.escape, said), *names]), re.IGNORECASE)


def _loose(name: str) -> str:
    return r"[\s_-]+".join(map(re.escape, name.split()))


def without(value: Any, name: re.Pattern[str]) -> Any:
    """Return a text, or what a JSON column holds, with a name replaced."""
    if isinstance(value, str):
        return name.sub("(a student)", value)
    if isinstance(value, list):
        return [without(one, name) for one in value]
    if isinstance(value, dict):
        return {key: without(one, name) for key, one in value.items()}
    return value


def holds(value: Any, numbers: set[int], key: str) -> bool:
    """Whether somewhere in a JSON value one of the numbers stands under the key."""
    return any(found in numbers for found in _under(value, key))


def _under(value: Any, key: str) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name == key:
                yield one
            yield from _under(one, key)
    elif isinstance(value, list):
        for one in value:
            yield from _under(one, key)
