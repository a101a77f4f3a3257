from __future__ import annotations

import pytest
from django.urls import reverse

from rubrics import grading
from scoring.models import Copy, Regrade, RegradeReply, RegradeWindow
from scoring.regrade_windows import Terms, terms_of

JSON = {"content_type": "application/json"}


@pytest.fixture
def own(released):
    return reverse("api_copy_regrade", args=[released.copies["sam"].pk, "1.1"])


@pytest.fixture
def asked(as_, own):
    as_("sam").put(own, {"reason": "Look again."}, **JSON)
    return Regrade.objects.get()


def parts(client, world, name="sam"):
    told = client.get(reverse("api_copy_regrades", args=[world.copies[name].pk])).json()
    return {part["part"]: part for part in told["parts"]}


def test_a_student_asks_once_however_often_it_is_put(as_, released, own):
    client = as_("sam")
    for _ in range(2):
        said = client.put(own, {"reason": "Look again."}, **JSON).json()

    assert (said["part"], said["reason"], said["may_ask"]) == ("1.1", "Look again.", False)
    assert Regrade.objects.count() == 1
    assert client.put(own, {"reason": "Otherwise."}, **JSON).status_code == 409
    told = parts(client, released)
    assert [told[number]["may_ask"] for number in ("1.1", "1.2", "2")] == [False, True, True]


def test_no_reason_is_refused_in_words(as_, own):
    response = as_("sam").put(own, {"reason": " "}, **JSON)

    assert response.status_code == 400
    assert "Say why" in response.content.decode()


def test_withdrawing_repeats_safely(as_, released, own, asked):
    client = as_("sam")

    assert [client.delete(own).status_code for _ in range(2)] == [204, 204]
    assert parts(client, released)["1.1"]["may_ask"]


def test_another_students_requests_are_in_nothing_one_gets(as_, released, own, asked):
    client = as_("nia")

    assert (
        client.get(reverse("api_copy_regrades", args=[released.copies["sam"].pk])).status_code
        == 404
    )
    assert client.put(own, {"reason": "Mine."}, **JSON).status_code == 404
    assert client.delete(own).status_code == 404
    assert {part["reason"] for part in parts(client, released, "nia").values()} == {""}
    for name in ("api_regrade", "api_regrade_reply", "api_regrade_grader"):
        send = client.get if name == "api_regrade" else client.put
        assert send(reverse(name, args=[asked.pk])).status_code == 404


def test_graders_list_and_read_without_names(as_, released, asked):
    gus = as_("gus").get(reverse("api_regrades", args=[released.exam.pk]))
    one = as_("gus").get(reverse("api_regrade", args=[asked.pk]))

    assert [row["id"] for row in gus.json()["results"]] == [asked.pk]
    assert one.json()["thread"][0]["by"] == "The student"
    assert "Sam" not in gus.content.decode() + one.content.decode()
    assert (
        as_("ines").get(reverse("api_regrade", args=[asked.pk])).json()["student"] == "Sam Student"
    )


def test_a_reply_with_a_change_reaches_the_copy(as_, released, asked):
    url, client = reverse("api_regrade_reply", args=[asked.pk]), as_("gus")
    grading.adjust(asked.answer, 50, version=0, by=released.gus)
    sent = {"text": "Right.", "change": True, "seen": "1.5"}

    stale = client.put(url, sent, **JSON)
    said = client.put(url, {**sent, "seen": "2"}, **JSON)

    assert (stale.status_code, "it is 2 now" in stale.json()["detail"]) == (409, True)
    assert said.json()["reply"] | {"at": ""} == {
        "text": "Right.",
        "changed": True,
        "before": "1.5",
        "after": "2",
        "at": "",
    }
    assert Copy.objects.get(pk=released.copies["sam"].pk).result["score"] == 800
    assert "Gus" not in str(parts(as_("sam"), released))


def test_instructors_set_window_terms_and_grader(as_, released, asked):
    client, part = as_("ines"), released.questions["1.1"].pk
    window = reverse("api_regrade_window", args=[released.exam.pk])
    terms = reverse("api_regrade_terms", args=[part])
    grader = reverse("api_regrade_grader", args=[asked.pk])
    times = {"opens_at": "2026-12-01T08:00:00Z", "closes_at": "2026-12-08T08:00:00Z"}

    assert client.put(window, times, **JSON).json()["window"] == times
    assert client.put(window, {**times, "closes_at": times["opens_at"]}, **JSON).status_code == 400
    for at in ("0001-01-01T00:00Z", "9999-12-31T23:59Z"):
        assert client.put(window, {**times, "closes_at": at}, **JSON).status_code == 400
    assert client.put(terms, {"closed": True, "grader": released.gus.pk}, **JSON).status_code == 200
    assert terms_of(released.exam)[part] == Terms(True, released.gus.pk)
    assert client.put(terms, {"grader": released.sam.pk}, **JSON).status_code == 400
    assert (
        client.put(grader, {"grader": released.ines.pk}, **JSON).json()["grader"]
        == released.ines.pk
    )
    assert client.put(grader, {"grader": released.sam.pk}, **JSON).status_code == 400
    assert client.delete(window).status_code == 204
    assert client.get(window).json() == {"window": None}


def test_a_time_without_an_offset_is_the_courses(as_, released):
    released.course.time_zone = "America/Los_Angeles"
    released.course.save()
    window = reverse("api_regrade_window", args=[released.exam.pk])
    times = {"opens_at": "2026-12-01T08:00", "closes_at": "2026-12-08T08:00"}

    as_("ines").put(window, times, **JSON)

    assert RegradeWindow.objects.get().opens_at.isoformat() == "2026-12-01T16:00:00+00:00"


def test_who_asked_answers_nobody_not_even_as_a_grader_later(as_, released, asked):
    Regrade.objects.update(grader=None)
    released.members["sam"].role = "grader"
    released.members["sam"].save()
    reply = reverse("api_regrade_reply", args=[asked.pk])

    assert as_("sam").put(reply, {"text": "Yes.", "change": False}, **JSON).status_code == 403
    assert not RegradeReply.objects.exists()


def test_who_it_is_not_put_to_is_told(as_, released, asked):
    Regrade.objects.update(grader=released.ines)

    response = as_("gus").put(
        reverse("api_regrade_reply", args=[asked.pk]), {"text": "No."}, **JSON
    )

    assert response.status_code == 403
    assert "put to somebody else" in response.json()["detail"]
