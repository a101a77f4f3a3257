from __future__ import annotations

import re
from uuid import uuid4

import pytest

from gradebook.models import Region
from rubrics.claims import claim
from rubrics.grading import apply, say_graded
from rubrics.groups import alike, offer
from rubrics.models import Batch, Entry, Mark
from submissions.covers import mark_of
from submissions.models import Answer, Choice, Page
from tests.rubrics.grouped import make_groups


@pytest.fixture
def grouped(world):
    return make_groups(world)


def groups(world, number, names=True):
    """What is offered: names, sureness and papers."""
    found = offer(world.questions[number], names=names)
    papers = {answer.pk: key[0] for key, answer in world.answers.items()}
    return [
        (group.name, group.sure, [papers[card.answer] for card in group.cards])
        for group in found.groups
    ]


def url(world, number):
    return f"/questions/{world.questions[number].pk}/groups/"


def form(page, name, **more):
    """A group's form as the page wrote it, with all its answers ticked."""
    text = page.content.decode()
    (part,) = (part for part in text.split("<form") if f'name="name" value="{name}"' in part)
    fields = dict(re.findall(r'name="(key|group|name)" value="([^"]*)"', part))
    answers = re.findall(r'name="answer" value="([^"]+)"', part)
    return {**fields, "answer": answers, **more}


def test_blank_answers_are_offered_least_sure_first(grouped):
    assert groups(grouped, "2") == [("Left blank", True, [1, 2])]


def test_an_exam_knows_how_many_of_each_part_look_alike(grouped, django_assert_max_num_queries):
    parts = {name: question.pk for name, question in grouped.questions.items()}
    # Two of three chose A, both surely; a third one chose nothing and is a group of its own.
    _choose(grouped, 2, "A", 0.95)

    def offered():
        offers = {pk: offer(grouped.exam.questions.get(pk=pk), names=True) for pk in parts.values()}
        several = {
            pk: sum(group.count for group in found.groups if group.count > 1)
            for pk, found in offers.items()
        }
        return {pk: count for pk, count in several.items() if count}

    with django_assert_max_num_queries(6):
        assert alike(grouped.exam) == {parts["1.1"]: 2, parts["2"]: 2}
    assert offered() == alike(grouped.exam)

    # Nobody shares with anybody what was not read for sure.
    _choose(grouped, 2, "A", 0.4)
    assert offered() == alike(grouped.exam) == {parts["2"]: 2}

    # Graded ones are done with, and what was read of other options is old.
    _choose(grouped, 2, "A", 0.95)
    say_graded(grouped.answers[1, "2"], by=grouped.gus)
    assert offered() == alike(grouped.exam) == {parts["1.1"]: 2}
    Choice.objects.filter(page=grouped.pages[1, 1]).update(ink={"0": 1.0})
    assert offered() == alike(grouped.exam) == {}


def test_a_blank_answer_that_may_stand_elsewhere_is_not_like_one_that_does_not(grouped):
    part = grouped.questions["2"].pk
    assert alike(grouped.exam)[part] == 2

    Page.objects.filter(pk=grouped.pages[1, 3].pk).update(bilevel=True)

    assert part not in alike(grouped.exam)
    Page.objects.filter(pk=grouped.pages[2, 3].pk).update(dpi=72)
    assert alike(grouped.exam)[part] == 2


def _choose(grouped, paper, label, certainty):
    marked = [grouped.options[label].pk]
    Choice.objects.filter(page=grouped.pages[paper, 1]).update(marked=marked, certainty=certainty)


def test_answers_of_unknown_ink_are_not_offered_and_said(grouped, as_):
    Answer.objects.filter(pk=grouped.answers[1, "2"].pk).update(ink=None)

    assert groups(grouped, "2") == [("Left blank", True, [2])]
    assert "1 answer is not offered" in as_("gus").get(url(grouped, "2")).content.decode()


def test_what_may_stand_on_an_extra_sheet_is_not_sure_to_be_blank(grouped):
    Page.objects.create(
        upload=grouped.upload, number=99, state="extra", submission=grouped.papers[1]
    )
    Page.objects.filter(submission=grouped.papers[0]).update(bilevel=True)

    assert groups(grouped, "2") == [("Left blank", False, [1, 2])]


