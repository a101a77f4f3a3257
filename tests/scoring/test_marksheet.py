from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradebook.models import Exam
from rubrics import grading
from scoring.marksheet import lay_out, read, whole_papers
from submissions.models import Answer


@pytest.fixture
def sheet(world):
    return lambda: read(world.exam, [world.questions[n].pk for n in ("1.1", "1.2", "2")])


def test_only_wholly_graded_papers_come_with_their_scores_in_outline_order(world, sheet):
    for number in ("2", "1.2", "1.1"):
        grading.apply(world.items[number][1], world.answers[2, number], by=world.gus)
    grading.apply(world.items["2"][0], world.answers[1, "2"], by=world.gus)

    assert sheet().whole.tolist() == [[150, 350, 250]]
    assert sheet().is_whole.tolist() == [False, True, False]
    leaves = [world.questions[n].pk for n in ("2", "1.1", "1.2")]
    assert whole_papers(world.exam, leaves).tolist() == [[250, 150, 350]]


def test_without_a_wholly_graded_paper_the_table_is_empty(sheet):
    assert sheet().whole.shape == (0, 3)


def test_an_exam_without_parts_has_no_whole_paper(world):
    world.exam.questions.all().delete()

    assert read(world.exam, []).whole.shape == (0, 0)


def test_a_paper_that_lacks_an_answer_is_not_whole(world, sheet):
    for number in ("1.1", "2"):
        grading.apply(world.items[number][1], world.answers[1, number], by=world.gus)
    Answer.objects.filter(submission=world.papers[0], question__number="1.2").delete()

    assert not sheet().is_whole.any()


def test_a_part_is_read_from_its_graded_answers_on_whichever_paper(world, sheet):
    grading.apply(world.items["2"][1], world.answers[1, "2"], by=world.gus)
    grading.apply(world.items["2"][2], world.answers[3, "2"], by=world.gus)

    assert sheet().part(2).tolist() == [250, 0]
    assert sheet().part(0).tolist() == []


def test_another_exams_scores_stay_out(world, sheet):
    other = Exam.objects.create(course=world.course, name="Other")
    world.papers[1].exam = other
    world.papers[1].save()
    grading.apply(world.items["2"][1], world.answers[2, "2"], by=world.gus)

    assert sheet().papers.tolist() == [world.papers[0].pk, world.papers[2].pk]
    assert not sheet().graded.any()


def test_some_papers_can_be_looked_at_alone(world, sheet):
    for paper in (1, 2):
        grading.apply(world.items["2"][paper], world.answers[paper, "2"], by=world.gus)

    some = sheet().of([world.papers[1].pk, 0])

    assert some.papers.tolist() == [world.papers[1].pk]
    assert some.part(2).tolist() == [0]


@given(
    st.lists(st.integers(1, 50), unique=True, max_size=8).map(sorted),
    st.lists(st.integers(1, 50), unique=True, max_size=6),
    st.dictionaries(
        st.tuples(st.integers(1, 50), st.integers(1, 50)), st.integers(-500, 9000), max_size=60
    ),
)
def test_every_score_lies_where_its_paper_and_part_meet(papers, leaves, told):
    rows = np.array([(*key, score) for key, score in told.items()], dtype=np.int64)

    sheet = lay_out(papers, leaves, rows.reshape(-1, 3))

    for row, paper in enumerate(papers):
        for column, leaf in enumerate(leaves):
            assert sheet.graded[row, column] == ((paper, leaf) in told)
            assert sheet.scores[row, column] == told.get((paper, leaf), 0)
