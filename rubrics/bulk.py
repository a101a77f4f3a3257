"""Many answers graded at once, from a file: for scripts, tests and grades made elsewhere.

Everything is checked before anything is written; all of it is written or nothing. Sending the
same file again changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone

from gradebook.counted import counted
from gradebook.locks import hold_questions
from gradebook.models import Exam, Question, User
from gradebook.outline_values import short
from gradebook.points import hundredths
from gradebook.sent import storable
from rubrics.grading import LONGEST_COMMENT
from rubrics.models import Adjustment, Comment, Entry, Grading, Item, Mark
from rubrics.scores import rescore_answers
from submissions.models import Answer, Submission

BATCH = 500
NAMES = ("sid", "email", "paper")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a file wants of one answer. None: leave as it is."""

    answer: Answer
    items: frozenset[int] | None
    adjustment: int | None
    comment: str | None
    graded: bool = False  # say so where nothing else does


class Wrong(Exception):
    """The file cannot be used; `problems` say where and why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Done(NamedTuple):
    """How many papers and answers the file spoke of, and how many answers it changed."""

    papers: int
    answers: int
    changed: int


class _World:
    """An exam's papers and rubric, looked up by the names a file uses."""

    def __init__(self, exam: Exam) -> None:
        offered = Prefetch("items", Item.objects.offered().select_related("group"), "rubric")
        leaves = exam.questions.leaves().prefetch_related(offered)
        self.questions: dict[str, Question] = {leaf.number: leaf for leaf in leaves}
        papers = Submission.objects.filter(exam=exam).select_related("match__membership__user")
        self.papers: dict[tuple[str, str], Submission] = {}
        for paper in papers:
            self.papers["paper", str(paper.number)] = paper
            match = getattr(paper, "match", None)
            if match:
                self.papers["sid", match.membership.sid] = paper
                self.papers["email", match.membership.user.email.lower()] = paper
        answers = Answer.objects.filter(submission__exam=exam).order_by("pk")
        answers = answers.select_for_update(of=("self",))
        self.answers = {(a.submission_id, a.question_id): a for a in answers}

    def paper(self, named: Mapping[str, Any]) -> Submission | None:
        said = {key: named[key] for key in NAMES if key in named}
        if not all(map(_names, said.values())):
            return None
        texts = {key: str(value).strip() for key, value in said.items()}
        keys = [(key, text if key == "sid" else text.lower()) for key, text in texts.items()]
        found = [self.papers.get(key) for key in keys]
        return found[0] if found and all(paper == found[0] for paper in found) else None


def grade(exam: Exam, data: Any, *, by: User | None) -> Done:
    """Do what a file's content says, all of it or nothing. Raises Wrong with every problem."""
    with transaction.atomic():
        # What the file names is looked up while nobody edits the rubric.
        hold_questions(exam.questions.leaves().values_list("pk", flat=True))
        return carry_out(exam, _read(exam, data), by=by)


def _read(exam: Exam, data: Any) -> list[Wish]:
    """Check a file's content against the exam. Raises Wrong with every problem there is."""
    if not isinstance(data, dict) or not isinstance(data.get("grades"), list):
        raise Wrong(["The file must be an object with a list “grades”."])
    world, problems, wishes = _World(exam), [], []
    seen: set[tuple[int, str]] = set()
    for count, grade in enumerate(data["grades"], start=1):
        place = f"grade {count}"
        if not isinstance(grade, dict) or not isinstance(grade.get("questions"), dict):
            problems.append(f"{place}: an object with “questions” is needed.")
            continue
        paper = world.paper(grade)
        if paper is None:
            problems.append(f"{place}: no paper belongs to {_named(grade)}.")
            continue
        for number, said in grade["questions"].items():
            if (paper.pk, number) in seen:
                problems.append(f"{place}, question {short(number)}: this part is graded twice.")
                continue
            seen.add((paper.pk, number))
            try:
                wishes.append(_wish(world, paper, number, said))
            except ValueError as error:
                problems.append(f"{place}, question {short(number)}: {error}")
    if problems:
        raise Wrong(problems)
    return wishes


