"""Every address of the site, asked by students, at every stage of a release.

What is not in `OPEN` answers a student with 403, 404 or 405, or leads to the sign-in page; and
whatever it answers, nothing of anybody else is in it, and nothing of one's own before its time.
The addresses are those of the URL conf: one that is new and not closed fails here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone

from gradebook.models import Section
from rubrics import grading
from rubrics.models import Item
from rubrics.rubric import change_item
from scoring.drawing import draw
from scoring.models import Copy
from scoring.release import release, take_back
from submissions.models import Match
from tests.scoring.test_permissions import (
    PLACES,
    addresses,
    peopled,  # noqa: F401  one of everything
    send_to,
    turned_away,
)

# What any student may open, whoever they are; nothing of an exam is in it before its release.
OPEN = {
    *("login", "password_change", "password_change_done", "password_reset"),
    *("password_reset_done", "password_reset_confirm", "password_reset_complete"),
    *("healthz", "schema", "logout", "api_token", "home", "course", "statistics"),
    *("api_courses", "api_course", "api_copies", "api_keys", "api_key", "api_preview"),
    "api_single_keys",
}
# What is one's own once it is released: by the key of the copy, or of the exam.
OWN = {
    *("copy", "copy_pdf", "copy_page", "copy_regrade", "copy_solution", "result"),
    *("api_copy", "api_copy_pdf", "api_copy_regrades", "api_copy_regrade"),
}
# What else is named in the address of something of a copy.
OF_A_COPY: dict[str, list[Any]] = {
    "copy_page": [1],
    "copy_regrade": ["1.1"],
    "copy_solution": ["1.1"],
    "api_copy_regrade": ["1.2"],
}
CLOSED = {302, 401, 403, 404, 405}
WALKED = sorted(set(addresses(get_resolver().url_patterns)))

# Words that are in Nia's paper alone, in Sam's alone, and never a student's.
NIAS = ("Nia", "Neighbour", "nia@example.edu", "s0000003", "otter-7", "Violet remark")
SAMS = ("Crimson remark", "kestrel-41", "Slip")
STAFFS = ("Zebra note", "Quagga note", "batch.pdf", "Later wording")


@pytest.fixture
def stage(peopled):  # noqa: F811
    """The world with one of everything but a release; Sam sits in A and Nia in B."""
    world = peopled
    world.exam.releases.all().delete()
    world.a, world.b = (
        Section.objects.create(course=world.course, name=name) for name in ("A", "B")
    )
    world.members["sam"].sections.add(world.a)
    world.members["nia"].sections.add(world.b)
    grading.comment(world.answers[1, "1.1"], "Crimson remark", version=0, by=world.gus)
    grading.comment(world.answers[2, "1.1"], "Violet remark", version=0, by=world.gus)
    grading.write_note(world.answers[1, "1.1"], "Zebra note", version=0, by=world.gus)
    Item.objects.update(note="Quagga note")
    return world


def to_section(world, section):
    made = release(world.exam, by=world.ines, to="sections", sections=[section])
    for copy in made.copies.all():
        draw(copy)
    return made


def before(world):
    """Nothing is released."""


def elsewhere(world):
    """Nia's section is released, Sam's is not."""
    to_section(world, world.b)


def released(world):
    to_section(world, world.b)
    to_section(world, world.a)


def edited(world):
    """Released; then the rubric, a comment and a score change."""
    released(world)
    change_item(world.items["1.1"][1], text="Later wording", points=-200, by=world.ines)


def taken_back(world):
    released(world)
    take_back(world.exam, by=world.ines)


def own_taken_back(world):
    """Sam's section is taken back, Nia's still stands."""
    to_section(world, world.b)
    take_back(world.exam, by=world.ines, only=to_section(world, world.a).pk)


def left(world):
    """Sam left the course after the release."""
    released(world)
    member = world.members["sam"]
    member.left_at = timezone.now()
    member.save()


def matched_anew(world):
    """Sam's paper turned out to be Nia's, and Nia's nobody's."""
    released(world)
    Match.objects.filter(submission=world.papers[1]).delete()
    Match.objects.filter(submission=world.papers[0]).update(membership=world.members["nia"])


def replaced(world):
    """Released, and released again to Sam's section alone."""
    to_section(world, world.b)
    first = to_section(world, world.a)
    world.gone = first.copies.get()
    release(
        world.exam,
        by=world.ines,
        to="sections",
        sections=[world.a],
        again=first.pk,
    )


# Whether Sam sees a result of the exam then, and is in the course.
STAGES: dict[Callable[[SimpleNamespace], Any], bool] = {
    before: False,
    elsewhere: False,
    released: True,
    edited: True,
    taken_back: False,
    own_taken_back: False,
    left: False,
    matched_anew: False,
    replaced: True,
}
# Where the exam is named all the same.
NAMED = {taken_back, own_taken_back, matched_anew}


