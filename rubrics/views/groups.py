"""Answers graded together: those that look blank, and those by what was ticked or circled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gradebook.access import question_for, who
from gradebook.models import Question
from gradebook.sent import number, storable
from rubrics import batches
from rubrics.groups import offer
from rubrics.numbers import in_order
from rubrics.state import progress
from rubrics.views.answers import UNDONE
from submissions.access import sees_names

NOTHING = "Nothing was graded: no answer is ticked."
GARBLED = "The form came in garbled. Send it again."
NO_ITEM = "Nothing was graded yet: choose what applies, or “graded as they stand”."
SHOWN_BATCHES = 5


@dataclass(frozen=True)
class Sent:
    """What a group's form sent: answers with their stamps, and items, or none on purpose."""

    group: str = ""
    name: str = ""
    chosen: dict[int, str] = field(default_factory=dict)
    items: list[int] = field(default_factory=list)
    as_they_stand: bool = False

    @property
    def problem(self) -> str:
        if not self.chosen:
            return NOTHING
        return "" if self.items or self.as_they_stand else NO_ITEM


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def groups(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the groups. POST grades what is ticked in one, or with `undo` takes a batch back.

    A form may be sent twice: its `key` grades once.
    """
    question = question_for(request.user, pk)
    if not question.is_leaf:
        raise Http404
    if request.method != "POST":
        return _page(request, question)
    if "undo" in request.POST:
        return _undo(request, question)
    sent = _sent(request)
    problem = sent.problem or _grade(request, question, sent)
    if problem:
        messages.error(request, problem)
        return _page(request, question, sent, status=422)
    return redirect("groups", pk)


def _sent(request: HttpRequest) -> Sent:
    pairs = [value.partition(".") for value in request.POST.getlist("answer")]
    return Sent(
        group=request.POST.get("group", ""),
        name=request.POST.get("name", ""),
        chosen={pk: stamp for text, _, stamp in pairs if (pk := number(text)) is not None},
        items=[pk for text in request.POST.getlist("item") if (pk := number(text)) is not None],
        as_they_stand="as_they_stand" in request.POST,
    )


def _grade(request: HttpRequest, question: Question, sent: Sent) -> str:
    """Grade what was sent; return why not, in words."""
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return GARBLED
    if not storable(sent.name):
        return GARBLED
    try:
        done = batches.grade(
            question, sent.chosen, sent.items, key=key, group=sent.name, by=who(request)
        )
    except batches.Refused as refused:
        return str(refused)
    say = messages.success if done.graded else messages.warning
    say(request, " ".join(_words(done)))
    return ""


def _words(done: batches.Done) -> list[str]:
    """Say what was done, and what was left alone and why."""
    said = ["1 answer graded." if done.graded == 1 else f"{done.graded} answers graded."]
    if done.held:
        said.append(f"{_some(done.held)} left: a colleague has {_it(done.held)} open.")
    if done.before:
        said.append(f"{_some(done.before)} left: graded meanwhile.")
    if done.changed:
        said.append(f"{_some(done.changed)} left: scanned or cut anew since you looked.")
    return said


def _some(count: int) -> str:
    return "1 was" if count == 1 else f"{count} were"


def _it(count: int) -> str:
    return "it" if count == 1 else "them"


def _undo(request: HttpRequest, question: Question) -> HttpResponse:
    batch = get_object_or_404(question.batches, pk=number(request.POST["undo"]))
    if count := batches.undo(batch, by=who(request)):
        answers = "1 answer is" if count == 1 else f"{count} answers are"
        messages.success(request, f"Undone. {answers} as before.")
    else:
        messages.info(request, UNDONE)
    return redirect("groups", question.pk)


def _page(
    request: HttpRequest, question: Question, sent: Sent | None = None, status: int = 200
) -> HttpResponse:
    found = offer(question, names=sees_names(request.user, question.exam))
    context: dict[str, Any] = {
        "question": question,
        "exam": question.exam,
        "sure": [group for group in found.groups if group.sure],
        "unsure": [group for group in found.groups if not group.sure],
        "unknown": found.unknown,
        "progress": progress(question),
        "rubric": in_order(question.items.offered().select_related("group")),
        "scoring": question.rule().scoring,
        "batches": question.batches.filter(undone_at=None).select_related("by")[:SHOWN_BATCHES],
        "sent": sent,
        "key": uuid4,
    }
    return render(request, "rubrics/groups.html", context, status=status)
