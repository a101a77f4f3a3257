"""Second looks: an answer graded once more, with nothing to be seen of the first grading."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gradebook.access import exam_for, who
from gradebook.points import hundredths
from gradebook.sent import number
from rubrics import seconds, state
from rubrics.access import second_look_for
from rubrics.batches import Refused
from rubrics.claims import claim
from rubrics.group_pictures import Pictures
from rubrics.models import SecondGrade, SecondLook
from rubrics.models.key import keys_of
from rubrics.numbers import blocks
from submissions.access import sees_names

NOTHING = "No second look waits for you. Thank you."
OWN = "You graded this answer. Somebody else has to look at it."
HELD = "The second looks that are left are open on colleagues’ screens."
GIVEN = "This second look is given."
NO_ITEM = "Choose what applies, or tick “As it stands”."


@require_safe
@never_cache
def second(request: HttpRequest, pk: int) -> HttpResponse:
    """Lead on to the second look this person should give next."""
    exam = exam_for(request.user, pk)
    look = seconds.next_for(exam, who(request))
    if look is None:
        held = seconds.open_for(exam, who(request)).exists()
        messages.info(request, HELD if held else NOTHING)
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
        return _show(request, look)
    try:
        items, adjustment = _sent(request)
        seconds.give(look, items, adjustment=adjustment, by=who(request))
    except seconds.Gone as gone:
        messages.info(request, str(gone))
    except (Refused, ValueError) as refused:
        messages.error(request, str(refused))
        return _page(request, look, status=422)
    return redirect("second", look.answer.question.exam_id)


def _show(request: HttpRequest, look: SecondLook) -> HttpResponse:
    if SecondGrade.objects.filter(look=look).exists():
        messages.info(request, GIVEN)
        return redirect("second", look.answer.question.exam_id)
    claim(look.answer, who(request))
    return _page(request, look)


def _sent(request: HttpRequest) -> tuple[list[int], int]:
    """Return the items that were chosen and the adjustment. Raises ValueError in words."""
    items = _items(request)
    written = request.POST.get("adjustment", "").strip()
    adjustment = hundredths(written) if written else 0
    if not items and not adjustment and "as_it_stands" not in request.POST:
        raise ValueError(NO_ITEM)
    return items, adjustment


def _items(request: HttpRequest) -> list[int]:
    told = map(number, request.POST.getlist("item"))
    return [pk for pk in told if pk is not None]


def _page(request: HttpRequest, look: SecondLook, status: int = 200) -> HttpResponse:
    answer = look.answer
    question = answer.question
    names = sees_names(request.user, question.exam)
    context: dict[str, Any] = {
        "look": look,
        "exam": question.exam,
        "question": question,
        "paper": answer.submission,
        "shown": Pictures(question, [answer.submission_id], names=names).regions_of(
            answer.submission_id
        ),
        "first": {"view": state.bare(answer, names=names), "keys": keys_of(who(request))},
        "rubric": blocks(question.items.offered().select_related("group"), question.groups.all()),
        "scoring": question.rule().scoring,
        "chosen": set(_items(request)),
        "sent": request.POST,
        "waiting": seconds.open_for(question.exam, who(request)).count(),
    }
    return render(request, "rubrics/second_look.html", context, status=status)
