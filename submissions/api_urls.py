from __future__ import annotations

from django.urls import path

from submissions import api_match

# /api/v1/exams/<pk>/matches/, /api/v1/submissions/<pk>/match/
match_urls = [
    path("exams/<int:pk>/matches/", api_match.MatchesView.as_view(), name="api_matches"),
    path("submissions/<int:pk>/match/", api_match.MatchView.as_view(), name="api_match"),
]

urlpatterns = [*match_urls]
