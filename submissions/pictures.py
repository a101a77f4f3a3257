"""Pictures of pages: their addresses, and which of them somebody may see."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import reverse

from gradebook.models import Region
from submissions.models import Page, Submission


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


def hidden_pages(exam_id: int) -> frozenset[int]:
    """Return the template pages that hold a name or an ID."""
    kinds = [Region.Kind.NAME, Region.Kind.ID]
    pages = Region.objects.filter(exam=exam_id, kind__in=kinds).values_list("page", flat=True)
    return frozenset(pages)


def file_of(page: Page, kind: str, *, names: bool, hidden: frozenset[int] | None = None) -> str:
    """Return the stored file of a kind (preview, thumbnail, image), "" if there is none to see.

    Without `names` a page with the name or ID on it is only ever its covered preview; until that
    is drawn there is nothing to see of it. A page nobody recognised may be somebody's cover.
    `hidden` are the exam's `hidden_pages`, read here when not given.
    """
    if names:
        return str(getattr(page, kind).name or "")
    if page.covered:
        # Without a fit nobody knows whether the cover lies where the name is.
        return str(page.covered.name) if kind == "preview" and page.affine else ""
    if page.template_page is None:
        return "" if page.submission_id is None else str(getattr(page, kind).name or "")
    if hidden is None:
        hidden = hidden_pages(page.upload.exam_id)
    return "" if page.template_page in hidden else str(getattr(page, kind).name or "")


def url_of(page: Page, kind: str, *, names: bool, hidden: frozenset[int] | None = None) -> str:
    """Return the address of a page's picture: it holds the content's hash, so it may be cached."""
    name = file_of(page, kind, names=names, hidden=hidden)
    if not name:
        return ""
    stem = name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return reverse("page_image", args=[page.pk, kind, stem])


def pictures(submission: Submission, *, names: bool) -> list[Picture]:
    """Return a paper's pages in order."""
    pages = Page.objects.filter(submission=submission).exclude(state=Page.State.DISCARDED)
    hidden: frozenset[int] = frozenset() if names else hidden_pages(submission.exam_id)
    return [picture(page, names=names, hidden=hidden) for page in pages.order_by("position", "pk")]


def picture(page: Page, *, names: bool, hidden: frozenset[int] | None = None) -> Picture:
    return Picture(
        page=page.pk,
        number=page.template_page or 0,
        url=url_of(page, "preview", names=names, hidden=hidden),
        thumbnail=url_of(page, "thumbnail", names=names, hidden=hidden),
        width=page.width,
        height=page.height,
        turn=page.turn,
        affine=page.affine,
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
