"""Tell a worker that there is something to do. Losing the message loses nothing: see sweep.py."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction


def wake(pk: int, *, after: float = 0) -> None:
    """Send the job's key to Celery once the transaction commits; the runner polls by itself."""

    # A function, not a partial: Django logs the name of a robust callback that failed.
    def send() -> None:
        _send(pk, after)

    if settings.REDIS_URL:
        # Robust: the row is written, so a broker that is away must not break the request.
        transaction.on_commit(send, robust=True)


def _send(pk: int, after: float) -> None:
    from jobs.tasks import run_job  # the task imports the models, which import this module

    run_job.apply_async((pk,), countdown=after or None, retry=False)
