"""What an instructor waits for in the match queue: the next paper, an answer, a search."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from django.test import Client

from bench import repair
from gradebook.models import Exam
from submissions.models import Match, Reading

CANDIDATES = 5


def time_match_step(papers: int = 110) -> Callable[[], object]:
    """One key of the queue of an exam with 3,000 pages: skip to the next paper."""
    exam, client = _queue(papers)
    rounds = cycle(exam.submissions.values_list("pk", flat=True))

    def step() -> None:
        address = f"/exams/{exam.pk}/match/?paper={next(rounds)}"
        assert client.get(address, headers=repair.SWAPPED).status_code == 200

    return step


def time_match_answer(papers: int = 110) -> Callable[[], object]:
    """Two keys: give a paper to its first candidate, and take that back."""
    exam, client = _queue(papers)
    read = Reading.objects.filter(submission__exam=exam).order_by("pk")
    rounds = cycle(read.values_list("submission", "candidates"))

    def give_and_take() -> None:
        paper, candidates = next(rounds)
        said = {"paper": paper, "student": candidates[0]["membership"], "seen": 0}
        match = f"/exams/{exam.pk}/match/"
        assert client.post(match, said, headers=repair.SWAPPED).status_code == 200
        client.post(f"{match}undo/", {"paper": paper}, headers=repair.SWAPPED)
        assert not Match.objects.filter(exam=exam).exists()

    return give_and_take


def time_match_search(papers: int = 110) -> Callable[[], object]:
    """A search of the roster, as one types."""
    exam, client = _queue(papers)
    found = {"HX-Request": "true", "HX-Target": "found"}

    def search() -> None:
        assert b"Student" in client.get(f"/exams/{exam.pk}/match/?q=student", headers=found).content

    return search


def _queue(papers: int) -> tuple[Exam, Client]:
    """The repair desk's exam, none of its papers matched, five candidates for each."""
    exam, client = repair.desk(papers)
    Match.objects.filter(exam=exam).delete()
    members = list(exam.course.memberships.students().order_by("pk").values_list("pk", flat=True))
    Reading.objects.bulk_create(
        Reading(
            submission=paper,
            name="Ada Student",
            reason="Hard to tell.",
            candidates=[
                {
                    "membership": members[(n + rank) % len(members)],
                    "certainty": 0.5 / (rank + 1),
                    "name": 0.5,
                    "sid": None,
                }
                for rank in range(min(CANDIDATES, len(members)))
            ],
        )
        for n, paper in enumerate(exam.submissions.order_by("number"))
    )
    return exam, client
