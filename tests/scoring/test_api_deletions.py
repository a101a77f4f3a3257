from __future__ import annotations

import pytest
from django.urls import reverse

from gradebook.models import Exam
from jobs.models import Job
from jobs.runner import work_through
from scoring.models import Deletion

JSON = {"content_type": "application/json"}


@pytest.fixture
def exam_url(graded):
    return reverse("api_exam_deletion", args=[graded.exam.pk])


def test_what_goes_is_counted_first(as_, graded, exam_url):
    told = as_("ines").get(exam_url).json()

    assert told["goes"]["paper"] == 3
    assert told["bytes"] > 0
    student = reverse("api_student_deletion", args=[graded.members["sam"].pk])
    goes = as_("ines").get(student).json()
    assert goes["goes"]["paper"] == 1
    assert goes["shared_files"] == ["batch.pdf"]


@pytest.mark.parametrize("sent", [{}, {"typed": ""}, {"typed": "Final"}, {"typed": 7}, []])
def test_nothing_goes_without_the_name_typed(as_, graded, exam_url, sent):
    assert as_("ines").post(exam_url, sent, **JSON).status_code == 400
    assert not Deletion.objects.exists()


def test_an_exam_is_asked_to_go_once_and_its_record_stays(as_, graded, exam_url):
    client = as_("ines")

    first, second = (client.post(exam_url, {"typed": "Midterm"}, **JSON) for _ in range(2))

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert first.json()["done_at"] is None
    assert Job.objects.filter(kind="erasure.exam").count() == 1
    work_through("test", until_idle=True, most=9, stop=lambda: False)
    assert not Exam.objects.exists()
    url = reverse("api_deletions", args=[graded.course.pk])
    (record,) = client.get(url).json()["results"]
    assert (record["kind"], record["name"], record["by"]) == ("exam", "Midterm", graded.ines.pk)
    assert record["done_at"]


def test_a_student_s_data_go_and_staff_s_do_not(as_, graded):
    client = as_("ines")
    sam, gus = (
        reverse("api_student_deletion", args=[graded.members[name].pk]) for name in ("sam", "gus")
    )

    assert client.post(gus, {"typed": "Gus Grader"}, **JSON).status_code == 403
    assert client.post(sam, {"typed": "Sam"}, **JSON).status_code == 400
    asked = client.post(sam, {"typed": "Sam  Student"}, **JSON)

    assert (asked.status_code, asked.json()["name"]) == (202, "")
    assert Deletion.objects.get().membership == graded.members["sam"]
