from __future__ import annotations

import pytest

from scoring.needs import pages_text
from scoring.steps import Action, Standing, about, action, steps, where

FULL = Standing(
    template=True,
    template_pages=27,
    parts=50,
    points=12_400,
    students=132,
    papers=131,
    matched=131,
    pages=3512,
    answers=6550,
    graded=6550,
    whole=131,
    mean=7842.6,
)


def but(**changes):
    return Standing(**{**{name: getattr(FULL, name) for name in Standing.__slots__}, **changes})


BARE = Standing()
HALF = but(graded=3275, whole=0, mean=None)
NEXT = (7, "2.5 e")


@pytest.mark.parametrize(
    ("at", "next_up", "expected"),
    [
        (BARE, None, Action("Add the blank exam", "outline")),
        (Standing(template=True), None, Action("Draw the outline", "outline")),
        (Standing(template=True, parts=3), None, Action("Upload scans", "scans")),
        (Standing(parts=3, reading=9), None, Action("See the scans come in", "scans")),
        (Standing(parts=3, opening=1), None, Action("See the scans come in", "scans")),
        (but(graded=1, doubtful=3), NEXT, Action("Grade 2.5 e", "grade", 7)),
        (but(doubtful=3), None, Action("Look at 3 pages", "repair")),
        (but(matched=130), None, Action("Confirm 1 name", "match")),
        (FULL, None, Action("Release", "release")),
        (but(released="2 Nov, 21:30"), None, Action("Graded copies", "copies")),
    ],
)
def test_the_next_useful_step(at, next_up, expected):
    assert action(at, next_up, instructor=True) == expected


def test_a_grader_grades_or_has_nothing_to_do():
    assert action(HALF, NEXT, instructor=False) == Action("Grade 2.5 e", "grade", 7)
    for at in (BARE, FULL, but(released="now"), but(doubtful=3)):
        assert action(at, None, instructor=False) is None


@pytest.mark.parametrize(
    ("at", "label"),
    [
        (BARE, "Outline"),
        (Standing(parts=3), "Scans"),
        (HALF, "Grading"),
        (but(matched=3), "Students"),
        (FULL, "Release"),
        (but(released="now"), ""),
    ],
)
def test_one_step_is_being_done(at, label):
    assert where(at) == label
    said = [step.label for step in steps(at, instructor=True) if step.state == "now"]
    assert said == ([label] if label else [])


@pytest.mark.parametrize(
    ("at", "label", "value", "note", "state"),
    [
        (BARE, "Outline", "Not yet", "add the blank exam", "now"),
        (FULL, "Outline", "50 parts", "124 points, all placed", "done"),
        (but(unplaced=2), "Outline", "50 parts", "124 points, 2 not placed yet", "look"),
        (but(doubtful=1), "Scans", "131 papers", "1 page needs a look", "look"),
        (FULL, "Scans", "131 papers", "3,512 pages", "done"),
        (but(reading=12), "Scans", "131 papers", "3,500 of 3,512 pages read", ""),
        (Standing(parts=1, opening=2), "Scans", "Coming in", "opening 2 files", "now"),
        (FULL, "Students", "131 of 131", "1 student without a paper", "done"),
        (but(students=131), "Students", "131 of 131", "everyone is known", "done"),
        (but(matched=129, graded=1), "Students", "129 of 131", "2 to confirm", "look"),
        (but(matched=9, naming=True), "Students", "9 of 131", "names are being read", "now"),
        (but(matched=0, students=0, graded=1), "Students", "None yet", "add the roster", "look"),
        (HALF, "Grading", "50 %", "3,275 answers left", "now"),
        (but(graded=6549), "Grading", "99 %", "1 answer left", "now"),
        (but(graded=1, seconds_left=19_200), "Grading", "0 %", "about 5 h 20 of work left", "now"),
        (FULL, "Grading", "100 %", "every answer", "done"),
        (FULL, "Review", "78.4 mean", "of all 131 papers", ""),
        (but(whole=31), "Review", "78.4 mean", "of 31 of 131 papers", ""),
        (but(whole=1), "Review", "1 paper", "wholly graded; scores show from 3 on", ""),
        (but(whole=2, papers=2), "Review", "78.4 mean", "of all 2 papers", ""),
        (HALF, "Review", "–", "no paper is wholly graded yet", ""),
        (FULL, "Release", "Not yet", "students see nothing", "now"),
        (but(released="2 Nov", by="Ines"), "Release", "Released", "2 Nov, Ines", "done"),
    ],
)
def test_a_step_says_how_it_stands(at, label, value, note, state):
    (step,) = [step for step in steps(at, instructor=True) if step.label == label]

    assert (step.value, step.note, step.state) == (value, note, state)


def test_questions_without_parts_are_not_counted_twice():
    at = Standing(parts=3, points=100)

    assert about(at, questions=3) == "3 questions, 1 point"
    assert about(at, questions=2) == "2 questions, 3 parts, 1 point"
    assert about(BARE, questions=0) == "No questions yet"


def test_pages_are_named_file_by_file():
    found = [("morning.pdf", 85), ("noon.pdf", 3), ("morning.pdf", 86)]

    assert pages_text(found) == "morning.pdf, pages 85, 86; noon.pdf, page 3"


def test_what_is_released_to_some_is_not_done():
    part = but(released="23 Nov, 16:04", seen=100)
    (step,) = (one for one in steps(part, instructor=True) if one.label == "Release")

    assert (step.value, step.note, step.state) == (
        "100 of 131",
        "31 students see nothing yet",
        "look",
    )
    assert action(part, None, instructor=True) == Action("Release", "release")
    assert action(but(released="x", seen=131), None, instructor=True).page == "copies"
