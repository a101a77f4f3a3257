from __future__ import annotations

import random
import re
from collections import Counter
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from gradebook.models import Membership, Role
from rubrics import seconds
from rubrics.batches import Refused
from rubrics.grading import adjust, apply, lift, say_graded
from rubrics.models import Entry, Group, Mark, SecondGrade, SecondLook, Settlement
from rubrics.rubric import add_item, change_item, remove_item
from rubrics.scores import mismatches
from rubrics.state import latest_word
from rubrics.taking_back import last_edit, take_back
from tests.conftest import person


@pytest.fixture
def world(world):
    """Gus graded every answer to 1.1; Hana grades too, and has graded nothing."""
    world.hana = person("hana@example.edu", "Hana", "Second")
    Membership.objects.create(course=world.course, user=world.hana, role=Role.GRADER)
    for number in (1, 2, 3):
        apply(world.items["1.1"][1], world.answers[number, "1.1"], by=world.gus)
    return world


@pytest.fixture
def look(world):
    return SecondLook.objects.create(answer=world.answers[1, "1.1"], by=world.ines)


def ask(world, each=2, number="1.1"):
    return seconds.ask(world.exam, [world.questions[number].pk], each=each, by=world.ines)


def give(look, *items, by, adjustment=0):
    return seconds.give(look, [item.pk for item in items], adjustment=adjustment, by=by)


def settle(grade, took, by):
    return seconds.settle(grade, took, seen=latest_word(grade.look.answer), by=by)


# Asking


def test_so_many_graded_answers_of_each_part_are_drawn(world):
    assert ask(world) == 2
    assert ask(world) == 1
    assert ask(world) == 0
    assert SecondLook.objects.filter(answer__question=world.questions["1.1"]).count() == 3


def test_what_nobody_graded_gets_no_second_look(world):
    assert ask(world, number="1.2") == 0


def test_every_grader_is_drawn_in_turn():
    graders = {answer: 1 if answer < 90 else answer for answer in range(93)}

    chosen = seconds.drawn(range(93), graders, 8, random.Random(1))

    drawn = Counter(graders[answer] for answer in chosen)
    assert drawn == {1: 5, 90: 1, 91: 1, 92: 1}
    assert len(set(chosen)) == 8


def test_more_than_there_are_draws_them_all():
    assert sorted(seconds.drawn([3, 1, 2], {}, 9, random.Random(1))) == [1, 2, 3]


def test_withdrawing_leaves_what_was_given(world, look):
    give(look, world.items["1.1"][1], by=world.hana)
    ask(world, each=2)

    assert seconds.withdraw(world.exam) == 2
    assert list(SecondLook.objects.all()) == [look]


# Giving


def test_who_graded_an_answer_gives_it_no_second_look(world, look):
    assert seconds.next_for(world.exam, world.gus) is None
    with pytest.raises(Refused, match="You graded this answer"):
        give(look, by=world.gus)
    assert seconds.next_for(world.exam, world.hana) == look


def test_who_lifted_an_item_has_seen_the_answer_too(world, look):
    lift(world.items["1.1"][1], look.answer, by=world.hana)
    apply(world.items["1.1"][1], look.answer, by=world.gus)

    assert seconds.next_for(world.exam, world.hana) is None


def test_a_second_grading_keeps_both_and_moves_no_score(world, look):
    before = (look.answer.score, Entry.objects.count())
    grade = give(look, world.items["1.1"][2], by=world.hana, adjustment=50)

    look.answer.refresh_from_db()
    assert (grade.first_score, grade.score, grade.difference) == (150, 50, -100)
    assert (grade.first_by, grade.by) == (world.gus, world.hana)
    assert list(grade.first_items.all()) == [world.items["1.1"][1]]
    assert list(grade.items.all()) == [world.items["1.1"][2]]
    assert (150, before[1]) == (look.answer.score, Entry.objects.count())


def test_given_twice_it_is_given_once_and_a_colleague_is_told(world, look):
    first = give(look, world.items["1.1"][0], by=world.hana)

    assert give(look, world.items["1.1"][2], by=world.hana) == first
    assert list(first.items.all()) == [world.items["1.1"][0]]
    with pytest.raises(Refused, match="faster"):
        give(look, by=world.ines)


def test_items_of_another_question_and_two_of_a_group_to_pick_one_from_are_refused(world, look):
    with pytest.raises(Refused, match="rubric changed"):
        give(look, world.items["1.2"][0], by=world.hana)
    pick = Group.objects.create(question=world.questions["1.1"], text="Pick", exclusive=True)
    world.questions["1.1"].items.filter(pk__in=[i.pk for i in world.items["1.1"][:2]]).update(
        group=pick
    )
    with pytest.raises(Refused, match="only one item applies"):
        give(look, *world.items["1.1"][:2], by=world.hana)
    assert not SecondGrade.objects.exists()


