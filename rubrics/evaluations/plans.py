"""What a ZIP of evaluations would do to an exam, before anything is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from gradebook.models import Exam, Question
from gradebook.outline import OutlineError, parse
from gradebook.plans import ExamPlan, QuestionPlan, to_dict
from gradebook.points import points_text
from rubrics.edits import MOST_ITEMS
from rubrics.evaluations.files import Part, Row, guess, scored
from rubrics.evaluations.items import known_again, untouched
from rubrics.evaluations.tables import Watch
from submissions.models import Answer, Match

Papers = dict[str, int]  # "sid …" or "email …" to a paper


class Difference(NamedTuple):
    """A row whose score in the file is not what its items come to; hundredths."""

    name: str
    file: int
    ours: int


class Matched(NamedTuple):
    """A row of a paper that is here."""

    paper: int
    row: Row


@dataclass(frozen=True)
class PartPlan:
    """What becomes of one file. Without a question, the outline is made from the files."""

    part: Part
    question: Question | None
    rows: tuple[Matched, ...]
    graded: frozenset[int]  # papers whose answer is graded here already
    added: int  # items that the rubric does not have
    items: int  # how many the rubric has then
    differences: tuple[Difference, ...]


@dataclass(frozen=True)
class Plan:
    parts: tuple[PartPlan, ...]
    nobody: tuple[str, ...]  # people with rows, and no paper here
    foreign: tuple[str, ...]  # files of no question of this exam
    outline: ExamPlan | None
    problems: tuple[str, ...]

    @property
    def graded(self) -> int:
        """Return how many answers are graded here already that the files speak of too."""
        return sum(len(part.graded) for part in self.parts)

    @property
    def writes(self) -> int:
        return sum(len(part.rows) for part in self.parts)


def plan(exam: Exam, parts: Sequence[Part], watch: Watch | None = None) -> Plan:
    """Hold the files against the exam, its outline and its papers. Nothing is written.

    Raises BadFile where that takes longer than the watch allows.
    """
    leaves = list(exam.questions.leaves())
    problems = [problem for part in parts for problem in part.problems]
    outline = None
    if not leaves:
        outline, wrong = _outline(parts)
        problems += wrong
    known = _known(leaves, parts)
    papers = _papers(exam)
    plans: list[PartPlan] = []
    nobody, foreign = dict[str, None](), []
    for part in parts:
        if watch:
            watch.look()
        question = known.get(part.number)
        if leaves and question is None:
            foreign.append(f"{part.number} {part.title}".strip())
            continue
        rows = [(_paper(row, papers), row) for row in part.rows if row.score is not None]
        nobody |= dict.fromkeys(_who(row) for at, row in rows if not at)
        plans.append(_part(exam, part, question, [Matched(at, row) for at, row in rows if at]))
    for each in plans:
        problems += [*_twice(each), *_too_long(each)]
    if len({match.paper for each in plans for match in each.rows}) == 0 and not problems:
        problems.append("No row belongs to a paper of this exam. Match its papers first.")
    return Plan(tuple(plans), tuple(nobody), tuple(foreign), outline, tuple(problems))


def _outline(parts: Sequence[Part]) -> tuple[ExamPlan | None, list[str]]:
    """Make the tree that the files' numbers say; groups have no titles in them."""
    tree: list[dict[str, object]] = []
    for part in parts:
        below = tree
        for place in part.number.split(".")[:-1]:
            if int(place) == len(below) + 1:
                below.append({"parts": []})
            if int(place) != len(below):
                return None, [_gap(part)]
            below = below[-1].setdefault("parts", [])  # type: ignore[assignment]  # a list of such
        if int(part.number.split(".")[-1]) != len(below) + 1:
            return None, [_gap(part)]
        below.append(_leaf(part))
    try:
        return parse({"questions": tree}), []
    except OutlineError as error:
        return None, [problem[:1].upper() + problem[1:] for problem in error.problems]


def _gap(part: Part) -> str:
    return f"Before question {part.number} a file is missing: the numbers leave a gap."


def _leaf(part: Part) -> dict[str, object]:
    rule = part.rule
    leaf = QuestionPlan(
        part.number,
        title=part.title,
        points=rule.points,
        scoring=rule.scoring,
        floor=rule.floor,
        ceiling=rule.ceiling,
        rubric=part.rubric(),
    )
    data: dict[str, object] = to_dict(ExamPlan((leaf,)))["questions"][0]
    del data["number"]
    return data


