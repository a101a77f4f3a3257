"""One page scanned again: taken in like any upload, then put where the old scan lay.

What was sent for a place and does not look like it stays out of it and waits for a person; the old
scan keeps its place then. Where it gives way it is discarded, and undoing brings it back.
"""

from __future__ import annotations

from typing import NamedTuple

from django.core.files import File
from django.db import transaction

from gradebook.models import Exam, User
from jobs.models import Job
from submissions import repairs
from submissions.corrections import named
from submissions.covers import may_be
from submissions.intake import take_upload, waiting_pages
from submissions.local_files import forget
from submissions.models import Page, Repair, Rescan, Submission, Upload
from submissions.papers import begin, position_of
from submissions.prints import print_of
from submissions.redrawing import redraw

NO_PLACE = "It was scanned again. Say where it belongs: the page it is for had no place."


class Spot(NamedTuple):
    """A place of a paper."""

    paper: Submission
    number: int


def take_rescan(
    exam: Exam,
    file: File[bytes],
    name: str,
    by: User,
    *,
    page: Page | None = None,
    spot: Spot | None = None,
) -> Upload:
    """Keep a file of one page for `page`'s place, or for an empty one. Raises BadUpload."""
    rescan = Rescan(
        page=page, paper=spot.paper if spot else None, number=spot.number if spot else None
    )
    return take_upload(exam, file, name, by, rescan=rescan)


def form(job: Job) -> bool:
    """Put a new scan where it was sent for, once; False for an upload that is no new scan."""
    uploads = Upload.objects.select_related("exam__template", "rescan", "uploaded_by")
    upload = uploads.filter(pk=job.args["upload"]).first()
    if upload is None:
        return True  # deleted meanwhile: there is nothing to form
    if not hasattr(upload, "rescan"):
        return False
    page = upload.pages.first()
    if page is None or waiting_pages(upload).exists():
        return True
    exam = upload.exam
    blank_pages = print_of(exam.template).unplaceable
    with transaction.atomic():
        if not begin(upload, {page.number: page}):
            return True
        _put(page, upload, frozenset(blank_pages))
    forget(str(upload.file.name))
    redraw(exam, [page], [page.submission_id], [page.template_page])
    return True


def _put(page: Page, upload: Upload, blank_pages: frozenset[int]) -> None:
    old = upload.rescan.page
    spot = _spot(upload.rescan)
    fits = spot is not None and _fits(page, spot, blank_pages)
    if page.state == Page.State.ERROR or (spot is not None and not fits):
        _wait(page, spot)
        return
    words = f"{named(old)} was scanned again." if old else f"A page of {upload} was scanned again."
    state, reason = page.state, page.reason
    # Undone, it is set aside: it lay nowhere before.
    Page.objects.filter(pk=page.pk).update(state=Page.State.DISCARDED)
    pages = [one.pk for one in (old, page) if one]
    with repairs.noted(
        upload.exam, Repair.Kind.REPLACE, by=upload.uploaded_by, words=words, pages=pages
    ):
        if old is not None:
            Page.objects.filter(pk=old.pk).update(state=Page.State.DISCARDED)
        if spot is None:
            state = Page.State.EXTRA if state == Page.State.EXTRA else Page.State.DOUBTFUL
            _set(page, state=state, reason=reason or NO_PLACE)
        else:
            _set(
                page,
                state=Page.State.PLACED,
                reason="",
                submission=spot.paper,
                template_page=spot.number,
                alike=sorted(may_be(page)) if page.alike else [],
                position=position_of(spot.number),
            )


def _fits(page: Page, spot: Spot, blank_pages: frozenset[int]) -> bool:
    """Whether a scan looks like the page it was sent for; of one without print nobody can tell."""
    if page.printed and page.printed.submission_id not in (None, spot.paper.pk):
        return False
    if spot.number in blank_pages and page.state in (Page.State.BLANK, Page.State.EXTRA):
        return True
    return spot.number in may_be(page)


def _spot(rescan: Rescan) -> Spot | None:
    """Return the place the scan is for as it is now: where the old one lies, or the empty one."""
    old = rescan.page
    if old is not None:
        if old.state != Page.State.PLACED or old.submission is None or old.template_page is None:
            return None
        return Spot(old.submission, old.template_page)
    if rescan.paper is None or rescan.number is None:
        return None
    return Spot(rescan.paper, rescan.number)


def _wait(page: Page, spot: Spot | None) -> None:
    """Leave a scan to a person, and say what it was sent for."""
    if page.state == Page.State.ERROR or spot is None:
        return
    sent = f"It was sent for page {spot.number} of {spot.paper}, but "
    if page.state == Page.State.BLANK:
        _set(page, state=Page.State.DOUBTFUL, reason=f"{sent}is blank.")
    elif page.printed and page.printed.submission_id not in (None, spot.paper.pk):
        paper = page.printed.submission
        _set(page, state=Page.State.DOUBTFUL, reason=f"{sent}its code is that of {paper}.")
    elif looks := sorted(may_be(page)):
        pages = " or ".join(map(str, looks))
        _set(page, state=Page.State.DOUBTFUL, reason=f"{sent}looks like page {pages}.")
    else:
        _set(page, state=Page.State.EXTRA, reason=f"{sent}does not look like it.")


def _set(page: Page, **values: object) -> None:
    for name, value in values.items():
        setattr(page, name, value)
    page.save(update_fields=[*values])
