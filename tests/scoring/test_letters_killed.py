"""A worker killed while it sends, as a real process with a real mail server."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from django.conf import settings

from gradebook.models import Membership, Role, User
from jobs.models import Job
from scoring.models import Letter
from scoring.release import release
from submissions.models import Match, Submission
from tests.jobs.test_processes import LEASE_SECONDS, kill_all_of, started, until
from tests.scoring.mailbox import mailbox

pytestmark = pytest.mark.django_db(transaction=True)


def runjobs(port, *options):
    return started(
        "manage.py",
        "runjobs",
        *options,
        DJANGO_SETTINGS_MODULE="tests.scoring.mail_settings",
        DATA_DIR=str(settings.DATA_DIR),
        SECRET_KEY=os.environ.get("SECRET_KEY", "x"),
        JOB_LEASE_SECONDS=str(LEASE_SECONDS),
        MAIL_PORT=str(port),
    )


def test_nobody_is_written_to_twice_when_the_worker_dies_while_it_sends(graded):
    for number in range(10, 16):
        # The one in the middle is never answered: there the worker dies.
        name = "holds" if number == 13 else f"s{number}"
        user = User.objects.create_user(f"{name}@example.edu")
        member = Membership.objects.create(course=graded.course, user=user, role=Role.STUDENT)
        paper = Submission.objects.create(exam=graded.exam, number=number, code_name=f"c{number}")
        Match.objects.create(exam=graded.exam, submission=paper, membership=member)
    release(graded.exam, by=graded.ines, mail=True)
    Job.objects.filter(kind__startswith="copies").delete()

    with mailbox() as box:
        with runjobs(box.port) as first:
            until(lambda: box.held)
            kill_all_of(first)
        before = len(box.taken)
        with runjobs(box.port, "--until-idle") as second:
            assert second.wait(60) == 0
        addresses = Counter(box.addresses)

    assert before > 0
    assert set(addresses.values()) == {1}
    assert sorted(addresses) == sorted(
        Letter.objects.filter(state="sent").values_list("address", flat=True)
    )
    assert list(Letter.objects.exclude(state="sent").values_list("address", "state")) == [
        ("holds@example.edu", "unknown")
    ]
