"""The page at the right of the repair desk: what is known of it, and where it may belong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q
from django.urls import reverse

from gradebook.models import Exam, TemplatePage
from submissions import overview
from submissions.covers import may_be
from submissions.drafts import NO_PLACE
from submissions.gate import LEAST_SCORE
from submissions.laid_by_hand import NOT_LAID
from submissions.loose_pages import Group, group_of, is_unsettled
from submissions.models import Page, Submission, Upload
from submissions.page_facts import facts
from submissions.pictures import Picture, picture
from submissions.repair_rows import token

LIKELY = 5
UNKNOWN = "Nobody could tell where it belongs."


class Likely(NamedTuple):
    """A free place where a page may belong. `sure`: it looks enough like what belongs there."""

    paper: int  # its number
    number: int
    sure: bool


@dataclass(frozen=True)
class Around:
    """The papers a page came with: in its file, or by what it was sent for, the likeliest first.

    `before` is the template page that lies before it in its file, 0 for none.
    """

    papers: tuple[Submission, ...] = ()
    before: int = 0

    @classmethod
    def of(cls, page: Page) -> Around:
        rescan = getattr(page.upload, "rescan", None)
        at = (rescan.page if rescan else None) or page
        placed = Page.objects.filter(upload=at.upload_id, state=Page.State.PLACED)
        placed = placed.select_related("submission")
        before = placed.filter(number__lt=at.number).order_by("-number").first()
        after = placed.filter(number__gt=at.number).order_by("number").first()
        named = [page.printed.submission if page.printed else None, rescan and rescan.paper]
        by_file = [one.submission for one in (before, after) if one]
        papers = [page.submission, *named, *by_file]
        found = dict.fromkeys(paper for paper in papers if paper)
        return cls(tuple(found), (before.template_page if before else 0) or 0)


@dataclass(frozen=True)
class Chosen:
    """A page with all that can be done with it."""

    page: Page
    title: str
    picture: Picture
    facts: list[tuple[str, str]]
    doubt: str  # in words; empty where there is none
    group: Group | None  # of a loose page
    likely: list[Likely]
    paper: int | None  # where it lies, or most likely belongs
    seen: str
    pending: list[Upload]  # new scans of it on their way, or refused
    unfit: list[Page]  # new scans of it that do not look like it, and wait

    @property
    def sure(self) -> Likely | None:
        """The one place that Enter puts a loose page at."""
        first = next(iter(self.likely), None)
        return first if first and first.sure and is_unsettled(self.page) else None

    @property
    def is_to_confirm(self) -> bool:
        return self.page.state == Page.State.PLACED and self.page.reason not in ("", NOT_LAID)

    @property
    def is_discarded(self) -> bool:
        return self.page.state == Page.State.DISCARDED

    @property
    def is_unread(self) -> bool:
        return not self.page.image


@dataclass(frozen=True)
class Hole:
    """An empty place: what should be there."""

    number: int
    template: str  # address of the template page's picture
    width: float
    height: float
    fitting: list[tuple[Page, str]]  # loose pages that look like it, and how they lie
    pending: list[Upload]
    unfit: list[Page]  # scans sent for it that do not look like it, and wait


def page_of(exam: Exam, pk: int | None) -> Page | None:
    """Return a page of the exam with all that the desk says of it."""
    if pk is None:
        return None
    pages = Page.objects.filter(upload__exam=exam, upload__formed_at__isnull=False)
    related = ("upload__rescan__page", "upload__rescan__paper", "submission", "printed__submission")
    return pages.select_related(*related).filter(pk=pk).first()


def chosen(exam: Exam, page: Page, around: Around) -> Chosen:
    group = group_of(page)
    numbers = [paper.number for paper in around.papers]
    free = overview.free_places(exam, numbers)
    size = overview.page_sizes(exam).get(min(may_be(page), default=1))
    likely = likely_places(numbers, free, may_be(page), around.before, weak=is_weak(page))
    return Chosen(
        page=page,
        title=_title(page, group),
        picture=picture(page, names=True),
        facts=facts(page, size),
        doubt=_doubt(page, likely),
        group=group,
        likely=likely,
        paper=next(iter(numbers), None),
        seen=token(page),
        pending=_pending(exam, Q(rescan__page=page)),
        unfit=_unfit(exam, Q(upload__rescan__page=page)),
    )


def hole(exam: Exam, paper: Submission, number: int, near: Iterable[Page]) -> Hole | None:
    """Return an empty place of a paper. `near` are loose pages that were scanned with it."""
    page = TemplatePage.objects.filter(template__exam=exam, number=number).first()
    if page is None:
        return None
    url = reverse("template_page", args=[page.template_id, number, page.sha256])
    pending = _pending(exam, Q(rescan__paper=paper, rescan__number=number))
    looks = [one for one in near if number in may_be(one) and one.image and not is_weak(one)]
    fitting = [(one, token(one)) for one in looks[:LIKELY]]
    sent = Q(upload__rescan__paper=paper, upload__rescan__number=number)
    return Hole(number, url, page.width, page.height, fitting, pending, _unfit(exam, sent))


def is_weak(page: Page) -> bool:
    """Whether so little of a page's print fits that it may be of another exam."""
    return page.template_page is None and 0 < (page.score or 0) < LEAST_SCORE


def _doubt(page: Page, likely: list[Likely]) -> str:
    """Say why a page waits, as things are now: what was in its way may be gone, or come since."""
    said = page.reason
    if not is_unsettled(page) or not may_be(page):
        return said or (UNKNOWN if is_unsettled(page) else "")
    blocked = said == NO_PLACE or said.endswith(("is here already.", "was taken meanwhile."))
    if blocked and likely:
        place = likely[0]
        return f"Page {place.number} of paper {place.paper} is empty now, and this looks like it."
    if said.startswith("It may be page") and not likely:
        return NO_PLACE
    return said or UNKNOWN


def likely_places(
    papers: Iterable[int],
    free: Mapping[int, list[int]],
    may_be: set[int],
    before: int,
    *,
    weak: bool = False,
) -> list[Likely]:
    """Return free places a page may belong at, the likeliest first.

    `papers` by number, the likeliest first; `free` their free places; `may_be` what the page was
    recognised as; `before` the template page that lies before it in its file; `weak`, that little
    of its print fits.
    """
    if may_be:
        fitting = [(paper, n) for paper in papers for n in free.get(paper, []) if n in may_be]
        return [Likely(paper, n, not weak) for paper, n in fitting][:LIKELY]
    found: list[Likely] = []
    for paper in papers:
        places = sorted(free.get(paper, []), key=lambda place: (place <= before, place))
        found += [Likely(paper, place, False) for place in places]
    return found[:LIKELY]


def _pending(exam: Exam, where: Q) -> list[Upload]:
    return list(Upload.objects.filter(where, exam=exam, formed_at=None).order_by("pk"))


def _unfit(exam: Exam, sent: Q) -> list[Page]:
    pages = Page.objects.filter(Page.unsettled(), sent, upload__exam=exam)
    return list(pages.select_related("upload").order_by("pk"))


def _title(page: Page, group: Group | None) -> str:
    if group is not None or page.submission is None:
        return f"Page {page.number}"
    if page.template_page is None:
        return f"Extra sheet of {page.submission}"
    return f"Page {page.template_page} of {page.submission}"
