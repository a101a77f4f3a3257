"""The forms of what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from scoring.models import RegradeWindow, Solution
from scoring.models.solution import LONGEST
from scoring.regrade_windows import WITHIN

MINUTES = "%Y-%m-%dT%H:%M"
A_WEEK = timedelta(days=7)


def _moment(label: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput({"type": "datetime-local"}, format=MINUTES)
    missing = {"required": "Give a day and a time."}
    return forms.DateTimeField(
        label=label, widget=widget, error_messages=missing, validators=WITHIN
    )


class WindowForm(forms.Form):
    """From when until when students may ask for regrades; times of the current zone."""

    on = forms.BooleanField(label="Students may ask for regrades", required=False)
    opens_at = _moment("From")
    closes_at = _moment("Until")

    def __init__(self, data: QueryDict | None, *, window: RegradeWindow | None) -> None:
        now = timezone.localtime()
        opens = window.opens_at if window else now
        closes = window.closes_at if window else (now + A_WEEK).replace(hour=23, minute=59)
        initial = {"on": window is not None, "opens_at": opens, "closes_at": closes}
        super().__init__(data, initial=initial)
        if self.is_bound and "on" not in self.data:
            # Switched off, the times are of no account, whatever stands in their fields.
            del self.fields["opens_at"], self.fields["closes_at"]

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        opens, closes = said.get("opens_at"), said.get("closes_at")
        if opens and closes and closes <= opens:
            self.add_error("closes_at", "It has to close after it opens.")
        return said


class SolutionForm(forms.Form):
    """A question's solution: words, a PDF, or both. The PDF stays unless it is taken away."""

    text = forms.CharField(
        label="In words",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 10}),
        help_text="Light Markdown, and maths between $ signs.",
    )
    file = forms.FileField(
        label="As a PDF",
        required=False,
        widget=forms.FileInput({"accept": ".pdf,application/pdf"}),
        help_text="At most 60 pages and 20 MB. It stands at the end of each graded copy.",
        error_messages={"empty": "This file is empty: it has zero bytes. Save it again."},
    )
    without = forms.BooleanField(label="Take the PDF away", required=False)

    def __init__(
        self, data: QueryDict | None = None, files: Any = None, *, stands: Solution | None
    ) -> None:
        super().__init__(data, files, initial={"text": stands.text if stands else ""})
        self.stands = stands
        if not (stands and stands.file):
            self.fields["without"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or self.cleaned_data
        kept = self.stands and self.stands.file and not said.get("without")
        if not self.errors and not (said.get("text") or said.get("file") or kept):
            self.add_error("text", "Write how it is solved, or choose a PDF.")
        return said


class TypedForm(forms.Form):
    """What cannot be taken back is asked for by typing what goes."""

    typed = forms.CharField(max_length=300, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, data: Mapping[str, Any] | None, *, wanted: str, what: str) -> None:
        super().__init__(data)
        self.wanted, self.what = wanted, what
        field = self.fields["typed"]
        field.label = f"Type {what} to confirm: {wanted}"
        field.error_messages["required"] = f"Type {what} first."

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        # However many blanks lie between its words: a browser shows them as one.
        if typed.split() != self.wanted.split():
            raise forms.ValidationError(f"This is not {self.what}. Nothing was deleted.")
        return typed
