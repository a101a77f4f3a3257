"""What holds for the whole exam. What a change does to scores is shown before it is made."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from gradebook.access import exam_for, who
from gradebook.forms import NamedForm
from gradebook.models import DistributionShown, Exam, Role, RubricEditors, RubricShown, Scoring
from rubrics.settings import FIELDS, Effect, change_settings, effect_of_settings


class SettingsForm(NamedForm):
    class Meta:
        model = Exam
        fields = FIELDS
        labels = {
            "minutes": "Time allowed, in minutes",
            "scoring": "Points",
            "floor": "No part goes below 0",
            "ceiling": "No part goes above its points",
            "bonus_on_top": "Bonus questions come on top",
            "anonymous": "Graders see no names",
            "random_order": "Papers come in a random order",
            "rubric_shown": "In the graded copy, students see",
            "distribution_shown": "Of the class, students see",
            "rubric_editors": "Rubrics are edited by",
        }
        help_texts = {
            "scoring": "A question may say otherwise, in the outline.",
            "bonus_on_top": "Their points are then not part of what the exam is out of.",
            "random_order": "Another order for each question, the same for every grader, so that "
            "no paper is always graded first.",
            "distribution_shown": "As it is when you release. Never of fewer than five papers.",
            "rubric_editors": "An edit acts on every paper that has the item.",
            "anonymous": "Papers have code names, and name and ID are covered on the scans.",
        }
        widgets = {
            "scoring": forms.RadioSelect(choices=Scoring.choices),
            "rubric_shown": forms.RadioSelect(choices=RubricShown.choices),
            "distribution_shown": forms.RadioSelect(choices=DistributionShown.choices),
            "rubric_editors": forms.RadioSelect(choices=RubricEditors.choices),
            "minutes": forms.NumberInput(attrs={"min": 1, "max": 100_000}),
        }

    def clean_minutes(self) -> int | None:
        minutes: int | None = self.cleaned_data["minutes"]
        if minutes is not None and not 1 <= minutes <= 100_000:
            raise forms.ValidationError("Give the minutes as a number from 1.")
        return minutes


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the exam's defaults; scores given already change only after a look at how."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    # Another instance: a form leaves what was typed on the one it has, right or wrong.
    form = SettingsForm(request.POST or None, instance=Exam.objects.get(pk=exam.pk))
    context: dict[str, Any] = {"exam": exam, "form": form}
    if request.method != "POST":
        return render(request, "rubrics/settings.html", context)
    if not form.is_valid():
        return render(request, "rubrics/settings.html", context, status=422)
    effect = context["effect"] = effect_of_settings(exam, form.cleaned_data)
    if "look" in request.POST:
        return render(request, "rubrics/_effect.html", context)
    stored = Exam.objects.get(pk=exam.pk)
    save = partial(change_settings, stored, form.cleaned_data, by=who(request))
    if not (_agreed(request, effect) and form.take(save)):
        return render(request, "rubrics/settings.html", context, status=422)
    messages.success(request, _words(effect))
    return redirect("settings", exam.pk)


def _agreed(request: HttpRequest, effect: Effect) -> bool:
    """Return whether the person saw this very effect, or there is none."""
    return effect.answers == 0 or request.POST.get("agreed") == effect.key


def _words(effect: Effect) -> str:
    if effect.answers == 0:
        return "Settings saved."
    answers = "1 answer scores" if effect.answers == 1 else f"{effect.answers:,} answers score"
    return f"Settings saved. {answers} otherwise now."
