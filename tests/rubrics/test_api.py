from __future__ import annotations

import uuid

import pytest

from rubrics.models import Annotation, Item, Mark


@pytest.fixture
def api(world, as_):
    """Call the API as somebody: `api("gus").put(path, data)` with JSON both ways."""

    class Api:
        def __init__(self, client):
            self.client = client

        def __getattr__(self, method):
            def call(path, data=None):
                send = getattr(self.client, method)
                return send(f"/api/v1/{path}", data, content_type="application/json")

            return call

    return lambda name: Api(as_(name))


@pytest.fixture
def answer(world):
    return world.answers[1, "1.1"]


def test_put_applies_an_item_and_answers_with_what_stands(api, world, answer):
    slip = world.items["1.1"][1]

    first = api("gus").put(f"answers/{answer.pk}/marks/{slip.pk}/")
    again = api("gus").put(f"answers/{answer.pk}/marks/{slip.pk}/")

    assert first.json() == again.json()
    assert first.json()["score"] == "1.5"
    assert first.json()["graded"] is True
    assert first.json()["marks"] == [slip.pk]


def test_delete_lifts_it_and_repeats_safely(api, world, answer):
    slip = world.items["1.1"][1]
    api("gus").put(f"answers/{answer.pk}/marks/{slip.pk}/")

    for _ in range(2):
        response = api("gus").delete(f"answers/{answer.pk}/marks/{slip.pk}/")
        assert response.json()["marks"] == []
        assert response.json()["graded"] is False


def test_an_item_of_another_question_is_not_there(api, world, answer):
    other = world.items["2"][0]

    assert api("gus").put(f"answers/{answer.pk}/marks/{other.pk}/").status_code == 404
    assert not Mark.objects.exists()


def test_a_click_on_a_removed_item_is_refused_in_words(api, world, answer):
    slip = world.items["1.1"][1]
    api("ines").delete(f"items/{slip.pk}/")

    response = api("gus").put(f"answers/{answer.pk}/marks/{slip.pk}/")

    assert response.status_code == 409
    assert "removed" in response.json()["detail"]


@pytest.mark.parametrize("points", ["x", "1.005", None, True, [], {}, "1e99", ""])
def test_points_that_are_none_are_refused(api, answer, points):
    response = api("gus").put(f"answers/{answer.pk}/adjustment/", {"points": points})

    assert response.status_code == 400
    assert "points" in response.json()


@pytest.mark.parametrize(
    "body", ["[" * 20_000, '{"points": "\\ud800"}', '{"points": "1e9999999999"}']
)
def test_a_body_nobody_sends_in_earnest_is_refused(as_, answer, body):
    path = f"/api/v1/answers/{answer.pk}/adjustment/"

    response = as_("gus").put(path, body, content_type="application/json")

    assert response.status_code == 400
    assert not answer.question.exam.entries.exists()


def test_a_stale_comment_gets_what_stands(api, answer):
    path = f"answers/{answer.pk}/comment/"
    assert api("gus").put(path, {"text": "Mine", "version": 0}).status_code == 200

    late = api("ines").put(path, {"text": "Late", "version": 0})

    assert late.status_code == 409
    assert late.json()["current"]["comment"]["text"] == "Mine"
    assert api("ines").put(path, {"text": "Both", "version": 1}).status_code == 200
    assert api("ines").delete(f"{path}?version=2").json()["comment"] is None


def test_an_adjustment_is_taken_away_by_its_version(api, answer):
    path = f"answers/{answer.pk}/adjustment/"
    api("gus").put(path, {"points": "-0.5"})

    assert api("gus").delete(path).status_code == 409
    assert api("gus").delete(f"{path}?version=1").json()["adjustment"] is None
    assert api("gus").delete(f"{path}?version=x").status_code == 400


def test_said_graded_and_taken_back(api, answer):
    assert api("gus").put(f"answers/{answer.pk}/grading/").json()["graded"] is True
    assert api("gus").delete(f"answers/{answer.pk}/grading/").json()["graded"] is False


def test_next_leads_on_and_ends(api, world, answer):
    path = f"questions/{answer.question_id}/next/"

    told = api("gus").post(path, {"after": 1}).json()

    assert told["answer"] == world.answers[2, "1.1"].pk
    assert told["work"] == api("gus").get(f"answers/{told['answer']}/").json()
    assert api("gus").post(path, {"after": "x"}).status_code == 400
    assert told["progress"] == {"total": 3, "graded": 0}
    world.exam.submissions.all().delete()
    assert api("gus").post(path, {}).json() == {
        "answer": None,
        "work": None,
        "progress": {"total": 0, "graded": 0},
    }


def test_a_held_answer_is_said_to_be(api, world, answer):
    told = api("gus").put(f"answers/{answer.pk}/claim/")
    assert told.json() == api("gus").get(f"answers/{answer.pk}/pulse/").json()

    assert api("ines").put(f"answers/{answer.pk}/claim/").status_code == 409
    assert api("ines").get(f"answers/{answer.pk}/").json()["held_by"] == "GG"
    assert api("gus").delete(f"answers/{answer.pk}/claim/").status_code == 204
    assert api("ines").put(f"answers/{answer.pk}/claim/").status_code == 200


