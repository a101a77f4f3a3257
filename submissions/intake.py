"""Scans in: a file is kept, looked at, taken apart in chunks, and its pages formed into papers.

    take_upload -> intake.open -> intake.chunk, 20 pages each -> intake.form -> match.exam

Each step asks for the next as a job, when its own part is written. All are safe to run twice.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from gradebook.files import Kept, keep_file, sha256
from gradebook.models import Exam, Template, User
from jobs import Refusal
from jobs.models import Job
from submissions import sources
from submissions.local_files import local_path
from submissions.models import Page, Rescan, Upload
from submissions.sources import BadUpload, Source

CHUNK = 20  # pages a job
LONGEST_NAME = 255
NOT_ONE = "{name} was sent as a new scan of one page, but is not one page. Send that page alone."
SUFFIXES = {"pdf": {".pdf"}, "image": {".jpg", ".jpeg", ".png", ".tif", ".tiff"}, "zip": {".zip"}}


def take_upload(
    exam: Exam, file: File[bytes], name: str, by: User | None, *, rescan: Rescan | None = None
) -> Upload:
    """Keep a file of scans and ask for the work on it; `rescan` says that it is one page anew.

    Raises BadUpload, in words for a person, for what is no PDF, picture or ZIP by its first
    bytes, is too large, or is here already. What is wrong deeper inside is found by the job,
    and told in the upload's `problem`.
    """
    if not Template.objects.filter(exam=exam).exists():
        raise BadUpload(
            "This exam has no template yet. Upload the blank exam first: "
            "scans are recognised by what is printed on it."
        )
    limit = settings.MAX_UPLOAD_BYTES
    if (file.size or 0) > limit:
        raise BadUpload(
            f"{name} has {(file.size or 0) / 1e6:,.0f} MB, and {limit / 1e6:,.0f} MB is the most "
            "for one file. Split it and upload the parts."
        )
    with tempfile.NamedTemporaryFile() as copy:
        path = _path_of(file)
        if path is None:
            for chunk in file.chunks():
                copy.write(chunk)
            copy.flush()
            path = Path(copy.name)
        return _take(exam, path, name, by, rescan)


def _path_of(file: File[bytes]) -> Path | None:
    """Where a file lies already: Django spools what is sent to disk."""
    if hasattr(file, "temporary_file_path"):
        return Path(file.temporary_file_path())
    return None


def _take(
    exam: Exam, path: Path, name: str, by: User | None, rescan: Rescan | None = None
) -> Upload:
    kind = sources.recognise(path, name)
    suffix = Path(name).suffix.lower()
    with path.open("rb") as file:
        kept = keep_file("uploads", file, suffix if suffix in SUFFIXES[kind] else f".{kind}")
    upload = _row(exam, kept, path.stat().st_size, name, kind, by, rescan)
    ask_to_open(upload, by)
    return upload


def _row(
    exam: Exam,
    kept: Kept,
    size: int,
    name: str,
    kind: str,
    by: User | None,
    rescan: Rescan | None,
) -> Upload:
    try:
        with transaction.atomic():
            # A file that could not be used may be tried again: a limit may have been raised.
            same = Upload.objects.filter(exam=exam, sha256=kept.sha256)
            same.exclude(problem="").filter(pages=None).delete()
            upload = Upload.objects.create(
                exam=exam,
                name=name[-LONGEST_NAME:],
                file=kept.name,
                size=size,
                sha256=kept.sha256,
                kind=kind,
                uploaded_by=by,
            )
            if rescan is not None:
                rescan.upload = upload
                rescan.save()
            return upload
    except IntegrityError:
        raise BadUpload(_here_already(exam, kept.sha256, name)) from None


def _here_already(exam: Exam, sha256: str, name: str) -> str:
    upload = Upload.objects.select_related("uploaded_by").get(exam=exam, sha256=sha256)
    at = exam.course.local(upload.uploaded_at)
    today = timezone.now().astimezone(at.tzinfo).date()
    said = f"{at:%H:%M}" if at.date() == today else f"{at:%B} {at.day}, {at:%H:%M}"
    by = f" by {upload.uploaded_by}" if upload.uploaded_by else ""
    return f"{name} is here already, uploaded {said}{by}."


# Jobs


def ask_to_open(upload: Upload, by: User | None) -> Job:
    """Ask for all work on an upload that is not done yet; also after it failed."""
    return Job.objects.ask("intake.open", key=open_key(upload.pk), by=by, upload=upload.pk)


def open_key(pk: int) -> str:
    return f"intake.open:{pk}"


def open_upload(job: Job) -> None:
    """Look at the file, make its page rows, ask for its chunks. Raises Refusal, in words."""
    upload = _unformed(job)
    if upload is None:
        return
    path = local_path(str(upload.file.name))
    try:
        source = sources.inspect(path, upload.name, max_pages=settings.MAX_UPLOAD_PAGES)
        if hasattr(upload, "rescan") and (source.kind == "zip" or source.pages != 1):
            raise BadUpload(NOT_ONE.format(name=upload.name))
        if source.kind == "zip":
            _unpack(upload, path)
            return
    except BadUpload as error:
        Upload.objects.filter(pk=upload.pk).update(problem=str(error))
        raise Refusal(str(error)) from None
    _make_pages(upload, source)
    job.report(total=source.pages, message="Reading pages")
    _ask_for_chunks(upload, job)


def _unformed(job: Job) -> Upload | None:
    """The job's upload; None when it was deleted, or is through already."""
    uploads = Upload.objects.select_related("exam__course", "uploaded_by")
    return uploads.filter(pk=job.args["upload"], formed_at=None).first()


