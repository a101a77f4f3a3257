"""How far the grading of an exam is: by part, by group, and how long the rest will take.

Queries go by sets, the same number for five papers and for ten thousand. Folding what they
return into the outline is plain code.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db.models import Count, Q, Sum
from django.utils import timezone

from gradebook.counted import counted
from gradebook.models import Exam, Question, User
from rubrics.judges import given_in
from rubrics.models import Claim
from rubrics.pace import Pace, Said
from scoring.steps import duration, tenths
from submissions.models import Answer


class Done(NamedTuple):
    """A leaf's answers; `score` is the sum over the graded ones, in hundredths."""

    answers: int
    graded: int
    score: int


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the outline. Points and mean in hundredths, None where nobody knows.

    `left` is the seconds of work that wait, `people` who graded, `here` who of them is at it.
    """

    question: Question
    depth: int
    points: int
    answers: int = 0
    graded: int = 0
    mean: float | None = None
    left: float | None = None
    people: tuple[User, ...] = ()
    here: frozenset[int] = frozenset()
    yours: bool = False  # whoever looks is asked to grade it

    @property
    def waiting(self) -> int:
        return self.answers - self.graded

    @property
    def name(self) -> str:
        """Label and title beside the number, as far as there are any."""
        words = [self.question.label, self.question.title]
        return " · ".join(filter(None, words)) or ("Part" if self.question.is_leaf else "Question")

    @property
    def mean_text(self) -> str:
        return tenths(self.mean)

    @property
    def graded_text(self) -> str:
        return f"{self.graded:,} of {self.answers:,} graded"

    @property
    def left_text(self) -> str:
        """What is left, as time; in answers while nobody's pace is known."""
        if not self.answers:
            return "–"
        if not self.waiting:
            return "done"
        return counted(self.waiting, "answer") if self.left is None else duration(self.left)

    @property
    def shown(self) -> tuple[User, ...]:
        """Those whose badges there is room for: all of three, two of more."""
        return self.people if len(self.people) <= 3 else self.people[:2]

    @property
    def hidden(self) -> tuple[User, ...]:
        return self.people[len(self.shown) :]

    @property
    def hidden_names(self) -> str:
        return ", ".join(map(str, self.hidden))

    @property
    def leads_to(self) -> bool:
        """Say whether there is anything to open: no paper, no answer."""
        return self.question.is_leaf and self.answers > 0


class Section(NamedTuple):
    """A question with parts and their lines; no head over questions that have none.

    `beside`: other questions do have parts, so that these should look like questions too.
    """

    head: Row | None
    rows: list[Row]
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Graders:
    """Who graded a question, the busiest first, and who is grading it at this moment."""

    people: Mapping[int, tuple[User, ...]]
    here: Mapping[int, frozenset[int]]


# Read


def counts(exam: Exam) -> dict[int, Done]:
    """Return for each leaf how many answers it has, how many are graded, and their scores."""
    graded = Q(graded=True)
    rows = (
        Answer.objects.filter(question__exam=exam, question__points__isnull=False)
        .values_list("question_id")
        .annotate(
            count=Count("pk"), done=Count("pk", filter=graded), sum=Sum("score", filter=graded)
        )
    )
    return {pk: Done(answers, done, score or 0) for pk, answers, done, score in rows}


def graders(exam: Exam) -> Graders:
    counted = (
        given_in(exam).order_by().values_list("question_id", "by_id").annotate(count=Count("pk"))
    )
    claims = Claim.objects.filter(answer__question__exam=exam, until__gte=timezone.now())
    here: dict[int, set[int]] = defaultdict(set)
    for question, by in claims.values_list("answer__question_id", "by_id"):
        here[question].add(by)
    told: dict[int, dict[int, int]] = defaultdict(dict)
    for question, by, count in counted:
        told[question][by] = count
    for question, people in here.items():
        for by in people:
            told[question].setdefault(by, 0)
    users = User.objects.in_bulk({by for people in told.values() for by in people})
    return Graders(
        {
            question: tuple(
                users[by]
                for by in sorted(people, key=lambda by: (by not in here[question], -people[by]))
                if by in users
            )
            for question, people in told.items()
        },
        {question: frozenset(people) for question, people in here.items()},
    )


# Reckon


def outline(
    questions: Sequence[Question],
    done: Mapping[int, Done],
    pace: Pace,
    graders: Graders,
    yours: Collection[int] = (),
) -> list[Row]:
    """Return the outline's lines as they are read, groups summing their parts.

    A group's mean is the sum of its parts' means, once each of them has one.
    """
    depths: dict[int, int] = {}
    parts: dict[int, list[Row]] = defaultdict(list)
    for question in questions:
        parent = question.parent_id
        depths[question.pk] = 0 if parent is None else depths[parent] + 1
    rows: list[Row] = []
    for question in reversed(questions):
        depth = depths[question.pk]
        if question.is_leaf:
            row = _leaf(question, depth, done.get(question.pk, Done(0, 0, 0)), pace, graders)
            row = replace(row, yours=question.pk in yours)
        else:
            row = _group(question, depth, parts[question.pk])
        rows.append(row)
        if question.parent_id is not None:
            parts[question.parent_id].append(row)
    return rows[::-1]


def _leaf(question: Question, depth: int, done: Done, pace: Pace, graders: Graders) -> Row:
    each = pace.seconds(question.pk)
    waiting = done.answers - done.graded
    return Row(
        question=question,
        depth=depth,
        points=question.points or 0,
        answers=done.answers,
        graded=done.graded,
        mean=done.score / done.graded if done.graded else None,
        left=0 if not waiting else None if each is None else waiting * each,
        people=graders.people.get(question.pk, ()),
        here=graders.here.get(question.pk, frozenset()),
    )


def _group(question: Question, depth: int, parts: Sequence[Row]) -> Row:
    return Row(
        question=question,
        depth=depth,
        points=sum(part.points for part in parts),
        answers=sum(part.answers for part in parts),
        graded=sum(part.graded for part in parts),
        mean=total(part.mean for part in parts) if parts else None,
        left=total(part.left for part in parts),
    )


def total(values: Iterable[float | None]) -> float | None:
    """Return the sum, None as soon as one of them is unknown."""
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)


def next_up(leaves: Sequence[Row], lines: Sequence[Said], user: int) -> tuple[int, str] | None:
    """Return the part this person should grade next, and its name; None when nothing waits.

    Of those they are asked to grade, if any waits, else of all: the one they graded last, while
    some of it waits, or the first nobody is at.
    """
    waiting = {row.question.pk: row for row in leaves if row.waiting}
    yours = {pk: row for pk, row in waiting.items() if row.yours}
    waiting = yours or waiting
    mine = (line.question for line in reversed(lines) if line.by == user)
    free = (pk for pk, row in waiting.items() if not row.here - {user})
    last = next((pk for pk in mine if pk in waiting), None)
    found = last or next(free, None) or next(iter(waiting), None)
    return None if found is None else (found, waiting[found].question.name)


def sections(rows: Sequence[Row]) -> list[Section]:
    """Return the outline by its questions; those without parts that follow each other as one."""
    found: list[Section] = []
    for row in rows:
        if row.depth == 0 and not row.question.is_leaf:
            found.append(Section(row, []))
        elif row.depth == 0 and (not found or found[-1].head):
            found.append(Section(None, [row], beside=any(other.depth for other in rows)))
        else:
            found[-1].rows.append(row)
    return found
