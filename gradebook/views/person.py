"""One person of a course: role, student ID, sections; leaving and coming back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from gradebook import people
from gradebook.access import member_for, who
from gradebook.enrolment import Refused
from gradebook.forms import PersonForm
from gradebook.models import Membership


@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, pk: int) -> HttpResponse:
    member = member_for(request.user, pk)
    form = PersonForm(request.POST or None, course=member.course, member=member)
    if form.is_valid():
        try:
            people.change(member, form.row(), by=who(request))
        except Refused as error:
            form.add_error(None, list(error.problems))
        else:
            messages.success(request, f"{member.user}: saved.")
            return redirect("people", member.course_id)
    ctx = {"form": form, "member": member, "course": member.course}
    return render(request, "gradebook/person.html", ctx, status=422 if form.is_bound else 200)


@require_POST
def person_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a member leave; the answer offers to take that back."""
    member = member_for(request.user, pk)
    try:
        people.leave(member, by=who(request))
    except Refused as error:
        return _refused(request, member, str(error))
    return _answer(request, member, f"{member.user} left the course. Find them under “Left”.")


@require_POST
def person_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a leaving back."""
    member = member_for(request.user, pk)
    people.come_back(member)
    return _answer(request, member, f"{member.user} is in the course again.")


def _answer(request: HttpRequest, member: Membership, text: str) -> HttpResponse:
    """The row as it is now for htmx, the list with a message for everybody else."""
    if request.headers.get("HX-Request"):
        ctx = {"member": member, "fresh": True}
        return render(request, "gradebook/_person.html", ctx)
    messages.success(request, text)
    return redirect("people", member.course_id)


def _refused(request: HttpRequest, member: Membership, text: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # app.js shows the words of a refusal; the row stays as it is.
        return JsonResponse({"detail": text}, status=409)
    messages.error(request, text)
    return redirect("person", member.pk)
