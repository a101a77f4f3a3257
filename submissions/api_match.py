"""/api/v1/exams/<pk>/matches/ and /api/v1/submissions/<pk>/match/: whose papers they are."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, who
from gradebook.models import Membership, Role
from submissions import match_lists
from submissions.access import submission_for
from submissions.match_desk import said_of
from submissions.models import Match, Reading, Submission
from submissions.whose import Refused, confirm, outcome, unconfirm


class MatchesView(APIView):
    """All papers of an exam with what was read, who it may be, and whose they are."""

    def get(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk, Role.INSTRUCTOR)
        papers = [described(paper) for paper in match_lists.papers(exam, "")]
        return Response({**outcome(exam)._asdict(), "papers": papers})


class MatchSerializer(serializers.Serializer[Any]):
    membership = serializers.IntegerField(min_value=1)


class MatchView(APIView):
    """PUT gives a paper to a student as your word; DELETE takes it back. Both repeat safely."""

    serializer_class = MatchSerializer

    def put(self, request: Request, pk: int) -> Response:
        paper = submission_for(request.user, pk, Role.INSTRUCTOR)
        sent = MatchSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        members = Membership.objects.filter(course=paper.exam.course_id).select_related("user")
        member = get_object_or_404(members, pk=sent.validated_data["membership"])
        try:
            confirm(paper, member, by=who(request))
        except Refused as error:
            return Response({"detail": str(error)}, status=409)
        return Response(described(_fresh(paper)))

    def delete(self, request: Request, pk: int) -> Response:
        paper = submission_for(request.user, pk, Role.INSTRUCTOR)
        unconfirm(paper, by=who(request))
        return Response(status=204)


def described(paper: Submission) -> dict[str, Any]:
    """Return a paper as the API tells of it; certainties from 0 to 1."""
    read: Reading | None = getattr(paper, "reading", None)
    match: Match | None = getattr(paper, "match", None)
    return {
        "submission": paper.pk,
        "paper": paper.number,
        "read": {"name": read.name, "sid": read.sid} if read else None,
        "reason": read.reason if read else "",
        "candidates": said_of(paper),
        "match": _match(match) if match else None,
    }


def _match(match: Match) -> dict[str, Any]:
    person = match.membership.user
    return {
        "membership": match.membership_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "sid": match.membership.sid,
        "email": person.email,
        "certainty": match.certainty,
        "confirmed": match.confirmed_at is not None,
        "confirmed_by": match.by.email if match.by else None,
    }


def _fresh(paper: Submission) -> Submission:
    return match_lists.papers(paper.exam, "").get(pk=paper.pk)
