"""Second looks: graded answers graded once more by another grader, who sees nothing of the first.

Asked for by chance, so that they tell how far graders agree. They move no score. Where the two
differ, somebody settles which stands.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from gradebook.locks import share_question
from gradebook.models import Exam, User
from rubrics import grading
from rubrics.batches import Refused, chosen_items
from rubrics.claims import claim, release
from rubrics.judges import judged_by, judged_since, last_judges
from rubrics.models import Claim, Entry, Mark, SecondGrade, SecondLook, Settlement
from rubrics.points import score
from rubrics.state import latest_word
from submissions.models import Answer

# Most answers of one question that one act asks for.
MOST = 200
# So many looks are tried to claim, when colleagues take them at the same moment.
TRIED = 20


class Gone(Refused):
    """This second look is nobody's to give any more; another may be."""


# Asking


def ask(exam: Exam, questions: Iterable[int], *, each: int, by: User) -> int:
    """Ask for second looks at `each` more graded answers of each question, drawn by chance.

    Every grader's answers are drawn in turn, so that the busiest do not hide the others.
    Return how many were asked for.
    """
    waiting = Answer.objects.filter(
        question__exam=exam, question__in=list(questions), graded=True, second_look=None
    )
    pools: dict[int, list[int]] = defaultdict(list)
    for question, answer in waiting.order_by("pk").values_list("question_id", "pk"):
        pools[question].append(answer)
    graders = {answer: judge.by for answer, judge in last_judges(waiting).items()}
    chance = random.SystemRandom()
    chosen = [pk for pool in pools.values() for pk in drawn(pool, graders, min(each, MOST), chance)]
    # In one order for everybody: two who ask at once wait for each other, not in a ring.
    at = timezone.now()
    looks = [SecondLook(answer_id=pk, by=by, at=at) for pk in sorted(chosen)]
    # A colleague who asked in the same moment may have drawn some of these.
    SecondLook.objects.bulk_create(looks, ignore_conflicts=True)
    return SecondLook.objects.filter(answer__in=chosen, by=by, at=at).count()


def drawn(
    pool: Sequence[int], graders: Mapping[int, int], count: int, chance: random.Random
) -> list[int]:
    """Draw up to `count` of a pool of answers, by chance and from each grader in turn.

    `graders` says who graded an answer, by their keys.
    """
    piles: dict[int, list[int]] = defaultdict(list)
    for answer in chance.sample(list(pool), len(pool)):
        piles[graders.get(answer, 0)].append(answer)
    order = chance.sample(sorted(piles), len(piles))
    chosen: list[int] = []
    while len(chosen) < count and any(piles.values()):
        for grader in order:
            if piles[grader] and len(chosen) < count:
                chosen.append(piles[grader].pop())
    return chosen


def withdraw(exam: Exam) -> int:
    """Take back the second looks that nobody has given yet; return how many."""
    with transaction.atomic():
        open_ = open_looks(exam).order_by("pk")
        held = list(open_.select_for_update(of=("self",)).values_list("pk", flat=True))
        # One of them may have been given while its row was waited for.
        count, _ = open_looks(exam).order_by().filter(pk__in=held).delete()
        return count


# Giving


def open_looks(exam: Exam) -> QuerySet[SecondLook]:
    """Return the looks nobody has given yet, at answers that are still graded."""
    return SecondLook.objects.filter(
        answer__question__exam=exam, answer__graded=True, grade=None
    ).order_by("answer__question__order", "pk")


def open_for(exam: Exam, user: User) -> QuerySet[SecondLook]:
    """Return the open looks that a person may give: at nothing they graded themselves."""
    return open_looks(exam).exclude(judged_by(user, "answer"))


class Waiting(NamedTuple):
    """How many looks a person may give, and how many came to another score and are not settled."""

    mine: int
    differing: int


def waiting(exam: Exam, user: User) -> Waiting:
    """Count what waits, by one query."""
    open_ = Q(~judged_by(user, "answer"), answer__graded=True, grade=None)
    looks = SecondLook.objects.filter(answer__question__exam=exam)
    found = looks.aggregate(mine=Count("pk", filter=open_), differing=Count("pk", filter=_apart()))
    return Waiting(**found)


class Unsettled(NamedTuple):
    """How many looks of an exam nobody has given, and how many differ and are not settled."""

    open: int
    differing: int


def unsettled(exam: Exam, which: Q | None = None) -> Unsettled:
    """Count what is not over, whoever's it is, by one query; `which` says of looks which count."""
    open_ = Q(answer__graded=True, grade=None)
    looks = SecondLook.objects.filter(which or Q(), answer__question__exam=exam)
    found = looks.aggregate(open=Count("pk", filter=open_), differing=Count("pk", filter=_apart()))
    return Unsettled(**found)


