"""Whom a release goes to, and who sees a result already."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from gradebook.models import Exam, Membership, Section
from scoring.models import Copy, Release
from submissions.models import Match, Submission


def seen_copies() -> QuerySet[Copy]:
    """Return copies that stand and are of papers still their students'.

    A paper matched to somebody else since its release is shown to neither of them.
    """
    return Copy.objects.standing().filter(submission__match__membership=F("student"))


def papers_for(exam: Exam, to: str, sections: Iterable[Section] = ()) -> QuerySet[Submission]:
    """Return the papers whose students a release to these would reach.

    A student in two sections is reached by either; one in none by a release to all, or the rest.
    """
    papers = Submission.objects.filter(exam=exam).exclude(match=None)
    if to == Release.To.REST:
        return papers.filter(~Exists(seen_copies().filter(submission=OuterRef("pk"))))
    if to == Release.To.SECTIONS:
        there = Membership.objects.filter(sections__in=list(sections))
        return papers.filter(match__membership__in=there)
    return papers


@dataclass(frozen=True, slots=True)
class Seats:
    """A section's papers with a student, and how many of these students see a result."""

    section: Section
    papers: int
    seen: int

    @property
    def state(self) -> str:
        if not self.seen:
            return ""
        return "released" if self.seen == self.papers else f"{self.seen:,} see theirs"


@dataclass(frozen=True, slots=True)
class Audience:
    """Papers with a student in all, how many of these students see a result, and by section."""

    papers: int
    seen: int
    sections: list[Seats]

    @property
    def rest(self) -> int:
        return self.papers - self.seen

    def count(self, to: str, sections: Collection[int] = ()) -> int:
        """Return about how many a release would reach; who is in two sections counts twice."""
        if to == Release.To.SECTIONS:
            return sum(one.papers for one in self.sections if one.section.pk in sections)
        return self.rest if to == Release.To.REST else self.papers


def audience(exam: Exam) -> Audience:
    """Count whom a release may go to, by three queries."""
    matches = Match.objects.filter(exam=exam)
    seen = Exists(
        Copy.objects.standing().filter(
            submission=OuterRef("submission"), student=OuterRef("membership")
        )
    )
    counts = {"papers": Count("pk"), "seen": Count("pk", filter=Q(sees=True))}
    whole = matches.annotate(sees=seen).aggregate(**counts)
    by_section = matches.annotate(sees=seen).values_list("membership__sections")
    rows = {pk: (papers, saw) for pk, papers, saw in by_section.annotate(**counts).order_by()}
    found = [
        Seats(section, *rows[section.pk])
        for section in Section.objects.filter(course=exam.course_id)
        if section.pk in rows
    ]
    return Audience(whole["papers"], whole["seen"], found)


def reaching(members: Collection[int], exams: Collection[int]) -> set[int]:
    """Return which of these exams are released to one of these people, with or without a paper."""
    stands = Release.objects.standing().filter(exam__in=exams)
    mine = stands.filter(sections__memberships__in=members)
    told = stands.filter(~Q(to=Release.To.SECTIONS)).values_list("exam", flat=True)
    return {*told, *mine.values_list("exam", flat=True)}
