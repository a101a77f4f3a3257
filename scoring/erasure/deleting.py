"""What deleting an exam and deleting a student's data share: asked once, tried until done."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.db import DatabaseError, IntegrityError

from gradebook.locks import came_second
from gradebook.models import User
from jobs.models import Job
from scoring.erasure import files
from scoring.models import Deletion

TRIES = 5
Report = Callable[[int, int], None]


def ask(deletion: Deletion, *, by: User | None) -> Job:
    """Let a worker do what is left of a deletion; asked twice, it is the same job."""
    key = f"erasure:{deletion.pk}"
    kind = f"erasure.{deletion.kind}"
    return Job.objects.ask(kind, key=key, by=by, deletion=deletion.pk)


def stopped(deletions: Iterable[Deletion]) -> set[int]:
    """Return the keys of those that are not done, and that no worker is going to do."""
    left = {one.pk for one in deletions if one.done_at is None}
    if not left:
        return left
    asked = Job.objects.unfinished().filter(kind__startswith="erasure.")
    return left - {args["deletion"] for args in asked.values_list("args", flat=True)}


def unreported(done: int, total: int) -> None:
    """Report to nobody: for who deletes here and now."""


def carry_out(
    deletion: Deletion, delete_rows: Callable[[Deletion], None], report: Report
) -> Deletion:
    """Do what is left of a deletion; safe to run again after any line of it."""
    for again in reversed(range(TRIES)):
        # Anew each time: what the try before deleted in memory stands in the database again.
        deletion.refresh_from_db()
        try:
            delete_rows(deletion)
            break
        except DatabaseError as error:
            if not (again and _met_others(error)):
                raise
    deletion.refresh_from_db()
    files.remove(deletion, report)
    return deletion


def _met_others(error: DatabaseError) -> bool:
    """Whether somebody wrote a row of it in this moment: that one goes with the next try."""
    return isinstance(error, IntegrityError) or came_second(error)
