from __future__ import annotations

from django.urls import path

from jobs import views

app_name = "jobs"

# /jobs/
urlpatterns = [
    path("jobs/<int:pk>/", views.progress, name="progress"),
]
