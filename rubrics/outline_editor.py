"""What the outline editor opens, and what it makes of a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db.models import Count

from gradebook.models import Exam
from gradebook.plans import ExamPlan, QuestionPlan, to_dict
from rubrics.outline_gone import open_requests, worked_on
from rubrics.outline_reading import identified, plan_of, version_of

SHOWN = ("questions", "name_region", "id_region", "hidden_regions")


def opened(exam: Exam) -> dict[str, Any]:
    """Return what the editor opens: the outline with its keys, what it needs, its version.

    `work` says by question how many answers graders worked on, `asked` how many requests are open.
    """
    data = to_dict(plan_of(exam, ids=True, rubrics=False))
    questions = exam.questions.all()
    work = worked_on(questions).values("question").annotate(count=Count("pk"))
    return {
        "version": version_of(exam),
        "outline": {key: data.get(key) for key in SHOWN},
        "exam": {name: data.get(name) for name in ("scoring", "floor", "ceiling", "bonus_on_top")},
        "work": {str(row["question"]): row["count"] for row in work.order_by()},
        "asked": {str(question): count for question, count in open_requests(questions).items()},
    }


def taken_up(plan: ExamPlan, exam: Exam) -> dict[str, Any]:
    """Return a file's plan as the editor would send it: known questions, their places kept."""
    known = identified(plan, exam)
    stands = plan_of(exam, ids=True, rubrics=False)
    there = {each.id: each for each in stands.walk()}

    def with_places(question: QuestionPlan) -> QuestionPlan:
        kept = there.get(question.id) if question.id else None
        if question.parts:
            return replace(question, parts=tuple(map(with_places, question.parts)))
        regions, options = question.regions, question.options
        if regions is None:
            regions = kept.regions if kept else None
        if options is None:
            options = kept.options if kept else None
        return replace(question, regions=regions or (), options=options or ())

    questions = tuple(map(with_places, known.questions))
    spots = {**stands.spots, **known.spots}
    hidden = stands.hidden if known.hidden is None else known.hidden
    whole = replace(known, questions=questions, spots=spots, hidden=hidden)
    return to_dict(replace(whole, name="", template="", pages=None))
