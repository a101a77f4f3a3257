"""Jobs that are over: which of them people still see, and letting the others go."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.timezone import now

from jobs.models import Job
from jobs.registry import lasting_kinds

KEEP_DAYS = 30
FAILED_DAYS = 365  # a failure nobody asked again for is shown where it may be mended
BATCH = 500


def still_failed(jobs: QuerySet[Job]) -> list[Job]:
    """Return those of the jobs that failed and that nobody has asked for again since."""
    failed = list(jobs.filter(state=Job.State.FAILED).order_by("pk"))
    if not failed:
        return []
    later = Job.objects.filter(kind__in={job.kind for job in failed}, pk__gt=failed[0].pk)
    newest = {_same(job): job.pk for job in later.order_by("pk")}
    return [job for job in failed if newest.get(_same(job), 0) <= job.pk]


def finished_before(days: int) -> list[int]:
    """Return the keys of jobs that ended so many days ago, all they asked for included.

    Without those a page shows: the latest of lasting work, and failures nobody asked again for.
    Jobs that were asked for by another go with it.
    """
    cutoff, over = now() - timedelta(days=days), [Job.State.DONE, Job.State.FAILED]
    children = Job.objects.filter(parent=OuterRef("pk"))
    recent = children.filter(~Q(state__in=over) | Q(finished_at__gte=cutoff))
    old = Job.objects.filter(~Exists(recent), parent=None, state__in=over, finished_at__lt=cutoff)
    return sorted(set(old.values_list("pk", flat=True)) - _shown())


def forget(jobs: list[int]) -> None:
    """Delete finished jobs and what they asked for."""
    for start in range(0, len(jobs), BATCH):
        batch = jobs[start : start + BATCH]
        Job.objects.filter(Q(parent__in=batch) | Q(pk__in=batch)).delete()


def _shown() -> set[int]:
    """Return the keys of the jobs, or of those that asked for them, that pages still show."""
    lasting = Job.objects.filter(kind__in=lasting_kinds(), parent=None).order_by("pk")
    latest = {(job.kind, _text(job.args)): job.pk for job in lasting.iterator()}
    recent = Job.objects.filter(finished_at__gt=now() - timedelta(days=FAILED_DAYS))
    failed = {job.parent_id or job.pk for job in still_failed(recent)}
    return failed | set(latest.values())


def _same(job: Job) -> tuple[str, str]:
    """Return what makes two jobs one wish: the kind, and its key or else its arguments."""
    return (job.kind, job.key or _text(job.args))


def _text(args: Any) -> str:
    return json.dumps(args, sort_keys=True)
