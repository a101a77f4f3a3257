"""Pictures of pages: their addresses, and which of them somebody may see."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.urls import reverse

from submissions.covers import Hidden, hidden_rects, is_old
from submissions.gate import SCORE
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


def file_of(page: Page, kind: str, *, names: bool, hidden: Hidden | None = None) -> str:
    """Return the stored file of a kind (preview, thumbnail, image), "" if there is none to see.

    Without `names` a page with the name or ID on it is only ever its covered preview; until that
    is drawn, over all that is to be hidden now, there is nothing to see of it. A page that does
    not surely lie on the template may have the name anywhere: it is seen once somebody said that
    it shows none. `hidden` are the exam's `hidden_rects`, read here when not given.
    """
    if names:
        return str(getattr(page, kind).name or "")
    found = _covered(page, kind)
    if found and is_old(page, hidden_rects(page.upload.exam_id) if hidden is None else hidden):
        return ""
    return found


def _covered(page: Page, kind: str) -> str:
    """Return what there is to see of a page without names, if its cover is not old."""
    if not lies_surely(page):
        said = name_check(page)
        seen = {"preview": for_graders(page), "thumbnail": str(page.thumbnail.name or "")}
        return seen.get(kind, "") if said and not said.shows_name else ""
    if page.template_page is None and page.submission_id is None:
        return ""
    if page.covered:
        return str(page.covered.name) if kind == "preview" else ""
    return str(getattr(page, kind).name or "")


def why_hidden(page: Page) -> str:
    """Say why who must not see names sees nothing of a page."""
    said = name_check(page)
    if said:
        return NAMED if said.shows_name else UNCOVERED
    return UNCOVERED if lies_surely(page) and page.submission_id else UNSEEN


def url_of(page: Page, kind: str, *, names: bool, hidden: Hidden | None = None) -> str:
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
    pages, hidden = _pages(submission, names=names)
    return [picture(page, names=names, hidden=hidden) for page in pages]


def thumbnails(submission: Submission, *, names: bool) -> dict[int, str]:
    """Return the stored small pictures of those of a paper's pages that are seen, by page."""
    pages, hidden = _pages(submission, names=names)
    found = {page.pk: file_of(page, "thumbnail", names=names, hidden=hidden) for page in pages}
    return {pk: name for pk, name in found.items() if name}


def _pages(submission: Submission, *, names: bool) -> tuple[Iterable[Page], Hidden]:
    pages = Page.objects.filter(submission=submission).exclude(state=Page.State.DISCARDED)
    if not names:
        pages = pages.select_related("name_check")
    hidden: Hidden = {} if names else hidden_rects(submission.exam_id)
    return pages.order_by("position", "pk"), hidden


def thumbnails_url(submission: Submission, shown: Iterable[Picture]) -> str:
    """Return where the small pictures of all these pages are together, "" if there are none."""
    seen = {one.page: one.thumbnail for one in shown if one.thumbnail}
    return reverse("thumbnails", args=[submission.pk, hash_of(seen)]) if seen else ""


def hash_of(small: Mapping[int, str]) -> str:
    """Return a word for what small pictures show; they are told by file or by address."""
    stems = [f"{page} {stem_of(name)}" for page, name in small.items()]
    return hashlib.sha256("\n".join(stems).encode()).hexdigest()


def picture(page: Page, *, names: bool, hidden: Hidden | None = None) -> Picture:
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
