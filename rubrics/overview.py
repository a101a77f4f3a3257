"""All answers to a question at a glance: their pictures, scores, items and flags, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, QuerySet

from gradebook.models import Question, Section
from rubrics import walk
from rubrics.filters import staff
from rubrics.group_pictures import Pictures, Shown
from rubrics.models import Flag, Mark
from rubrics.numbers import Numbered, numbered
from submissions.models import Answer

ON_A_PAGE = 120


# A picture narrower than this for its height has its words beside it, not below.
TALL = 0.8


@dataclass(frozen=True, slots=True)
class Card:
    """One answer; `items` are those that apply, as the rubric has them."""

    answer: Answer
    shown: Sequence[Shown]
    items: Sequence[Numbered]
    flagged: bool

    @property
    def code_name(self) -> str:
        return self.answer.submission.code_name

    @property
    def tall(self) -> bool:
        """Whether the pictures are columns, as options one below the other are."""
        return bool(self.shown) and all(one.ratio < TALL for one in self.shown)

    @property
    def has(self) -> str:
        """Return the items' keys as an element reads them."""
        return " ".join(str(item.pk) for item, _ in self.items)


def rubric(question: Question) -> list[Numbered]:
    """Return the items in the order of their number keys, `count` answers each."""
    offered = question.items.offered().select_related("group").annotate(count=Count("marks"))
    return numbered(offered)


def page_of(question: Question, answers: QuerySet[Answer], number: Any) -> Page[Answer]:
    answers = answers.select_related("submission").order_by(*walk.order(question.exam))
    return Paginator(answers, ON_A_PAGE).get_page(number)


def fingerprint(answers: Iterable[int]) -> str:
    """Return a short text that tells these answers, by key, from any others."""
    told = ",".join(map(str, sorted(answers)))
    return sha256(told.encode()).hexdigest()[:32]


def cards(
    question: Question, page: Page[Answer], items: list[Numbered], *, names: bool
) -> list[Card]:
    """Return the cards of one page in a constant number of queries."""
    answers = list(page)
    pictures = Pictures(question, [one.submission_id for one in answers], names=names)
    marks = Mark.objects.filter(answer__in=answers)
    applied: dict[int, set[int]] = defaultdict(set)
    for answer, item in marks.values_list("answer", "item"):
        applied[answer].add(item)
    flagged = set(Flag.objects.filter(answer__in=answers).values_list("answer", flat=True))
    return [
        Card(
            answer,
            pictures.of(answer.submission_id),
            [one for one in items if one.item.pk in applied[answer.pk]],
            answer.pk in flagged,
        )
        for answer in answers
    ]


def choices(question: Question, *, names: bool) -> dict[str, Any]:
    """Return what the filter's lists offer; sections only to who may know whose papers they are."""
    course = question.exam.course_id
    return {
        "graders": [member.user for member in staff(course)],
        "sections": list(Section.objects.filter(course=course)) if names else [],
    }
