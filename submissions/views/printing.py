"""Papers to print: how many and for whom, how far they are, and the PDF."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook.access import exam_for, who
from gradebook.files import send
from gradebook.models import Exam, Role
from jobs.views import STOP_POLLING
from submissions.access import run_for
from submissions.page_codes import MOST_PAPERS
from submissions.print_runs import CannotPrint, ask_for_papers, runs_of, why_no_names

NAMES = "Names and numbers are printed in their regions, one paper for each student."
COVERS = (
    "Graders of this exam see no names. With names on the paper that rests on the covers, which "
    "are painted over the name and ID regions of every scan."
)


class PapersForm(forms.Form):
    copies = forms.IntegerField(
        label="Papers without a name",
        min_value=0,
        max_value=MOST_PAPERS,
        required=False,
        error_messages={"invalid": "Give the number of papers as a whole number."},
    )
    roster = forms.BooleanField(label="A paper for each student", required=False)
    two_sided = forms.BooleanField(
        label="For printing on both sides",
        required=False,
        help_text="Where the exam has an odd number of pages, each paper ends on an empty back, "
        "so that the next one begins a fresh sheet.",
    )

    def __init__(self, *args: Any, exam: Exam, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exam = exam
        roster = self.fields["roster"]
        if why := why_no_names(exam):
            roster.disabled, roster.help_text = True, why
        else:
            roster.help_text = f"{NAMES} {COVERS}" if exam.anonymous else NAMES
            count = exam.course.memberships.students().count()
            roster.label = f"A paper for each of the {count} students"

    def wanted(self) -> dict[str, Any]:
        return self.cleaned_data | {"copies": self.cleaned_data["copies"] or 0}


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def print_papers(request: HttpRequest, pk: int) -> HttpResponse:
    """What can be printed and what was; POST asks for papers."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    form = PapersForm(request.POST if request.method == "POST" else None, exam=exam)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                ask_for_papers(exam, **form.wanted(), by=who(request))
            except CannotPrint as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, "The papers are being drawn.")
                return redirect("print_papers", exam.pk)
        status = 422
    return render(request, "submissions/print_papers.html", _context(exam, form), status=status)


def _context(exam: Exam, form: PapersForm | None = None) -> dict[str, Any]:
    template = getattr(exam, "template", None)
    runs = runs_of(exam)
    return {
        "exam": exam,
        "form": form,
        "pages": template.page_count if template else 0,
        "runs": runs,
        "working": any(one.at_work for one in runs),
    }


@require_safe
def print_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of what was printed, for the page to poll while anything is drawn."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    context = _context(exam)
    response = render(request, "submissions/_print_runs.html", context)
    if not context["working"]:
        response.status_code = STOP_POLLING
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def print_pdf(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The PDF of a run, streamed; until it is drawn, the page that says how far it is."""
    run = run_for(request.user, pk)
    if not run.file:
        messages.info(request, "These papers are not drawn yet.")
        return redirect("print_papers", run.exam_id)
    return send(request, str(run.file.name), filename=run.filename)
