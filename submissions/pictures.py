"""Pictures of pages: their addresses, and which of them somebody may see."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import reverse

from gradebook.models import Region
from submissions.laying import SCORE
from submissions.models import NameCheck, Page, Submission

UNSEEN = "Hidden until an instructor has looked: it may show a name."
NAMED = "Hidden: it shows a name."
UNCOVERED = "Hidden until the name on it is covered. This takes a moment."


class Picture(NamedTuple):
    """An upright picture of a page; `width` and `height` in pixels."""

    page: int
    number: int  # the template page it shows, 0 for an extra one
    url: str
    thumbnail: str
    width: int
    height: int
    turn: int  # of the scan as it lies in its file, in degrees clockwise, to stand like this
    affine: list[float] | None  # template fractions to fractions of this picture
    original: str  # the scan itself, for a closer look; empty where only a covered copy is shown
    hidden: str  # why there is no address, to who asked for it; else empty


def hidden_pages(exam_id: int) -> frozenset[int]:
    """Return the template pages that hold a name, an ID or what else tells who wrote."""
    telling = Region.objects.filter(exam=exam_id).exclude(kind=Region.Kind.QUESTION)
    return frozenset(telling.values_list("page", flat=True))


def may_be(page: Page) -> set[int]:
    """Return the template pages a page may be: what any of them holds is covered on it."""
    return {number for number in (page.template_page, *page.alike) if number}


def lies_surely(page: Page) -> bool:
    """Whether so much of the print fits that a cover lies where the name is, if there is one.

    Beside a weak fit, or none, the sheet may be another than it is taken for.
    """
    return page.affine is not None and (page.score is None or page.score >= SCORE)


def for_graders(page: Page) -> str:
    """Return the stored file that graders would see of a page who must not see names."""
    return str(page.covered.name or page.preview.name or "")


def name_check(page: Page) -> NameCheck | None:
    """Return what was said of the very picture that graders would see."""
    said: NameCheck | None = getattr(page, "name_check", None)
    return said if said and said.picture == for_graders(page) else None


def file_of(page: Page, kind: str, *, names: bool, hidden: frozenset[int] | None = None) -> str:
    """Return the stored file of a kind (preview, thumbnail, image), "" if there is none to see.

    Without `names` a page with the name or ID on it is only ever its covered preview; until that
    is drawn there is nothing to see of it. A page that does not surely lie on the template may
    have the name anywhere: it is seen once somebody said that it shows none.
    `hidden` are the exam's `hidden_pages`, read here when not given.
    """
    if names:
        return str(getattr(page, kind).name or "")
    if not lies_surely(page):
        said = name_check(page)
        seen = {"preview": for_graders(page), "thumbnail": str(page.thumbnail.name or "")}
        return seen.get(kind, "") if said and not said.shows_name else ""
    if page.template_page is None and page.submission_id is None:
        return ""
    if page.covered:
        return str(page.covered.name) if kind == "preview" else ""
    if hidden is None:
        hidden = hidden_pages(page.upload.exam_id)
    return "" if may_be(page) & hidden else str(getattr(page, kind).name or "")


def why_hidden(page: Page) -> str:
    """Say why who must not see names sees nothing of a page."""
    said = name_check(page)
    if said and said.shows_name:
        return NAMED
    return UNCOVERED if lies_surely(page) and page.submission_id else UNSEEN


def url_of(page: Page, kind: str, *, names: bool, hidden: frozenset[int] | None = None) -> str:
    """Return the address of a page's picture: it holds the content's hash, so it may be cached."""
    name = file_of(page, kind, names=names, hidden=hidden)
    if not name:
        return ""
    address = reverse("page_image", args=[page.pk, kind, stem_of(name)])
    return f"{address}?turn={page.turn}" if kind == "image" and page.turn else address


def stem_of(name: str) -> str:
    """Return the hash that is in a stored file's name."""
    return name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def pictures(submission: Submission, *, names: bool) -> list[Picture]:
    """Return a paper's pages in order."""
    pages = Page.objects.filter(submission=submission).exclude(state=Page.State.DISCARDED)
    if not names:
        pages = pages.select_related("name_check")
    hidden: frozenset[int] = frozenset() if names else hidden_pages(submission.exam_id)
    return [picture(page, names=names, hidden=hidden) for page in pages.order_by("position", "pk")]


def picture(page: Page, *, names: bool, hidden: frozenset[int] | None = None) -> Picture:
    url = url_of(page, "preview", names=names, hidden=hidden)
    return Picture(
        page=page.pk,
        number=page.template_page or 0,
        url=url,
        thumbnail=url_of(page, "thumbnail", names=names, hidden=hidden),
        width=page.width,
        height=page.height,
        turn=page.turn,
        affine=page.affine,
        original=url_of(page, "image", names=names, hidden=hidden) if url else "",
        hidden=why_hidden(page) if page.preview and not url else "",
    )


def laid_over(
    affine: list[float] | None, rect: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    """Return the upright box, in fractions of the page, around a template rectangle.

    Without a fit the rectangle is taken as it stands on the template.
    """
    x, y, width, height = rect
    if affine is None:
        return rect
    a, b, c, d, e, f = affine
    corners = [(u, v) for u in (x, x + width) for v in (y, y + height)]
    xs = [min(1.0, max(0.0, a * u + b * v + c)) for u, v in corners]
    ys = [min(1.0, max(0.0, d * u + e * v + f)) for u, v in corners]
    return (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
