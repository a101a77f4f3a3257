"""A letter says what is new to its student, and claims no change where there is none."""

from __future__ import annotations

import pytest
from django.core import mail

from gradebook.models import Section
from rubrics.rubric import change_item
from scoring import solutions
from scoring.models import Letter
from scoring.release import release, take_back
from tests.scoring.test_letters import work


@pytest.fixture
def world(graded):
    def again(*, written=True, **whom):
        last = graded.exam.releases.first()
        made = release(
            graded.exam, by=graded.ines, again=last.pk if last else None, mail=written, **whom
        )
        work()
        return made

    graded.again = again
    return graded


def sams():
    """How the letters to Sam went on after "your result of the exam in the course"."""
    found = []
    for one in mail.outbox:
        if one.to == ["sam@example.edu"]:
            sentence = next(line for line in one.body.splitlines() if line.startswith("your "))
            found.append(sentence.partition("Fall 2026 ")[2])
    return found


def harder(world, points=-100):
    """Sam's own result is another one now."""
    change_item(world.items["1.1"][1], points=points, by=world.ines)


def solved(world, words="It is 4."):
    solutions.put(world.questions["1.1"], words, solutions.Sent(), by=world.ines)
    solutions.show(world.exam, by=world.ines)


def test_a_first_letter_says_that_it_is_there_though_it_was_shown_and_released_again(world, as_):
    world.again(written=False)
    second = world.again(written=False)

    as_("ines").post(
        f"/exams/{world.exam.pk}/release/letters/", {"release": second.pk, "write": "all"}
    )
    work()

    assert sams() == ["is there:"]


def test_what_was_taken_back_and_stays_as_it_was_is_there_again(world):
    world.again()
    take_back(world.exam, by=world.ines)
    world.again()

    assert sams() == ["is there:", "is there again:"]


def test_what_was_taken_back_and_is_another_one_now_has_changed(world):
    world.again()
    take_back(world.exam, by=world.ines)
    harder(world)
    world.again()

    assert sams() == ["is there:", "has changed:"]


def test_what_changed_without_a_word_is_told_by_the_next_letter(world):
    world.again()
    harder(world)
    world.again(written=False)
    take_back(world.exam, by=world.ines)
    world.again()

    assert sams() == ["is there:", "has changed:"]


def test_what_was_told_once_is_no_change_any_more(world):
    world.again()
    harder(world)
    world.again()
    take_back(world.exam, by=world.ines)
    world.again()

    assert sams() == ["is there:", "has changed:", "is there again:"]


def test_what_a_later_release_had_replaced_was_not_taken_from_its_student(world, as_):
    there = Section.objects.create(course=world.course, name="A")
    world.members["sam"].sections.add(there)
    first = world.again()
    second = world.again(to="sections", sections=[there])
    take_back(world.exam, by=world.ines, only=first.pk)

    as_("ines").post(
        f"/exams/{world.exam.pk}/release/letters/", {"release": second.pk, "write": "all"}
    )
    work()

    assert sams() == ["is there:", "is there:"]


def test_a_letter_that_never_went_out_told_nothing(world):
    world.again()
    Letter.objects.update(state=Letter.State.FAILED, reason="No such user.")
    mail.outbox.clear()
    take_back(world.exam, by=world.ines)
    world.again()

    assert sams() == ["is there again:"]


def test_a_solution_that_was_added_is_no_change_of_the_result(world):
    world.again()
    solved(world)
    world.again()
    solved(world, "It is 5.")
    world.again()

    assert sams() == [
        "is there:",
        "is there, and a solution was added:",
        "is there, and its solutions have changed:",
    ]


def test_a_solution_beside_another_score_is_a_changed_result(world):
    world.again()
    solved(world)
    harder(world)
    world.again()

    assert sams() == ["is there:", "has changed:"]
