"""The API beyond any one noun: tokens, its description, pages of lists."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client
from rest_framework.authtoken.models import Token

HUGE = "9" * 5000


@pytest.mark.parametrize("asked", [{"limit": HUGE}, {"limit": "9" * 30}, {"offset": "9" * 30}])
def test_far_pages_of_the_scores_are_answered(world, as_, asked):
    response = as_("ines").get(f"/api/v1/exams/{world.exam.pk}/scores/", asked)

    assert response.status_code == 200
    assert response.json()["count"] == 2


@pytest.mark.parametrize("asked", [{}, {"version": "\0"}, {"version": "1\r\nX: y"}, {"lang": "\0"}])
def test_the_schema_is_the_same_whatever_is_asked(world, as_, asked):
    response = as_("ines").get("/api/v1/schema/", {**asked, "format": "json"})

    assert response.status_code == 200
    assert response.headers["Content-Disposition"] == 'inline; filename="Marginalia.json"'


def test_a_token_is_made_anew_and_withdrawn(world, as_):
    gus = as_("gus")

    first = gus.post("/api/v1/token/").json()["token"]
    second = gus.post("/api/v1/token/").json()["token"]

    assert first != second
    assert Token.objects.get(user=world.gus).key == second
    assert gus.delete("/api/v1/token/").status_code == 204
    assert not Token.objects.filter(user=world.gus).exists()


@pytest.mark.django_db(transaction=True)
def test_tokens_asked_for_at_once_leave_one(transactional_db, world):
    people = 6
    start = Barrier(people)

    def ask(_):
        client = Client()
        client.force_login(world.gus)
        start.wait()
        try:
            return client.post("/api/v1/token/").status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(people) as pool:
        assert set(pool.map(ask, range(people))) == {201}
    assert Token.objects.filter(user=world.gus).count() == 1


def test_what_broke_is_told_to_scripts_in_their_words(world, monkeypatch):
    monkeypatch.setattr("gradebook.api.courses_of", lambda user: 1 / 0)
    client = Client(raise_request_exception=False)
    client.force_login(world.gus)

    response = client.get("/api/v1/courses/", headers={"accept": "*/*"})

    assert response.status_code == 500
    assert "broke on our side" in response.json()["detail"]
