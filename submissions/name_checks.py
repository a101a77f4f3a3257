"""Pages that nothing covers surely, and what instructors said of them: name or no name."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gradebook.models import Exam, User
from submissions.gate import SCORE
from submissions.models import NameCheck, Page
from submissions.pictures import for_graders


def unseen() -> Q:
    """The condition on pages of papers that graders must not see before somebody looked."""
    said = NameCheck.objects.filter(
        Q(picture=OuterRef("covered")) | Q(picture=OuterRef("preview"), page__covered=""),
        page=OuterRef("pk"),
    )
    unsure = Q(affine__isnull=True) | Q(score__lt=SCORE)
    in_paper = Q(submission__isnull=False, state__in=[Page.State.PLACED, Page.State.EXTRA])
    return unsure & in_paper & ~Q(preview="") & Q(~Exists(said))


def waiting(exam: Exam) -> QuerySet[Page]:
    """Return an exam's pages that are `unseen`, paper by paper."""
    return (
        Page.objects.filter(unseen(), upload__exam=exam)
        .select_related("upload", "submission", "name_check")
        .order_by("submission__number", "position", "pk")
    )


def say(exam: Exam, pictures: Iterable[str], *, shows_name: bool, by: User | None) -> list[Page]:
    """Say of pictures whether they show a name; return the pages they are of.

    `pictures` are stored files. What no page of the exam would show to graders any more, because
    it was turned or covered anew, is left out. Repeats are harmless.
    """
    wanted = set(pictures)
    among = Page.objects.filter(Q(covered__in=wanted) | Q(covered="", preview__in=wanted))
    pages = [page for page in among.filter(upload__exam=exam) if for_graders(page) in wanted]
    note(pages, shows_name=shows_name, by=by)
    return pages


def note(pages: Iterable[Page], *, shows_name: bool, by: User | None) -> None:
    """Write down what was said of the pictures that graders would see of pages."""
    now = timezone.now()
    NameCheck.objects.bulk_create(
        [
            NameCheck(page=page, picture=for_graders(page), shows_name=shows_name, by=by, at=now)
            for page in pages
        ],
        update_conflicts=True,
        unique_fields=["page"],
        update_fields=["picture", "shows_name", "by", "at"],
    )
