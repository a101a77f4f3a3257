from __future__ import annotations

import random
import re

import numpy as np
import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gradebook.models import Membership, Role
from rubrics import seconds
from rubrics.grading import apply
from rubrics.models import SecondGrade, SecondLook, Settlement
from scoring.agreement import (
    Agreement,
    Given,
    Pair,
    agreement,
    difference,
    in_words,
    kappa,
    leanings,
)
from tests.conftest import person

NONE: frozenset[int] = frozenset()


# What pairs say


def pair(first, second, ours=(), theirs=(), question=1):
    return Pair(question, 7, first, second, frozenset(ours), frozenset(theirs))


def test_pairs_that_agree_and_differ_are_counted():
    said = agreement(
        [pair(200, 200, [1], [1]), pair(200, 150, [1], [2]), pair(100, 150, [2], [1])],
        {1: [1, 2]},
    )

    assert said is not None
    assert said.same == pytest.approx(1 / 3)
    assert said.same_items == pytest.approx(1 / 3)
    assert said.mean == 0
    assert said.apart == pytest.approx(100 / 3)


def test_no_pairs_say_nothing():
    assert agreement([], {}) is None


def test_kappa_of_cohens_own_kind_of_table():
    # 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: 0.7 observed, 0.5 by chance.
    said = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15

    assert kappa(said) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("count", "same", "beyond", "words"),
    [
        (4, 0.0, 0.1, "Too few to tell."),
        (5, 0.6, 0.8, "Graders agree."),
        (5, 0.6, 0.79, "Mostly agree."),
        (5, 0.6, 0.6, "Mostly agree."),
        (5, 0.6, 0.59, "The rubric is read in two ways."),
        # Other items, but never another score.
        (5, 1.0, 0.1, "Graders agree."),
        # Where chance says nothing, scores do.
        (5, 0.4, None, "The rubric is read in two ways."),
    ],
)
def test_agreement_is_said_in_words(count, same, beyond, words):
    said = Agreement(count, same, same_items=same, mean=0.0, apart=0.0, kappa=beyond)

    assert in_words(said) == words


def test_kappa_says_nothing_where_chance_alone_agrees():
    assert kappa([]) is None
    assert kappa([(True, True)] * 9) is None
    assert kappa([(True, True), (False, False)]) == 1


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1))
def test_kappa_is_the_same_from_either_side_and_at_most_one(said):
    found = kappa(said)

    assert found == kappa([(second, first) for first, second in said])
    assert found is None or found <= 1 + 1e-12


# Graders beside each other


def graded(by, question, shares):
    return [Given(by, question, share) for share in shares]


def test_a_strict_grader_stands_out_whatever_parts_he_graded():
    chance = random.Random(3)
    given_ = []
    for question, level in ((1, 0.9), (2, 0.3)):
        for by, less in ((1, 0.0), (2, 0.0), (3, 0.15)):
            shares = [level - less + chance.uniform(-0.1, 0.1) for _ in range(30)]
            given_ += graded(by, question, shares)
    # He graded hard parts too, which is not what makes him strict.
    first, *others = leanings(given_)

    assert first.by == 3
    assert first.beside_told
    assert first.beside == pytest.approx(-0.15, abs=0.03)
    assert not first.later_told
    assert all(one.beside == pytest.approx(0.075, abs=0.03) for one in others)


def test_who_only_graded_hard_parts_is_not_strict():
    chance = random.Random(5)
    easy = [0.9 + chance.uniform(-0.05, 0.05) for _ in range(60)]
    hard = [0.2 + chance.uniform(-0.05, 0.05) for _ in range(60)]
    given_ = graded(1, 1, easy[:30]) + graded(2, 1, easy[30:])
    given_ += graded(2, 2, hard[:30]) + graded(3, 2, hard[30:])

    assert not any(one.told for one in leanings(given_))


def test_who_grows_milder_is_told():
    chance = random.Random(7)
    shares = [0.4 + 0.006 * n + chance.uniform(-0.1, 0.1) for n in range(60)]

    (only,) = leanings(graded(1, 1, shares))

    assert only.beside is None
    assert only.later_told
    assert only.later == pytest.approx(0.18, abs=0.05)


def test_a_few_answers_tell_nothing():
    given_ = graded(1, 1, [0.1] * 6) + graded(2, 1, [0.9] * 6)

    assert [(one.beside, one.told) for one in leanings(given_)] == [(None, False)] * 2


def test_graders_who_grade_alike_seldom_stand_out():
    chance, told = random.Random(11), 0
    for _ in range(200):
        shares = [chance.choice([0, 0.5, 0.5, 1]) for _ in range(80)]
        given_ = [Given(n % 4, 1, share) for n, share in enumerate(shares)]
        told += sum(one.beside_told for one in leanings(given_))

    assert told <= 0.03 * 800


