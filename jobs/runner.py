"""Do jobs: claim, run the function of the kind, end. The same for Celery and for `runjobs`."""

from __future__ import annotations

import errno
import logging
import time
import traceback
from collections.abc import Callable
from contextlib import suppress

from jobs import JobLost, Later, Refusal
from jobs.heartbeat import beating
from jobs.models import DISK_FULL, Job
from jobs.registry import function_for

BUSY_SECONDS, IDLE_SECONDS = 0.1, 0.5  # between two looks at the table

logger = logging.getLogger(__name__)


def is_disk_full(error: BaseException) -> bool:
    """Whether there was no room left, or none left for this account."""
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)


def run(pk: int, *, worker: str) -> bool:
    """Do the job if it is to be had; return False when it is gone, taken or not yet due."""
    job = Job.objects.filter(pk=pk).first()
    if job is None or not job.claim(worker):
        return False
    carry_out(job)
    return True


def carry_out(job: Job) -> None:
    """Do a claimed job and write how it ended. Raises nothing the work raised."""
    with suppress(JobLost):
        _attempt(job)


def _attempt(job: Job) -> None:
    try:
        with beating(job):
            function_for(job.kind)(job)
        job.finish()
    except JobLost:
        logger.warning("%s: attempt %s was overtaken and left off", job, job.attempt)
    except Later as later:
        job.put_back(**later.changed)
    except Refusal as refusal:
        job.fail(str(refusal))
    except Exception as error:
        if not Job.objects.filter(pk=job.pk).exists():
            # What it worked on was deleted, and this job with it.
            logger.warning("%s: called off", job)
            return
        logger.exception("%s: attempt %s failed", job, job.attempt)
        job.stumble(traceback.format_exc(), DISK_FULL if is_disk_full(error) else "")


def work_through(
    worker: str,
    *,
    until_idle: bool,
    most: int,
    stop: Callable[[], bool],
    do: Callable[[Job], None] = carry_out,
) -> int:
    """Do one job after the other, `most` of them; return how many were done.

    Looks at the table every 0.1 s, less often the longer it stays empty. Ends early when
    `stop()` says so, or, with `until_idle`, when no job is left unfinished anywhere.
    """
    count, pause = 0, BUSY_SECONDS
    while count < most and not stop():
        if job := Job.objects.take(worker):
            do(job)
            count, pause = count + 1, BUSY_SECONDS
        elif until_idle and not Job.objects.unfinished().exists():
            break
        else:
            time.sleep(pause)
            pause = min(pause * 1.5, IDLE_SECONDS)
    return count
