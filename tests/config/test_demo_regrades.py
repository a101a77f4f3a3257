from __future__ import annotations

from config.demo.regrades import ask_for_regrades
from scoring.models import Regrade
from scoring.regrade_windows import shut
from scoring.release import latest, release
from tests.scoring.conftest import (  # noqa: F401  the released world of the scoring tests
    graded,
    released,
    scanned,
)


def test_the_demo_has_a_request_that_is_answered_and_none_twice(released):  # noqa: F811
    shut(released.exam, by=released.ines)
    for _ in range(2):
        ask_for_regrades(released.exam, by=released.ines)

    (asked,) = Regrade.objects.all()
    assert (asked.student, asked.reply.by) == (released.members["sam"], released.ines)


def test_the_demo_asks_about_copies_students_see(released):  # noqa: F811
    shut(released.exam, by=released.ines)
    release(released.exam, by=released.ines, again=latest(released.exam))
    ask_for_regrades(released.exam, by=released.ines)

    assert Regrade.objects.get().copy.withdrawn_at is None
