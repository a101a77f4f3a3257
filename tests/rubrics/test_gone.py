"""Rows that go between being reached and being used are not found: no page, no route breaks."""

from __future__ import annotations

import pytest
from django.db import IntegrityError
from django.urls import reverse

from gradebook import access
from gradebook.locks import hold_questions
from rubrics.models import Entry, Group
from submissions.models import Answer


@pytest.fixture
def goes(monkeypatch):
    """Let a row go at the moment somebody was found to be allowed to reach it."""

    def let_go(row):
        require = access.require

        def and_gone(*args):
            role = require(*args)
            type(row).objects.filter(pk=row.pk).delete()
            return role

        monkeypatch.setattr(access, "require", and_gone)

    return let_go


def api(noun, pk, verb=""):
    return f"/api/v1/{noun}/{pk}/{verb}"


@pytest.mark.parametrize(
    ("method", "verb", "sent"),
    [
        ("get", "", None),
        ("put", "marks/{item}/", None),
        ("delete", "marks/{item}/", None),
        ("put", "adjustment/", {"points": "1"}),
        ("put", "comment/", {"text": "x"}),
        ("put", "grading/", None),
        ("delete", "grading/", None),
        ("put", "looked/", None),
        ("put", "annotations/6f1c1f0e-4b7e-4d5c-9a55-0d6f2f3f7c11/", "ink"),
    ],
)
@pytest.mark.django_db(transaction=True)
def test_an_answer_that_goes_meanwhile_is_not_found(
    transactional_db, world, as_, page, goes, method, verb, sent
):
    gus, answer = as_("gus"), world.answers[1, "1.1"]
    url = api("answers", answer.pk, verb.format(item=world.items["1.1"][1].pk))
    if sent == "ink":
        sent = {"page": page.pk, "kind": "text", "points": [[0.1, 0.1]], "text": "x"}
    goes(answer)

    response = getattr(gus, method)(url, sent, content_type="application/json")

    assert response.status_code == 404
    assert response.json()["detail"]


def test_the_page_of_an_answer_that_goes_meanwhile_is_not_found(world, as_, goes):
    gus, answer = as_("gus"), world.answers[1, "1.1"]
    goes(answer)

    assert gus.get(reverse("answer", args=[answer.pk])).status_code == 404


def test_a_group_dissolved_meanwhile_takes_no_item(world, as_, monkeypatch):
    gus, question, slip = as_("gus"), world.questions["1.1"], world.items["1.1"][1]
    group = Group.objects.create(question=question, text="Kind")

    def and_dissolve(pks):
        Group.objects.filter(pk=group.pk).delete()
        return hold_questions(pks)

    monkeypatch.setattr("rubrics.edits.hold_questions", and_dissolve)
    told = Entry.objects.count()

    # As when a colleague is first at the question's row.
    new = {"text": "New", "points": "0", "group": group.pk}
    assert gus.post(api("questions", question.pk, "rubric/"), new).status_code == 404
    sent = {"json": {"group": group.pk}, "put": {"text": "Other", "exclusive": False}}
    json = "application/json"
    assert gus.patch(api("items", slip.pk), sent["json"], json).status_code == 404
    assert gus.put(api("groups", group.pk), sent["put"], json).status_code == 404
    assert gus.delete(api("groups", group.pk)).status_code == 404
    slip.refresh_from_db()
    assert slip.group is None
    assert Entry.objects.count() == told


def test_the_rubric_of_a_question_that_goes_meanwhile_is_not_found(world, as_, goes):
    gus, question = as_("gus"), world.questions["1.1"]
    item = world.items["1.1"][1]
    Answer.objects.all().delete()
    goes(question)

    assert gus.patch(api("items", item.pk), {"text": "x"}, "application/json").status_code == 404
    assert gus.post(api("questions", question.pk, "groups/"), {"text": "x"}).status_code == 404


class ForeignKeyViolation(Exception):
    """What the driver says of a row that names one that is gone."""

    pgcode = "23503"


@pytest.mark.parametrize(("code", "status"), [("23503", 404), ("23505", 500)])
def test_a_click_that_ends_after_its_exam_went_is_not_found(world, as_, monkeypatch, code, status):
    monkeypatch.setattr(ForeignKeyViolation, "pgcode", code)

    def came_late(*args, **more):
        raise IntegrityError("the row it names is not there") from ForeignKeyViolation()

    monkeypatch.setattr("rubrics.grading.apply", came_late)
    gus = as_("gus")
    gus.raise_request_exception = False
    answer, item = world.answers[1, "1.1"], world.items["1.1"][1]

    response = gus.put(api("answers", answer.pk, f"marks/{item.pk}/"))

    assert response.status_code == status
    assert response.json()["detail"]
