"""A student's data: taken away as a ZIP, and deleted for good after their name is typed."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook.access import member_for, who
from gradebook.models import Membership, Role
from scoring.copies.names import plain
from scoring.erasure import students
from scoring.exports.personal import personal
from scoring.forms import TypedForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def student_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes with a student's data; POST their name, and it goes."""
    student = _reach(request, pk)
    form = TypedForm(request.POST or None, wanted=str(student.user), what="the student’s name")
    if form.is_valid():
        if why := students.why_not(student):
            form.add_error(None, why)
        else:
            students.ask(student, by=who(request))
            return redirect("deletions", student.course_id)
    context: dict[str, Any] = {
        "member": student,
        "course": student.course,
        "form": form,
        "goes": [(f"{word}s".capitalize(), n) for n, word in students.what_goes(student) if n],
        "shared": students.shared_files(student),
        "elsewhere": student.user.memberships.exclude(pk=student.pk).exists(),
    }
    status = 422 if form.is_bound else 200
    return render(request, "scoring/student_delete.html", context, status=status)


@require_safe
@never_cache
def student_data(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """All that is here of a student, sent while it is made."""
    student = _reach(request, pk)
    response = StreamingHttpResponse(personal(student), content_type="application/zip")
    name = f"{plain(str(student.user)) or 'student'}_data.zip"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _reach(request: HttpRequest, pk: int) -> Membership:
    student = member_for(request.user, pk)
    if student.role != Role.STUDENT:
        raise PermissionDenied(students.ONLY_STUDENTS)
    return student
