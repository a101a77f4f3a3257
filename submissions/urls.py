from __future__ import annotations

from django.urls import path

from submissions.views import (
    corrections,
    match,
    names,
    pages,
    printing,
    repair,
    scans,
    template,
    uploads,
)

# /pages/<pk>/, /crops/<pk>/
page_urls = [
    path("pages/<int:pk>/<str:kind>/<str:sha>.jpg", pages.page_image, name="page_image"),
    path("papers/<int:pk>/thumbnails/<str:sha>.json", pages.thumbnails, name="thumbnails"),
    path("crops/<int:pk>/<str:sha>.jpg", pages.crop, name="crop"),
]

# /exams/<pk>/scans/
scans_urls = [
    path("exams/<int:pk>/scans/", scans.scans, name="scans"),
    path("exams/<int:pk>/scans/progress/", scans.scans_progress, name="scans_progress"),
    path("exams/<int:pk>/scans/<int:number>/", scans.paper, name="paper"),
    path("exams/<int:pk>/scans/names/", names.page_names, name="page_names"),
    path("exams/<int:pk>/uploads/", uploads.upload, name="upload"),
    path("deliveries/<int:pk>/discard/", uploads.delivery_discard, name="delivery_discard"),
    path("uploads/<int:pk>/again/", uploads.upload_again, name="upload_again"),
    path("uploads/<int:pk>/delete/", uploads.upload_delete, name="upload_delete"),
]

# /pages/<pk>/: what people put right
correction_urls = [
    path("pages/<int:pk>/place/", corrections.page_place, name="page_place"),
    path("pages/<int:pk>/start/", corrections.page_start, name="page_start"),
    path("pages/<int:pk>/add/", corrections.page_add, name="page_add"),
    path("pages/<int:pk>/turn/", corrections.page_turn, name="page_turn"),
    path("pages/<int:pk>/discard/", corrections.page_discard, name="page_discard"),
    path("pages/<int:pk>/restore/", corrections.page_restore, name="page_restore"),
    path("pages/<int:pk>/confirm/", corrections.page_confirm, name="page_confirm"),
    path("pages/<int:pk>/split/", corrections.page_split, name="page_split"),
    path("pages/<int:pk>/replace/", corrections.page_replace, name="page_replace"),
]

# /exams/<pk>/repair/
repair_urls = [
    path("exams/<int:pk>/repair/", repair.repair, name="repair"),
    path("exams/<int:pk>/repair/join/", repair.repair_join, name="repair_join"),
    path("exams/<int:pk>/repair/accept/", repair.repair_accept, name="repair_accept"),
    path("exams/<int:pk>/repair/scan/", repair.repair_scan, name="repair_scan"),
    path("exams/<int:pk>/repair/undo/", repair.repair_undo, name="repair_undo"),
    path("exams/<int:pk>/repair/redo/", repair.repair_redo, name="repair_redo"),
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

# /exams/<pk>/print/, /prints/<pk>/
print_urls = [
    path("exams/<int:pk>/print/", printing.print_papers, name="print_papers"),
    path("exams/<int:pk>/print/progress/", printing.print_progress, name="print_progress"),
    path("prints/<int:pk>/papers.pdf", printing.print_pdf, name="print_pdf"),
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

urlpatterns = [
    *page_urls,
    *template_urls,
    *print_urls,
    *match_urls,
    *scans_urls,
    *correction_urls,
    *repair_urls,
]
