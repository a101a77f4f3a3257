"""Who is in a course: the list, and one more person."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from gradebook import people as found
from gradebook.access import course_for
from gradebook.enrolment import Refused
from gradebook.forms import PersonForm
from gradebook.models import Role

PAGE = 200


@require_safe
@vary_on_headers("HX-Request")
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """The people of a course by name; `?role=` and `?q=` narrow the list."""
    course = course_for(request.user, pk, Role.INSTRUCTOR)
    shown, words = request.GET.get("role", ""), request.GET.get("q", "")
    page = Paginator(found.find(course, shown=shown, words=words), PAGE).get_page(
        request.GET.get("page")
    )
    ctx = {
        "course": course,
        "page": page,
        "members": found.rows(list(page.object_list)),
        "shown": shown,
        "words": words,
    }
    if request.headers.get("HX-Request"):
        return render(request, "gradebook/_people.html", ctx)
    counts = found.counts(course)
    ctx |= {"counts": counts, "tabs": _tabs(reverse("people", args=[pk]), counts, shown)}
    return render(request, "gradebook/people.html", ctx)


def _tabs(url: str, counts: found.Counts, shown: str) -> list[dict[str, Any]]:
    kinds = [
        ("Everyone", "", counts.all),
        ("Students", "student", counts.student),
        ("Graders", "grader", counts.grader),
        ("Instructors", "instructor", counts.instructor),
        ("Left", found.LEFT, counts.left),
    ]
    return [
        {
            "label": label,
            "count": count,
            "url": f"{url}?role={kind}" if kind else url,
            "current": kind == shown,
        }
        for label, kind, count in kinds
        if count or kind in {"", shown}
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def person_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Add one person; somebody who left before comes back to their place."""
    course = course_for(request.user, pk, Role.INSTRUCTOR)
    form = PersonForm(request.POST or None, course=course)
    if form.is_valid():
        try:
            member = found.add(course, form.row())
        except Refused as error:
            form.add_error(None, list(error.problems))
        else:
            messages.success(request, f"{member.user} is in the course.")
            return redirect("people", pk)
    ctx = {"form": form, "course": course}
    return render(request, "gradebook/person_new.html", ctx, status=422 if form.is_bound else 200)
