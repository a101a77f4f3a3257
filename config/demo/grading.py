"""What every invented student earned, and the part of it that is graded already.

`outcomes` decides everything first, among the items that something can be written for: the papers
are written to agree with it. `grades` then keeps back what the demo leaves for a visitor to grade.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from config.demo.people import ABSENT, AVERY, Person
from config.demo.template import HERE, leaves

Outcomes = dict[str, dict[str, tuple[int, ...]]]  # sid -> part number -> indexes of applied items

_LATE = ("2.11", "2.12", "2.13", "2.14", "2.15", "2.16", "2.17")
_DONE = (3, 6, 10, 15, 19)  # papers graded to the end, so that there is a first picture
_OPEN = ("1.4", "1.7", "5.9", "5.10", "5.11", "5.12", "5.13", "7.1", "7.2", "7.3")
_COMMENTS = {
    "right": ("Nicely put.", "Good, and short 🙂"),
    "half": ("Part of it is there: compare yours with the solution.", "Nearly. Read it once more."),
    "wrong": ("See page 4 of the notes on this.", "Come and ask about this one."),
}
# The cells of question 3 that an item is about: column, rows, and how they are wrong.
TABLE = {
    1: ("parameters", (0, 1, 2, 3, 4), "wrong"),
    2: ("parameters", (0, 2, 3, 4), "wrong"),
    3: ("parameters", (0, 2, 4), "wrong"),
    4: ("parameters", (0, 2), "wrong"),
    5: ("parameters", (2,), "wrong"),
    6: ("volume", (0, 1, 2, 3, 4), "wrong"),
    7: ("volume", (0, 1, 2, 3), "wrong"),
    8: ("volume", (1, 2, 3), "wrong"),
    9: ("volume", (2, 3), "wrong"),
    10: ("volume", (2,), "wrong"),
    12: ("volume", (0, 1, 2, 3), "channels"),
    13: ("volume", (2, 3), "channels"),
    14: ("volume", (4,), "wrong"),
    15: ("parameters", (0, 2, 4), "slip"),
    16: ("parameters", (4,), "slip"),
}


@cache
def parts() -> dict[str, dict[str, Any]]:
    """The midterm's 50 parts by number."""
    outline = json.loads((HERE / "outline.json").read_text())
    return {part["number"]: part for part in leaves(outline)}


@cache
def answers() -> dict[str, dict[str, list[str]]]:
    """Plausible answers by part and by the items they deserve, "2,3"; "" is nothing written.

    Question 3 is written by cells, right or wrong in some way; see TABLE.
    """
    bank: dict[str, dict[str, list[str]]] = json.loads((HERE / "answers.json").read_text())
    return bank


def outcomes(students: Sequence[Person], seed: int) -> Outcomes:
    """Which items each present student's answers deserve. Avery's are the yardstick's."""
    found: Outcomes = {}
    for index, student in enumerate(students):
        if student == AVERY:
            found[student.sid] = {key: tuple(p["sample"]["applied"]) for key, p in parts().items()}
        elif student != ABSENT:
            random = np.random.default_rng([seed, index, 1])
            ability = float(np.clip(random.normal(0.58, 0.16), 0.25, 0.9))
            found[student.sid] = {
                key: _apply(part, ability, random) for key, part in parts().items()
            }
    return found


def earned(number: str, applied: Sequence[int]) -> float:
    """Points of a part with these items, between zero and full marks."""
    part = parts()[number]
    total = part["points"] + sum(part["rubric"][index]["points"] for index in applied)
    return float(min(max(total, 0), part["points"]))


def _apply(part: dict[str, Any], ability: float, random: np.random.Generator) -> tuple[int, ...]:
    hard = {"5.10": 0.15, "7.1": 0.15, "7.2": 0.15, "2.17": 0.1, "4.5": 0.1}.get(part["number"], 0)
    if part["number"] == "1.4":
        wrong = random.random(4) > ability + 0.1
        return tuple(2 * option + int(missed) for option, missed in enumerate(wrong))
    if part["number"] == "1.5":
        slips = np.flatnonzero(random.random(4) > ability + 0.12)
        return tuple(int(option) for option in slips) or (4,)
    if random.random() < ability + 0.08 - hard:
        return (0,)
    losses = [
        (at, item["points"])
        for at, item in enumerate(part["rubric"])
        if item["points"] < 0 and _can_be_written(part["number"], at)
    ]
    weights = np.array([1 / (0.4 + abs(points)) ** (2 * ability) for _, points in losses])
    chosen = random.choice(len(losses), p=weights / weights.sum())
    applied = {losses[int(chosen)][0]}
    if part["number"] == "3" and losses[int(chosen)][1] > -3:
        # Shapes and parameters are looked at apart, so small slips come in pairs.
        volume = TABLE[losses[int(chosen)][0]][0] == "volume"
        applied.add(int(random.choice([5, 16] if volume else [10, 14])))
    return tuple(sorted(applied))


def _can_be_written(number: str, item: int) -> bool:
    if number == "3":
        return item in TABLE
    return number.startswith("1.") or str(item) in answers()[number]


def grades(students: Sequence[Person], seed: int) -> dict[str, Any]:
    """The graded part of the demo, in the shape `manage.py grade` reads.

    `applied` are indexes into the part's rubric, `adjustment` is in points.
    """
    graded = []
    for index, (sid, found) in enumerate(outcomes(students, seed).items()):
        random = np.random.default_rng([seed, index, 2])
        questions = {
            number: _graded(number, applied, random, sid == AVERY.sid)
            for number, applied in found.items()
            if sid == AVERY.sid or index in _DONE or not _left_open(number, index, random)
        }
        graded.append({"sid": sid, "questions": questions})
    return {"grades": graded}


def _left_open(number: str, index: int, random: np.random.Generator) -> bool:
    if number in _LATE:
        return index % 3 == 2
    if number in _OPEN:
        return True
    return number.startswith("6.") and random.random() < 0.5


def _graded(
    number: str, applied: tuple[int, ...], random: np.random.Generator, exact: bool
) -> dict[str, Any]:
    grade: dict[str, Any] = {"applied": list(applied), "adjustment": 0}
    sample = parts()[number]["sample"]
    if exact:
        return grade | ({"comment": sample["comment"]} if "comment" in sample else {})
    full, score = parts()[number]["points"], earned(number, applied)
    said = _COMMENTS["right" if score == full else "half" if score else "wrong"]
    if random.random() < 0.04:
        grade["comment"] = said[int(random.integers(len(said)))]
    if random.random() < 0.03 and 0 < score <= full - 0.5:
        grade["adjustment"] = 0.5
        grade["comment"] = "Half a point back: the rest follows from it."
    return grade
