"""Totals for the gradebooks of Canvas, Moodle and Brightspace.

Only students whose paper is graded whole are in these files: an empty cell could wipe out what
stands in the gradebook. `left_out` counts the others, so that whoever exports can be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q

from gradebook.canvas import sentence
from gradebook.guarded import safe
from gradebook.models import Exam
from scoring.exports.cells import as_text, number
from scoring.exports.scores import (
    BATCH,
    Person,
    max_points,
    papers_of,
    roster,
    scores_of,
    section_names,
)
from submissions.models import Answer

CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
MOODLE = ("First name", "Last name", "ID number", "Email address")


class Total(NamedTuple):
    """A student whose paper is graded whole, and its score in hundredths."""

    person: Person
    sections: Sequence[str]
    score: int


def totals(exam: Exam) -> Iterator[Total]:
    """Yield the roster's students with a total, by name."""
    people = roster(exam).iterator(chunk_size=BATCH)
    while batch := [Person(*row) for row in islice(people, BATCH)]:
        pks = [person.pk for person in batch]
        sections, papers = section_names(pks), papers_of(exam, pks)
        scores = scores_of(paper.pk for paper in papers.values())
        for person in batch:
            parts = scores.get(papers[person.pk].pk, []) if person.pk in papers else []
            graded = [part for part in parts if part is not None]
            if graded and len(graded) == len(parts):
                yield Total(person, sections.get(person.pk, ()), sum(graded))


def canvas(exam: Exam) -> Iterator[str]:
    """Yield a file for Canvas. Its own `ID` is empty: Canvas then goes by the SIS columns.

    A comma parts sections everywhere else; Canvas's own files say "A and B".
    """
    yield as_text(
        [
            [*CANVAS, canvas_column(exam)],
            ["    Points Possible", "", "", "", "", number(max_points(exam))],
        ]
    )
    for total in totals(exam):
        person = total.person
        who = (canvas_name(person), "", person.sid, person.email, sentence(total.sections))
        yield as_text([[*map(safe, who), number(total.score)]])


def canvas_name(person: Person) -> str:
    return ", ".join(filter(None, (person.last, person.first)))


def canvas_column(exam: Exam) -> str:
    """Return the exam's name; Canvas would read digits in brackets at its end as a key."""
    return safe(re.sub(r"\((\d+)\)$", r"[\1]", exam.name.strip()))


def moodle(exam: Exam) -> Iterator[str]:
    """Yield a file for Moodle, which asks whether to go by ID number or by e-mail address."""
    yield as_text([[*MOODLE, safe(exam.name)]])
    for total in totals(exam):
        person = total.person
        who = (person.first, person.last, person.sid, person.email)
        yield as_text([[*map(safe, who), number(total.score)]])


def brightspace(exam: Exam) -> Iterator[str]:
    """Yield a file for Brightspace, which knows students by their ID alone."""
    name = re.sub(r"[<>\s]+", " ", exam.name).strip()
    full = number(max_points(exam)).removesuffix(".0")
    column = f"{name} Points Grade <Numeric MaxPoints:{full}>"
    yield as_text([["OrgDefinedId", safe(column), "End-of-Line Indicator"]])
    for total in totals(exam):
        if total.person.sid:
            yield as_text([[safe(total.person.sid), number(total.score), "#"]])


class Left(NamedTuple):
    """How many of the roster are in no gradebook's file, and how many not in Brightspace's."""

    without_total: int
    without_id: int


def left_out(exam: Exam) -> Left:
    """Count them in two queries."""
    begun = Answer.objects.filter(submission=OuterRef("submission"))
    whole = exam.matches.filter(Exists(begun), ~Exists(begun.filter(graded=False)))
    known = whole.aggregate(all=Count("pk"), named=Count("pk", filter=~Q(membership__sid="")))
    return Left(roster(exam).count() - known["all"], known["all"] - known["named"])
