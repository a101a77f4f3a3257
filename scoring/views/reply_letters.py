"""The e-mail that tells students of answers to their regrade requests, and sending once more."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gradebook.access import exam_for, who
from gradebook.counted import counted
from gradebook.models import Role
from scoring import letters as verbs
from scoring.asking import ask_for_letter, left_waiting
from scoring.models import Letter
from scoring.views.letters import listed, send_one


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def reply_letters(request: HttpRequest, pk: int) -> HttpResponse:
    """How each went; POST sends one `letter`, or all, of those that are stuck or left waiting."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    letters = verbs.of_replies(exam)
    found = True
    if "letter" in request.POST:
        found = send_one(request, letters)
    elif request.method == "POST":
        _send(request, letters)
    if request.method == "POST" and found:
        return redirect("reply_letters", exam.pk)
    context = listed(request, letters, "reply__regrade__student__user")
    waiting_count = left_waiting(letters).count()
    context |= {"exam": exam, "here": "?", "left": context["stuck"] + waiting_count}
    return render(request, "scoring/reply_letters.html", context, status=200 if found else 404)


def _send(request: HttpRequest, letters: QuerySet[Letter]) -> None:
    verbs.send_again(letters)
    waiting = list(left_waiting(letters))
    for letter in waiting:
        ask_for_letter(letter, by=who(request))
    if waiting:
        messages.success(request, f"{counted(len(waiting), 'e-mail')} will be sent.")
