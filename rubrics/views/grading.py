"""The grading workspace: one question, one paper at a time."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from gradebook.access import exam_for, question_for, who
from gradebook.models import Question
from rubrics import claims, parts, state, walk
from rubrics.access import answer_for
from rubrics.filters import Filter
from rubrics.models.key import keys_of
from submissions import look_again as look_again_
from submissions.access import sees_names
from submissions.models import Answer

NO_PAPERS = "There are no papers to grade yet. Add the scans first."
NONE_LEFT = "Nothing of this kind is left to grade. Here is the first one."
NONE_SUCH = "No answer is of this kind."
ALL_GRADED = "Every paper is graded for {}. Here is the first one, to look again."
ALL_HELD = "Colleagues are grading the last papers of {} right now. Here is the first one."

NONE_FLAGGED = "No answer is flagged for review."
NONE_AGAIN = "No answer waits to be looked at again."


@require_safe
@never_cache
def grade(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the next ungraded answer that nobody else holds, and claim it."""
    question = question_for(request.user, pk)
    if not question.is_leaf:
        raise Http404
    only = Filter.read(request.GET, question, names=sees_names(request.user, question.exam))
    if waiting := claims.next_ungraded(question, who(request), only=only):
        return redirect(_address(waiting, only))
    first = only.of(question.answers.all()).order_by(*walk.order(question.exam)).first()
    if first is None:
        messages.info(request, NONE_SUCH if only else NO_PAPERS)
        return redirect("exam", question.exam_id)
    messages.info(request, NONE_LEFT if only else _why_none(question))
    return redirect(_address(first, only))


def _address(answer: Answer, only: Filter) -> str:
    return reverse("answer", args=[answer.pk]) + (f"?{only.query}" if only else "")


def _why_none(question: Question) -> str:
    left = question.answers.filter(graded=False).exists()
    return (ALL_HELD if left else ALL_GRADED).format(question)


@require_safe
@never_cache
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the next graded answer whose pages changed since; `after` is where one comes from."""
    return _lead(request, look_again_.answers(exam_for(request.user, pk)), pk, NONE_AGAIN)


@require_safe
@never_cache
def flagged(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead to the next answer flagged for review; `after` is where one comes from."""
    exam = exam_for(request.user, pk)
    answers = Answer.objects.filter(question__exam=exam, flag__isnull=False)
    in_order = answers.order_by("question__order", "submission__number")
    return _lead(request, in_order, pk, NONE_FLAGGED)


def _lead(request: HttpRequest, answers: QuerySet[Answer], exam: int, nothing: str) -> HttpResponse:
    waiting = list(answers.values_list("pk", flat=True))
    if not waiting:
        messages.info(request, nothing)
        return redirect("exam", exam)
    after = request.GET.get("after", "")
    here = waiting.index(int(after)) + 1 if after in map(str, waiting) else 0
    return redirect("answer", waiting[here % len(waiting)])


@require_safe
@never_cache
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """One answer, with everything its page needs to start working without another request."""
    ctx = workspace_of(request, answer_for(request.user, pk))
    return render(request, "rubrics/answer.html", ctx)


def workspace_of(request: HttpRequest, found: Answer) -> dict[str, Any]:
    """Return what the workspace's template needs; later stages lay a `slip` beside the rubric."""
    first = _first(request, found)
    rows = parts.yours_first(first["questions"])
    return {"answer": found, "exam": found.question.exam, "first": first, "questions": rows}


def _first(request: HttpRequest, found: Answer) -> dict[str, Any]:
    exam = found.question.exam
    names = sees_names(request.user, exam)
    only = Filter.read(request.GET, found.question, names=names)
    return {
        "answer": state.workspace(found, who(request), names=names, only=only),
        "questions": parts.questions(exam, who(request)),
        "exam": {"id": exam.pk, "name": exam.name, "anonymous": exam.anonymous},
        # Clicks that wait in the browser are kept apart for each person who signs in there.
        "user": who(request).pk,
        "keys": keys_of(who(request)),
    }
