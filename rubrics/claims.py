"""Who looks at which answer now, so that "next ungraded" leads two graders to two papers."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from gradebook.models import Question, User
from rubrics import walk
from rubrics.filters import ALL, Filter
from rubrics.models import Claim
from submissions.models import Answer

LASTS = timedelta(seconds=90)


def claim(answer: Answer, user: User) -> bool:
    """Claim an answer, or renew one's claim; False while somebody else holds it."""
    now = timezone.now()
    free = Claim.objects.filter(answer=answer).filter(Q(by=user) | Q(until__lt=now))
    if free.update(by=user, at=now, until=now + LASTS):
        return True
    try:
        with transaction.atomic():
            Claim.objects.create(answer=answer, by=user, at=now, until=now + LASTS)
    except IntegrityError:
        return False
    return True


def release(answer: Answer, user: User) -> None:
    Claim.objects.filter(answer=answer, by=user).delete()


def others_on(question: Question, user: User) -> list[Claim]:
    """Return the claims of others on the question's answers now, person by person."""
    held = Claim.objects.filter(answer__question=question, until__gte=timezone.now())
    return list(held.exclude(by=user).exclude(by=None).select_related("by").order_by("by_id"))


def ungraded(question: Question, user: User, only: Filter = ALL) -> QuerySet[Answer]:
    """Return the question's ungraded answers that nobody else holds, in the order of the walk."""
    held = Claim.objects.filter(until__gte=timezone.now()).exclude(by=user)
    return (
        only.of(question.answers.filter(graded=False))
        .exclude(pk__in=held.values("answer"))
        .order_by(*walk.order(question.exam))
    )


def next_ungraded(
    question: Question, user: User, after: int = 0, only: Filter = ALL
) -> Answer | None:
    """Claim and return the next ungraded answer after paper number `after`, going round once.

    The answer one came from is offered last: whoever presses "next" wants another one.
    """
    waiting = ungraded(question, user, only)
    start = question.answers.filter(submission__number=after).select_related("submission").first()
    later = walk.after(waiting, start, question.exam) if start else waiting
    for answers in (later, waiting):
        for answer in answers[:20]:
            if claim(answer, user):
                # A colleague may have claimed, graded and left it since it was looked for.
                if question.answers.filter(pk=answer.pk, graded=False).exists():
                    return answer
                release(answer, user)
    return None
