"""What a grader sees of a whole question: all its answers, and those that look alike."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from bench import graders, world
from gradebook.models import Template, TemplatePage
from submissions.models import Answer


def time_answers_grid(papers: int = 1000) -> Callable[[], object]:
    """All answers to a question at a glance: its first page, all middleware included."""
    return _page(world.make(papers), "answers")


def time_answers_grid_filtered(papers: int = 1000) -> Callable[[], object]:
    """The same of the answers with one item."""
    made = world.make(papers)
    item = made.leaves[0].items.all()[1]
    return _page(made, f"answers/?item={item.pk}")


def time_groups_page(papers: int = 1000) -> Callable[[], object]:
    """Answers offered to be graded together: all of them look blank."""
    made = world.make(papers, graded=False)
    template = Template.objects.create(exam=made.exam, file="x.pdf", sha256="0" * 64, page_count=2)
    TemplatePage.objects.bulk_create(
        TemplatePage(template=template, number=number, width=612, height=792, sha256="0" * 64)
        for number in (1, 2)
    )
    Answer.objects.filter(submission__exam=made.exam).update(ink=0)
    return _page(made, "groups")


def _page(made: world.World, name: str) -> Callable[[], object]:
    graders.add_pages(made)
    client = Client(HTTP_HOST="localhost")
    client.force_login(made.grader)
    path, _, query = f"/questions/{made.leaves[0].pk}/{name}".partition("/?")
    card = {"answers": b"answers__card", "groups": b"group__card"}[name.partition("/")[0]]

    def look() -> None:
        response = client.get(f"{path}/?{query}")
        assert response.status_code == 200
        assert card in response.content or b"item=" in query.encode()

    return look
