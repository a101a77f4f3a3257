from __future__ import annotations

import threading

import pytest
from django.core.management import call_command
from django.db import OperationalError

from jobs.heartbeat import beating
from jobs.models import GAVE_UP, RETRY_SECONDS, Job
from jobs.registry import work
from jobs.runner import run, work_through
from tests.jobs.test_models import be_due, let_the_lease_run_out

pytestmark = pytest.mark.django_db


def done_by(job: Job, worker: str = "one") -> Job:
    """Run the job and read it again."""
    run(job.pk, worker=worker)
    job.refresh_from_db()
    return job


def test_a_job_that_returns_is_done(job):
    job = done_by(job)

    assert (job.state, job.done, job.total, job.message) == ("done", 3, 3, "Step 3")


def test_a_job_is_run_once_however_often_its_key_comes(notes):
    job = Job.objects.ask("test.note", path=str(notes))

    assert [run(job.pk, worker="one"), run(job.pk, worker="two")] == [True, False]
    assert notes.read_text().splitlines() == [f"began {job.pk} 1", f"ended {job.pk} 1"]


def test_the_key_of_a_deleted_job_is_passed_over():
    assert run(404, worker="one") is False


def test_a_refusal_fails_at_once_in_its_own_words():
    job = done_by(Job.objects.ask("test.refuse"))

    assert (job.state, job.attempt, job.error) == ("failed", 1, "This file is no PDF.")


def test_a_job_that_lets_others_go_first_comes_after_them_and_loses_no_attempt():
    first, second = Job.objects.ask("test.later", turns=2), Job.objects.ask("test.later", turns=0)

    assert work_through("one", until_idle=True, most=9, stop=lambda: False) == 4

    first.refresh_from_db()
    second.refresh_from_db()
    assert first.finished_at > second.finished_at
    assert (first.state, first.attempt, first.args) == ("done", 1, {"turns": 0})


def test_an_error_is_tried_three_times_and_told_kindly_with_the_trace_kept(caplog):
    job = Job.objects.ask("test.break")
    for _ in RETRY_SECONDS:
        assert done_by(be_due(job)).state == "queued"
    job = done_by(be_due(job))

    assert (job.state, job.attempt, job.error) == ("failed", 3, GAVE_UP)
    assert "a wire came loose" in job.trace


def test_an_error_that_passes_is_forgotten(caplog):
    job = Job.objects.ask("test.break-once")
    done_by(job)

    assert done_by(be_due(job)).state == "done"


def test_an_overtaken_attempt_leaves_the_job_to_the_other(caplog):
    def overtaken(job: Job) -> None:
        let_the_lease_run_out(job)
        assert Job.objects.take("two")

    with registered(overtaken) as kind:
        job = done_by(Job.objects.ask(kind))

    assert (job.state, job.attempt, job.worker) == ("running", 2, "two")


def test_two_functions_for_one_kind_are_refused():
    with pytest.raises(ValueError, match=r"test\.note"):
        work("test.note")(lambda job: None)


def test_until_idle_ends_when_nothing_is_left(notes):
    for _ in range(3):
        Job.objects.ask("test.note", path=str(notes))

    assert work_through("one", until_idle=True, most=10, stop=lambda: False) == 3
    assert not Job.objects.unfinished().exists()


def test_a_worker_stops_between_two_jobs(notes):
    for _ in range(3):
        Job.objects.ask("test.note", path=str(notes))

    work_through("one", until_idle=True, most=10, stop=lambda: notes.exists())

    assert Job.objects.filter(state="done").count() == 1


def test_once_does_one_job_and_says_so(job, capsys):
    Job.objects.ask("test.steps", steps=1)

    call_command("runjobs", "--once")

    assert capsys.readouterr().out == f"test.steps {job.pk} is done.\n"
    assert Job.objects.unfinished().count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_renews_the_lease_and_writes_what_was_held_back(job, settings):
    settings.JOB_LEASE_SECONDS = 0.3
    job.claim("one")
    first = job.lease_until
    job.report(done=1, total=3)
    job.report(done=2)
    seen = threading.Event()
    flush = job.flush

    def flush_and_tell() -> None:
        flush()
        seen.set()

    job.flush = flush_and_tell
    with beating(job):
        assert seen.wait(5)

    job.refresh_from_db()
    assert job.done == 2
    assert job.lease_until > first


@pytest.mark.django_db(transaction=True)
def test_the_heartbeat_outlives_a_database_that_is_away_for_a_moment(job, settings, caplog):
    settings.JOB_LEASE_SECONDS = 0.3
    job.claim("one")
    beats = iter([OperationalError("away")])
    renewed = threading.Event()
    renew = job.renew

    def renew_after_a_failure() -> None:
        for error in beats:
            raise error
        renew()
        renewed.set()

    job.renew = renew_after_a_failure
    with beating(job):
        assert renewed.wait(5)


class registered:
    """A kind of work for the length of one test."""

    def __init__(self, function) -> None:
        self.function = function

    def __enter__(self) -> str:
        from jobs import registry

        self.kinds = registry._kinds
        self.kinds["test.passing"] = self.function
        return "test.passing"

    def __exit__(self, *error) -> None:
        del self.kinds["test.passing"]
