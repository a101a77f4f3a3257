"""Regions cut out of pages along their fit: the written name, the ID, each answer.

Intake cuts them as pages come in. When the outline moves a region its crops go with its row, and
`ask_for` has the missing ones cut anew, the covers of pages painted anew, and options read anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from gradebook.files import keep, read
from gradebook.models import Exam, Region, User
from jobs.models import Job
from submissions import choices, imaging
from submissions.blanks import SURE_ERROR, SURE_SCORE, ink
from submissions.covers import Hidden, hidden_rects, mark_of, may_be, rects_on
from submissions.imaging import Picture
from submissions.jpegs import read_header
from submissions.models import Choice, Crop, Page
from submissions.page_files import draw
from submissions.prints import print_of
from submissions.template_print import DPI, WIDEST_INCHES, TemplatePrint
from submissions.whose import ask_for_matching

CHUNK = 20  # pages a job
TRIES = 5  # to draw a page that is moved meanwhile
QUESTION_DPI = 150
SPOT_DPI = 200  # names and numbers are read by machine
FINEST = 1 << 30  # pixels wide: as fine as the scan
LETTER_INCHES = 8.5


class View(NamedTuple):
    """An upright page in the eyes of whoever cuts: decoded once for all its regions."""

    image: bytes  # the JPEG as it lies, for what is read by machine
    turn: int
    picture: Picture  # to look at
    inked: Picture  # at about 100 dots an inch, as dark as the darkest colour
    inches: float  # across


def view(image: bytes, turn: int, dpi: float | None) -> View:
    """Decode a page. Without `dpi` it is taken for a letter sheet."""
    header = read_header(image)
    across = header.height if turn % 180 == 90 else header.width
    inches = min(across / dpi, WIDEST_INCHES) if dpi else LETTER_INCHES
    decoded = imaging.decoded(image, turn)
    inked = imaging.darkest(decoded, round(inches * DPI))
    return View(image, turn, imaging.to_look_at(decoded), inked, inches)


def lies_well(score: float | None, error_px: float | None) -> bool:
    """Whether a fit is exact enough to tell handwriting from the print below it."""
    return (score or 0) >= SURE_SCORE and error_px is not None and error_px <= SURE_ERROR


def regions_by_page(exam: Exam) -> dict[int, list[Region]]:
    """Return what is cut out, by template page; what is only hidden is not."""
    found: dict[int, list[Region]] = defaultdict(list)
    for region in exam.regions.exclude(kind=Region.Kind.HIDDEN):
        found[region.page].append(region)
    return dict(found)


def cut(
    page: int,
    seen: View,
    affine: Sequence[float],
    regions: Iterable[Region],
    template: Picture | None,
) -> list[Crop]:
    """Cut regions out of a page and store the pictures; the rows are the caller's to save.

    `template` is the template page at 100 dots an inch. Without it the ink stays unknown, as
    it must where the page does not lie well: print would count as ink.
    """
    wanted = list(regions)
    spots = any(region.kind != Region.Kind.QUESTION for region in wanted)
    fine = imaging.picture(seen.image, seen.turn, FINEST) if spots else seen.picture
    return [_cut_one(page, seen, fine, affine, region, template) for region in wanted]


def _cut_one(
    page: int,
    seen: View,
    fine: Picture,
    affine: Sequence[float],
    region: Region,
    template: Picture | None,
) -> Crop:
    a, b, c, d, e, f = affine
    fit = (a, b, c, d, e, f)
    is_question = region.kind == Region.Kind.QUESTION
    source, dpi = (seen.picture, QUESTION_DPI) if is_question else (fine, SPOT_DPI)
    width = max(1, round(min(region.width * seen.inches * dpi, source.shape[1])))
    picture = imaging.crop(source, fit, region.rect, width)
    kept = keep("crops", imaging.encode(picture), ".jpg")
    return Crop(
        page_id=page,
        region=region,
        image=kept.name,
        sha256=kept.sha256,
        width=picture.shape[1],
        height=picture.shape[0],
        ink=ink(seen.inked, template, fit, region.rect) if template is not None else None,
    )


# What is missing


def ask_for(exam: Exam, by: User | None = None) -> int:
    """Ask for the crops and covers that the outline wants now; return how many pages that is.

    Call it after the outline changed, when its transaction is through. Repeats are harmless.
    """
    sum_ink(exam)
    return ask_for_missing(exam, by)


def ask_for_missing(exam: Exam, by: User | None = None) -> int:
    """Ask for crops and covers that are not there; whose papers they are is asked when done."""
    pages = sorted(_lacking(exam) | _covered_in_vain(exam) | choices.lacking(exam))
    if not pages:
        ask_for_matching(exam, by)
    for start in range(0, len(pages), CHUNK):
        chunk = pages[start : start + CHUNK]
        key = f"crops.cut:{exam.pk}:{chunk[0]}-{chunk[-1]}:{_mark(exam)}"
        Job.objects.ask("crops.cut", key=key, by=by, exam=exam.pk, pages=chunk)
    return len(pages)


def cut_anew(job: Job) -> None:
    """Do a job of `ask_for`: cut what these pages lack, paint their covers, sum the ink."""
    exam = Exam.objects.select_related("template").filter(pk=job.args["exam"]).first()
    if exam is None:
        return
    pages = list(Page.objects.filter(pk__in=job.args["pages"], upload__exam=exam))
    regions, hidden = regions_by_page(exam), hidden_rects(exam.pk)
    template = print_of(exam.template)
    for done, page in enumerate(pages, start=1):
        renew(page, regions, hidden, template)
        job.report(done=done, total=len(pages), message="Cutting out answers")
    papers = {page.submission_id for page in pages if page.submission_id}
    sum_ink(exam, papers)
    if not _lacking(exam):
        ask_for_matching(exam, job.asked_by)


def renew(
    page: Page,
    regions: Mapping[int, Sequence[Region]],
    hidden: Hidden,
    template: TemplatePrint,
) -> None:
    """Bring a page's pictures and crops to where its fit and the outline are now.

    Whoever turns or moves it while it is drawn makes it be drawn again, as it is then.
    """
    for _ in range(TRIES):
        now = Page.objects.filter(pk=page.pk).first()
        if now is None or not now.image or _renewed(now, regions, hidden, template):
            return
    raise RuntimeError(f"Page {page.pk} was moved {TRIES} times while it was drawn.")


def _renewed(
    page: Page,
    regions: Mapping[int, Sequence[Region]],
    hidden: Hidden,
    template: TemplatePrint,
) -> bool:
    """Draw and cut a page as it was read; False, and nothing is written, if it no more is so."""
    seen = view(read(str(page.image.name)), page.turn, page.dpi)
    drawn = draw(seen.picture, rects_on(may_be(page), hidden), page.affine)
    cuts: list[Crop] = []
    found: list[Choice] = []
    if page.affine and page.template_page and page.state == Page.State.PLACED:
        there = set(page.crops.values_list("region_id", flat=True))
        wanted = [one for one in regions.get(page.template_page, []) if one.pk not in there]
        sure = lies_well(page.score, page.error_px)
        if wanted:
            print_ = template.beside_codes(page.template_page) if sure else None
            cuts = cut(page.pk, seen, page.affine, wanted, print_)
        if sure:
            print_ = template.page(page.template_page).full.picture
            found = choices.read_anew(page, seen.inked, print_)
    with transaction.atomic():
        now = Page.objects.select_for_update(of=("self",)).filter(pk=page.pk).first()
        if now is None or _lie(now) != _lie(page):
            return False
        Page.objects.filter(pk=page.pk).update(**drawn._asdict())
        save(cuts)
        choices.save(page.pk, found)
    return True


def _lie(page: Page) -> tuple[object, ...]:
    """Return all of a page that decides how it is drawn and cut."""
    lies = page.state, page.turn, page.template_page, page.alike, page.affine
    return page.image.name, *lies, page.score, page.error_px


def save(crops: Sequence[Crop]) -> None:
    """Write crops in place of what stood there for the same page and region."""
    Crop.objects.bulk_create(
        crops,
        update_conflicts=True,
        unique_fields=["page", "region"],
        update_fields=["image", "sha256", "width", "height", "ink"],
    )


def sum_ink(exam: Exam, papers: Iterable[int] | None = None) -> None:
    """Set each answer's ink to the sum over its regions; unknown where one was not cut."""
    question = Region.Kind.QUESTION
    with connection.cursor() as cursor:
        some = sorted(papers) if papers is not None else None
        if some == []:
            return
        only = f" AND submission_id IN ({', '.join(['%s'] * len(some))})" if some else ""
        cursor.execute(
            "UPDATE submissions_answer SET ink = ("
            " SELECT CASE WHEN COUNT(*) > 0 AND COUNT(*) = COUNT(c.ink) THEN SUM(c.ink) END"
            " FROM gradebook_region r"
            " LEFT JOIN submissions_page p ON p.submission_id = submissions_answer.submission_id"
            "  AND p.template_page = r.page AND p.state = 'placed'"
            " LEFT JOIN submissions_crop c ON c.page_id = p.id AND c.region_id = r.id"
            " WHERE r.question_id = submissions_answer.question_id AND r.kind = %s)"
            " WHERE question_id IN (SELECT id FROM gradebook_question WHERE exam_id = %s)" + only,
            [question, exam.pk, *(some or [])],
        )


