"""The drawn working copies of an exam under the names people download them by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce

from gradebook.models import Exam
from scoring.copies.names import copy_name, distinct
from scoring.models import Copy
from submissions.models import Match


class NamedCopy(NamedTuple):
    name: str
    file: str  # in the storage
    at: datetime


class Named:
    """Drawn copies in the order of their papers, read when they are asked for.

    One that was drawn when the paper was somebody else's is none of these.
    """

    def __init__(self, exam: Exam, papers: Sequence[int] | None) -> None:
        whose = Coalesce("submission__match__membership__user__email", Value(""))
        copies = (
            Copy.objects.filter(release=None, submission__exam=exam)
            .exclude(file="")
            .annotate(drawn_for=Cast(KT("result__email"), TextField()))
            .filter(drawn_for=whose)
        )
        if papers is not None:
            copies = copies.filter(submission__in=papers)
        self._copies = copies.order_by("submission__number")

    def count(self) -> int:
        return self._copies.count()

    def __bool__(self) -> bool:
        return self._copies.exists()

    def __iter__(self) -> Iterator[NamedCopy]:
        person = "submission__match__membership"
        rows = list(
            self._copies.values_list(
                "file",
                "drawn_at",
                "submission__number",
                f"{person}__user__last_name",
                f"{person}__user__first_name",
                f"{person}__sid",
            )
        )
        # A paper nobody is matched to has no names at all.
        names = distinct(
            (copy_name(last or "", first or "", sid or "", number), number)
            for _, _, number, last, first, sid in rows
        )
        for (file, at, *_), name in zip(rows, names, strict=True):
            yield NamedCopy(name, file, at)


def name_of(copy: Copy) -> str:
    """Return the name one copy is downloaded by: of its student, or of who the paper is of now."""
    member = copy.student
    if copy.release_id is None:
        match = Match.objects.filter(submission=copy.submission_id)
        found = match.select_related("membership__user").first()
        member = found.membership if found else None
    if member is None:
        return copy_name("", "", "", copy.submission.number)
    user = member.user
    return copy_name(user.last_name, user.first_name, member.sid, copy.submission.number)


def named_copies(exam: Exam, papers: Sequence[int] | None = None) -> Named:
    """Return the drawn working copies of the exam, or of some of its papers."""
    return Named(exam, papers)
