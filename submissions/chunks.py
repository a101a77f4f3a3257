"""A chunk of an upload's pages: taken out, recognised, drawn, cut up, and written down one by one.

Nothing here is slow inside a transaction: a page's files are stored first, named by their
content, and one short write then says that the page is done.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

import cv2
from django.db import transaction

from gradebook.files import keep
from gradebook.models import Exam, Option, Region
from jobs.models import Job
from submissions import choices, crops, imaging, slow_files
from submissions.blanks import page_is_empty
from submissions.covers import hidden_rects, rects_on
from submissions.extraction import BadPage, Sheet, sheets
from submissions.imaging import Picture, Rect
from submissions.intake import ask_to_form, chunk_size, waiting_pages
from submissions.local_files import local_path
from submissions.models import Choice, Crop, Page, Upload
from submissions.page_files import draw
from submissions.photographs import straightened
from submissions.printed import Runs, Told
from submissions.prints import print_of
from submissions.registration import Fit, fit
from submissions.slow_files import Turn, timed
from submissions.sources import Kind
from submissions.straightening import Straight, is_doubted, straighten
from submissions.template_print import DPI, WIDEST_INCHES, TemplatePrint

logger = logging.getLogger(__name__)

UNSEEN = "its picture cannot be opened. Scan it again."


@dataclass(frozen=True)
class Setting:
    """What all pages of a chunk are held against."""

    template: TemplatePrint
    regions: dict[int, list[Region]]
    hidden: dict[int, list[Rect]]
    options: dict[int, dict[int, list[Option]]]

    @classmethod
    def of(cls, exam: Exam) -> Setting:
        return cls(
            print_of(exam.template),
            crops.regions_by_page(exam),
            hidden_rects(exam.pk),
            choices.options_by_page(exam),
        )

    def after(self, number: int) -> int:
        """Return the template page that follows in an untroubled scan."""
        return number % len(self.template.pages) + 1


def take_pages(job: Job) -> None:
    """Take the waiting pages of a chunk; ask for the papers if no page of the upload waits."""
    uploads = Upload.objects.select_related("exam__template")
    upload = uploads.filter(pk=job.args["upload"], formed_at=None).first()
    if upload is None:
        return
    first = job.args["first"]
    count = upload.page_count or 0
    span = range(first, min(first + chunk_size(count), count + 1))
    waiting = waiting_pages(upload).filter(number__in=span)
    pages = dict(waiting.order_by("number").values_list("number", "pk"))
    if pages:
        _take(upload, pages, job, len(span))
    ask_to_form(upload, job.parent)


def _take(upload: Upload, pages: dict[int, int], job: Job, total: int) -> None:
    turn = Turn(job, upload)
    turn.begin()
    setting = Setting.of(upload.exam)
    runs = Runs.of(upload.exam, setting.template)
    expected = _expected(upload, min(pages), setting)
    path = local_path(str(upload.file.name))
    done = total - len(pages)
    with closing(sheets(path, cast(Kind, upload.kind), _while_waiting(pages))) as taken:
        for sheet, seconds in timed(taken):
            job.report(done=done, total=total)
            if isinstance(sheet, BadPage):
                _tell(upload, pages[sheet.number], sheet)
            else:
                expected = _take_safely(pages[sheet.number], sheet, setting, expected, runs)
            done += 1
            turn.took(seconds)


def _while_waiting(pages: dict[int, int]) -> Iterator[int]:
    """Yield each number as it comes up, but for pages that went or were told of meanwhile."""
    for number, pk in pages.items():
        if Page.objects.filter(pk=pk, state=Page.State.WAITING).exists():
            yield number


def _tell(upload: Upload, pk: int, page: BadPage) -> None:
    _write(pk, {"state": Page.State.ERROR, "reason": page.message}, [])
    if page.slow:
        slow_files.failed(upload)


def _expected(upload: Upload, number: int, setting: Setting) -> int:
    """Guess the template page of a chunk's first page: by the page before, else by counting."""
    before = Page.objects.filter(upload=upload, number=number - 1).first()
    if before is not None and before.template_page:
        return setting.after(before.template_page)
    return (number - 1) % len(setting.template.pages) + 1


def _take_safely(pk: int, sheet: Sheet, setting: Setting, expected: int, runs: Runs | None) -> int:
    """Take a page; what cannot be decoded or looked at is told of that page alone."""
    try:
        return _take_one(pk, sheet, setting, expected, runs)
    except (ValueError, ArithmeticError, LookupError, MemoryError, cv2.error):
        logger.exception("Page %s of an upload cannot be taken", pk)
        reason = f"Page {sheet.number}: {UNSEEN}"
        _write(pk, {"state": Page.State.ERROR, "reason": reason}, [])
        return expected


