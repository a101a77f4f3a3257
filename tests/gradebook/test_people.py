from __future__ import annotations

import json

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from gradebook.enrolment import Refused
from gradebook.models import Membership, Role, User
from gradebook.people import change, find, leave, rows
from gradebook.roster import Row, read_roster

CSV = """First Name,Last Name,SID,Email,Role,Section
Sam,Student,s7,sam@example.edu,Student,
Noor,Newcomer,s9,noor@example.edu,Student,Section 1
"""
PERSON = {"last_name": "Newcomer", "email": "noor@example.edu", "role": "student"}


@pytest.fixture
def url(world):
    return f"/courses/{world.course.pk}/people/"


def names(course, **asked):
    return [member.user.first_name for member in rows(find(course, **asked))]


def crowd(world, count):
    users = User.objects.bulk_create(
        User(email=f"p{n}@example.edu", first_name=f"P{n}", last_name="Many") for n in range(count)
    )
    Membership.objects.bulk_create(
        Membership(course=world.course, user=user, role=Role.STUDENT, sid=f"x{n}")
        for n, user in enumerate(users)
    )


def upload(client, url, text=CSV, **headers):
    file = SimpleUploadedFile("roster.csv", text.encode())
    return client.post(f"{url}roster/", {"file": file}, headers=headers)


# Finding


def test_people_are_found_by_any_part_of_what_is_known(world):
    found = {
        words: names(world.course, words=words)
        for words in ("", "nei", "s0000002", "ia NEIGH", "sam nia", "@example.edu")
    }

    assert found[""] == found["@example.edu"] == ["Gus", "Ines", "Nia", "Sam"]
    assert found["nei"] == found["ia NEIGH"] == ["Nia"]
    assert found["s0000002"] == ["Sam"]
    assert found["sam nia"] == []


def test_case_and_accents_count_neither_in_finding_nor_in_the_order(world):
    world.nia.last_name = "Åberg"
    world.nia.save()

    assert names(world.course, words="ABERG") == ["Nia"]
    assert names(world.course)[0] == "Nia"


def test_people_are_listed_by_what_stands_first_in_the_list(as_, world, url):
    type(world.gus).objects.filter(pk=world.gus.pk).update(last_name="", first_name="Prince")
    type(world.nia).objects.filter(pk=world.nia.pk).update(last_name="", first_name="")

    page = as_("ines").get(url).text

    shown = ["Instructor, Ines", "nia@example.edu", "Prince", "Student, Sam"]
    places = [page.index(f">{name}</a>") for name in shown]
    assert places == sorted(places)


def test_roles_and_who_left_are_lists_of_their_own(world):
    leave(world.members["nia"], by=world.ines)

    assert names(world.course, shown="student") == ["Sam"]
    assert names(world.course, shown="left") == ["Nia"]
    assert "Nia" not in names(world.course)


@pytest.mark.parametrize("count", [1, 500])
def test_the_list_takes_the_same_queries_for_few_and_many(
    as_, world, url, count, django_assert_max_num_queries
):
    crowd(world, count)
    client = as_("ines")

    with django_assert_max_num_queries(8):
        answer = client.get(url)
    assert f"{count + 4}" in answer.text
    assert answer.text.count("<tr") == min(count + 4, 200) + 1


def test_htmx_gets_the_rows_alone(as_, world, url):
    answer = as_("ines").get(url, {"q": "nia"}, headers={"HX-Request": "true"})

    assert "<html" not in answer.text
    assert "Neighbour, Nia" in answer.text
    assert "Student, Sam" not in answer.text


def test_a_name_is_text_never_markup(as_, world, url):
    world.nia.last_name = "<script>x</script>"
    world.nia.save()

    assert "<script>x" not in as_("ines").get(url).text


# One person


def test_one_person_joins_by_a_form(as_, world, url):
    answer = as_("ines").post(f"{url}new/", PERSON | {"sid": "s9", "sections": "A, B"})

    assert answer["Location"] == url
    noor = Membership.objects.get(user__email="noor@example.edu")
    assert (noor.sid, noor.role, noor.user.has_usable_password()) == ("s9", "student", False)
    assert [section.name for section in noor.sections.all()] == ["A", "B"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"email": "SAM@example.edu"}, "in the course already"),
        ({"sid": "s0000002"}, "s0000002 is the student ID of sam@example.edu here."),
        ({"role": "dean"}, "not one of the available choices"),
        ({"last_name": ""}, "required"),
        ({"sections": "A" * 101}, "100 letters"),
    ],
)
def test_a_refusal_says_why_and_writes_nothing(as_, world, url, said, words):
    answer = as_("ines").post(f"{url}new/", PERSON | said)

    assert answer.status_code == 422
    assert words in answer.text
    assert "Line 1" not in answer.text
    assert not User.objects.filter(email="noor@example.edu").exists()


