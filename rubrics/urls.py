from __future__ import annotations

from django.urls import path

from rubrics.views import grading

# /questions/<pk>/, /answers/<pk>/
grading_urls = [
    path("questions/<int:pk>/grade/", grading.grade, name="grade"),
    path("answers/<int:pk>/", grading.answer, name="answer"),
]

urlpatterns = [*grading_urls]
