"""All papers of an exam in one table that sorts by any of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for
from gradebook.models import Exam, Role, Section
from gradebook.points import points_text
from gradebook.sent import number, storable
from scoring.collect import out_of
from scoring.listing import (
    ORDERS,
    STATUS,
    Chosen,
    Column,
    Paper,
    cells,
    column_scores,
    columns,
    in_order,
    papers_of,
)

PAGE = 100
LONGEST = 100
# What one wants to see the largest of first.
FALLING_FIRST = ("graded", "total", "flags", "released")


class Head(NamedTuple):
    """The head of a column: a link that sorts by it, and how it is sorted now."""

    label: str
    title: str
    url: str
    sorted: str
    number: bool


@dataclass(frozen=True, slots=True)
class Row:
    paper: Paper
    scores: list[str]

    @property
    def total(self) -> str:
        return points_text(self.paper.total)


@require_safe
@never_cache
def submissions(request: HttpRequest, pk: int) -> HttpResponse:
    """`?sort=-total` orders the papers, `?q=`, `?section=` and `?status=` choose some."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    questions = list(exam.questions.order_by("order"))
    parts = request.GET.get("columns") == "parts"
    shown = columns(exam, questions, parts=parts)
    everything = papers_of(exam, sum(question.is_leaf for question in questions))
    chosen = _chosen(request.GET, shown)
    found = _in_order(chosen.of(everything), chosen, shown)
    sections = list(Section.objects.filter(course=exam.course_id))
    page = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "exam": exam,
        "chosen": chosen,
        "page": page,
        "rows": _rows(list(page.object_list), shown),
        "heads": _heads(exam, chosen, shown, request.GET, sections=bool(sections)),
        "points": out_of(questions, on_top=exam.bonus_on_top),
        "count": len(everything),
        "parts": parts,
        "has_parts": any(question.parent_id for question in questions),
        "sections": sections,
        "statuses": [(key, label) for key, (label, _) in STATUS.items()],
    }
    return render(request, "scoring/submissions.html", context)


def _chosen(told: QueryDict, shown: list[Column]) -> Chosen:
    """Return what an address asks for; what cannot be meant is left out."""
    words, sort, status = told.get("q", ""), told.get("sort", ""), told.get("status", "")
    keys = {*ORDERS, *(column.key for column in shown)}
    return Chosen(
        words=words.strip()[:LONGEST] if storable(words) else "",
        section=number(told.get("section")),
        status=status if status in STATUS else "",
        sort=sort if sort.removeprefix("-") in keys else "paper",
    )


def _in_order(papers: list[Paper], chosen: Chosen, shown: list[Column]) -> list[Paper]:
    value = ORDERS.get(chosen.by)
    if value is None:
        scores = column_scores(next(column for column in shown if column.key == chosen.by))
        return in_order(papers, lambda paper: scores.get(paper.pk), falling=chosen.falling)
    return in_order(papers, value, falling=chosen.falling)


def _rows(papers: list[Paper], shown: list[Column]) -> list[Row]:
    scores = cells(papers, shown)
    return [Row(paper, [points_text(score) for score in scores[paper.pk]]) for paper in papers]


def _heads(
    exam: Exam, chosen: Chosen, shown: list[Column], told: QueryDict, *, sections: bool
) -> list[Head]:
    there = {"code": exam.anonymous, "section": sections}
    fixed = [
        ("paper", "Paper", "", True),
        ("code", "Code name", "", False),
        ("student", "Student", "", False),
        ("total", "Total", "", True),
        ("graded", "Graded", "Parts that are graded", True),
        ("section", "Section", "", False),
        ("flags", "Flags", "", True),
        ("released", "Released", "", False),
    ]
    asked = [(one.key, one.question.name, _title(one), True) for one in shown]
    return [
        Head(label, title, _url(told, chosen, key), _sorted(chosen, key), is_number)
        for key, label, title, is_number in [*fixed, *asked]
        if there.get(key, True)
    ]


def _title(column: Column) -> str:
    return f"{column.question.title} (out of {points_text(column.points)})".strip()


def _sorted(chosen: Chosen, key: str) -> str:
    if chosen.by != key:
        return ""
    return "descending" if chosen.falling else "ascending"


def _url(told: QueryDict, chosen: Chosen, key: str) -> str:
    """Return the address that sorts by a column, the other way round if it is sorted by it."""
    falling = key in FALLING_FIRST or key.startswith("q")
    if chosen.by == key:
        falling = not chosen.falling
    asked = told.copy()
    asked.pop("page", None)
    asked["sort"] = f"-{key}" if falling else key
    return f"?{asked.urlencode()}"
