from __future__ import annotations

import threading

import pytest
from django.core import mail

from gradebook.forms import LETTER, CourseForm, PasswordLinkForm, time_zones
from gradebook.models import Course, Exam, Membership, Role, User

COURSE = {"name": "CS1", "term": "Spring 2027", "time_zone": "Europe/Zurich"}


def test_who_makes_a_course_teaches_it(as_, world):
    answer = as_("ines").post("/courses/new/", COURSE)

    course = Course.objects.get(name="CS1")
    assert answer["Location"] == f"/courses/{course.pk}/people/"
    assert Membership.objects.get(course=course).user == world.ines
    assert Membership.objects.get(course=course).role == Role.INSTRUCTOR


@pytest.mark.parametrize("name", ["otto", "sam", "gus"])
def test_who_teaches_nowhere_is_told_whom_to_ask(as_, world, name):
    client = as_(name)

    assert "Ask one of them" in client.post("/courses/new/", COURSE).text
    assert "New course" not in client.get("/").text
    assert not Course.objects.filter(name="CS1").exists()


def test_the_operator_makes_the_first_course(client, world):
    client.force_login(User.objects.create_superuser("root@example.edu"))
    Course.objects.all().delete()

    assert "Make a course" in client.get("/").text
    assert client.post("/courses/new/", COURSE).status_code == 302


def test_a_course_needs_a_name_of_its_own(as_, world):
    COURSE_AGAIN = COURSE | {"name": world.course.name, "term": world.course.term}

    assert "course of this name" in as_("ines").post("/courses/new/", COURSE_AGAIN).text
    assert as_("ines").post("/courses/new/", COURSE | {"name": " "}).status_code == 422
    assert Course.objects.count() == 1


def test_time_zones_are_places_and_the_servers_own(settings):
    zones = set(time_zones())

    assert {"UTC", "Europe/Zurich", "America/Argentina/Buenos_Aires"} <= zones
    assert not {"EST5EDT", "Etc/GMT+3", "posixrules"} & zones
    assert CourseForm().initial["time_zone"] == settings.TIME_ZONE


def test_time_zones_stand_under_their_part_of_the_world():
    first, *groups = CourseForm().fields["time_zone"].choices  # type: ignore[attr-defined]  # a ChoiceField
    places = {region: dict(zones) for region, zones in groups}

    assert first == ("UTC", "UTC")
    assert [*places] == sorted(places)
    assert places["Europe"]["Europe/Zurich"] == "Zurich"
    assert places["America"]["America/Argentina/Buenos_Aires"] == "Argentina/Buenos Aires"
    assert {"UTC", *(zone for zones in places.values() for zone in zones)} == set(time_zones())


def test_only_a_fresh_form_takes_the_browsers_time_zone(as_, world):
    client = as_("ines")

    assert "<own-zone" in client.get("/courses/new/").text
    assert "<own-zone" not in client.post("/courses/new/", COURSE | {"name": " "}).text
    assert "<own-zone" not in client.get(f"/courses/{world.course.pk}/settings/").text


def test_an_instructor_renames_a_course(as_, world):
    as_("ines").post(f"/courses/{world.course.pk}/settings/", COURSE)

    world.course.refresh_from_db()
    assert (world.course.name, world.course.time_zone) == ("CS1", "Europe/Zurich")


def test_a_refused_name_does_not_show_as_the_courses(as_, world):
    Course.objects.create(**COURSE)

    answer = as_("ines").post(f"/courses/{world.course.pk}/settings/", COURSE)

    assert answer.status_code == 422
    assert f"<title>Settings · {world.course}</title>" in answer.text


@pytest.mark.parametrize("page", ["settings/", "exams/new/", "people/", "people/new/"])
def test_only_instructors_change_a_course(as_, world, page):
    url = f"/courses/{world.course.pk}/{page}"

    expected = {"ines": 200, "gus": 403, "sam": 404, "otto": 404}
    assert {name: as_(name).get(url).status_code for name in expected} == expected


def test_a_new_exam_leads_to_its_outline(as_, world):
    said = {"name": "Final", "minutes": "90", "scoring": "positive"}

    answer = as_("ines").post(f"/courses/{world.course.pk}/exams/new/", said)

    exam = Exam.objects.get(name="Final")
    assert answer["Location"] == f"/exams/{exam.pk}/outline/"
    assert (exam.minutes, exam.scoring, exam.created_by) == (90, "positive", world.ines)


def test_a_course_has_one_exam_of_a_name(as_, world):
    said = {"name": "Midterm", "scoring": "negative"}

    answer = as_("ines").post(f"/courses/{world.course.pk}/exams/new/", said)

    assert answer.status_code == 422
    assert "has an exam of this name" in answer.text


# The first password


def ask(email):
    """Ask for the link as the page does, and wait for the letter's thread."""
    form = PasswordLinkForm({"email": email})
    assert form.is_valid()
    form.save(domain_override="testserver")
    for thread in threading.enumerate():
        if thread.name == LETTER:
            thread.join(60)
    return [letter.to for letter in mail.outbox]


def test_somebody_from_a_roster_sets_a_first_password(client, world):
    world.nia.set_unusable_password()
    world.nia.save()

    assert ask("NIA@example.edu") == [["nia@example.edu"]]

    link = next(line for line in mail.outbox[0].body.splitlines() if "://" in line)
    url = client.get(link, follow=True).redirect_chain[-1][0]
    new = "a horse of a different colour"
    client.post(url, {"new_password1": new, "new_password2": new})
    assert client.login(username="nia@example.edu", password=new)


def test_strangers_and_who_is_shut_out_get_no_link(world):
    world.sam.is_active = False
    world.sam.save()

    assert ask("nobody@example.edu") == []
    assert ask("sam@example.edu") == []


def test_the_answer_does_not_wait_for_the_letter(world, monkeypatch):
    may_go, gone = threading.Event(), threading.Event()

    def slow(*args):
        may_go.wait(5)
        gone.set()

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", slow)
    form = PasswordLinkForm({"email": "sam@example.edu"})
    assert form.is_valid()

    form.save(domain_override="testserver")

    assert not gone.is_set()
    may_go.set()
    assert gone.wait(5)
