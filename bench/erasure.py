"""Deleting for good: an exam of 300 papers with 27 scanned pages and a line of history a mark."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from bench import world
from gradebook.models import Exam, Membership
from rubrics.models import Entry, Mark
from scoring.erasure import exams, students
from submissions.models import Page, Submission, Upload

PAGES = 27


def time_deleting_an_exam(papers: int = 300) -> Callable[[], object]:
    """Delete all its rows, in one transaction; its files, which are none here, come after."""
    exam = _scanned(papers)
    return _taken_back(lambda: exams.delete(Exam.objects.get(pk=exam.pk), by=None))


def time_deleting_a_student(papers: int = 300) -> Callable[[], object]:
    """Delete one student's rows, and look through the history for what it says of them."""
    exam = _scanned(papers)
    first = exam.matches.order_by("pk").values_list("membership", flat=True)[0]
    return _taken_back(lambda: students.delete(Membership.objects.get(pk=first), by=None))


def _taken_back(act: Callable[[], object]) -> Callable[[], object]:
    """Return the act, undone after each run, so that the next finds the same."""

    def once() -> None:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)

    return once


def _scanned(papers: int) -> Exam:
    exam = world.make(papers).exam
    upload = Upload.objects.create(exam=exam, name="scans.pdf", size=1, sha256=f"{exam.pk:064}")
    keys = Submission.objects.filter(exam=exam).order_by("number").values_list("pk", flat=True)
    Page.objects.bulk_create(
        (
            Page(
                upload=upload,
                number=PAGES * place + number,
                state=Page.State.PLACED,
                submission_id=pk,
                template_page=number,
                position=number,
            )
            for place, pk in enumerate(keys)
            for number in range(1, PAGES + 1)
        ),
        batch_size=world.BATCH,
    )
    marks = Mark.objects.filter(answer__submission__exam=exam).values_list("answer", "item")
    Entry.objects.bulk_create(
        (
            Entry(exam=exam, verb=Entry.Verb.APPLIED, answer_id=answer, item_id=item)
            for answer, item in marks
        ),
        batch_size=world.BATCH,
    )
    return exam