def _known(leaves: Sequence[Question], parts: Sequence[Part]) -> dict[str, Question]:
    """Return by a file's number which question it is of: number and title, title, number."""
    found: dict[str, Question] = {}
    free = {leaf.pk: leaf for leaf in leaves}
    for same in (_both, _title, _number):
        for part in parts:
            if part.number in found:
                continue
            fits = [leaf for leaf in free.values() if same(leaf, part)]
            if len(fits) == 1:
                found[part.number] = free.pop(fits[0].pk)
    return found


def _both(leaf: Question, part: Part) -> bool:
    return _number(leaf, part) and _plain(leaf.title) == _plain(part.title)


def _title(leaf: Question, part: Part) -> bool:
    return bool(_plain(part.title)) and _plain(leaf.title) == _plain(part.title)


def _number(leaf: Question, part: Part) -> bool:
    return leaf.number == part.number


def _plain(title: str) -> str:
    """Return the letters alone: a file's name holds little else of a title."""
    return "".join(char for char in title.casefold() if char.isalnum())[:60]


def _papers(exam: Exam) -> Papers:
    found: Papers = {}
    for paper, sid, email in Match.objects.filter(exam=exam).values_list(
        "submission", "membership__sid", "membership__user__email"
    ):
        found[f"email {email.lower()}"] = paper
        if sid:
            found[f"sid {sid}"] = paper
    return found


def _paper(row: Row, papers: Papers) -> int | None:
    """Return the row's paper; an ID and an address that say two people say nobody."""
    said = [papers.get(f"sid {row.sid}"), papers.get(f"email {row.email}")]
    found = {paper for paper in said if paper}
    return found.pop() if len(found) == 1 else None


def _part(exam: Exam, part: Part, question: Question | None, rows: Sequence[Matched]) -> PartPlan:
    if question and part.guessed:
        part = guess(part, question.rule(exam))
    graded = Answer.objects.filter(question=question, graded=True) if question else None
    there = set(graded.values_list("submission", flat=True)) if graded is not None else set()
    added, stays = _grown(question, part)
    return PartPlan(
        part=part,
        question=question,
        rows=tuple(rows),
        graded=frozenset(there & {match.paper for match in rows}),
        added=added,
        items=added + stays,
        differences=tuple(_differences(exam, part, question, rows)),
    )


def _grown(question: Question | None, part: Part) -> tuple[int, int]:
    """Return how many items the rubric gets, and how many of its own stay."""
    if question is None:
        return len(part.items), 0
    items = list(question.items.offered().select_related("group"))
    known = known_again(items, part)
    stays = 0 if not known and untouched(question, items) else len(items)
    return len(part.items) - len(known), stays


def _twice(plan: PartPlan) -> Iterator[str]:
    """Name who has two rows: which of them counts, the file does not say."""
    rows: dict[int, list[Row]] = {}
    for paper, row in plan.rows:
        rows.setdefault(paper, []).append(row)
    for first, *more in rows.values():
        if more:
            lines = ", ".join(str(row.line) for row in (first, *more[:-1]))
            times = "twice" if len(more) == 1 else f"{len(more) + 1} times"
            yield (
                f"Question {plan.part.number}: {_who(first)} stands {times}, "
                f"lines {lines} and {more[-1].line}."
            )


def _too_long(plan: PartPlan) -> Iterator[str]:
    number, most = plan.part.number, MOST_ITEMS
    if plan.items > most >= len(plan.part.items):
        yield f"Question {number}: its rubric would have {plan.items} items; {most} fit."


def _who(row: Row) -> str:
    return row.name or row.sid or row.email


def _differences(
    exam: Exam, part: Part, question: Question | None, rows: Sequence[Matched]
) -> Iterator[Difference]:
    as_here = replace(part, rule=question.rule(exam)) if question else part
    for _, row in rows:
        ours = scored(as_here, row)
        if row.score is not None and ours != row.score:
            yield Difference(_who(row), row.score, ours)


def words(difference: Difference) -> str:
    file, ours = points_text(difference.file), points_text(difference.ours)
    return f"{difference.name}: {file} in the file, {ours} here"
