from __future__ import annotations

from django.urls import path

from submissions.views import pages

# /pages/<pk>/, /crops/<pk>/
page_urls = [
    path("pages/<int:pk>/<str:kind>/<str:sha>.jpg", pages.page_image, name="page_image"),
    path("crops/<int:pk>/<str:sha>.jpg", pages.crop, name="crop"),
]

urlpatterns = [*page_urls]
