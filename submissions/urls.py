from __future__ import annotations

from django.urls import path

from submissions.views import match, pages, template

# /pages/<pk>/, /crops/<pk>/
page_urls = [
    path("pages/<int:pk>/<str:kind>/<str:sha>.jpg", pages.page_image, name="page_image"),
    path("crops/<int:pk>/<str:sha>.jpg", pages.crop, name="crop"),
]

# /exams/<pk>/template/, /templates/<pk>/
template_urls = [
    path("exams/<int:pk>/template/", template.template, name="template"),
    path(
        "templates/<int:pk>/pages/<int:number>/<str:sha>.jpg",
        template.template_page,
        name="template_page",
    ),
]

# /exams/<pk>/match/
match_urls = [
    path("exams/<int:pk>/match/", match.match, name="match"),
    path("exams/<int:pk>/match/papers/", match.match_papers, name="match_papers"),
    path("exams/<int:pk>/match/students/", match.match_students, name="match_students"),
    path("exams/<int:pk>/match/undo/", match.match_undo, name="match_undo"),
    path("exams/<int:pk>/match/again/", match.match_again, name="match_again"),
    path("exams/<int:pk>/match/progress/", match.match_progress, name="match_progress"),
]

urlpatterns = [*page_urls, *template_urls, *match_urls]
