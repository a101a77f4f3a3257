"""Some of a question's answers, by what was said of them."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from gradebook.models import Course, Section
from rubrics import grading
from rubrics.filters import Filter


@pytest.fixture
def said(world):
    """1.1: paper 1 has Slip by Gus and a flag, paper 2 is adjusted by Ines with a comment."""
    world.slip = world.items["1.1"][1]
    first, second = (world.answers[paper, "1.1"] for paper in (1, 2))
    grading.apply(world.slip, first, by=world.gus)
    grading.flag(first, by=world.gus)
    grading.adjust(second, -100, version=0, by=world.ines)
    grading.comment(second, "Mind the carry.", version=0, by=world.ines)
    grading.write_note(first, "Ask about the carry", version=0, by=world.gus)
    world.north = Section.objects.create(course=world.course, name="North")
    world.members["sam"].sections.add(world.north)
    world.exam.matches.create(submission=world.papers[2], membership=world.members["sam"])
    return world


def read(world, query, *, names=True):
    return Filter.read(QueryDict(query), world.questions["1.1"], names=names)


def papers(world, query, *, names=True):
    answers = read(world, query, names=names).of(world.questions["1.1"].answers.all())
    return sorted(answers.values_list("submission__number", flat=True))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3]),
        ("item={slip}", [1]),
        ("flag=yes", [1]),
        ("flag=no", [2, 3]),
        ("graded=yes", [1, 2]),
        ("graded=no", [3]),
        ("grader={gus}", [1]),
        ("grader={ines}", [2]),
        ("low=1.5", [1]),
        ("high=1", [2]),
        ("low=1&high=1.5", [1, 2]),
        ("text=CARRY", [1, 2]),
        ("text=mind", [2]),
        ("section={north}", [3]),
        ("flag=yes&text=mind", []),
        ("item=x&low=much&flag=perhaps&grader=-1", [1, 2, 3]),
    ],
)
def test_answers_pass_by_what_was_said_of_them(said, query, expected):
    named = {"slip": said.slip.pk, "gus": said.gus.pk, "ines": said.ines.pk, "north": said.north.pk}

    assert papers(said, query.format(**named)) == expected


def test_an_ungraded_score_is_no_score(said):
    assert papers(said, "low=0") == [1, 2]


def test_who_must_not_see_names_filters_by_no_section(said):
    assert papers(said, f"section={said.north.pk}", names=False) == [1, 2, 3]
    assert not read(said, f"section={said.north.pk}", names=False)


def test_people_and_sections_of_elsewhere_are_not_named(said):
    other = Section.objects.create(course=Course.objects.create(name="Law"), name="Secret")

    for query in (f"section={other.pk}", f"grader={said.otto.pk}", f"grader={said.sam.pk}"):
        assert read(said, query).words(said.questions["1.1"]) == ""


def test_an_item_of_another_question_is_left_out(said):
    assert not read(said, f"item={said.items['2'][0].pk}")


def test_it_is_kept_in_an_address_and_said_in_words(said):
    found = read(said, f"item={said.slip.pk}&low=-0.5&high=2&grader={said.gus.pk}&flag=no&text=a b")

    assert read(said, found.query) == found
    assert found.words(said.questions["1.1"]) == (
        "not flagged, with “Slip”, score −0.5 to 2, graded by Gus Grader, words “a b”"
    )


def test_previous_and_next_walk_what_passes(said, as_):
    grading.flag(said.answers[3, "1.1"], by=said.gus)
    path = f"/api/v1/answers/{said.answers[1, '1.1'].pk}/"

    told = as_("gus").get(f"{path}?flag=yes").json()

    assert told["next"] == said.answers[3, "1.1"].pk
    assert told["filter"] == {"query": "flag=yes", "words": "flagged", "count": 2}
    assert as_("gus").get(path).json()["next"] == said.answers[2, "1.1"].pk


def test_next_ungraded_is_sought_among_what_passes(said, as_):
    path = f"/api/v1/questions/{said.questions['1.1'].pk}/next/?flag=yes"

    assert as_("gus").post(path, {"after": 1}, "application/json").json()["answer"] is None
    grading.flag(said.answers[3, "1.1"], by=said.gus)
    found = as_("gus").post(path, {"after": 1}, "application/json").json()
    assert found["answer"] == said.answers[3, "1.1"].pk
    assert found["work"]["filter"]["query"] == "flag=yes"


def test_a_question_opened_with_a_filter_keeps_it(said, as_):
    path = f"/questions/{said.questions['1.1'].pk}/grade/"

    assert (
        as_("gus")
        .get(f"{path}?flag=no")["Location"]
        .endswith(f"/answers/{said.answers[3, '1.1'].pk}/?flag=no")
    )
    assert as_("gus").get(f"{path}?low=50")["Location"] == f"/exams/{said.exam.pk}/"
