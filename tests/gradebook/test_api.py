from __future__ import annotations

import pytest
from rest_framework.authtoken.models import Token

from gradebook.models import Course, Exam, Membership, Role, User

API = "/api/v1"


def test_everyone_lists_their_own_courses_with_their_role(as_, world):
    Course.objects.create(name="CS1")

    found = as_("gus").get(f"{API}/courses/").json()

    assert [(one["name"], one["role"]) for one in found["results"]] == [
        ("CS230 Deep Learning", "grader")
    ]
    assert as_("otto").get(f"{API}/courses/").json()["count"] == 0


def test_the_operator_stands_in_every_course(client, world):
    client.force_login(User.objects.create_superuser("root@example.edu"))

    assert client.get(f"{API}/courses/{world.course.pk}/").json()["role"] == "instructor"


def test_who_left_has_no_course(as_, world):
    world.members["gus"].left_at = world.course.created_at
    world.members["gus"].save()

    assert as_("gus").get(f"{API}/courses/").json()["count"] == 0
    assert as_("gus").get(f"{API}/courses/{world.course.pk}/").status_code == 404


def test_who_posts_a_course_teaches_it(as_, world):
    said = {"name": "CS1", "term": "T", "time_zone": "Asia/Tokyo"}

    made = as_("ines").post(f"{API}/courses/", said, content_type="application/json")

    assert (made.status_code, made.json()["role"]) == (201, "instructor")
    place = Membership.objects.get(course=made.json()["id"])
    assert (place.user, place.role) == (world.ines, Role.INSTRUCTOR)


@pytest.mark.parametrize(
    "said",
    [
        {"name": ""},
        {"name": "CS230 Deep Learning", "term": "Fall 2026"},
        {"name": "CS1", "time_zone": "Mars/Olympus"},
    ],
)
def test_a_bad_course_is_refused(as_, world, said):
    made = as_("ines").post(f"{API}/courses/", said, content_type="application/json")

    assert made.status_code == 400
    assert Course.objects.count() == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("courses/{course}/", {"ines": 200, "gus": 200, "sam": 200, "otto": 404}),
        ("courses/{course}/members/", {"ines": 200, "gus": 403, "sam": 404, "otto": 404}),
        ("courses/{course}/exams/", {"ines": 200, "gus": 200, "sam": 404, "otto": 404}),
        ("exams/{exam}/", {"ines": 200, "gus": 200, "sam": 404, "otto": 404}),
    ],
)
def test_each_role_reaches_what_is_theirs(as_, world, url, expected):
    path = f"{API}/{url.format(course=world.course.pk, exam=world.exam.pk)}"

    assert {name: as_(name).get(path).status_code for name in expected} == expected


def test_strangers_reach_nothing(client, world):
    for path in ("courses/", f"courses/{world.course.pk}/members/", f"exams/{world.exam.pk}/"):
        assert client.get(f"{API}/{path}").status_code in {401, 403}


def test_members_are_told_with_sections_and_can_be_narrowed(as_, world):
    world.members["sam"].sections.create(course=world.course, name="A")

    found = as_("ines").get(f"{API}/courses/{world.course.pk}/members/?role=student").json()

    assert [(one["last_name"], one["sections"]) for one in found["results"]] == [
        ("Neighbour", []),
        ("Student", ["A"]),
    ]


@pytest.mark.parametrize("count", [1, 500])
def test_members_take_the_same_queries_for_few_and_many(
    as_, world, count, django_assert_max_num_queries
):
    users = User.objects.bulk_create(User(email=f"p{n}@example.edu") for n in range(count))
    Membership.objects.bulk_create(
        Membership(course=world.course, user=user, role=Role.STUDENT) for user in users
    )
    client = as_("ines")

    with django_assert_max_num_queries(8):
        found = client.get(f"{API}/courses/{world.course.pk}/members/?limit=1000").json()
    assert len(found["results"]) == count + 4


def test_an_instructor_adds_an_exam(as_, world):
    url = f"{API}/courses/{world.course.pk}/exams/"
    said = {"name": "Final", "scoring": "positive", "floor": False, "minutes": 90}

    made = as_("ines").post(url, said, content_type="application/json")

    exam = Exam.objects.get(pk=made.json()["id"])
    assert (exam.course, exam.scoring, exam.floor, exam.minutes) == (
        world.course,
        "positive",
        False,
        90,
    )
    assert exam.created_by == world.ines


@pytest.mark.parametrize(
    ("name", "said", "status"),
    [
        ("ines", {"name": "Midterm"}, 400),
        ("ines", {"name": "Final", "scoring": "upwards"}, 400),
        ("gus", {"name": "Final"}, 403),
        ("otto", {"name": "Final"}, 404),
    ],
)
def test_other_exams_are_refused(as_, world, name, said, status):
    url = f"{API}/courses/{world.course.pk}/exams/"

    assert as_(name).post(url, said, content_type="application/json").status_code == status
    assert Exam.objects.count() == 1


def test_a_token_opens_the_api(client, world):
    token = Token.objects.create(user=world.ines)

    headers = {"Authorization": f"Token {token.key}"}
    assert client.get(f"{API}/courses/", headers=headers).json()["count"] == 1