def test_the_error_of_one_question_is_welchs():
    chance = np.random.default_rng(2)
    first, second = chance.normal(0.5, 0.2, 20), chance.normal(0.6, 0.1, 35)

    found = difference([(list(first), list(second))])

    assert found is not None
    t = stats.ttest_ind(first, second, equal_var=False).statistic
    assert found.mean / found.error == pytest.approx(t)


# The page


@pytest.fixture
def looked(world):
    """Gus graded 1.1 on all papers, Hana looked again at two of them, once otherwise."""
    world.hana = person("hana@example.edu", "Hana", "Second")
    Membership.objects.create(course=world.course, user=world.hana, role=Role.GRADER)
    slip, wrong = world.items["1.1"][1:]
    for number in (1, 2, 3):
        apply(slip, world.answers[number, "1.1"], by=world.gus)
    for number, item in ((1, slip), (2, wrong)):
        look = SecondLook.objects.create(answer=world.answers[number, "1.1"], by=world.ines)
        seconds.give(look, [item.pk], adjustment=0, by=world.hana)
    world.url = reverse("agreement", args=[world.exam.pk])
    return world


def test_the_page_says_how_far_graders_agree_and_what_is_to_settle(looked, as_):
    page = as_("ines").get(looked.url).content.decode()

    assert "50 %" in page
    assert "To settle" in page
    assert "Do the graders agree?" in page
    assert "Too few to tell." in page
    assert "What these figures mean, and what to do" in page
    assert "−0.8" in page  # second less first, of 0 and −1.5 points
    assert "otter-7" in page
    assert "kestrel-41" not in page


def test_second_looks_are_asked_for_withdrawn_and_settled(looked, as_):
    client = as_("ines")
    client.post(looked.url, {"each": "5", "question": ""})
    assert seconds.open_looks(looked.exam).count() == 1

    client.post(looked.url, {"withdraw": "all"})
    assert seconds.open_looks(looked.exam).count() == 0

    grade = SecondGrade.objects.get(score=0)
    (seen,) = re.findall(r'name="seen" value="(\d+)"', client.get(looked.url).content.decode())
    sent = {"settle": grade.pk, "seen": seen}
    unseen = client.post(looked.url, {**sent, "took": "second", "seen": "0"}, follow=True)
    assert "Look at it first" in unseen.content.decode()
    client.post(looked.url, {**sent, "took": "second"})
    client.post(looked.url, {**sent, "took": "first"})
    assert Settlement.objects.get().took == "second"
    looked.answers[2, "1.1"].refresh_from_db()
    assert looked.answers[2, "1.1"].score == 0


def test_the_button_says_how_many_it_asks_for(looked, as_):
    apply(looked.items["1.2"][0], looked.answers[1, "1.2"], by=looked.gus)
    client = as_("ines")

    assert "Ask for up to 2<" in client.get(looked.url).content.decode()
    one = {"each": "5", "question": looked.questions["1.2"].pk}
    assert "Ask for up to 1<" in client.get(looked.url, one).content.decode()


def test_parts_with_a_second_look_given_come_first(looked, as_):
    apply(looked.items["1.2"][0], looked.answers[1, "1.2"], by=looked.gus)
    SecondLook.objects.all().delete()
    SecondLook.objects.create(answer=looked.answers[1, "1.1"], by=looked.ines)
    look = SecondLook.objects.create(answer=looked.answers[1, "1.2"], by=looked.ines)
    seconds.give(look, [], adjustment=0, by=looked.hana)

    parts = as_("ines").get(looked.url).context["parts"]

    assert [line.name for line in parts] == [looked.questions[n].name for n in ("1.2", "1.1")]


@pytest.mark.parametrize(
    "form", [{"each": "0"}, {"each": "x"}, {"each": "5", "question": "999999"}, {}]
)
def test_nonsense_is_refused_in_words(looked, as_, form):
    response = as_("ines").post(looked.url, form)

    assert response.status_code == 422
    assert "errorlist" in response.content.decode()
    assert seconds.open_looks(looked.exam).count() == 0


def test_another_exams_second_look_is_not_there(looked, as_):
    response = as_("ines").post(looked.url, {"settle": "999999", "took": "first"})

    assert response.status_code == 404
    assert "first or the second" in (
        as_("ines")
        .post(looked.url, {"settle": SecondGrade.objects.first().pk, "took": "?"}, follow=True)
        .content.decode()
    )


def test_queries_do_not_grow_with_what_was_given(looked, as_, django_assert_max_num_queries):
    client = as_("ines")
    with django_assert_max_num_queries(32) as few:
        client.get(looked.url)
    look = SecondLook.objects.create(answer=looked.answers[3, "1.1"], by=looked.ines)
    seconds.give(look, [looked.items["1.1"][2].pk], adjustment=0, by=looked.hana)
    with django_assert_max_num_queries(len(few)):
        client.get(looked.url)
