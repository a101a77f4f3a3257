from __future__ import annotations

import io
import json

import pytest
from django.core.management.base import CommandError

from gradebook.commands import Command, find_course, find_exam
from gradebook.models import Course, Exam


class Greet(Command):
    def handle(self, *args, **options):
        self.say("Hello.", {"hello": True})


def test_an_exam_is_found_by_number_name_and_course(world):
    exam = world.exam

    for text in (str(exam.pk), "Midterm", "CS230 Deep Learning/Midterm", f"{world.course}/Midterm"):
        assert find_exam(text) == exam


def test_a_name_two_exams_have_needs_the_course(world):
    other = Course.objects.create(name="CS1")
    second = Exam.objects.create(course=other, name="Midterm")

    with pytest.raises(CommandError, match="Several exams"):
        find_exam("Midterm")
    assert find_exam("CS1/Midterm") == second


def test_what_is_not_there_is_said_with_what_is(world):
    with pytest.raises(CommandError, match=r"no exam “Final”.*Midterm"):
        find_exam("Final")
    with pytest.raises(CommandError, match=r"no course “X”.*CS230"):
        find_course("X")


def test_a_course_is_found_by_name_with_and_without_its_term(world):
    assert find_course("CS230 Deep Learning") == world.course
    assert find_course("CS230 Deep Learning · Fall 2026") == world.course


def test_an_empty_house_says_so(db):
    with pytest.raises(CommandError, match="no exam yet"):
        find_exam("Midterm")


def test_a_command_speaks_to_people_or_to_scripts():
    for options, expected in (({}, "Hello."), ({"json": True}, {"hello": True})):
        out = io.StringIO()
        Greet().execute(stdout=out, no_color=True, force_color=False, skip_checks=True, **options)
        said = out.getvalue().strip()
        assert (json.loads(said) if options else said) == expected
