"""Saving an exam's outline: the tree, its regions, its answers, their scores, in one transaction.

Questions are known by the `id` in the plan; one without is new, one missing from it goes. A part
that graders worked on, or students asked about, never goes without the caller saying how many
answers and open requests go with it.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from django.db import transaction

from gradebook.counted import counted
from gradebook.locks import hold_questions
from gradebook.models import Exam, Question, User
from gradebook.outline import OutlineError
from gradebook.plans import ExamPlan, QuestionPlan, RubricPlan
from rubrics.models import Entry
from rubrics.outline_gone import open_requests, remove, worked_on
from rubrics.outline_reading import dump, identified, plan_of, version_of
from rubrics.outline_rubric import FIRST, merge_rubric, write_rubrics
from rubrics.outline_tree import Tree, names, park, put_options, put_questions, put_regions
from rubrics.scores import rescore_questions
from rubrics.settings import change_settings
from submissions.crops import ask_for
from submissions.models import Answer
from submissions.papers import make_answers

__all__ = [
    "Saved",
    "Stale",
    "WouldLose",
    "dump",
    "identified",
    "plan_of",
    "save_outline",
    "version_of",
]


class Saved(NamedTuple):
    """What saving did. `moved` says that places on pages did, so these are looked at anew."""

    added: int
    changed: int
    removed: int
    moved: bool
    rescored: int


class WouldLose(Exception):
    """Parts would go that hold graders' work, or that students wait for; nothing was saved.

    `count` is of answers and open requests together.
    """

    def __init__(self, answers: int, requests: int, parts: list[str]) -> None:
        named = ", ".join(parts[:8]) + (", …" if len(parts) > 8 else "")
        goes = [f"Grades and comments of {counted(answers, 'answer')}"] if answers else []
        goes += [counted(requests, "open regrade request")] if requests else []
        super().__init__(f"{' and '.join(goes)} would go with {named}.")
        self.count = answers + requests
        self.parts = parts


class Stale(Exception):
    """Somebody else saved the outline since it was opened; nothing was saved."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody else changed this outline meanwhile. Your draft is kept in this browser;"
            " reload to see theirs."
        )


def save_outline(
    exam: Exam,
    plan: ExamPlan,
    *,
    by: User | None,
    losing: int | None = None,
    version: str | None = None,
) -> Saved:
    """Make the exam's outline the plan's.

    `losing` is how many answers with graders' work and open requests, together, the caller agreed
    to lose, `version` what `version_of` said when the outline was opened. Raises WouldLose, Stale,
    or OutlineError for questions that are not there.
    """
    with transaction.atomic():
        # New papers refer to the exam's row: none comes in between with the old leaves' answers.
        Exam.objects.select_for_update(no_key=True).get(pk=exam.pk)
        hold_questions(exam.questions.values_list("pk", flat=True))
        if version is not None and version != version_of(exam):
            raise Stale
        rows = {row.pk: row for row in exam.questions.all()}
        _check(plan, rows)
        wanted = {each.id: each for each in plan.walk()}
        gone = [row for pk, row in rows.items() if pk not in wanted]
        emptied = [row for pk, row in rows.items() if pk in wanted and _empties(row, wanted[pk])]
        _mind_the_work([*gone, *emptied], losing)
        kept = {pk: row for pk, row in rows.items() if pk in wanted}
        park(kept, plan)
        remove(gone, emptied, by=by)
        tree = put_questions(exam, plan, kept)
        saved = _follow(exam, plan, tree, by)
        if saved.moved:
            transaction.on_commit(partial(ask_for, exam, by))
        return saved._replace(removed=len(gone))


def _check(plan: ExamPlan, rows: dict[int, Question]) -> None:
    missing = [each for each in plan.walk() if each.id is not None and each.id not in rows]
    if missing:
        raise OutlineError(
            [f"question {each.number}: it is not in this exam any more." for each in missing]
        )


def _empties(row: Question, plan: QuestionPlan) -> bool:
    """Return whether a leaf becomes a group, which has no answers of its own."""
    return row.is_leaf and bool(plan.parts)


def _mind_the_work(rows: list[Question], losing: int | None) -> None:
    work = worked_on(rows)
    answers, requests = work.count(), open_requests(rows)
    if (count := answers + requests.total()) and count != losing:
        touched = {*work.values_list("question_id", flat=True), *requests}
        raise WouldLose(answers, requests.total(), names(row for row in rows if row.pk in touched))


def _follow(exam: Exam, plan: ExamPlan, tree: Tree, by: User | None) -> Saved:
    """Do what follows from the tree: regions, answers, rubrics, settings, scores, history."""
    moved, any_moved = put_regions(exam, plan, tree)
    any_moved |= put_options(exam, plan, tree)
    Answer.objects.filter(question__in=moved).update(ink=None)
    make_answers(exam)
    _put_rubrics(plan, tree, by)
    _note(exam, tree, by)
    rescored = rescore_questions(sorted(tree.rescored))
    if plan.settings:
        rescored += change_settings(exam, dict(plan.settings), by=by)
    new = sum(1 for before, _ in tree.changes.values() if before is None)
    return Saved(new, len(tree.changes) - new, 0, any_moved, rescored)


def _put_rubrics(plan: ExamPlan, tree: Tree, by: User | None) -> None:
    fresh = {row.pk for row in tree.fresh}
    new: dict[Question, RubricPlan] = {}
    for leaf in plan.leaves():
        row = tree.rows[leaf.number]
        if row.pk in fresh:
            new[row] = FIRST if leaf.rubric is None else leaf.rubric
        elif leaf.rubric is not None:
            merge_rubric(row, leaf.rubric, by=by)
    write_rubrics(new, by=by)


def _note(exam: Exam, tree: Tree, by: User | None) -> None:
    Entry.objects.bulk_create(
        Entry(
            exam=exam,
            question_id=pk,
            verb=Entry.Verb.CHANGED_QUESTION,
            by=by,
            before=before,
            after=after,
        )
        for pk, (before, after) in tree.changes.items()
    )
