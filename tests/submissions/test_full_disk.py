"""A disk that is full, by the kernel's own word: what is kept is written to /dev/full."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client

from gradebook import files
from jobs.models import DISK_FULL, Job
from jobs.runner import work_through
from submissions.models import Page, Upload
from submissions.overview import uploads_of

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def own_disk(settings, tmp_path):
    """Files of this test's own: what another kept already would not be written again."""
    files_ = {**settings.STORAGES["default"], "OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = {**settings.STORAGES, "default": files_}


@pytest.fixture
def full(monkeypatch, tmp_path):
    """`full.begin()`: no room from now on; `full.end()` makes some."""
    link = tmp_path / "part"  # not the device itself: what fails is unlinked

    def opened(**options):
        link.symlink_to("/dev/full")
        return link.open("wb", buffering=0)

    def begin():
        monkeypatch.setattr(files, "NamedTemporaryFile", opened)

    return SimpleNamespace(begin=begin, end=monkeypatch.undo)


@pytest.fixture
def client(world):
    """What a real server answers, where the test's client would raise."""
    client = Client(raise_request_exception=False)
    client.force_login(world.ines)
    return client


def work_on():
    """Do what is due as a worker does, without waiting between attempts."""
    while Job.objects.unfinished().exists():
        Job.objects.unfinished().update(due_at="2026-01-01T00:00Z")
        work_through("test", until_idle=False, most=1, stop=lambda: False)


def test_who_sends_a_file_is_told_and_nothing_is_half_there(client, quiz, scans, full):
    path, url = scans(0, 1, 2), f"/exams/{quiz.pk}/uploads/"
    full.begin()
    with path.open("rb") as file:
        script = client.post(url, {"file": file}, headers=JSON)
    with path.open("rb") as file:
        form = client.post(url, {"file": file}, headers={"Accept": "text/html"})

    assert (script.status_code, script.json()) == (507, {"detail": DISK_FULL})
    assert form.status_code == 507
    assert DISK_FULL in form.text
    assert not Upload.objects.exists()


def test_who_sends_a_part_is_told_and_goes_on_when_there_is_room(client, quiz, scans, full):
    data = scans(0).read_bytes()
    begun = {"name": "a.pdf", "size": len(data)}
    told = client.post(f"/api/v1/exams/{quiz.pk}/deliveries/", begun, "application/json").json()
    url = f"{told['url']}parts/0/"
    full.begin()
    refused = client.put(url, data, "application/octet-stream")
    full.end()

    assert (refused.status_code, refused.json()["detail"]) == (507, DISK_FULL)
    assert client.put(url, data, "application/octet-stream").status_code == 204
    assert client.post(f"{told['url']}upload/", {}, "application/json").status_code == 201


def test_reading_stops_with_a_word_and_goes_on_when_there_is_room(client, quiz, scans, take, full):
    upload = take(quiz, scans(*range(6)))
    full.begin()
    work_on()
    (row,) = uploads_of(quiz, names=True)
    waiting = upload.pages.filter(state=Page.State.WAITING).count()
    full.end()
    shown = client.get(f"/exams/{quiz.pk}/scans/").text
    client.post(f"/uploads/{upload.pk}/again/")
    work_on()

    assert (row.state, row.problem, waiting) == ("stuck", DISK_FULL, 6)
    assert DISK_FULL in shown
    assert "Try again" in shown
    assert list(upload.pages.values_list("number", "state").order_by("number")) == [
        (number, Page.State.PLACED) for number in range(1, 7)
    ]
    assert quiz.submissions.count() == 2
