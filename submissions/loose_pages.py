"""Pages that lie in no paper, by what they are, and the order in which doubts are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from gradebook.counted import counted
from gradebook.models import Exam
from submissions.acceptance import Line
from submissions.models import Page

State = Page.State
NEAR = 60  # pages behind a paper's last that may still be counted to it


class Group(NamedTuple):
    """A kind of loose pages: its word, its heading, one page's badge, and the condition."""

    name: str
    title: str
    badge: str
    kind: str  # of the badge
    where: Q

    def counted(self, count: int) -> str:
        """Return "14 blank pages"."""
        return counted(count, f"{self.badge} page")


GROUPS = (
    Group("doubtful", "Doubtful", "doubtful", "look", Q(state=State.DOUBTFUL)),
    Group("foreign", "Not of this exam", "foreign", "bad", Q(state=State.EXTRA, submission=None)),
    Group("unreadable", "Unreadable", "unreadable", "bad", Q(state=State.ERROR)),
    Group("blank", "Blank backs", "blank", "", Q(state=State.BLANK)),
    Group("discarded", "Discarded", "discarded", "", Q(state=State.DISCARDED)),
)
WAITING = ("doubtful", "foreign", "unreadable")  # for a person, as `Page.unsettled` says
BY_NAME = {group.name: group for group in GROUPS}


def group_of(page: Page) -> Group | None:
    """Return the group of a loose page, None for one that lies in a paper."""
    if page.state == State.EXTRA:
        return None if page.submission_id else BY_NAME["foreign"]
    names = {
        State.DOUBTFUL: "doubtful",
        State.ERROR: "unreadable",
        State.BLANK: "blank",
        State.DISCARDED: "discarded",
    }
    name = names.get(State(page.state))
    return BY_NAME[name] if name else None


def is_unsettled(page: Page) -> bool:
    """Whether a page waits for a person: `Page.unsettled` of one that is at hand."""
    group = group_of(page)
    return group is not None and group.name in WAITING


def pages_of(exam: Exam) -> QuerySet[Page]:
    """Return the pages of files whose papers are formed, file by file."""
    pages = Page.objects.filter(upload__exam=exam, upload__formed_at__isnull=False)
    return pages.order_by("upload", "number")


def counts(exam: Exam) -> dict[str, int]:
    """Return how many pages there are in all, and in each group, in one query."""
    each = {group.name: Count("pk", filter=group.where) for group in GROUPS}
    found: dict[str, int] = pages_of(exam).order_by().aggregate(all=Count("pk"), **each)
    return found


def unsettled(exam: Exam, beside: int | None = None) -> list[int]:
    """Return the keys of the pages that wait for a person, in the order of their files.

    `beside` is one more, which may have waited until a moment ago.
    """
    pages = pages_of(exam).filter(Page.unsettled() | Q(pk=beside))
    return list(pages.values_list("pk", flat=True))


def beside(paper: int, pages: Sequence[Page]) -> list[Page]:
    """Return unsettled pages that were scanned among or right behind a paper's own pages."""
    spans: dict[int, tuple[int, int]] = {}
    for page in pages:
        low, high = spans.get(page.upload_id, (page.number, page.number))
        spans[page.upload_id] = (min(low, page.number), max(high, page.number))
    if not spans:
        return []
    among = Q()
    for upload, (low, high) in spans.items():
        among |= Q(upload=upload, number__gt=low, number__lte=high + NEAR)
    before = Page.objects.filter(
        upload=OuterRef("upload"), number__lt=OuterRef("number"), state=State.PLACED
    ).order_by("-number")
    near = Page.objects.filter(Page.unsettled(), among).select_related("upload")
    own = near.annotate(paper_before=Subquery(before.values("submission")[:1]))
    return list(own.filter(paper_before=paper).order_by("upload", "number"))


class Doubt(NamedTuple):
    """What to look at next: a page, or a paper that lacks some."""

    page: int | None
    paper: int | None  # its number


def next_doubt(
    pages: Sequence[int], papers: Sequence[Line], *, page: int | None, paper: int | None
) -> Doubt | None:
    """Return the doubt that follows: loose pages first, then papers by number, round and round.

    `pages` wait, in order; of `papers` those that are open do. `page` or `paper` (its number) is
    what one looks at now.
    """
    lacking = [line.number for line in papers if line.is_open]
    every = [Doubt(pk, None) for pk in pages] + [Doubt(None, number) for number in lacking]
    for now in (Doubt(page, None), Doubt(None, paper)):
        if now in every:
            at = every.index(now)
            return every[(at + 1) % len(every)] if len(every) > 1 else None
    later = [one for one in every if one.page or (one.paper or 0) > (paper or 0)]
    return next(iter([*later, *every]), None)
