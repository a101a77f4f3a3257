"""The blank exam: a PDF taken in as the template that regions are drawn on.

    ask_for_template -> template.draw -> the exam's Template, whole

What a person sends is looked at briefly and drawn by a job; a command does all of it at once.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from django.core.files import File
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from gradebook.counted import counted
from gradebook.files import Kept, keep, keep_file, refresh
from gradebook.models import Exam, Template, TemplatePage, User
from jobs import Refusal
from jobs.models import Job
from jobs.progress import Progress
from submissions.blank_exam import draw, look
from submissions.local_files import forget, local_path
from submissions.models import Page, TemplateUpload
from submissions.prints import print_of
from submissions.sources import BadUpload

LONGEST_NAME = 255
INTERRUPTED = "Drawing its pages was interrupted. Upload it once more."


class Sheet(NamedTuple):
    """A page of the blank exam whose picture is kept; sizes in points."""

    picture: Kept
    width: float
    height: float


class Coming(NamedTuple):
    """A template on its way. With a `problem`, in words, it will not come."""

    upload: TemplateUpload
    progress: Progress | None
    problem: str

    @property
    def left(self) -> str:
        told = self.progress
        return f"{told.time_left} left" if told and told.time_left else ""


def take_template(exam: Exam, file: File[bytes], name: str, by: User | None) -> Template:
    """Take a blank PDF in as the exam's template, to the end: for commands, not for a request.

    Raises BadUpload, in words for a person, for what is no usable PDF and for another number of
    pages while regions or scans lie on the old ones. Then the old template stands.
    """
    with _on_disk(file) as path:
        sheets = list(_sheets(path, name))
        with path.open("rb") as opened:
            kept = keep_file("templates", opened, ".pdf")
    with transaction.atomic():
        _hold(exam)
        TemplateUpload.objects.filter(exam=exam).delete()
        template = _put(exam, kept, sheets, by)
    _prepare(exam)
    return template


def ask_for_template(exam: Exam, file: File[bytes], name: str, by: User | None) -> TemplateUpload:
    """Keep a blank PDF and ask for its pages to be drawn, in place of one that still waits.

    Raises BadUpload as `take_template` does, for what can be seen without drawing; what cannot
    is told in the upload's `problem`. Takes seconds at most, whatever the file holds.
    """
    with _on_disk(file) as path:
        pages = len(look(path, name, at_once=True))
        _fits(exam, pages)
        with path.open("rb") as opened:
            kept = keep_file("templates", opened, ".pdf")
    with transaction.atomic():
        _hold(exam)
        coming = TemplateUpload.objects.filter(exam=exam)
        upload = coming.filter(sha256=kept.sha256, problem="").first()
        if upload is None:
            coming.delete()
            upload = TemplateUpload.objects.create(
                exam=exam,
                name=name[-LONGEST_NAME:],
                file=kept.name,
                sha256=kept.sha256,
                page_count=pages,
                uploaded_by=by,
            )
        # The same file again asks again: the work on it may have been given up.
        Job.objects.ask("template.draw", key=_key(upload), by=by, template=upload.pk)
    return upload


def coming_template(exam: Exam) -> Coming | None:
    """Return the template that is on its way, or that failed to come."""
    upload = TemplateUpload.objects.filter(exam=exam).select_related("uploaded_by").first()
    if upload is None:
        return None
    job = Job.objects.filter(kind="template.draw", key=_key(upload)).order_by("-pk").first()
    problem, progress = upload.problem, job.progress() if job else None
    if not problem and (progress is None or progress.finished):
        problem = (progress and progress.error) or INTERRUPTED
    return Coming(upload, progress, problem)


def forget_coming(exam: Exam) -> None:
    """Let a template that is on its way, or failed, go. The one that stands is not touched."""
    TemplateUpload.objects.filter(exam=exam).delete()


def draw_template(job: Job) -> None:
    """Draw the pages and put the template. Raises Refusal, in words."""
    uploads = TemplateUpload.objects.select_related("exam", "uploaded_by")
    upload = uploads.filter(pk=job.args["template"], problem="").first()
    if upload is None:
        return  # it was put by an attempt before, or another one took its place
    refresh(str(upload.file.name))
    job.report(total=upload.page_count, message="Drawing the template’s pages")
    sheets = []
    try:
        for sheet in _sheets(local_path(str(upload.file.name)), upload.name):
            sheets.append(sheet)
            job.report(done=len(sheets))
        _put_coming(upload, sheets)
    except BadUpload as error:
        TemplateUpload.objects.filter(pk=upload.pk).update(problem=str(error))
        raise Refusal(str(error)) from None
    finally:
        forget(str(upload.file.name))
    _prepare(upload.exam)


def _prepare(exam: Exam) -> None:
    """Make the template ready for scans, before two workers who need it do so at once."""
    template = Template.objects.filter(exam=exam).first()
    if template is not None:
        print_of(template)


def _key(upload: TemplateUpload) -> str:
    return f"template.draw:{upload.pk}"


@contextmanager
def _on_disk(file: File[bytes]) -> Iterator[Path]:
    if hasattr(file, "temporary_file_path"):
        # Django spools what is sent to disk.
        yield Path(file.temporary_file_path())
        return
    with tempfile.NamedTemporaryFile() as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


def _sheets(path: Path, name: str) -> Iterator[Sheet]:
    for image, *size in draw(path, name):
        yield Sheet(keep("template-pages", image, ".jpg"), *size)


def _put_coming(upload: TemplateUpload, sheets: list[Sheet]) -> None:
    with transaction.atomic():
        _hold(upload.exam)
        # Gone when another one came after it, or when somebody let it go.
        gone, _ = TemplateUpload.objects.filter(pk=upload.pk).delete()
        if gone:
            kept = Kept(str(upload.file.name), upload.sha256)
            _put(upload.exam, kept, sheets, upload.uploaded_by)


def _hold(exam: Exam) -> None:
    Exam.objects.select_for_update(no_key=True).get(pk=exam.pk)


def _put(exam: Exam, kept: Kept, sheets: list[Sheet], by: User | None) -> Template:
    _fits(exam, len(sheets))
    template, _created = Template.objects.update_or_create(
        exam=exam,
        defaults={
            "file": kept.name,
            "sha256": kept.sha256,
            "page_count": len(sheets),
            "uploaded_at": timezone.now(),
            "uploaded_by": by,
        },
    )
    template.pages.all().delete()
    TemplatePage.objects.bulk_create(
        TemplatePage(
            template=template,
            number=number,
            width=sheet.width,
            height=sheet.height,
            image=sheet.picture.name,
            sha256=sheet.picture.sha256,
        )
        for number, sheet in enumerate(sheets, 1)
    )
    return template


def _fits(exam: Exam, pages: int) -> None:
    """Refuse another number of pages where something lies on the old ones."""
    old = Template.objects.filter(exam=exam).first()
    if old is not None and old.page_count == pages:
        return
    if old is not None and Page.objects.filter(upload__exam=exam).exists():
        raise BadUpload(
            f"The template has {counted(old.page_count, 'page')} and this PDF has {pages}."
            " Scans lie on the old pages already, so another template must have as many."
        )
    last = exam.regions.aggregate(last=Max("page"))["last"] or 0
    if last > pages:
        raise BadUpload(
            f"There are regions on page {last}, and this PDF has {counted(pages, 'page')}."
            " Take them away first, or upload one with as many pages."
        )
