"""A copy as a PDF: who comes before it was drawn waits for a job; nothing is drawn meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from gradebook.files import keep
from jobs.models import Job
from jobs.runner import work_through
from rubrics.rubric import change_item
from scoring.drawing import draw, working_copies
from scoring.models import Copy
from scoring.release import release
from submissions.models import Page

HTMX = {"HX-Request": "true"}


def work():
    work_through("test", until_idle=True, most=100, stop=lambda: False)


@pytest.fixture
def copy(graded):
    """Sam's copy, just released: the job that draws all of them has not begun."""
    release(graded.exam, by=graded.ines)
    return Copy.objects.get(submission=graded.papers[0])


@pytest.fixture
def url(copy):
    return reverse("copy_pdf", args=[copy.pk])


@pytest.fixture
def idle(monkeypatch):
    """Whoever draws in this process breaks the test, until `.undo()`."""
    monkeypatch.setattr("scoring.copies.document.draw_copy", lambda *_: pytest.fail("drawn here"))
    return monkeypatch


def break_a_scan(graded):
    broken = keep("sheets", b"no pdf at all", ".pdf")
    page = graded.pages["sam"][0]
    Page.objects.filter(pk=page.pk).update(sheet=broken.name, sha256=broken.sha256)
    return page


def asked():
    return Job.objects.filter(kind="copies.draw", parent=None)


def test_a_student_before_the_job_waits_on_a_page_that_becomes_the_pdf(as_, url, idle):
    client = as_("sam")

    page = client.get(url)
    assert page.status_code == 202
    assert page["Cache-Control"] == "no-store"
    assert "Your copy is being made" in page.content.decode()
    assert f'hx-get="{url}"' in page.content.decode()
    assert client.get(url, headers=HTMX).status_code == 204
    idle.undo()
    work()

    assert client.get(url, headers=HTMX)["HX-Refresh"] == "true"
    response = client.get(url)
    assert b"".join(response.streaming_content).startswith(b"%PDF")
    assert 'filename="Student_Sam_s0000002.pdf"' in response["Content-Disposition"]


def test_however_often_it_is_asked_for_it_is_one_job(as_, url, copy):
    client = as_("sam")
    for _ in range(3):
        client.get(url)
        client.get(url, headers=HTMX)
        client.get(reverse("api_copy_pdf", args=[copy.pk]))

    assert asked().get().args == {"copies": [copy.pk]}


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_instant_ask_for_one_job(graded, idle):
    release(graded.exam, by=graded.ines)
    url = reverse("copy_pdf", args=[Copy.objects.get(submission=graded.papers[0]).pk])
    start = Barrier(4)

    def get(client):
        start.wait()
        try:
            return client.get(url).status_code
        finally:
            connections.close_all()

    clients = [Client() for _ in range(4)]
    for client in clients:
        client.force_login(graded.sam)
    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(get, clients)) == {202}

    assert asked().count() == 1


def test_a_copy_whose_like_was_drawn_before_is_sent_at_once(as_, graded, idle):
    idle.undo()
    draw(working_copies(graded.exam, graded.papers[:1])[0])
    release(graded.exam, by=graded.ines)
    copy = Copy.objects.get(submission=graded.papers[0], release__isnull=False)

    assert as_("sam").get(reverse("copy_pdf", args=[copy.pk])).status_code == 200
    assert not asked().exists()


def test_staff_wait_for_a_paper_s_copy_in_the_same_way(as_, graded, idle):
    url = reverse("submission_copy", args=[graded.papers[0].pk])
    client = as_("ines")
    assert "The copy is being made" in client.get(url).content.decode()
    idle.undo()
    work()

    response = client.get(url)
    assert 'filename="Student_Sam_s0000002.pdf"' in response["Content-Disposition"]
    change_item(graded.items["1.1"][1], points=-100, by=graded.ines)

    assert client.get(url).status_code == 202
    assert asked().count() == 2
    nobodys = reverse("submission_copy", args=[graded.papers[2].pk])
    client.get(nobodys)
    work()
    assert 'filename="paper_3.pdf"' in client.get(nobodys)["Content-Disposition"]


def test_a_copy_that_cannot_be_drawn_says_so_until_somebody_tries_again(as_, graded, url):
    client, page = as_("sam"), break_a_scan(graded)
    client.get(url)
    work()

    for _ in range(3):
        failed = client.get(url)
        assert failed.status_code == 503
        assert "could not be made" in failed.content.decode()
        told = client.get(url, headers=HTMX)
        assert told.status_code == 200
        assert "hx-get" not in told.content.decode()
    assert asked().count() == 1

    page.save(update_fields=["sheet", "sha256"])
    assert client.post(url)["Location"] == url
    assert client.get(url).status_code == 202
    work()
    assert client.get(url).status_code == 200


def test_staff_read_why_a_copy_cannot_be_drawn(as_, graded):
    url = reverse("submission_copy", args=[graded.papers[0].pk])
    break_a_scan(graded)
    client = as_("ines")
    client.get(url)
    work()

    assert "paper 1: the scan of page 1 is damaged." in client.get(url).content.decode()


def test_the_api_answers_202_and_then_the_file(as_, copy):
    client, url = as_("sam"), reverse("api_copy_pdf", args=[copy.pk])

    first = client.get(url)
    assert (first.status_code, first["Retry-After"]) == (202, "1")
    assert first.json() == {"job": {"id": asked().get().pk, "state": "queued"}}
    work()

    then = client.get(url)
    assert (then.status_code, then["Content-Type"]) == (200, "application/pdf")
    assert b"".join(then.streaming_content).startswith(b"%PDF")


def test_the_api_gives_instructors_a_paper_s_copy(as_, graded):
    client, url = as_("ines"), reverse("api_submission_pdf", args=[graded.papers[0].pk])
    break_a_scan(graded)

    assert client.get(url).status_code == 202
    work()
    failed = client.get(url)
    assert failed.status_code == 503
    assert "POST here to try once more" in failed.json()["detail"]

    assert client.post(url).status_code == 202
    assert asked().count() == 2
