"""All answers to a question at a glance, some of them by a filter, and one act on many."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gradebook.access import question_for, who
from gradebook.counted import counted
from gradebook.models import Question
from gradebook.sent import number
from rubrics import batches, overview
from rubrics.filters import Filter
from rubrics.state import progress
from submissions.access import sees_names

NOTHING = "Nothing was changed: no answer is chosen."
GARBLED = "The form came in garbled. Send it again."
CHANGED = "Nothing was changed: {} now. Look once more, then choose."
UNDONE = "Nothing of it stands any more."
SHOWN_BATCHES = 3


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def answers(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows them. POST applies or lifts an item on those chosen, or takes a batch back."""
    question = question_for(request.user, pk)
    if not question.is_leaf:
        raise Http404
    names = sees_names(request.user, question.exam)
    only = Filter.read(request.GET, question, names=names)
    if request.method != "POST":
        return _page(request, question, only, names=names)
    problem = _undo(request, question) if "undo" in request.POST else _act(request, question, only)
    if problem:
        messages.error(request, problem)
    return redirect(f"{reverse('answers', args=[pk])}?{request.GET.urlencode()}")


def _act(request: HttpRequest, question: Question, only: Filter) -> str:
    """Apply or lift what was sent; return why not, in words."""
    verb, _, item = request.POST.get("act", "").partition(":")
    try:
        key = UUID(request.POST.get("key", ""))
    except ValueError:
        return GARBLED
    if verb not in ("apply", "lift") or (rubric_item := number(item)) is None:
        return GARBLED
    told = map(number, request.POST.getlist("answer"))
    chosen = [pk for pk in told if pk is not None]
    if "everything" in request.POST:
        chosen = list(only.of(question.answers.all()).values_list("pk", flat=True))
        if overview.fingerprint(chosen) != request.POST["everything"]:
            return CHANGED.format(counted(len(chosen), "answer is shown", "answers are shown"))
    if not chosen:
        return NOTHING
    try:
        done = batches.mark_all(
            question, chosen, rubric_item, on=verb == "apply", key=key, by=who(request)
        )
    except batches.Refused as refused:
        return str(refused)
    say = messages.success if done.graded else messages.warning
    say(request, " ".join(_words(done, applied=verb == "apply")))
    return ""


def _words(done: batches.Done, *, applied: bool) -> list[str]:
    """Say what was done, and what was left alone and why."""
    verb = "Applied to" if applied else "Lifted from"
    said = [f"{verb} {counted(done.graded, 'answer')}."]
    if done.before:
        had = "had it already" if applied else "did not have it"
        said.append(f"{done.before:,} {had}.")
    if done.held:
        was = counted(done.held, "was left: a colleague has it", "were left: colleagues have them")
        said.append(f"{was} open.")
    return said


def _undo(request: HttpRequest, question: Question) -> str:
    batch = get_object_or_404(question.batches, pk=number(request.POST["undo"]))
    if count := batches.undo(batch, by=who(request)):
        messages.success(
            request, f"Undone. {counted(count, 'answer is', 'answers are')} as before."
        )
    else:
        messages.info(request, UNDONE)
    return ""


def _page(request: HttpRequest, question: Question, only: Filter, *, names: bool) -> HttpResponse:
    rubric = overview.rubric(question)
    found = only.of(question.answers.all())
    page = overview.page_of(question, found, request.GET.get("page"))
    context = {
        "question": question,
        "exam": question.exam,
        "only": only,
        "only_words": only.words(question),
        "page": page,
        "everything": overview.fingerprint(found.values_list("pk", flat=True)),
        "cards": overview.cards(question, page, rubric, names=names),
        "rubric": rubric,
        "scoring": question.rule().scoring,
        "progress": progress(question),
        "batches": question.batches.filter(undone_at=None).select_related("by")[:SHOWN_BATCHES],
        "key": uuid4,
        **overview.choices(question, names=names),
    }
    return render(request, "rubrics/answers.html", context)
