"""The job table: the truth about long work. A broker, where there is one, only wakes a worker."""

from __future__ import annotations

from datetime import datetime, timedelta
from time import monotonic
from typing import Any, ClassVar

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint
from django.utils.timezone import now

from jobs import JobLost
from jobs.progress import Progress, of_family
from jobs.registry import function_for
from jobs.wake import wake

MAX_ATTEMPTS = 3
ASK_TRIES = 5
RETRY_SECONDS = (2, 10)  # the pause after the first and the second failed attempt
REPORT_SECONDS = 0.25  # progress is written at most this often

GAVE_UP = (
    "Something went wrong on our side, three times over. Nothing you did is lost. "
    "Please try again, or tell the person who runs this site."
)
DISK_FULL = (
    "The disk of this site is full, so nothing more can be kept. Nothing you did is lost. "
    "Please tell the person who runs it, and try again when there is room."
)
STOPPED = (
    "This work was stopped before its end, three times over. Nothing you did is lost. "
    "Please try again, or tell the person who runs this site."
)


def lease_end() -> datetime:
    return now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def _due(after: float) -> dict[str, datetime]:
    """Return the times of a job that is not to begin at once."""
    if not after:
        return {}
    due = now() + timedelta(seconds=after)
    return {"due_at": due, "sent_at": due}


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> JobQuerySet:
        return self.filter(state__in=Job.UNFINISHED)

    def expired(self) -> JobQuerySet:
        """Jobs whose worker has not been heard of for a whole lease."""
        return self.filter(state=Job.State.RUNNING, lease_until__lt=now())

    def claimable(self) -> JobQuerySet:
        due = Q(state=Job.State.QUEUED, due_at__lte=now())
        left = Q(state=Job.State.RUNNING, lease_until__lt=now())
        return self.filter(due | left, fruitless__lt=MAX_ATTEMPTS)

    def take(self, worker: str) -> Job | None:
        """Claim the job that has been due longest, or return None when nothing is."""
        # A few at a time: when another worker takes the first, the next is at hand.
        for job in self.claimable().order_by("due_at", "pk")[:5]:
            if job.claim(worker):
                return job
        return None

    def ask(
        self,
        kind: str,
        *,
        by: Any = None,
        key: str = "",
        parent: Job | None = None,
        after: float = 0,
        **args: Any,
    ) -> Job:
        """Return a new job, due `after` so many seconds, or the unfinished one of the same key.

        A worker is woken when the transaction commits. Raises LookupError for a kind nobody
        registered. A job found by its key may already be running: let its function read
        what it works on at its start, or ask without a key.
        """
        function_for(kind)
        for again in reversed(range(ASK_TRIES)):
            if key and (asked := self.unfinished().filter(key=key).first()):
                return asked
            try:
                with transaction.atomic():
                    job = self.create(
                        kind=kind,
                        args=args,
                        key=key,
                        parent=parent,
                        asked_by=by,
                        **_due(after),
                    )
            except IntegrityError:
                # Somebody asked for the same in this instant; it may even be done by now.
                if not (key and again):
                    raise
            else:
                wake(job.pk, after=after)
                return job
        raise AssertionError("the last try returns or raises")


