from __future__ import annotations

import os
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils.timezone import now

from jobs import folders
from jobs.models import STOPPED, Job
from jobs.sweep import RESEND_SECONDS, ask_for_daily_work, sweep
from tests.jobs.test_models import let_the_lease_run_out

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch, settings) -> list[int]:
    """The keys handed to the broker, which is a machine of its own: test_services.py has it."""
    keys: list[int] = []
    settings.REDIS_URL = "redis://nowhere.invalid"
    monkeypatch.setattr("jobs.wake._send", lambda pk, after: keys.append(pk))
    return keys


@pytest.fixture
def committing(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def long_ago(seconds: float = RESEND_SECONDS + 1):
    return now() - timedelta(seconds=seconds)


def test_a_job_in_hand_is_left_alone(job):
    job.claim("one")

    assert sweep() == 0


def test_the_job_of_a_dead_worker_is_queued_again(job, settings):
    settings.REDIS_URL = ""  # with a broker it is sent as well: the tests with `sent`
    job.claim("one")
    let_the_lease_run_out(job)

    assert sweep() == 1

    job.refresh_from_db()
    assert (job.state, job.attempt, job.lease_until) == ("queued", 1, None)
    assert job.claim("two")
    assert job.attempt == 2


def test_folders_that_cannot_be_looked_at_keep_no_job_waiting(job, settings, monkeypatch, tmp_path):
    settings.REDIS_URL = ""
    (tmp_path / f"marginalia-{os.getuid()}-work").write_text("in the way")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    job.claim("one")
    let_the_lease_run_out(job)

    assert sweep() == 1

    job.refresh_from_db()
    assert job.state == "queued"


def test_a_job_whose_worker_died_three_times_fails_with_kind_words(job):
    for _ in range(3):
        assert Job.objects.take("one")
        let_the_lease_run_out(job)
    assert Job.objects.take("one") is None

    sweep()

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", STOPPED)


def test_attempts_that_came_farther_do_not_count_towards_giving_up(job):
    """A machine restarted again and again under a long job, which then dies at one spot."""
    for done in (1, 2, 3, 4, 5, 5, 5):
        running = Job.objects.take("one")
        running._reported_at = float("-inf")
        running.report(done=done, total=9)
        let_the_lease_run_out(running)
        sweep()
    assert Job.objects.get().state == "queued"

    assert Job.objects.take("one")
    let_the_lease_run_out(job)
    sweep()

    job.refresh_from_db()
    assert (job.state, job.error, job.attempt) == ("failed", STOPPED, 8)


def test_asking_wakes_a_worker_when_the_transaction_commits(sent, committing):
    with committing():
        job = Job.objects.ask("test.steps", steps=1)
        assert sent == []

    assert sent == [job.pk]


def test_nothing_is_sent_without_a_broker(sent, committing, settings):
    settings.REDIS_URL = ""
    with committing():
        Job.objects.ask("test.steps", steps=1)
        Job.objects.update(sent_at=long_ago())
        sweep()

    assert sent == []


def test_a_broker_that_is_away_does_not_break_the_asking(settings, committing, caplog):
    settings.REDIS_URL = "redis://nowhere.invalid"

    def fail(*args):
        raise ConnectionError("no route")

    with pytest.MonkeyPatch.context() as patch, committing():
        patch.setattr("jobs.wake._send", fail)
        job = Job.objects.ask("test.steps", steps=1)

    assert Job.objects.take("one") == job


def test_a_message_that_may_be_lost_is_sent_again_once(job, sent, committing):
    Job.objects.update(sent_at=long_ago())

    with committing():
        assert sweep() == 1
        assert sweep() == 0

    assert sent == [job.pk]


def test_a_job_waiting_for_its_next_attempt_is_not_sent_early(job, sent, committing):
    Job.objects.update(sent_at=long_ago(), due_at=now() + timedelta(minutes=1))

    with committing():
        assert sweep() == 0

    assert sent == []


def test_the_job_of_a_dead_worker_is_sent_again_at_once(job, sent, committing):
    job.claim("one")
    let_the_lease_run_out(job)

    with committing():
        sweep()

    assert sent == [job.pk]


@pytest.fixture
def daily(monkeypatch):
    monkeypatch.setattr("jobs.registry._daily", {"test.steps"})


def test_daily_work_is_asked_for_once_a_day_by_however_many(daily):
    assert [ask_for_daily_work(), ask_for_daily_work()] == [1, 0]
    job = Job.objects.get()
    job.claim("one")
    job.finish()

    assert ask_for_daily_work() == 0
    Job.objects.update(created_at=now() - timedelta(days=1, seconds=1))

    assert ask_for_daily_work() == 1
    assert Job.objects.count() == 2


def test_daily_work_that_nobody_did_yet_is_not_asked_for_again(daily):
    ask_for_daily_work()
    Job.objects.update(created_at=now() - timedelta(days=3))
    ask_for_daily_work()

    assert Job.objects.count() == 1


def test_folders_that_a_dead_worker_left_are_swept_too():
    mine = Path(folders.new())
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = mine.with_name(mine.name.replace(f".{os.getpid()}-", f".{ended.pid}-"))
    (left / "deep").mkdir(parents=True)
    (left / "deep" / "page.pdf").write_bytes(b"x")

    sweep()

    assert not left.exists()
    assert mine.is_dir()
    mine.rmdir()
