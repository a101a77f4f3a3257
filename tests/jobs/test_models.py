from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection, connections
from django.utils.timezone import now

from jobs import JobLost
from jobs.models import GAVE_UP, Job

pytestmark = pytest.mark.django_db


def again(job: Job) -> Job:
    """The same row as another worker reads it."""
    return Job.objects.get(pk=job.pk)


def let_the_lease_run_out(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=now() - timedelta(seconds=1))


def be_due(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(due_at=now() - timedelta(seconds=1))
    return again(job)


def test_a_kind_nobody_does_cannot_be_asked_for():
    with pytest.raises(LookupError, match=r"test\.nonsense"):
        Job.objects.ask("test.nonsense")


def test_asking_keeps_who_asked_and_what_for(world):
    parent = Job.objects.ask("test.steps", by=world.ines, steps=1)
    job = again(Job.objects.ask("test.steps", by=world.ines, parent=parent, steps=3))

    assert (job.asked_by, job.parent, job.args) == (world.ines, parent, {"steps": 3})
    assert (job.state, job.attempt) == (Job.State.QUEUED, 0)


def test_asking_twice_with_a_key_gives_one_job():
    first = Job.objects.ask("test.steps", key="upload 7", steps=1)
    second = Job.objects.ask("test.steps", key="upload 7", steps=1)

    assert first == second
    assert Job.objects.count() == 1


def test_jobs_without_a_key_do_not_share():
    assert Job.objects.ask("test.steps", steps=1) != Job.objects.ask("test.steps", steps=1)


def test_a_key_is_free_again_once_its_job_is_finished():
    first = Job.objects.ask("test.steps", key="upload 7", steps=1)
    first.claim("one")
    first.finish()

    assert Job.objects.ask("test.steps", key="upload 7", steps=1) != first


@pytest.mark.django_db(transaction=True)
def test_a_key_asked_for_at_once_by_four_gives_one_job():
    start = Barrier(4)

    def ask(turn: int) -> int:
        start.wait()
        pk = Job.objects.ask("test.steps", key="upload 7", steps=1).pk
        connections.close_all()
        return pk

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_one_gets_the_job():
    job = Job.objects.ask("test.steps", steps=1)
    start = Barrier(4)

    def claim(turn: int) -> bool:
        mine = again(job)
        start.wait()
        won = mine.claim(f"worker {turn}")
        connections.close_all()
        return won

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(claim, range(4))) == [False, False, False, True]
    assert again(job).attempt == 1


def test_jobs_are_taken_in_the_order_they_are_due():
    first, second = (Job.objects.ask("test.steps", steps=1) for _ in range(2))

    assert [Job.objects.take("one"), Job.objects.take("two")] == [first, second]
    assert Job.objects.take("three") is None


def test_a_job_not_yet_due_is_not_taken(job):
    Job.objects.update(due_at=now() + timedelta(minutes=1))

    assert Job.objects.take("one") is None
    assert not again(job).claim("one")


def test_a_running_job_is_taken_over_only_when_its_lease_ran_out(job):
    assert job.claim("one")
    assert Job.objects.take("two") is None

    let_the_lease_run_out(job)

    taken = Job.objects.take("two")
    assert taken is not None
    assert taken == job
    assert (taken.attempt, taken.worker) == (2, "two")


def test_a_renewed_lease_reaches_further(job):
    job.claim("one")
    let_the_lease_run_out(job)

    job.renew()

    assert not Job.objects.expired().exists()
    assert Job.objects.take("two") is None


@pytest.mark.parametrize(
    "write",
    [
        lambda job: job.renew(),
        lambda job: job.report(done=1),
        lambda job: job.finish(),
        lambda job: job.fail("No."),
        lambda job: job.stumble("trace"),
    ],
    ids=["renew", "report", "finish", "fail", "stumble"],
)
def test_an_overtaken_attempt_writes_nothing(job, write):
    job.claim("one")
    let_the_lease_run_out(job)
    other = again(job)
    assert other.claim("two")
    before = Job.objects.values().get(pk=job.pk)

    with pytest.raises(JobLost):
        write(job)

    assert Job.objects.values().get(pk=job.pk) == before
    other.finish()


def test_a_lost_job_is_not_written_even_when_a_report_is_held_back(job):
    job.claim("one")
    job.report(done=1)
    let_the_lease_run_out(job)
    Job.objects.take("two")
    with pytest.raises(JobLost):
        job.renew()  # as the heartbeat does, in its thread

    with pytest.raises(JobLost):
        job.report(done=2)


def test_reports_close_together_are_written_once(job, django_assert_num_queries):
    job.claim("one")

    with django_assert_num_queries(1):
        for done in range(100):
            job.report(done=done, total=100)

    assert again(job).done == 0
    job.flush()
    assert (again(job).done, again(job).total) == (99, 100)


def test_what_is_reported_while_the_heartbeat_waits_for_the_row_is_kept(job):
    job.claim("one")
    job.report(done=1, total=3, message="At it.")
    job.report(done=2)

    def work_goes_on(execute, *query):
        written = execute(*query)
        job.report(done=3, message="3 of 3 done.")
        return written

    with connection.execute_wrapper(work_goes_on):
        job.flush()  # as the heartbeat does, in its thread
    job.finish()

    assert (again(job).done, again(job).message) == (3, "3 of 3 done.")


def test_a_finished_job_stands_at_its_total(job):
    job.claim("one")
    job.report(done=1, total=3, message="Half way")
    job.finish()

    job = again(job)
    assert (job.state, job.done, job.total, job.message) == ("done", 3, 3, "Half way")
    assert job.finished_at
    assert not job.claim("two")


def test_a_broken_attempt_is_tried_again_after_a_pause(job):
    job.claim("one")

    job.stumble("Traceback: a wire came loose")

    job = again(job)
    assert (job.state, job.attempt, job.trace) == ("queued", 1, "Traceback: a wire came loose")
    assert job.due_at > now()
    assert Job.objects.take("two") is None


def test_the_pause_grows_and_the_third_broken_attempt_is_the_last(job):
    pauses = []
    for _ in range(2):
        job = be_due(job)
        assert job.claim("one")
        job.stumble("trace")
        pauses.append(job.due_at - now())
    job = be_due(job)
    job.claim("one")
    job.stumble("trace")

    assert pauses[0] < pauses[1]
    assert (again(job).state, again(job).error) == ("failed", GAVE_UP)
    assert not again(job).claim("two")
