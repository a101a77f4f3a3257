"""An exam deleted for good: its jobs stopped, its rows gone in one transaction, then its files."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Model, Sum
from django.utils import timezone

from gradebook.models import Course, Exam, Membership, Section, User
from rubrics.models import Claim, Mark
from scoring.archive.contents import KINDS
from scoring.erasure import deleting, files, jobs
from scoring.erasure.deleting import Report
from scoring.letters import of_replies
from scoring.models import Archiving, Deletion, Letter, Regrade
from submissions.models import Delivery, Page, Part, TemplateUpload

# What stays: an archive holds it, but it is the course's. The exam itself goes last.
SHARED = (Course, Section, Membership, Exam)
# What hangs on an exam and is in no archive, with the look-up from its rows.
BESIDE: tuple[tuple[type[Model], str], ...] = (
    (Archiving, "exam"),
    (Letter, "copy__submission__exam"),
    (Letter, "reply__regrade__submission__exam"),
    (Claim, "answer__submission__exam"),
    (Part, "delivery__exam"),
    (Delivery, "exam"),
    (TemplateUpload, "exam"),
)


def what_goes(exam: Exam) -> list[tuple[int, str]]:
    """Return how much there is of what a person would miss, each with the word for one of it."""
    return [
        (exam.submissions.count(), "paper"),
        (Page.objects.filter(upload__exam=exam).count(), "scanned page"),
        (Mark.objects.filter(answer__submission__exam=exam).count(), "mark"),
        (exam.releases.count(), "release"),
        ((Letter.objects.filter(copy__submission__exam=exam) | of_replies(exam)).count(), "letter"),
        (Regrade.objects.filter(submission__exam=exam).count(), "regrade request"),
    ]


def size_of(exam: Exam) -> int:
    """Return how many bytes of scans came in."""
    size: int = exam.uploads.aggregate(size=Sum("size"))["size"] or 0
    return size


def ask(exam: Exam, *, by: User | None) -> Deletion:
    """Let a worker delete the exam, which nobody reaches from now on."""
    with transaction.atomic():
        deletion = _begin(exam, by)
        deleting.ask(deletion, by=by)
    return deletion


def delete(exam: Exam, *, by: User | None) -> Deletion:
    """Delete the exam here and now; return the record of it."""
    with transaction.atomic():
        deletion = _begin(exam, by)
    return carry_out(deletion, deleting.unreported)


def carry_out(deletion: Deletion, report: Report) -> Deletion:
    """Do what is left of an exam's deletion."""
    return deleting.carry_out(deletion, _delete_rows, report)


def _begin(exam: Exam, by: User | None) -> Deletion:
    Exam.objects.standing().filter(pk=exam.pk).update(going_since=timezone.now())
    wanted = {"course": exam.course, "kind": Deletion.Kind.EXAM, "name": exam.name, "by": by}
    return Deletion.objects.get_or_create(exam=exam, defaults=wanted)[0]


def _delete_rows(deletion: Deletion) -> None:
    exam = deletion.exam
    if exam is None:
        return
    # First, and at once: no worker takes more of it, and who is at it stops at the next report.
    jobs.hold_back(jobs.of_exam(exam))
    with transaction.atomic():
        # Not against clicks that came before: these look at the exam's row when they commit, and
        # held off there, they would keep their own rows from being deleted.
        Exam.objects.select_for_update(no_key=True).get(pk=exam.pk)
        asked = jobs.of_exam(exam)
        given = jobs.hashes_of(asked)
        jobs.call_off(asked)
        deletion.papers = exam.submissions.count()
        deletion.pages = Page.objects.filter(upload__exam=exam).count()
        deletion.left = sorted(files.hashes_of(exam) | given)
        deletion.save(update_fields=["papers", "pages", "left"])
        _delete_what_hangs_on(exam)
        Exam.objects.filter(pk=exam.pk).delete()


def _delete_what_hangs_on(exam: Exam) -> None:
    """Delete the rows of every model of an exam, each in one statement, the deepest first.

    Raw, because Django's cascade fetches every row: half a minute for 300 papers, while nobody
    else can write. So it goes past Entry.delete too: the history may end with its exam. A model
    that is forgotten here breaks a foreign key, and nothing is deleted.
    """
    archived = ((kind.model, kind.exam) for kind in reversed(KINDS) if kind.model not in SHARED)
    for model, lookup in (*BESIDE, *archived):
        rows = model._base_manager.filter(**{lookup: exam.pk})
        for one in model._meta.many_to_many:
            through: Any = one.remote_field.through
            pairs = through._base_manager.filter(**{f"{one.m2m_field_name()}__in": rows})
            pairs._raw_delete(pairs.db)
        rows._raw_delete(rows.db)
