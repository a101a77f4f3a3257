"""Papers with a code on every page: asked for, and how far they are.

    ask_for_papers -> print.papers (print_drawing) -> the run's file

A run that could not be drawn says why, and is asked for anew as another run.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet

from gradebook.models import Exam, Membership, Region, Template, User
from jobs.models import Job
from jobs.progress import Progress
from submissions.models import PrintedPaper, PrintRun
from submissions.page_codes import FIRST_RUN, LAST_RUN, MOST_PAPERS

MOST_PAGES = 20_000  # of one PDF
INTERRUPTED = "Drawing it was interrupted. Ask for the papers once more."
_TRIES = 20


class CannotPrint(Exception):
    """Papers cannot be printed like this; the message tells a person why and what to do."""


class Printed(NamedTuple):
    """A run as it is listed: how many papers bear a name, how many came back as scans.

    With a `problem`, in words, there will be no file.
    """

    run: PrintRun
    named: int
    back: int
    progress: Progress | None
    problem: str

    @property
    def at_work(self) -> bool:
        return not (self.run.file or self.problem)

    @property
    def left(self) -> str:
        told = self.progress
        return f"{told.time_left} left" if told and told.time_left else ""


def ask_for_papers(
    exam: Exam, *, copies: int = 0, roster: bool = False, two_sided: bool = False, by: User | None
) -> PrintRun:
    """Ask for `copies` papers without a name and, with `roster`, one for each student.

    Raises CannotPrint, in words, for what can be seen without drawing; what cannot is told in the
    run's `problem`.
    """
    template = Template.objects.filter(exam=exam).first()
    if template is None:
        raise CannotPrint("Add the blank exam first: it is what is printed.")
    students = _students(exam) if roster else []
    total = max(0, copies) + len(students)
    _mind_the_number(total, template.page_count)
    for again in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                run = _make(exam, template, total, two_sided, by)
                _make_papers(run, students)
                Job.objects.ask("print.papers", key=_key(run), by=by, run=run.pk)
        except IntegrityError:
            # Another run has this code; the next draw is likely to be free.
            if not again:
                raise
        else:
            return run
    raise AssertionError("the last try returns or raises")


def runs_of(exam: Exam) -> list[Printed]:
    """Return an exam's print runs, the latest first."""
    return _listed(exam.print_runs.all())


def listed(run: PrintRun) -> Printed:
    """Return how far one run is."""
    (one,) = _listed(PrintRun.objects.filter(pk=run.pk))
    return one


def _listed(runs: QuerySet[PrintRun]) -> list[Printed]:
    counts = {"named": Count("papers__membership"), "back": Count("papers__submission")}
    found = list(runs.select_related("asked_by", "exam").annotate(**counts))
    jobs = Job.objects.filter(kind="print.papers", key__in=[_key(run) for run in found])
    latest = {job.key: job for job in jobs.order_by("pk")}
    return [_one(run, latest.get(_key(run))) for run in found]


def _one(run: PrintRun, job: Job | None) -> Printed:
    counts: tuple[int, int] = (getattr(run, "named", 0), getattr(run, "back", 0))
    if run.file or run.problem:
        return Printed(run, *counts, None, run.problem)
    progress = job.progress() if job else None
    problem = ""
    if progress is None or progress.finished:
        problem = (progress and progress.error) or INTERRUPTED
    return Printed(run, *counts, progress, problem)


def _key(run: PrintRun) -> str:
    return f"print.papers:{run.pk}"


def why_no_names(exam: Exam) -> str:
    """Say why no papers can be printed for the students, if so, and what to do; else ""."""
    if not exam.regions.filter(kind=Region.Kind.NAME).exists():
        return (
            "Draw the name region on the outline first: names are printed there, "
            "and covered for graders there."
        )
    if not exam.course.memberships.students().exists():
        return "There is nobody on the roster yet. Add the students under People."
    return ""


def _students(exam: Exam) -> list[Membership]:
    if why := why_no_names(exam):
        raise CannotPrint(why)
    return list(exam.course.memberships.students())


def _mind_the_number(copies: int, pages: int) -> None:
    if copies < 1:
        raise CannotPrint("Say how many papers to print: one at least.")
    if copies > MOST_PAPERS or copies * pages > MOST_PAGES:
        most = min(MOST_PAPERS, MOST_PAGES // pages)
        raise CannotPrint(
            f"{copies:,} papers of {pages} pages are more than one PDF should hold. "
            f"Print {most:,} at most at a time; codes of several runs go together well."
        )


def _make(
    exam: Exam, template: Template, copies: int, two_sided: bool, by: User | None
) -> PrintRun:
    return PrintRun.objects.create(
        exam=exam,
        code=random.SystemRandom().randint(FIRST_RUN, LAST_RUN),
        copies=copies,
        two_sided=two_sided,
        template_sha256=template.sha256,
        page_count=template.page_count,
        asked_by=by,
    )


def _make_papers(run: PrintRun, students: Sequence[Membership]) -> None:
    # By chance: graders see the number, and the order of the roster would give the name away.
    numbers = list(range(1, len(students) + 1))
    random.SystemRandom().shuffle(numbers)
    named = zip(numbers, students, strict=True)
    papers = [PrintedPaper(run=run, number=n, membership=student) for n, student in named]
    rest = range(len(students) + 1, run.copies + 1)
    papers += [PrintedPaper(run=run, number=number) for number in rest]
    PrintedPaper.objects.bulk_create(papers, batch_size=500)
