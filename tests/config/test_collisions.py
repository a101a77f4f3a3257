"""Two writers in each other's way: one of them is told, in words."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import Client
from django.urls import reverse

from config import collisions
from scoring import regrade_windows as windows


class Deadlock(Exception):
    pgcode = "40P01"


class Away(Exception):
    pgcode = "08006"


@pytest.fixture
def in_the_way(monkeypatch):
    """Let a verb of a module fail so many times as it does in another one's way."""

    def set_up(module, name, times, cause=Deadlock):
        real, calls = getattr(module, name), []

        def verb(*args, **how):
            calls.append(args)
            if len(calls) <= times:
                raise OperationalError("deadlock detected") from cause()
            return real(*args, **how)

        monkeypatch.setattr(module, name, verb)
        return calls

    return set_up


SENT = {"all": ""}
JSON = {"content_type": "application/json"}


def put_window(client, world):
    return client.put(
        reverse("api_regrade_window", args=[world.exam.pk]),
        {"opens_at": "2026-12-01T08:00", "closes_at": "2026-12-08T08:00"},
        **JSON,
    )


def test_an_api_request_that_came_second_is_to_be_sent_again(as_, world, in_the_way):
    calls = in_the_way(windows, "set_window", 1)

    answer = put_window(as_("ines"), world)

    # Not 409, which the grading page takes for a refusal: it keeps what it could not send.
    assert (answer.status_code, answer["Retry-After"], len(calls)) == (503, "1", 1)
    assert answer.json() == {"detail": collisions.WORDS}
    assert put_window(as_("ines"), world).status_code == 200


def test_a_page_s_form_that_came_second_is_told_in_words(as_, world, in_the_way):
    url, client = reverse("regrade_window", args=[world.exam.pk]), as_("ines")
    calls = in_the_way(windows, "shut", 2)

    told = client.post(url, SENT)

    assert (told.status_code, len(calls)) == (409, 1)
    assert collisions.WORDS in told.text
    asked = client.post(url, SENT, headers={"accept": "application/json"})
    assert asked.json() == {"detail": collisions.WORDS}


def test_another_failure_of_the_database_is_a_failure(as_, world, in_the_way):
    calls = in_the_way(windows, "shut", 9, cause=Away)

    with pytest.raises(OperationalError):
        as_("ines").post(reverse("regrade_window", args=[world.exam.pk]), SENT)
    assert len(calls) == 1


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_of_two_requests_that_wait_for_each_other_one_is_told(transactional_db, world, monkeypatch):
    """Each holds one question's row and wants the other's: PostgreSQL lets one go."""
    assert connection.vendor == "postgresql"
    both, first = Barrier(2), list[str]()
    rows = [world.questions[number] for number in ("1.1", "2")]

    def crosswise(exam, *, by):
        mine, other = rows if by == world.ines else rows[::-1]
        with transaction.atomic():
            type(mine).objects.select_for_update().get(pk=mine.pk)
            if len(first) < 2:
                first.append(str(by))
                both.wait(timeout=30)
            type(other).objects.select_for_update().get(pk=other.pk)

    monkeypatch.setattr(windows, "shut", crosswise)
    world.members["gus"].role = world.members["ines"].role
    world.members["gus"].save()
    statuses = []

    def post(person):
        client = Client()
        client.force_login(person)
        try:
            url = reverse("regrade_window", args=[world.exam.pk])
            statuses.append(client.post(url, SENT).status_code)
        finally:
            connections.close_all()

    threads = [Thread(target=post, args=[person]) for person in (world.ines, world.gus)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [302, 409]