def test_choices_are_offered_by_what_was_read(grouped):
    assert groups(grouped, "1.1") == [
        ("A", True, [1]),
        ("Nothing marked", True, [3]),
        ("B", False, [2]),
    ]


def test_within_a_group_the_least_sure_comes_first(grouped):
    first, second = (Choice.objects.get(page=grouped.pages[paper, 1]) for paper in (1, 2))
    Choice.objects.filter(pk=second.pk).update(marked=first.marked, certainty=0.85)

    assert groups(grouped, "1.1")[0] == ("A", True, [2, 1])


def test_two_marks_are_a_group_of_their_own(grouped):
    both = [grouped.options[label].pk for label in "CA"]
    Choice.objects.filter(page=grouped.pages[1, 1]).update(marked=both)

    assert ("A + C", True, [1]) in groups(grouped, "1.1")


def test_who_marks_nothing_and_writes_beside_it_is_not_sure(grouped):
    Answer.objects.filter(pk=grouped.answers[3, "1.1"].pk).update(ink=300.0)

    assert ("Nothing marked", False, [3]) in groups(grouped, "1.1")


def test_a_reading_of_other_options_is_none(grouped):
    grouped.options["C"].delete()

    assert groups(grouped, "1.1") == []
    assert offer(grouped.questions["1.1"], names=True).unknown == 3


def test_graded_answers_are_not_offered(grouped):
    apply(grouped.items["2"][2], grouped.answers[1, "2"], by=grouped.gus)

    assert groups(grouped, "2") == [("Left blank", True, [2])]


def test_the_page_asks_the_database_a_fixed_number_of_times(
    grouped, as_, django_assert_max_num_queries
):
    client = as_("gus")

    with django_assert_max_num_queries(30):
        client.get(url(grouped, "1.1"))


def test_ticked_answers_are_graded(grouped, as_):
    client = as_("gus")
    wrong = grouped.items["2"][2]
    sent = form(client.get(url(grouped, "2")), "Left blank", item=wrong.pk)

    response = client.post(url(grouped, "2"), sent, follow=True)

    assert "2 answers graded." in response.content.decode()
    marks = Mark.objects.filter(item=wrong).values_list("answer__submission__number", "by")
    assert sorted(marks) == [(1, grouped.gus.pk), (2, grouped.gus.pk)]
    assert "2 × Left blank" in response.content.decode()
    assert Entry.objects.filter(verb="applied", by=grouped.gus).count() == 2


def test_an_unticked_answer_stays(grouped, as_):
    client = as_("gus")
    sent = form(client.get(url(grouped, "2")), "Left blank", as_they_stand="on")
    sent["answer"] = sent["answer"][:1]

    client.post(url(grouped, "2"), sent)

    answers = grouped.questions["2"].answers.filter(graded=True)
    assert [answer.submission.number for answer in answers] == [1]


def test_what_is_left_alone_is_said(grouped, as_):
    client = as_("gus")
    sent = form(client.get(url(grouped, "2")), "Left blank", as_they_stand="on")
    claim(grouped.answers[1, "2"], grouped.ines)
    apply(grouped.items["2"][0], grouped.answers[2, "2"], by=grouped.ines)

    said = client.post(url(grouped, "2"), sent, follow=True).content.decode()

    assert "0 answers graded. 1 was left: a colleague has it open. 1 was left: graded" in said
    assert not Batch.objects.exists()


def test_nothing_happens_without_an_item_or_an_answer(grouped, as_):
    client = as_("gus")
    sent = form(client.get(url(grouped, "2")), "Left blank")
    sent["answer"] = sent["answer"][1:]

    no_item = client.post(url(grouped, "2"), sent)
    no_answer = client.post(url(grouped, "2"), {**sent, "answer": [], "as_they_stand": "on"})

    assert (no_item.status_code, no_answer.status_code) == (422, 422)
    assert "choose what applies" in no_item.content.decode()
    assert no_item.content.decode().count(" checked") == 1, "what was ticked is ticked still"
    assert "no answer is ticked" in no_answer.content.decode()
    assert client.post(url(grouped, "2"), {**sent, "key": "x", "item": "1"}).status_code == 422
    assert not grouped.questions["2"].answers.filter(graded=True).exists()


