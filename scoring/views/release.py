"""Release: the check list, the one act, and taking it back."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gradebook.access import exam_for, who
from gradebook.counted import counted
from gradebook.models import Exam, Role, Section
from gradebook.sent import number
from scoring import release as verbs
from scoring.asking import latest_job
from scoring.audience import Audience, audience
from scoring.differences import moved, touched
from scoring.models import Release
from scoring.release_checks import Ready, ready

CHANGED = "Something changed since you opened this page. Look again, then release."
AGREE = "Some things are open. Settle them, or tick the box to release all the same."
ANOTHER = "You ticked the box beside another list. Look at this one, then release."
WHOM = "Choose at least one section, or release to everyone."
BEFORE = 5


class _Sections(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic there
    def clean(self, value: Any) -> QuerySet[Section]:
        """Return the sections there are of those sent; what cannot be a key is none of them."""
        if isinstance(value, list | tuple) and not all(number(str(one)) for one in value):
            raise forms.ValidationError(WHOM)
        found: QuerySet[Section] = super().clean(value)
        return found


class ReleaseForm(forms.Form):
    """Whom it goes to, and whether they are written to."""

    to = forms.ChoiceField(choices=Release.To.choices)
    sections = _Sections(Section.objects.none(), required=False)
    mail = forms.BooleanField(required=False)

    def __init__(self, data: Any, exam: Exam) -> None:
        super().__init__(data)
        field = self.fields["sections"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = Section.objects.filter(course=exam.course_id)

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("to") != Release.To.SECTIONS:
            said["sections"] = Section.objects.none()
        elif not said.get("sections"):
            raise forms.ValidationError(WHOM)
        return said


@require_http_methods(["GET", "HEAD", "POST", "DELETE"])
@never_cache
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """POST releases, or with `take_back` takes one release back; DELETE takes all back."""
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    if request.method == "DELETE" or "take_back" in request.POST:
        return _take_back(request, exam)
    desk = _desk(request, exam)
    if request.method != "POST":
        return _page(request, desk)
    if problem := _problem(request, desk):
        messages.error(request, problem)
        return _page(request, desk, status=422)
    try:
        made = verbs.release(exam, by=who(request), again=_seen(request), **desk.form.cleaned_data)
    except verbs.NotReleased as refusal:
        messages.error(request, str(refusal))
        return _page(request, desk, status=409)
    count = counted(made.copies.count(), "student")
    messages.success(request, f"Released. {count} can see their results now.")
    return redirect("release", exam.pk)


class Desk(NamedTuple):
    """What the page is about: what is open in all, and for those the form names."""

    exam: Exam
    audience: Audience
    form: ReleaseForm
    whole: Ready
    theirs: Ready


def _desk(request: HttpRequest, exam: Exam) -> Desk:
    to_whom, whole = audience(exam), ready(exam)
    form = ReleaseForm(_sent(request, to_whom), exam)
    return Desk(exam, to_whom, form, whole, _narrowed(exam, form) or whole)


def _sent(request: HttpRequest, to_whom: Audience) -> Any:
    """What was sent; who names sections means those, who says nothing at all everyone.

    Who only looks is shown what is open for whom they chose, or whom they are offered first.
    """
    data = (request.POST if request.method == "POST" else request.GET).copy()
    if "sections" in data:
        data.setdefault("to", Release.To.SECTIONS)
    data.setdefault("to", Release.To.ALL if request.method == "POST" else _first(to_whom))
    return data


def _narrowed(exam: Exam, form: ReleaseForm) -> Ready | None:
    """Return what is open for those that were chosen, None where that is everyone or nobody."""
    if not form.is_valid() or form.cleaned_data["to"] == Release.To.ALL:
        return None
    return ready(exam, form.cleaned_data["to"], list(form.cleaned_data["sections"]))


def _take_back(request: HttpRequest, exam: Exam) -> HttpResponse:
    only = number(request.POST.get("take_back"))
    if only is None and request.method != "DELETE":
        raise Http404
    if verbs.take_back(exam, by=who(request), only=only):
        messages.success(request, "Taken back. Students see nothing of it any more.")
    response = redirect("release", exam.pk)
    if request.method == "DELETE":
        # A browser would repeat a DELETE at the address it is sent to.
        response.status_code = 303
    return response


def _problem(request: HttpRequest, desk: Desk) -> str:
    if request.POST.get("seen") != seen(desk.exam, desk.whole):
        return CHANGED
    if not desk.form.is_valid():
        return WHOM
    if not desk.theirs.open or request.POST.get("agreed") == desk.theirs.key:
        return ""
    # Without a script the page cannot follow whom somebody chooses, so the box says for what list.
    return ANOTHER if "agreed" in request.POST else AGREE


def seen(exam: Exam, found: Ready) -> str:
    """Return what the form carries: the last release and the counts its person looked at.

    Of the whole exam, whomever they choose then.
    """
    counts = (verbs.latest(exam) or 0, found.matched, *(check.count for check in found.checks))
    return "-".join(str(n) for n in counts)


def _seen(request: HttpRequest) -> int | None:
    """Return the last release the person looked at, by what was compared with `seen` before."""
    return int(request.POST["seen"].split("-")[0]) or None


def _page(request: HttpRequest, desk: Desk, status: int = 200) -> HttpResponse:
    exam, form = desk.exam, desk.form
    releases = list(_standing(exam))
    context: dict[str, Any] = {
        "exam": exam,
        "ready": desk.theirs,
        "seen": seen(exam, desk.whole),
        "releases": releases,
        "audience": desk.audience,
        "chosen": form.data["to"],
        "ticked": cast("QueryDict", form.data).getlist("sections"),
        "mail": request.method != "POST" or "mail" in request.POST,
        "job": latest_job("copies.release", release=releases[0].pk) if releases else None,
        "before": _before(exam),
    }
    if releases:
        context |= {"moved": moved(exam), "changed": touched(exam)}
    return render(request, "scoring/release.html", context, status=status)


def _first(to_whom: Audience) -> str:
    """Return what is chosen at first: whoever sees nothing yet, where some see theirs."""
    return Release.To.REST if to_whom.seen and to_whom.rest else Release.To.ALL


def _standing(exam: Exam) -> QuerySet[Release]:
    """Return the releases that stand: `students` see theirs, `letters` were written, `stuck`."""
    stands = Release.objects.standing().filter(exam=exam).select_related("by")
    wrong = Q(copies__letter__state__in=["failed", "unknown"])
    return stands.prefetch_related("sections").annotate(
        students=Count("copies", filter=Q(copies__withdrawn_at=None)),
        letters=Count("copies__letter"),
        stuck=Count("copies__letter", filter=wrong),
    )


def _before(exam: Exam) -> QuerySet[Release]:
    """Return the latest releases of which nobody sees anything any more."""
    gone = exam.releases.exclude(pk__in=Release.objects.standing().filter(exam=exam))
    gone = gone.annotate(letters=Count("copies__letter"))
    return gone.select_related("by").prefetch_related("sections")[:BEFORE]
