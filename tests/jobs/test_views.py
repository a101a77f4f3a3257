from __future__ import annotations

import pytest

from jobs import views
from jobs.models import Job

POLL = {"HX-Request": "true"}


@pytest.fixture
def job(world) -> Job:
    job = Job.objects.ask("test.steps", by=world.ines, steps=4)
    job.claim("one")
    job.report(done=1, total=4, message="Reading page 1")
    return job


@pytest.fixture
def url(job) -> str:
    return f"/jobs/{job.pk}/"


def test_the_one_who_asked_sees_how_far_it_is_and_asks_again(as_, url):
    answer = as_("ines").get(url, headers=POLL)

    assert answer.status_code == 200
    assert 'value="1" max="4"' in answer.text
    assert "Reading page 1" in answer.text
    assert f'hx-get="{url}"' in answer.text
    assert 'hx-trigger="every 1s"' in answer.text


def test_a_finished_job_ends_the_polling(as_, url, job):
    job.finish()

    answer = as_("ines").get(url, headers=POLL)

    assert answer.status_code == 286
    assert answer.headers["HX-Trigger"] == "job-finished"
    assert "hx-get" not in answer.text


def test_a_job_with_unfinished_children_is_still_polled(as_, url, job):
    Job.objects.ask("test.steps", parent=job, steps=1)
    job.finish()

    assert as_("ines").get(url, headers=POLL).status_code == 200


def test_a_failed_job_says_why_in_words_and_keeps_the_trace_back(as_, url, job):
    job.fail("This file is <no> PDF.", trace="Traceback in secret.py")

    answer = as_("ines").get(url, headers=POLL)

    assert answer.status_code == 286
    assert "This file is &lt;no&gt; PDF." in answer.text
    assert "secret.py" not in answer.text


def test_a_superuser_sees_every_job(as_, world, url):
    world.otto.is_superuser = True
    world.otto.save()

    assert as_("otto").get(url, headers=POLL).status_code == 200


@pytest.mark.parametrize("name", ["gus", "sam", "otto"])
def test_nobody_else_sees_it(as_, url, name):
    assert as_(name).get(url, headers=POLL).status_code == 404


def test_a_job_nobody_asked_for_is_nobodys(as_, world):
    job = Job.objects.ask("test.steps", steps=1)

    assert as_("ines").get(f"/jobs/{job.pk}/", headers=POLL).status_code == 404


def test_a_stranger_is_sent_to_the_login(client, url):
    assert client.get(url).status_code == 302


def test_a_poll_asks_the_database_as_often_for_many_children(
    as_, url, job, django_assert_max_num_queries
):
    for _ in range(30):
        Job.objects.ask("test.steps", parent=job, steps=1)
    client = as_("ines")

    with django_assert_max_num_queries(4):
        client.get(url, headers=POLL)


def test_another_apps_view_is_polled_at_its_own_address(rf, job):
    request = rf.get("/exams/1/intake/", headers=POLL)

    assert 'hx-get="/exams/1/intake/"' in views.answer_progress(request, job).content.decode()


def test_without_htmx_it_is_a_whole_page(as_, url):
    answer = as_("ines").get(url)

    assert answer.status_code == 200
    assert "<html" in answer.text
    assert "Reading page 1" in answer.text
