"""Ink keeps its place of the paper."""

from __future__ import annotations

import uuid

import pytest
from rest_framework.test import APIClient

from rubrics import grading, state
from rubrics.ink import on_page, turned
from rubrics.models import Annotation, Entry

AT = [[0.1, 0.2], [0.4, 0.3]]


@pytest.fixture
def answer(world, page):
    return world.answers[1, "1.1"]


@pytest.fixture
def put(world, answer, page):
    """Send ink as Gus's browser does; what the server answers."""
    client = APIClient()
    client.force_authenticate(world.gus)

    def send(**more):
        ink = {"page": page.pk, "kind": "box", "points": AT, "size": 0.02, **more}
        path = f"/api/v1/answers/{answer.pk}/annotations/{uuid.uuid4()}/"
        return client.put(path, ink, format="json")

    return send


@pytest.mark.parametrize(
    ("by", "corner"),
    [(0, (0.1, 0.2)), (90, (0.8, 0.1)), (180, (0.9, 0.8)), (270, (0.2, 0.9))],
)
def test_a_point_goes_round_with_its_page(by, corner):
    assert turned([(0.1, 0.2)], by) == [corner]


@pytest.mark.parametrize("by", [90, 180, 270])
def test_four_turns_lead_back(by):
    points = [(0.1, 0.2), (0.35, 0.925)]
    for _ in range(4):
        points = turned(points, by)

    assert points == [(0.1, 0.2), (0.35, 0.925)]


def test_ink_keeps_its_size_on_paper_when_the_page_is_laid_on_its_side(answer, page):
    page.width, page.height = 1100, 850
    one = Annotation(kind="text", points=[[0.5, 0.5]], size=0.02, turn=0)
    page.turn = 90

    assert on_page(one, page)[1] == pytest.approx(0.02 * 850 / 1100)


def test_ink_is_read_where_it_lies_after_the_page_was_turned(put, world, answer, page):
    put()
    page.turn = 180
    page.save()

    (ink,) = state.workspace(answer, world.gus, names=True)["annotations"]

    assert ink["points"] == [(0.9, 0.8), (0.6, 0.7)]
    assert ink["turn"] == 180


def test_ink_drawn_on_a_page_that_was_turned_meanwhile_lands_where_it_was_meant(put, page):
    page.turn = 180
    page.save()

    answered = put(turn=0).json()

    assert answered["points"] == [[0.9, 0.8], [0.6, 0.7]]
    assert Annotation.objects.get().turn == 0


def test_ink_without_a_turn_is_of_the_page_as_it_stands(put, page):
    page.turn = 90
    page.save()

    assert put().json()["points"] == AT
    assert put(turn=45).status_code == 400


def test_ink_that_is_read_and_sent_again_stays_where_it_was(put, page):
    first = put().json()
    page.turn = 270
    page.save()
    again = put(**{name: first[name] for name in ("points", "turn", "size")}).json()

    assert again["points"] == [list(point) for point in turned(AT, 270)]


def test_the_history_knows_which_way_up_ink_was_drawn(world, answer, page):
    page.turn = 180
    page.save()
    ink = grading.annotate(
        answer, by=world.gus, key=str(uuid.uuid4()), page=page, kind="box", points=AT
    )
    grading.erase(ink, by=world.gus)

    drawn, erased = Entry.objects.all()
    assert drawn.after["turn"] == erased.before["turn"] == 180