def test_adding_somebody_who_left_gives_them_their_place_back(as_, world, url):
    leave(world.members["nia"], by=world.ines)

    as_("ines").post(f"{url}new/", PERSON | {"email": "nia@example.edu"})

    nia = Membership.objects.get(user=world.nia)
    assert (nia.pk, nia.left_at, nia.sid) == (world.members["nia"].pk, None, "s0000003")


def test_role_id_and_sections_of_a_person_change(as_, world, url):
    member = world.members["sam"]

    as_("ines").post(
        f"/members/{member.pk}/",
        {"last_name": "X", "sid": "s8", "role": "grader", "sections": "Lab"},
    )

    member.refresh_from_db()
    assert (member.role, member.sid, str(member.sections.get())) == ("grader", "s8", "Lab")
    assert str(User.objects.get(pk=world.sam.pk)) == "X"


def test_a_name_in_use_is_not_the_instructors_to_change(as_, world):
    User.objects.filter(pk=world.sam.pk).update(last_login=timezone.now())
    member = world.members["sam"]

    as_("ines").post(f"/members/{member.pk}/", {"last_name": "X", "role": "grader"})

    assert str(User.objects.get(pk=world.sam.pk)) == "Sam Student"
    assert Membership.objects.get(pk=member.pk).role == "grader"


def test_an_address_is_nobodys_to_change_here(as_, world):
    as_("ines").post(
        f"/members/{world.members['sam'].pk}/",
        {"last_name": "X", "role": "student", "email": "evil@example.edu"},
    )

    assert not User.objects.filter(email="evil@example.edu").exists()


def test_an_id_somebody_else_has_is_refused(as_, world):
    answer = as_("ines").post(
        f"/members/{world.members['sam'].pk}/",
        {"last_name": "X", "role": "student", "sid": "s0000003"},
    )

    assert answer.status_code == 422
    assert "student ID of nia@example.edu" in answer.text


# Leaving and coming back


def test_removing_can_be_undone_where_it_was_done(as_, world):
    client, pk = as_("ines"), world.members["nia"].pk
    htmx = {"HX-Request": "true"}

    gone = client.post(f"/members/{pk}/leave/", headers=htmx)
    assert f"/members/{pk}/back/" in gone.text
    assert "Undo" in gone.text
    assert client.post(f"/members/{pk}/leave/", headers=htmx).status_code == 200

    again = client.post(f"/members/{pk}/back/", headers=htmx)
    assert "Remove" in again.text
    assert Membership.objects.get(pk=pk).left_at is None


def test_removing_works_without_scripts(as_, world, url):
    pk = world.members["nia"].pk

    answer = as_("ines").post(f"/members/{pk}/leave/", follow=True)

    assert "Nia Neighbour left the course" in answer.text
    assert Membership.objects.get(pk=pk).left_at is not None


def test_nobody_removes_themselves(as_, world):
    pk = world.members["ines"].pk

    answer = as_("ines").post(f"/members/{pk}/leave/", headers={"HX-Request": "true"})

    assert answer.status_code == 409
    assert "yourself" in answer.json()["detail"]
    assert Membership.objects.get(pk=pk).left_at is None
    assert "/leave/" not in as_("ines").get(f"/members/{pk}/").text


def test_the_last_instructor_stays_one(world):
    operator = User.objects.create_superuser("root@example.edu")
    member = world.members["ines"]

    with pytest.raises(Refused, match="without an instructor"):
        leave(member, by=operator)
    with pytest.raises(Refused, match="without an instructor"):
        change(member, Row(1, "", "", "", "", Role.STUDENT), by=operator)
    assert Membership.objects.get(pk=member.pk).role == Role.INSTRUCTOR


@pytest.mark.parametrize("act", ["", "leave/", "back/"])
def test_only_instructors_of_the_course_touch_its_people(as_, world, act):
    url = f"/members/{world.members['nia'].pk}/{act}"

    expected = {"gus": 403, "sam": 404, "otto": 404}
    assert {name: as_(name).post(url).status_code for name in expected} == expected
    assert Membership.objects.get(user=world.nia).left_at is None


# A roster


def test_what_of_a_file_is_passed_over_is_said(as_, world, url):
    client = as_("ines")
    draft = upload(client, url, "Name,Email,Shoe Size\nBo B,bo@example.edu,42\n")["Location"]

    assert "Passed over: the column “Shoe Size”." in client.get(draft).text


