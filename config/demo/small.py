"""Quiz 1: a second exam, of three pages and positive scoring, small enough for a test."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from config.demo.handwriting import Writer, explain, hand_of, sign_cover
from config.demo.pen import Ink
from config.demo.people import Person
from config.demo.scanner import Sheet, bind, rasters, scan_paper
from config.demo.template import HERE, lay_out, with_regions

ANSWERS: dict[str, tuple[str, ...]] = {
    "1": ("4 × 2", "A is 4×3, B is 3×2  → 4 × 2", "2 × 4", ""),
    "2": (
        "m = ⟦8 − 2|3 − 1⟧ = 3.  One step right is three up.",
        "slope = 3",
        "m = ⟦3 − 1|8 − 2⟧ = ⟦1|3⟧",
    ),
    "3": (
        "outer: 3(x^2 + 1)^2\ninner: 2x\nf'(x) = 6x (x^2 + 1)^2",
        "f'(x) = 3(x^2 + 1)^2 · 2x",
        "f'(x) = 3(x^2 + 1)^2",
    ),
    "4": (
        "Near x = 0.5. There g' = 0 and goes from − to +.",
        "x is about 0.5 since it is lowest",
        "at x = 3.3, as g' = 0",
        "",
    ),
}


@dataclass(frozen=True)
class SmallExam:
    """A quick little exam on disk: its template, its exam file, one batch, and the truth."""

    template: Path
    exam_file: dict[str, Any]
    batch: Path
    truth: list[Sheet]


def make_small(folder: Path, people: Sequence[Person], seed: int) -> SmallExam:
    """Write `quiz-template.pdf` and `quiz-batch.pdf`, a paper of three pages for each person."""
    template, batch = folder / "quiz-template.pdf", folder / "quiz-batch.pdf"
    template.write_bytes(lay_out("quiz").pdf)
    jpegs: list[bytes] = []
    truth: list[Sheet] = []
    for index, person in enumerate(people):
        for page in scan_paper(rasters("quiz"), *_write(person, index, seed)):
            jpegs.append(page.jpeg)
            truth.append(Sheet(batch.name, len(jpegs), person.sid, page.page))
    bind(batch, jpegs)
    return SmallExam(template, quiz_file(), batch, truth)


def quiz_file() -> dict[str, Any]:
    """The quiz's outline and rubrics, with every region."""
    outline: dict[str, Any] = json.loads((HERE / "quiz.json").read_text())
    return with_regions(outline, lay_out("quiz")) | {"template": "quiz-template.pdf"}


def _write(person: Person, index: int, seed: int) -> tuple[dict[int, Ink], np.random.Generator]:
    random = np.random.default_rng([seed, index, 7])
    writer = Writer(lay_out("quiz"), hand_of(index, seed), random)
    sign_cover(writer, person)
    for number, texts in ANSWERS.items():
        text = texts[int(random.integers(len(texts)))]
        if text:
            explain(writer, writer.template.rooms[number][0], text)
    return writer.pages, random
