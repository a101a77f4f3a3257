"""An exam's home: where it stands, what waits, and the next useful step."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for, role_in, who
from gradebook.models import Exam, Role, User
from gradebook.points import points_text
from rubrics import assignments
from rubrics.pace import Said, pace, said_lately
from scoring import marksheet, needs, progress, statistics, steps
from scoring.collect import out_of
from scoring.needs import Facts, Need
from scoring.progress import Row
from scoring.rounding import TOO_FEW, coefficient
from scoring.statistics import Scores
from scoring.steps import Action, Standing, Step
from submissions.access import sees_names

Linked = TypeVar("Linked", Step, Need)

# What instructors take away: words, kind of file, name of the page.
EXPORTS = (
    ("Scores", "CSV", "scores_csv"),
    ("Graded copies", "PDF", "copies"),
    ("All exports", "Excel, gradebooks", "exports"),
)

# What a page without questions teaches, by whether there is a blank exam.
EMPTY = {
    False: {
        "title": "Start with the blank exam",
        "text": "Its PDF shows where the questions are and how scanned pages should lie.",
    },
    True: {
        "title": "Where are the questions?",
        "text": "Draw a box around each answer on the blank exam and say how many points it has.",
    },
}


@require_safe
@never_cache
def exam(request: HttpRequest, pk: int) -> HttpResponse:
    """The exam's six steps, its parts, what needs somebody, and how it looks so far."""
    found = exam_for(request.user, pk)
    instructor = role_in(request.user, found.course_id) == Role.INSTRUCTOR
    names = sees_names(request.user, found)
    known = needs.facts(found, who(request))
    waiting = needs.needs(found, known, names=names, instructor=instructor)
    context = {
        "exam": found,
        "empty": EMPTY[bool(known.template_pages)],
        "instructor": instructor,
        "needs": _linked(found, waiting),
        "exports": _exports(found) if instructor else [],
        **_grading(found, known, who(request), instructor=instructor, names=names),
    }
    return render(request, "scoring/exam.html", context)


def _grading(
    exam: Exam, known: Facts, user: User, *, instructor: bool, names: bool
) -> dict[str, Any]:
    """Return the steps, the one button, the table of parts, and the scores so far."""
    lines = said_lately(exam)
    rows = _rows(exam, lines, assignments.of(exam, user))
    leaves = [row for row in rows if row.question.is_leaf]
    scores = marksheet.whole_papers(exam, [row.question.pk for row in leaves])
    at = _standing(exam, known, rows, scores)
    next_up = progress.next_up(leaves, lines, user.pk)
    return {
        "at": at,
        "about": steps.about(at, questions=sum(row.depth == 0 for row in rows)),
        "steps": _linked(exam, steps.steps(at, instructor=instructor, names=names)),
        "action": _button(exam, steps.action(at, next_up, instructor=instructor)),
        "yours": [row for row in leaves if row.yours],
        "sections": progress.sections(rows),
        "so_far": _so_far(scores, leaves, at) if at.telling else None,
        "telling": steps.TELLING,
    }


def _rows(exam: Exam, lines: Sequence[Said], yours: Collection[int]) -> list[Row]:
    questions = list(exam.questions.all())
    counts, graders = progress.counts(exam), progress.graders(exam)
    return progress.outline(questions, counts, pace(lines), graders, yours)


def _standing(exam: Exam, known: Facts, rows: Sequence[Row], scores: Scores) -> Standing:
    leaves = [row for row in rows if row.question.is_leaf]
    totals = scores.sum(axis=1)
    return Standing(
        template=bool(known.template_pages),
        template_pages=known.template_pages,
        drawing=bool(known.template and not known.template.problem),
        parts=len(leaves),
        points=out_of([row.question for row in rows], on_top=exam.bonus_on_top),
        unplaced=sum(row.question.pk not in known.placed for row in leaves),
        students=known.students,
        papers=known.papers,
        matched=known.matched,
        naming=known.naming,
        pages=known.pages,
        reading=known.reading,
        opening=known.opening,
        doubtful=known.doubtful,
        answers=sum(row.answers for row in leaves),
        graded=sum(row.graded for row in leaves),
        seconds_left=progress.total(row.left for row in leaves),
        whole=len(totals),
        mean=float(totals.mean()) if len(totals) else None,
        released=_day(exam, known),
        by=str(known.release.by or "") if known.release else "",
        seen=known.seen,
    )


def _day(exam: Exam, known: Facts) -> str:
    """Return when the exam was released, in the course's time: "23 Nov, 16:04"."""
    return exam.course.moment(known.release.at) if known.release else ""


def _so_far(scores: Scores, leaves: Sequence[Row], at: Standing) -> dict[str, Any] | None:
    """Return what the panel shows of the papers that are wholly graded, None without any."""
    totals = scores.sum(axis=1)
    figures = statistics.describe(totals)
    if figures is None:
        return None
    bins = statistics.histogram(totals, at.points)
    low, high = bins[0].low, bins[-1].high
    return {
        "bars": [{"label": _span(each.low, each.high), "count": each.count} for each in bins],
        "peak": max(each.count for each in bins),
        "low": points_text(low),
        "middle": points_text((low + high) // 2),
        "high": points_text(high),
        "figures": [
            ("Mean", steps.tenths(figures.mean)),
            ("Median", steps.tenths(figures.median)),
            ("Std dev", steps.tenths(figures.sd)),
            ("Reliability", _reliability(scores)),
        ],
        "more": [
            ("Lowest", points_text(figures.low)),
            ("Highest", points_text(figures.high)),
            ("Middle half", " to ".join(map(steps.tenths, figures.quartiles))),
        ],
        "parts": _parts(scores, leaves),
        "enough": statistics.enough(scores),
        "enough_from": statistics.TELLING,
    }


def _reliability(scores: Scores) -> str:
    alpha = statistics.alpha(scores)
    return TOO_FEW if statistics.too_few(scores, alpha) else coefficient(alpha)


def _parts(scores: Scores, leaves: Sequence[Row]) -> list[dict[str, Any]]:
    """Return each part's difficulty, of its graded answers, and how it sets papers apart."""
    apart = statistics.discriminations(scores)
    if not statistics.enough(scores):
        apart = [None] * len(apart)
    return [
        {
            "question": row.question,
            "difficulty": coefficient(statistics.difficulty(row.mean, row.points)),
            "discrimination": coefficient(each),
            "odd": each is not None and each < 0,
        }
        for row, each in zip(leaves, apart, strict=True)
    ]


def _span(low: int, high: int) -> str:
    return f"{points_text(low)} to {points_text(high)}"


def _linked(exam: Exam, things: Sequence[Linked]) -> list[Linked]:
    """Return steps or needs with the addresses of their pages."""
    return [replace(thing, url=_address(exam, thing.page)) for thing in things]


def _button(exam: Exam, action: Action | None) -> dict[str, str] | None:
    if action is None:
        return None
    url = _address(exam, action.page, action.question)
    return {"label": action.label, "url": url}


def _exports(exam: Exam) -> list[dict[str, str]]:
    return [
        {"label": label, "note": note, "url": _address(exam, page)} for label, note, page in EXPORTS
    ]


def _address(exam: Exam, page: str, question: int | None = None) -> str:
    if not page or page.startswith("#"):
        return page
    if question is not None:
        return reverse(page, args=[question])
    return reverse(page, args=[exam.course_id if page == "people" else exam.pk])
