"""The work on graded copies: a job for an exam or a release hands it out in chunks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gradebook.models import Exam
from jobs import Refusal
from jobs.models import Job
from jobs.registry import work
from scoring.drawing import CannotDraw, draw, working_copies
from scoring.models import Copy, Release
from submissions.models import Submission

CHUNK = 20


@work("copies.exam", lasting=True)
def draw_exam(job: Job) -> None:
    """Hand out the working copies of all papers of `exam`."""
    papers = Submission.objects.filter(exam=job.args["exam"]).order_by("number")
    _hand_out(job, "papers", list(papers.values_list("pk", flat=True)), exam=job.args["exam"])


@work("copies.release", lasting=True)
def draw_release(job: Job) -> None:
    """Hand out the copies of `release`, unless it was taken back meanwhile."""
    stands = Release.objects.standing().filter(pk=job.args["release"])
    copies = Copy.objects.filter(release__in=stands).order_by("submission__number")
    _hand_out(job, "copies", list(copies.values_list("pk", flat=True)))


@work("copies.draw")
def draw_chunk(job: Job) -> None:
    """Draw the `copies`, or the working copies of the `papers` of `exam`."""
    copies = _copies(job)
    job.report(total=len(copies), message="Drawing graded copies.")
    problems = []
    for done, copy in enumerate(copies, start=1):
        try:
            draw(copy)
        except CannotDraw as error:
            # The others of the chunk are drawn all the same.
            problems.append(str(error))
        job.report(done=done)
    if problems:
        raise Refusal(f"Some copies could not be drawn: {'; '.join(problems)}.")
    job.report(message="The graded copies are drawn.")


def _copies(job: Job) -> Sequence[Copy]:
    if "papers" in job.args:
        exam = Exam.objects.select_related("course").get(pk=job.args["exam"])
        papers = Submission.objects.filter(pk__in=job.args["papers"]).order_by("number")
        return working_copies(exam, list(papers))
    return list(Copy.objects.filter(pk__in=job.args["copies"]).order_by("pk"))


def _hand_out(job: Job, name: str, pks: Sequence[int], **args: int) -> None:
    """Ask for a job per chunk; one asked for by an attempt before this one is left alone."""
    job.report(total=len(pks), message="Drawing graded copies.")
    asked = [child.args[name] for child in job.children.all()]
    for start in range(0, len(pks), CHUNK):
        chunk = list(pks[start : start + CHUNK])
        if chunk not in asked:
            what: dict[str, Any] = {name: chunk, **args}
            Job.objects.ask("copies.draw", by=job.asked_by, parent=job, **what)