def _make_pages(upload: Upload, source: Source) -> None:
    Page.objects.bulk_create(
        (Page(upload=upload, number=number) for number in range(1, source.pages + 1)),
        ignore_conflicts=True,
        batch_size=500,
    )
    Upload.objects.filter(pk=upload.pk).update(
        page_count=source.pages, warnings=list(source.warnings), problem=""
    )


def _ask_for_chunks(upload: Upload, job: Job) -> None:
    waiting = waiting_pages(upload).values_list("number", flat=True)
    for first in sorted({(number - 1) // CHUNK * CHUNK + 1 for number in waiting}):
        key = f"intake.chunk:{upload.pk}:{first}"
        Job.objects.ask(
            "intake.chunk", key=key, by=job.asked_by, parent=job, upload=upload.pk, first=first
        )
    ask_to_form(upload, job)


def waiting_pages(upload: Upload) -> QuerySet[Page]:
    return Page.objects.filter(upload=upload, state=Page.State.WAITING)


def ask_to_form(upload: Upload, opened: Job | None) -> None:
    """Ask for the papers once no page waits. `opened` is the job that progress is shown of."""
    if waiting_pages(upload).exists():
        return
    key = f"intake.form:{upload.pk}"
    by = opened.asked_by if opened else None
    Job.objects.ask("intake.form", key=key, by=by, parent=opened, upload=upload.pk)


def _unpack(upload: Upload, path: Path) -> None:
    """Take each file of a ZIP as an upload of its own. Raises BadUpload for the ZIP itself."""
    said: list[str] = []
    taken = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, file in sources.expand(path, Path(folder), upload.name):
            try:
                _take(upload.exam, file, name, upload.uploaded_by)
                taken += 1
            except BadUpload as error:
                if _came_with(upload, file):
                    taken += 1
                else:
                    said.append(str(error))
    if not taken:
        raise BadUpload(" ".join(said[:3]) or f"{upload.name} is empty: it holds no files.")
    Upload.objects.filter(pk=upload.pk).update(
        page_count=0, warnings=said, problem="", formed_at=timezone.now()
    )


def _came_with(upload: Upload, file: Path) -> bool:
    """Whether an earlier attempt at this very ZIP took the file already."""
    with file.open("rb") as opened:
        digest = sha256(opened)
    return Upload.objects.filter(
        exam=upload.exam, sha256=digest, uploaded_at__gte=upload.uploaded_at
    ).exists()
