"""Files whose pages take long to draw: what they may take of the workers, and who goes first.

A page may be slow and come out all the same, so beside the pages that failed the seconds count.
They stand in the jobs of the file's chunks, where all workers and all attempts see them.
"""

from __future__ import annotations

from collections.abc import Iterator
from time import monotonic
from typing import TypeVar

from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat
from django.utils.timezone import now

from jobs import Later
from jobs.models import Job
from submissions.extraction import SLOW
from submissions.intake import waiting_pages
from submissions.models import Page, Upload

T = TypeVar("T")

MOST_SLOW = 5  # pages of an upload that each hold a worker for as long as is allowed
SLOW_PAGE = 5.0  # seconds to take a page out; an ordinary one takes some hundredths
TURN_SECONDS = 30.0  # of slow pages, then other people's files go first
MOST_SECONDS = 600.0  # of slow pages in a file
LEFT_OUT = (
    "it was not read, for other pages of this file take too long to draw. "
    "Print the file to a new PDF and upload that."
)


def timed(pages: Iterator[T]) -> Iterator[tuple[T, float]]:
    """Yield each page with the seconds it took to come."""
    started = monotonic()
    for page in pages:
        yield page, monotonic() - started
        started = monotonic()


class Turn:
    """What one job takes of a file while others may wait. Made when the job begins."""

    def __init__(self, job: Job, upload: Upload) -> None:
        self.job = job
        self.upload = upload
        self.seconds = 0.0

    def begin(self) -> None:
        """Let others go first, once, if the file is known to be slow. Raises Later."""
        if not self.job.args.get("gave_way") and _seconds_of(self.job) >= TURN_SECONDS:
            self._give_way()

    def took(self, seconds: float) -> None:
        """Say how long a page took, when it is written down. Raises Later when others are due."""
        if seconds < SLOW_PAGE:
            return
        self.seconds += seconds
        self.job.remember(slow=self.job.args.get("slow", 0) + seconds)
        if _seconds_of(self.job) >= MOST_SECONDS:
            leave_out(self.upload)
        elif self.seconds >= TURN_SECONDS:
            self._give_way()

    def _give_way(self) -> None:
        if _others_wait(self.job):
            raise Later(gave_way=True)


def failed(upload: Upload) -> None:
    """Leave the rest out once too many pages of the upload could not be drawn in time."""
    # Counted where all workers and all attempts have written it.
    slow = Page.objects.filter(upload=upload, state=Page.State.ERROR, reason__endswith=SLOW)
    if slow.count() >= MOST_SLOW:
        leave_out(upload)


def leave_out(upload: Upload) -> None:
    """Say of all pages that still wait that they are not read, and what to do."""
    left_out = Concat(Value("Page "), Cast("number", CharField()), Value(f": {LEFT_OUT}"))
    waiting_pages(upload).update(state=Page.State.ERROR, reason=left_out)


def _seconds_of(job: Job) -> float:
    """Seconds that slow pages of the job's file took so far."""
    chunks = Job.objects.filter(kind=job.kind, parent=job.parent_id)
    return float(sum(args.get("slow", 0) for args in chunks.values_list("args", flat=True)))


def _others_wait(job: Job) -> bool:
    due = Job.objects.filter(state=Job.State.QUEUED, due_at__lte=now())
    return due.exclude(parent__isnull=False, parent=job.parent_id).exists()