class Job(models.Model):
    """A piece of long work, and how far it has come."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    UNFINISHED: ClassVar = [State.QUEUED, State.RUNNING]

    kind = models.CharField(max_length=60)
    args = models.JSONField(default=dict, blank=True)
    key = models.CharField(max_length=200, blank=True)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)
    # How far any attempt came, and how many began since the last one that came farther.
    furthest = models.PositiveIntegerField(default=0)
    fruitless = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True)
    due_at = models.DateTimeField(default=now)  # not before; later after a failed attempt
    sent_at = models.DateTimeField(default=now)  # when the broker was last told of it
    lease_until = models.DateTimeField(null=True, blank=True)

    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)  # for the person who asked
    trace = models.TextField(blank=True)  # for the operator

    created_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    # Of this attempt, in this process only
    _reported_at = float("-inf")
    _unwritten = False
    _lost = False

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=["queued", "running"]) & ~Q(key=""),
                name="one_unfinished_job_per_key",
            ),
            CheckConstraint(
                condition=Q(state__in=["queued", "running", "done", "failed"]),
                name="job_state_is_known",
            ),
            CheckConstraint(
                condition=Q(fruitless__lte=MAX_ATTEMPTS), name="job_is_tried_at_most_three_times"
            ),
            CheckConstraint(
                condition=~Q(state="running") | Q(lease_until__isnull=False),
                name="running_job_has_a_lease",
            ),
            CheckConstraint(
                condition=Q(state__in=["done", "failed"], finished_at__isnull=False)
                | Q(state__in=["queued", "running"], finished_at__isnull=True),
                name="finished_job_says_when",
            ),
            CheckConstraint(condition=~Q(state="failed", error=""), name="failed_job_says_why"),
        ]
        indexes = [
            # For take(), many times a second; finished jobs pile up and are not in it.
            Index(
                fields=["due_at", "id"],
                condition=Q(state__in=["queued", "running"]),
                name="jobs_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    # Owning it

    def claim(self, worker: str) -> bool:
        """Make this job `worker`'s, if nobody was faster. The attempt is the fence from here on."""
        values: dict[str, Any] = {
            "state": self.State.RUNNING,
            "attempt": self.attempt + 1,
            "fruitless": self.fruitless + 1,
            "worker": worker,
            "lease_until": lease_end(),
            "started_at": now(),
            "done": 0,
        }
        mine = type(self).objects.claimable().filter(pk=self.pk, attempt=self.attempt)
        if not mine.update(**values):
            return False
        self._take_over(values)
        self._lost = False
        return True

    def renew(self) -> None:
        """Keep the lease for another while. Raises JobLost when another attempt has the job."""
        self._write(lease_until=lease_end())

    def report(
        self, *, done: int | None = None, total: int | None = None, message: str | None = None
    ) -> None:
        """Say how far the work is, in what unit the kind likes; cheap enough to call per page.

        Written at most four times a second; the heartbeat writes what was held back.
        Raises JobLost when another attempt has the job: let it pass through the work.
        """
        self.done = self.done if done is None else done
        self.total = self.total if total is None else total
        self.message = self.message if message is None else message[:300]
        self._unwritten = True
        if self._lost:
            raise JobLost(str(self))
        if monotonic() - self._reported_at >= REPORT_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what `report` has held back. Raises JobLost."""
        if self._unwritten:
            self._unwritten = False
            self._reported_at = monotonic()
            values = {"done": self.done, "total": self.total, "message": self.message}
            # Restarts that meet a long job are no reason to give it up while it gets on.
            on = {"furthest": self.done, "fruitless": 0} if self.done > self.furthest else {}
            # Not taken over: while the heartbeat waits for the row the work may report anew.
            self._update(values | on)
            self._take_over(on)

    # Ending it

    def finish(self) -> None:
        """The work is done. Raises JobLost when another attempt has the job."""
        self._end(self.State.DONE, done=self.total or self.done, total=self.total)

    def fail(self, error: str, trace: str = "") -> None:
        """The work will not be done; `error` tells a person why. Raises JobLost."""
        self._end(self.State.FAILED, error=error, trace=trace, done=self.done, total=self.total)

    def stumble(self, trace: str, error: str = "") -> None:
        """This attempt failed: try again after a pause, or give up. Raises JobLost.

        It is given up after three attempts in a row none of which came farther than those before.

        `error` is what a person is told then, if it is more than that something went wrong.
        """
        if self.fruitless >= MAX_ATTEMPTS:
            self.fail(error or GAVE_UP, trace)
            return
        pause = RETRY_SECONDS[max(0, self.fruitless - 1)]
        due = now() + timedelta(seconds=pause)
        self._write(state=self.State.QUEUED, due_at=due, sent_at=due, lease_until=None, trace=trace)
        wake(self.pk, after=pause)

    def remember(self, **args: Any) -> None:
        """Change some `args`, for the next attempt or whoever looks. Raises JobLost."""
        self._write(args=self.args | args)

    def put_back(self, **args: Any) -> None:
        """Queue this job again, behind all that is due now, with some `args` changed.

        It has done a part, so this counts as no attempt. Raises JobLost.
        """
        due = now()
        self._write(
            state=self.State.QUEUED,
            attempt=self.attempt - 1,
            fruitless=max(0, self.fruitless - 1),
            args=self.args | args,
            due_at=due,
            sent_at=due,
            lease_until=None,
        )
        wake(self.pk)

    # Looking at it

    def progress(self) -> Progress:
        """How far this job and all it asked for have come, in one query more."""
        return of_family(self, list(self.children.all()), now())

    @property
    def seconds_left(self) -> float | None:
        """Seconds until this job and its children are done, or None when nobody can tell."""
        return self.progress().seconds_left

    def _end(self, state: State, **values: Any) -> None:
        self._unwritten = False
        self._write(
            state=state, finished_at=now(), lease_until=None, message=self.message, **values
        )

    def _write(self, **values: Any) -> None:
        """Change this row while this attempt owns it."""
        self._update(values)
        self._take_over(values)

    def _update(self, values: dict[str, Any]) -> None:
        mine = type(self).objects.filter(pk=self.pk, state=self.State.RUNNING, attempt=self.attempt)
        if self._lost or not mine.update(**values):
            self._lost = True
            raise JobLost(str(self))

    def _take_over(self, values: dict[str, Any]) -> None:
        for name, value in values.items():
            setattr(self, name, value)
