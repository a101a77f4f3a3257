from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from jobs.progress import in_words, of_family, seconds_left

AT = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@dataclass
class Told:
    state: str = "running"
    done: int = 0
    total: int = 0
    message: str = ""
    error: str = ""
    started_at: datetime | None = AT - timedelta(seconds=10)
    finished_at: datetime | None = None


@pytest.mark.parametrize(
    ("done", "total", "elapsed", "left"),
    [
        (1, 4, 10, 30),
        (4, 4, 10, 0),
        (0, 4, 10, None),  # nothing done yet
        (1, 4, 1, None),  # too early to tell
        (5, 4, 10, None),  # a total that was wrong
        (3, 0, 10, None),  # no total
    ],
)
def test_the_time_left_follows_the_pace_so_far(done, total, elapsed, left):
    assert seconds_left(done, total, elapsed) == left


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "a few seconds"),
        (9.9, "a few seconds"),
        (14, "about 10 seconds"),
        (54, "about 50 seconds"),
        (55, "about 1 minute"),
        (89, "about 1 minute"),
        (150, "about 2 minutes"),
        (3560, "about 59 minutes"),
        (3600, "about 1 hour"),
        (9000, "about 2 hours"),
    ],
)
def test_a_length_of_time_is_said_as_a_person_would(seconds, words):
    assert in_words(seconds) == words


def test_a_job_alone_tells_its_own_progress():
    told = of_family(Told(done=1, total=4, message="Page 1"), [], AT)

    assert (told.state, told.done, told.total, told.message) == ("running", 1, 4, "Page 1")
    assert told.seconds_left == 30


def test_children_add_up_to_the_total_the_parent_named():
    parent = Told(state="done", done=100, total=100)
    children = [Told("done", 20, 20), Told("running", 5, 20), Told("queued", started_at=None)]

    told = of_family(parent, children, AT)

    assert (told.state, told.done, told.total) == ("running", 25, 100)
    assert told.seconds_left == 30


def test_a_family_is_finished_when_everybody_is():
    assert of_family(Told("done"), [Told("done"), Told("queued")], AT).state == "running"
    assert of_family(Told("done"), [Told("done"), Told("done")], AT).state == "done"


def test_one_failed_child_is_told_once_the_others_are_through():
    failed = Told("failed", error="Page 3 cannot be read.")

    assert not of_family(Told("done"), [failed, Told("running")], AT).finished
    told = of_family(Told("done"), [failed, Told("done")], AT)
    assert (told.state, told.error) == ("failed", "Page 3 cannot be read.")


def test_the_word_of_somebody_at_work_comes_first():
    children = [Told("running", message="Reading names"), Told("done", message="All split")]

    assert of_family(Told("done", message="Opened"), children, AT).message == "Reading names"


def test_a_finished_family_stands_at_its_total():
    told = of_family(Told("done", 5, 5), [Told("done", 2, 2), Told("done", 2, 2)], AT)

    assert (told.done, told.total, told.seconds_left) == (5, 5, None)
