"""Scans in: a file is kept, looked at, taken apart in chunks, and its pages formed into papers.

    take_upload -> intake.open -> intake.chunk, 20 or 40 pages each -> intake.form -> match.exam

Each step asks for the next as a job, when its own part is written. All are safe to run twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files import File
from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from gradebook.files import keep_file, sha256
from gradebook.models import Exam, Template, User
from jobs import Refusal
from jobs.folders import working_folder
from jobs.models import Job
from submissions import sources, stacks, unpacking
from submissions.local_files import local_path
from submissions.models import Page, Rescan, Upload
from submissions.sources import BadUpload, HereAlready, Source

CHUNK, MANY = 20, 200  # pages a job, twice as many of an upload of more pages than that
LONGEST_NAME = 255
AGAIN_TRIES = 20  # of so many who send one file again at once, one a try is the first
LOST = (
    "The file is cut off here: what came after page {page} is lost. Scan or export it again, "
    "then discard this."
)
NOT_ONE = "{name} was sent as a new scan of one page, but is not one page. Send that page alone."
SUFFIXES = {"pdf": {".pdf"}, "image": {".jpg", ".jpeg", ".png", ".tif", ".tiff"}, "zip": {".zip"}}


def take_upload(
    exam: Exam,
    file: File[bytes],
    name: str,
    by: User | None,
    *,
    rescan: Rescan | None = None,
    again: bool = False,
) -> Upload:
    """Keep a file of scans and ask for the work on it; `rescan` says that it is one page anew.

    Raises BadUpload, in words for a person, for what is no PDF, picture or ZIP by its first
    bytes, is too large, or, as HereAlready unless `again`, is here already. What is wrong deeper
    inside is found by the job, and told in the upload's `problem`.
    """
    check_welcome(exam, name, file.size or 0)
    return _take(exam, file, file.size or 0, name, by, rescan=rescan, again=again)


def check_welcome(exam: Exam, name: str, size: int) -> None:
    """Raise BadUpload if a file of so many bytes cannot be taken, whatever it holds."""
    if not Template.objects.filter(exam=exam).exists():
        raise BadUpload(
            "This exam has no template yet. Upload the blank exam first: "
            "scans are recognised by what is printed on it."
        )
    limit = settings.MAX_UPLOAD_BYTES
    if size > limit:
        raise BadUpload(
            f"{name} has {size / 1e6:,.0f} MB, and {limit / 1e6:,.0f} MB is the most "
            "for one file. Split it and upload the parts."
        )


def _take(
    exam: Exam,
    file: IO[bytes] | File[bytes],
    size: int,
    name: str,
    by: User | None,
    *,
    rescan: Rescan | None = None,
    again: bool = False,
) -> Upload:
    file.seek(0)
    kind = sources.kind_of(file.read(sources.HEAD), size, name)
    suffix = Path(name).suffix.lower()
    kept = keep_file("uploads", file, suffix if suffix in SUFFIXES[kind] else f".{kind}")
    made = Upload(
        exam=exam,
        name=name[-LONGEST_NAME:],
        file=kept.name,
        size=size,
        sha256=kept.sha256,
        kind=kind,
        uploaded_by=by,
    )
    upload = _written(made, rescan, again)
    ask_to_open(upload, by)
    return upload


def _written(upload: Upload, rescan: Rescan | None, again: bool) -> Upload:
    same = Upload.objects.filter(exam=upload.exam, sha256=upload.sha256)
    # Somebody may take the next number for the same file in this moment: then the one after it.
    for left in reversed(range(AGAIN_TRIES if again else 1)):
        try:
            with transaction.atomic():
                # A file that could not be used may be tried again: a limit may have been raised.
                same.exclude(problem="").filter(pages=None).delete()
                if again:
                    last = same.aggregate(last=Max("copy"))["last"]
                    upload.copy = 0 if last is None else last + 1
                _insert(upload, rescan)
        except IntegrityError:
            if not left:
                raise HereAlready(_here_already(same, upload)) from None
        else:
            return upload
    raise AssertionError("the last try returns or raises")


def _insert(upload: Upload, rescan: Rescan | None) -> None:
    upload.pk = None  # a number of a try before this one may be somebody else's by now
    upload.save(force_insert=True)
    if rescan is not None:
        rescan.upload = upload
        rescan.save()


def _here_already(same: QuerySet[Upload], sent: Upload) -> str:
    upload = same.select_related("uploaded_by").latest("uploaded_at")
    return said_to_be_here(upload, sent.name)


def said_to_be_here(upload: Upload, name: str) -> str:
    course = upload.exam.course
    at, now = course.local(upload.uploaded_at), course.local(timezone.now())
    said = f"{at:%H:%M}" if at.date() == now.date() else course.moment(at)
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
        stack = _unpack(upload, path) if source.kind == "zip" else source
    except BadUpload as error:
        Upload.objects.filter(pk=upload.pk).update(problem=str(error))
        raise Refusal(str(error)) from None
    if stack is None:
        return
    _make_pages(upload, stack)
    job.report(total=stack.pages, message="Reading pages")
    _ask_for_chunks(upload, stack.pages, job)


def _unformed(job: Job) -> Upload | None:
    """The job's upload; None when it was deleted, or is through already."""
    uploads = Upload.objects.select_related("exam__course", "uploaded_by")
    return uploads.filter(pk=job.args["upload"], formed_at=None).first()


