"""The repair desk: papers and loose pages at the left, one of them in the middle, a page at right.

What is done with single pages stands in `submissions.views.corrections`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from gradebook.access import who
from gradebook.counted import counted
from gradebook.models import Exam
from gradebook.sent import number
from submissions import acceptance, joining, repairs, replacing
from submissions.access import exam_to_correct
from submissions.corrections import Refused, do_again, put_back
from submissions.models import Page, Repair, Submission
from submissions.repair_address import Asked, address, address_of_next
from submissions.repair_desk import lay_out
from submissions.sources import BadUpload
from submissions.views.corrections import COMING, new_scan

LATEST = 12  # acts listed


@require_safe
@never_cache
def repair(request: HttpRequest, pk: int) -> HttpResponse:
    """The desk; scripts swap what is inside of it."""
    exam = exam_to_correct(request.user, pk)
    asked = Asked.of(request.GET)
    swapped = request.headers.get("HX-Target") == "desk"
    ctx = {
        "exam": exam,
        "asked": asked,
        "desk": lay_out(exam, asked),
        "swapped": swapped,
        "seen": exam.uploads.exclude(formed_at=None, problem="").count(),
        **_history(exam, request),
    }
    page = "submissions/_repair_desk.html" if swapped else "submissions/repair.html"
    response = render(request, page, ctx)
    if swapped:
        response.headers["HX-Replace-Url"] = address(exam, asked)
    return response


def _history(exam: Exam, request: HttpRequest) -> dict[str, Any]:
    acts = exam.repairs.select_related("by", "undone_by").order_by("-pk")[:LATEST]
    by = who(request)
    return {
        "acts": list(acts),
        "undo": repairs.last_of(exam, by),
        "redo": repairs.next_of(exam, by),
    }


@require_POST
def repair_join(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the pages of `paper` and of `other`, both by number, together."""
    exam = exam_to_correct(request.user, pk)
    one, other = (number(request.POST.get(name)) for name in ("paper", "other"))
    papers = {paper.number: paper for paper in exam.submissions.filter(number__in=[one, other])}

    def act() -> tuple[str, int | None]:
        if not papers or one is None or other is None:
            raise Refused("Say with which paper: a paper has a number, like 85.")
        if len(papers) < len({one, other}):
            return _joined_already(exam, request, papers, {one, other}), next(iter(papers))
        stays = joining.join(papers[one], papers[other], by=who(request))
        return f"Both are {stays} now.", stays.number

    return _done(request, exam, act, one)


def _joined_already(
    exam: Exam, request: HttpRequest, left: dict[int, Submission], asked: set[int]
) -> str:
    """Say so if this person joined these papers last: the form came twice. Else raise Refused."""
    last = repairs.last_of(exam, who(request))
    rows = last.before["papers"].values() if last and last.kind == Repair.Kind.JOIN else []
    if asked - left.keys() <= {row["number"] for row in rows if row}:
        return "That is done."
    gone = next(iter(asked - left.keys()))
    raise Refused(f"There is no paper {gone}.")


@require_POST
def repair_accept(request: HttpRequest, pk: int) -> HttpResponse:
    """Take `paper` as it is, by its number; without one, all papers that have all pages."""
    exam = exam_to_correct(request.user, pk)
    one = number(request.POST.get("paper"))

    def act() -> tuple[str, int | None]:
        if one is None:
            count = acceptance.accept_sure(exam, by=who(request))
            return f"{counted(count, 'paper')} accepted.", None
        acceptance.accept(exam, [_paper(exam, one).pk], by=who(request))
        return f"Paper {one} is accepted as it is.", one

    return _done(request, exam, act, one)


@require_POST
def repair_scan(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a scan, in `file`, for the empty place `page` of `paper`."""
    exam = exam_to_correct(request.user, pk)
    one, place = number(request.POST.get("paper")), number(request.POST.get("page"))

    def act() -> tuple[str, int | None]:
        if one is None or place is None or not 1 <= place <= exam.template.page_count:
            raise Refused("Say which page of which paper it is.")
        file, spot = new_scan(request), replacing.Spot(_paper(exam, one), place)
        replacing.take_rescan(exam, file, file.name or "scan", who(request), spot=spot)
        return COMING, one

    return _done(request, exam, act, one, place)


@require_POST
def repair_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo the act `repair`. Sent twice, it is undone once."""
    return _turn_back(request, pk, put_back, "Undone: ")


@require_POST
def repair_redo(request: HttpRequest, pk: int) -> HttpResponse:
    """Redo the act `repair`."""
    return _turn_back(request, pk, do_again, "")


def _turn_back(request: HttpRequest, pk: int, turn: Callable[..., None], word: str) -> HttpResponse:
    exam = exam_to_correct(request.user, pk)
    act = exam.repairs.filter(pk=number(request.POST.get("repair")) or 0).first()
    if act is None:
        raise Http404
    try:
        turn(act, by=who(request))
        messages.success(request, f"{word}{act}")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect(_where(exam, act, Asked.of(request.POST)))


def _where(exam: Exam, act: Repair, asked: Asked) -> str:
    """Where what an act was about is to be seen."""
    pages = Page.objects.filter(pk__in=act.before["pages"], upload__exam=exam)
    page = pages.exclude(state=Page.State.DISCARDED).first() or pages.first()
    taken = act.before["accepted"]
    papers = exam.submissions.filter(pk__in=taken if len(taken) == 1 else [])
    paper = papers.values_list("number", flat=True).first()
    return address(exam, asked.at(page=page.pk if page else None, paper=paper))


def _paper(exam: Exam, one: int) -> Submission:
    paper = exam.submissions.filter(number=one).first()
    if paper is None:
        raise Refused(f"There is no paper {one}.")
    return paper


def _done(
    request: HttpRequest,
    exam: Exam,
    act: Callable[[], tuple[str, int | None]],
    paper: int | None,
    place: int | None = None,
) -> HttpResponse:
    """Do the act; say what it did, or why not; show the paper, or what the form wants next."""
    asked = Asked.of(request.POST)
    try:
        said, paper = act()
        messages.success(request, said)
    except (Refused, BadUpload) as refusal:
        messages.error(request, str(refusal))
        return redirect(address(exam, asked.at(paper=paper, place=place)))
    if request.POST.get("then") == "next":
        return redirect(address_of_next(exam, asked, page=None, paper=paper))
    return redirect(address(exam, asked.at(paper=paper, place=place)))
