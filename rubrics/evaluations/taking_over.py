"""Taking evaluations over: outline, rubrics and marks. One transaction for each part.

What was taken over stays if a later part fails, and sending the ZIP again goes on from there:
answers that are graded are left alone unless the caller says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from django.db import transaction

from gradebook.counted import counted
from gradebook.locks import hold_questions
from gradebook.models import Exam, Question, User
from rubrics import bulk
from rubrics.edits import TooMany
from rubrics.evaluations.files import Part
from rubrics.evaluations.items import bring
from rubrics.evaluations.plans import Matched, Plan
from rubrics.models import Adjustment, Comment
from rubrics.outline import save_outline
from rubrics.scores import rescore_questions
from submissions.models import Answer


class Refused(Exception):
    """The plan cannot be carried out to its end; what was taken over before stays.

    `problems` say why.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = list(problems)


class Done(NamedTuple):
    """How many parts and answers were taken over, and how many answers were left as they are."""

    parts: int
    answers: int
    left: int

    def plus(self, *, answers: int, left: int) -> Done:
        """One part more."""
        return Done(self.parts + 1, self.answers + answers, self.left + left)


NOTHING = Done(0, 0, 0)


def take_over(
    exam: Exam,
    plan: Plan,
    *,
    replace: bool,
    by: User | None,
    taken: Sequence[str] = (),
    so_far: Done = NOTHING,
    note: Callable[[list[str], Done], None] = lambda taken, so_far: None,
    report: Callable[[int], None] = lambda count: None,
) -> Done:
    """Carry a plan out. `replace`: what is graded here already becomes as in the file.

    Parts whose numbers were `taken` before are passed over, and `so_far` says what came of them.
    `note` is told the same in each part's own transaction, `report` how many parts are done
    after it. Raises Refused when the plan has problems.
    """
    if plan.problems:
        raise Refused(plan.problems)
    if plan.outline:
        save_outline(exam, plan.outline, by=by)
    made = {leaf.number: leaf for leaf in exam.questions.leaves()} if plan.outline else {}
    behind = list(taken)
    for count, each in enumerate(plan.parts, start=1):
        if each.part.number not in behind:
            question = each.question or made[each.part.number]
            with transaction.atomic():
                written, left = _take(exam, each.part, question, each.rows, replace=replace, by=by)
                behind.append(each.part.number)
                so_far = so_far.plus(answers=written, left=left)
                note(behind, so_far)
        report(count)
    return so_far


def told(done: Done) -> str:
    left = f" {counted(done.left, 'answer')} stayed as graded here." if done.left else ""
    answers, parts = counted(done.answers, "answer"), counted(done.parts, "part")
    return f"{answers} to {parts} taken over.{left}"


def _take(
    exam: Exam,
    part: Part,
    question: Question,
    rows: Sequence[Matched],
    *,
    replace: bool,
    by: User | None,
) -> tuple[int, int]:
    """Take one part over; return how many answers were written and how many left alone.

    In a transaction of the caller's.
    """
    if not hold_questions([question.pk]):
        raise Refused([f"Question {part.number} went meanwhile. Upload the file again."])
    there = {
        answer.submission_id: answer
        for answer in Answer.objects.select_for_update(of=("self",))
        .filter(question=question, submission__in={match.paper for match in rows})
        .order_by("pk")
    }
    wanted = [
        match
        for match in rows
        if match.paper in there and (replace or not there[match.paper].graded)
    ]
    if wanted:
        wishes = _wishes(wanted, there, _items(question, part, by))
        bulk.carry_out(exam, wishes, by=by)
        rescore_questions([question.pk])
    return len(wanted), len(rows) - len(wanted)


def _items(question: Question, part: Part, by: User | None) -> dict[int, int]:
    try:
        return {place: item.pk for place, item in bring(question, part, by=by).items()}
    except TooMany as error:
        raise Refused([f"Question {part.number}: {error}"]) from None


def _wishes(
    rows: Sequence[Matched],
    answers: dict[int, Answer],
    items: dict[int, int],
) -> list[bulk.Wish]:
    adjusted, commented = _having(Adjustment, answers), _having(Comment, answers)
    return [
        bulk.Wish(
            answer=(answer := answers[match.paper]),
            items=frozenset(items[place] for place in match.row.applied),
            # What the file does not have goes with what is replaced. On an answer that nobody
            # graded nothing is, and a comment there stays.
            adjustment=match.row.adjustment or (0 if answer.pk in adjusted else None),
            comment=match.row.comment or ("" if answer.pk in commented else None),
            graded=not match.row.applied and not match.row.adjustment,
        )
        for match in rows
    ]


def _having(model: type[Adjustment | Comment], answers: dict[int, Answer]) -> set[int]:
    """Return which of the answers that were graded have such a row."""
    graded = [answer.pk for answer in answers.values() if answer.graded]
    rows = model._default_manager.filter(answer__in=graded)
    return set(rows.values_list("answer_id", flat=True))
