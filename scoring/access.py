"""Who may see a released copy: the student it was released to, while the release stands."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from django.http import Http404

from scoring.models import Copy


def copies_of(user: Any) -> QuerySet[Copy]:
    """Return the copies a student may see, the latest release first.

    The paper must still be the student's: one matched to somebody else since its release is
    shown to neither of them. Who left the course sees nothing of it.
    """
    return (
        Copy.objects.filter(
            release__isnull=False,
            release__taken_back_at=None,
            student__user=user.pk,
            student__left_at=None,
            submission__match__membership=F("student"),
        )
        .select_related("release", "submission__exam__course", "student__user")
        .order_by("-release__at")
    )


def copy_for(user: Any, pk: int) -> Copy:
    """Return a copy for its student; everybody else, staff too, gets 404."""
    copy = copies_of(user).filter(pk=pk).first() if user.is_authenticated else None
    if copy is None:
        raise Http404
    return copy
