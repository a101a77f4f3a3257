"""What staff open first: an exam's home."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from bench import world
from gradebook.models import Exam
from rubrics.models import Entry
from submissions.models import Answer


def time_exam_home(papers: int = 300) -> Callable[[], object]:
    """The exam's home, all middleware included, with as long a history as its grading leaves."""
    made = world.make(papers)
    _remember(made.exam, made.grader.pk)
    client = Client(HTTP_HOST="localhost")
    client.force_login(made.grader)

    def look() -> None:
        response = client.get(f"/exams/{made.exam.pk}/")
        assert response.status_code == 200

    return look


def _remember(exam: Exam, grader: int) -> None:
    """Write the history of grading every answer, ten seconds each."""
    answers = Answer.objects.filter(submission__exam=exam).order_by("question", "submission")
    start = timezone.now() - timedelta(days=90)
    Entry.objects.bulk_create(
        (
            Entry(
                exam=exam,
                verb=Entry.Verb.APPLIED,
                answer_id=answer,
                question_id=question,
                by_id=grader,
                at=start + timedelta(seconds=10 * n),
            )
            for n, (answer, question) in enumerate(answers.values_list("pk", "question_id"))
        ),
        batch_size=world.BATCH,
    )
