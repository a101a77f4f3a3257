"""/api/v1/: uploads and papers of an exam, for scripts of its staff."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gradebook.access import exam_for, who
from gradebook.models import Exam
from submissions import overview
from submissions.access import sees_names, submission_for
from submissions.api_deliveries import refused
from submissions.models import Submission
from submissions.overview import PaperRow, UploadRow
from submissions.pictures import pictures
from submissions.together import sent_by_form, take_together


class UploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(max_length=255)
    again = serializers.BooleanField(default=False)


class UploadsView(APIView):
    """GET lists files of scans and how far they are; POST takes one in as multipart `file`.

    Several of them are taken as the page takes them: pictures are one stack. With `again` a file
    is taken that is here already."""

    serializer_class = UploadSerializer

    def get(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk)
        names = sees_names(request.user, exam)
        return Response([_upload(row) for row in overview.uploads_of(exam, names=names)])

    def post(self, request: Request, pk: int) -> Response:
        exam = exam_for(request.user, pk)
        form = UploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        sent = [sent_by_form(file) for file in request.FILES.getlist("file")]
        again = form.validated_data["again"]
        uploads, bad = take_together(exam, sent, who(request), again=again)
        if bad:
            return refused(*bad, taken=uploads)
        told = {"id": uploads[0].pk, "ids": [upload.pk for upload in uploads], "state": "working"}
        return Response(told, status=201)


class SubmissionsView(ListAPIView):  # type: ignore[type-arg]  # values, not models
    """The papers of an exam in order; students only for who may know them."""

    queryset = Submission.objects.none()  # for the schema

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        exam = exam_for(request.user, self.kwargs["pk"])
        names = sees_names(request.user, exam)
        page = self.paginate_queryset(overview.papers_of(exam))
        rows = overview.paper_rows(exam, page or [], names=names)
        return self.get_paginated_response([_paper(row) for row in rows])


class SubmissionView(APIView):
    """One paper with its pages."""

    def get(self, request: Request, pk: int) -> Response:
        paper = submission_for(request.user, pk)
        exam = paper.exam
        names = sees_names(request.user, exam)
        listed = list(overview.papers_of(exam).filter(pk=pk))
        row = overview.paper_rows(exam, listed, names=names)[0]
        shown = [picture._asdict() for picture in pictures(paper, names=names)]
        return Response(_paper(row) | {"exam": _exam(exam), "pages": shown})


def _upload(row: UploadRow) -> dict[str, Any]:
    told = row.progress
    return {
        "id": row.upload.pk,
        "name": row.label,
        "state": row.state,
        "pages": row.upload.page_count,
        "done": told.done if told else None,
        "total": told.total if told else None,
        "papers": row.papers,
        "needs_a_look": row.looks,
        "problem": row.problem,
        "warnings": row.warnings,
        "uploaded_at": row.upload.uploaded_at,
    }


def _paper(row: PaperRow) -> dict[str, Any]:
    return {
        "id": row.paper.pk,
        "number": row.paper.number,
        "code_name": row.paper.code_name,
        "student": row.student or None,
        "placed": row.pages,
        "missing": row.missing,
        "extra": row.extra,
    }


def _exam(exam: Exam) -> dict[str, Any]:
    return {"id": exam.pk, "name": exam.name}
