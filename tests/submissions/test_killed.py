"""A worker killed in the middle of an intake, as a real process on real files."""

from __future__ import annotations

import os

import pytest
from django.conf import settings

from jobs.models import Job
from submissions.models import Crop, Page
from tests.jobs.test_processes import kill_all_of, started, until

pytestmark = pytest.mark.django_db(transaction=True)


def runjobs(*options):
    return started(
        "manage.py",
        "runjobs",
        "--processes=2",
        *options,
        DJANGO_SETTINGS_MODULE="config.settings_test",
        DATA_DIR=str(settings.DATA_DIR),
        SECRET_KEY=os.environ.get("SECRET_KEY", "x"),
    )


def test_what_a_killed_runner_had_begun_is_finished_once(quiz, scans, take):
    upload = take(quiz, scans(*[*range(9)] * 5))
    with runjobs() as first:
        until(lambda: 3 <= upload.pages.exclude(state="waiting").count() < 40)
        kill_all_of(first)
    left = upload.pages.filter(state="waiting").count()

    with runjobs("--until-idle") as second:
        assert second.wait(120) == 0

    assert left > 0
    assert not Job.objects.exclude(state="done").exists()
    assert list(upload.pages.order_by("number").values_list("number", flat=True)) == [*range(1, 46)]
    assert set(upload.pages.values_list("state", flat=True)) == {Page.State.PLACED}
    assert quiz.submissions.count() == 15
    assert Crop.objects.filter(region__exam=quiz).count() == 15 * quiz.regions.count()
