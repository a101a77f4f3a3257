"""The people of a course, one by one: finding them, adding, changing, leaving, coming back."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from gradebook.enrolment import Refused, carry_out
from gradebook.models import Course, Membership, Role, Section, User
from gradebook.roster import Row

LEFT = "left"
NOT_YOURSELF = "You cannot do this to yourself. Another instructor of the course can."
NO_INSTRUCTOR = "This would leave the course without an instructor."


class Counts(NamedTuple):
    """How many stand in a course, by role; how many left, and who never signed in so far."""

    all: int
    instructor: int
    grader: int
    student: int
    left: int
    strangers: int


def counts(course: Course) -> Counts:
    here = Q(left_at=None)
    return Counts(
        **Membership.objects.filter(course=course).aggregate(
            all=Count("pk", filter=here),
            instructor=Count("pk", filter=here & Q(role=Role.INSTRUCTOR)),
            grader=Count("pk", filter=here & Q(role=Role.GRADER)),
            student=Count("pk", filter=here & Q(role=Role.STUDENT)),
            left=Count("pk", filter=~here),
            strangers=Count("pk", filter=here & Q(user__last_login=None)),
        )
    )


def find(course: Course, *, shown: str = "", words: str = "") -> list[int]:
    """Return the memberships' keys of those who have every word somewhere, by name.

    `shown` is a role, "left", or empty for everyone present. Case and accents do not count,
    neither in finding nor in the order; databases disagree about both, so it is done here
    (20,000 people: a fifth of a second).
    """
    members = Membership.objects.filter(course=course, left_at__isnull=shown != LEFT)
    if shown in Role.values:
        members = members.filter(role=shown)
    people = [
        (plain(last or first or email), plain(first), plain(email), plain(sid), pk)
        for pk, sid, first, last, email in members.values_list(
            "pk", "sid", "user__first_name", "user__last_name", "user__email"
        )
    ]
    wanted = plain(words).split()
    if wanted:
        people = [one for one in people if all(any(w in text for text in one[:4]) for w in wanted)]
    return [one[4] for one in sorted(people)]


def plain(text: str) -> str:
    """Return a text without case and accents: "Núñez" and "nunez" are alike."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in parts if not unicodedata.combining(char))


def rows(pks: Sequence[int]) -> list[Membership]:
    """Return these memberships with their people and sections, in this order."""
    found = Membership.objects.select_related("user").prefetch_related("sections").in_bulk(pks)
    return [found[pk] for pk in pks if pk in found]


def add(course: Course, row: Row) -> Membership:
    """Let one person join, or come back. Raises Refused, in words."""
    try:
        carry_out(course, [row], leave=False)
    except Refused as error:
        raise Refused(
            [text.removeprefix(f"Line {row.line}: ") for text in error.problems]
        ) from None
    return Membership.objects.select_related("user").get(
        course=course, user__email__iexact=row.email
    )


def change(member: Membership, row: Row, *, by: User) -> None:
    """Give a member the row's role, student ID and sections, and its name if nobody uses it yet.

    Raises Refused, in words, for one's own role, the last instructor, and a taken student ID.
    """
    with transaction.atomic():
        _hold(member)
        if row.role != member.role:
            _may_go(member, by)
        _sid_is_free(member, row.sid)
        member.role, member.sid = row.role, row.sid
        member.save(update_fields=["role", "sid"])
        member.sections.set(_sections(member.course, row.sections))
        person = member.user
        if person.may_be_named_by(member.course_id) and (row.first or row.last):
            person.first_name, person.last_name = row.first, row.last
            person.save(update_fields=["first_name", "last_name"])


def leave(member: Membership, *, by: User) -> None:
    """Let a member leave; what they did stays. Raises Refused, in words. Safe to repeat."""
    with transaction.atomic():
        _hold(member)
        _may_go(member, by)
        if member.left_at is None:
            member.left_at = timezone.now()
            member.save(update_fields=["left_at"])


def come_back(member: Membership) -> None:
    """Take a leaving back: role, student ID and sections are as they were. Safe to repeat."""
    member.left_at = None
    member.save(update_fields=["left_at"])


def _hold(member: Membership) -> None:
    """Keep others off the course's people until the transaction ends, and look again."""
    Course.objects.select_for_update().get(pk=member.course_id)
    member.refresh_from_db(fields=["role", "sid", "left_at"])


def _may_go(member: Membership, by: User) -> None:
    if member.user_id == by.pk:
        raise Refused([NOT_YOURSELF])
    if member.role == Role.INSTRUCTOR and member.left_at is None:
        teaching = Membership.objects.present().filter(
            course=member.course_id, role=Role.INSTRUCTOR
        )
        if not teaching.exclude(pk=member.pk).exists():
            raise Refused([NO_INSTRUCTOR])


def _sid_is_free(member: Membership, sid: str) -> None:
    others = Membership.objects.filter(course=member.course_id, sid=sid).exclude(pk=member.pk)
    if sid and (other := others.select_related("user").first()):
        raise Refused([f"{sid} is the student ID of {other.user.email} here."])


def _sections(course: Course, names: Sequence[str]) -> list[Section]:
    return [Section.objects.get_or_create(course=course, name=name)[0] for name in names]