def urls(world, name, paper):
    """Return the addresses of one name, for one student's paper: each of their copies too."""
    args = PLACES[name].args
    if name in OWN - {"result"}:
        keys = Copy.objects.filter(submission=paper).values_list("pk", flat=True)
        more = OF_A_COPY.get(name, [])
        return [reverse(name, args=[key, *more]) for key in [*keys, 0]]
    own = SimpleNamespace(**vars(world))
    if paper == world.papers[1]:
        # The same places of the other paper.
        own.papers = [world.papers[1], *world.papers]
        own.answers = {(1, number): world.answers[2, number] for number in ("1.1", "1.2", "2")}
        own.pages = {**world.pages, "sam": world.pages["nia"]}
        own.page = world.pages["nia"][0]
    return [reverse(name, args=args(own))]


def look(client, name, url):
    """Open an address; what can only be written to is written to."""
    if name == "api_copy_regrade":
        return client.put(url, {"reason": "Look again."}, content_type="application/json")
    return client.get(url)


def body(response):
    """The text of an answer; what files say is read in test_leaks.py."""
    return "" if response.streaming else response.content.decode()


def said(text, words):
    # As a word: a nonce of random letters may hold a short name.
    return [
        word for word in words if re.search(rf"(?<![\w+/-]){re.escape(word)}(?![\w+/=-])", text)
    ]


@pytest.mark.parametrize("when", STAGES, ids=lambda when: when.__name__)
def test_a_student_reaches_nothing_of_others_anywhere(stage, when):
    world = stage
    when(world)
    client = Client()
    client.force_login(world.sam)
    for name in WALKED:
        for url in urls(world, name, world.papers[1]):
            response = look(client, name, url)
            seen = (name, response.status_code)
            if name == "result":
                continue  # one's own, below
            if name not in OPEN:
                assert response.status_code in CLOSED, seen
                assert response.status_code != 302 or turned_away(response), seen
            assert said(body(response), NIAS + STAFFS) == [], seen


@pytest.mark.parametrize("when", STAGES, ids=lambda when: when.__name__)
def test_a_student_sees_their_own_result_while_it_stands_and_nothing_beyond(stage, when):
    world = stage
    when(world)
    client = Client()
    client.force_login(world.sam)
    reached = set()
    for name in WALKED:
        for url in urls(world, name, world.papers[0]):
            response = look(client, name, url)
            seen = (name, response.status_code)
            text = body(response)
            if name == "copy" and response.status_code == 302:
                # An earlier copy's address shows nothing itself.
                assert response["Location"] == reverse("result", args=[world.exam.pk]), seen
            elif name in OWN and response.status_code in {200, 302}:
                reached.add(name)
            elif name not in OPEN:
                assert response.status_code in CLOSED, seen
            assert said(text, STAFFS + NIAS) == [], seen
            if not STAGES[when]:
                assert said(text, SAMS) == [], seen
                # Whose paper was taken from them hears that they have none, and from whom a
                # result was taken back, that it was.
                assert when in NAMED or "Midterm" not in text, seen

    assert reached == (OWN if STAGES[when] else set())


@pytest.mark.parametrize("name", sorted(set(WALKED) - OPEN - OWN))
def test_no_method_opens_to_a_student_what_is_the_staff_s(peopled, rolled_back, name):  # noqa: F811
    client = Client()
    client.force_login(peopled.sam)
    place = PLACES[name]
    for method in ("get", "head", "post", "put", "patch", "delete", "options"):
        with rolled_back():
            url = reverse(name, args=place.args(peopled))
            response = send_to(client, method, url, place.form(peopled))
        told = (name, method, response.status_code)
        if method == "options" and url.startswith("/api/"):
            # What a route is for may be asked; of what lies there it tells nothing.
            assert said(body(response), NIAS + SAMS) == [], told
        else:
            assert response.status_code in CLOSED, told


def test_a_copy_that_was_replaced_is_gone_though_the_later_one_stands(stage):
    replaced(stage)
    client = Client()
    client.force_login(stage.sam)

    led = client.get(reverse("copy", args=[stage.gone.pk]))
    assert led["Location"] == reverse("result", args=[stage.exam.pk])
    assert client.get(reverse("copy_pdf", args=[stage.gone.pk])).status_code == 404
    assert client.get(reverse("api_copy", args=[stage.gone.pk])).status_code == 404
    assert [one["id"] for one in client.get(reverse("api_copies")).json()["results"]] == [
        Copy.objects.standing().get(submission=stage.papers[0]).pk
    ]


def test_a_student_of_another_section_does_not_learn_that_the_exam_is_out(stage):
    elsewhere(stage)
    client = Client()
    client.force_login(stage.sam)

    for url in ("/", reverse("course", args=[stage.course.pk])):
        assert "Midterm" not in client.get(url).text
    assert client.get(reverse("result", args=[stage.exam.pk])).status_code == 404
