"""The solutions of an exam's questions: which there are, one of them, and its PDF for staff."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook.access import exam_for, question_for, who
from gradebook.files import send
from gradebook.models import Exam, Question, Role
from gradebook.sent import number
from scoring import solutions as verbs
from scoring.forms import SolutionForm
from scoring.models import Copy, Solution, SolutionsShown
from scoring.results import Result
from submissions.sources import BadUpload

SHOWN = "Students get the solutions with their result from the next release on."
HIDDEN = "From the next release on, students get no solutions."
SAVED = "The solution is saved."
REMOVED = "The solution is taken away. You can attach another one."


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def solutions(request: HttpRequest, pk: int) -> HttpResponse:
    """Every question with its solution; POST says whether students get them."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.method == "POST":
        return _say(request, exam)
    there = {one.question_id: one for one in Solution.objects.standing().filter(exam=exam)}
    context = {
        "exam": exam,
        "rows": [(question, there.get(question.pk)) for question in exam.questions.all()],
        "there": len(there),
        "shown": SolutionsShown.objects.filter(exam=exam).select_related("by").first(),
        "released": Copy.objects.standing().filter(release__exam=exam).exists(),
    }
    return render(request, "scoring/solutions.html", context)


def _say(request: HttpRequest, exam: Exam) -> HttpResponse:
    if "shown" in request.POST:
        verbs.show(exam, by=who(request))
        messages.success(request, SHOWN)
    else:
        verbs.hide(exam)
        messages.success(request, HIDDEN)
    return redirect("solutions", exam.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def solution(request: HttpRequest, pk: int) -> HttpResponse:
    """One question's solution; POST puts another in its place, or with `remove` none."""
    question = question_for(request.user, pk, Role.INSTRUCTOR)
    stands = verbs.solution_of(question)
    form = SolutionForm(request.POST or None, request.FILES or None, stands=stands)
    status = 200
    if request.method == "POST":
        try:
            if done := _put(request, question, form, stands):
                messages.success(request, done)
                return redirect("solutions", question.exam_id)
            status = 422
        except verbs.Meanwhile as error:
            form.add_error(None, str(error))
            stands, status = verbs.solution_of(question), 409
    context: dict[str, Any] = {"question": question, "exam": question.exam, "form": form}
    context |= {"stands": stands, "meanwhile": status == 409}
    return render(request, "scoring/solution.html", context, status=status)


def _put(
    request: HttpRequest, question: Question, form: SolutionForm, stands: Solution | None
) -> str:
    """Do what was sent and return what to say of it; nothing where the form says what is wrong.

    Raises Meanwhile.
    """
    valid, seen = form.is_valid(), number(request.POST.get("seen", ""))
    put = partial(verbs.put, question, by=who(request), seen=seen)
    if "remove" in request.POST:
        put("", verbs.Sent())
        return REMOVED
    if not valid:
        return ""
    try:
        sent = _sent(form, stands)
    except BadUpload as error:
        form.add_error("file", str(error))
        return ""
    put(form.cleaned_data["text"], sent)
    return SAVED


def _sent(form: SolutionForm, stands: Solution | None) -> verbs.Sent:
    """Return the PDF to keep: the one sent, or the one that was there. Raises BadUpload."""
    if file := form.cleaned_data["file"]:
        return verbs.take(file, file.name)
    return verbs.Sent() if form.cleaned_data["without"] else verbs.file_of(stands)


@require_safe
def solution_pdf(request: HttpRequest, pk: int, sha: str) -> HttpResponseBase:
    """The PDF of a solution under the name that its content gives it, for staff."""
    exam = exam_for(request.user, pk)
    name = verbs.files(exam.pk, [sha]).get(sha)
    if name is None:
        raise Http404
    return send(request, name, filename="solution.pdf")


def staff_solutions(exam: int, result: Result) -> dict[str, str]:
    """Return where staff find the PDFs of a result's solutions, by the numbers of parts."""
    shas = verbs.shas_of(result)
    return {number: reverse("solution_pdf", args=[exam, sha]) for number, sha in shas.items()}
