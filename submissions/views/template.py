"""The blank exam: taking it in, and pictures of its pages."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from gradebook.access import exam_for, require, who
from gradebook.files import send
from gradebook.models import Role, TemplatePage
from submissions.sources import BadUpload
from submissions.template import take_template


class TemplateForm(forms.Form):
    file = forms.FileField(
        label="The blank exam, as PDF",
        error_messages={
            "required": "Choose the PDF of the blank exam.",
            "empty": "This file is empty: it has zero bytes. Save it again.",
        },
    )


@require_POST
def template(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a PDF in as the exam's template; scripts are answered in JSON."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    form = TemplateForm(request.POST, request.FILES)
    refused, pages = "", 0
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            pages = take_template(exam, file, file.name, who(request)).page_count
        except BadUpload as error:
            refused = str(error)
    else:
        refused = str(form.errors["file"][0])
    return _answer(request, refused, pages, reverse("outline", args=[exam.pk]))


def _answer(request: HttpRequest, refused: str, pages: int, back: str) -> HttpResponse:
    if "application/json" in request.headers.get("Accept", ""):
        if refused:
            return JsonResponse({"detail": refused}, status=400)
        return JsonResponse({"pages": pages, "next": back}, status=201)
    if refused:
        messages.error(request, refused)
    else:
        messages.success(request, f"The template is here: {pages} pages.")
    return redirect(back)


@require_safe
def template_page(request: HttpRequest, pk: int, number: int, sha: str) -> HttpResponseBase:
    """A template page's picture under the name that its content gives it."""
    pages = TemplatePage.objects.select_related("template__exam")
    page = pages.filter(template=pk, number=number).first()
    if page is None:
        raise Http404
    require(request.user, page.template.exam.course_id, Role.GRADER)
    if page.sha256 != sha:
        raise Http404
    return send(request, str(page.image.name))
