"""The order in which papers are walked."""

from __future__ import annotations

import pytest

from gradebook.models import Exam
from rubrics import walk
from rubrics.claims import next_ungraded
from submissions.models import Answer, Submission
from submissions.papers import make_answers


@pytest.fixture
def question(world):
    return world.questions["1.1"]


@pytest.fixture
def shuffled(world):
    """Papers are walked by lot; for 1.1 the lots say 3, 1, 2."""
    Exam.objects.update(random_order=True)
    for paper, lot in ((3, 10), (1, 20), (2, 20)):
        answer = world.answers[paper, "1.1"]
        Answer.objects.filter(pk=answer.pk).update(lot=lot)
    world.exam.refresh_from_db()
    return world


def walked(world, as_, number, step):
    """The papers one meets from the first one on, by the step named in the API."""
    answer = world.answers[number, "1.1"].pk
    met = []
    while answer:
        told = as_("gus").get(f"/api/v1/answers/{answer}/").json()
        met.append(told["paper"]["number"])
        answer = told[step]
    return met


def test_without_lots_papers_come_as_they_are_numbered(world, as_):
    assert walked(world, as_, 1, "next") == [1, 2, 3]
    assert walked(world, as_, 3, "previous") == [3, 2, 1]


def test_by_lot_next_and_previous_go_the_same_way_back(shuffled, as_):
    assert walked(shuffled, as_, 3, "next") == [3, 1, 2]
    assert walked(shuffled, as_, 2, "previous") == [2, 1, 3]


def test_next_ungraded_follows_the_lots_and_goes_round(shuffled, question):
    question.refresh_from_db()
    met = []
    for after in (0, 3, 1, 2):
        answer = next_ungraded(question, shuffled.gus, after=after)
        met.append(answer.submission.number)

    assert met == [3, 1, 2, 3]


def test_who_opens_a_question_begins_with_the_first_lot(shuffled, as_, question):
    first = as_("gus").get(f"/questions/{question.pk}/grade/")

    assert first["Location"] == f"/answers/{shuffled.answers[3, '1.1'].pk}/"


def test_each_answer_made_by_sets_gets_a_lot_of_its_own(world):
    Submission.objects.bulk_create(
        Submission(exam=world.exam, number=number, code_name=f"lynx-{number}")
        for number in range(10, 40)
    )

    make_answers(world.exam)

    lots = Answer.objects.filter(submission__number__gte=10).values_list("lot", flat=True)
    assert len(lots) == 90
    assert len(set(lots)) > 80
    assert all(0 <= lot < 2**30 for lot in lots)


def test_a_lot_stays_when_answers_are_made_again(world):
    before = dict(Answer.objects.values_list("pk", "lot"))

    make_answers(world.exam)

    assert dict(Answer.objects.values_list("pk", "lot")) == before


def test_ties_are_parted_so_that_nobody_is_met_twice(shuffled, question):
    question.refresh_from_db()
    first, second = (shuffled.answers[paper, "1.1"] for paper in (1, 2))
    first.refresh_from_db()

    assert list(walk.after(question.answers.all(), first, question.exam)) == [second]