def test_one_undo_takes_it_back(grouped, as_):
    client = as_("gus")
    sent = form(client.get(url(grouped, "2")), "Left blank", item=grouped.items["2"][2].pk)
    client.post(url(grouped, "2"), sent)
    batch = Batch.objects.get()

    page = as_("ines").post(url(grouped, "2"), {"undo": batch.pk}, follow=True).content.decode()

    assert "Undone. 2 answers are as before." in page
    assert not Mark.objects.exists()
    assert as_("ines").post(url(grouped, "1.1"), {"undo": batch.pk}).status_code == 404
    assert as_("ines").post(url(grouped, "2"), {"undo": "x"}).status_code == 404


def test_sure_groups_are_ticked_and_unsure_ones_are_not(grouped, as_):
    page = as_("gus").get(url(grouped, "1.1")).content.decode()

    assert page.count('name="answer"') == 3
    assert page.count(" checked") == 2


def test_the_part_with_the_options_is_shown(grouped, as_):
    page = as_("gus").get(url(grouped, "1.1")).content.decode()

    x, y, width, height, _ = map(float, re.findall(r'data-box="([^"]+)"', page)[0].split())
    # The region lies at 0.1, 0.2 and is 0.8 by 0.3; the options at 0.2 to 0.43, 0.25 to 0.27.
    box = pytest.approx((0.0938, 0.0833, 0.35, 0.2333), abs=1e-3)
    assert (x, y, width, height) == box


def test_graders_of_an_anonymous_exam_learn_no_name(grouped, as_):
    hidden = Region.objects.create(
        exam=grouped.exam, kind="name", page=1, x=0.1, y=0.05, width=0.3, height=0.05
    )
    covered = {paper: f"covered/{paper}.jpg" for paper in (1, 2)}
    for paper, name in covered.items():
        Page.objects.filter(pk=grouped.pages[paper, 1].pk).update(
            covered=name, covers=mark_of([hidden.rect])
        )

    seen = as_("gus").get(url(grouped, "1.1")).content.decode()
    blank = as_("gus").get(url(grouped, "2")).content.decode()

    for word in ("Sam", "Nia", "sam@", "nia@", "s0000002", "sam-student.pdf"):
        assert word not in seen + blank
    pictures = re.findall(r'<img src="([^"]+)"', seen)
    assert sorted(pictures) == [
        f"/pages/{grouped.pages[1, 1].pk}/preview/1.jpg",
        f"/pages/{grouped.pages[2, 1].pk}/preview/2.jpg",
    ], "covered pages only, and nothing of the page that is not covered yet"
    assert "No picture to show here." in seen
    assert "/crops/" in blank, "page 3 holds no name"


def test_every_picture_may_be_opened_by_who_sees_the_page(grouped, as_):
    for name in ("gus", "ines"):
        client = as_(name)
        for number in ("1.1", "2"):
            page = client.get(url(grouped, number)).content.decode()
            pictures = re.findall(r'<img src="([^"]+)"', page)
            assert pictures
            assert {client.get(picture).status_code for picture in pictures} == {200}


def test_a_group_of_many_shows_the_first(grouped, as_, monkeypatch):
    monkeypatch.setattr("rubrics.groups.MOST", 1)

    page = as_("gus").get(url(grouped, "2")).content.decode()

    assert "1 more come when these are graded." in page
    assert page.count('name="answer"') == 1


def test_a_question_with_parts_has_no_groups(world, as_):
    assert as_("gus").get(f"/questions/{world.group.pk}/groups/").status_code == 404


def test_an_empty_page_leads_on(world, as_):
    assert "Nothing to grade together" in as_("gus").get(url(world, "2")).content.decode()
    for answer in world.questions["2"].answers.all():
        apply(world.items["2"][0], answer, by=world.gus)
    assert "All graded" in as_("gus").get(url(world, "2")).content.decode()


def test_students_and_outsiders_see_nothing(grouped, as_):
    for name, status in (("sam", 404), ("otto", 404)):
        assert as_(name).get(url(grouped, "2")).status_code == status
        sent = {"key": str(uuid4()), "answer": "1.x", "as_they_stand": "on"}
        assert as_(name).post(url(grouped, "2"), sent).status_code == status