def _take_one(pk: int, sheet: Sheet, setting: Setting, expected: int, runs: Runs | None) -> int:
    """Take a page; return the template page to expect next."""
    # Decoded once, for the eyes of people, of recognition and of the ink's measure.
    decoded = imaging.decoded(sheet.image, sheet.rotate)
    picture = imaging.to_look_at(decoded)
    width = width_of(sheet.rotate, sheet.width, sheet.height, sheet.dpi)
    flat, inked = imaging.narrowed(decoded, width)
    glanced = runs.glance(decoded) if runs else None
    if glanced is None and page_is_empty(inked):
        values: dict[str, Any] = {"state": Page.State.BLANK, "turn": sheet.rotate}
        _write(pk, values | kept(sheet) | draw(picture, [], None)._asdict(), [])
        return expected
    if runs:
        told = runs.recognise(decoded, flat, expected, glanced)
    else:
        told = Told(fit(flat, setting.template, expected))
    found = told.fit
    if straight := _straight(sheet, decoded, told, setting, expected):
        upright = straightened(sheet, straight, setting.template)
        return _take_one(pk, upright, setting, straight.number, runs)
    turn = (sheet.rotate + found.turn) % 360
    seen = _seen(sheet, turn, found.turn, picture, inked)
    # A page that could be one of several may be the one with the name on it.
    numbers = {*found.alike, found.template_page or 0}
    drawn = draw(seen.picture, rects_on(numbers, setting.hidden), found.affine)
    values = {"turn": turn} | recognised(found) | coded(told) | kept(sheet) | drawn._asdict()
    _write(pk, values, _cut(pk, seen, found, setting), _chosen(pk, sheet, seen, found, setting))
    return setting.after(found.template_page or expected)


def _straight(
    sheet: Sheet, decoded: Picture, told: Told, setting: Setting, expected: int
) -> Straight | None:
    """How the page lies in its picture, if that is a photograph of it."""
    if sheet.straightened or told.blindly or not is_doubted(told.fit):
        return None
    picture = imaging.darkest(decoded, imaging.PREVIEW_WIDTH)
    try:
        return straighten(picture, setting.template, expected, told.fit)
    except (ValueError, ArithmeticError, cv2.error):
        # A shape too odd to reckon with is none: the page stays as it was recognised.
        logger.exception("Page %s of an upload cannot be straightened", sheet.number)
        return None


def coded(told: Told) -> dict[str, Any]:
    """Return what the code on a page said as values of a Page, over those of its fit."""
    if told.seen is None:
        return {}
    values: dict[str, Any] = {
        "code": told.seen.code.text,
        "code_by": told.seen.by,
        "printed_id": told.paper,
    }
    if told.doubt:
        values |= {"state": Page.State.DOUBTFUL, "reason": told.doubt}
    if told.blindly:
        # Nothing was compared, so there is no score to doubt it by.
        values |= {"score": None, "margin": None}
    return values


def _seen(sheet: Sheet, turn: int, more: int, picture: Picture, inked: Picture) -> crops.View:
    """The page as it stands upright, `more` degrees on from where it was decoded."""
    if more in (90, 270):
        # It lay on its side: as wide as it is now it holds too few dots.
        return crops.view(sheet.image, turn, sheet.dpi)
    picture, inked = imaging.upright(picture, more // 90), imaging.upright(inked, more // 90)
    return crops.View(sheet.image, turn, picture, inked, inked.shape[1] / DPI)


def width_of(turn: int, width: int, height: int, dpi: float) -> int:
    """Return how wide a page is at 100 dots an inch; `width` and `height` as the image lies.

    A page that claims to be wider than a poster is looked at as if it were that wide.
    """
    across = height if turn % 180 == 90 else width
    return min(max(1, round(across / dpi * DPI)), WIDEST_INCHES * DPI)


def recognised(found: Fit) -> dict[str, Any]:
    """Return a fit as values of a Page: the evidence, and a state until papers are formed."""
    placed = found.template_page is not None
    unknown = not placed and not found.alike
    return {
        "state": Page.State.EXTRA if unknown else Page.State.DOUBTFUL,
        "reason": found.reason,
        "template_page": found.template_page,
        "alike": list(found.alike),
        "sheet_turn": found.turn,
        "score": found.score,
        "margin": found.margin,
        "error_px": found.error_px if math.isfinite(found.error_px) else None,
        "affine": list(found.affine) if found.affine else None,
    }


def _cut(pk: int, seen: crops.View, found: Fit, setting: Setting) -> list[Crop]:
    regions = setting.regions.get(found.template_page or 0)
    if not regions or found.affine is None or found.template_page is None:
        return []
    sure = crops.lies_well(found.score, found.error_px)
    template = setting.template.beside_codes(found.template_page) if sure else None
    return crops.cut(pk, seen, found.affine, regions, template)


def _chosen(pk: int, sheet: Sheet, seen: crops.View, found: Fit, setting: Setting) -> list[Choice]:
    options = setting.options.get(found.template_page or 0)
    if not options or found.affine is None or found.template_page is None:
        return []
    if not crops.lies_well(found.score, found.error_px):
        return []
    template = setting.template.page(found.template_page).full.picture
    lossy = choices.is_lossy(bilevel=sheet.bilevel, dpi=sheet.scanned_dpi or sheet.dpi)
    return choices.read_page(pk, seen.inked, template, found.affine, options, lossy=lossy)


def kept(sheet: Sheet) -> dict[str, Any]:
    """Store what was taken out of the file, untouched; return it as values of a Page."""
    stored = keep("sheets", sheet.pdf, ".pdf")
    return {
        "sheet": stored.name,
        "sha256": stored.sha256,
        "image": keep("images", sheet.image, ".jpg").name,
        "lossless": sheet.lossless,
        "bilevel": sheet.bilevel,
        "straightened": sheet.straightened,
        "dpi": sheet.dpi,
        "scanned_dpi": sheet.scanned_dpi,
    }


def _write(
    pk: int, values: dict[str, Any], cut: Sequence[Crop], chosen: Sequence[Choice] = ()
) -> None:
    """Say that a page is done, unless another attempt said so or the upload is gone."""
    with transaction.atomic():
        waiting = Page.objects.filter(pk=pk, state=Page.State.WAITING)
        if waiting.update(**values):
            crops.save(cut)
            if chosen:
                choices.save(pk, chosen)
