"""Whose paper is this? One paper after the other, with the keys at hand; and the lists."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gradebook.access import exam_for, who
from gradebook.models import Exam, Membership, Role
from gradebook.sent import number
from jobs.views import answer_progress
from submissions import match_desk, match_lists
from submissions.models import Submission
from submissions.under_way import naming
from submissions.whose import Refused, ask_for_matching, confirm, latest_job, outcome, unconfirm

PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def match(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one paper, the least sure first; POST gives it to a student and shows the next."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.method == "POST":
        return _give(request, exam)
    paper = _paper(request.GET.get("paper"), exam) or _least_sure(exam)
    if request.headers.get("HX-Target") == "found" and paper:
        return render(request, "submissions/_match_found.html", _found(request, exam, paper))
    return _show(request, exam, paper, said=_paper(request.GET.get("said"), exam))


@require_POST
def match_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a paper back from whoever has it, and show it again; the word before can go next."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    paper = _paper(request.POST.get("paper"), exam)
    if paper is None:
        raise Http404
    before = match_desk.said_before(paper, by=who(request))
    unconfirm(paper, by=who(request))
    return _show(request, exam, match_desk.paper_of(exam, paper.pk), said=before)


@require_POST
def match_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the machine look at all papers anew, for a roster or papers that changed."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    ask_for_matching(exam, by=who(request))
    return redirect("match", pk)


@require_safe
def match_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """How far reading and matching are, for every instructor of the course."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.headers.get("HX-Request") != "true":
        return redirect("match", pk)
    if reading := naming(exam):
        ctx = {"exam": exam, "reading": reading}
        return render(request, "submissions/_match_reading.html", ctx)
    job = latest_job(exam)
    if job is None:
        raise Http404
    return answer_progress(request, job)


@require_safe
def match_papers(request: HttpRequest, pk: int) -> HttpResponse:
    """All papers and whose they are; `?show=` waiting, machine or confirmed."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    show, counts = request.GET.get("show", ""), match_lists.counts(exam)
    page = Paginator(match_lists.papers(exam, show), PAGE).get_page(request.GET.get("page"))
    url = reverse("match_papers", args=[pk])
    kinds = [("All", ""), ("Waiting", "waiting"), ("Matched by machine", "machine")]
    kinds.append(("Confirmed", "confirmed"))
    ctx = {
        "page": page,
        "rows": match_lists.rows(list(page.object_list)),
        "filters": [
            {
                "label": label,
                "url": f"{url}?show={kind}" if kind else url,
                "count": getattr(counts, kind or "all"),
                "current": kind == show,
            }
            for label, kind in kinds
        ],
    }
    return render(request, "submissions/match_papers.html", _context(exam, "match_papers") | ctx)


@require_safe
def match_students(request: HttpRequest, pk: int) -> HttpResponse:
    """Students without a paper, and those whom two papers seem to belong to."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    ctx = {"lacking": match_lists.lacking(exam), "doubles": match_lists.doubles(exam)}
    return render(
        request, "submissions/match_students.html", _context(exam, "match_students") | ctx
    )


def _least_sure(exam: Exam) -> Submission | None:
    """Return the paper to decide about first; none while it is still to be read."""
    first = next(iter(match_desk.queue(exam)), None)
    if first is None or (not first.candidates and naming(exam)):
        return None
    return match_desk.paper_of(exam, first.pk)


def _give(request: HttpRequest, exam: Exam) -> HttpResponse:
    paper = _paper(request.POST.get("paper"), exam)
    member = _member(request.POST.get("student"), exam)
    if paper is None or member is None:
        raise Http404
    try:
        confirm(paper, member, by=who(request), seen=number(request.POST.get("seen")))
    except Refused as error:
        return _show(request, exam, match_desk.paper_of(exam, paper.pk), refused=str(error))
    following = match_desk.after(exam, paper)
    upcoming = match_desk.paper_of(exam, following) if following else None
    return _show(request, exam, upcoming, said=match_desk.paper_of(exam, paper.pk))


def _show(
    request: HttpRequest,
    exam: Exam,
    paper: Submission | None,
    *,
    said: Submission | None = None,
    refused: str = "",
) -> HttpResponse:
    """Answer with a paper: swapped in for scripts, after a redirect for plain forms."""
    swapped = request.headers.get("HX-Target") == "desk"
    url = _url(exam, paper, said)
    if request.method == "POST" and not swapped:
        if refused:
            messages.error(request, refused)
        return redirect(url)
    ctx = _context(exam, "match") | {"swapped": swapped, "said": said, "refused": refused}
    if paper:
        ctx |= {"desk": match_desk.desk(exam, paper)} | _found(request, exam, paper)
    if not ctx["reading"] and (job := latest_job(exam)):
        ctx["roster_changed"] = match_lists.roster_changed(exam, job.created_at)
    page = "submissions/_match_desk.html" if swapped else "submissions/match.html"
    response = render(request, page, ctx, status=422 if refused else 200)
    if swapped:
        response.headers["HX-Replace-Url"] = url
    return response


def _url(exam: Exam, paper: Submission | None, said: Submission | None) -> str:
    query = {"paper": paper, "said": said}
    words = "&".join(f"{name}={one.pk}" for name, one in query.items() if one)
    return reverse("match", args=[exam.pk]) + (f"?{words}" if words else "")


def _context(exam: Exam, here: str) -> dict[str, Any]:
    """What every page of matching shows: how far it is, and the way to the other pages."""
    counted = outcome(exam)
    tabs = [
        ("One by one", "match", counted.waiting),
        ("All papers", "match_papers", counted.matched + counted.waiting),
        ("Without a paper", "match_students", counted.absent),
    ]
    return {
        "exam": exam,
        "outcome": counted,
        "reading": naming(exam),
        "all": counted.matched + counted.waiting,
        "tabs": [
            {
                "label": label,
                "url": reverse(name, args=[exam.pk]),
                "count": count,
                "current": name == here,
            }
            for label, name, count in tabs
        ],
    }


def _found(request: HttpRequest, exam: Exam, paper: Submission) -> dict[str, Any]:
    words = request.GET.get("q", "").strip()[:100]
    rows = match_desk.found(exam, paper, words) if words else []
    return {"exam": exam, "paper": paper, "words": words, "found": rows}


def _paper(pk: str | None, exam: Exam) -> Submission | None:
    paper = number(pk)
    return None if paper is None else match_desk.paper_of(exam, paper)


def _member(pk: str | None, exam: Exam) -> Membership | None:
    members = Membership.objects.filter(course=exam.course_id).select_related("user")
    member = number(pk)
    return None if member is None else members.filter(pk=member).first()
