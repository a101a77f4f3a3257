"""Several people at one desk. On PostgreSQL (`./run test --services`) this is the real race."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from gradebook.models import Template
from rubrics import grading
from submissions import acceptance, corrections, repairs
from submissions.joining import join, split
from submissions.models import (
    Acceptance,
    Answer,
    LookAgain,
    Page,
    Repair,
    Submission,
    Upload,
)
from submissions.repairs import Refused

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 8


@pytest.fixture
def exam(transactional_db, world):
    """Three papers of three pages, as rows alone: no act here draws anything."""
    exam = world.exam
    Template.objects.create(exam=exam, file="t.pdf", sha256="0" * 64, page_count=3)
    upload = Upload.objects.create(
        exam=exam, name="all.pdf", file="x", size=1, sha256="1" * 64, formed_at=exam.created_at
    )
    Page.objects.bulk_create(
        Page(
            upload=upload,
            number=3 * n + place,
            state=Page.State.PLACED,
            submission=paper,
            template_page=place,
            position=place,
        )
        for n, paper in enumerate(world.papers)
        for place in (1, 2, 3)
    )
    return exam


def together(work, people=PEOPLE):
    """Run `work(n)` for n people at the same moment; return what each got, or its refusal."""
    start = Barrier(people)

    def run(number):
        try:
            start.wait()
            return work(number)
        except Refused as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as pool:
        return list(pool.map(run, range(people)))


def at(exam, number, page):
    pages = Page.objects.select_related("upload__exam", "submission")
    return pages.get(submission__exam=exam, submission__number=number, template_page=page)


def refusals(said):
    return [one for one in said if isinstance(one, Refused)]


def sound(exam):
    """No page is lost or lies twice, and every paper has an answer to every part."""
    placed = Page.objects.filter(upload__exam=exam).values_list("submission", "template_page")
    assert len(set(placed)) == len(placed) == 9
    answers = Answer.objects.filter(submission__exam=exam).count()
    assert answers == exam.submissions.count() * exam.questions.leaves().count()


def test_a_page_splits_a_paper_once_however_many_press_the_key(exam, world):
    pages = [at(exam, 1, 2) for _ in range(PEOPLE)]

    said = together(lambda n: split(pages[n], by=world.ines))

    assert len(refusals(said)) == PEOPLE - 1
    assert exam.submissions.count() == 4
    assert Repair.objects.count() == 1
    sound(exam)


def test_papers_joined_from_both_sides_become_one(exam, world):
    made = split(at(exam, 1, 2))
    pairs = [(world.papers[0], made), (made, world.papers[0])]

    said = together(lambda n: join(*pairs[n % 2], by=world.ines))

    assert len(refusals(said)) == PEOPLE - 1
    assert exam.submissions.count() == 3
    sound(exam)


def test_a_page_goes_to_one_of_two_who_want_it_elsewhere(exam, world):
    pages = [at(exam, 1, 3) for _ in range(PEOPLE)]
    acts = [corrections.discard, lambda page, by: split(page, by=by)]

    said = together(lambda n: acts[n % 2](pages[n], by=(world.ines, world.gus)[n % 2]))

    assert len(refusals(said)) >= PEOPLE // 2
    assert Repair.objects.count() == 1
    page = Page.objects.get(pk=pages[0].pk)
    assert (page.state == Page.State.DISCARDED) != (page.submission != world.papers[0])


def test_an_act_is_undone_once_by_many(exam, world):
    split(at(exam, 1, 2), by=world.ines)
    act = Repair.objects.get()

    said = together(lambda n: repairs.undo(Repair.objects.get(pk=act.pk), by=world.ines))

    assert sum(said) == 1
    assert exam.submissions.count() == 3
    sound(exam)


def test_a_paper_that_is_graded_while_it_is_taken_back_keeps_the_grade_or_never_had_it(exam, world):
    for _ in range(6):
        made = split(at(exam, 1, 2), by=world.ines)
        act = Repair.objects.filter(kind="split").last()
        answer = Answer.objects.select_related("question").filter(submission=made).first()

        def work(n, act=act, answer=answer):
            if n:
                return repairs.undo(Repair.objects.get(pk=act.pk), by=world.ines)
            try:
                return grading.say_graded(answer, by=world.gus)
            except Answer.DoesNotExist:
                return False

        graded, undone = together(work, 2)
        there = Submission.objects.filter(pk=made.pk).exists()
        assert there == (graded is True)
        assert isinstance(undone, Refused) == there
        if there:
            grading.unsay_graded(answer, by=world.gus)
            repairs.undo(act, by=world.ines)
        sound(exam)


def test_sure_papers_are_accepted_once(exam, world):
    said = together(lambda n: acceptance.accept_sure(exam, by=world.ines))

    assert sorted(said) == [0] * (PEOPLE - 1) + [3]
    assert Acceptance.objects.count() == 3
    assert Repair.objects.count() == 1


def test_grading_and_moving_pages_at_once_never_wait_for_each_other_in_a_ring(exam, world):
    answers = list(Answer.objects.select_related("question").filter(submission=world.papers[0]))

    def work(number):
        for _ in range(6):
            if number == 0:
                made = split(at(exam, 1, 2), by=world.ines)
                join(world.papers[0], made, by=world.ines)
            else:
                answer = answers[number % len(answers)]
                grading.say_graded(answer, by=world.gus)
                grading.unsay_graded(answer, by=world.gus)

    said = together(work)

    assert refusals(said) == []
    sound(exam)
    assert not LookAgain.objects.filter(answer__submission__exam=exam, repair=None).exists()
