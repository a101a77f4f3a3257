"""What a grader waits for: a click, and an item's points edited for everyone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from django.test import Client

from bench import world
from rubrics.rubric import change_item
from submissions.models import Answer


def time_click(papers: int = 300) -> Callable[[], object]:
    """Apply or lift one item through the API, all middleware included."""
    made = world.make(papers)
    client = Client(HTTP_HOST="localhost")
    client.force_login(made.grader)
    answer = Answer.objects.filter(question=made.leaves[0]).first()
    item = made.leaves[0].items.first()
    assert answer is not None
    assert item is not None
    methods = cycle([client.put, client.delete])

    def click() -> None:
        response = next(methods)(f"/api/v1/answers/{answer.pk}/marks/{item.pk}/")
        assert response.status_code == 200

    return click


def time_item_edit(papers: int = 1000) -> Callable[[], object]:
    """Change the points of an item that a fifth of all papers have, and rescore them."""
    made = world.make(papers)
    item = made.leaves[0].items.all()[1]
    points = cycle([-75, -50])
    return lambda: change_item(item, points=next(points), by=made.grader)


def time_item_edit_all(papers: int = 1000) -> Callable[[], object]:
    """The same for an item that every paper has."""
    made = world.make(papers)
    leaf = made.leaves[0]
    item = leaf.items.all()[1]
    item.marks.model.objects.filter(answer__question=leaf).update(item=item)
    points = cycle([-75, -50])
    return lambda: change_item(item, points=next(points), by=made.grader)
