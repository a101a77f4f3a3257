"""/api/v1/courses/ and /exams/: courses, their people and their exams."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError as Taken
from django.db import transaction
from django.db.models import Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView, ListCreateAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from gradebook.access import course_for, courses_of, exam_for, founder, who
from gradebook.forms import time_zones
from gradebook.models import Course, Exam, Membership, Role, User
from gradebook.once import once


class CourseSerializer(serializers.ModelSerializer[Course]):
    """A course; `role` is yours in it."""

    role = serializers.ChoiceField(choices=Role.choices, read_only=True)

    class Meta:
        model = Course
        fields = ["id", "name", "term", "time_zone", "role", "created_at"]
        read_only_fields = ["created_at"]

    def validate_time_zone(self, name: str) -> str:
        if name not in time_zones():
            raise ValidationError(f"“{name}” is no time zone. Write it like Europe/Zurich.")
        return name


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A person's place in a course."""

    first_name = serializers.CharField(source="user.first_name")
    last_name = serializers.CharField(source="user.last_name")
    email = serializers.EmailField(source="user.email")
    sections = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ["id", "first_name", "last_name", "sid", "email", "role", "sections", "joined_at"]

    def get_sections(self, member: Membership) -> list[str]:
        return [section.name for section in member.sections.all()]


class ExamSerializer(serializers.ModelSerializer[Exam]):
    """An exam and what holds for all its questions unless they say otherwise."""

    class Meta:
        model = Exam
        fields = [
            *("id", "course", "name", "minutes", "scoring", "floor", "ceiling"),
            *("bonus_on_top", "anonymous", "random_order", "rubric_shown"),
            *("distribution_shown", "rubric_editors", "created_at"),
        ]
        read_only_fields = ["course", "created_at"]


def _courses(user: User) -> QuerySet[Course]:
    """Return the user's courses, each with `role`."""
    own = Membership.objects.present().filter(course=OuterRef("pk"), user=user)
    # Who stands in a course without a place of their own is the operator.
    role = Coalesce(Subquery(own.values("role")[:1]), Value(Role.INSTRUCTOR.value))
    return courses_of(user).annotate(role=role)


def _save_new(row: Model) -> None:
    """Save something named; raise the API's ValidationError if the name is taken."""
    try:
        with once(row):
            row.save()
    except Taken as taken:
        raise ValidationError({"name": taken.messages}) from None


@extend_schema_view(
    get=extend_schema(responses=CourseSerializer(many=True)),
    post=extend_schema(responses={201: CourseSerializer}),
)
class CoursesView(ListCreateAPIView[Course]):
    """Your courses, latest first. Who teaches may post one, and teaches it."""

    queryset = Course.objects.none()
    serializer_class = CourseSerializer

    def get_queryset(self) -> QuerySet[Course]:
        return _courses(who(self.request))

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        founder(request)
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer: BaseSerializer[Course]) -> None:
        user = who(self.request)
        course = Course(**serializer.validated_data)
        with transaction.atomic():
            _save_new(course)
            Membership.objects.create(course=course, user=user, role=Role.INSTRUCTOR)
        serializer.instance = _courses(user).get(pk=course.pk)


class CourseView(APIView):
    """One of your courses."""

    @extend_schema(responses=CourseSerializer)
    def get(self, request: Request, pk: int) -> Response:
        course_for(request.user, pk)
        return Response(CourseSerializer(_courses(who(request)).get(pk=pk)).data)


@extend_schema_view(
    get=extend_schema(responses=MemberSerializer(many=True)),
)
class MembersView(ListAPIView[Membership]):
    """Who is in a course, by name. For its instructors: with anonymous exams, graders get none."""

    queryset = Membership.objects.none()
    serializer_class = MemberSerializer
    filterset_fields = ["role"]

    def get_queryset(self) -> QuerySet[Membership]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        course = course_for(self.request.user, self.kwargs["pk"], Role.INSTRUCTOR)
        members = Membership.objects.present().filter(course=course).by_name()
        return members.select_related("user").prefetch_related("sections")


@extend_schema_view(
    get=extend_schema(responses=ExamSerializer(many=True)),
    post=extend_schema(responses={201: ExamSerializer}),
)
class ExamsView(ListCreateAPIView[Exam]):
    """A course's exams, latest first; graders read, instructors add."""

    queryset = Exam.objects.none()
    serializer_class = ExamSerializer

    def get_queryset(self) -> QuerySet[Exam]:
        if getattr(self, "swagger_fake_view", False):
            return self.queryset
        return Exam.objects.standing().filter(course=self._course(Role.GRADER))

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """See who asks before what was sent: an outsider's mistake is a 404 too."""
        super().initial(request, *args, **kwargs)
        self._course(Role.INSTRUCTOR if request.method == "POST" else Role.GRADER)

    def perform_create(self, serializer: BaseSerializer[Exam]) -> None:
        owned = {"course": self._course(Role.INSTRUCTOR), "created_by": who(self.request)}
        serializer.instance = Exam(**serializer.validated_data, **owned)
        _save_new(serializer.instance)

    def _course(self, least: Role) -> Course:
        return course_for(self.request.user, self.kwargs["pk"], least)


class ExamView(APIView):
    """One exam."""

    @extend_schema(responses=ExamSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ExamSerializer(exam_for(request.user, pk)).data)
