"""Who got which item: a ZIP with a CSV for each part, in the layout of Gradescope's.

A row for every paper, also one whose student nobody knows. Four rows close each file and tell
what its columns are. `rubrics/evaluations` reads them back.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from gradebook.guarded import safe
from gradebook.models import Exam, Membership, Question, User
from rubrics.models import Adjustment, Comment, Grading, Item, Mark
from scoring.copies.names import plain
from scoring.exports.cells import as_text, number
from scoring.exports.scores import BATCH, sections_of
from submissions.models import Answer, Submission

IDS = ("Assignment Submission ID", "Question Submission ID")
PERSON = ("First Name", "Last Name", "SID", "Email", "Sections")
LAST = ("Adjustment", "Comments", "Grader", "Tags")
LEGEND = ("Rubric Numbers", "Point Values", "Rubric Type", "Scoring Method")


class Paper(NamedTuple):
    """The cells that say whose a paper is, and when it came in."""

    pk: int
    who: Sequence[str]
    at: str


class Named(NamedTuple):
    """How a file names papers, answers and graders: by their own names, or by others."""

    columns: Sequence[str]  # of a paper's `who`
    papers: Sequence[Paper]  # in the order of the rows
    paper: Callable[[int], str]
    answer: Callable[[int], str]
    grader: Callable[[int], str]
    times: bool = True
    comments: bool = True


def files(exam: Exam, named: Named | None = None) -> Iterator[tuple[str, Iterator[str]]]:
    """Yield each file's name and its pieces, which are made when they are asked for."""
    named = named or openly(exam)
    folder = plain(exam.name) or "exam"
    for leaf in exam.questions.leaves():
        yield f"{folder}/{file_name(leaf)}", lines(exam, leaf, named)


def file_name(leaf: Question) -> str:
    """Return "1.1_Add.csv"; one without a title is called by its number alone, "1.1_.csv"."""
    return f"{leaf.number}_{plain(leaf.title)}.csv"


def openly(exam: Exam) -> Named:
    """Name everybody; of a paper of nobody these cells are empty."""
    graders = dict[int, str]()

    def grader(pk: int) -> str:
        if pk not in graders:
            graders[pk] = safe(str(User.objects.get(pk=pk)))
        return graders[pk]

    return Named(PERSON, list(_papers(exam)), str, str, grader)


def _papers(exam: Exam) -> Iterator[Paper]:
    person = "match__membership"
    rows = Submission.objects.filter(exam=exam).order_by("number")
    students = Membership.objects.filter(matches__exam=exam).values_list("pk", flat=True)
    sections = sections_of(list(students))
    for pk, at, member, *who in rows.values_list(
        "pk", "created_at", f"{person}__pk",
        f"{person}__user__first_name", f"{person}__user__last_name",
        f"{person}__sid", f"{person}__user__email",
    ):  # fmt: skip
        texts = [*(text or "" for text in who), sections.get(member, "")]
        when = f"{exam.course.local(at):%Y-%m-%d %H:%M:%S %z}"
        yield Paper(pk, tuple(map(safe, texts)), when)


class _Said(NamedTuple):
    """What was said of a part's answers, by the answer."""

    items: dict[int, frozenset[int]]
    adjustments: dict[int, int]
    comments: dict[int, str]
    graders: dict[int, int]  # who said something last


def lines(exam: Exam, leaf: Question, named: Named) -> Iterator[str]:
    """Yield one part's file in pieces of many rows."""
    items = list(leaf.items.offered().select_related("group"))
    when = ["Submission Time"] if named.times else []
    yield as_text(
        [[*IDS, *named.columns, "Score", *when, *(safe(item.text) for item in items), *LAST]]
    )
    said = _said(leaf, comments=named.comments)
    answers = {
        paper: (pk, score if graded else None)
        for pk, paper, score, graded in Answer.objects.filter(question=leaf).values_list(
            "pk", "submission_id", "score", "graded"
        )
    }
    order = [item.pk for item in items]
    for start in range(0, len(named.papers), BATCH):
        yield as_text(
            _row(named, paper, answers[paper.pk], order, said)
            for paper in named.papers[start : start + BATCH]
            if paper.pk in answers
        )
    before = len(IDS) + len(named.columns) + 1 + len(when)
    yield as_text(_legend(exam, leaf, items, before))


def _row(
    named: Named, paper: Paper, answer: tuple[int, int | None], order: Sequence[int], said: _Said
) -> list[str]:
    pk, score = answer
    applied = said.items.get(pk, frozenset())
    adjustment, grader = said.adjustments.get(pk), said.graders.get(pk)
    return [
        named.paper(paper.pk),
        named.answer(pk),
        *paper.who,
        "" if score is None else number(score),
        *([paper.at] if named.times else []),
        *("true" if item in applied else "false" for item in order),
        "" if adjustment is None else number(adjustment),
        said.comments.get(pk, ""),
        "" if grader is None else named.grader(grader),
        "",
    ]


def _said(leaf: Question, *, comments: bool) -> _Said:
    marks = list(
        Mark.objects.filter(answer__question=leaf)
        .order_by("answer")
        .values_list("answer_id", "item_id", "by_id", "at")
    )
    adjustments = list(
        Adjustment.objects.filter(answer__question=leaf).values_list(
            "answer_id", "points", "by_id", "at"
        )
    )
    gradings = Grading.objects.filter(answer__question=leaf).values_list("answer_id", "by_id", "at")
    texts = Comment.objects.filter(answer__question=leaf).values_list("answer_id", "text")
    return _Said(
        {
            answer: frozenset(item for _, item, *_ in rows)
            for answer, rows in groupby(marks, itemgetter(0))
        },
        {answer: points for answer, points, *_ in adjustments},
        {answer: safe(text) for answer, text in texts} if comments else {},
        _last(
            [
                *((answer, by, at) for answer, _, by, at in marks),
                *((answer, by, at) for answer, _, by, at in adjustments),
                *gradings,
            ]
        ),
    )


def _last(said: Collection[tuple[int, int | None, Any]]) -> dict[int, int]:
    """Return who said something last, by answer."""
    latest: dict[int, tuple[Any, int | None]] = {}
    for answer, by, at in said:
        if answer not in latest or at >= latest[answer][0]:
            latest[answer] = (at, by)
    return {answer: by for answer, (_, by) in latest.items() if by is not None}


def _legend(exam: Exam, leaf: Question, items: Sequence[Item], before: int) -> Iterable[list[str]]:
    """Say the items' numbers and points, what groups they are in, and how the part is scored."""
    rule = leaf.rule(exam)
    clamps = [name for name, on in (("floor", rule.floor), ("ceiling", rule.ceiling)) if on]
    rows = (
        [str(place) for place in range(1, len(items) + 1)],
        ["" if item.points is None else number(item.points) for item in items],
        [safe(_kind(item)) for item in items],
    )
    for name, cells in zip(LEGEND, rows, strict=False):
        yield [name, *[""] * (before - 1), *cells]
    limits = " ".join(clamps) or "no limits"
    yield [LEGEND[-1], str(rule.scoring), limits, number(rule.points), safe(leaf.title)]


def _kind(item: Item) -> str:
    if item.group is None:
        return "Item"
    return f"{'Pick one' if item.group.exclusive else 'Group'}: {item.group.text}"
