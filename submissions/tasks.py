"""What the workers do for submissions: a claimed job in, one call."""

from __future__ import annotations

from gradebook.models import Exam
from jobs.models import Job
from jobs.registry import work
from submissions import whose
from submissions.readings import read_papers


@work("match.exam")
def match_exam(job: Job) -> None:
    """Read what is not read yet, then let the roster as a whole decide."""
    exam = Exam.objects.select_related("course").filter(pk=job.args["exam"]).first()
    if exam is None:
        return
    read_papers(
        exam, lambda done, total: job.report(done=done, total=total, message="Reading names")
    )
    done = whose.match_exam(exam)
    job.report(message=f"{done.matched} matched, {done.waiting} wait for a person.")