def test_the_workspace_tells_a_grader_no_name(api, world, answer):
    world.exam.matches.create(submission=world.papers[0], membership=world.members["sam"])

    blind = api("gus").get(f"answers/{answer.pk}/")
    assert blind.json()["paper"]["student"] is None
    assert "sam" not in blind.content.decode().lower()
    assert api("ines").get(f"answers/{answer.pk}/").json()["paper"]["student"] == "Sam Student"


def test_the_workspace_reads_in_a_constant_number_of_queries(
    api, world, answer, page, django_assert_max_num_queries
):
    Item.objects.bulk_create(
        Item(question=answer.question, text=f"Item {n}", points=-n) for n in range(40)
    )
    gus = api("gus")
    gus.get(f"answers/{answer.pk}/")

    with django_assert_max_num_queries(27):
        response = gus.get(f"answers/{answer.pk}/")

    assert len(response.json()["rubric"]["items"]) == 43


def test_a_click_costs_a_bounded_number_of_queries(
    api, world, answer, django_assert_max_num_queries
):
    gus = api("gus")

    with django_assert_max_num_queries(23):
        gus.put(f"answers/{answer.pk}/marks/{world.items['1.1'][1].pk}/")


def test_ink_is_drawn_once_and_erased_once(api, answer, page):
    path = f"answers/{answer.pk}/annotations/{uuid.uuid4()}/"
    ink = {"page": page.pk, "kind": "pen", "points": [[0.1, 0.1], [0.2, 0.3]]}

    assert api("gus").put(path, ink).status_code == 200
    assert api("gus").put(path, ink).status_code == 200
    assert Annotation.objects.count() == 1
    assert api("gus").delete(path).status_code == api("gus").delete(path).status_code == 204


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "laser"},
        {"points": []},
        {"points": [[0.1, 0.1]]},
        {"points": [[0.1, 1.2], [0, 0]]},
        {"points": [[0.1]]},
        {"colour": "mauve"},
        {"size": 3},
    ],
)
def test_ink_that_cannot_be_drawn_is_refused(api, answer, page, wrong):
    ink = {"page": page.pk, "kind": "pen", "points": [[0.1, 0.1], [0.2, 0.3]], **wrong}

    response = api("gus").put(f"answers/{answer.pk}/annotations/{uuid.uuid4()}/", ink)

    assert response.status_code == 400
    assert not Annotation.objects.exists()


def test_ink_belongs_on_a_page_of_the_paper(api, world, page):
    elsewhere = world.answers[2, "1.1"]
    ink = {"page": page.pk, "kind": "text", "points": [[0.1, 0.1]], "text": "?"}

    response = api("gus").put(f"answers/{elsewhere.pk}/annotations/{uuid.uuid4()}/", ink)

    assert response.status_code == 404


def test_items_are_added_edited_ordered_removed_and_brought_back(api, world, answer):
    question = answer.question_id
    added = api("gus").post(f"questions/{question}/rubric/", {"text": "$x^2$", "points": "-0.25"})
    assert added.status_code == 201
    assert '<span class="maths">x^2</span>' in added.json()["html"]
    item = added.json()["id"]
    api("gus").put(f"answers/{answer.pk}/marks/{item}/")

    tried = api("ines").patch(f"items/{item}/?try=1", {"points": -1})
    assert tried.json() == {"answers": 1, "mean_change": -0.75}
    assert api("ines").patch(f"items/{item}/", {"points": -1}).json()["points"] == "-1"
    answer.refresh_from_db()
    assert answer.score == 100

    order = [item, *(i.pk for i in world.items["1.1"])]
    put = api("gus").put(f"questions/{question}/rubric/", {"order": order})
    assert [i["id"] for i in put.json()["items"]] == order

    assert api("ines").delete(f"items/{item}/").json()["answers"] == 1
    assert api("ines").put(f"items/{item}/").json()["answers"] == 1
    answer.refresh_from_db()
    assert answer.score == 100


def test_an_edit_touches_only_what_was_sent(api, world):
    slip = world.items["1.1"][1]

    api("ines").patch(f"items/{slip.pk}/", {"text": "A slip"})

    slip.refresh_from_db()
    assert (slip.text, slip.points) == ("A slip", -50)


def test_groups_are_made_changed_and_dissolved(api, world):
    question = world.questions["1.1"]
    made = api("gus").post(f"questions/{question.pk}/groups/", {"text": "Pick"}).json()
    slip = world.items["1.1"][1]
    api("gus").patch(f"items/{slip.pk}/", {"group": made["id"]})

    changed = api("gus").put(f"groups/{made['id']}/", {"text": "Any", "exclusive": False})

    assert changed.json()["exclusive"] is False
    assert api("gus").delete(f"groups/{made['id']}/").status_code == 200
    slip.refresh_from_db()
    assert slip.group is None
    other = world.items["2"][0]
    assert api("gus").patch(f"items/{other.pk}/", {"group": 999}).status_code == 404