def _named(grade: Mapping[str, Any]) -> str:
    named = [f"{key} {short(grade[key])}" for key in NAMES if _names(grade.get(key))]
    return ", ".join(named) or "nobody named"


def _names(value: object) -> bool:
    return isinstance(value, str | int)


def _wish(world: _World, paper: Submission, number: str, said: Any) -> Wish:
    question = world.questions.get(number)
    if question is None:
        raise ValueError("there is no such part.")
    if not isinstance(said, dict) or (
        unknown := said.keys() - {"applied", "adjustment", "comment"}
    ):
        raise ValueError(
            f"“{short(min(unknown))}” is unknown."
            if isinstance(said, dict)
            else "an object is needed."
        )
    comment = said.get("comment")
    if comment is not None and not isinstance(comment, str):
        raise ValueError("the comment must be a text.")
    if comment is not None and not storable(comment):
        raise ValueError("the comment holds a character that cannot be stored.")
    if comment is not None and len(comment) > LONGEST_COMMENT:
        raise ValueError(f"the comment has {len(comment):,} letters; {LONGEST_COMMENT:,} fit.")
    adjustment = said.get("adjustment")
    if isinstance(adjustment, bool | list | dict):
        raise ValueError("the adjustment must be a number of points.")
    return Wish(
        answer=world.answers[paper.pk, question.pk],
        items=_items(question, said["applied"]) if "applied" in said else None,
        adjustment=None if adjustment is None else hundredths(adjustment),
        comment=comment,
    )


def _items(question: Question, applied: Any) -> frozenset[int]:
    """Turn places in the rubric, from 0, into items."""
    rubric: list[Item] = question.rubric  # type: ignore[attr-defined]  # prefetched above
    if not isinstance(applied, list) or not all(type(place) is int for place in applied):
        raise ValueError("“applied” must be a list of places in the rubric, from 0.")
    if wrong := [place for place in applied if not 0 <= place < len(rubric)]:
        raise ValueError(
            f"the rubric has {counted(len(rubric), 'item')}; there is none at {wrong[0]}."
        )
    items = [rubric[place] for place in dict.fromkeys(applied)]
    groups = [item.group_id for item in items if item.group and item.group.exclusive]
    if len(groups) != len(set(groups)):
        raise ValueError("of a group to pick one from, two items are applied.")
    return frozenset(item.pk for item in items)


def carry_out(exam: Exam, wishes: Sequence[Wish], *, by: User | None) -> Done:
    """Write what is wanted of answers, and recompute them. The caller holds their questions."""
    answers = [wish.answer.pk for wish in wishes]
    entries = [*_mark(wishes, by), *_adjust(wishes, by), *_comment(wishes, by), *_say(wishes, by)]
    for entry in entries:
        entry.exam, entry.by = exam, by
    Entry.objects.bulk_create(entries, batch_size=BATCH)
    changed = len({entry.answer_id for entry in entries})
    for start in range(0, len(answers), BATCH):
        rescore_answers(answers[start : start + BATCH])
    papers = len({wish.answer.submission_id for wish in wishes})
    return Done(papers, len(set(answers)), changed)


def _mark(wishes: Sequence[Wish], by: User | None) -> Iterator[Entry]:
    """Set the marks of the named answers to exactly those wished."""
    there: dict[int, dict[int, int]] = {}
    spoken = [wish for wish in wishes if wish.items is not None]
    questions = {wish.answer.question_id for wish in spoken}
    for pk, answer, item in Mark.objects.filter(answer__question__in=questions).values_list(
        "pk", "answer_id", "item_id"
    ):
        there.setdefault(answer, {})[item] = pk
    new, spare = [], []
    for wish in spoken:
        has, wants = there.get(wish.answer.pk, {}), wish.items or frozenset()
        for item in sorted(wants - has.keys()):
            new.append(Mark(answer=wish.answer, item_id=item, by=by))
            yield _entry(wish.answer, Entry.Verb.APPLIED, item_id=item)
        for item in sorted(has.keys() - wants):
            spare.append(has[item])
            yield _entry(wish.answer, Entry.Verb.LIFTED, item_id=item)
    for start in range(0, len(spare), BATCH):
        Mark.objects.filter(pk__in=spare[start : start + BATCH]).delete()
    Mark.objects.bulk_create(new, batch_size=BATCH)


