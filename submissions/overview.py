"""What the scans page shows: uploads and how far they are, pages to look at, papers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from gradebook.models import Exam, TemplatePage
from jobs.models import Job
from jobs.progress import Progress
from submissions.covers import Hidden, hidden_rects
from submissions.intake import open_key
from submissions.models import Page, Submission, Upload
from submissions.pictures import Picture, picture
from submissions.stacks import PICTURE

State = Page.State


class UploadRow(NamedTuple):
    """An upload as a person may see it: without names of files "file 2" stands for them."""

    upload: Upload
    label: str
    state: str  # working, formed, problem or stuck
    progress: Progress | None
    problem: str
    warnings: list[str]
    papers: int
    looks: int

    @property
    def left(self) -> str:
        told = self.progress
        return f"{told.time_left} left" if told and told.time_left else ""


class Figures(NamedTuple):
    pages: int
    papers: int
    looks: int
    aside: int


class PaperRow(NamedTuple):
    paper: Submission
    student: str
    pages: int
    missing: str  # "12, 13"
    extra: int


def uploads_of(exam: Exam, *, names: bool) -> list[UploadRow]:
    """Return an exam's uploads in order of arrival, in four queries."""
    looks = Count("pages", filter=Page.unsettled("pages__"), distinct=True)
    uploads = list(
        exam.uploads.select_related("uploaded_by").annotate(
            looks=looks, papers=Count("pages__submission", distinct=True)
        )
    )
    jobs = _opening_jobs([upload for upload in uploads if upload.formed_at is None])
    rows = [
        _upload_row(upload, names, place, jobs.get(open_key(upload.pk)))
        for place, upload in enumerate(uploads, start=1)
    ]
    return rows[::-1]


def _opening_jobs(uploads: Sequence[Upload]) -> dict[str, Job]:
    if not uploads:
        return {}
    keys = [open_key(upload.pk) for upload in uploads]
    jobs = Job.objects.filter(kind="intake.open", key__in=keys).order_by("pk")
    return {job.key: job for job in jobs.prefetch_related("children")}


def _upload_row(upload: Upload, names: bool, place: int, job: Job | None) -> UploadRow:
    label = label_of(upload, place, names)
    progress = job.progress() if job else None
    problem = upload.problem or (progress.error if progress else "")
    if upload.problem:
        state = "problem"
    elif upload.formed_at:
        state = "formed"
    else:
        state = "working" if progress and not progress.finished else "stuck"
    return UploadRow(
        upload,
        label,
        state,
        progress,
        _problem(upload, problem, label, names),
        _warnings(upload, label, names),
        getattr(upload, "papers", 0),
        getattr(upload, "looks", 0) if upload.formed_at else 0,
    )


def _problem(upload: Upload, problem: str, label: str, names: bool) -> str:
    if upload.kind in ("zip", "pictures") and problem and not names:
        return f"{label} could not be used. An instructor sees why."
    return problem.replace(upload.name, label)


def _warnings(upload: Upload, label: str, names: bool) -> list[str]:
    """What is wrong with a file; the files inside a ZIP may be called after their writers."""
    if upload.kind == "zip" and upload.warnings and not names:
        return [f"Some files in {label} could not be used. An instructor sees which."]
    said = [str(warning) for warning in upload.warnings]
    if upload.kind == "pictures" and not names:
        said = [warning for warning in said if not warning.startswith(PICTURE)]
    return [warning.replace(upload.name, label) for warning in said]


def label_of(upload: Upload, place: int, names: bool) -> str:
    return upload.name if names else f"file {place}"


def labels(exam: Exam, *, names: bool) -> dict[int, str]:
    """Return what each upload may be called, by key."""
    return {
        upload.pk: label_of(upload, place, names)
        for place, upload in enumerate(exam.uploads.only("pk", "name"), start=1)
    }


def pages_to_look_at(exam: Exam) -> QuerySet[Page]:
    """Return pages that wait for a person, with the paper that lies before each in its file."""
    before = Page.objects.filter(
        upload=OuterRef("upload"), number__lt=OuterRef("number"), state=State.PLACED
    ).order_by("-number")
    return (
        _formed(exam)
        .filter(Page.unsettled())
        .select_related("upload")
        .annotate(
            paper_before=Subquery(before.values("submission__number")[:1]),
            page_before=Subquery(before.values("template_page")[:1]),
        )
        .order_by("upload", "number")
    )


def pages_set_aside(exam: Exam) -> QuerySet[Page]:
    """Return blank and discarded pages: nobody needs to look, but everybody may."""
    return (
        _formed(exam)
        .filter(state__in=[State.BLANK, State.DISCARDED])
        .select_related("upload", "submission")
        .order_by("-state", "upload", "number")
    )


def _formed(exam: Exam) -> QuerySet[Page]:
    return Page.objects.filter(upload__exam=exam, upload__formed_at__isnull=False)


