"""The middle of the repair desk: pages in their places, empty places, and loose pages."""

from __future__ import annotations

from typing import NamedTuple

from gradebook.models import Exam
from submissions import overview
from submissions.laid_by_hand import NOT_LAID
from submissions.loose_pages import Group, group_of
from submissions.models import Page, Submission
from submissions.pictures import Picture, picture
from submissions.repair_address import Asked, address


class Spot(NamedTuple):
    """A picture in the middle: a page, or the empty place of one."""

    url: str
    number: int | None  # of the template; None for an extra sheet or a loose page
    page: Page | None
    picture: Picture | None
    note: str
    kind: str  # of the note's badge
    label: str
    current: bool = False


def places(exam: Exam, asked: Asked, paper: Submission) -> list[Spot]:
    """Return the places of a paper in order, empty ones too, then its extra sheets."""
    return [
        Spot(
            url=address(
                exam,
                asked.at(page=place.page.pk)
                if place.page
                else asked.at(paper=paper.number, place=place.number),
            ),
            number=place.number,
            page=place.page,
            picture=place.picture,
            note=note_of(place.page) if place.page else "",
            kind="look" if place.page and not _is_by_order(place.page) else "",
            label=str(place.number) if place.number else "extra",
        )
        for place in overview.places_of(exam, paper, names=True)
    ]


def loose(exam: Exam, asked: Asked, page: Page, shown: Group | None) -> Spot:
    """Return a page that lies in no paper, within the group that is shown or beside a paper."""
    own = group_of(page)
    return Spot(
        url=address(exam, asked.at(page=page.pk, group=shown.name if shown else "")),
        number=None,
        page=page,
        picture=picture(page, names=True),
        note=own.badge if own and not shown else "",
        kind=own.kind if own else "",
        label=f"page {page.number}",
    )


def note_of(page: Page) -> str:
    """Say in two words what is odd about a page that lies in its place."""
    if page.reason == NOT_LAID:
        return "does not fit"
    if page.sheet_turn == 180:
        return "was upside down"
    if page.reason and 1 < len(page.alike) < 4:
        return f"{' or '.join(map(str, page.alike))}?"
    return "by its order" if page.reason else ""


def _is_by_order(page: Page) -> bool:
    return note_of(page) == "by its order"