def _adjust(wishes: Sequence[Wish], by: User | None) -> Iterator[Entry]:
    spoken = [wish for wish in wishes if wish.adjustment is not None]
    questions = {wish.answer.question_id for wish in spoken}
    rows = Adjustment.objects.filter(answer__question__in=questions)
    there = {row.answer_id: row for row in rows}
    versions = _versions(spoken, Entry.Verb.ADJUSTED)
    new: list[Adjustment] = []
    changed: list[Adjustment] = []
    for wish in spoken:
        row = there.get(wish.answer.pk) or Adjustment(answer=wish.answer, points=0, version=0)
        # Nothing beside the rubric is no adjustment: it would count as graded.
        if row.points == wish.adjustment:
            continue
        before = {"points": row.points} if row.pk else None
        (changed if row.pk else new).append(row)
        row.points, row.version = wish.adjustment or 0, versions[wish.answer.pk] + 1
        row.by, row.at = by, timezone.now()
        after = {"points": row.points}
        yield _entry(wish.answer, Entry.Verb.ADJUSTED, before=before, after=after)
    Adjustment.objects.bulk_create(new, batch_size=BATCH)
    Adjustment.objects.bulk_update(changed, ["points", "version", "by", "at"], batch_size=BATCH)


def _comment(wishes: Sequence[Wish], by: User | None) -> Iterator[Entry]:
    spoken = [wish for wish in wishes if wish.comment is not None]
    questions = {wish.answer.question_id for wish in spoken}
    there = {row.answer_id: row for row in Comment.objects.filter(answer__question__in=questions)}
    versions = _versions(spoken, Entry.Verb.COMMENTED)
    new: list[Comment] = []
    changed: list[Comment] = []
    spare: list[int] = []
    for wish in spoken:
        row = there.get(wish.answer.pk) or Comment(answer=wish.answer, text="", version=0)
        if row.text == wish.comment:
            continue
        before = {"text": row.text} if row.pk else None
        if not wish.comment:
            spare.append(row.pk)
            yield _entry(wish.answer, Entry.Verb.COMMENTED, before=before, after={"text": ""})
            continue
        (changed if row.pk else new).append(row)
        row.text, row.version = wish.comment, versions[wish.answer.pk] + 1
        row.by, row.at = by, timezone.now()
        yield _entry(wish.answer, Entry.Verb.COMMENTED, before=before, after={"text": row.text})
    for start in range(0, len(spare), BATCH):
        Comment.objects.filter(pk__in=spare[start : start + BATCH]).delete()
    Comment.objects.bulk_create(new, batch_size=BATCH)
    Comment.objects.bulk_update(changed, ["text", "version", "by", "at"], batch_size=BATCH)


def _say(wishes: Sequence[Wish], by: User | None) -> Iterator[Entry]:
    wanted = [wish for wish in wishes if wish.graded]
    questions = {wish.answer.question_id for wish in wanted}
    rows = Grading.objects.filter(answer__question__in=questions)
    there = set(rows.values_list("answer_id", flat=True))
    new = [wish for wish in wanted if wish.answer.pk not in there]
    Grading.objects.bulk_create([Grading(answer=wish.answer, by=by) for wish in new], BATCH)
    for wish in new:
        yield _entry(wish.answer, Entry.Verb.GRADED)


def _versions(wishes: list[Wish], verb: Entry.Verb) -> Counter[int]:
    """Count what was written before, removals too: no version comes back."""
    questions = {wish.answer.question_id for wish in wishes}
    entries = Entry.objects.filter(question_id__in=questions, verb=verb)
    return Counter(pk for pk in entries.values_list("answer_id", flat=True) if pk)


def _entry(answer: Answer, verb: Entry.Verb, **facts: Any) -> Entry:
    return Entry(answer_id=answer.pk, question_id=answer.question_id, verb=verb, **facts)
