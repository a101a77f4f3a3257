"""The Celery door: a key in, one job done. The broker may lose the key or bring it twice."""

from __future__ import annotations

from celery import current_task, shared_task

from jobs.runner import run


@shared_task(name="jobs.run_job")  # type: ignore[untyped-decorator]  # celery has no types
def run_job(pk: int) -> None:
    run(pk, worker=str(current_task.request.hostname or "here"))
