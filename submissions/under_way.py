"""What is still at work on an exam's scans: files, crops, names. Pages poll until nothing is."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q

from gradebook.models import Exam
from jobs.models import Job
from submissions.models import Reading
from submissions.whose import latest_job


class UnderWay(NamedTuple):
    """Files being opened, read and formed into papers; crops being cut; names being read."""

    files: bool
    crops: bool
    names: bool


class Naming(NamedTuple):
    """How many papers' names are read, of how many."""

    done: int
    total: int


def under_way(exam: Exam) -> UnderWay:
    """Return what is at work. Each step asks for the next before it ends, so there is no gap."""
    own = Q(kind__in=["crops.cut", "match.exam"], args__exam=exam.pk)
    intake = Q(kind__startswith="intake.")
    jobs = list(Job.objects.unfinished().filter(own | intake).values_list("kind", "args__upload"))
    kinds = {kind for kind, _ in jobs}
    # Of all exams, for jobs do not know an upload's; mostly there are none.
    files = {upload for _, upload in jobs if upload}
    return UnderWay(
        files=bool(files) and exam.uploads.filter(pk__in=files).exists(),
        crops="crops.cut" in kinds,
        names="match.exam" in kinds,
    )


def naming(exam: Exam) -> Naming | None:
    """Return how far the reading of names is, None once nothing is at work that leads to it."""
    if not any(under_way(exam)):
        return None
    job = latest_job(exam)
    if job and job.state == Job.State.RUNNING and job.total:
        return Naming(job.done, job.total)
    read = Reading.objects.filter(submission__exam=exam)
    return Naming(read.count(), exam.submissions.count())
