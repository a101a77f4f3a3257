"""What is here of a student, deleted for good. Everybody else's papers and scores stay."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from gradebook.models import Membership, Role, User
from jobs import Refusal
from jobs.models import Job
from scoring.erasure import accounts, deleting, traces
from scoring.erasure.belongings import Belongings, of, papers_of
from scoring.erasure.deleting import Report
from scoring.models import Copy, Deletion, Regrade
from submissions.models import Page, PrintRun, Submission, Upload

ONLY_STUDENTS = "Only a student’s data are deleted: what staff did belongs to others’ grades."
AT_WORK = (
    "A file with pages of this student is still being read. Nothing was deleted. "
    "Try again when it is done."
)
NO_SCAN = "Its file was deleted with a student’s data before it was read. Scan it again."
NO_FILE = "Its PDF was deleted with a student’s data. Ask for new papers if you need more."


def what_goes(student: Membership) -> list[tuple[int, str]]:
    """Return how much there is of what a person would miss, each with the word for one of it."""
    papers = list(papers_of(student).values_list("pk", flat=True))
    released = Copy.objects.filter(student=student, release__isnull=False)
    return [
        (len(papers), "paper"),
        (Page.objects.filter(submission__in=papers).count(), "scanned page"),
        (released.count(), "released result"),
        (Regrade.objects.filter(student=student).count(), "regrade request"),
    ]


def shared_files(student: Membership) -> list[str]:
    """Return the names of files of scans that hold others' pages too, and will go whole."""
    theirs = of(student)
    uploads = Upload.objects.filter(pk__in=theirs.uploads).exclude(file="")
    return [
        one.name
        for one in uploads.order_by("pk")
        if one.kind == "zip" or one.pages.exclude(pk__in=theirs.pages).exists()
    ]


def ask(student: Membership, *, by: User | None) -> Deletion:
    """Let a worker delete a student's data; asked twice, it is the same deletion."""
    with transaction.atomic():
        deletion = _begin(student, by)
        deleting.ask(deletion, by=by)
    return deletion


def delete(student: Membership, *, by: User | None) -> Deletion:
    """Delete a student's data here and now; return the record. Raises Refusal, in words."""
    return carry_out(_begin(student, by), deleting.unreported)


def carry_out(deletion: Deletion, report: Report) -> Deletion:
    """Do what is left of a student's deletion. Raises Refusal."""
    return deleting.carry_out(deletion, _delete_rows, report)


def _begin(student: Membership, by: User | None) -> Deletion:
    wanted = {"course": student.course, "kind": Deletion.Kind.STUDENT, "by": by}
    return Deletion.objects.get_or_create(membership=student, defaults=wanted)[0]


def _delete_rows(deletion: Deletion) -> None:
    student = deletion.membership
    if student is None:
        return
    theirs = of(student)
    if why := why_not(student, theirs):
        # Asked for again later, it is a deletion of its own.
        deletion.delete()
        raise Refusal(why)
    with transaction.atomic():
        deletion.papers, deletion.pages = len(theirs.papers), len(theirs.pages)
        deletion.left = sorted(theirs.hashes)
        deletion.save(update_fields=["papers", "pages", "left"])
        traces.remove(theirs)
        _remove(theirs)
        user = student.user
        student.delete()
        accounts.remove_unless_needed(user)


def why_not(student: Membership, theirs: Belongings | None = None) -> str:
    """Say why a student's data cannot be deleted now, if so; else ""."""
    if student.role != Role.STUDENT:
        return ONLY_STUDENTS
    uploads = (theirs or of(student)).uploads
    kinds = ["intake.open", "intake.chunk", "intake.form"]
    busy = Job.objects.unfinished().filter(kind__in=kinds, args__upload__in=uploads)
    return AT_WORK if busy.exists() else ""


def _remove(theirs: Belongings) -> None:
    """Delete the rows that are theirs, and let go the files that hold more than theirs.

    Pages are stored one by one, so nobody else misses the file they came in.
    """
    Page.objects.filter(pk__in=theirs.pages).delete()
    Copy.objects.filter(pk__in=theirs.copies).delete()
    Submission.objects.filter(pk__in=theirs.papers).delete()
    uploads = Upload.objects.filter(pk__in=theirs.uploads)
    uploads.exclude(kind="zip").filter(pages=None).delete()
    left = Page.objects.filter(upload__in=uploads, state=Page.State.WAITING)
    left.update(state=Page.State.ERROR, reason=NO_SCAN)
    uploads.filter(formed_at=None).update(formed_at=timezone.now())
    uploads.update(file="")
    runs = PrintRun.objects.filter(pk__in=theirs.runs)
    runs.update(file="", drawn_at=None, problem=NO_FILE)