def figures(exam: Exam) -> Figures:
    """Return the numbers of the heading, in two queries."""
    counted = _formed(exam).aggregate(
        pages=Count("pk"),
        looks=Count(
            "pk",
            filter=Q(state__in=[State.DOUBTFUL, State.ERROR])
            | Q(state=State.EXTRA, submission=None),
        ),
        aside=Count("pk", filter=Q(state__in=[State.BLANK, State.DISCARDED])),
    )
    return Figures(papers=exam.submissions.count(), **counted)


def papers_of(exam: Exam, *, missing_only: bool = False) -> QuerySet[Submission]:
    """Return papers with how many of the template's pages they have."""
    papers = (
        exam.submissions.select_related("match__membership__user")
        .annotate(placed=Count("pages", filter=Q(pages__state=State.PLACED)))
        .order_by("number")
    )
    return papers.filter(placed__lt=page_count(exam)) if missing_only else papers


def page_count(exam: Exam) -> int:
    template = getattr(exam, "template", None)
    return template.page_count if template else 0


def page_sizes(exam: Exam) -> dict[int, tuple[float, float]]:
    """Return width and height of the template's pages, in points."""
    pages = TemplatePage.objects.filter(template__exam=exam)
    return {
        number: (width, height)
        for number, width, height in pages.values_list("number", "width", "height")
    }


def paper_rows(exam: Exam, papers: Iterable[Submission], *, names: bool) -> list[PaperRow]:
    """Return what a table says of papers, in one query more."""
    listed = list(papers)
    there: dict[int, set[int]] = defaultdict(set)
    extra: dict[int, int] = defaultdict(int)
    pages = Page.objects.filter(submission__in=listed, state__in=[State.PLACED, State.EXTRA])
    for paper, number in pages.values_list("submission_id", "template_page"):
        if number is None:
            extra[paper or 0] += 1
        else:
            there[paper or 0].add(number)
    wanted = range(1, page_count(exam) + 1)
    return [
        PaperRow(
            paper=paper,
            student=_student(paper) if names else "",
            pages=len(there[paper.pk]),
            missing=spans([number for number in wanted if number not in there[paper.pk]]),
            extra=extra[paper.pk],
        )
        for paper in listed
    ]


def free_places(exam: Exam, numbers: Iterable[int]) -> dict[int, list[int]]:
    """Return by paper's number the template pages it lacks."""
    asked = set(numbers)
    pages = Page.objects.filter(
        submission__exam=exam, submission__number__in=asked, state=State.PLACED
    )
    there: dict[int, set[int]] = defaultdict(set)
    for paper, page in pages.values_list("submission__number", "template_page"):
        there[paper].add(page or 0)
    wanted = range(1, page_count(exam) + 1)
    return {number: [page for page in wanted if page not in there[number]] for number in asked}


def likely_place(free: Sequence[int], may_be: Sequence[int], before: int) -> int | None:
    """Return the free place a page most likely has: what it was recognised as, else the next."""
    fitting = [page for page in free if page in may_be]
    if fitting:
        return fitting[0]
    if may_be:
        return None
    return next((page for page in free if page > before), free[0] if free else None)


def _student(paper: Submission) -> str:
    match = getattr(paper, "match", None)
    return match.membership.user.listed if match else ""


class Place(NamedTuple):
    """A place in a paper: its page, or nothing; `number` is None for an extra page."""

    number: int | None
    page: Page | None
    picture: Picture | None
    file: str
    note: str


def places_of(exam: Exam, paper: Submission, *, names: bool) -> list[Place]:
    """Return the places of a paper in order, empty ones too, then its extra pages."""
    there = paper.pages.filter(state__in=[State.PLACED, State.EXTRA]).order_by("position", "pk")
    pages = list(there if names else there.select_related("name_check"))
    hidden: Hidden = {} if names else hidden_rects(exam.pk)
    called = labels(exam, names=names)
    by_number = {page.template_page: page for page in pages if page.template_page}
    extra = [page for page in pages if page.template_page is None]
    numbers: list[int | None] = [*range(1, page_count(exam) + 1)]
    listed = [(number, by_number.get(number or 0)) for number in numbers]
    return [
        Place(
            number,
            page,
            picture(page, names=names, hidden=hidden) if page else None,
            called[page.upload_id] if page else "",
            _note(page) if page else "",
        )
        for number, page in [*listed, *((None, page) for page in extra)]
    ]


def _note(page: Page) -> str:
    if page.affine is None:
        return "does not fit"
    if page.sheet_turn == 180:
        return "was upside down"
    return "by its order" if page.reason else ""


def spans(numbers: Sequence[int]) -> str:
    """Return numbers as people write them: "3, 12–14"."""
    parts: list[tuple[int, int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1] = (parts[-1][0], number)
        else:
            parts.append((number, number))
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in parts)
