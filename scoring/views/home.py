"""What a person has here: all courses, and one course."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import course_for, courses_of, may_found, who
from gradebook.people import counts
from scoring.home import LATEST, shelves

COURSES = 20


@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """The person's courses, each with its latest exams."""
    user = who(request)
    page = Paginator(courses_of(user), COURSES).get_page(request.GET.get("page"))
    found = shelves(user, list(page.object_list), latest=LATEST)
    staff = user.is_superuser or any(shelf.staff for shelf in found)
    ctx = {"page": page, "shelves": found, "staff": staff, "may_found": may_found(user)}
    return render(request, "scoring/home.html", ctx)


@require_safe
@never_cache
def course(request: HttpRequest, pk: int) -> HttpResponse:
    """All exams of a course."""
    found = course_for(request.user, pk)
    shelf = shelves(who(request), [found])[0]
    ctx = {"course": found, "shelf": shelf, "counts": counts(found) if shelf.staff else None}
    return render(request, "scoring/course.html", ctx)
