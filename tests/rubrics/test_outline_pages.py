from __future__ import annotations

import json

import pytest

from gradebook.models import Question
from rubrics.grading import apply
from rubrics.outline import dump
from rubrics.outline_editor import opened


@pytest.fixture
def url(world):
    return f"/exams/{world.exam.pk}/outline/"


@pytest.fixture
def sent(world):
    """What the editor sends when nothing was changed."""
    state = json.loads(json.dumps(opened(world.exam)))
    plain(state["outline"]["questions"])
    return {"version": state["version"], "outline": state["outline"]}


def plain(questions):
    for question in questions:
        question.pop("number")
        if "parts" in question:
            question.pop("points")
            plain(question["parts"])


def put(client, url, data):
    return client.put(url, data, content_type="application/json")


def test_a_saved_outline_comes_back_with_its_new_version(as_, url, sent):
    client = as_("ines")
    sent["outline"]["questions"].append({"title": "New", "points": "2,5"})

    answer = put(client, url, sent)

    assert answer.status_code == 200
    new = answer.json()["outline"]["questions"][-1]
    assert (new["number"], new["points"]) == ("3", 2.5)
    assert new["id"] == Question.objects.get(number="3").pk
    assert answer.json()["version"] != sent["version"]


def test_a_part_without_a_region_is_saved_but_not_in_silence(as_, url, sent):
    client = as_("ines")
    first, second = sent["outline"]["questions"][0]["parts"]
    assert first["regions"]
    first["regions"] = second["regions"] = []
    sent["outline"]["questions"][1]["regions"] = [
        {"page": 3, "x": 0.1, "y": 0.1, "width": 0.5, "height": 0.1}
    ]

    both = put(client, url, sent).json()
    second["regions"] = [{"page": 1, "x": 0.1, "y": 0.1, "width": 0.5, "height": 0.1}]
    one = put(client, url, {**sent, "version": both["version"]}).json()
    first["regions"] = second["regions"]
    none = put(client, url, {**sent, "version": one["version"]}).json()

    assert both["said"] == (
        "Saved. Parts 1.1, 1.2 have no region yet: graders must look for their answers."
    )
    assert one["said"] == "Saved. Part 1.1 has no region yet: graders must look for its answer."
    assert none["said"] == "Saved."


def test_problems_are_sorted_by_part(as_, url, sent):
    sent["outline"]["questions"][0]["parts"][1]["points"] = ""
    sent["outline"]["questions"][1]["points"] = "x"
    sent["outline"]["tilte"] = "?"

    answer = put(as_("ines"), url, sent)

    assert answer.status_code == 400
    assert answer.json()["detail"] == "3 things need mending."
    assert set(answer.json()["errors"]) == {"", "1.2", "2"}


def test_grades_that_would_go_are_counted(world, as_, url, sent):
    apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)
    sent["outline"]["questions"].pop()
    client = as_("ines")

    refused = put(client, url, sent)

    assert refused.status_code == 409
    assert refused.json()["errors"] == {"losing": [1]}
    assert put(client, url, {**sent, "losing": 1}).status_code == 200


def test_a_stale_version_is_a_conflict(as_, url, sent):
    answer = put(as_("ines"), url, {**sent, "version": "older"})

    assert answer.status_code == 409
    assert "draft is kept" in answer.json()["detail"]


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"outline": 1, "version": "x"}', "{" * 9999])
def test_what_is_no_outline_is_refused(as_, url, body):
    assert put(as_("ines"), url, body).status_code == 400


@pytest.mark.parametrize(("name", "status"), [("gus", 403), ("sam", 404), ("otto", 404)])
def test_only_instructors_reach_the_outline(as_, url, sent, name, status):
    client = as_(name)

    assert client.get(url).status_code == status
    assert put(client, url, sent).status_code == status
    assert client.get(f"{url}file/").status_code == status
    assert client.post(f"{url}loaded/", "{}", content_type="application/json").status_code == status


def test_the_file_is_handed_out_under_the_exam_s_name(world, as_, url):
    answer = as_("ines").get(f"{url}file/")

    assert 'filename="cs230-deep-learning-midterm.json"' in answer["Content-Disposition"]
    assert answer.json() == dump(world.exam)


def test_a_file_is_read_into_the_editor_without_saving(world, as_, url):
    file = {"exam": "X", "scoring": "positive", "questions": [{"title": "Prove", "points": 9}]}

    answer = as_("ines").post(f"{url}loaded/", file, content_type="application/json")

    (question,) = answer.json()["questions"]
    assert question["id"] == world.questions["2"].pk
    assert question["regions"][0]["page"] == 3
    assert answer.json()["scoring"] == "positive"
    assert Question.objects.count() == 4


def test_a_broken_file_is_refused_with_what_to_mend(as_, url):
    file = {"questions": [{"titel": "Prove"}]}

    answer = as_("ines").post(f"{url}loaded/", file, content_type="application/json")

    assert answer.status_code == 400
    assert len(answer.json()["errors"]["1"]) == 2


@pytest.mark.parametrize("parts", [1, 30])
def test_the_page_takes_as_many_queries_for_many_parts(
    world, as_, url, parts, django_assert_max_num_queries
):
    Question.objects.bulk_create(
        Question(exam=world.exam, order=10 + each, number=f"{10 + each}", points=100)
        for each in range(parts)
    )
    client = as_("ines")

    with django_assert_max_num_queries(15):
        assert client.get(url).status_code == 200
