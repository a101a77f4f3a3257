from __future__ import annotations

import pytest

from rubrics.grading import apply


@pytest.fixture
def put(world, as_):
    def send(data):
        return as_("ines").put(
            f"/api/v1/exams/{world.exam.pk}/outline/", data, content_type="application/json"
        )

    return send


@pytest.fixture
def got(world, as_):
    return as_("ines").get(f"/api/v1/exams/{world.exam.pk}/outline/").json()


def test_what_was_read_can_be_put_back(put, got):
    assert got["outline"]["exam"] == "Midterm"

    answer = put(got)

    assert answer.status_code == 200, answer.json()
    assert answer.json()["version"] == got["version"]
    assert answer.json()["removed"] == 0


def test_new_points_move_the_scores(world, put, got):
    apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    got["outline"]["questions"][1]["points"] = 5
    got["outline"].pop("points", None)

    assert put(got).status_code == 200

    world.answers[1, "2"].refresh_from_db()
    assert world.answers[1, "2"].score == 500


def test_an_old_version_is_refused(put, got):
    assert put({**got, "version": "old"}).status_code == 409


def test_what_is_wrong_is_named_with_its_place(put, got):
    got["outline"]["questions"][1].pop("points")

    response = put(got)

    assert response.status_code == 400
    assert any("question 2" in problem for problem in response.json()["outline"])
    assert put({"outline": []}).status_code == 400


def test_graded_parts_go_only_when_said_how_many(world, put, got):
    apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    del got["outline"]["questions"][1]
    got["outline"].pop("points", None)

    assert put(got).status_code == 409
    assert put({**got, "losing": 1}).status_code == 200
    assert world.exam.questions.count() == 3
