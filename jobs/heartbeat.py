"""Keep a running job's lease while its work goes on in the main thread."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, connections

from jobs import JobLost

if TYPE_CHECKING:
    from jobs.models import Job

logger = logging.getLogger(__name__)


@contextmanager
def beating(job: Job) -> Iterator[None]:
    """Renew the lease every third of its length, and write held-back progress each second."""
    stop = Event()
    thread = Thread(target=_beat, args=(job, stop), name=f"heartbeat {job}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(job: Job, stop: Event) -> None:
    every = settings.JOB_LEASE_SECONDS / 3
    renewed = monotonic()
    try:
        while not stop.wait(min(1.0, every)):
            try:
                if monotonic() - renewed >= every:
                    job.renew()
                    renewed = monotonic()
                job.flush()
            except DatabaseError:
                # A lease outlives two missed beats; the next one may find the database again.
                logger.warning("Could not renew the lease of %s", job, exc_info=True)
                connections.close_all()
    except JobLost:
        # The work hears of it at its next report, or when it wants to finish.
        logger.warning("Lost %s to another attempt", job)
    finally:
        connections.close_all()
