"""Who may reach what. Every view and API route goes through one function per noun.

Outsiders get 404, so that they learn nothing, and so do students, of all that is the staff's:
what is there and what is not looks the same to them. Graders get 403, in words, where it takes
an instructor.
Superusers stand in every course as an instructor.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404

from gradebook.models import Course, Exam, Membership, Question, Role, User

TOO_LOW = "Only the course’s instructors can do this."

NO_FOUNDER = (
    "New courses are made by people who teach one already. Ask one of them, or whoever runs this "
    "Marginalia, to make yours and put you on its roster as an instructor."
)


def role_in(user: Any, course_id: int) -> Role | None:
    """Return the role of `user` in the course, or None for an outsider.

    Asked once for a `user` and course: a request loads its user anew, and one picture of a page
    asks three times whose it is.
    """
    if not user.is_authenticated:
        return None
    if user.is_superuser:
        return Role.INSTRUCTOR
    known: dict[int, Role | None] = user.__dict__.setdefault("_roles", {})
    if course_id not in known:
        known[course_id] = _role_of(user, course_id)
    return known[course_id]


def _role_of(user: Any, course_id: int) -> Role | None:
    role = (
        Membership.objects.present()
        .filter(course_id=course_id, user_id=user.pk)
        .values_list("role", flat=True)
        .first()
    )
    return Role(role) if role else None


def require(user: Any, course_id: int, least: Role) -> Role:
    """Return the user's role if it is at least `least`; raise Http404 or PermissionDenied."""
    role = role_in(user, course_id)
    if role is None or (role == Role.STUDENT and least != Role.STUDENT):
        raise Http404
    if role.rank < least.rank:
        raise PermissionDenied(TOO_LOW)
    return role


def require_exam(user: Any, exam: Exam, least: Role) -> Role:
    """Return the user's role in the exam's course, as `require` does.

    An exam that is being deleted is there for nobody: a click would wait for rows that go.
    """
    if exam.going_since is not None:
        raise Http404
    return require(user, exam.course_id, least)


def courses_of(user: User) -> QuerySet[Course]:
    """Return the courses the user stands in."""
    if user.is_superuser:
        return Course.objects.all()
    return Course.objects.filter(memberships__user=user, memberships__left_at=None)


def may_found(user: User) -> bool:
    """Whether the person may make a course: the operator, and who teaches one already.

    Students are signed in too, and a course holds files; a colleague's first course is made by
    somebody who teaches, with the colleague on its roster.
    """
    taught = Membership.objects.present().filter(user_id=user.pk, role=Role.INSTRUCTOR)
    return user.is_superuser or taught.exists()


def founder(request: Any) -> User:
    """Return who asks, if they may make a course; raise PermissionDenied."""
    user = who(request)
    if not may_found(user):
        raise PermissionDenied(NO_FOUNDER)
    return user


def course_for(user: Any, pk: int, least: Role = Role.STUDENT) -> Course:
    course = Course.objects.filter(pk=pk).first()
    if course is None:
        raise Http404
    require(user, course.pk, least)
    return course


def exam_for(user: Any, pk: int, least: Role = Role.GRADER) -> Exam:
    exam = Exam.objects.select_related("course").filter(pk=pk).first()
    if exam is None:
        raise Http404
    require_exam(user, exam, least)
    return exam


def question_for(user: Any, pk: int, least: Role = Role.GRADER) -> Question:
    question = Question.objects.select_related("exam__course").filter(pk=pk).first()
    if question is None:
        raise Http404
    require_exam(user, question.exam, least)
    return question


def member_for(user: Any, pk: int) -> Membership:
    """Return a membership, of whatever role, to an instructor of its course."""
    members = Membership.objects.select_related("user", "course").prefetch_related("sections")
    member = members.filter(pk=pk).first()
    if member is None:
        raise Http404
    require(user, member.course_id, Role.INSTRUCTOR)
    return member


def who(request: Any) -> User:
    """Return the signed-in person of a page's or the API's request."""
    if not isinstance(request.user, User):
        raise Http404
    return request.user
