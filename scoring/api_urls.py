from __future__ import annotations

from django.urls import path

from scoring import (
    api,
    api_copies,
    api_deletions,
    api_exports,
    api_regrades,
    api_solutions,
)

# /api/v1/exams/<pk>/, /submissions/<pk>/, /copies/
urlpatterns = [
    path("exams/<int:pk>/scores/", api.ScoresView.as_view(), name="api_scores"),
    path("exams/<int:pk>/exports/", api_exports.ExportsView.as_view(), name="api_exports"),
    path("exams/<int:pk>/exports/<str:kind>", api_exports.ExportView.as_view(), name="api_export"),
    path("exams/<int:pk>/exports/canvas/", api_exports.CanvasView.as_view(), name="api_canvas"),
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
    # Regrades
    path(
        "copies/<int:pk>/regrades/",
        api_regrades.CopyRegradesView.as_view(),
        name="api_copy_regrades",
    ),
    path(
        "copies/<int:pk>/regrades/<str:number>/",
        api_regrades.CopyRegradeView.as_view(),
        name="api_copy_regrade",
    ),
    path("exams/<int:pk>/regrades/", api_regrades.RegradesView.as_view(), name="api_regrades"),
    path("regrades/<int:pk>/", api_regrades.RegradeView.as_view(), name="api_regrade"),
    path(
        "regrades/<int:pk>/reply/",
        api_regrades.RegradeReplyView.as_view(),
        name="api_regrade_reply",
    ),
    path(
        "regrades/<int:pk>/grader/",
        api_regrades.RegradeGraderView.as_view(),
        name="api_regrade_grader",
    ),
    path(
        "exams/<int:pk>/regrade-window/",
        api_regrades.RegradeWindowView.as_view(),
        name="api_regrade_window",
    ),
    path(
        "questions/<int:pk>/regrade-terms/",
        api_regrades.RegradeTermsView.as_view(),
        name="api_regrade_terms",
    ),
    # Solutions
    path("exams/<int:pk>/solutions/", api_solutions.SolutionsView.as_view(), name="api_solutions"),
    path("questions/<int:pk>/solution/", api_solutions.SolutionView.as_view(), name="api_solution"),
    path(
        "questions/<int:pk>/solution/pdf/",
        api_solutions.SolutionPdfView.as_view(),
        name="api_solution_pdf",
    ),
    # Deletions
    path(
        "courses/<int:pk>/deletions/", api_deletions.DeletionsView.as_view(), name="api_deletions"
    ),
    path(
        "exams/<int:pk>/deletion/",
        api_deletions.ExamDeletionView.as_view(),
        name="api_exam_deletion",
    ),
    path(
        "members/<int:pk>/deletion/",
        api_deletions.StudentDeletionView.as_view(),
        name="api_student_deletion",
    ),
]
