"""A course itself: a new one, and its name, term and time zone."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from gradebook.access import course_for, founder
from gradebook.forms import CourseForm
from gradebook.models import Membership, Role


@require_http_methods(["GET", "HEAD", "POST"])
def course_new(request: HttpRequest) -> HttpResponse:
    """A form; whoever sends it teaches the course."""
    user = founder(request)
    form = CourseForm(request.POST or None)

    def found() -> None:
        Membership.objects.create(course=form.save(), user=user, role=Role.INSTRUCTOR)

    if not (form.is_valid() and form.take(found)):
        return _page(request, form, "gradebook/course_new.html")
    messages.success(request, f"{form.instance} is there. Next: its people.")
    return redirect("people", form.instance.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def course_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Name, term and time zone of a course."""
    course = course_for(request.user, pk, Role.INSTRUCTOR)
    title = str(course)
    form = CourseForm(request.POST or None, instance=course)
    if not (form.is_valid() and form.take()):
        return _page(request, form, "gradebook/course_settings.html", title)
    messages.success(request, "Saved.")
    return redirect("course", course.pk)


def _page(request: HttpRequest, form: CourseForm, template: str, title: str = "") -> HttpResponse:
    ctx = {"form": form, "course": form.instance, "title": title}
    return render(request, template, ctx, status=422 if form.is_bound else 200)
