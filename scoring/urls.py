from __future__ import annotations

from django.urls import path

from scoring.views import (
    agreement,
    archive,
    canvas,
    changes,
    copies,
    copy,
    copy_pdf,
    copy_regrade,
    exam,
    exam_delete,
    exports,
    grading,
    home,
    letters,
    preview,
    regrade,
    regrades,
    release,
    reply_letters,
    review,
    review_files,
    solutions,
    statistics,
    student_delete,
    submission,
    submissions,
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

# /exams/<pk>/review/, /statistics/
review_urls = [
    path("statistics/", statistics.statistics, name="statistics"),
    path("exams/<int:pk>/review/", review.review, name="review"),
    path("exams/<int:pk>/review/graders/", review.review_graders, name="review_graders"),
    path("exams/<int:pk>/review/histogram.svg", review_files.review_svg, name="review_svg"),
    path("exams/<int:pk>/review/<slug:table>.csv", review_files.review_csv, name="review_csv"),
    path("exams/<int:pk>/review/<int:part>/", review.review_part, name="review_part"),
    path(
        "exams/<int:pk>/review/<int:part>/histogram.svg",
        review_files.review_part_svg,
        name="review_part_svg",
    ),
    path(
        "exams/<int:pk>/review/<int:part>/histogram.csv",
        review_files.review_part_csv,
        name="review_part_csv",
    ),
]

# /exams/<pk>/release/, /exams/<pk>/result/
release_urls = [
    path("exams/<int:pk>/release/", release.release, name="release"),
    path("exams/<int:pk>/release/changes/", changes.changes, name="changes"),
    path("exams/<int:pk>/release/letters/", letters.letters, name="letters"),
    path("exams/<int:pk>/regrades/letters/", reply_letters.reply_letters, name="reply_letters"),
    path("exams/<int:pk>/release/preview/", preview.preview, name="preview"),
    path("submissions/<int:pk>/preview/", preview.preview_paper, name="preview_paper"),
    path("exams/<int:pk>/result/", copy.result, name="result"),
]

# /exams/<pk>/exports/
export_urls = [
    path("exams/<int:pk>/scores.csv", exports.export, {"kind": "scores.csv"}, name="scores_csv"),
    path("exams/<int:pk>/archive.zip", archive.archive_zip, name="archive_zip"),
    path("exams/<int:pk>/exports/", exports.exports, name="exports"),
    path("exams/<int:pk>/exports/<str:kind>", exports.export, name="export"),
    path("exams/<int:pk>/exports/canvas/", canvas.canvas_gradebook, name="canvas_gradebook"),
    path("exams/<int:pk>/exports/canvas/<str:word>/", canvas.canvas_draft, name="canvas_draft"),
    path(
        "exams/<int:pk>/exports/canvas/<str:word>/canvas.csv",
        canvas.canvas_filled,
        name="canvas_filled",
    ),
]

# /exams/<pk>/delete/, /courses/<pk>/deletions/, /deletions/<pk>/, /members/<pk>/
erasure_urls = [
    path("exams/<int:pk>/delete/", exam_delete.exam_delete, name="exam_delete"),
    path("courses/<int:pk>/deletions/", exam_delete.deletions, name="deletions"),
    path("deletions/<int:pk>/again/", exam_delete.deletion_again, name="deletion_again"),
    path("members/<int:pk>/delete/", student_delete.student_delete, name="student_delete"),
    path("members/<int:pk>/data.zip", student_delete.student_data, name="student_data"),
]

# /exams/<pk>/submissions/, copies/; /submissions/<pk>/, /copies/<pk>/
result_urls = [
    path("exams/<int:pk>/submissions/", submissions.submissions, name="submissions"),
    path("exams/<int:pk>/copies/", copies.copies, name="copies"),
    path("exams/<int:pk>/copies/<int:job>/", copies.copies_progress, name="copies_progress"),
    path("exams/<int:pk>/copies.zip", copies.copies_zip, name="copies_zip"),
    path("submissions/<int:pk>/", submission.submission, name="submission"),
    path("submissions/<int:pk>/copy.pdf", copy_pdf.submission_copy, name="submission_copy"),
    path("copies/<int:pk>/", copy.copy, name="copy"),
    path("copies/<int:pk>/copy.pdf", copy_pdf.copy_pdf, name="copy_pdf"),
    path("copies/<int:pk>/regrades/<str:number>/", copy_regrade.copy_regrade, name="copy_regrade"),
    path("copies/<int:pk>/pages/<int:number>.jpg", copy.copy_page, name="copy_page"),
]

# /exams/<pk>/solutions/, /questions/<pk>/solution/
solution_urls = [
    path("exams/<int:pk>/solutions/", solutions.solutions, name="solutions"),
    path("exams/<int:pk>/solutions/<str:sha>.pdf", solutions.solution_pdf, name="solution_pdf"),
    path("questions/<int:pk>/solution/", solutions.solution, name="solution"),
    path("copies/<int:pk>/solutions/<str:number>.pdf", copy.copy_solution, name="copy_solution"),
]

# /exams/<pk>/regrades/, /regrades/<pk>/
regrade_urls = [
    path("exams/<int:pk>/regrades/", regrades.regrades, name="regrades"),
    path("exams/<int:pk>/regrades/next/", regrades.regrade_next, name="regrade_next"),
    path("exams/<int:pk>/regrades/window/", regrades.regrade_window, name="regrade_window"),
    path("regrades/<int:pk>/", regrade.regrade, name="regrade"),
    path("regrades/<int:pk>/grader/", regrade.regrade_grader, name="regrade_grader"),
]

urlpatterns = [
    *home_urls,
    *exam_urls,
    *review_urls,
    *release_urls,
    *export_urls,
    *solution_urls,
    *erasure_urls,
    *regrade_urls,
    *result_urls,
]
