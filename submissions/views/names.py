"""Pages that graders of an anonymous exam do not see before an instructor looked for a name."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from gradebook.access import exam_for, who
from gradebook.models import Role
from gradebook.sent import number
from submissions import name_checks

CHANGED = "Nothing was said: these pages look different by now. Look at them once more."


@require_POST
def page_names(request: HttpRequest, pk: int) -> HttpResponse:
    """Say of pictures of pages that they show no name (`nameless`) or one (`named`).

    Each value holds stored names of pictures, with spaces between, as the page listed them.
    """
    exam = exam_for(request.user, pk, Role.INSTRUCTOR)
    said = 0
    for word, shows_name in (("nameless", False), ("named", True)):
        pictures = " ".join(request.POST.getlist(word)).split()
        pages = name_checks.say(exam, pictures, shows_name=shows_name, by=who(request))
        said += len(pages)
        if pages:
            messages.success(request, _told(len(pages), shows_name))
    if not said:
        messages.error(request, CHANGED)
    if (paper := number(request.POST.get("back"))) is not None:
        return redirect("paper", exam.pk, paper)
    return redirect(reverse("scans", args=[exam.pk]) + "#hidden")


def _told(count: int, shows_name: bool) -> str:
    pages = "The page stays" if count == 1 else f"{count} pages stay"
    see = "it" if count == 1 else f"these {count} pages"
    return f"{pages} hidden from graders." if shows_name else f"Graders see {see} now."
