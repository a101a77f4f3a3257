"""A new exam of a course."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from gradebook.access import course_for, who
from gradebook.forms import ExamForm
from gradebook.models import Exam, Role


@require_http_methods(["GET", "HEAD", "POST"])
def exam_new(request: HttpRequest, pk: int) -> HttpResponse:
    """A form for what must be known at once; the outline comes next."""
    course = course_for(request.user, pk, Role.INSTRUCTOR)
    exam = Exam(course=course, created_by=who(request))
    form = ExamForm(request.POST or None, instance=exam)
    if not (form.is_valid() and form.take()):
        ctx = {"form": form, "course": course}
        return render(request, "gradebook/exam_new.html", ctx, status=422 if form.is_bound else 200)
    messages.success(request, f"{exam} is there. Next: its blank pages and questions.")
    return redirect("outline", exam.pk)
