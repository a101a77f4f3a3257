"""Edits of a rubric as the panel makes them: tried, made, taken back, and by whom."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gradebook.models import Course, Exam, Membership, Question, Role
from rubrics import importing, item_groups, rubric
from rubrics.claims import claim
from rubrics.grading import apply, comment, lift
from rubrics.history import history
from rubrics.item_groups import add_group, change_group
from rubrics.models import Group, Item, Mark
from rubrics.rubric import add_item, change_item
from rubrics.scores import mismatches
from rubrics.taking_back import last_edit
from submissions.models import Answer
from tests.conftest import person

QUESTION = "questions/{0.pk}/"


@pytest.fixture
def api(as_):
    """Call the API as somebody, under /api/v1/, with JSON both ways."""

    def call(name, method, path, data=None):
        send = getattr(as_(name), method)
        return send(f"/api/v1/{path}", data, content_type="application/json")

    return call


@pytest.fixture
def question(world):
    return world.questions["1.1"]


@pytest.fixture
def slip(world):
    """An item that two answers have."""
    item = world.items["1.1"][1]
    apply(item, world.answers[1, "1.1"], by=world.gus)
    apply(item, world.answers[2, "1.1"], by=world.gus)
    return item


def standing(question):
    """The whole rubric with what it does to every answer, without numbers that only grow."""
    marks = sorted(Mark.objects.filter(item__question=question).values_list("answer", "item", "by"))
    items = [(i.pk, i.text, i.points, i.group_id, i.note) for i in question.items.offered()]
    groups = list(question.groups.values_list("pk", "text", "exclusive", "position"))
    question.refresh_from_db()
    rules = (question.scoring, question.floor, question.ceiling)
    scores = list(question.answers.order_by("pk").values_list("score", "graded"))
    return items, groups, marks, rules, scores


EDITS = {
    "points": ("patch", "items/{slip.pk}/", {"points": "-1.5"}),
    "a note": ("patch", "items/{slip.pk}/", {"note": "Only if they say so."}),
    "a group": ("patch", "items/{slip.pk}/", {"group": "{group.pk}"}),
    "removal": ("delete", "items/{slip.pk}/", None),
    "a new item": ("post", "questions/{question.pk}/rubric/", {"text": "New", "points": 1}),
    "order": ("put", "questions/{question.pk}/rubric/", {"order": ["{wrong.pk}"]}),
    "order of groups": ("put", "questions/{question.pk}/rubric/", {"groups": ["{other.pk}"]}),
    "a new group": ("post", "questions/{question.pk}/groups/", {"text": "New"}),
    "pick one": ("put", "groups/{other.pk}/", {"text": "Why", "exclusive": True}),
    "a group gone": ("delete", "groups/{group.pk}/", None),
    "scoring": ("patch", "questions/{question.pk}/scoring/", {"scoring": "positive"}),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_taken_back_to_what_stood_before(world, api, question, slip, edit):
    wrong = world.items["1.1"][2]
    group = add_group(question, text="Which", exclusive=True, by=world.ines)
    other = add_group(question, text="Why", exclusive=False, by=world.ines)
    for member in (
        Item.objects.create(question=question, text="In one", points=-25, group=group),
        *(Item.objects.create(question=question, text=t, points=-25, group=other) for t in "ab"),
    ):
        apply(member, world.answers[1, "1.1"], by=world.gus)
    names = {"slip": slip, "wrong": wrong, "group": group, "other": other, "question": question}
    before = standing(question)

    method, path, sent = EDITS[edit]
    done = api("gus", method, path.format(**names), _filled(sent, names))
    assert done.status_code in (200, 201), done.content
    assert standing(question) != before

    undo = f"questions/{question.pk}/rubric/undo/"
    edited, edits = standing(question), done.json()["edits"]
    for stands in (before, edited, before, edited):
        taken_back = api("gus", "post", undo, {"edits": edits})
        assert taken_back.status_code == 200
        assert standing(question) == stands
        assert mismatches() == []
        edits = taken_back.json()["edits"]


def _filled(sent, names):
    def fill(value):
        if isinstance(value, list):
            return [fill(one) for one in value]
        return int(value.format(**names)) if isinstance(value, str) and "{" in value else value

    return sent and {key: fill(value) for key, value in sent.items()}


def test_an_edit_a_colleague_edited_since_is_not_taken_back(world, api, question, slip):
    done = api("gus", "patch", f"items/{slip.pk}/", {"points": -1}).json()["edits"]
    change_item(slip, points=-25, by=world.ines)

    refused = api("gus", "post", f"questions/{question.pk}/rubric/undo/", {"edits": done})

    assert refused.status_code == 409
    assert refused.json()["detail"].startswith("Somebody edited this since.")
    assert Item.objects.get(pk=slip.pk).points == -25


def test_marks_taken_back_leave_what_a_colleague_chose_since(world, api, question, slip):
    """Pick one: a third item came into the group meanwhile, and was chosen on the first paper."""
    wrong, answers = world.items["1.1"][2], [world.answers[n, "1.1"] for n in (1, 2)]
    group = add_group(question, text="Which", exclusive=True, by=world.ines)
    other = add_item(question, text="Other", points=-25, group=group, by=world.ines)
    for answer in answers:
        apply(other, answer, by=world.ines)
        lift(slip, answer, by=world.gus)
        apply(slip, answer, by=world.gus)
    done = api("gus", "patch", f"items/{slip.pk}/", {"group": group.pk}).json()["edits"]
    assert not Mark.objects.filter(item=other).exists()
    change_item(wrong, group=group, by=world.ines)
    apply(wrong, answers[0], by=world.ines)

    undo = f"questions/{question.pk}/rubric/undo/"
    assert api("gus", "post", undo, {"edits": done}).status_code == 200

    assert set(Mark.objects.values_list("answer", "item")) == {
        *[(answers[0].pk, wrong.pk), (answers[1].pk, slip.pk), (answers[1].pk, other.pk)]
    }
    assert mismatches() == []


def test_an_item_that_comes_back_lifts_nothing_and_tells_each_answer(world, api, question, slip):
    group = add_group(question, text="Which", exclusive=True, by=world.ines)
    change_item(slip, group=group, by=world.ines)
    other = add_item(question, text="Other", points=-25, group=group, by=world.ines)
    removed = api("gus", "delete", f"items/{slip.pk}/").json()["edits"]
    first, second = (world.answers[number, "1.1"] for number in (1, 2))
    apply(other, first, by=world.ines)

    undo = f"questions/{question.pk}/rubric/undo/"
    assert api("ines", "post", undo, {"edits": removed}).status_code == 200

    marks = Mark.objects.order_by("answer").values_list("answer", "item", "by")
    assert list(marks) == [
        (first.pk, other.pk, world.ines.pk),
        (second.pk, slip.pk, world.gus.pk),
    ]
    told = [line["words"] for line in history(second)[:2]]
    assert "applied “Slip”, as an edit of the rubric was taken back" in told
    assert mismatches() == []


@pytest.mark.parametrize(
    ("method", "path", "sent", "effect"),
    [
        ("patch", "questions/{question.pk}/scoring/", {"scoring": "positive"}, (2, -1.5)),
        ("put", "groups/{group.pk}/", {"text": "x", "exclusive": True}, (1, 0.25)),
    ],
)
def test_what_a_change_would_do_is_told_before(
    world, api, question, slip, method, path, sent, effect
):
    group = add_group(question, text="x", exclusive=False, by=world.ines)
    Item.objects.filter(pk__in=[slip.pk, world.items["1.1"][2].pk]).update(group=group)
    if method == "put":
        Item.objects.filter(pk=world.items["1.1"][2].pk).update(points=-100)
        apply(world.items["1.1"][2], world.answers[1, "1.1"], by=world.gus)
    before = standing(question)

    path = path.format(question=question, group=group)
    tried = api("gus", method, f"{path}?try=1", sent).json()

    assert standing(question) == before
    assert (tried["answers"], tried["mean_change"]) == effect
    api("gus", method, path, sent)
    assert standing(question) != before


def test_items_come_over_from_another_exam_with_their_groups_and_notes(world, api, question):
    exam = Exam.objects.create(course=world.course, name="Last year")
    old = Question.objects.create(exam=exam, order=1, number="1", points=100)
    group = Group.objects.create(question=old, text="Why", exclusive=False)
    facts = {"question": old, "points": -75, "note": "Ask Ines"}
    items = [Item.objects.create(text=t, group=group, **facts) for t in ("Old", "Older")]
    path = f"questions/{question.pk}/imports/"

    (here, offered) = api("gus", "get", path).json()
    assert [one["name"] for one in here["questions"]] == ["1.2 b", "2"]
    assert offered["questions"] == [{"id": old.pk, "name": "1", "title": "", "items": 2}]
    done = api("gus", "post", path, {"items": [item.pk for item in items]})

    assert done.status_code == 201
    made = question.items.filter(pk__in=done.json()["items"])
    assert [(i.text, i.points, i.note, i.group.text) for i in made] == [
        ("Old", -75, "Ask Ines", "Why"),
        ("Older", -75, "Ask Ines", "Why"),
    ]
    assert question.groups.get().exclusive is False
    undo = f"questions/{question.pk}/rubric/undo/"
    assert api("gus", "post", undo, {"edits": done.json()["edits"]}).status_code == 200
    assert (question.items.offered().count(), question.groups.count()) == (3, 0)


def test_items_come_over_all_or_none_and_are_counted_once(world, api, question, monkeypatch):
    items = [item.pk for item in world.items["1.2"]]
    monkeypatch.setattr(rubric, "MOST_ITEMS", 5)
    before = standing(question)

    refused = api("gus", "post", f"questions/{question.pk}/imports/", {"items": items})
    assert refused.status_code == 409
    assert standing(question) == before

    monkeypatch.setattr(rubric, "MOST_ITEMS", 6)
    with CaptureQueriesContext(connection) as queries:
        importing.import_items(question, world.items["1.2"], by=world.gus)
    scored = [one for one in queries if "UPDATE submissions_answer" in one["sql"]]
    assert len(scored) == 1


def test_items_and_groups_are_put_in_order_together_or_not(world, api, question, monkeypatch):
    wrong, other = world.items["1.1"][2], add_group(question, text="A", exclusive=True, by=None)
    before = standing(question)

    def gone(*_: Any, **__: Any) -> None:
        raise Question.DoesNotExist

    # The question goes between the two.
    monkeypatch.setattr(item_groups, "order_groups", gone)
    sent = {"order": [wrong.pk], "groups": [other.pk]}

    assert api("gus", "put", f"questions/{question.pk}/rubric/", sent).status_code == 404
    assert standing(question) == before


def test_what_a_colleague_changed_since_it_was_seen_is_told_before_it_is_replaced(
    world, api, question, slip
):
    item, seen = f"items/{slip.pk}/", last_edit(question)
    change_item(slip, text="Hers", points=-75, by=world.ines)

    # What only one of the two changed does not meet.
    assert api("gus", "patch", item, {"note": "His", "version": seen}).status_code == 200
    refused = api("gus", "patch", item, {"text": "His", "version": seen})
    assert refused.status_code == 409
    told = "Ines Instructor changed this meanwhile: it says “Hers”. Save again to put yours."
    assert refused.json()["detail"] == told
    sent = {"text": "His", "version": last_edit(question)}
    assert api("gus", "patch", item, sent).status_code == 200
    slip.refresh_from_db()
    assert (slip.text, slip.points, slip.note) == ("His", -75, "His")


def test_a_groups_name_is_not_replaced_unseen(world, api, question):
    group = add_group(question, text="Why", exclusive=True, by=world.ines)
    sent = {"text": "His", "exclusive": True, "version": last_edit(question)}
    change_group(group, text="Hers", exclusive=True, by=world.ines)

    refused = api("gus", "put", f"groups/{group.pk}/", sent)
    assert refused.status_code == 409
    assert "its name is “Hers”" in refused.json()["detail"]
    sent["version"] = last_edit(question)
    assert api("gus", "put", f"groups/{group.pk}/", sent).status_code == 200


def test_edits_that_are_not_all_known_are_not_taken_back(world, api, question, slip):
    done = api("gus", "patch", f"items/{slip.pk}/", {"points": -1}).json()["edits"]

    undo = f"questions/{question.pk}/rubric/undo/"
    assert api("gus", "post", undo, {"edits": [*done, 999999]}).status_code == 409
    assert Item.objects.get(pk=slip.pk).points == -100


def test_nothing_comes_over_from_a_course_one_only_studies_in(world, api, question):
    course = Course.objects.create(name="Other", term="Fall")
    Membership.objects.create(course=course, user=world.gus, role=Role.STUDENT)
    old = Question.objects.create(
        exam=Exam.objects.create(course=course, name="Secret"), order=1, number="1", points=100
    )
    item = Item.objects.create(question=old, text="Answer key", points=0)
    path = f"questions/{question.pk}/imports/"

    assert "Secret" not in api("gus", "get", path).content.decode()
    assert api("gus", "post", path, {"items": [item.pk]}).status_code == 404
    assert question.items.count() == 3


def test_where_instructors_edit_alone_every_verb_says_so_to_a_grader(world, api, question, slip):
    group = add_group(question, text="Why", exclusive=False, by=world.ines)
    names = {"slip": slip, "group": group, "other": group, "wrong": slip, "question": question}
    verbs = [(m, p.format(**names), _filled(s, names)) for m, p, s in EDITS.values()]
    verbs += [
        ("put", f"items/{slip.pk}/", None),
        ("post", f"questions/{question.pk}/rubric/undo/", {"edits": [1]}),
        ("post", f"questions/{question.pk}/imports/", {"items": [slip.pk]}),
    ]
    Exam.objects.update(rubric_editors="instructors")
    before = standing(question)

    for method, path, sent in verbs:
        refused = api("gus", method, path, sent)
        assert refused.status_code == 403, (method, path)
        assert refused.json()["detail"].startswith("Only instructors edit the rubrics")
        assert api("sam", method, path, sent).status_code == 404
    assert standing(question) == before
    answer = world.answers[1, "1.1"]
    assert api("gus", "get", f"answers/{answer.pk}/").json()["edits"] is False
    assert api("ines", "get", f"answers/{answer.pk}/").json()["edits"] is True
    assert api("ines", "patch", f"items/{slip.pk}/", {"points": -1}).status_code == 200


def test_comments_used_before_come_most_used_first_and_from_nobody(world, api, question):
    for paper, text in ((1, "Show your work."), (2, "Show your work."), (3, "See $$x$$")):
        comment(world.answers[paper, "1.1"], text, version=0, by=world.ines)
    comment(world.answers[1, "2"], "Of another question", version=0, by=world.ines)

    found = api("gus", "get", f"questions/{question.pk}/comments/").json()

    assert [(one["text"], one["count"]) for one in found] == [
        ("Show your work.", 2),
        ("See $$x$$", 1),
    ]
    assert {key for one in found for key in one} == {"text", "html", "count"}


def test_a_pulse_tells_of_others_edits_and_marks(world, api, question, slip):
    path = f"answers/{world.answers[3, '1.1'].pk}/pulse/"
    first = api("ines", "get", path).json()

    apply(slip, world.answers[3, "1.1"], by=world.gus)
    marked = api("ines", "get", path).json()
    change_item(slip, text="A slip of the pen", by=world.gus)
    edited = api("ines", "get", path).json()

    assert (first["counts"], marked["counts"]) == ({str(slip.pk): 2}, {str(slip.pk): 3})
    assert first["answer"] < marked["answer"] == edited["answer"]
    assert first["rubric"] == marked["rubric"] < edited["rubric"]


def test_a_pulse_costs_the_same_however_many_colleagues_are_there(
    world, as_, question, django_assert_num_queries, django_assert_max_num_queries
):
    gus, path = as_("gus"), f"/api/v1/answers/{world.answers[3, '1.1'].pk}/pulse/"
    gus.get(path)
    with django_assert_max_num_queries(11) as few:
        assert gus.get(path).json()["colleagues"] == []

    for number in range(12):
        hand = person(f"hand{number}@example.edu", "Hand", str(number))
        paper = world.exam.submissions.create(number=10 + number, code_name=f"lynx-{number}")
        claim(Answer.objects.create(submission=paper, question=question), hand)
    claim(world.answers[1, "1.1"], world.gus)
    claim(world.answers[1, "2"], world.ines)

    with django_assert_num_queries(len(few)):
        there = gus.get(path).json()["colleagues"]
    assert [one["name"] for one in there] == [f"Hand {number}" for number in range(12)]


def test_a_preview_shows_what_students_would_see(api):
    shown = api("sam", "post", "preview/", {"text": "**Why** $$x^2$$ <script>"}).json()

    assert shown["html"].startswith("<p><strong>Why</strong>")
    assert "<script>" not in shown["html"]