def _make_pages(upload: Upload, source: Source) -> None:
    pages = [Page(upload=upload, number=number) for number in range(1, source.pages + 1)]
    if source.cut:
        # What is gone without a trace waits for a person too, as one page nobody can read.
        gone = LOST.format(page=source.pages)
        pages.append(
            Page(upload=upload, number=source.pages + 1, state=Page.State.ERROR, reason=gone)
        )
    Page.objects.bulk_create(pages, ignore_conflicts=True, batch_size=500)
    Upload.objects.filter(pk=upload.pk).update(
        kind=source.kind, page_count=source.pages, warnings=list(source.warnings), problem=""
    )


def _ask_for_chunks(upload: Upload, pages: int, job: Job) -> None:
    waiting = waiting_pages(upload).values_list("number", flat=True)
    size = chunk_size(pages)
    for first in sorted({(number - 1) // size * size + 1 for number in waiting}):
        key = f"intake.chunk:{upload.pk}:{first}"
        Job.objects.ask(
            "intake.chunk", key=key, by=job.asked_by, parent=job, upload=upload.pk, first=first
        )
    ask_to_form(upload, job)


def chunk_size(pages: int) -> int:
    """How many pages a job takes of an upload with so many.

    Where workers have enough to share it is more: each job's own reads and writes take as long
    as a page does.
    """
    return 2 * CHUNK if pages > MANY else CHUNK


def waiting_pages(upload: Upload) -> QuerySet[Page]:
    return Page.objects.filter(upload=upload, state=Page.State.WAITING)


def ask_to_form(upload: Upload, opened: Job | None) -> None:
    """Ask for the papers once no page waits. `opened` is the job that progress is shown of."""
    if waiting_pages(upload).exists():
        return
    key = f"intake.form:{upload.pk}"
    by = opened.asked_by if opened else None
    Job.objects.ask("intake.form", key=key, by=by, parent=opened, upload=upload.pk)


def _unpack(upload: Upload, path: Path) -> Source | None:
    """Return a ZIP that is one stack of pictures as such; of any other, take what is in it.

    Raises BadUpload for the ZIP itself.
    """
    with working_folder() as folder:
        files, left_out = unpacking.expand(path, folder, upload.name)
        groups = stacks.of_unpacked(files)
        if len(groups) == 1 and len(files) > 1 and _lie_in(path, groups[0]):
            most = settings.MAX_UPLOAD_PAGES
            if len(files) > most:
                raise sources.too_many(upload.name, f"{len(files):,}", most)
            return Source("pictures", len(files))
        _take_each(upload, groups, left_out)
    return None


def _lie_in(path: Path, pictures: list[tuple[str, Path]]) -> bool:
    """Whether these are the files of the ZIP itself, not of one in it, and in its order."""
    return stacks.names_in(path) == [name for name, _ in pictures]


def _take_each(upload: Upload, groups: list[list[tuple[str, Path]]], left_out: list[str]) -> None:
    """Take each file of a ZIP, and each stack of pictures, as an upload of its own."""
    said = list(left_out)
    taken = 0
    for group in groups:
        name, part = group[0] if len(group) == 1 else stacks.packed(group)
        try:
            if not _came_with(upload, part):
                _take_from(upload, part, name)
            taken += 1
        except BadUpload as error:
            said.append(str(error))
        part.unlink()
    if not taken:
        raise BadUpload(" ".join(said[:3]) or f"{upload.name} is empty: it holds no files.")
    Upload.objects.filter(pk=upload.pk).update(
        page_count=0, warnings=said, problem="", formed_at=timezone.now()
    )


def _take_from(upload: Upload, part: Path, name: str) -> None:
    # Whoever wants a ZIP once more wants what is in it once more.
    by, again = upload.uploaded_by, upload.copy > 0
    with part.open("rb") as file:
        _take(upload.exam, file, part.stat().st_size, name, by, again=again)


def _came_with(upload: Upload, file: Path) -> bool:
    """Whether an earlier attempt at this very ZIP took the file already."""
    with file.open("rb") as opened:
        digest = sha256(opened)
    return Upload.objects.filter(
        exam=upload.exam, sha256=digest, uploaded_at__gte=upload.uploaded_at
    ).exists()
