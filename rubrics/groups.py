"""Answers offered to be graded together: what looks blank, and what was ticked or circled.

Only offered. Which of them really belong together a person sees in their pictures, and says.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from gradebook.models import Exam, Option, Question
from rubrics.group_pictures import Pictures, Shown
from submissions import choices
from submissions.bubbles import SURE
from submissions.left_blank import most_ink, most_ink_by_question
from submissions.models import Answer, Choice, Page

MOST = 120  # cards of a group on one page; the next ones come when these are graded
BLANK = "Left blank"
NONE = "Nothing marked"
EXTRA = "has an extra sheet"
BESIDE = "ink elsewhere"
LOSSY = "a poor scan: faint ink may be lost"


@dataclass(frozen=True, slots=True)
class Card:
    """An answer as it is offered; `stamp` tells its pictures from later ones."""

    answer: int
    code_name: str
    stamp: str
    shown: Sequence[Shown]
    note: str


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that look alike, least sure first; `more` are left out to keep the page short."""

    key: str
    name: str
    sure: bool
    cards: Sequence[Card]
    more: int

    @property
    def count(self) -> int:
        return len(self.cards) + self.more


class Offer(NamedTuple):
    """What is offered of a question's ungraded answers, and how many cannot be: `unknown`."""

    groups: list[Group]
    unknown: int


class Pile(NamedTuple):
    """A group before its pictures are looked up: answers, each with what is to be said of it."""

    name: str
    sure: bool
    answers: list[tuple[Answer, str]]

    @property
    def key(self) -> str:
        return hashlib.sha256(f"{self.name}|{self.sure}".encode()).hexdigest()[:8]


def offer(question: Question, *, names: bool) -> Offer:
    """Return the groups of a question's ungraded answers, with pictures the person may see."""
    piles, unknown = _piles(question)
    shown = [answer.submission_id for pile in piles for answer, _ in pile.answers[:MOST]]
    pictures = Pictures(question, shown, names=names)
    groups = [
        Group(
            pile.key,
            pile.name,
            pile.sure,
            [
                Card(
                    answer.pk,
                    answer.submission.code_name,
                    pictures.stamp(answer.submission_id),
                    pictures.of(answer.submission_id),
                    note,
                )
                for answer, note in pile.answers[:MOST]
            ],
            max(0, len(pile.answers) - MOST),
        )
        for pile in piles
    ]
    return Offer(groups, unknown)


def alike(exam: Exam) -> dict[int, int]:
    """Return how many ungraded answers look like another one, by part, of those that have any.

    They are those of the groups of two and more that `offer` has. In a constant number of queries.
    """
    waiting = Answer.objects.filter(question__exam=exam, graded=False)
    read, most = choices.of_exam(exam), most_ink_by_question(exam)
    groups: Counter[tuple[int, bool, frozenset[int]]] = Counter()
    ticked = waiting.filter(question__in=read).values_list("question", "submission", "ink")
    for part, paper, ink in ticked:
        if said := read[part].get(paper):
            unsure = said.certainty < SURE or _beside(said.marked, ink, most.get(part))
            groups[part, unsure, frozenset(said.marked)] += 1
    limits = [
        When(question=part, then=Value(ink)) for part, ink in most.items() if part not in read
    ]
    if limits:
        blank = waiting.exclude(question__in=read).filter(ink__lt=Case(*limits))
        for part, doubtful, count in _by_doubt(blank):
            groups[part, doubtful, frozenset()] += count
    found: Counter[int] = Counter()
    for (part, _, _), count in groups.items():
        found[part] += count if count > 1 else 0
    return {part: count for part, count in found.items() if count}


def _by_doubt(blank: QuerySet[Answer]) -> QuerySet[Any, tuple[int, bool, int]]:
    """Count blank answers by part, and by whether their papers leave a doubt, as `_blank` does."""
    doubts = Q(state=Page.State.EXTRA) | choices.lossy_pages()
    pages = Page.objects.filter(doubts, submission=OuterRef("submission"))
    each = blank.annotate(doubtful=Exists(pages)).order_by()
    return each.values_list("question", "doubtful").annotate(count=Count("pk"))


def _piles(question: Question) -> tuple[list[Pile], int]:
    answers = question.answers.filter(graded=False).select_related("submission")
    waiting = list(answers.order_by("submission__number"))
    if not waiting:
        return [], 0
    limit = most_ink(question)
    options, read = choices.of_question(question)
    if options:
        known = [answer for answer in waiting if answer.submission_id in read]
        return _chosen(options, read, known, limit), len(waiting) - len(known)
    if limit is None:
        return [], len(waiting)
    known = [answer for answer in waiting if answer.ink is not None]
    return _blank([one for one in known if (one.ink or 0) < limit]), len(waiting) - len(known)


def _blank(answers: list[Answer]) -> list[Pile]:
    """Blank answers; apart from the rest those of papers where an answer may be elsewhere."""
    papers = [answer.submission_id for answer in answers]
    pages = Page.objects.filter(submission__in=papers)
    extra = set(pages.filter(state=Page.State.EXTRA).values_list("submission_id", flat=True))
    # Most papers are scanned in one way: a row for each, not for each of their pages.
    scans = pages.order_by().values_list("submission_id", "bilevel", "dpi").distinct()
    lossy = {paper for paper, bilevel, dpi in scans if choices.is_lossy(bilevel=bilevel, dpi=dpi)}
    answers.sort(key=lambda answer: -(answer.ink or 0))
    sure, doubtful = Pile(BLANK, True, []), Pile(BLANK, False, [])
    for answer in answers:
        paper = answer.submission_id
        words = [word for word, some in ((EXTRA, extra), (LOSSY, lossy)) if paper in some]
        pile = doubtful if words else sure
        pile.answers.append((answer, ", ".join(words)))
    return [pile for pile in (sure, doubtful) if pile.answers]


def _chosen(
    options: Sequence[Option],
    read: dict[int, Choice],
    answers: Sequence[Answer],
    limit: float | None,
) -> list[Pile]:
    """Answers by what was read, the sure ones first, in the order of the options."""
    labels = {option.pk: option.label for option in options}
    places = {option.pk: place for place, option in enumerate(options)}
    found: dict[tuple[bool, tuple[int, ...]], list[tuple[float, Answer, str]]] = {}
    for answer in answers:
        choice = read[answer.submission_id]
        marked = tuple(sorted(places[pk] for pk in choice.marked if pk in places))
        note = BESIDE if _beside(marked, answer.ink, limit) else ""
        unsure = choice.certainty < SURE or bool(note)
        certainty = min(choice.certainty, SURE / 2) if note else choice.certainty
        found.setdefault((unsure, marked), []).append((certainty, answer, note))
    piles = []
    for (unsure, marked), each in sorted(found.items(), key=lambda one: _order(*one[0])):
        each.sort(key=lambda row: (row[0], row[1].submission.number))
        name = " + ".join(labels[options[place].pk] for place in marked) or NONE
        pile: list[tuple[Answer, str]] = [(answer, note) for _, answer, note in each]
        piles.append(Pile(name, not unsure, pile))
    return piles


def _beside(marked: Sequence[int], ink: float | None, limit: float | None) -> bool:
    """Who ticks nothing and writes beside it has answered all the same."""
    return not marked and (ink or 0) >= (limit or 0)


def _order(unsure: bool, marked: tuple[int, ...]) -> tuple[object, ...]:
    return (unsure, not marked, len(marked), marked)
