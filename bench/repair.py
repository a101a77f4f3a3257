"""What an instructor waits for at the repair desk: the page, and each step on it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

from django.test import Client
from django.utils import timezone

from bench import world
from gradebook.models import Exam, Region, Role, Template, TemplatePage
from submissions.models import Page, Upload

PAGES = 27
FIT = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]
SWAPPED = {"HX-Request": "true", "HX-Target": "desk"}


def time_repair_desk(papers: int = 110) -> Callable[[], object]:
    """Open the desk of an exam with 3,000 pages, all middleware included."""
    exam, client = desk(papers)

    def look() -> None:
        response = client.get(f"/exams/{exam.pk}/repair/")
        assert response.status_code == 200

    return look


def time_repair_step(papers: int = 110) -> Callable[[], object]:
    """One key: the next doubt, page or paper, of all papers listed."""
    exam, client = desk(papers)
    loose = Page.objects.filter(upload__exam=exam, state=Page.State.DOUBTFUL)
    steps = [f"at={pk}" for pk in loose.values_list("pk", flat=True)]
    steps += [f"paper={number}" for number in exam.submissions.values_list("number", flat=True)]
    rounds = cycle(steps)

    def step() -> None:
        address = f"/exams/{exam.pk}/repair/?show=all&{next(rounds)}"
        response = client.get(address, headers=SWAPPED)
        assert response.status_code == 200

    return step


def time_repair_split(papers: int = 110) -> Callable[[], object]:
    """Split a paper and undo that: two acts with their history."""
    exam, client = desk(papers)
    page = Page.objects.get(upload__exam=exam, submission__number=1, template_page=9)

    def split_and_undo() -> None:
        client.post(f"/pages/{page.pk}/split/", {"back": "repair"})
        act = exam.repairs.filter(undone_at=None).latest("pk")
        client.post(f"/exams/{exam.pk}/repair/undo/", {"repair": act.pk})
        assert not exam.repairs.filter(undone_at=None).exists()

    return split_and_undo


def desk(papers: int) -> tuple[Exam, Client]:
    """Papers of 27 pages; every tenth lacks one, and a loose page lies behind every fourth."""
    made = world.make(papers)
    exam = made.exam
    exam.course.memberships.filter(user=made.grader).update(role=Role.INSTRUCTOR)
    _template(exam)
    upload = Upload.objects.create(
        exam=exam,
        name="all.pdf",
        file="x",
        size=1,
        sha256=f"{exam.pk:064}",
        formed_at=timezone.now(),
    )
    Page.objects.bulk_create(_pages(exam, upload), batch_size=world.BATCH)
    client = Client(HTTP_HOST="localhost")
    client.force_login(made.grader)
    return exam, client


def _template(exam: Exam) -> None:
    template = Template.objects.create(
        exam=exam, file="t.pdf", sha256=f"{exam.pk:064}", page_count=PAGES
    )
    TemplatePage.objects.bulk_create(
        TemplatePage(
            template=template, number=n, width=612, height=792, image="t.jpg", sha256=f"{n:064}"
        )
        for n in range(1, PAGES + 1)
    )
    Region.objects.bulk_create(
        Region(
            exam=exam,
            kind=Region.Kind.QUESTION,
            question=question,
            page=n % PAGES + 1,
            x=0.1,
            y=0.1,
            width=0.8,
            height=0.2,
        )
        for n, question in enumerate(exam.questions.leaves())
    )


def _pages(exam: Exam, upload: Upload) -> list[Page]:
    pages = []
    for n, paper in enumerate(exam.submissions.order_by("number")):
        for place in range(1, PAGES + 1):
            if n % 10 or place != 5:
                page = Page(state=Page.State.PLACED, submission=paper, template_page=place)
                page.position = place
                pages.append(page)
        if not n % 4:
            pages.append(Page(state=Page.State.DOUBTFUL, alike=[5, 6], reason="It may be either."))
    for number, page in enumerate(pages, start=1):
        page.upload, page.number, page.affine = upload, number, FIT
        stem = f"{number:064x}"
        page.image = page.preview = f"previews/00/{stem}.jpg"
        page.thumbnail = f"thumbnails/00/{stem}.jpg"
        page.width, page.height = 1241, 1754
        page.score, page.margin, page.error_px, page.dpi = 0.9, 0.5, 0.4, 200
    return pages
