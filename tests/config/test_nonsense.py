"""What no honest browser or program sends is refused, and nothing breaks over it."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.urls import reverse

from gradebook.sent import number, storable
from rubrics import grading
from rubrics.models import Assignment, Mark, SecondLook

HUGE = "9" * 5000


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        *[("0", 0), ("7", 7), ("007", 7), ("9" * 18, 10**18 - 1)],
        *[(None, None), ("", None), ("-1", None), ("1.5", None), ("1e3", None), (" 1", None)],
        # Digits of other scripts, and those Python calls decimal and none: keys are plain.
        *[("٣", None), ("²", None), ("9" * 19, None), (HUGE, None)],
    ],
)
def test_a_number_is_read_or_is_none(text, meant):
    assert number(text) == meant


@pytest.mark.parametrize(
    ("text", "fits"),
    [("", True), ("naïve 🙂 ‮x", True), ("a\0b", False), ("\ud83d", False), ("x\udcff", False)],
)
def test_a_text_can_be_stored_or_not(text, fits):
    assert storable(text) is fits


def test_huge_numbers_in_forms_are_no_keys(world, as_, page):
    ines, exam, question = as_("ines"), world.exam.pk, world.questions["1.1"].pk
    match, groups = reverse("match", args=[exam]), reverse("groups", args=[question])
    sent = {"key": uuid4(), "group": "x", "name": "x", "as_they_stand": "on"}

    back = ines.post(reverse("page_turn", args=[page.pk]), {"by": "0", "back": HUGE})
    assert back.url == reverse("scans", args=[exam]) + "#look"
    names = ines.post(reverse("page_names", args=[exam]), {"back": HUGE})
    assert names.url == reverse("scans", args=[exam]) + "#hidden"
    assert ines.get(match, {"paper": HUGE, "said": HUGE}).status_code == 200
    assert ines.post(match, {"paper": HUGE, "student": HUGE, "seen": HUGE}).status_code == 404
    assert ines.post(groups, {**sent, "answer": f"{HUGE}.x"}).status_code == 422
    assert ines.post(groups, {**sent, "answer": "1.x", "item": HUGE}).status_code in {302, 422}
    assert ines.post(groups, {"undo": HUGE}).status_code == 404


def test_huge_numbers_are_no_keys_where_answers_and_graders_are_chosen(world, as_):
    ines, exam, question = as_("ines"), world.exam.pk, world.questions["1.1"].pk
    answers, slip = reverse("answers", args=[question]), world.items["1.1"][1]
    sent = {"key": uuid4(), "act": f"apply:{HUGE}", "answer": world.answers[1, "1.1"].pk}
    grading.apply(slip, world.answers[1, "1.1"], by=world.gus)
    look = SecondLook.objects.create(answer=world.answers[1, "1.1"])

    for one in (HUGE, "²", "9" * 19):
        assert ines.post(answers, {**sent, "act": f"apply:{one}"}).status_code == 302
        act = {"key": uuid4(), "act": f"apply:{slip.pk}"}
        assert ines.post(answers, {**act, "answer": one}).status_code == 302
        assert ines.post(answers, {"undo": one}).status_code == 404
        wanted = {"item": one, "grader": one, "section": one, "page": one}
        assert ines.get(answers, wanted).status_code == 200
        look_url = reverse("second_look", args=[look.pk])
        assert ines.post(look_url, {"item": one}).status_code == 422
        agreement = reverse("agreement", args=[exam])
        assert ines.post(agreement, {"settle": one, "took": "first"}).status_code == 404
        assert ines.post(reverse("assignment", args=[exam]), {"tick": f"{one}.{one}"}).url
    assert not Assignment.objects.exists()
    assert Mark.objects.count() == 1


def test_a_filter_by_words_that_cannot_be_stored_finds_everything(world, as_):
    answers = reverse("answers", args=[world.questions["1.1"].pk])

    page = as_("ines").get(answers, {"text": "a\0b"})

    assert page.status_code == 200
    assert "All 3 answers" in page.text


@pytest.mark.parametrize("huge", [2**63, -1, int("9" * 4000)])
def test_numbers_no_database_holds_are_refused_by_the_api(world, as_, huge):
    question, ines = world.questions["1.1"].pk, as_("ines")

    def send(method, path, body):
        url = f"/api/v1/questions/{question}/{path}/"
        return getattr(ines, method)(url, body, content_type="application/json").status_code

    assert send("post", "imports", {"items": [huge]}) == 400
    assert send("post", "rubric/undo", {"edits": [huge]}) == 400
    assert send("put", "rubric", {"order": [huge]}) == 400
    assert send("post", "rubric", {"text": "x", "group": huge}) == 400
    assert send("post", "next", {"after": huge}) == 400


def test_a_groups_name_that_cannot_be_stored_is_refused(world, as_):
    groups = reverse("groups", args=[world.questions["1.1"].pk])
    answer = f"{world.answers[1, '1.1'].pk}.x"
    sent = {"key": uuid4(), "name": "a\0b", "answer": answer, "as_they_stand": "on"}

    response = as_("ines").post(groups, sent)

    assert response.status_code == 422
    assert "garbled" in response.text
