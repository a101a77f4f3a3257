"""The pictures that answers are grouped by: their crops, and around options only these.

Nobody is shown a picture here that they could not open by itself. Where a page is covered for
who must not see names, it is the covered page that is shown, the answer's part of it.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.urls import reverse

from gradebook.models import Question
from submissions.covers import Hidden, hidden_rects
from submissions.imaging import Rect
from submissions.models import Crop, Page
from submissions.pictures import laid_over, url_of

ROOM = 0.025  # of the page, around options: a circle runs so far
WHOLE: Rect = (0.0, 0.0, 1.0, 1.0)


class Shown(NamedTuple):
    """A picture, `width` by `height` pixels, and the part of it to look at, in fractions."""

    url: str
    width: int
    height: int
    view: Rect

    @property
    def box(self) -> str:
        """The part as an element reads it: x y width height, and its shape."""
        x, y, width, height = self.view
        return f"{x:.4f} {y:.4f} {width:.4f} {height:.4f} {self.ratio:.3f}"

    @property
    def ratio(self) -> float:
        """Return how wide that part is for each pixel of its height."""
        _, _, width, height = self.view
        return width * self.width / (height * self.height)


class Pictures:
    """Pictures of one question's answers on some papers, read in a few queries."""

    def __init__(self, question: Question, papers: Iterable[int], *, names: bool) -> None:
        self.names = names
        self.regions = {region.pk: region for region in question.regions.all()}
        options = list(question.options.all())
        self.around = _around([option.rect for option in options]) if options else None
        self.number = options[0].page if options else 0
        numbers = {region.page for region in self.regions.values()} | {self.number}
        self.hidden: Hidden = {} if names else hidden_rects(question.exam_id)
        pages = Page.objects.filter(
            submission__in=list(papers), state=Page.State.PLACED, template_page__in=numbers
        )
        self.pages: dict[int, list[Page]] = defaultdict(list)
        self.crops: dict[int, dict[int, Crop]] = defaultdict(dict)
        for page in pages.select_related("upload", "name_check").order_by("position", "pk"):
            self.pages[page.submission_id or 0].append(page)
        for crop in Crop.objects.filter(region__in=self.regions, page__in=pages):
            self.crops[crop.page_id][crop.region_id] = crop

    def stamp(self, paper: int) -> str:
        """Return a word that changes with the pictures, whoever sees them."""
        said = [
            f"{page.pk}:{page.turn}:{crop.sha256}"
            for page in self.pages[paper]
            for _, crop in sorted(self.crops[page.pk].items())
        ] or [f"{page.pk}:{page.turn}:{page.preview}" for page in self.pages[paper]]
        return hashlib.sha256("|".join(said).encode()).hexdigest()[:10]

    def of(self, paper: int) -> list[Shown]:
        if self.around is not None:
            there = (page for page in self.pages[paper] if page.template_page == self.number)
            return [shown for page in there if (shown := self._choices(page, self.around))]
        return self.regions_of(paper)

    def regions_of(self, paper: int) -> list[Shown]:
        """Return the answer's regions whole, whatever else is asked there."""
        return [
            shown
            for page in self.pages[paper]
            for region in self.regions.values()
            if region.page == page.template_page
            if (shown := self._region(page, region.pk, region.rect, WHOLE))
        ]

    def _choices(self, page: Page, around: Rect) -> Shown | None:
        """The options, out of the crop that holds them if there is one."""
        for region in self.regions.values():
            part = _within(around, region.rect)
            if region.page == page.template_page and part:
                return self._region(page, region.pk, around, part)
        return self._page(page, around)

    def _region(self, page: Page, region: int, rect: Rect, part: Rect) -> Shown | None:
        crop = self.crops[page.pk].get(region)
        if crop and url_of(page, "image", names=self.names, hidden=self.hidden):
            url = reverse("crop", args=[crop.pk, crop.sha256])
            return Shown(url, crop.width, crop.height, part)
        return self._page(page, rect)

    def _page(self, page: Page, rect: Rect) -> Shown | None:
        url = url_of(page, "preview", names=self.names, hidden=self.hidden)
        if not url:
            return None
        return Shown(url, page.width, page.height, laid_over(page.affine, rect))


def stamps(question: Question, papers: Sequence[int]) -> dict[int, str]:
    """Return the stamps of a question's answers by paper."""
    pictures = Pictures(question, papers, names=True)
    return {paper: pictures.stamp(paper) for paper in papers}


def _around(rects: Sequence[Rect]) -> Rect:
    left, top = min(x for x, _, _, _ in rects) - ROOM, min(y for _, y, _, _ in rects) - ROOM
    right = max(x + width for x, _, width, _ in rects) + ROOM
    bottom = max(y + height for _, y, _, height in rects) + ROOM
    left, top, right, bottom = max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom)
    return (left, top, right - left, bottom - top)


def _within(rect: Rect, region: Rect) -> Rect | None:
    """Return the part of a region that a rectangle covers, in fractions of the region.

    None where its middle lies outside.
    """
    x, y, width, height = rect
    left, top, wide, high = region
    if not (left <= x + width / 2 <= left + wide and top <= y + height / 2 <= top + high):
        return None
    begin_x, begin_y = max(0.0, (x - left) / wide), max(0.0, (y - top) / high)
    end_x = min(1.0, (x + width - left) / wide)
    end_y = min(1.0, (y + height - top) / high)
    return (begin_x, begin_y, end_x - begin_x, end_y - begin_y)