def test_the_database_lets_nobody_look_twice(world, look):
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondGrade.objects.create(
            look=look, by=world.gus, first_by=world.gus, score=1, first_score=1
        )


def test_an_answer_that_is_no_longer_graded_waits_for_none(world, look):
    lift(world.items["1.1"][1], look.answer, by=world.gus)

    assert seconds.next_for(world.exam, world.hana) is None


def test_an_answer_ungraded_while_it_was_looked_at_is_given_no_second_grade(world, look):
    lift(world.items["1.1"][1], look.answer, by=world.gus)

    with pytest.raises(seconds.Gone, match="not graded any more"):
        give(look, world.items["1.1"][2], by=world.hana)


def test_a_look_withdrawn_meanwhile_is_not_given(world, look):
    assert seconds.withdraw(world.exam) == 1

    with pytest.raises(seconds.Gone, match="withdrawn"):
        give(look, world.items["1.1"][2], by=world.hana)
    assert not SecondGrade.objects.exists()


def test_two_people_are_led_to_two_looks_and_a_third_to_none(world, look, as_):
    other = SecondLook.objects.create(answer=world.answers[2, "1.1"], by=world.ines)

    assert seconds.next_for(world.exam, world.hana) == look
    assert seconds.next_for(world.exam, world.ines) == other
    assert seconds.next_for(world.exam, world.hana) == look
    give(look, world.items["1.1"][2], by=world.hana)
    assert seconds.next_for(world.exam, world.hana) is None
    page = as_("hana").get(reverse("second", args=[world.exam.pk]), follow=True)
    assert "open on colleagues’ screens" in page.content.decode()


def test_who_takes_an_edit_of_the_rubric_back_has_judged_no_answer(world, look):
    item = world.items["1.1"][1]
    remove_item(item, by=world.hana)
    take_back(item.question, [last_edit(item.question)], by=world.hana)

    look.answer.refresh_from_db()
    assert look.answer.graded
    assert seconds.may_give(look, world.hana)
    assert give(look, by=world.hana).first_by == world.gus


# Settling


def test_what_differs_waits_to_be_settled_and_what_agrees_does_not(world, look):
    other = SecondLook.objects.create(answer=world.answers[2, "1.1"], by=world.ines)
    give(other, world.items["1.1"][1], by=world.hana)
    grade = give(look, world.items["1.1"][2], by=world.hana)

    assert list(seconds.differing(world.exam)) == [grade]


def test_taking_the_second_grades_anew_with_a_history(world, look):
    say_graded(look.answer, by=world.gus)
    adjust(look.answer, -25, version=0, by=world.gus)
    grade = give(look, world.items["1.1"][0], by=world.hana, adjustment=-50)

    assert settle(grade, Settlement.Took.SECOND, by=world.ines)
    assert not settle(grade, Settlement.Took.FIRST, by=world.ines)

    look.answer.refresh_from_db()
    assert (look.answer.score, look.answer.graded) == (150, True)
    assert [mark.item for mark in Mark.objects.filter(answer=look.answer)] == [
        world.items["1.1"][0]
    ]
    done = Entry.objects.filter(by=world.ines).values_list("verb", flat=True)
    assert list(done) == ["lifted", "applied", "adjusted"]
    assert mismatches() == []
    assert not seconds.differing(world.exam).exists()


def test_leaving_the_first_changes_nothing(world, look):
    grade = give(look, world.items["1.1"][2], by=world.hana)

    settle(grade, Settlement.Took.FIRST, by=world.ines)

    look.answer.refresh_from_db()
    assert look.answer.score == 150
    assert not Entry.objects.filter(by=world.ines).exists()


def test_what_was_graded_since_the_list_was_shown_is_looked_at_first(world, look):
    grade = give(look, world.items["1.1"][2], by=world.hana)
    before: Any = seconds.differing(world.exam).get()
    assert not before.anew
    apply(world.items["1.1"][0], look.answer, by=world.gus)

    with pytest.raises(Refused, match="Look at it first"):
        seconds.settle(grade, Settlement.Took.SECOND, seen=before.seen, by=world.ines)
    assert not Settlement.objects.exists()
    shown: Any = seconds.differing(world.exam).get()
    assert shown.anew
    assert seconds.settle(grade, Settlement.Took.SECOND, seen=shown.seen, by=world.ines)


# The page


def test_the_page_shows_nothing_of_the_first_grading(world, look, as_):
    apply(world.items["1.1"][2], look.answer, by=world.gus)
    adjust(look.answer, 33, version=0, by=world.gus)

    page = as_("hana").get(reverse("second_look", args=[look.pk])).content.decode()

    assert "Slip" in page
    assert world.papers[0].code_name in page
    form = page[page.index("<form class") : page.index("</form>", page.index("<form class"))]
    assert "Slip" in form
    assert "checked" not in form
    for told in ("Gus", "0.33", "150"):
        assert told not in page


