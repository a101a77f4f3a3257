"""The blank exam: taking it in, and pictures of its pages."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook.access import exam_for, require_exam, who
from gradebook.files import send
from gradebook.models import Exam, Role, TemplatePage
from submissions.sources import BadUpload
from submissions.template import ask_for_template, coming_template, forget_coming


class TemplateForm(forms.Form):
    file = forms.FileField(
        label="The blank exam, as PDF",
        error_messages={
            "required": "Choose the PDF of the blank exam.",
            "empty": "This file is empty: it has zero bytes. Save it again.",
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def template(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the template on its way is; POST takes a PDF in, or with `forget` lets it go.

    Scripts are answered in JSON.
    """
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.method != "POST":
        return _progress(request, exam)
    if "forget" in request.POST:
        forget_coming(exam)
        return redirect("outline", exam.pk)
    form = TemplateForm(request.POST, request.FILES)
    if not form.is_valid():
        return _refused(request, exam, str(form.errors["file"][0]))
    file = form.cleaned_data["file"]
    try:
        upload = ask_for_template(exam, file, file.name, who(request))
    except BadUpload as error:
        return _refused(request, exam, str(error))
    back = reverse("outline", args=[exam.pk])
    if _wants_json(request):
        return JsonResponse({"pages": upload.page_count, "next": back}, status=202)
    return redirect(back)


def _progress(request: HttpRequest, exam: Exam) -> HttpResponse:
    """A fragment for the outline page to poll; the page itself for everybody else."""
    if request.headers.get("HX-Request") != "true":
        return redirect("outline", exam.pk)
    coming, editing = coming_template(exam), "editing" in request.GET
    context = {"exam": exam, "coming": coming, "editing": editing}
    response = render(request, "submissions/_template_coming.html", context)
    if not editing and (coming is None or coming.problem):
        # There is nothing on the page yet that a reload could lose.
        response.headers["HX-Refresh"] = "true"
    return response


def _refused(request: HttpRequest, exam: Exam, why: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"detail": why}, status=400)
    messages.error(request, why)
    return redirect("outline", exam.pk)


def _wants_json(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


@require_safe
def template_page(request: HttpRequest, pk: int, number: int, sha: str) -> HttpResponseBase:
    """A template page's picture under the name that its content gives it."""
    pages = TemplatePage.objects.select_related("template__exam")
    page = pages.filter(template=pk, number=number).first()
    if page is None:
        raise Http404
    require_exam(request.user, page.template.exam, Role.GRADER)
    if page.sha256 != sha:
        raise Http404
    return send(request, str(page.image.name))
