"""The rows results are made of, read by sets for many papers at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast

from django.db.models import QuerySet

from rubrics.ink import on_page
from rubrics.models import Adjustment, Annotation, Comment, Grading, Mark
from scoring.results import Colour, Ink, InkKind
from submissions.models import Answer, Match, Page, Submission

# Pages that are not part of the paper, or not there to be shown.
LEFT_OUT = (Page.State.DISCARDED, Page.State.WAITING, Page.State.ERROR)


class Scored(NamedTuple):
    pk: int
    score: int  # hundredths
    graded: bool


class Sheet(NamedTuple):
    """A page of a paper, with where the template lies on it and what was drawn there."""

    paper: int
    template_page: int  # 0 for an extra one
    sha: str
    turn: int
    affine: list[float] | None
    ink: list[Ink]


class Person(NamedTuple):
    member: int
    name: str
    sid: str
    email: str


class Said:
    """What was said about the answers of some papers; points in hundredths."""

    def __init__(self, papers: Sequence[int]) -> None:
        self.answers: dict[tuple[int, int], Scored] = {}
        self.marks: dict[int, set[int]] = {}
        self.adjustments: dict[int, int] = {}
        self.comments: dict[int, tuple[str, ...]] = {}
        self._latest: dict[int, datetime] = {}
        self._read_answers(papers)
        self._read_words(papers)

    def latest(self, paper: int) -> str | None:
        """Return when something was last said about a paper, as ISO 8601."""
        at = self._latest.get(paper)
        return at.isoformat() if at else None

    def _read_answers(self, papers: Sequence[int]) -> None:
        rows = Answer.objects.filter(submission__in=papers)
        for paper, question, pk, score, graded in rows.values_list(
            "submission_id", "question_id", "pk", "score", "graded"
        ):
            self.answers[paper, question] = Scored(pk, score, graded)

    def _read_words(self, papers: Sequence[int]) -> None:
        for answer, item in self._rows(Mark, papers, "item_id"):
            self.marks.setdefault(answer, set()).add(item)
        for answer, points in self._rows(Adjustment, papers, "points"):
            self.adjustments[answer] = points
        for answer, text in self._rows(Comment, papers, "text"):
            self.comments[answer] = (text,)
        for _ in self._rows(Grading, papers, "pk"):
            pass

    def _rows(self, model: Any, papers: Sequence[int], column: str) -> Iterator[tuple[int, Any]]:
        """Yield each row's answer and column, and keep its time if it is its paper's latest."""
        rows = model.objects.filter(answer__submission__in=papers)
        for paper, answer, at, value in rows.values_list(
            "answer__submission_id", "answer_id", "at", column
        ):
            if paper not in self._latest or at > self._latest[paper]:
                self._latest[paper] = at
            yield answer, value


def pages_of(papers: Sequence[int]) -> QuerySet[Page]:
    """Return the pages that results show, in the order of ``Result.pages``, paper by paper."""
    pages = Page.objects.filter(submission__in=papers).exclude(state__in=LEFT_OUT)
    return pages.exclude(sheet="").order_by("submission", "position", "pk")


def scans_of(paper: Submission, shas: Sequence[str]) -> dict[str, Page]:
    """Return the exam's pages that hold these scans; of the same scan twice, the paper's own."""
    pages = Page.objects.filter(upload__exam=paper.exam_id, sha256__in=shas).exclude(sheet="")
    own_last = sorted(pages.order_by("-pk"), key=lambda page: page.submission_id == paper.pk)
    return {page.sha256: page for page in own_last}


def sheets(papers: Sequence[int]) -> dict[int, list[Sheet]]:
    """Return each paper's pages in order, their ink on them."""
    found: dict[int, list[Sheet]] = {}
    by_page: dict[int, tuple[Page, Sheet]] = {}
    for page in pages_of(papers):
        sheet = Sheet(
            page.submission_id or 0,
            page.template_page or 0 if page.state == Page.State.PLACED else 0,
            page.sha256,
            page.sheet_turn,
            page.affine,
            [],
        )
        by_page[page.pk] = (page, sheet)
        found.setdefault(sheet.paper, []).append(sheet)
    drawn = Annotation.objects.filter(answer__submission__in=papers)
    for one in drawn.select_related("item", "answer").order_by("at", "pk"):
        if one.page_id not in by_page:
            continue
        page, sheet = by_page[one.page_id]
        # A page moved to another paper does not take the ink of the first one's answers along.
        if sheet.paper == one.answer.submission_id:
            sheet.ink.append(ink_of(one, page))
    return found


def ink_of(one: Annotation, page: Page) -> Ink:
    """Return a drawing as data; a pinned item says what the item says now."""
    points, size = on_page(one, page)
    text = one.item.text if one.kind == Annotation.Kind.ITEM and one.item else one.text
    return Ink(
        kind=cast(InkKind, one.kind),
        points=tuple(points),
        text=text,
        colour=cast(Colour, one.colour),
        size=size,
    )


def people(papers: Sequence[int]) -> dict[int, Person]:
    """Return whose the matched papers are."""
    matches = Match.objects.filter(submission__in=papers).select_related("membership__user")
    return {
        match.submission_id: Person(
            match.membership_id,
            str(match.membership.user),
            match.membership.sid,
            match.membership.user.email,
        )
        for match in matches
    }
