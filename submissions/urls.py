from __future__ import annotations

from django.urls import path

from submissions.views import pages, template

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

urlpatterns = [*page_urls, *template_urls]
