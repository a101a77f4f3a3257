"""A page put right by hand. Each act may be sent twice."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.core.files import File
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from gradebook.access import who
from submissions import corrections, joining, name_checks, repairs, replacing
from submissions.access import page_to_correct
from submissions.covers import may_be
from submissions.models import Page, Repair, Submission
from submissions.repair_rows import token
from submissions.sources import BadUpload
from submissions.views.back import back_to
from submissions.views.uploads import UploadForm

UNSEEN = "Graders see it once you have said that it shows no name."
COMING = "The new scan is here. It takes its place as soon as it is read."
Kind = Repair.Kind


class PlaceForm(forms.Form):
    paper = forms.IntegerField(
        min_value=1, required=False, error_messages={"invalid": "A paper has a number, like 85."}
    )
    page = forms.IntegerField(
        min_value=1, required=False, error_messages={"invalid": "A page has a number, like 12."}
    )


@require_POST
def page_place(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the page at `page` of `paper`."""
    page = page_to_correct(request.user, pk)

    def act() -> str:
        paper, number = _paper(request, page), _number(request, page)
        corrections.place(page, paper, number, by=who(request))
        return f"It is page {number} of {paper} now."

    return _done(request, page, Kind.MOVE, act)


@require_POST
def page_start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a new paper with the page, at `page`."""
    page = page_to_correct(request.user, pk)

    def act() -> str:
        number = _number(request, page)
        paper = corrections.start_paper(page, number, by=who(request))
        return f"It is page {number} of {paper} now."

    return _done(request, page, Kind.START, act)


@require_POST
def page_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add the page to `paper` as one the template does not have."""
    page = page_to_correct(request.user, pk)

    def act() -> str:
        paper = _paper(request, page)
        corrections.add_to(page, paper, by=who(request))
        return f"It is an extra page of {paper} now."

    return _done(request, page, Kind.INSERT, act)


@require_POST
def page_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that the page lies right where it lies."""
    page = page_to_correct(request.user, pk)

    def act() -> str:
        corrections.confirm(page, by=who(request))
        return f"{corrections.named(page)} is right so."

    return _done(request, page, Kind.CONFIRM, act)


@require_POST
def page_discard(request: HttpRequest, pk: int) -> HttpResponse:
    page = page_to_correct(request.user, pk)

    def act() -> str:
        corrections.discard(page, by=who(request))
        return "The page is set aside. You find it among the discarded ones, and can bring it back."

    return _done(request, page, Kind.DISCARD, act)


@require_POST
def page_restore(request: HttpRequest, pk: int) -> HttpResponse:
    page = page_to_correct(request.user, pk)

    def act() -> str:
        corrections.restore(page, by=who(request))
        return "The page is back."

    return _done(request, page, Kind.RESTORE, act)


@require_POST
def page_turn(request: HttpRequest, pk: int) -> HttpResponse:
    """Turn the page `by` degrees clockwise from `turn`, which is how it stood."""
    page = page_to_correct(request.user, pk)

    def act() -> str:
        by = request.POST.get("by", "180")
        if by not in {"90", "180", "270"}:
            raise corrections.Refused("A page turns by 90, 180 or 270 degrees.")
        # The form says how it stood: sent twice, it turns once.
        if request.POST.get("turn", str(page.turn)) == str(page.turn):
            corrections.turn(page, int(by), by=who(request))
        return "The page is turned."

    return _done(request, page, Kind.TURN, act)


@require_POST
def page_split(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the page and what follows it in its paper become a new paper."""
    page = page_to_correct(request.user, pk)

    def act() -> str:
        made = joining.split(page, by=who(request))
        return f"This page and what followed it are {made} now."

    return _done(request, page, Kind.SPLIT, act)


@require_POST
def page_replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a new scan of the page, in `file`; it takes this one's place when it is read."""
    page = page_to_correct(request.user, pk)

    def act() -> str:
        file = new_scan(request)
        exam, name = page.upload.exam, file.name or "scan"
        replacing.take_rescan(exam, file, name, who(request), page=page)
        return COMING

    return _done(request, page, Kind.REPLACE, act)


def new_scan(request: HttpRequest) -> File[bytes]:
    """Return the file a form sent. Raises Refused, in words, if there is none."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        raise corrections.Refused(str(form.errors["file"][0]))
    file: File[bytes] = form.cleaned_data["file"]
    return file


def _paper(request: HttpRequest, page: Page) -> Submission:
    number = _whole(request, "paper")
    paper = page.upload.exam.submissions.filter(number=number).first() if number else None
    if paper is None:
        last = page.upload.exam.submissions.count()
        raise corrections.Refused(f"Say which paper: they are numbered 1 to {last}.")
    return paper


def _number(request: HttpRequest, page: Page) -> int:
    """Return the page of the template that was said, or the only one it looks like."""
    number, looks = _whole(request, "page"), may_be(page)
    if number is None and len(looks) == 1:
        return looks.pop()
    if number is None:
        raise corrections.Refused("Say which page of the template it is.")
    return number


def _whole(request: HttpRequest, name: str) -> int | None:
    form = PlaceForm(request.POST)
    if not form.is_valid() and name in form.errors:
        raise corrections.Refused(str(form.errors[name][0]))
    value: int | None = form.cleaned_data.get(name)
    return value


def _done(
    request: HttpRequest, page: Page, kind: Repair.Kind, act: Callable[[], str]
) -> HttpResponse:
    """Do the act; say what it did, or why not; go back to where the person came from."""
    done = False
    try:
        said = _said_already(request, page, kind) or act()
        messages.success(request, f"{said} {_unseen(page)}".strip())
        done = True
    except (corrections.Refused, BadUpload) as refusal:
        messages.error(request, str(refusal))
    return back_to(request, page, done=done)


def _said_already(request: HttpRequest, page: Page, kind: Repair.Kind) -> str:
    """Raise Refused if the page is not as the person saw it; say so if that was their own doing."""
    seen = request.POST.get("seen")
    if not seen or seen == token(page):
        return ""
    if repairs.said_already(page, kind, who(request), seen):
        return "That is done."
    raise corrections.Refused(repairs.MEANWHILE)


def _unseen(page: Page) -> str:
    """Remind that graders do not see a page yet."""
    exam = page.upload.exam
    waits = exam.anonymous and name_checks.waiting(exam).filter(pk=page.pk).exists()
    return UNSEEN if waits else ""
