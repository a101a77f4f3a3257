from __future__ import annotations

from django.urls import path

from jobs import views

# /jobs/
urlpatterns = [
    path("jobs/<int:pk>/", views.progress, name="job"),
]
