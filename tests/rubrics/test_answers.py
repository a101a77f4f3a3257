"""All answers to a question at a glance, and one act on many."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.urls import reverse

from gradebook.models import Section
from rubrics import batches, grading, overview
from rubrics.claims import claim
from rubrics.item_groups import add_group
from rubrics.models import Batch, Entry, Mark
from rubrics.overview import fingerprint
from rubrics.rubric import change_item
from rubrics.scores import mismatches
from submissions.models import Answer, Submission


@pytest.fixture
def question(world):
    return world.questions["1.1"]


@pytest.fixture
def url(question):
    return f"/questions/{question.pk}/answers/"


def having(item):
    return sorted(item.marks.values_list("answer__submission__number", flat=True))


def mark_all(world, item, *, on=True, by=None, key=None):
    pks = list(world.questions["1.1"].answers.values_list("pk", flat=True))
    return batches.mark_all(
        world.questions["1.1"], pks, item.pk, on=on, key=key or uuid4(), by=by or world.gus
    )


def test_an_item_is_applied_to_all_that_lack_it_graded_or_not(world):
    slip = world.items["1.1"][1]
    grading.apply(slip, world.answers[2, "1.1"], by=world.ines)

    done = mark_all(world, slip)

    assert (done.graded, done.before, done.held) == (2, 1, 0)
    assert having(slip) == [1, 2, 3]
    assert set(Answer.objects.filter(marks__item=slip).values_list("score", flat=True)) == {150}
    assert Entry.objects.filter(verb="applied", after__batch=done.batch.pk).count() == 2
    assert mismatches() == []


def test_undone_only_what_the_act_did_goes(world):
    slip = world.items["1.1"][1]
    grading.apply(slip, world.answers[2, "1.1"], by=world.ines)
    done = mark_all(world, slip)

    assert batches.undo(done.batch, by=world.ines) == 2
    assert having(slip) == [2]
    assert mismatches() == []


def test_lifting_is_undone_too_where_nothing_came_since(world):
    slip = world.items["1.1"][1]
    for paper in (1, 2):
        grading.apply(slip, world.answers[paper, "1.1"], by=world.ines)
    done = mark_all(world, slip, on=False)
    assert (done.graded, done.before) == (2, 1)
    assert having(slip) == []
    grading.apply(slip, world.answers[2, "1.1"], by=world.gus)

    assert batches.undo(done.batch, by=world.gus) == 1
    assert batches.undo(done.batch, by=world.gus) == 0

    assert having(slip) == [1, 2]
    assert Answer.objects.get(pk=world.answers[1, "1.1"].pk).graded
    assert mismatches() == []


def test_of_a_group_to_pick_one_from_the_others_are_lifted_and_come_back(world):
    slip, wrong = world.items["1.1"][1:]
    group = add_group(world.questions["1.1"], text="Pick", exclusive=True, by=None)
    for item in (slip, wrong):
        change_item(item, group=group, by=None)
    grading.apply(slip, world.answers[1, "1.1"], by=world.gus)

    done = mark_all(world, wrong)
    assert (having(slip), having(wrong)) == ([], [1, 2, 3])

    batches.undo(done.batch, by=world.gus)
    assert (having(slip), having(wrong)) == ([1], [])
    assert mismatches() == []


def test_what_comes_back_is_whose_it_was_and_of_its_act(world):
    slip, first = world.items["1.1"][1], world.answers[1, "1.1"]
    grading.apply(slip, first, by=world.ines)
    together = mark_all(world, slip, by=world.ines).batch
    lifted = mark_all(world, slip, on=False).batch

    batches.undo(lifted, by=world.gus)

    marks = {mark.answer_id: mark for mark in slip.marks.all()}
    assert {mark.by for mark in marks.values()} == {world.ines}
    assert marks.pop(first.pk).batch is None
    assert {mark.batch for mark in marks.values()} == {together}
    assert batches.undo(together, by=world.ines) == 2
    assert having(slip) == [1]


def test_an_act_of_which_nothing_stands_says_so(world, as_, url):
    slip = world.items["1.1"][1]
    batch = mark_all(world, slip).batch
    for paper in (1, 2, 3):
        grading.lift(slip, world.answers[paper, "1.1"], by=world.gus)

    for page in (url, reverse("groups", args=[batch.question_id])):
        response = as_("gus").post(page, {"undo": batch.pk}, follow=True)
        assert "Nothing of it stands any more." in response.content.decode()


def test_what_a_colleague_has_open_is_left_alone(world):
    claim(world.answers[3, "1.1"], world.ines)

    done = mark_all(world, world.items["1.1"][1])

    assert (done.graded, done.held) == (2, 1)
    assert having(world.items["1.1"][1]) == [1, 2]


def test_the_same_key_acts_once(world):
    key = uuid4()
    mark_all(world, world.items["1.1"][1], key=key)
    mark_all(world, world.items["1.1"][1], on=False, key=key)

    assert having(world.items["1.1"][1]) == [1, 2, 3]
    assert Batch.objects.count() == 1


def test_an_item_removed_meanwhile_is_refused_in_words(world, as_, url):
    slip = world.items["1.1"][1]
    sent = {"key": uuid4(), "answer": world.answers[1, "1.1"].pk, "act": f"apply:{slip.pk}"}
    as_("ines").delete(f"/api/v1/items/{slip.pk}/")

    said = as_("gus").post(url, sent, follow=True).content.decode()

    assert "The rubric changed meanwhile." in said
    assert not Mark.objects.exists()


def test_the_form_applies_says_so_and_offers_the_way_back(world, as_, url):
    slip, gus = world.items["1.1"][1], as_("gus")
    chosen = [world.answers[paper, "1.1"].pk for paper in (1, 3)]
    sent = {"key": uuid4(), "answer": chosen, "act": f"apply:{slip.pk}"}

    said = gus.post(f"{url}?graded=no", sent, follow=True)

    assert said.redirect_chain[-1][0] == f"{url}?graded=no"
    text = said.content.decode()
    assert "Applied to 2 answers." in text
    assert "2 × Applied “Slip”" in text
    batch = Batch.objects.get()
    assert (
        "Undone. 2 answers are as before."
        in gus.post(url, {"undo": batch.pk}, follow=True).content.decode()
    )
    assert having(slip) == []


def test_everything_found_is_what_was_shown_or_nothing(world, as_, url, monkeypatch):
    slip, gus = world.items["1.1"][1], as_("gus")
    grading.flag(world.answers[2, "1.1"], by=world.gus)
    sent = {"key": uuid4(), "act": f"apply:{slip.pk}"}

    # As many, but another one.
    shown = fingerprint([world.answers[1, "1.1"].pk])
    stale = gus.post(f"{url}?flag=yes", {**sent, "everything": shown}, follow=True)
    assert "1 answer is shown now. Look once more" in stale.content.decode()
    assert having(slip) == []

    monkeypatch.setattr(overview, "ON_A_PAGE", 1)
    grading.flag(world.answers[3, "1.1"], by=world.gus)
    page = gus.get(f"{url}?flag=yes").content.decode()
    (shown,) = re.findall(r'name="everything" value="(\w+)"', page)
    grading.unflag(world.answers[3, "1.1"], by=world.gus)
    gus.post(f"{url}?flag=yes", {**sent, "everything": shown})
    assert having(slip) == []
    gus.post(f"{url}?flag=yes", {**sent, "everything": fingerprint([world.answers[2, "1.1"].pk])})
    assert having(slip) == [2]


@pytest.mark.parametrize(
    "wrong", [{"act": "apply:x"}, {"act": "burn:1"}, {"key": "x"}, {"answer": []}]
)
def test_what_no_page_sends_changes_nothing(world, as_, url, wrong):
    slip = world.items["1.1"][1]
    sent = {"key": uuid4(), "answer": [world.answers[1, "1.1"].pk], "act": f"apply:{slip.pk}"}

    assert as_("gus").post(url, {**sent, **wrong}).status_code == 302

    assert not Mark.objects.exists()


def test_the_page_shows_scores_items_and_flags(world, as_, url):
    grading.apply(world.items["1.1"][1], world.answers[1, "1.1"], by=world.gus)
    grading.flag(world.answers[1, "1.1"], by=world.gus)

    page = as_("gus").get(url).content.decode()

    (first,) = (part for part in page.split("<li") if "kestrel-41" in part and "checkbox" in part)
    assert "flagged" in first
    assert "<strong>1.5</strong>" in first
    assert page.count("not graded</span>") == 2


def test_a_grader_of_an_anonymous_exam_is_told_no_name_and_no_section(world, as_, url):
    section = Section.objects.create(course=world.course, name="North")
    world.members["sam"].sections.add(section)
    world.exam.matches.create(submission=world.papers[0], membership=world.members["sam"])

    blind = as_("gus").get(f"{url}?section={section.pk}").content.decode()

    for secret in ("Sam", "sam@", "s0000002", "North"):
        assert secret not in blind, secret
    assert "North" in as_("ines").get(url).content.decode()


def test_a_group_of_parts_has_no_answers(world, as_):
    assert as_("gus").get(f"/questions/{world.group.pk}/answers/").status_code == 404


def test_three_hundred_answers_take_the_queries_of_three(
    world, as_, url, question, django_assert_num_queries, django_assert_max_num_queries
):
    gus = as_("gus")
    grading.apply(world.items["1.1"][1], world.answers[1, "1.1"], by=world.gus)
    gus.get(url)
    with django_assert_max_num_queries(22) as few:
        gus.get(url)
    papers = Submission.objects.bulk_create(
        Submission(exam=world.exam, number=number, code_name=f"lynx-{number}")
        for number in range(10, 310)
    )
    Answer.objects.bulk_create(Answer(submission=one, question=question) for one in papers)
    for answer in question.answers.all()[:40]:
        grading.apply(world.items["1.1"][2], answer, by=world.gus)

    with django_assert_num_queries(len(few)):
        page = gus.get(url).content.decode()

    assert len(re.findall('name="answer"', page)) == 120
    assert "All 303, on every page" in page.replace("\n", "")


def test_the_page_of_a_question_without_papers_says_so(world, as_, url):
    Submission.objects.all().delete()

    assert "No papers yet" in as_("gus").get(url).content.decode()
