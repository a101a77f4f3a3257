"""Twenty people at once. On PostgreSQL (`./run test --services`) this is the real race."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from gradebook.models import Exam
from gradebook.outline import parse
from gradebook.plans import to_dict
from rubrics.claims import LASTS, claim, next_ungraded, release
from rubrics.grading import apply, lift
from rubrics.models import Claim, Entry, Item, Mark
from rubrics.outline import plan_of, save_outline
from rubrics.points import score
from rubrics.rubric import change_item
from rubrics.scores import mismatches
from rubrics.settings import change_settings

PEOPLE = 20
ROUNDS = 12


@pytest.fixture
def world(transactional_db, world):
    return world


def together(work, people=PEOPLE):
    """Run `work(n)` for n people at the same moment, each on a connection of their own."""
    start = Barrier(people)

    def run(number):
        try:
            start.wait()
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(run, range(people)))


@pytest.mark.django_db(transaction=True)
def test_clicks_and_edits_at_once_store_no_stale_score(world):
    answer = world.answers[1, "1.1"]
    items = world.items["1.1"]

    def work(number):
        dice = random.Random(number)
        for _ in range(ROUNDS):
            item = dice.choice(items)
            if number % 4 == 0:
                change_item(item, points=-dice.randrange(200), by=world.ines)
            else:
                dice.choice([apply, lift])(item, answer, by=world.gus)

    together(work)

    assert mismatches() == []
    answer.refresh_from_db()
    applied = Mark.objects.filter(answer=answer).values_list("item__points", flat=True)
    assert answer.score == score(answer.question.rule(), applied)
    assert replayed(answer) == set(Mark.objects.values_list("item_id", flat=True))
    for item in Item.objects.filter(question=answer.question):
        assert item.points == last_points(item)


def replayed(answer):
    """The items the history says apply."""
    applied: set[int] = set()
    for entry in Entry.objects.filter(answer_id=answer.pk).order_by("pk"):
        (applied.add if entry.verb == "applied" else applied.discard)(entry.item_id)
    return applied


def last_points(item):
    """The points the history says an item has."""
    last = Entry.objects.filter(item_id=item.pk, verb="changed item").last()
    return last.after["points"] if last else item.points


@pytest.mark.django_db(transaction=True)
def test_clicks_settings_and_outline_at_once_never_lock_each_other_out(world):
    """Each holds the exam, its questions and its answers, in an order they must all share."""
    answers = [world.answers[number, "1.1"] for number in (1, 2, 3)]
    items = world.items["1.1"]

    def work(number):
        dice = random.Random(number)
        exam = Exam.objects.get(pk=world.exam.pk)
        for turn in range(ROUNDS):
            if number == 0:
                change_settings(exam, {"floor": bool(turn % 2)}, by=world.ines)
            elif number == 1:
                save_outline(exam, retitled(exam, f"Prove {turn}"), by=world.ines)
            else:
                dice.choice([apply, lift])(dice.choice(items), dice.choice(answers), by=world.gus)

    together(work, people=8)

    assert mismatches() == []
    assert world.exam.questions.get(number="2").title == f"Prove {ROUNDS - 1}"


def retitled(exam, title):
    data = to_dict(plan_of(exam, ids=True, rubrics=False))
    data["questions"][1]["title"] = title
    return parse(data)


@pytest.mark.django_db(transaction=True)
def test_the_same_key_pressed_by_all_marks_once(world):
    answer, item = world.answers[1, "1.1"], world.items["1.1"][1]

    created = together(lambda _: apply(item, answer, by=world.gus))

    assert created.count(True) == 1
    assert Mark.objects.count() == Entry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_next_ungraded_never_leads_two_graders_to_one_paper(world):
    graders = [world.gus, world.ines, world.otto]
    led = together(
        lambda number: next_ungraded(world.questions["1.1"], graders[number]), people=len(graders)
    )

    assert len({answer.pk for answer in led}) == len(graders)


@pytest.mark.django_db(transaction=True)
def test_next_ungraded_passes_over_what_is_graded_while_it_is_claimed(world):
    first, second = world.answers[1, "1.1"], world.answers[2, "1.1"]

    def ask():
        try:
            return next_ungraded(world.questions["1.1"], world.ines)
        finally:
            connections.close_all()

    claim(first, world.gus)
    Claim.objects.update(until=timezone.now() - LASTS)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Claim.objects.select_for_update().get(answer=first)
            asked = pool.submit(ask)
            # It has found the first answer, and waits for its claim.
            wait([asked], timeout=0.3)
            apply(world.items["1.1"][1], first, by=world.gus)
            release(first, world.gus)
        assert asked.result(timeout=20) == second

    assert [claim.answer for claim in Claim.objects.all()] == [second]


def test_the_engine_is_the_one_asked_for():
    """Under --services this file must run on PostgreSQL, or it proves little."""
    wanted = "postgresql" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"
    assert connection.vendor == wanted


@pytest.mark.django_db(transaction=True)
def test_an_edit_waits_for_a_click_that_has_not_ended(world):
    answer, item = world.answers[1, "1.1"], world.items["1.1"][1]

    def edit():
        try:
            change_item(item, points=-150, by=world.ines)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            apply(item, answer, by=world.gus)
            edited = pool.submit(edit)
            # Unlocked, the edit would end here without seeing the mark; held, it waits.
            wait([edited], timeout=0.3)
        edited.result(timeout=20)

    assert mismatches() == []
    answer.refresh_from_db()
    assert answer.score == 50
