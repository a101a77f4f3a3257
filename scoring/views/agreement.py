"""How far graders agree: second looks, asked for and settled, and each grader beside the rest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gradebook.access import exam_for, who
from gradebook.counted import counted
from gradebook.models import Exam, Question, Role, User
from gradebook.sent import number
from rubrics import seconds
from rubrics.batches import Refused
from rubrics.models import Item, SecondGrade, SecondLook, Settlement
from scoring import agreement as figures
from scoring.agreement import Agreement, Pair
from scoring.steps import tenths
from submissions.models import Answer

SHOWN = 50  # differences on one page; the next ones come when these are settled


class AskForm(forms.Form):
    """How many more answers of which questions get a second look."""

    each = forms.IntegerField(
        label="Answers of each part", min_value=1, max_value=seconds.MOST, initial=2
    )
    question = forms.ModelChoiceField(
        Question.objects.none(), label="Part", required=False, empty_label="Every part"
    )

    def __init__(self, exam: Exam, *args: Any) -> None:
        super().__init__(*args)
        field = self.fields["question"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = exam.questions.leaves()


@dataclass(frozen=True, slots=True)
class Line:
    """A part or a grader, how many second looks were asked for and given, and what they say."""

    name: str
    asked: int
    said: Agreement | None

    @property
    def words(self) -> str:
        return figures.in_words(self.said)

    @property
    def mean(self) -> str:
        return signed(self.said.mean) if self.said else "–"

    @property
    def apart(self) -> str:
        return tenths(self.said.apart) if self.said else "–"


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def agreement(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows how far graders agree. POST asks for second looks, withdraws or settles one."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.method != "POST":
        return _page(request, exam, AskForm(exam))
    if "settle" in request.POST:
        return _settle(request, exam)
    if "withdraw" in request.POST:
        count = seconds.withdraw(exam)
        messages.success(
            request, f"{counted(count, 'second look')} withdrawn. What was given stays."
        )
        return redirect("agreement", exam.pk)
    form = AskForm(exam, request.POST)
    if not form.is_valid():
        return _page(request, exam, form, status=422)
    _ask(request, exam, form)
    return redirect("agreement", exam.pk)


def _ask(request: HttpRequest, exam: Exam, form: AskForm) -> None:
    one = form.cleaned_data["question"]
    chosen = [one.pk] if one else [leaf.pk for leaf in exam.questions.leaves()]
    count = seconds.ask(exam, chosen, each=form.cleaned_data["each"], by=who(request))
    if count:
        messages.success(
            request,
            f"{counted(count, 'second look')} asked for. Graders find them on the exam’s page.",
        )
    else:
        messages.warning(request, "No graded answer is left that has no second look yet.")


def _settle(request: HttpRequest, exam: Exam) -> HttpResponse:
    took = request.POST.get("took", "")
    grades = SecondGrade.objects.filter(look__answer__question__exam=exam)
    grade = get_object_or_404(
        grades.select_related("look__answer__question"), pk=number(request.POST["settle"])
    )
    if took not in Settlement.Took.values:
        messages.error(request, "Say which grading stands: the first or the second.")
        return redirect("agreement", exam.pk)
    seen = number(request.POST.get("seen"))
    try:
        new = seconds.settle(grade, Settlement.Took(took), seen=seen, by=who(request))
    except Refused as refused:
        messages.warning(request, str(refused))
    else:
        say = messages.success if new else messages.info
        say(request, "Settled." if new else "That was settled before.")
    return redirect("agreement", exam.pk)


def signed(points: float | None) -> str:
    """Return a mean difference in hundredths as points: "+0.3", "−0.1", "0"."""
    text = tenths(points)
    return f"+{text}" if points and points > 0 and text != "0.0" else text


def _page(request: HttpRequest, exam: Exam, form: AskForm, status: int = 200) -> HttpResponse:
    pairs = figures.pairs_of(exam)
    leanings = figures.leanings(figures.given_in(exam))
    keys = {pair.first_by for pair in pairs if pair.first_by} | {one.by for one in leanings}
    people = figures.people(keys)
    differing = seconds.differing(exam)
    context = {
        "exam": exam,
        "form": form,
        "open": seconds.open_looks(exam).count(),
        "parts": _parts(exam, pairs),
        "graders": _graders(exam, pairs, people),
        "leanings": [(people[one.by], one) for one in leanings if one.by in people],
        "differing": _differing(differing),
        "at_most": _at_most(exam, request.GET, form),
        "more": max(0, differing.count() - SHOWN),
        "telling": figures.TELLING,
        "enough": figures.ENOUGH,
    }
    return render(request, "scoring/agreement.html", context, status=status)


def _at_most(exam: Exam, typed: QueryDict, form: AskForm) -> int:
    """Return how many second looks would be asked for, at most; `typed` as the form changes."""
    waiting = Answer.objects.filter(question__exam=exam, graded=True, second_look=None)
    if typed.get("question"):
        waiting = waiting.filter(question=number(str(typed["question"])))
    counts = waiting.order_by().values("question").annotate(count=Count("pk"))
    each = str(typed.get("each") or form["each"].value())
    most = min(number(each) or 0, seconds.MOST)
    return sum(min(row["count"], most) for row in counts)


def _parts(exam: Exam, pairs: list[Pair]) -> list[Line]:
    asked: dict[int, int] = defaultdict(int)
    looks = SecondLook.objects.filter(answer__question__exam=exam)
    for question in looks.values_list("answer__question", flat=True):
        asked[question] += 1
    rubrics = _rubrics(exam)
    lines = [
        Line(
            leaf.name,
            asked[leaf.pk],
            figures.agreement([pair for pair in pairs if pair.question == leaf.pk], rubrics),
        )
        for leaf in exam.questions.leaves()
        if asked[leaf.pk]
    ]
    return sorted(lines, key=lambda line: line.said is None)


def _graders(exam: Exam, pairs: list[Pair], people: dict[int, User]) -> list[Line]:
    of: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.first_by in people:
            of[pair.first_by].append(pair)
    rubrics = _rubrics(exam)
    lines = [
        Line(str(people[key]), len(mine), figures.agreement(mine, rubrics))
        for key, mine in of.items()
    ]
    return sorted(lines, key=lambda line: line.name)


def _rubrics(exam: Exam) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    items = Item.objects.offered().filter(question__exam=exam)
    for question, item in items.values_list("question_id", "pk"):
        found[question].append(item)
    return found


def _differing(grades: Any) -> list[SecondGrade]:
    return list(
        grades.select_related(
            "look__answer__question", "look__answer__submission", "by", "first_by"
        ).prefetch_related("items", "first_items")[:SHOWN]
    )
