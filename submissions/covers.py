"""What of the template graders must not see, and whether a page's cover was painted over that.

Regions move, and covers are painted anew by a job: an older cover may leave a name bare.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from gradebook.models import Region
from submissions.models import Page

Rect = tuple[float, float, float, float]  # x, y, width, height in fractions, origin top left
Hidden = Mapping[int, list[Rect]]  # by template page


def hidden_rects(exam_id: int) -> dict[int, list[Rect]]:
    """Return by template page what graders must not see: name, ID, what else tells who wrote."""
    found: dict[int, list[Rect]] = defaultdict(list)
    for region in Region.objects.filter(exam=exam_id).exclude(kind=Region.Kind.QUESTION):
        found[region.page].append(region.rect)
    return dict(found)


def rects_on(numbers: Iterable[int], hidden: Hidden) -> list[Rect]:
    """Return what is hidden on any of these template pages, in a steady order."""
    return sorted({rect for number in numbers for rect in hidden.get(number, [])})


def mark_of(rects: Sequence[Rect]) -> str:
    """Return a word that tells covers of some rectangles of the template from those of others."""
    return hashlib.sha256(repr(rects).encode()).hexdigest()[:16] if rects else ""


def may_be(page: Page) -> set[int]:
    """Return the template pages a page may be: what any of them holds is covered on it."""
    return {number for number in (page.template_page, *page.alike) if number}


def is_old(page: Page, hidden: Hidden) -> bool:
    """Whether something is to be hidden on a page that its cover, if any, was not painted over."""
    rects = rects_on(may_be(page), hidden)
    # Where nothing is to be hidden any more, a cover only hides too much.
    return bool(rects) and not (page.covered and page.covers == mark_of(rects))
