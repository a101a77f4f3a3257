"""Two who take one name at the same moment: one has it, the other is told in words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connections
from django.test import Client
from django.urls import reverse

from gradebook import enrolment
from gradebook.api import CourseSerializer
from gradebook.enrolment import carry_out
from gradebook.forms import NamedForm
from gradebook.models import Course, Exam, Membership, Role, User
from gradebook.once import once
from gradebook.roster import Row

EXAM_TAKEN = "This course has an exam of this name already."
COURSE_TAKEN = "There is a course of this name in this term already."
COURSE = {"name": "CS231", "term": "Fall 2026", "time_zone": "UTC"}
SETTINGS = {
    "scoring": "negative",
    "rubric_shown": "all",
    "distribution_shown": "none",
    "rubric_editors": "graders",
}


@pytest.fixture
def rival(monkeypatch):
    """Let somebody else be first, after a form was found right and before it is saved."""

    def first(create):
        check = NamedForm.validate_unique

        def and_create(form):
            check(form)
            create()

        monkeypatch.setattr(NamedForm, "validate_unique", and_create)

    return first


def final(world):
    return lambda: Exam.objects.create(course=world.course, name="Final")


def test_another_broken_constraint_is_not_taken_for_a_taken_name(world):
    # Nothing is wrong with the row itself.
    with pytest.raises(IntegrityError), once(Course(name="Named")):
        Course.objects.create(name="")


@pytest.mark.parametrize("early", [True, False])
def test_a_second_exam_of_one_name_is_refused_in_words(world, as_, rival, early):
    ines = as_("ines")
    final(world)() if early else rival(final(world))

    page = ines.post(
        reverse("exam_new", args=[world.course.pk]), {"name": "Final", "scoring": "negative"}
    )

    assert page.status_code == 422
    assert page.text.count(EXAM_TAKEN) == 1
    assert Exam.objects.filter(name="Final").count() == 1


@pytest.mark.parametrize("early", [True, False])
def test_an_exam_is_not_renamed_to_anothers_name(world, as_, rival, early):
    ines = as_("ines")
    final(world)() if early else rival(final(world))

    page = ines.post(
        reverse("settings", args=[world.exam.pk]), {**SETTINGS, "name": "Final", "minutes": "90"}
    )

    assert page.status_code == 422
    assert page.text.count(EXAM_TAKEN) == 1
    assert page.context["exam"].name == "Midterm"
    world.exam.refresh_from_db()
    assert (world.exam.name, world.exam.minutes) == ("Midterm", None)


def test_an_exam_may_keep_its_own_name(world, as_):
    sent = {**SETTINGS, "floor": "on", "ceiling": "on", "name": "Midterm", "minutes": "90"}

    assert as_("ines").post(reverse("settings", args=[world.exam.pk]), sent).status_code == 302


@pytest.mark.parametrize("early", [True, False])
def test_a_second_course_of_one_name_and_term_is_refused_in_words(world, as_, rival, early):
    def create():
        Course.objects.create(**COURSE)

    create() if early else rival(create)
    ines = as_("ines")

    page = ines.post(reverse("course_new"), COURSE)

    assert page.status_code == 422
    assert page.text.count(COURSE_TAKEN) == 1
    assert not Course.objects.get(name="CS231").memberships.exists()


def test_a_course_is_not_renamed_to_one_that_came_meanwhile(world, as_, rival):
    rival(lambda: Course.objects.create(**COURSE))

    page = as_("ines").post(reverse("course_settings", args=[world.course.pk]), COURSE)

    assert page.status_code == 422
    assert COURSE_TAKEN in page.text


def test_the_api_refuses_a_taken_name_in_words(world, as_, monkeypatch):
    ines, exams = as_("ines"), f"/api/v1/courses/{world.course.pk}/exams/"

    assert ines.post(exams, {"name": "Final"}).status_code == 201
    again = ines.post(exams, {"name": "Final"})
    assert (again.status_code, again.json()) == (400, {"name": [EXAM_TAKEN]})

    def and_create(_, sent):
        Course.objects.create(**COURSE)
        return sent

    monkeypatch.setattr(CourseSerializer, "validate", and_create)
    late = ines.post("/api/v1/courses/", COURSE)
    assert (late.status_code, late.json()) == (400, {"name": [COURSE_TAKEN]})


def test_somebody_whom_another_course_lets_in_meanwhile_joins_all_the_same(world, monkeypatch):
    stranger = enrolment._stranger

    def and_join(row):
        User.objects.create_user("Wei@Example.edu")
        return stranger(row)

    monkeypatch.setattr(enrolment, "_stranger", and_join)
    row = Row(1, "Wei", "Chen", "s9", "wei@example.edu", Role.STUDENT, ())

    carry_out(world.course, [row], leave=False)

    member = Membership.objects.get(sid="s9")
    assert member.user == User.objects.get(email__iexact="wei@example.edu")


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_many_times_at_once_makes_one_exam(transactional_db, world):
    """On PostgreSQL (`./run test --services`) this is the real race."""
    people = 6
    start = Barrier(people)

    def send(_):
        client = Client()
        client.force_login(world.ines)
        start.wait()
        try:
            sent = {"name": "Final", "scoring": "negative"}
            return client.post(reverse("exam_new", args=[world.course.pk]), sent).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as pool:
        assert sorted(pool.map(send, range(people))) == [302] + [422] * (people - 1)
    assert Exam.objects.filter(name="Final").count() == 1
