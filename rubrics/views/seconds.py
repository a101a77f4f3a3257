"""Second looks: an answer graded once more, with nothing to be seen of the first grading."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook.access import exam_for, who
from gradebook.points import hundredths
from rubrics import seconds
from rubrics.access import second_look_for
from rubrics.batches import Refused
from rubrics.group_pictures import Pictures
from rubrics.models import SecondLook
from submissions.access import sees_names

NOTHING = "No second look waits for you. Thank you."
OWN = "You graded this answer. Somebody else has to look at it."
NO_ITEM = "Choose what applies, or tick “As it stands”."
KEYS = "1234567890"


@require_safe
@never_cache
def second(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead on to the second look this person should give next."""
    exam = exam_for(request.user, pk)
    look = seconds.next_for(exam, who(request))
    if look is None:
        messages.info(request, NOTHING)
        return redirect("exam", exam.pk)
    return redirect("second_look", look.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def second_look(request: HttpRequest, pk: int) -> HttpResponse:
    """GET shows the answer and its rubric, bare. POST grades; sent twice, it grades once."""
    look = second_look_for(request.user, pk)
    if not seconds.may_give(look, who(request)):
        raise PermissionDenied(OWN)
    if request.method != "POST":
        return _page(request, look)
    try:
        items, adjustment = _sent(request)
        seconds.give(look, items, adjustment=adjustment, by=who(request))
    except (Refused, ValueError) as refused:
        messages.error(request, str(refused))
        return _page(request, look, status=422)
    return redirect("second", look.answer.question.exam_id)


def _sent(request: HttpRequest) -> tuple[list[int], int]:
    """Return the items that were chosen and the adjustment. Raises ValueError in words."""
    items = [int(pk) for pk in request.POST.getlist("item") if pk.isdecimal()]
    written = request.POST.get("adjustment", "").strip()
    adjustment = hundredths(written) if written else 0
    if not items and not adjustment and "as_it_stands" not in request.POST:
        raise ValueError(NO_ITEM)
    return items, adjustment


def _page(request: HttpRequest, look: SecondLook, status: int = 200) -> HttpResponse:
    answer = look.answer
    question = answer.question
    names = sees_names(request.user, question.exam)
    items = list(question.items.offered().select_related("group"))
    context: dict[str, Any] = {
        "look": look,
        "exam": question.exam,
        "question": question,
        "paper": answer.submission,
        "shown": Pictures(question, [answer.submission_id], names=names).regions_of(
            answer.submission_id
        ),
        "rubric": list(zip_longest(items, KEYS[: len(items)], fillvalue="")),
        "scoring": question.rule().scoring,
        "chosen": {int(pk) for pk in request.POST.getlist("item") if pk.isdecimal()},
        "waiting": seconds.open_for(question.exam, who(request)).count(),
    }
    return render(request, "rubrics/second_look.html", context, status=status)
