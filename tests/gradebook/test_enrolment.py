from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradebook.enrolment import Refused, carry_out, plan
from gradebook.models import Course, Membership, Role, User
from gradebook.roster import Row


def row(line, first, last, sid, email, role=Role.STUDENT, sections=()):
    return Row(line, first, last, sid, email, role, sections)


SAM = row(2, "Sam", "Student", "s0000002", "sam@example.edu")
NEW = row(3, "Noor", "Newcomer", "s9", "noor@example.edu", sections=("A", "B"))


def test_a_plan_says_who_joins_changes_and_leaves(world):
    changed = row(2, "Sam", "Student", "s7", "SAM@example.edu")

    planned = plan(world.course, [changed, NEW], leave=True)

    assert [r.email for r in planned.joins] == ["noor@example.edu"]
    assert [(c.what, c.old, c.new) for c in planned.changes[0][1]] == [
        ("student ID", "s0000002", "s7")
    ]
    assert [m.user for m in planned.leaves] == [world.nia]
    assert not User.objects.filter(email="noor@example.edu").exists()


def test_taking_over_twice_changes_nothing_more(world):
    carry_out(world.course, [SAM, NEW], leave=True)

    again = plan(world.course, [SAM, NEW], leave=True)

    assert again.nothing_to_do
    assert again.same == 2
    noor = Membership.objects.get(user__email="noor@example.edu")
    assert noor.sid == "s9"
    assert [section.name for section in noor.sections.all()] == ["A", "B"]
    assert not noor.user.has_usable_password()


def test_who_leaves_comes_back_to_the_same_place(world):
    before = world.members["nia"].pk
    carry_out(world.course, [SAM], leave=True)
    assert Membership.objects.get(pk=before).left_at is not None

    carry_out(world.course, [row(2, "Nia", "Neighbour", "", "nia@example.edu")], leave=False)

    nia = Membership.objects.get(user=world.nia)
    assert (nia.pk, nia.left_at, nia.sid) == (before, None, "s0000003")


def test_graders_and_instructors_stay_when_a_roster_names_only_students(world):
    carry_out(world.course, [SAM], leave=True)

    assert Membership.objects.get(user=world.gus).left_at is None
    assert Membership.objects.get(user=world.ines).left_at is None


def test_two_students_may_exchange_their_ids(world):
    swapped = [
        row(2, "Sam", "Student", "s0000003", "sam@example.edu"),
        row(3, "Nia", "Neighbour", "s0000002", "nia@example.edu"),
    ]

    carry_out(world.course, swapped, leave=False)

    assert Membership.objects.get(user=world.sam).sid == "s0000003"


def test_an_id_of_somebody_else_here_is_refused_whole(world):
    taken = row(2, "Noor", "Newcomer", "s0000002", "noor@example.edu")

    with pytest.raises(Refused, match=r"is the student ID of sam@example\.edu here"):
        carry_out(world.course, [taken], leave=False)

    assert not User.objects.filter(email="noor@example.edu").exists()


def test_the_last_instructor_is_not_made_a_student(world):
    with pytest.raises(Refused, match="without an instructor"):
        carry_out(world.course, [row(2, "Ines", "I", "", "ines@example.edu")], leave=False)


def test_a_name_somebody_signed_in_with_is_kept(world, client):
    client.force_login(world.sam)

    carry_out(world.course, [row(2, "Samuel", "X", "", "sam@example.edu")], leave=False)
    carry_out(world.course, [row(2, "Nina", "X", "", "nia@example.edu")], leave=False)

    assert str(User.objects.get(pk=world.sam.pk)) == "Sam Student"
    assert str(User.objects.get(pk=world.nia.pk)) == "Nina X"


def test_another_course_cannot_rename_people_of_this_one(world):
    elsewhere = Course.objects.create(name="Mine")

    carry_out(elsewhere, [row(2, "Evil", "Name", "", "ines@example.edu")], leave=False)

    assert str(User.objects.get(pk=world.ines.pk)) == "Ines Instructor"


def test_a_large_roster_takes_a_bounded_number_of_queries(world, django_assert_max_num_queries):
    rows = [
        row(n, f"F{n}", f"L{n}", f"x{n}", f"p{n}@example.edu", sections=("A",)) for n in range(400)
    ]

    with django_assert_max_num_queries(25):
        carry_out(world.course, rows, leave=False)

    assert Membership.objects.count() == 404


PEOPLE = st.sampled_from(["sam", "nia", "noor", "ada"])
ROSTERS = st.lists(
    st.dictionaries(PEOPLE, st.sampled_from(["", "s1", "s2", "s3"]), max_size=4), max_size=4
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ROSTERS)
def test_any_rosters_leave_each_id_with_one_person(world, rosters):
    for roster in rosters:
        rows = [
            row(n, name.title(), "X", sid, f"{name}@example.edu")
            for n, (name, sid) in enumerate(roster.items())
        ]
        try:
            carry_out(world.course, rows, leave=True)
        except Refused:
            continue
        for each in rows:
            member = Membership.objects.get(user__email=each.email)
            assert member.left_at is None
            assert each.sid in {"", member.sid}
