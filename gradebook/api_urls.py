from __future__ import annotations

from django.urls import path

from gradebook import api

# /api/v1/courses/, /api/v1/exams/
urlpatterns = [
    path("courses/", api.CoursesView.as_view(), name="api_courses"),
    path("courses/<int:pk>/", api.CourseView.as_view(), name="api_course"),
    path("courses/<int:pk>/members/", api.MembersView.as_view(), name="api_members"),
    path("courses/<int:pk>/exams/", api.ExamsView.as_view(), name="api_exams"),
    path("exams/<int:pk>/", api.ExamView.as_view(), name="api_exam"),
]
