"""Where the repair desk shows what: a paper, a page, an empty place, a group, the next doubt."""

from __future__ import annotations

from typing import NamedTuple

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from gradebook.models import Exam
from gradebook.sent import number
from submissions import loose_pages
from submissions.acceptance import lines
from submissions.loose_pages import next_doubt

LONGEST = 100  # characters one may search for


class Asked(NamedTuple):
    """What an address says to show. `place` is a place of `paper` that is empty."""

    paper: int | None = None  # its number
    page: int | None = None  # its key
    place: int | None = None
    group: str = ""
    show: str = ""  # "all" papers, else those with doubts
    words: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> Asked:
        """Read an address, or a form that names where it came from; nonsense is left out."""
        return cls(
            paper=number(query.get("paper")),
            page=number(query.get("at")),
            place=number(query.get("place")),
            group=query.get("group", ""),
            show="all" if query.get("show") == "all" else "",
            words=query.get("q", "").strip()[:LONGEST],
        )

    def at(
        self,
        *,
        page: int | None = None,
        paper: int | None = None,
        place: int | None = None,
        group: str = "",
    ) -> Asked:
        """Return what shows something else beside the same list of papers."""
        return Asked(paper, page, place, group, self.show, self.words)

    @property
    def tail(self) -> str:
        """The list of papers, to be added to another address: "&show=all"."""
        said = {"show": self.show, "q": self.words}
        query = urlencode({name: value for name, value in said.items() if value})
        return f"&{query}" if query else ""


def address(exam: Exam, asked: Asked) -> str:
    said = {
        "paper": asked.paper,
        "at": asked.page,
        "place": asked.place,
        "group": asked.group,
        "show": asked.show,
        "q": asked.words,
    }
    query = urlencode({name: value for name, value in said.items() if value})
    return reverse("repair", args=[exam.pk]) + (f"?{query}" if query else "")


def address_of_next(exam: Exam, asked: Asked, *, page: int | None, paper: int | None) -> str:
    """Return where the doubt after this page or paper is shown; that one may be settled by now."""
    waiting = loose_pages.unsettled(exam, beside=page)
    doubt = next_doubt(waiting, lines(exam), page=page, paper=paper)
    if doubt is None:
        return address(exam, asked.at(page=page, paper=paper))
    return address(exam, asked.at(page=doubt.page, paper=doubt.paper))
