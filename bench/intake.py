"""Taking scans in: what one page costs, all told."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.core.files import File

from config.demo.people import STUDENTS
from config.demo.small import SmallExam, make_small
from gradebook.models import Course, Exam
from gradebook.outline import parse
from jobs.models import Job
from rubrics.outline import save_outline
from submissions import chunks, intake
from submissions.models import Page, Upload
from submissions.template import take_template

PAGES = 18


@cache
def _small() -> SmallExam:
    return make_small(Path(tempfile.mkdtemp()), STUDENTS[: PAGES // 3], 230)


def _exam() -> Exam:
    small = _small()
    course = Course.objects.create(name="Intake", term=str(Course.objects.count()))
    exam = Exam.objects.create(course=course, name="Quiz")
    pdf: File[Any] = File(io.BytesIO(small.template.read_bytes()))
    take_template(exam, pdf, "quiz.pdf", None)
    save_outline(exam, parse(small.exam_file), by=None)
    return exam


def _upload() -> Upload:
    with _small().batch.open("rb") as file:
        upload = intake.take_upload(_exam(), File(file), "batch.pdf", None)
    opened = Job.objects.get(kind="intake.open", args__upload=upload.pk)
    opened.claim("bench")
    intake.open_upload(opened)
    return upload


def _take(upload: Upload, numbers: range) -> None:
    """Take pages as if they had not been taken yet; the others are left out."""
    Page.objects.filter(upload=upload).update(state=Page.State.BLANK)
    Page.objects.filter(upload=upload, number__in=numbers).update(state=Page.State.WAITING)
    job = Job.objects.ask("intake.chunk", upload=upload.pk, first=1)
    job.claim("bench")
    chunks.take_pages(job)
    job.finish()


def time_intake_chunk() -> Callable[[], object]:
    """Eighteen pages taken apart, recognised, drawn and cut: divide by 18 for a page's share."""
    upload = _upload()
    return lambda: _take(upload, range(1, PAGES + 1))


def time_intake_page() -> Callable[[], object]:
    """One page alone, with the start of the sandbox that a chunk's pages share."""
    upload = _upload()
    return lambda: _take(upload, range(2, 3))
