"""The outline editor: one page that opens the exam's outline and saves it as a whole."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gradebook.access import exam_for, who
from gradebook.models import Exam, Role
from gradebook.outline import OutlineError, parse
from rubrics.outline import Saved, Stale, WouldLose, dump, save_outline
from rubrics.outline_editor import opened, taken_up
from rubrics.outline_files import read_outline
from submissions.template import coming_template

NAMED = 5  # parts
PLACE = re.compile(r"question (?P<question>[\d.]+)(?:, part (?P<part>[\d.]+))?[:,]")


@require_http_methods(["GET", "HEAD", "PUT"])
def outline(request: HttpRequest, pk: int) -> HttpResponse:
    """GET opens the editor; PUT saves what it sends, or says why not, and changes nothing."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.method == "PUT":
        return _save(request, exam)
    template = getattr(exam, "template", None)
    state = {
        **opened(exam),
        "url": reverse("outline", args=[exam.pk]),
        "loaded_url": reverse("outline_loaded", args=[exam.pk]),
        "pages": _pages(exam),
    }
    context = {"exam": exam, "template": template, "state": state, "coming": coming_template(exam)}
    return render(request, "rubrics/outline.html", context)


@require_GET
def outline_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The exam file, to keep or to load elsewhere."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    name = slugify(f"{exam.course.name} {exam.name}") or "exam"
    return HttpResponse(
        json.dumps(dump(exam), ensure_ascii=False, indent=1),
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )


@require_POST
def outline_loaded(request: HttpRequest, pk: int) -> HttpResponse:
    """Read an exam file, or a graded copy, as the editor would hold it; nothing is saved."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    template = getattr(exam, "template", None)
    try:
        # From the stream: a graded copy with its scans is larger than what is kept in memory.
        plan = read_outline(request, pages=template.page_count if template else None)
    except OutlineError as error:
        return _refused(error)
    return JsonResponse(taken_up(plan, exam))


def _save(request: HttpRequest, exam: Exam) -> HttpResponse:
    template = getattr(exam, "template", None)
    try:
        sent = json.loads(request.body)
        plan = parse(sent["outline"], pages=template.page_count if template else None)
        version, losing = str(sent["version"]), sent.get("losing")
    except OutlineError as error:
        return _refused(error)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return JsonResponse({"detail": "The outline came in garbled. Save again."}, status=400)
    try:
        saved = save_outline(exam, plan, by=who(request), losing=losing, version=version)
    except OutlineError as error:
        return _refused(error)
    except WouldLose as error:
        told = {"detail": str(error), "errors": {"losing": [error.count]}}
        return JsonResponse(told, status=409)
    except Stale as error:
        return JsonResponse({"detail": str(error)}, status=409)
    return JsonResponse({**opened(exam), "said": _words(saved, exam)})


def _refused(error: OutlineError) -> JsonResponse:
    """Answer with what is wrong, sorted by the part's number; "" for the exam itself."""
    errors: dict[str, list[str]] = defaultdict(list)
    for problem in error.problems:
        place = PLACE.match(problem)
        number = (place["part"] or place["question"]) if place else ""
        errors[number].append(problem[:1].upper() + problem[1:])
    count = len(error.problems)
    detail = "One thing needs mending first." if count == 1 else f"{count} things need mending."
    return JsonResponse({"detail": detail, "errors": errors}, status=400)


def _words(saved: Saved, exam: Exam) -> str:
    said = ["Saved."]
    if saved.rescored:
        answers = "1 answer" if saved.rescored == 1 else f"{saved.rescored:,} answers"
        said.append(f"{answers} scored anew.")
    bare = list(exam.questions.leaves().filter(regions=None).values_list("number", flat=True))
    if len(bare) == 1:
        said.append(f"Part {bare[0]} has no region yet: graders must look for its answer.")
    elif bare:
        named = ", ".join(bare[:NAMED]) + (", …" if len(bare) > NAMED else "")
        said.append(f"Parts {named} have no region yet: graders must look for their answers.")
    return " ".join(said)


def _pages(exam: Exam) -> list[dict[str, Any]]:
    template = getattr(exam, "template", None)
    if template is None:
        return []
    return [
        {
            "number": page.number,
            "width": page.width,
            "height": page.height,
            "url": reverse("template_page", args=[template.pk, page.number, page.sha256]),
        }
        for page in template.pages.all()
    ]
