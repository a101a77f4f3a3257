"""How the grading of an exam goes: by part and by person."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for, role_in, who
from gradebook.models import Role
from scoring.dashboard import dashboard


@require_safe
@never_cache
def grading(request: HttpRequest, pk: int) -> HttpResponse:
    """Parts with what is left and who is at them, the person's own first; then the graders."""
    exam = exam_for(request.user, pk)
    context = {
        "exam": exam,
        "board": dashboard(exam, who(request)),
        "instructor": role_in(request.user, exam.course_id) == Role.INSTRUCTOR,
    }
    return render(request, "scoring/grading.html", context)
