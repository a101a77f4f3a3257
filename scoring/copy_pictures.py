"""Pictures of a released copy's pages, and of them what was written as one answer."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from gradebook.models import Region
from scoring.collect_rows import scans_of
from scoring.models import Copy
from scoring.results import PageSheet, Result
from scoring.showing import Cut, Picture, cut
from submissions.models import Page
from submissions.pictures import laid_over

WHOLE = (0.0, 0.0, 1.0, 1.0)


def turned_since(page: Page, sheet: PageSheet) -> int:
    """Return by how many degrees clockwise a page was turned after it was released."""
    return (page.sheet_turn - sheet.turn) % 360


def pictures_of(copy: Copy, sheets: Sequence[PageSheet]) -> list[Picture]:
    """Return the pictures of a copy's pages, at addresses its student may open."""
    there = scans_of(copy.submission, [sheet.sha for sheet in sheets])
    return [
        _picture(copy, number, sheet, page)
        if (page := there.get(sheet.sha)) and page.preview
        else Picture("", 0, 0)
        for number, sheet in enumerate(sheets, start=1)
    ]


def _picture(copy: Copy, number: int, sheet: PageSheet, page: Page) -> Picture:
    size = page.width, page.height
    lying = turned_since(page, sheet) % 180 == 90
    width, height = reversed(size) if lying else size
    return Picture(reverse("copy_page", args=[copy.pk, number]), width, height)


def answer_of(copy: Copy, result: Result, question: int | None) -> list[Cut]:
    """Return what the student wrote to a question: its regions, cut out of their pages.

    The regions are today's. On a page that was turned since, or does not lie on the template,
    nobody can say where they are: all of it is shown.
    """
    regions = Region.objects.filter(question=question) if question else ()
    by_page: dict[int, list[Region]] = {}
    for region in regions:
        by_page.setdefault(region.page, []).append(region)
    there = scans_of(copy.submission, [sheet.sha for sheet in result.pages])
    found = []
    for number, sheet in enumerate(result.pages, start=1):
        page = there.get(sheet.sha)
        if page is None or not page.preview or sheet.number not in by_page:
            continue
        picture = _picture(copy, number, sheet, page)
        known = page.affine is not None and not turned_since(page, sheet)
        boxes = [laid_over(page.affine, one.rect) for one in by_page[sheet.number]]
        found += [cut(number, sheet, picture, box) for box in (boxes if known else [WHOLE])]
    return found
