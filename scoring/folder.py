"""The drawn working copies of an exam under the names people download them by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from gradebook.models import Exam
from scoring.copies.names import copy_name, distinct
from scoring.models import Copy


class NamedCopy(NamedTuple):
    name: str
    file: str  # in the storage
    at: datetime


class Named:
    """Drawn copies in the order of their papers, read when they are asked for."""

    def __init__(self, exam: Exam, papers: Sequence[int] | None) -> None:
        copies = Copy.objects.filter(release=None, submission__exam=exam).exclude(file="")
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


def named_copies(exam: Exam, papers: Sequence[int] | None = None) -> Named:
    """Return the drawn working copies of the exam, or of some of its papers."""
    return Named(exam, papers)
