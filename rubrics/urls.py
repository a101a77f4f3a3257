from __future__ import annotations

from django.urls import path

from rubrics.views import (
    answers,
    assignments,
    evaluations,
    grading,
    groups,
    outline,
    seconds,
    settings,
)

# /questions/<pk>/, /answers/<pk>/
grading_urls = [
    path("questions/<int:pk>/grade/", grading.grade, name="grade"),
    path("questions/<int:pk>/groups/", groups.groups, name="groups"),
    path("questions/<int:pk>/answers/", answers.answers, name="answers"),
    path("answers/<int:pk>/", grading.answer, name="answer"),
    path("exams/<int:pk>/look-again/", grading.look_again, name="look_again"),
    path("exams/<int:pk>/assignment/", assignments.assignment, name="assignment"),
    path("exams/<int:pk>/flagged/", grading.flagged, name="flagged"),
]

# /exams/<pk>/second/, /seconds/<pk>/
second_urls = [
    path("exams/<int:pk>/second/", seconds.second, name="second"),
    path("seconds/<int:pk>/", seconds.second_look, name="second_look"),
]

# /exams/<pk>/
outline_urls = [
    path("exams/<int:pk>/outline/", outline.outline, name="outline"),
    path("exams/<int:pk>/outline/file/", outline.outline_file, name="outline_file"),
    path("exams/<int:pk>/outline/loaded/", outline.outline_loaded, name="outline_loaded"),
    path("exams/<int:pk>/evaluations/", evaluations.evaluations, name="evaluations"),
    path(
        "exams/<int:pk>/evaluations/jobs/<int:job>/",
        evaluations.evaluations_progress,
        name="evaluations_progress",
    ),
    path(
        "exams/<int:pk>/evaluations/<str:word>/",
        evaluations.evaluations_draft,
        name="evaluations_draft",
    ),
    path("exams/<int:pk>/settings/", settings.settings, name="settings"),
]

urlpatterns = [*grading_urls, *second_urls, *outline_urls]
