"""Jobs that work on what is to be deleted: told by the numbers of rows in their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from django.db.models import F, Model, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from gradebook.leftovers import digest_of
from gradebook.models import Exam
from jobs.finished import BATCH, forget
from jobs.models import Job
from scoring.models import Copy, Letter, Release
from submissions.models import Page, PrintRun, Submission, TemplateUpload, Upload

HELD_BACK = timedelta(hours=1)
# An argument of jobs, whose rows its number or numbers are, and the look-ups to their exam.
NAMED: Mapping[str, tuple[type[Model], *tuple[str, ...]]] = {
    "exam": (Exam, "pk"),
    "upload": (Upload, "exam"),
    "template": (TemplateUpload, "exam"),
    "run": (PrintRun, "exam"),
    "release": (Release, "exam"),
    "copies": (Copy, "submission__exam"),
    "letters": (Letter, "copy__submission__exam", "reply__regrade__submission__exam"),
    "papers": (Submission, "exam"),
    "pages": (Page, "upload__exam"),
}


def of_exam(exam: Exam) -> list[int]:
    """Return the keys of all jobs about an exam, whatever became of them."""
    rows = {
        name: {
            pk
            for lookup in lookups
            for pk in model._base_manager.filter(**{lookup: exam.pk}).values_list("pk", flat=True)
        }
        for name, (model, *lookups) in NAMED.items()
    }
    found = Job.objects.values_list("pk", "args").iterator()
    return [pk for pk, args in found if any(_names(args.get(one), rows[one]) for one in rows)]


def _names(value: object, pks: set[int]) -> bool:
    return bool(pks.intersection(value)) if isinstance(value, list) else value in pks


def hold_back(jobs: list[int]) -> None:
    """Let nobody begin these jobs for an hour; a worker at one is told that it has lost it.

    They go with the exam. Should it stay, nothing that was asked for is lost.
    """
    until = timezone.now() + HELD_BACK
    queue = {"state": Job.State.QUEUED, "due_at": until, "sent_at": until, "lease_until": None}
    for start in range(0, len(jobs), BATCH):
        asked = Job.objects.filter(pk__in=jobs[start : start + BATCH])
        asked.filter(state=Job.State.QUEUED, due_at__lt=until).update(due_at=until, sent_at=until)
        # No fault of theirs, so it counts as no attempt.
        asked.filter(state=Job.State.RUNNING).update(
            attempt=F("attempt") - 1, fruitless=Greatest(F("fruitless") - 1, Value(0)), **queue
        )


def hashes_of(jobs: list[int]) -> set[str]:
    """Return the hashes of the files that jobs were given, which no other row names."""
    given = Job.objects.filter(pk__in=jobs, args__has_key="file").values_list(
        "args__file", flat=True
    )
    return {digest_of(name) for name in given if name} - {""}


def call_off(jobs: list[int]) -> None:
    """Delete jobs, in whatever state: a worker at one is told that it has lost it, and stops."""
    forget(jobs)
