"""Deleting for good while others work. On PostgreSQL (`./run test --services`) a real race."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction
from django.urls import reverse
from django.utils import timezone

from gradebook.models import Exam, Membership, User
from jobs import JobLost
from jobs.models import Job
from jobs.runner import work_through
from rubrics.grading import apply
from scoring.erasure import accounts, exams, students
from scoring.models import Deletion
from tests.jobs.test_processes import until

pytestmark = pytest.mark.usefixtures("own_files")


class Deadlock(Exception):
    """What the driver says of it."""

    pgcode = "40P01"


DEADLOCK = OperationalError("deadlock detected")
DEADLOCK.__cause__ = Deadlock()


def failing_once(monkeypatch, module, name, error):
    """Let a function of a module work, and say the first time that it failed."""
    real, left = getattr(module, name), [error]

    def work(*args):
        real(*args)
        if left:
            fault = left.pop()
            raise fault from fault.__cause__

    monkeypatch.setattr(module, name, work)
    return left


@pytest.mark.parametrize("error", [DEADLOCK, IntegrityError("a row of it came")])
def test_an_exam_goes_with_the_next_try(world, monkeypatch, error):
    left = failing_once(monkeypatch, exams, "_delete_what_hangs_on", error)

    done = exams.delete(world.exam, by=world.ines)

    assert not left
    assert not Exam.objects.exists()
    assert done.done_at is not None


@pytest.mark.parametrize("error", [DEADLOCK, IntegrityError("a row of theirs came")])
@pytest.mark.parametrize("asked", [True, False])
def test_a_student_goes_with_the_next_try(world, monkeypatch, error, asked):
    left = failing_once(monkeypatch, accounts, "remove_unless_needed", error)
    student = world.members["sam"]

    if asked:
        students.ask(student, by=world.ines)
        work_through("worker", until_idle=True, most=5, stop=lambda: False)
    else:
        students.delete(student, by=world.ines)

    assert not left
    assert not User.objects.filter(pk=world.sam.pk).exists()
    assert not Membership.objects.filter(pk=student.pk).exists()
    assert Deletion.objects.get().done_at is not None


def test_another_mistake_is_no_reason_to_try_again(world, monkeypatch):
    failing_once(monkeypatch, exams, "_delete_what_hangs_on", OperationalError("the disk is gone"))

    with pytest.raises(OperationalError, match="disk"):
        exams.delete(world.exam, by=world.ines)


def test_an_exam_that_stays_keeps_the_work_asked_for(world, monkeypatch):
    monkeypatch.setattr(exams, "_delete_what_hangs_on", lambda exam: 1 / 0)
    queued = Job.objects.ask("match.exam", exam=world.exam.pk)
    begun = Job.objects.ask("crops.cut", exam=world.exam.pk)
    assert begun.claim("worker")

    with pytest.raises(ZeroDivisionError):
        exams.delete(world.exam, by=world.ines)

    assert set(Job.objects.all()) == {queued, begun}
    assert not Job.objects.claimable().exists(), "nobody works on it meanwhile"
    with pytest.raises(JobLost):
        begun.renew()
    Job.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert {(job.pk, job.attempt) for job in Job.objects.claimable()} == {
        (queued.pk, 0),
        (begun.pk, 0),
    }


def test_a_deletion_that_stopped_is_asked_for_again(world, as_):
    ines, page = as_("ines"), reverse("deletions", args=[world.course.pk])
    deletion = exams.ask(world.exam, by=world.ines)
    again = reverse("deletion_again", args=[deletion.pk])
    assert again not in ines.get(page).content.decode(), "a worker will do it"
    job = Job.objects.get()
    assert job.claim("worker")
    job.fail("Stopped.")

    assert again in ines.get(page).content.decode()
    assert ines.post(again).url == page

    work_through("worker", until_idle=True, most=5, stop=lambda: False)
    assert not Exam.objects.exists()
    assert again not in ines.get(page).content.decode()
    ines.post(again)
    assert not Job.objects.unfinished().exists(), "what is done is done"


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_click_that_came_before_and_the_deletion_do_not_lock_each_other_out(
    transactional_db, world
):
    answer, item = world.answers[1, "1.1"], world.items["1.1"][1]
    clicked = Event()

    def click():
        try:
            with transaction.atomic():
                apply(item, answer, by=world.gus)
                clicked.set()
                until(somebody_waits, 20)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        clicking = pool.submit(click)
        assert clicked.wait(20)
        exams.delete(world.exam, by=world.ines)
        clicking.result()

    assert not Exam.objects.exists()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None
