"""Files of scans: sent, tried again, taken back."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from gradebook.access import exam_for, who
from gradebook.models import Role
from submissions import corrections, deliveries, intake
from submissions.access import delivery_for, upload_for
from submissions.api_deliveries import refusal
from submissions.sources import BadUpload
from submissions.together import Taken, sent_by_form, take_together


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Scans",
        max_length=255,
        error_messages={
            "required": "Choose a file of scans: a PDF, a picture or a ZIP.",
            "empty": "This file is empty: it has zero bytes. Scan or export it again.",
        },
    )
    again = forms.BooleanField(required=False)


@require_POST
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Take files in, pictures as one stack; scripts send one and are answered in JSON."""
    exam = exam_for(request.user, pk)
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return _answer(request, pk, Taken([], [BadUpload(form.errors["file"][0])]))
    sent = [sent_by_form(file) for file in request.FILES.getlist("file")]
    taken = take_together(exam, sent, who(request), again=form.cleaned_data["again"])
    return _answer(request, pk, taken)


def _answer(request: HttpRequest, exam: int, taken: Taken) -> HttpResponse:
    uploads, refused = taken
    if "application/json" in request.headers.get("Accept", ""):
        if refused:
            told, status = refusal(refused, uploads)
            return JsonResponse(told, status=status)
        return JsonResponse({"upload": uploads[0].pk}, status=201)
    for error in refused:
        messages.error(request, str(error))
    if uploads:
        messages.success(request, "The scans are here. Reading them goes on by itself.")
    return redirect("scans", exam)


@require_POST
def delivery_discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Let go what came of a file whose sending was broken off."""
    found = delivery_for(request.user, pk)
    try:
        deliveries.discard(found)
    except deliveries.Busy:
        messages.error(request, f"{found.name} is being taken in at this moment.")
    return redirect("scans", found.exam_id)


@require_POST
def upload_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more for work that failed; what is done already is not done twice."""
    found = upload_for(request.user, pk)
    if found.formed_at is None:
        intake.ask_to_open(found, who(request))
    return redirect("scans", found.exam_id)


@require_http_methods(["GET", "HEAD", "POST"])
def upload_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask, saying what goes with it; POST takes an upload back, if nobody has graded on it."""
    found = upload_for(request.user, pk, Role.INSTRUCTOR)
    if request.method != "POST":
        ctx = {"exam": found.exam, "upload": found, "gone": corrections.goes_with(found)}
        return render(request, "submissions/upload_delete.html", ctx)
    try:
        corrections.delete_upload(found)
    except corrections.Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{found} is deleted.")
    return redirect("scans", found.exam_id)
