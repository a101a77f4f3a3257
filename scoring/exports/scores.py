"""The scores CSV, in the layout that scripts written for Gradescope's file expect.

A row for everyone on the roster. A `Graded` row carries a total; of an `Ungraded` paper only
the parts graded so far have a score; a `Missing` one has none. Papers without a student are not
in it: `unmatched` counts them, so that whoever exports can be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import NamedTuple

from django.db import connection, models
from django.db.models import Count, F, Q

from gradebook.guarded import safe
from gradebook.models import Exam, Membership, Question, Role
from scoring.collect import out_of
from scoring.exports.cells import as_text, number
from scoring.models import Viewing
from submissions.models import Match, Submission

FIXED = (
    "First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status",
    "Submission ID", "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count",
)  # fmt: skip
BATCH = 1000


class Person(NamedTuple):
    pk: int  # of the membership
    first: str
    last: str
    sid: str
    email: str


class Paper(NamedTuple):
    """A matched paper: its number in the database and when it came in, as the file says it."""

    pk: int
    at: str


def header(leaves: Sequence[Question]) -> list[str]:
    return [*FIXED, *(column(leaf) for leaf in leaves)]


def column(leaf: Question) -> str:
    """Return "1.1: Title (2.0 pts)", or "1.1 (2.0 pts)" when untitled."""
    title = f": {leaf.title}" if leaf.title else ""
    return f"{leaf.number}{title} ({number(leaf.points or 0)} pts)"


def max_points(exam: Exam) -> int:
    """Return what the exam is out of, in hundredths; bonus on top is not part of it."""
    return out_of(exam.questions.all(), on_top=exam.bonus_on_top)


def unmatched(exam: Exam) -> int:
    """Return how many papers are in no row because nobody knows whose they are."""
    return Submission.objects.filter(exam=exam, match=None).count()


def lines(exam: Exam) -> Iterator[str]:
    """Yield the file in pieces of many rows; memory does not grow with the papers."""
    return map(as_text, batches(exam))


def batches(exam: Exam, written: Callable[[str], str] = safe) -> Iterator[list[list[str]]]:
    """Yield the rows, the header first and alone, then many at a time.

    `written` makes a cell of a text somebody chose; numbers do not pass through it.
    """
    leaves = list(exam.questions.leaves())
    full, empty = number(max_points(exam)), [""] * len(leaves)
    yield [header(leaves)]
    rows_of = roster(exam).iterator(chunk_size=BATCH)
    while batch := [Person(*row) for row in islice(rows_of, BATCH)]:
        pks = [person.pk for person in batch]
        sections, papers = sections_of(pks), papers_of(exam, pks)
        scores = scores_of(paper.pk for paper in papers.values())
        views = views_of(exam, pks)
        rows: list[list[str]] = []
        for person in batch:
            who = [written(text) for text in (*person[1:], sections.get(person.pk, ""))]
            paper = papers.get(person.pk)
            if paper is None:
                rows.append([*who, "", full, "Missing", "", "", "", "0", "0", *empty])
            else:
                seen = views.get(paper.pk, 0)
                rows.append([*who, *_what(paper, full, scores.get(paper.pk, []), seen)])
        yield rows


def roster(exam: Exam) -> models.QuerySet[Membership, tuple[int, str, str, str, str]]:
    """Return the students of the course, and whoever has a paper: who left, or grades by now.

    Plain values: 10,000 rows as objects with their sections cost as much as all their scores.
    """
    members = Membership.objects.filter(course=exam.course_id)
    with_paper = Match.objects.filter(exam=exam).values("membership")
    here = members.filter(Q(role=Role.STUDENT, left_at=None) | Q(pk__in=with_paper))
    return here.by_name().values_list(
        "pk", "user__first_name", "user__last_name", "sid", "user__email"
    )


def sections_of(members: Sequence[int]) -> dict[int, str]:
    return {member: ", ".join(names) for member, names in section_names(members).items()}


def section_names(members: Sequence[int]) -> dict[int, list[str]]:
    rows = (
        Membership.sections.through.objects.filter(membership__in=members)
        .order_by("membership", "section__name")
        .values_list("membership_id", "section__name")
    )
    return {member: [name for _, name in named] for member, named in groupby(rows, itemgetter(0))}


def papers_of(exam: Exam, members: Sequence[int]) -> dict[int, Paper]:
    matches = Match.objects.filter(exam=exam, membership__in=members).values_list(
        "membership_id", "submission_id", "submission__created_at"
    )
    return {
        member: Paper(paper, f"{exam.course.local(at):%Y-%m-%d %H:%M:%S %z}")
        for member, paper, at in matches
    }


def scores_of(papers: Iterable[int]) -> dict[int, list[int | None]]:
    """Return each paper's scores in the outline's order, None where nobody graded.

    One statement of plain numbers: 52,000 rows pass in a tenth of a second.
    """
    pks = list(papers)
    if not pks:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.submission_id, CASE WHEN a.graded THEN a.score END"
            " FROM submissions_answer a JOIN gradebook_question q ON q.id = a.question_id"
            f" WHERE q.points IS NOT NULL AND a.submission_id IN ({', '.join(['%s'] * len(pks))})"
            ' ORDER BY a.submission_id, q."order"',
            pks,
        )
        return {
            paper: [score for _, score in rows]
            for paper, rows in groupby(cursor.fetchall(), itemgetter(0))
        }


def views_of(exam: Exam, members: Sequence[int]) -> dict[int, int]:
    """Return by paper how often its student opened a released copy of it.

    Looks before a paper turned out to be somebody else's are not that person's.
    """
    looks = Viewing.objects.filter(
        copy__release__exam=exam,
        copy__student__in=members,
        copy__submission__match__membership=F("copy__student"),
    )
    return dict(looks.values_list("copy__submission").annotate(Count("pk")).order_by())


def _what(paper: Paper, full: str, scores: list[int | None], views: int) -> list[str]:
    texts = ["" if score is None else number(score) for score in scores]
    graded = bool(scores) and "" not in texts
    return [
        number(sum(score for score in scores if score is not None)) if graded else "",
        full,
        "Graded" if graded else "Ungraded",
        str(paper.pk),
        paper.at,
        "00:00:00",
        str(views),
        "1",
        *texts,
    ]
