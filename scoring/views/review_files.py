"""The pictures and tables of a review as files to take away."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.counted import counted
from gradebook.guarded import safe
from gradebook.points import MINUS
from scoring.copies.names import plain
from scoring.exports.cells import number
from scoring.plots import WIDE
from scoring.review import Distribution, Review, items, papers_by_section, sections
from scoring.views.review import line_of, plot_of, reached

TITLE = 56  # room above the bars, as the template has it
Rows = Iterable[Sequence[object]]


@require_safe
@never_cache
def review_svg(request: HttpRequest, pk: int) -> HttpResponse:
    """The histogram of the totals, in light colours, as a file that needs no other.

    While there is none, the page tells why.
    """
    found = reached(request, pk)
    return _svg(found, found.told, found.exam.name, "histogram")


@require_safe
@never_cache
def review_csv(request: HttpRequest, pk: int, table: str) -> HttpResponse:
    """One of the review's tables."""
    found = reached(request, pk)
    if table not in TABLES:
        raise Http404
    return _csv(found, TABLES[table](found), table)


@require_safe
@never_cache
def review_part_svg(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """The histogram of a question or part."""
    found = reached(request, pk)
    line = line_of(found, part)
    title = f"{found.exam.name} · {line.name}"
    return _svg(found, line.told, title, f"{line.question.number}_histogram")


@require_safe
@never_cache
def review_part_csv(request: HttpRequest, pk: int, part: int) -> HttpResponse:
    """The table of that histogram."""
    found = reached(request, pk)
    line = line_of(found, part)
    return _csv(found, _histogram(line.told), f"{line.question.number}_histogram")


def _histogram(told: Distribution | None) -> Rows:
    yield ["From", "To", "Papers", "Up to here"]
    below = 0
    for one in told.bins if told else []:
        below += one.count
        yield [number(one.low), number(one.high), one.count, below]


def _parts(review: Review) -> Rows:
    yield [
        "Number", "Label", "Title", "Points", "Graded", "Mean", "Median", "Std Dev", "Lowest",
        "Highest", "Difficulty", "Discrimination", "Alpha Without",
    ]  # fmt: skip
    for line in review.lines:
        question, said = line.question, line.texts.values()
        words = [question.number, safe(question.label), safe(question.title)]
        yield [*words, number(line.points), line.count, *map(_plain, said)]


def _sections(review: Review) -> Rows:
    yield ["Section", "Papers", "Graded", "Mean", "Median", "Std Dev", "Beside Others", "Std Error"]
    for line in sections(review, papers_by_section(review.exam)):
        said = map(_plain, line.texts.values())
        yield [safe(line.name), line.papers, line.count, *said]


def _items(review: Review) -> Rows:
    yield ["Number", "Group", "Item", "Points", "Answers", "Graded"]
    for line in items(review, review.sheet.leaves):
        item = line.item
        points = "" if item.points is None else number(item.points)
        group = safe(item.group.text) if item.group else ""
        yield [item.question.number, group, safe(item.text), points, line.count, line.of]


TABLES: dict[str, Callable[[Review], Rows]] = {
    "histogram": lambda review: _histogram(review.told),
    "parts": _parts,
    "sections": _sections,
    "items": _items,
}


def _plain(text: str) -> str:
    """Return a figure as programs read it; what is unknown is empty."""
    return "" if text == "–" else text.replace(MINUS, "-").removeprefix("+")


def _svg(review: Review, told: Distribution | None, title: str, name: str) -> HttpResponse:
    if told is None:
        return redirect("review", review.exam.pk)
    plot, count = plot_of(told, WIDE), told.figures.count
    where = f"{review.section.name}, " if review.section else ""
    about = f"{where}{counted(count, 'paper')} of {review.papers:,}"
    said = ", ".join(f"{name.lower()} {value}" for name, value in told.facts[:3])
    context = {
        "plot": plot,
        "title": title,
        "about": f"{about} · {said}",
        "height": plot.height + TITLE,
    }
    picture = render_to_string("scoring/histogram.svg", context)
    return _file(review, picture, f"{name}.svg", "image/svg+xml; charset=utf-8")


def _csv(review: Review, rows: Rows, name: str) -> HttpResponse:
    response = _file(review, "", f"{name}.csv", "text/csv; charset=utf-8")
    csv.writer(response, lineterminator="\r\n").writerows(rows)
    return response


def _file(review: Review, content: str, name: str, kind: str) -> HttpResponse:
    exam = plain(review.exam.name) or "exam"
    where = f"{exam}_{plain(review.section.name)}" if review.section else exam
    response = HttpResponse(content, content_type=kind)
    told = content_disposition_header(True, f"{where}_{name}")
    response["Content-Disposition"] = told or "attachment"
    return response
