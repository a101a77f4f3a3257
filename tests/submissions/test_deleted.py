"""An exam deleted for good while its scans are being taken in."""

from __future__ import annotations

import pytest

from gradebook.models import Exam
from jobs.models import Job
from jobs.runner import work_through
from scoring.erasure import exams
from scoring.models import Deletion
from submissions import chunks
from submissions.models import Page, Submission, Upload

pytestmark = pytest.mark.usefixtures("own_files")


def work():
    work_through("worker", until_idle=True, most=50, stop=lambda: False)


@pytest.mark.parametrize("at", [1, 3])
def test_a_worker_in_the_middle_of_intake_stops_and_writes_nothing_back(
    quiz, scans, take, world, monkeypatch, caplog, at
):
    take(quiz, scans(0, 1, 2, 3, 4))
    take_page, seen = chunks._take_safely, []

    def deleted_meanwhile(pk, *rest):
        seen.append(pk)
        if len(seen) == at:
            exams.delete(Exam.objects.get(pk=quiz.pk), by=world.ines)
        return take_page(pk, *rest)

    monkeypatch.setattr(chunks, "_take_safely", deleted_meanwhile)
    work()

    assert len(seen) == at
    assert not Page.objects.exists()
    assert not Upload.objects.exists()
    assert not Job.objects.exists()
    assert Submission.objects.exclude(exam=world.exam).count() == 0
    assert Deletion.objects.get().done_at is not None
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []


def test_an_exam_asked_away_before_its_scans_are_looked_at_is_just_gone(quiz, scans, take, world):
    take(quiz, scans(0, 1, 2))
    exams.ask(quiz, by=world.ines)

    work()

    assert not Exam.objects.filter(name="Quiz").exists()
    assert Job.objects.get().kind == "erasure.exam"
    assert Deletion.objects.get().files >= 1
