"""Graders are asked to grade questions; it guides them."""

from __future__ import annotations

import pytest

from gradebook.models import Course, Exam, Question
from rubrics import assignments, parts
from rubrics.models import Assignment


@pytest.fixture
def url(world):
    return f"/exams/{world.exam.pk}/assignment/"


def tick(world, number, name):
    return f"{world.questions[number].pk}.{getattr(world, name).pk}"


def pairs(world):
    return {
        (row.question.number, row.grader.first_name)
        for row in Assignment.objects.select_related("question", "grader")
    }


def test_the_ticks_become_the_assignments(world, as_, url):
    client = as_("ines")
    ticks = [tick(world, "1.1", "gus"), tick(world, "2", "ines")]

    said = client.post(url, {"tick": ticks}, follow=True).content.decode()
    assert "Saved. 2 assignments changed." in said
    assert pairs(world) == {("1.1", "Gus"), ("2", "Ines")}
    page = client.get(url).content.decode()
    assert page.count("checked") == 2

    assert page.count('name="shown"') == 2

    client.post(url, {"shown": ticks, "tick": ticks[1:]})
    assert pairs(world) == {("2", "Ines")}


def test_what_a_colleague_assigned_since_the_page_was_shown_stays(world, as_, url):
    shown = [tick(world, "1.1", "gus"), tick(world, "1.2", "gus")]
    as_("ines").post(url, {"tick": shown})
    Assignment.objects.get(question=world.questions["1.2"]).delete()
    Assignment.objects.create(question=world.questions["2"], grader=world.ines)

    as_("ines").post(url, {"shown": shown, "tick": shown[1:]})

    assert pairs(world) == {("2", "Ines")}


def test_an_assignment_that_stays_keeps_who_made_it_and_when(world):
    pair = (world.questions["1.1"].pk, world.gus.pk)
    assignments.assign(world.exam, set(), {pair}, by=world.ines)
    before = Assignment.objects.get()

    assert assignments.assign(world.exam, set(), {pair}, by=world.gus) == 0

    after = Assignment.objects.get()
    assert (after.pk, after.by, after.at) == (before.pk, world.ines, before.at)


@pytest.mark.parametrize("wrong", ["x", "1", "1.x", "99999.1", ""])
def test_what_no_page_sends_assigns_nothing(world, as_, url, wrong):
    assert as_("ines").post(url, {"tick": [wrong]}).status_code == 302
    assert not Assignment.objects.exists()


def test_students_strangers_groups_and_other_exams_are_left_out(world):
    course = Course.objects.create(name="Law")
    other = Exam.objects.create(course=course, name="Final")
    elsewhere = Question.objects.create(exam=other, order=1, number="1", points=100)
    first = world.questions["1.1"].pk
    wanted = {
        (first, world.sam.pk),
        (first, world.otto.pk),
        (world.group.pk, world.gus.pk),
        (elsewhere.pk, world.gus.pk),
    }

    assert assignments.assign(world.exam, set(), wanted, by=world.ines) == 0


def test_ones_own_parts_stand_first_in_the_workspace(world, as_):
    assignments.assign(world.exam, set(), {(world.questions["2"].pk, world.gus.pk)}, by=world.ines)

    page = as_("gus").get(f"/answers/{world.answers[1, '1.1'].pk}/")

    assert [row["name"] for row in page.context["questions"]] == [
        "Yours",
        "2",
        "1",
        "1.1 a",
        "1.2 b",
    ]


def test_a_heading_that_nothing_is_left_under_goes(world):
    wanted = {(world.questions[number].pk, world.gus.pk) for number in ("1.1", "1.2")}
    assignments.assign(world.exam, set(), wanted, by=world.ines)

    rows = parts.yours_first(parts.questions(world.exam, world.gus))

    assert [row["name"] for row in rows] == ["Yours", "1.1 a", "1.2 b", "2"]


def test_anybody_may_still_grade_any_part(world, as_):
    assignments.assign(
        world.exam, set(), {(world.questions["1.1"].pk, world.ines.pk)}, by=world.ines
    )

    slip = world.items["1.1"][1]
    response = as_("gus").put(f"/api/v1/answers/{world.answers[1, '1.1'].pk}/marks/{slip.pk}/")

    assert response.json()["graded"] is True
