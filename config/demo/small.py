"""Quiz 1: a second exam, of three pages and positive scoring, small enough for a test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from config.demo.handwriting import Writer, explain, hand_of, sign_cover
from config.demo.pen import Ink
from config.demo.people import Person
from config.demo.scanner import Sheet, bind, rasters, scan_paper
from config.demo.template import HERE, lay_out, with_regions


class Written(NamedTuple):
    """An answer, the rubric items it deserves, and what the grader says to it."""

    text: str
    applied: tuple[int, ...]
    comment: str = ""


ANSWERS: dict[str, tuple[Written, ...]] = {
    "1": (
        Written("4 × 2", (0,)),
        Written("A is 4×3, B is 3×2  → 4 × 2", (0,)),
        Written("2 × 4", (1,), "Rows of $A$ first, then columns of $B$."),
        Written("", (2,)),
    ),
    "2": (
        Written("m = ⟦8 − 2|3 − 1⟧ = 3.  One step right is three up.", (0, 1)),
        Written("slope = 3", (0,), "And what does it say about the line?"),
        Written("m = ⟦3 − 1|8 − 2⟧ = ⟦1|3⟧", (2,), "Upside down: rise over run."),
    ),
    "3": (
        Written("outer: 3(x^2 + 1)^2\ninner: 2x\nf'(x) = 6x (x^2 + 1)^2", (0, 1, 2)),
        Written("f'(x) = 3(x^2 + 1)^2 · 2x", (0, 1)),
        Written("f'(x) = 3(x^2 + 1)^2", (0,), "Times the inner derivative, $2x$."),
    ),
    "4": (
        Written("Near x = 0.5. There g' = 0 and goes from − to +.", (0, 1)),
        Written("x is about 0.5 since it is lowest", (0,)),
        Written("at x = 3.3, as g' = 0", (2,), "A low point too, but not the lowest."),
        Written("", (2,)),
    ),
}


@dataclass(frozen=True)
class SmallExam:
    """A quick little exam on disk: its template, its exam file, one batch, and the truth.

    `grades` are what the papers deserve, in the shape `manage.py grade` reads.
    """

    template: Path
    exam_file: dict[str, Any]
    batch: Path
    truth: list[Sheet]
    grades: list[dict[str, Any]]


def make_small(folder: Path, people: Sequence[Person], seed: int) -> SmallExam:
    """Write `quiz-template.pdf` and `quiz-batch.pdf`, a paper of three pages for each person."""
    template, batch = folder / "quiz-template.pdf", folder / "quiz-batch.pdf"
    template.write_bytes(lay_out("quiz").pdf)
    jpegs: list[bytes] = []
    truth: list[Sheet] = []
    grades: list[dict[str, Any]] = []
    for index, person in enumerate(people):
        pages, written, random = _write(person, index, seed)
        grades.append({"paper": index + 1, "questions": _graded(written)})
        for page in scan_paper(rasters("quiz"), pages, random):
            jpegs.append(page.jpeg)
            truth.append(Sheet(batch.name, len(jpegs), person.sid, page.page))
    bind(batch, jpegs)
    return SmallExam(template, quiz_file(), batch, truth, grades)


def quiz_file() -> dict[str, Any]:
    """The quiz's outline and rubrics, with every region."""
    outline: dict[str, Any] = json.loads((HERE / "quiz.json").read_text())
    return with_regions(outline, lay_out("quiz")) | {"template": "quiz-template.pdf"}


def _write(
    person: Person, index: int, seed: int
) -> tuple[dict[int, Ink], dict[str, Written], np.random.Generator]:
    """Return the ink by page, and the answers by question."""
    random = np.random.default_rng([seed, index, 7])
    writer = Writer(lay_out("quiz"), hand_of(index, seed), random)
    sign_cover(writer, person)
    written: dict[str, Written] = {}
    for number, answers in ANSWERS.items():
        written[number] = answers[int(random.integers(len(answers)))]
        if written[number].text:
            explain(writer, writer.template.rooms[number][0], written[number].text)
    return writer.pages, written, random


def _graded(written: dict[str, Written]) -> dict[str, Any]:
    return {
        number: {"applied": list(answer.applied)}
        | ({"comment": answer.comment} if answer.comment else {})
        for number, answer in written.items()
    }
