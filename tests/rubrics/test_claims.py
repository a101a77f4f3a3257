from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from rubrics.claims import claim, next_ungraded, others_on, release
from rubrics.grading import apply
from rubrics.models import Claim


def test_two_graders_are_led_to_two_papers(world):
    question = world.questions["1.1"]

    first = next_ungraded(question, world.gus)
    second = next_ungraded(question, world.ines)

    assert [first.submission.number, second.submission.number] == [1, 2]
    assert [(one.by, one.answer) for one in others_on(question, world.ines)] == [(world.gus, first)]
    assert [one.by for one in others_on(question, world.gus)] == [world.ines]
    assert others_on(world.questions["1.2"], world.gus) == []


def test_a_claim_expires_by_itself(world):
    answer = world.answers[1, "1.1"]
    assert claim(answer, world.gus)
    assert not claim(answer, world.ines)

    Claim.objects.update(until=timezone.now() - timedelta(seconds=1))

    assert claim(answer, world.ines)
    assert [one.by for one in others_on(answer.question, world.gus)] == [world.ines]
    assert others_on(answer.question, world.ines) == []


def test_next_goes_round_once_and_ends_when_all_is_graded(world):
    question = world.questions["1.1"]
    for number in (2, 3):
        apply(world.items["1.1"][0], world.answers[number, "1.1"], by=world.gus)

    assert next_ungraded(question, world.gus, after=2).submission.number == 1

    apply(world.items["1.1"][0], world.answers[1, "1.1"], by=world.gus)
    assert next_ungraded(question, world.gus, after=1) is None


def test_next_leads_away_from_the_answer_one_looks_at(world):
    question = world.questions["1.1"]

    assert next_ungraded(question, world.gus, after=1).submission.number == 2


def test_a_released_claim_is_free(world):
    answer = world.answers[1, "1.1"]
    claim(answer, world.gus)

    release(answer, world.gus)

    assert claim(answer, world.ines)
