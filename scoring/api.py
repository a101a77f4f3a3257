"""/api/v1/: scores, release and results, for programs."""

from __future__ import annotations

from typing import Any

from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from gradebook.access import exam_for, who
from gradebook.counted import counted
from gradebook.models import Exam, Role, Section
from rubrics.api.fields import Conflict, PointsField
from scoring import release as verbs
from scoring.access import copies_of, copy_for
from scoring.audience import audience
from scoring.collect import collect
from scoring.exports.standing import StandingPaper, standings
from scoring.models import Copy, Release, Viewing
from scoring.release_checks import ready
from scoring.results import to_json
from submissions.access import sees_names, submission_for

SOME_SEE_NOTHING = (
    "This is released to some, and not to {} with a paper. Send "
    '{{"to": "rest"}} to release to those.'
)


class StandingSerializer(serializers.Serializer[StandingPaper]):
    """One line of the scores: points are texts, null where nobody graded."""

    first_name = serializers.CharField()
    last_name = serializers.CharField()
    sid = serializers.CharField()
    email = serializers.EmailField()
    status = serializers.ChoiceField(choices=["Graded", "Ungraded", "Missing"])
    submission = serializers.IntegerField(allow_null=True)
    score = PointsField(allow_null=True)
    points = PointsField()
    parts = serializers.DictField(child=PointsField(allow_null=True))


class ScoresView(GenericAPIView[Any]):
    """Everyone on the roster with their scores, as in the scores CSV."""

    serializer_class = StandingSerializer
    filter_backends: list[Any] = []

    @extend_schema(responses=StandingSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        found = standings(exam, lambda roster: self.paginate_queryset(roster) or [])
        rows = StandingSerializer(found, many=True)  # type: ignore[arg-type]  # stubs know no many
        return self.get_paginated_response(rows.data)


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """The latest release that stands; `open` says what was not settled, in words."""

    # Those whose students see them: without what a later release replaced.
    papers = serializers.IntegerField(source="copies.standing.count", read_only=True)
    sections: Any = serializers.SlugRelatedField("name", many=True, read_only=True)
    open = serializers.SerializerMethodField()

    class Meta:
        model = Release
        fields = ["id", "at", "to", "sections", "papers", "open"]

    def get_open(self, release: Release) -> list[str]:
        # The rest see theirs by now: of whom there is no more to tell than of all.
        narrow = release.to == Release.To.SECTIONS
        whom = (release.to, list(release.sections.all())) if narrow else ()
        return [check.text for check in ready(release.exam, *whom).open]


class ReleaseOrderSerializer(serializers.Serializer[Any]):
    """Whom to release to. `again` names the latest release: what it stands for is replaced."""

    to = serializers.ChoiceField(Release.To.choices, default=Release.To.ALL)
    sections: Any = serializers.SlugRelatedField(
        "name", queryset=Section.objects.none(), many=True, default=list
    )
    again = serializers.IntegerField(required=False)
    mail = serializers.BooleanField(default=False)

    def __init__(self, *args: Any, exam: Exam | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A name that two courses use is this course's.
        there = Section.objects.filter(course=exam.course_id if exam else None)
        sections: Any = self.fields["sections"]
        sections.child_relation.queryset = there

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        if bool(said["sections"]) != (said["to"] == Release.To.SECTIONS):
            raise serializers.ValidationError("Name sections with to=sections, and only then.")
        return said


class ReleaseView(APIView):
    """PUT releases the exam, DELETE takes it back. Both repeat safely.

    An empty PUT means everybody: once some see theirs, and others do not, it is 409.
    """

    @extend_schema(responses=ReleaseSerializer)
    def get(self, request: Request, pk: int) -> Response:
        stands = verbs.standing(exam_for(request.user, pk, Role.INSTRUCTOR))
        if stands is None:
            raise NotFound("This exam is not released.")
        return Response(ReleaseSerializer(stands).data)

    @extend_schema(request=ReleaseOrderSerializer, responses=ReleaseSerializer)
    def put(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        stands = verbs.standing(exam)
        if stands is not None and not request.data:
            if rest := audience(exam).rest:
                raise Conflict(SOME_SEE_NOTHING.format(counted(rest, "student")))
        else:
            order = ReleaseOrderSerializer(data=request.data, exam=exam)
            order.is_valid(raise_exception=True)
            try:
                stands = verbs.release(exam, by=who(request), **order.validated_data)
            except verbs.NotReleased as refusal:
                raise Conflict(str(refusal)) from None
        return Response(ReleaseSerializer(stands).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        verbs.take_back(exam_for(request.user, pk, Role.INSTRUCTOR), by=who(request))
        return Response(status=204)


class ResultView(APIView):
    """A paper's result as it stands now; without names for graders of an anonymous exam."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        paper = submission_for(request.user, pk)
        names = sees_names(request.user, paper.exam)
        (result,) = collect(paper.exam, [paper], names=names)
        return Response(to_json(result))


class CopySerializer(serializers.ModelSerializer[Copy]):
    """A released result of your own; points are texts."""

    exam = serializers.CharField(source="submission.exam.name")
    course = serializers.CharField(source="submission.exam.course.name")
    released_at = serializers.DateTimeField(source="release.at")
    score = serializers.SerializerMethodField()
    points = serializers.SerializerMethodField()
    pdf = serializers.SerializerMethodField()

    class Meta:
        model = Copy
        fields = ["id", "exam", "course", "released_at", "score", "points", "pdf"]

    def get_score(self, copy: Copy) -> str | None:
        return PointsField().to_representation(copy.result["score"])

    def get_points(self, copy: Copy) -> str | None:
        return PointsField().to_representation(copy.result["points"])

    def get_pdf(self, copy: Copy) -> str:
        return reverse("api_copy_pdf", args=[copy.pk], request=self.context.get("request"))


@method_decorator(never_cache, "dispatch")
class CopiesView(ListAPIView[Copy]):
    """Your own released results, latest first."""

    serializer_class = CopySerializer
    filter_backends: list[Any] = []

    def get_queryset(self) -> Any:
        return copies_of(self.request.user)


@method_decorator(never_cache, "dispatch")
class CopyView(APIView):
    """A released result of your own, as it was frozen."""

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        found = copy_for(request.user, pk)
        Viewing.objects.create(copy=found, by=who(request))
        return Response(found.result)
