from __future__ import annotations

from django.urls import path

from scoring.views import (
    agreement,
    copies,
    copy,
    copy_pdf,
    exam,
    grading,
    home,
    release,
    scores,
    submission,
)

# /, /courses/<pk>/
home_urls = [
    path("", home.home, name="home"),
    path("courses/<int:pk>/", home.course, name="course"),
]

# /exams/<pk>/
exam_urls = [
    path("exams/<int:pk>/", exam.exam, name="exam"),
    path("exams/<int:pk>/agreement/", agreement.agreement, name="agreement"),
    path("exams/<int:pk>/grading/", grading.grading, name="grading"),
]

# /exams/<pk>/release/, /exams/<pk>/copies/, /submissions/<pk>/, /copies/<pk>/
result_urls = [
    path("exams/<int:pk>/release/", release.release, name="release"),
    path("exams/<int:pk>/scores.csv", scores.scores_csv, name="scores_csv"),
    path("exams/<int:pk>/copies/", copies.copies, name="copies"),
    path("exams/<int:pk>/copies/<int:job>/", copies.copies_progress, name="copies_progress"),
    path("exams/<int:pk>/copies.zip", copies.copies_zip, name="copies_zip"),
    path("submissions/<int:pk>/", submission.submission, name="submission"),
    path("submissions/<int:pk>/copy.pdf", copy_pdf.submission_copy, name="submission_copy"),
    path("copies/<int:pk>/", copy.copy, name="copy"),
    path("copies/<int:pk>/copy.pdf", copy_pdf.copy_pdf, name="copy_pdf"),
    path("copies/<int:pk>/pages/<int:number>.jpg", copy.copy_page, name="copy_page"),
]

urlpatterns = [*home_urls, *exam_urls, *result_urls]
