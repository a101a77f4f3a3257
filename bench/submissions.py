"""What an instructor opens when the grading is done: all papers, and the review."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from bench import world
from gradebook.models import Membership, Role


def time_all_papers(papers: int = 2000) -> Callable[[], object]:
    """A page of all papers by the score in a part, 100 of them with 52 scores each."""
    client, made = _instructor(papers)
    address = f"/exams/{made.exam.pk}/submissions/?sort=-q{made.leaves[7].pk}"
    return lambda: _look(client, address)


def time_all_papers_found(papers: int = 2000) -> Callable[[], object]:
    """The same, by total, of those whose name holds two words."""
    client, made = _instructor(papers)
    address = f"/exams/{made.exam.pk}/submissions/?sort=-total&q=ada+student"
    return lambda: _look(client, address)


def time_review(papers: int = 2000) -> Callable[[], object]:
    """The review of an exam: all figures of 52 parts."""
    client, made = _instructor(papers)
    return lambda: _look(client, f"/exams/{made.exam.pk}/review/")


def _instructor(papers: int) -> tuple[Client, world.World]:
    made = world.make(papers)
    Membership.objects.filter(user=made.grader).update(role=Role.INSTRUCTOR)
    client = Client(HTTP_HOST="localhost")
    client.force_login(made.grader)
    return client, made


def _look(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200
