from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils.timezone import now

from jobs import registry
from jobs.finished import FAILED_DAYS, finished_before, forget
from jobs.models import Job
from tests.jobs.test_runner import registered

pytestmark = pytest.mark.django_db
DAYS = 30


def over(job: Job, days: float = DAYS + 1, *, failed: bool = False) -> Job:
    """End a job so many days ago."""
    at = now() - timedelta(days=days)
    state = {"state": "failed", "error": "No."} if failed else {"state": "done"}
    Job.objects.filter(pk=job.pk).update(finished_at=at, created_at=at, **state)
    return job


def ask(**args) -> Job:
    return Job.objects.ask("test.steps", **{"steps": 1, **args})


def left() -> set[int]:
    forget(finished_before(DAYS))
    return set(Job.objects.values_list("pk", flat=True))


def test_what_is_long_over_goes_and_the_rest_stays():
    over(ask())
    recent, waiting, running = over(ask(), DAYS - 1), ask(), ask()
    Job.objects.filter(pk=running.pk).update(state="running", lease_until=now())

    assert left() == {recent.pk, waiting.pk, running.pk}


def test_what_a_job_asked_for_goes_with_it():
    parent = over(ask())
    over(ask(parent=parent))

    assert left() == set()


@pytest.mark.parametrize("recent", [True, False])
def test_a_job_stays_while_what_it_asked_for_is_recent_or_at_work(recent):
    parent = over(ask())
    child = ask(parent=parent)
    if recent:
        over(child, 1)

    assert left() == {parent.pk, child.pk}


def test_a_failure_stays_until_somebody_asks_again():
    parent = over(ask(steps=7))
    child = over(ask(parent=parent, steps=8), failed=True)
    alone = over(ask(key="upload 9"), failed=True)
    assert left() == {parent.pk, child.pk, alone.pk}

    again = over(ask(key="upload 9"), 1)

    assert left() == {parent.pk, child.pk, again.pk}


def test_no_failure_stays_for_ever():
    over(ask(), FAILED_DAYS + 1, failed=True)

    assert left() == set()


def test_of_lasting_work_the_latest_for_each_thing_stays(monkeypatch):
    monkeypatch.setattr(registry, "_lasting", {"test.passing"})
    with registered(lambda job: None) as kind:
        over(Job.objects.ask(kind, exam=7, key="exam 7"))
        latest = over(Job.objects.ask(kind, exam=7))
        child = over(ask(parent=latest))
        other = over(Job.objects.ask(kind, exam=8))

    assert left() == {latest.pk, child.pk, other.pk}