def _apart() -> Q:
    settled = Q(grade__settlement__isnull=False) | Q(grade__score=F("grade__first_score"))
    return Q(grade__isnull=False) & ~settled


def next_for(exam: Exam, user: User) -> SecondLook | None:
    """Return the look a person should give next, its answer claimed for them.

    Question by question; what a colleague has open is left to them.
    """
    theirs = Claim.objects.filter(until__gte=timezone.now()).exclude(by=user)
    free = open_for(exam, user).exclude(answer__in=theirs.values("answer"))
    looks = free.select_related("answer")[:TRIED]
    return next((look for look in looks if claim(look.answer, user)), None)


def may_give(look: SecondLook, user: User) -> bool:
    """Whether the person has said nothing about the answer yet."""
    return not Answer.objects.filter(judged_by(user), pk=look.answer_id).exists()


def give(look: SecondLook, items: Sequence[int], *, adjustment: int, by: User) -> SecondGrade:
    """Grade an answer a second time; once. Hundredths. Raises Refused, Gone.

    What the first grader said is kept beside it as it stands now.
    """
    answer = look.answer
    question = answer.question
    with transaction.atomic():
        share_question(question.pk)
        Answer.objects.select_for_update().get(pk=answer.pk)
        if not SecondLook.objects.select_for_update().filter(pk=look.pk).exists():
            raise Gone("This second look was withdrawn meanwhile.")
        if done := SecondGrade.objects.filter(look=look).first():
            if done.by_id == by.pk:
                return done
            raise Gone("A colleague was faster: this second look is given.")
        if not may_give(look, by):
            raise Refused("You graded this answer. Somebody else has to look at it.")
        chosen = chosen_items(question, items)
        answer.refresh_from_db(fields=["score", "graded"])
        if not answer.graded:
            raise Gone("This answer is not graded any more: there is nothing to compare with.")
        judge = last_judges(Answer.objects.filter(pk=answer.pk)).get(answer.pk)
        first = list(Mark.objects.filter(answer=answer).values_list("item_id", flat=True))
        grade = SecondGrade.objects.create(
            look=look,
            by=by,
            adjustment=adjustment,
            score=score(question.rule(), [item.points for item in chosen], adjustment),
            first_by_id=judge.by if judge else None,
            first_score=answer.score,
        )
        grade.items.set(chosen)
        grade.first_items.set(first)
        release(answer, by)
        return grade


# Settling


def differing(exam: Exam) -> QuerySet[SecondGrade]:
    """Return the second gradings that came to another score and that nobody has settled.

    Each with `anew`, whether the answer was graded since, and `seen`, its latest word, by which
    `settle` knows that whoever settles saw what stands.
    """
    words = Entry.objects.filter(answer_id=OuterRef("look__answer")).order_by("-pk")
    return (
        SecondGrade.objects.filter(look__answer__question__exam=exam, settlement=None)
        .exclude(score=F("first_score"))
        .annotate(
            anew=judged_since("look__answer", "at"),
            seen=Coalesce(Subquery(words.values("pk")[:1]), 0),
        )
        .order_by("look__answer__question__order", "pk")
    )


def settle(grade: SecondGrade, took: Settlement.Took, *, seen: int | None, by: User) -> bool:
    """Say which of two gradings stands; return whether that was not said before.

    Taking the second applies and lifts items as a grader would, with the history of it. `seen` is
    the answer's latest word when it was shown (`differing`); another by now raises Refused.
    """
    answer = grade.look.answer
    with transaction.atomic():
        # In the order of a click. Held before the row is asked for: two who settle take turns.
        share_question(answer.question_id)
        Answer.objects.select_for_update().get(pk=answer.pk)
        if Settlement.objects.filter(grade=grade).exists():
            return False
        if latest_word(answer) != seen:
            raise Refused("Somebody said something of it since. Look at it first.")
        Settlement.objects.create(grade=grade, took=took, by=by)
        if took == Settlement.Took.SECOND:
            _take(grade, answer, by)
        return True


def _take(grade: SecondGrade, answer: Answer, by: User) -> None:
    wanted = {item.pk: item for item in grade.items.all() if item.removed_at is None}
    standing = Mark.objects.filter(answer=answer).select_related("item__group")
    for mark in standing:
        if mark.item_id not in wanted:
            grading.lift(mark.item, answer, by=by)
    for item in wanted.values():
        grading.apply(item, answer, by=by)
    answer = Answer.objects.select_related("question").get(pk=answer.pk)
    current = getattr(answer, "adjustment", None)
    version = current.version if current else 0
    grading.adjust(answer, grade.adjustment or None, version=version, by=by)
    grading.say_graded(answer, by=by)
