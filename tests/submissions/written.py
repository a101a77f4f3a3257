"""Papers with a handwritten name and number, as they stand once their crops are cut."""

from __future__ import annotations

import cv2
import numpy as np

from gradebook.files import keep
from gradebook.models import Exam, Membership, Region, Role, Template, TemplatePage, User
from submissions.models import Crop, Match, Page, Reading, Submission, Upload
from submissions.reading import Grey
from tests.submissions.test_reading import SIZE, blank_field, hand, scanned, write

FIELDS = {"name": ("Name:", 0), "id": ("ID:", 8)}


def jpeg(picture: Grey) -> bytes:
    return bytes(cv2.imencode(".jpg", picture)[1])


def prepare(exam: Exam) -> None:
    """Give the exam a template page whose upper half is for the name, the lower for the ID."""
    page = np.vstack([np.array(blank_field(label, boxes)) for label, boxes in FIELDS.values()])
    kept = keep("templates", jpeg(page), ".jpg")
    template = Template.objects.create(exam=exam, file="t.pdf", sha256="0" * 64, page_count=1)
    TemplatePage.objects.create(
        template=template, number=1, width=324, height=86.4, image=kept.name, sha256=kept.sha256
    )
    for nth, kind in enumerate(FIELDS):
        Region.objects.create(exam=exam, kind=kind, page=1, x=0, y=nth / 2, width=1, height=0.5)


def scan(paper: Submission) -> Page:
    """Give a paper its first page."""
    upload, _ = Upload.objects.get_or_create(
        exam=paper.exam, sha256="f" * 64, defaults={"name": "a.pdf", "file": "a.pdf", "size": 1}
    )
    return Page.objects.create(
        upload=upload,
        number=paper.number,
        state=Page.State.PLACED,
        submission=paper,
        template_page=1,
    )


def write_on(page: Page, name: str, sid: str, font: str = "kalam") -> list[Crop]:
    """Write on the page and cut it out; "" leaves a field empty."""
    crops = []
    for kind, text in (("name", name), ("id", sid)):
        label, boxes = FIELDS[kind]
        field = blank_field(label, boxes)
        if text:
            write(field, text, hand(font), boxed=kind == "id")
        kept = keep("crops", jpeg(scanned(field, seed=page.number)), ".jpg")
        region = Region.objects.get(exam=page.upload.exam, kind=kind)
        crop, _ = Crop.objects.update_or_create(
            page=page,
            region=region,
            defaults={
                "image": kept.name,
                "sha256": kept.sha256,
                "width": SIZE[0],
                "height": SIZE[1],
            },
        )
        crops.append(crop)
    return crops


def student(exam: Exam, first: str, last: str, sid: str) -> Membership:
    email = f"{first}.{last}.{sid}@example.edu".lower()
    user = User.objects.create_user(email, first_name=first, last_name=last)
    return Membership.objects.create(course=exam.course, user=user, role=Role.STUDENT, sid=sid)


def crowd(exam: Exam, count: int, waiting: int) -> list[Submission]:
    """So many more students and papers with readings, the last of which wait."""
    members = [student(exam, "Ada", f"Student{n}", f"t{n:07d}") for n in range(count)]
    start = Submission.objects.filter(exam=exam).count()
    papers = Submission.objects.bulk_create(
        Submission(exam=exam, number=start + n + 1, code_name=f"heron-{n}") for n in range(count)
    )
    Reading.objects.bulk_create(
        Reading(
            submission=paper,
            name=f"Ada Studnt{n}",
            sid=f"t{n:07d}",
            reason="They are hard to tell apart here.",
            candidates=[
                {
                    "membership": members[(n + step) % count].pk,
                    "certainty": (0.6, 0.2, 0.1, 0.05, 0.02)[step] - n / 10_000,
                    "name": 0.5,
                    "sid": 0.5,
                }
                for step in range(5)
            ],
        )
        for n, paper in enumerate(papers)
    )
    Match.objects.bulk_create(
        Match(exam=exam, submission=paper, membership=member, certainty=0.99)
        for paper, member in list(zip(papers, members, strict=True))[: count - waiting]
    )
    return papers
