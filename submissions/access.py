"""Who may reach papers and their pictures, and who may know whose they are."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404

from gradebook.access import exam_for, require_exam, role_in
from gradebook.models import Exam, Role
from submissions.models import Crop, Delivery, Page, PrintRun, Submission, Upload
from submissions.pictures import file_of

NOT_YOURS = "Graders of an anonymous exam do not see pages that may hold a name. Ask an instructor."


def sees_names(user: Any, exam: Exam) -> bool:
    """Instructors do; graders unless grading is anonymous."""
    return not exam.anonymous or role_in(user, exam.course_id) == Role.INSTRUCTOR


def may_correct(user: Any, exam: Exam) -> bool:
    """Who puts pages right has to see them, and a page nobody recognised may hold a name."""
    return sees_names(user, exam) and role_in(user, exam.course_id) != Role.STUDENT


def exam_to_correct(user: Any, pk: int) -> Exam:
    exam = exam_for(user, pk)
    if not may_correct(user, exam):
        raise PermissionDenied(NOT_YOURS)
    return exam


def page_to_correct(user: Any, pk: int) -> Page:
    page = page_for(user, pk)
    if not may_correct(user, page.upload.exam):
        raise PermissionDenied(NOT_YOURS)
    return page


def may_check_names(user: Any, exam: Exam) -> bool:
    """Who says whether a page shows a name: instructors, where graders must not see any."""
    return exam.anonymous and role_in(user, exam.course_id) == Role.INSTRUCTOR


def submission_for(user: Any, pk: int, least: Role = Role.GRADER) -> Submission:
    submission = Submission.objects.select_related("exam__course").filter(pk=pk).first()
    if submission is None:
        raise Http404
    require_exam(user, submission.exam, least)
    return submission


def upload_for(user: Any, pk: int, least: Role = Role.GRADER) -> Upload:
    upload = Upload.objects.select_related("exam__course").filter(pk=pk).first()
    if upload is None:
        raise Http404
    require_exam(user, upload.exam, least)
    return upload


def delivery_for(user: Any, pk: int) -> Delivery:
    """Return a file on its way in, to who sends it: for everybody else it is not there yet."""
    deliveries = Delivery.objects.select_related("exam__course", "upload", "sent_by")
    delivery = deliveries.filter(pk=pk, sent_by=user).first()
    if delivery is None:
        raise Http404
    require_exam(user, delivery.exam, Role.GRADER)
    return delivery


def page_for(user: Any, pk: int, least: Role = Role.GRADER) -> Page:
    pages = Page.objects.select_related("upload__exam__course", "name_check")
    page = pages.filter(pk=pk).first()
    if page is None:
        raise Http404
    require_exam(user, page.upload.exam, least)
    return page


def run_for(user: Any, pk: int) -> PrintRun:
    """Return a print run, for instructors: names may stand on its papers."""
    run = PrintRun.objects.select_related("exam__course").filter(pk=pk).first()
    if run is None:
        raise Http404
    require_exam(user, run.exam, Role.INSTRUCTOR)
    return run


def crop_for(user: Any, pk: int) -> Crop:
    """Return a crop; who must not know names gets 404 where there may be one in the picture."""
    crops = Crop.objects.select_related("region__exam__course", "page__name_check")
    crop = crops.filter(pk=pk).first()
    if crop is None:
        raise Http404
    exam = crop.region.exam
    require_exam(user, exam, Role.GRADER)
    # No crop is covered: only of a page that is seen whole, uncovered, may there be any.
    plain = crop.region.kind == "question" and file_of(crop.page, "image", names=False)
    if not plain and not sees_names(user, exam):
        raise Http404
    return crop