def test_a_look_is_given_and_the_next_one_comes(world, look, as_):
    other = SecondLook.objects.create(answer=world.answers[2, "1.1"], by=world.ines)
    client = as_("hana")
    url = client.get(reverse("second", args=[world.exam.pk])).url
    first = look if url == reverse("second_look", args=[look.pk]) else other

    response = client.post(
        url, {"item": world.items["1.1"][2].pk, "adjustment": "0,5"}, follow=True
    )

    assert first.grade.score == 50
    rest = other if first == look else look
    assert response.redirect_chain[-1][0] == reverse("second_look", args=[rest.pk])
    response = client.post(response.redirect_chain[-1][0], {"as_it_stands": "on"}, follow=True)
    assert rest.grade.score == 200
    assert "No second look waits for you" in response.content.decode()


@pytest.mark.parametrize(
    ("form", "why"),
    [({}, "Choose what applies"), ({"adjustment": "lots"}, "is not a number of points")],
)
def test_nonsense_is_refused_in_words_and_nothing_is_given(world, look, as_, form, why):
    response = as_("hana").post(reverse("second_look", args=[look.pk]), form)

    assert response.status_code == 422
    assert why in response.content.decode()
    assert not SecondGrade.objects.exists()


def test_what_was_sent_and_refused_is_shown_again(world, look, as_):
    sent = {"as_it_stands": "on", "adjustment": "a lot"}
    response = as_("hana").post(reverse("second_look", args=[look.pk]), sent)

    page = response.content.decode()
    assert re.search(r'name="as_it_stands"[^>]* checked', page)
    assert re.search(r'name="adjustment"[^>]* value="a lot"', page)


def test_a_look_given_already_leads_on_to_the_next(world, look, as_):
    other = SecondLook.objects.create(answer=world.answers[2, "1.1"], by=world.ines)
    give(look, world.items["1.1"][2], by=world.ines)
    client, url = as_("hana"), reverse("second_look", args=[look.pk])

    lost = client.post(url, {"item": world.items["1.1"][2].pk}, follow=True)
    assert lost.redirect_chain[-1][0] == reverse("second_look", args=[other.pk])
    assert "A colleague was faster" in lost.content.decode()
    opened = client.get(url, follow=True)
    assert opened.redirect_chain[-1][0] == reverse("second_look", args=[other.pk])
    assert "This second look is given." in opened.content.decode()


def test_items_have_the_numbers_they_have_in_the_workspace(world, look, as_):
    """An item of a group stands last there, and is reached by letters, where a page has those."""
    question = world.questions["1.1"]
    Group.objects.create(question=question, text="Nothing in it", position=0)
    pick = Group.objects.create(question=question, text="Pick", exclusive=True, position=1)
    change_item(world.items["1.1"][0], group=pick, by=None)
    add_item(question, text="Later", points=-25, by=None)

    page = as_("hana").get(reverse("second_look", args=[look.pk])).content.decode()
    key = r'<kbd data-key="([a-z]+-[0-9]+)".*?(Correct|Slip|Wrong|Later|Nothing in it|Pick)<'
    assert re.findall(key, page, re.DOTALL) == [
        ("item-1", "Slip"),
        ("item-2", "Wrong"),
        ("item-3", "Later"),
        ("item-4", "Nothing in it"),
        ("item-5", "Pick"),
        ("choice-1", "Correct"),
    ]

    page = as_("hana").get(reverse("answers", args=[question.pk])).content.decode()
    rows = re.findall(r'data-key="([0-9])".*?(Correct|Slip|Wrong|Later)', page, re.DOTALL)
    assert rows == [("1", "Slip"), ("2", "Wrong"), ("3", "Later")]
    assert page.index("Later") < page.index("Correct")


def test_what_comes_after_the_tenth_has_no_key(world, look, as_):
    question = world.questions["1.1"]
    for number in range(8):  # with the three there are, one more than numbers
        add_item(question, text=f"Item {number}", points=0, by=None)
    late = Group.objects.create(question=question, text="Late")
    change_item(add_item(question, text="Unreached", points=0, by=None), group=late, by=None)

    page = as_("hana").get(reverse("second_look", args=[look.pk])).content.decode()

    assert page.count('<kbd data-key="item-') == 10
    assert "Unreached" in page
    assert "choice-" not in page


def test_who_graded_it_is_turned_away_in_words(world, look, as_):
    response = as_("gus").get(reverse("second_look", args=[look.pk]))

    assert response.status_code == 403
    assert "Somebody else has to look" in response.content.decode()


def test_the_exams_home_leads_there(world, look, as_):
    home = reverse("exam", args=[world.exam.pk])

    assert "second look waits for you" in as_("hana").get(home).content.decode()
    assert "second look waits for you" not in as_("gus").get(home).content.decode()
