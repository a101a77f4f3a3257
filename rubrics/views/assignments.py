"""Who is asked to grade which question."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from gradebook.access import exam_for, who
from gradebook.counted import counted
from gradebook.models import Exam, Role
from gradebook.sent import number
from rubrics import assignments


@require_http_methods(["GET", "HEAD", "POST"])
def assignment(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows parts by graders with a tick for each pair; POST makes what was ticked anew so."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.method != "POST":
        return render(request, "rubrics/assignment.html", _context(exam))
    before, after = _pairs(request, "shown"), _pairs(request, "tick")
    changed = assignments.assign(exam, before, after, by=who(request))
    said = f"Saved. {counted(changed, 'assignment')} changed." if changed else "Nothing changed."
    messages.success(request, said)
    return redirect("grading", pk)


def _pairs(request: HttpRequest, name: str) -> set[assignments.Pair]:
    told = (pair.partition(".") for pair in request.POST.getlist(name))
    numbers = ((number(question), number(grader)) for question, _, grader in told)
    return {(question, grader) for question, grader in numbers if question and grader}


def _context(exam: Exam) -> dict[str, object]:
    people, there = assignments.graders(exam), assignments.assigned(exam)
    rows = [
        {
            "question": question,
            "ticks": [(person, person in there.get(question.pk, ())) for person in people],
        }
        for question in exam.questions.all()
    ]
    return {"exam": exam, "people": people, "rows": rows}
