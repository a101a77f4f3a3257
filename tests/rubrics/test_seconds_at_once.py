"""Second looks asked for, withdrawn, given and settled at the same moment: on PostgreSQL a race."""

from __future__ import annotations

import random

import pytest

from gradebook.models import Membership, Role
from rubrics import seconds
from rubrics.batches import Refused
from rubrics.grading import apply
from rubrics.models import Claim, Mark, SecondGrade, SecondLook, Settlement
from rubrics.scores import mismatches
from rubrics.state import latest_word
from tests.conftest import person
from tests.rubrics import test_concurrency
from tests.rubrics.test_concurrency import together

pytestmark = pytest.mark.django_db(transaction=True)
plain = test_concurrency.world
ROUNDS = 8


@pytest.fixture
def world(plain):
    """Gus graded every answer to 1.1; Hana and Hugo grade too, and have graded nothing."""
    for name in ("hana", "hugo"):
        user = person(f"{name}@example.edu", name.title(), "Second")
        Membership.objects.create(course=plain.course, user=user, role=Role.GRADER)
        setattr(plain, name, user)
    for number in (1, 2, 3):
        apply(plain.items["1.1"][1], plain.answers[number, "1.1"], by=plain.gus)
    return plain


@pytest.fixture
def looks(world):
    return [
        SecondLook.objects.create(answer=world.answers[number, "1.1"], by=world.ines)
        for number in (1, 2, 3)
    ]


def ask(world):
    return seconds.ask(world.exam, [world.questions["1.1"].pk], each=2, by=world.ines)


def give(look, item, by):
    """Give a look; return its grade, or in words why it is nobody's to give."""
    try:
        return seconds.give(look, [item.pk], adjustment=0, by=by)
    except Refused as refused:
        return str(refused)


def test_all_who_ask_are_told_what_they_asked_for_themselves(world):
    asked = together(lambda _: ask(world), people=8)

    assert sum(asked) == SecondLook.objects.count() == 3


def test_of_two_who_give_one_is_told_that_the_other_was_faster(world, looks):
    people = [world.hana, world.hugo]
    items = world.items["1.1"]

    for look in looks:
        told = together(lambda n, look=look: give(look, items[n], people[n]), people=2)

        grade = SecondGrade.objects.get(look=look)
        first = people.index(grade.by)
        assert told[first] == grade
        assert list(grade.items.all()) == [items[first]]
        assert told[1 - first] == "A colleague was faster: this second look is given."


def test_a_form_sent_by_many_tabs_gives_one_grade(world, looks):
    told = together(lambda n: give(looks[0], world.items["1.1"][n % 3], world.hana), people=6)

    assert set(told) == {SecondGrade.objects.get()}
    assert SecondGrade.objects.get().items.count() == 1


def test_a_look_is_given_or_withdrawn_and_never_both(world, looks):
    def work(number):
        if number == 0:
            return seconds.withdraw(world.exam)
        return give(looks[number - 1], world.items["1.1"][2], world.hana)

    withdrawn, *told = together(work, people=4)

    given = [one for one in told if isinstance(one, SecondGrade)]
    assert {grade.look for grade in given} == set(SecondLook.objects.all())
    assert withdrawn == 3 - len(given)
    assert {one for one in told if one not in given} <= {
        "This second look was withdrawn meanwhile."
    }


def test_asking_withdrawing_giving_and_grading_at_once_lock_nobody_out(world):
    """Each takes looks, answers and claims, in an order they must all share."""
    items, people = world.items["1.1"], [world.hana, world.hugo]
    answers = [world.answers[number, "1.1"] for number in (1, 2, 3)]

    def work(number):
        dice = random.Random(number)
        for _ in range(ROUNDS):
            if number in (0, 1):
                ask(world)
            elif number == 2:
                seconds.withdraw(world.exam)
            elif number in (3, 4):
                by = people[number - 3]
                look = seconds.next_for(world.exam, by)
                if look and dice.random() < 0.5:
                    give(look, dice.choice(items), by)
            else:
                apply(dice.choice(items), dice.choice(answers), by=world.gus)

    together(work, people=6)

    assert mismatches() == []
    for grade in SecondGrade.objects.all():
        assert grade.first_by == world.gus
        assert grade.by in people
        assert not Claim.objects.filter(answer=grade.look.answer, by=grade.by).exists()


def test_of_two_who_settle_one_says_what_stands(world, looks):
    grade = give(looks[0], world.items["1.1"][2], world.hana)
    seen = latest_word(looks[0].answer)
    took = list(Settlement.Took)

    def work(number):
        mine = SecondGrade.objects.get(pk=grade.pk)
        return seconds.settle(mine, took[number], seen=seen, by=world.ines)

    said = together(work, people=2)

    assert sorted(said) == [False, True]
    settled = Settlement.objects.get()
    assert settled.took == took[said.index(True)]
    first, second = world.items["1.1"][1], world.items["1.1"][2]
    stands = second if settled.took == Settlement.Took.SECOND else first
    assert [mark.item for mark in Mark.objects.filter(answer=looks[0].answer)] == [stands]
    assert mismatches() == []