def _placed(exam: Exam) -> QuerySet[Page]:
    return Page.objects.filter(upload__exam=exam, state=Page.State.PLACED)


def _lacking(exam: Exam) -> set[int]:
    """Pages that lie on the template and lack a region's crop."""
    by_page = regions_by_page(exam)
    there: dict[int, set[int]] = defaultdict(set)
    cut_already = Crop.objects.filter(region__exam=exam).values_list("page_id", "region_id")
    for page, region in cut_already.iterator(chunk_size=10_000):
        there[page].add(region)
    laid = _placed(exam).exclude(affine=None).exclude(image="")
    return {
        page
        for page, number in laid.values_list("pk", "template_page").iterator(chunk_size=10_000)
        if {region.pk for region in by_page.get(number or 0, [])} - there[page]
    }


def _covered_in_vain(exam: Exam) -> set[int]:
    """Pages whose cover was painted over other places than those to be hidden now."""
    hidden = hidden_rects(exam.pk)
    known = Page.objects.filter(Q(template_page__isnull=False) | ~Q(alike=[]), upload__exam=exam)
    either = Q(template_page__in=list(hidden)) | ~Q(covered="") | ~Q(alike=[])
    pages = known.exclude(image="").filter(either).only("template_page", "alike", "covers")
    return {page.pk for page in pages if page.covers != mark_of(rects_on(may_be(page), hidden))}


def _mark(exam: Exam) -> str:
    """Tell one state of the regions from another: a running job may know only the old one."""
    newest = exam.regions.order_by("-pk").values_list("pk", flat=True).first()
    return f"{newest or 0}.{exam.regions.count()}{choices.mark(exam)}"
