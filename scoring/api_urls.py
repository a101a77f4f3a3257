from __future__ import annotations

from django.urls import path

from scoring import api, api_copies

# /api/v1/exams/<pk>/, /submissions/<pk>/, /copies/
urlpatterns = [
    path("exams/<int:pk>/scores/", api.ScoresView.as_view(), name="api_scores"),
    path("exams/<int:pk>/release/", api.ReleaseView.as_view(), name="api_release"),
    path("submissions/<int:pk>/result/", api.ResultView.as_view(), name="api_result"),
    path(
        "submissions/<int:pk>/pdf/",
        api_copies.SubmissionPdfView.as_view(),
        name="api_submission_pdf",
    ),
    path("copies/", api.CopiesView.as_view(), name="api_copies"),
    path("copies/<int:pk>/", api.CopyView.as_view(), name="api_copy"),
    path("copies/<int:pk>/pdf/", api_copies.CopyPdfView.as_view(), name="api_copy_pdf"),
]
