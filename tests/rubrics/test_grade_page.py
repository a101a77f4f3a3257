from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse

from rubrics import claims, grading
from rubrics.models import Claim, Item
from submissions.models import Answer, Page


@pytest.fixture
def question(world):
    return world.questions["1.1"]


def grade_all(world, number="1.1"):
    for answer in world.questions[number].answers.all():
        grading.say_graded(answer, by=world.ines)


def first_state(response):
    found = re.search(r'<script id="first"[^>]*>(.*?)</script>', response.content.decode(), re.S)
    assert found
    return json.loads(found[1])


def test_grade_leads_to_the_next_ungraded_answer_and_claims_it(world, as_, question):
    grading.say_graded(world.answers[1, "1.1"], by=world.ines)

    response = as_("gus").get(f"/questions/{question.pk}/grade/")

    assert response.url == f"/answers/{world.answers[2, '1.1'].pk}/"
    assert Claim.objects.get().by == world.gus


def test_grade_passes_by_what_a_colleague_holds(world, as_, question):
    claims.claim(world.answers[1, "1.1"], world.ines)

    response = as_("gus").get(f"/questions/{question.pk}/grade/")

    assert response.url == f"/answers/{world.answers[2, '1.1'].pk}/"


def test_when_all_is_graded_the_first_answer_comes_with_a_word(world, as_, question):
    grade_all(world)

    response = as_("gus").get(f"/questions/{question.pk}/grade/", follow=True)

    assert response.redirect_chain[-1][0] == f"/answers/{world.answers[1, '1.1'].pk}/"
    assert "Every paper is graded for 1.1 a." in response.content.decode()


def test_when_colleagues_hold_the_rest_that_is_said_instead(world, as_, question):
    for answer in question.answers.all():
        claims.claim(answer, world.ines)

    response = as_("gus").get(f"/questions/{question.pk}/grade/", follow=True)

    assert "Colleagues are grading the last papers" in response.content.decode()


def test_without_papers_grade_leads_to_the_exam(world, as_, question):
    world.exam.submissions.all().delete()

    response = as_("gus").get(f"/questions/{question.pk}/grade/")

    assert response.url == reverse("exam", args=[world.exam.pk])


def test_a_group_of_questions_is_not_graded(world, as_):
    assert as_("gus").get(f"/questions/{world.group.pk}/grade/").status_code == 404


@pytest.mark.parametrize(
    ("name", "status"), [("ines", 200), ("gus", 200), ("sam", 404), ("otto", 404)]
)
def test_only_graders_and_instructors_reach_the_pages(world, as_, question, name, status):
    client = as_(name)

    assert client.get(f"/answers/{world.answers[1, '1.1'].pk}/").status_code == status
    entry = client.get(f"/questions/{question.pk}/grade/")
    assert entry.status_code == (302 if status == 200 else status)


def test_nobody_grades_signed_out(client, world, question):
    for path in (f"/questions/{question.pk}/grade/", f"/answers/{world.answers[1, '1.1'].pk}/"):
        assert client.get(path).url.startswith("/login/")
    assert not Claim.objects.exists()


def test_the_page_brings_its_first_state_along(world, as_, page):
    answer = world.answers[1, "1.1"]
    grading.apply(world.items["1.1"][1], answer, by=world.gus)

    told = first_state(as_("gus").get(f"/answers/{answer.pk}/"))

    assert told["user"] == world.gus.pk
    assert told["answer"]["score"] == "1.5"
    assert told["answer"]["marks"] == [world.items["1.1"][1].pk]
    assert [q["name"] for q in told["questions"]] == ["1", "1.1 a", "1.2 b", "2"]


def test_a_grader_of_an_anonymous_exam_is_told_no_name(world, as_, page):
    Page.objects.filter(pk=page.pk).update(
        preview="pages/ab/plain.jpg",
        covered="pages/ab/covered.jpg",
        thumbnail="pages/ab/small.jpg",
        image="pages/ab/whole.jpg",
    )
    world.exam.matches.create(submission=world.papers[0], membership=world.members["sam"])
    path = f"/answers/{world.answers[1, '1.1'].pk}/"

    blind = as_("gus").get(path).content.decode()

    assert "kestrel-41" in blind
    assert '"names": false' in blind
    assert "covered" in blind
    pictures = ("plain.jpg", "whole.jpg", "small.jpg")
    for secret in ("Sam", "Student", "sam@", "s0000002", "batch.pdf", *pictures):
        assert secret not in blind, secret
    assert "Sam Student" in as_("ines").get(path).content.decode()


def test_texts_of_items_cannot_leave_their_script(world, as_):
    Item.objects.filter(pk=world.items["1.1"][0].pk).update(text="</script><script>alert(1)//")

    html = as_("gus").get(f"/answers/{world.answers[1, '1.1'].pk}/").content.decode()

    assert "alert(1)//" in html
    assert "<script>alert" not in html


def test_the_page_takes_the_same_queries_for_few_and_many_papers(
    world, as_, page, django_assert_num_queries, django_assert_max_num_queries
):
    client = as_("gus")
    path = f"/answers/{world.answers[1, '1.1'].pk}/"
    client.get(path)
    with django_assert_max_num_queries(31) as few:
        client.get(path)

    for number in range(4, 24):
        paper = world.exam.submissions.create(number=number, code_name=f"lynx-{number}")
        for question in world.questions.values():
            Answer.objects.create(submission=paper, question=question)
    Item.objects.bulk_create(
        Item(question=world.questions["1.1"], text=f"Item {n}", points=-n) for n in range(30)
    )

    with django_assert_num_queries(len(few)):
        client.get(path)
