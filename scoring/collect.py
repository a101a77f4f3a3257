"""Results from the database: many papers in a constant number of queries.

What the exam does not show its students is left out here, so that it is in no page, no copy and
no file made of a result.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from django.db import connection, transaction

from gradebook.models import Exam, Question, Region
from rubrics.models import Item
from scoring.collect_rows import Said, Sheet, people, sheets
from scoring.results import Caption, Line, PageSheet, Part, Result, RubricShown, Scoring
from scoring.solutions import shown_by_question
from submissions.models import Submission
from submissions.pictures import laid_over


@contextmanager
def snapshot() -> Iterator[None]:
    """A transaction that sees the database as it was at one instant.

    On PostgreSQL it is a repeatable read that keeps nobody waiting; on SQLite every transaction
    is one, and other writers wait for its end.
    """
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


@contextmanager
def reading() -> Iterator[None]:
    """See the database as it was at one instant, and only read; writers wait on neither engine.

    Transactions of SQLite take its one write lock as they begin, so this one begins by hand.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with snapshot():
            yield
        return
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def collect(exam: Exam, submissions: Sequence[Submission], *, names: bool = True) -> list[Result]:
    """Return the papers' results, in their order.

    Without `names` a paper goes by its code name, and nothing says whose it is.
    """
    outline = Outline(exam)
    pks = [submission.pk for submission in submissions]
    said, pages, owners = Said(pks), sheets(pks), people(pks) if names else {}
    results = []
    for submission in submissions:
        questions = outline.parts(submission.pk, said)
        person = owners.get(submission.pk)
        results.append(
            Result(
                exam=exam.name,
                course=exam.course.name,
                term=exam.course.term,
                student=person.name if person else "" if names else submission.code_name,
                sid=person.sid if person else "",
                email=person.email if person else "",
                submission=submission.number,
                score=sum(part.score or 0 for part in questions),
                points=outline.points,
                rubric_shown=outline.shown,
                questions=questions,
                pages=tuple(outline.sheet(sheet, said) for sheet in pages.get(submission.pk, ())),
                graded_at=said.latest(submission.pk),
                scoring=outline.scoring,
            )
        )
    return results


class Outline:
    """An exam's questions, rubric and regions, read once for all papers."""

    def __init__(self, exam: Exam) -> None:
        self.scoring = cast(Scoring, exam.scoring)
        self.shown = cast(RubricShown, exam.rubric_shown)
        self.questions = list(exam.questions.all())
        self.children: dict[int | None, list[Question]] = {}
        for question in self.questions:
            self.children.setdefault(question.parent_id, []).append(question)
        offered = Item.objects.offered().filter(question__exam=exam).select_related("group")
        self.items: dict[int, list[Item]] = {}
        for item in offered.order_by("position", "pk"):
            self.items.setdefault(item.question_id, []).append(item)
        self.items = {pk: together(items) for pk, items in self.items.items()}
        self.solutions = shown_by_question(exam)
        self.regions = _first_regions(exam)
        self.full = full_marks(self.questions, on_top=exam.bonus_on_top)
        self.points = out_of(self.questions, on_top=exam.bonus_on_top)

    def parts(self, paper: int, said: Said, parent: int | None = None) -> tuple[Part, ...]:
        return tuple(self._part(one, paper, said) for one in self.children.get(parent, ()))

    def _part(self, question: Question, paper: int, said: Said) -> Part:
        answer = said.answers.get((paper, question.pk))
        parts = self.parts(paper, said, question.pk)
        score = answer.score if answer and answer.graded else None
        if parts:
            graded = [part.score for part in parts if part.score is not None]
            score = sum(graded) if graded else None
        return Part(
            number=question.number,
            label=question.label,
            title=question.title,
            points=question.points if question.points is not None else self.full[question.pk],
            score=score,
            bonus=question.bonus,
            items=self._lines(question.pk, said.marks.get(answer.pk, set()) if answer else set()),
            adjustment=said.adjustments.get(answer.pk, 0) if answer else 0,
            comments=said.comments.get(answer.pk, ()) if answer else (),
            parts=parts,
            scoring=cast(Scoring, question.scoring) if question.scoring else None,
            solution=self.solutions.get(question.pk),
        )

    def _lines(self, question: int, applied: set[int]) -> tuple[Line, ...]:
        if self.shown == "none":
            return ()
        return tuple(
            Line(number, item.text, item.points, item.pk in applied, group_of(item))
            for number, item in enumerate(self.items.get(question, ()), start=1)
            if self.shown == "all" or item.pk in applied
        )

    def sheet(self, sheet: Sheet, said: Said) -> PageSheet:
        """A page with a caption at the first region of every question on it."""
        captions = []
        for region in self.regions.get(sheet.template_page, ()):
            question = region.question
            answer = said.answers.get((sheet.paper, region.question_id or 0))
            if question is None or answer is None:
                continue
            x, y, width, _ = laid_over(sheet.affine, region.rect)
            score = answer.score if answer.graded else None
            captions.append(
                Caption(question.number, question.label, score, question.points or 0, x + width, y)
            )
        return PageSheet(
            number=sheet.template_page,
            sha=sheet.sha,
            turn=sheet.turn,
            captions=tuple(captions),
            annotations=tuple(sheet.ink),
        )


def full_marks(questions: Iterable[Question], *, on_top: bool) -> dict[int, int]:
    """Return what each question is out of, in hundredths; a group the sum of its parts.

    With `on_top` a bonus question adds nothing to the group above it.
    """
    rows = list(questions)
    full = {question.pk: question.points or 0 for question in rows}
    by_pk = {question.pk: question for question in rows}
    for question in reversed(rows):
        # Parts come after their group, so backwards a sum is whole when it is handed on.
        parent = by_pk.get(question.parent_id or 0)
        if parent is not None and not (on_top and question.bonus):
            full[parent.pk] += full[question.pk]
    return full


def out_of(questions: Iterable[Question], *, on_top: bool) -> int:
    """Return what the exam is out of, in hundredths."""
    rows = list(questions)
    full = full_marks(rows, on_top=on_top)
    tops = [row for row in rows if row.parent_id is None and not (on_top and row.bonus)]
    return sum(full[top.pk] for top in tops)


def together(items: Sequence[Item]) -> list[Item]:
    """Return items so that those of a group follow each other, where its first one stands."""
    place: dict[int, int] = {}
    for index, item in enumerate(items):
        if item.group_id is not None:
            place.setdefault(item.group_id, index)
    indexed = list(enumerate(items))
    indexed.sort(key=lambda pair: place.get(pair[1].group_id or 0, pair[0]))
    return [item for _, item in indexed]


def group_of(item: Item) -> str:
    return item.group.text if item.group else ""


def _first_regions(exam: Exam) -> dict[int, list[Region]]:
    """Return each template page's questions, each with its topmost region there."""
    found: dict[int, list[Region]] = {}
    seen: set[tuple[int, int | None]] = set()
    regions = Region.objects.filter(exam=exam, kind=Region.Kind.QUESTION)
    for region in regions.select_related("question").order_by("page", "y", "x", "pk"):
        if (region.page, region.question_id) not in seen:
            seen.add((region.page, region.question_id))
            found.setdefault(region.page, []).append(region)
    return found


def graded(result: Result) -> bool:
    """Whether somebody graded every part."""
    leaves = list(_leaves(result.questions))
    return bool(leaves) and all(part.score is not None for part in leaves)


def _leaves(parts: Iterable[Part]) -> Iterator[Part]:
    for part in parts:
        if part.parts:
            yield from _leaves(part.parts)
        else:
            yield part
