"""The jobs that draw copies, found again by what they were asked for."""

from __future__ import annotations

from typing import Any

from gradebook.models import Exam, User
from jobs.models import Job
from scoring.models import Release


def ask_for_copies(exam: Exam, *, by: User | None) -> Job:
    """Let the working copies of all papers be drawn; those already right are left as they are."""
    return Job.objects.ask("copies.exam", by=by, key=f"copies:{exam.pk}", exam=exam.pk)


def ask_for_release(release: Release, *, by: User | None) -> Job:
    """Let the copies of a release be drawn."""
    return Job.objects.ask("copies.release", by=by, key=f"release:{release.pk}", release=release.pk)


def latest_job(kind: str, **args: Any) -> Job | None:
    """Return the last job of a kind asked for with these arguments."""
    named = {f"args__{name}": value for name, value in args.items()}
    return Job.objects.filter(kind=kind, parent=None, **named).order_by("-pk").first()
