from __future__ import annotations

from django.urls import path

from scoring.views import home

# /, /courses/<pk>/
home_urls = [
    path("", home.home, name="home"),
    path("courses/<int:pk>/", home.course, name="course"),
]

urlpatterns = [*home_urls]
