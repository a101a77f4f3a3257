"""The jobs that draw copies and send letters, found again by what they were asked for."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import QuerySet

from gradebook.models import Exam, User
from jobs.models import Job
from scoring.drawing import is_drawn
from scoring.models import Copy, Letter, Release


class Wanted(NamedTuple):
    """A copy somebody waits for: without a `job` its file is there."""

    copy: Copy
    job: Job | None

    @property
    def failed(self) -> bool:
        return self.job is not None and self.job.state == Job.State.FAILED


def ask_for_copies(exam: Exam, *, by: User | None) -> Job:
    """Let the working copies of all papers be drawn; those already right are left as they are."""
    return Job.objects.ask("copies.exam", by=by, key=f"copies:{exam.pk}", exam=exam.pk)


def ask_for_release(release: Release, *, by: User | None) -> Job:
    """Let the copies of a release be drawn."""
    return Job.objects.ask("copies.release", by=by, key=f"release:{release.pk}", release=release.pk)


def ask_for_letters(release: Release, *, by: User | None) -> Job:
    """Let the letters of a release that wait be sent.

    Without a key: one that runs may have handed out all it will. Twice asked sends nothing twice.
    """
    return Job.objects.ask("letters.release", by=by, release=release.pk)


def ask_for_letter(letter: Letter, *, by: User | None) -> Job:
    """Let one letter that waits be sent."""
    return Job.objects.ask("letters.send", by=by, letters=[letter.pk])


def stranded(release: Release) -> QuerySet[Letter]:
    """Return the letters of a release that wait, and that no job is going to send."""
    waiting = Letter.objects.filter(copy__release=release)
    under_way = Job.objects.unfinished()
    if under_way.filter(kind="letters.release", args__release=release.pk).exists():
        return waiting.none()
    return left_waiting(waiting)


def left_waiting(letters: QuerySet[Letter]) -> QuerySet[Letter]:
    """Return those of the letters that wait, and are in no batch that is going to be sent."""
    batches = Job.objects.unfinished().filter(kind="letters.send").values_list("args", flat=True)
    told = [pk for args in batches for pk in args["letters"]]
    return letters.filter(state=Letter.State.QUEUED).exclude(pk__in=told)


def wanted(copy: Copy, *, by: User | None, again: bool = False) -> Wanted:
    """Return how far one copy's PDF is, and let it be drawn unless somebody asked before.

    A copy that could not be drawn stays so until it is asked for `again`.
    """
    if is_drawn(copy):
        return Wanted(copy, None)
    # With the digest: after the numbers change, the copy is another one.
    key = f"copy:{copy.pk}:{copy.digest}"
    job = Job.objects.filter(kind="copies.draw", key=key).order_by("-pk").first()
    if job is not None and job.state == Job.State.DONE:
        # It may have ended since the copy was read.
        copy.refresh_from_db(fields=["file", "drawn_at"])
        if copy.file:
            return Wanted(copy, None)
    if again or job is None or job.state == Job.State.DONE:
        job = Job.objects.ask("copies.draw", by=by, key=key, copies=[copy.pk])
    return Wanted(copy, job)


def latest_job(kind: str, **args: Any) -> Job | None:
    """Return the last job of a kind asked for with these arguments."""
    named = {f"args__{name}": value for name, value in args.items()}
    return Job.objects.filter(kind=kind, parent=None, **named).order_by("-pk").first()
