"""The requests for regrades of an exam, the next one to answer, and when students may ask."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook.access import exam_for, role_in, who
from gradebook.models import Exam, Question, Role
from gradebook.sent import number
from rubrics import assignments
from scoring import regrade_windows as windows
from scoring.forms import WindowForm
from scoring.regrade_list import Chosen, figures, next_open, requests
from scoring.regrade_windows import Terms
from submissions.access import sees_names

A_PAGE = 50
NONE_LEFT = "No request waits for you."
SAVED = "Saved."
AT_ONCE = {"open": False, "closed": True}  # whether all parts are closed
FEW = 8  # parts that are shown at once


@require_safe
@never_cache
def regrades(request: HttpRequest, pk: int) -> HttpResponse:
    """The requests, those that are open first; an address may choose among them."""
    exam = exam_for(request.user, pk)
    chosen = Chosen.read(request.GET.dict())
    rows = chosen.of(requests(exam), who(request))
    page = Paginator(rows, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "exam": exam,
        "page": page,
        "chosen": chosen,
        "figures": figures(exam),
        "asked": page.paginator.count or requests(exam).exists(),
        "questions": exam.questions.leaves(),
        "graders": assignments.graders(exam),
        "names": sees_names(request.user, exam),
        "instructor": role_in(request.user, exam.course_id) == Role.INSTRUCTOR,
        "told": windows.words(exam, windows.window_of(exam)),
    }
    return render(request, "scoring/regrades.html", context)


@require_safe
@never_cache
def regrade_next(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the next open request; `after` is where one comes from."""
    exam = exam_for(request.user, pk)
    found = next_open(exam, who(request), number(request.GET.get("after")))
    if found is None:
        messages.info(request, NONE_LEFT)
        return redirect("regrades", exam.pk)
    return redirect("regrade", found.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def regrade_window(request: HttpRequest, pk: int) -> HttpResponse:
    """From when until when students may ask, which parts are closed, and whom requests go to."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    # Times are typed and shown by the course's clocks.
    with exam.course.clocks():
        window = windows.window_of(exam)
        form = WindowForm(request.POST or None, window=window)
        if request.method != "POST":
            return _page(request, exam, form)
        if not form.is_valid():
            return _page(request, exam, form, status=422)
    _save(request, exam, form.cleaned_data)
    messages.success(request, SAVED)
    return redirect("regrade_window", exam.pk)


def _save(request: HttpRequest, exam: Exam, said: dict[str, Any]) -> None:
    by = who(request)
    if said["on"]:
        windows.set_window(exam, said["opens_at"], said["closes_at"], by=by)
    else:
        windows.shut(exam, by=by)
    windows.set_terms(exam, _terms(request, exam), by=by)


def _terms(request: HttpRequest, exam: Exam) -> dict[int, Terms]:
    """Return what was said anew of questions; what a colleague changed meanwhile is left alone.

    All parts may be opened or closed at once, whatever their own ticks say.
    """
    everywhere, stand = AT_ONCE.get(request.POST.get("all", "")), windows.terms_of(exam)
    wanted = {}
    for question in exam.questions.leaves():
        grader = number(request.POST.get(f"grader-{question.pk}"))
        said = Terms(f"closed-{question.pk}" in request.POST, grader)
        anew = request.POST.get(f"was-{question.pk}") not in (None, was(said))
        if everywhere is not None:
            kept = said if anew else stand.get(question.pk, Terms())
            wanted[question.pk] = kept._replace(closed=everywhere)
        elif anew:
            wanted[question.pk] = said
    return wanted


def was(terms: Terms) -> str:
    """Return terms as the form carries them along, to tell what was changed in it."""
    return f"{int(terms.closed)}.{terms.grader or 0}"


def _page(request: HttpRequest, exam: Exam, form: WindowForm, status: int = 200) -> HttpResponse:
    blocks = _blocks(exam)
    context = {
        "exam": exam,
        "form": form,
        "blocks": blocks,
        "all": request.POST.get("all", ""),
        "few": sum(len(block.rows) for block in blocks) <= FEW,
        "graders": assignments.graders(exam),
    }
    return render(request, "scoring/regrade_window.html", context, status=status)


class Row(NamedTuple):
    question: Question
    terms: Terms

    @property
    def was(self) -> str:
        return was(self.terms)


class Block(NamedTuple):
    """A question at the top of the outline, and its parts, or itself if it has none."""

    question: Question
    rows: list[Row]

    @property
    def closed(self) -> int:
        return sum(row.terms.closed for row in self.rows)

    @property
    def put(self) -> int:
        """How many parts' requests go to somebody named."""
        return sum(row.terms.grader is not None for row in self.rows)


def _blocks(exam: Exam) -> list[Block]:
    stand = windows.terms_of(exam)
    blocks: list[Block] = []
    # In the outline's order parts follow their question.
    for question in exam.questions.all():
        if question.parent_id is None:
            blocks.append(Block(question, []))
        if question.is_leaf:
            blocks[-1].rows.append(Row(question, stand.get(question.pk, Terms())))
    return blocks
