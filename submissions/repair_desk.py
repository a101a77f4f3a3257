"""What the repair desk shows: one paper or a group of loose pages, and one page of it.

The number of queries does not grow with the exam, and of its pages only those shown are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gradebook import people
from gradebook.models import Exam, Role
from submissions import loose_pages, overview, repair_chosen, repair_spots
from submissions.acceptance import Line, lines
from submissions.covers import may_be
from submissions.loose_pages import GROUPS, Group, group_of, is_unsettled, next_doubt
from submissions.models import Page, Submission
from submissions.repair_address import Asked, address
from submissions.repair_chosen import Around, Chosen, Hole, page_of
from submissions.repair_spots import Spot

LISTED = 120  # papers in the list at once
LOOSE = 30  # loose pages listed one by one
SHOWN = 60  # pages of a group at once
JOINS = 3


@dataclass(frozen=True)
class Desk:
    lines: list[Line]  # the papers listed
    more: int  # papers not listed
    papers: int
    open: int  # papers that lack pages, and nobody agreed to that
    sure: int  # papers that have all their pages, and that nobody has accepted
    counts: dict[str, int]  # pages in all, and in each group
    loose: list[tuple[Page, Group, str]]  # pages that wait, each with its address
    looks: int  # pages that wait for a person, as the scans page counts them
    line: Line | None
    paper: Submission | None
    group: Group | None
    spots: list[Spot]
    beside: list[Spot]  # pages that wait and were scanned with the paper
    chosen: Chosen | None
    hole: Hole | None
    joins: list[int] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)

    @property
    def pages(self) -> str:
        """How many there are: "3,512"."""
        return f"{self.counts['all']:,}"

    @property
    def doubts(self) -> int:
        """How many pages and papers are to be looked at, one after the other."""
        return self.looks + self.open

    @property
    def missing(self) -> str:
        """The places of the paper that are empty: "12–13, 20"."""
        return overview.spans([spot.number or 0 for spot in self.spots if spot.page is None])

    @property
    def here(self) -> str:
        """What is chosen, as the end of an address."""
        if self.chosen:
            return f"at={self.chosen.page.pk}"
        return f"paper={self.line.number}" if self.line else ""

    @property
    def groups(self) -> list[dict[str, str]]:
        """Groups of loose pages that are not listed one by one, each with how many there are."""
        waiting = sum(self.counts[name] for name in loose_pages.WAITING)
        rows = [group for group in GROUPS if group.name not in loose_pages.WAITING]
        if waiting > len(self.loose):
            rows = list(GROUPS)
        return [
            {"name": row.name, "text": row.counted(n), "badge": row.badge, "kind": row.kind}
            for row in rows
            if (n := self.counts[row.name])
        ]


def lay_out(exam: Exam, asked: Asked) -> Desk:
    """Read what is asked for, or the first doubt, or the first paper."""
    every, waiting = lines(exam), loose_pages.unsettled(exam)
    page = page_of(exam, asked.page)
    if page is None and asked.paper is None and asked.group not in loose_pages.BY_NAME:
        doubt = next_doubt(waiting, every, page=None, paper=None)
        page = page_of(exam, doubt.page) if doubt else None
        first = doubt.paper if doubt else next((line.number for line in every), None)
        asked = asked.at(paper=first)
    return _Reading(exam, asked, every, waiting, page).desk()


class _Reading:
    """One look at an exam's papers and pages."""

    def __init__(
        self,
        exam: Exam,
        asked: Asked,
        every: list[Line],
        waiting: list[int],
        page: Page | None,
    ) -> None:
        self.exam, self.asked, self.every, self.waiting = exam, asked, every, waiting
        self.around = Around.of(page) if page else Around()
        self.group = self._group(page)
        self.line = None if self.group else self._line(page)
        self.paper = exam.submissions.filter(pk=self.line.pk).first() if self.line else None
        self.page: Page | None = page
        self.spots = repair_spots.places(exam, asked, self.paper) if self.paper else self._grouped()
        self.hole: int | None = None
        if page is None:
            self._choose()

    def desk(self) -> Desk:
        beside = self._beside() if self.paper else []
        row = [self._marked(spot) for spot in [*beside, *self.spots]]
        listed = self._listed()
        start = self._start(listed, self.line, LISTED)
        open_ = sum(line.is_open for line in self.every)
        page, paper, hole = self.page, self.paper, self.hole
        near = [spot.page for spot in beside if spot.page]
        return Desk(
            lines=listed[start : start + LISTED],
            more=max(0, len(listed) - LISTED),
            papers=len(self.every),
            open=open_,
            sure=sum(line.is_sure for line in self.every),
            counts=loose_pages.counts(self.exam),
            loose=self._loose(),
            looks=len(self.waiting),
            line=self.line,
            paper=paper,
            group=self.group,
            beside=row[: len(beside)],
            spots=row[len(beside) :],
            chosen=repair_chosen.chosen(self.exam, page, self.around) if page else None,
            hole=repair_chosen.hole(self.exam, paper, hole, near) if paper and hole else None,
            joins=self._joins(),
            links=self._ways(row) | self._papers_beside(listed) | self._next(),
        )

    def _url(
        self,
        *,
        page: int | None = None,
        paper: int | None = None,
        place: int | None = None,
        group: str = "",
    ) -> str:
        return address(self.exam, self.asked.at(page=page, paper=paper, place=place, group=group))

    # Which

    def _group(self, page: Page | None) -> Group | None:
        """The group to show. A page that waits is shown beside the paper it came with."""
        if page is None:
            return None if self.asked.paper else loose_pages.BY_NAME.get(self.asked.group)
        own = group_of(page)
        if own is None or (self.asked.group != own.name and self._comes_with(page)):
            return None
        return own

    def _comes_with(self, page: Page) -> bool:
        return is_unsettled(page) and bool(self.around.papers)

    def _line(self, page: Page | None) -> Line | None:
        number = self.asked.paper
        if page is not None:
            number = self.around.papers[0].number if self.around.papers else None
        return next((line for line in self.every if line.number == number), None)

    def _choose(self) -> None:
        """Choose the page or the empty place that is asked for; else the first that is missing."""
        wanted = self.asked.place
        at = [spot for spot in self.spots if wanted in (None, spot.number)]
        empty = next((spot for spot in at if spot.page is None), None)
        if empty is not None and (wanted or (self.line and self.line.is_open)):
            self.hole = empty.number
            return
        there = next((spot.page for spot in [*at, *self.spots] if spot.page), None)
        self.page = page_of(self.exam, there.pk) if there else None
        self.around = Around.of(self.page) if self.page else Around()

    def _marked(self, spot: Spot) -> Spot:
        """Say which one is chosen, and where in the paper one that waits would fit."""
        page = self.page
        if page and is_unsettled(page) and spot.number in may_be(page):
            note = "taken" if spot.page else "fits here"
            spot = spot._replace(note=note, kind="look" if spot.page else "accent")
        return spot._replace(current=self._is_current(spot))

    def _is_current(self, spot: Spot) -> bool:
        if spot.page is None:
            return self.hole is not None and spot.number == self.hole
        return self.page is not None and spot.page.pk == self.page.pk

    # The lists

    def _listed(self) -> list[Line]:
        words = self.asked.words.lower()
        if words:
            number = words.lstrip("#")
            wanted = {int(number)} if number.isascii() and number.isdecimal() else set()
            found = people.find(self.exam.course, shown=Role.STUDENT, words=words)
            members = set() if wanted else set(found)
            hits = [
                line
                for line in self.every
                if line.number in wanted or line.member in members or words in line.code_name
            ]
            return sorted(hits, key=lambda line: line.number not in wanted)
        if self.asked.show == "all":
            return self.every
        return [line for line in self.every if line.is_open or line == self.line]

    def _loose(self) -> list[tuple[Page, Group, str]]:
        pages = loose_pages.pages_of(self.exam).filter(Page.unsettled())
        here = self.page.pk if self.page else None
        start = self._start(self.waiting, here, LOOSE)
        shown = pages.select_related("upload")[start : start + LOOSE]
        groups = [(page, group_of(page)) for page in shown]
        return [(page, group, self._url(page=page.pk)) for page, group in groups if group]

    @staticmethod
    def _start(rows: Sequence[object], here: object, count: int) -> int:
        """Where to begin, so that the chosen one is among those shown."""
        at = rows.index(here) if here in rows else 0
        return max(0, min(at - count // 2, len(rows) - count))

    # The middle

    def _beside(self) -> list[Spot]:
        assert self.paper is not None
        own = [spot.page for spot in self.spots if spot.page]
        pages = loose_pages.beside(self.paper.pk, own)
        if self.page and is_unsettled(self.page) and self.page not in pages:
            pages.append(self.page)
        return [self._loose_spot(page) for page in pages]

    def _grouped(self) -> list[Spot]:
        if self.group is None:
            return []
        pages = loose_pages.pages_of(self.exam).filter(self.group.where)
        keys = list(pages.values_list("pk", flat=True))
        start = self._start(keys, self.page.pk if self.page else None, SHOWN)
        shown = pages.select_related("upload", "submission")[start : start + SHOWN]
        return [self._loose_spot(page) for page in shown]

    def _loose_spot(self, page: Page) -> Spot:
        return repair_spots.loose(self.exam, self.asked, page, self.group)

    def _joins(self) -> list[int]:
        """Papers, by number, that this one could be joined with: no place would be taken twice."""
        line = self.line
        if line is None or not line.missing:
            return []
        mine = {spot.number for spot in self.spots if spot.page and spot.number}
        others = [one for one in self.every if one != line and 0 < one.placed <= line.missing]
        others.sort(key=lambda one: abs(one.number - line.number))
        numbers = [one.number for one in others[:LISTED]]
        free = overview.free_places(self.exam, numbers)
        return [number for number in numbers if mine <= set(free[number])][:JOINS]

    # Where keys lead

    def _ways(self, row: Sequence[Spot]) -> dict[str, str]:
        here = next((n for n, spot in enumerate(row) if spot.current), None)
        if here is None:
            return {}
        found = {"previous": row[here - 1].url} if here else {}
        return found | ({"next": row[here + 1].url} if here + 1 < len(row) else {})

    def _papers_beside(self, listed: Sequence[Line]) -> dict[str, str]:
        number = self.line.number if self.line else 0
        above = [line.number for line in listed if line.number < number]
        below = [line.number for line in listed if line.number > number]
        found = {"above": self._url(paper=max(above))} if above else {}
        return found | ({"below": self._url(paper=min(below))} if below else {})

    def _next(self) -> dict[str, str]:
        waits = self.page.pk if self.page and self.page.pk in self.waiting else None
        number = self.line.number if self.line else None
        doubt = next_doubt(self.waiting, self.every, page=waits, paper=number)
        return {"doubt": self._url(page=doubt.page, paper=doubt.paper)} if doubt else {}