def test_what_was_made_of_canvas_s_sections_is_said(as_, world, url):
    file = (
        "Student,ID,SIS User ID,SIS Login ID,Section\n"
        '"B, Bo",1,s8,bo@example.edu,X\n"C, Cy",2,s9,cy@example.edu,X and Y\n'
    )
    client = as_("ines")
    draft = upload(client, url, file)["Location"]

    assert "“X and Y” is taken as one section" in client.get(draft).text


def test_a_roster_is_shown_before_anything_is_written(as_, world, url):
    client = as_("ines")

    preview = client.get(upload(client, url)["Location"]).text

    assert "noor@example.edu" in preview
    assert "<del>s0000002</del> → <ins>s7</ins>" in preview
    assert "Nia Neighbour" in preview
    assert not User.objects.filter(email="noor@example.edu").exists()


@pytest.mark.parametrize("leaves", [True, False])
def test_confirming_takes_it_over_and_who_is_not_in_it_leaves_if_asked(as_, world, url, leaves):
    client = as_("ines")
    draft = upload(client, url)["Location"]

    answer = client.post(draft, {"leave": "on"} if leaves else {}, follow=True)

    assert f"1 joined, 1 changed{', 1 left' if leaves else ''}." in answer.text
    assert (Membership.objects.get(user=world.nia).left_at is not None) == leaves
    assert Membership.objects.get(user=world.sam).sid == "s7"


def test_a_preview_is_used_once(as_, world, url):
    client = as_("ines")
    draft = upload(client, url)["Location"]
    client.post(draft)

    assert "Upload the file again" in client.post(draft, follow=True).text
    assert Session.objects.count() == 1


def test_a_newer_file_takes_the_place_of_an_older_preview(as_, world, url):
    client = as_("ines")
    old, new = upload(client, url)["Location"], upload(client, url)["Location"]

    assert client.get(old)["Location"] == f"{url}roster/"
    assert client.get(new).status_code == 200
    assert Session.objects.count() == 2


def test_a_preview_is_its_uploaders_alone_and_of_one_course(as_, world, url):
    draft = upload(as_("ines"), url)["Location"]
    word = draft.rsplit("/", 2)[1]
    other = as_("ines")  # the same browser, another course
    other.post("/courses/new/", {"name": "CS1", "time_zone": "UTC"})
    elsewhere = Membership.objects.exclude(course=world.course).get().course

    answer = other.post(f"/courses/{elsewhere.pk}/people/roster/{word}/")
    assert answer["Location"] == f"/courses/{elsewhere.pk}/people/roster/"
    assert as_("gus").get(draft).status_code == 403
    assert as_("otto").get(draft).status_code == 404


def test_what_is_wrong_with_a_file_is_listed_and_cannot_be_confirmed(as_, world, url):
    client = as_("ines")
    bad = CSV + "Bo,B,,not-an-address,Student,\nBo,B,,bo@example.edu,Dean,\n"
    draft = upload(client, url, bad)["Location"]

    page = client.get(draft).text
    assert "Line 4: “not-an-address” is not an e-mail address." in page
    assert "Line 5: “Dean” is not a role" in page
    assert client.post(draft).status_code == 422
    assert not User.objects.filter(email="noor@example.edu").exists()


def test_a_section_too_long_to_keep_is_named_by_its_line():
    roster = read_roster(f"Name,Email,Section\nBo B,bo@example.edu,{'A' * 101}\n".encode())

    assert roster.problems == (f"Line 2: The section “{'A' * 20}…” is longer than 100 characters.",)


def test_what_the_course_holds_against_a_file_is_listed_too(as_, world, url):
    client = as_("ines")
    taken = "Name,Email,SID\nNoor N,noor@example.edu,s0000003\n"

    draft = upload(client, url, taken)["Location"]

    assert "student ID of nia@example.edu" in client.get(draft).text
    assert client.post(draft).status_code == 422


def test_the_file_drop_is_answered_in_json(as_, world, url):
    client = as_("ines")

    good = upload(client, url, accept="application/json")
    bad = client.post(f"{url}roster/", {"x": "y"}, headers={"accept": "application/json"})

    assert json.loads(good.text)["next"].startswith(f"{url}roster/")
    assert (bad.status_code, bad.json()) == (
        400,
        {"errors": {"file": ["Choose a CSV file first."]}},
    )


def test_an_empty_roster_is_refused_at_once_in_the_readers_words(as_, world, url):
    answer = as_("ines").post(f"{url}roster/", {"file": SimpleUploadedFile("roster.csv", b"")})

    assert (answer.status_code, answer.context["form"].errors["file"]) == (
        422,
        [*read_roster(b"").problems],
    )


def test_only_instructors_upload_rosters(as_, world, url):
    for name, status in (("gus", 403), ("sam", 404), ("otto", 404)):
        assert upload(as_(name), url).status_code == status
