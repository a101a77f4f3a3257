from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.utils import timezone
from PIL import Image, ImageDraw

from gradebook.files import Kept, keep
from rubrics import grading
from scoring.regrade_windows import set_window
from scoring.release import release
from submissions.models import Match, Page, Submission, Upload
from tests.scoring.papers import scan

SIZE = (850, 1100)
HOUR = timedelta(hours=1)


def picture(words: str) -> bytes:
    """A JPEG of a page's size with a line of words on it."""
    image = Image.new("L", SIZE, 250)
    ImageDraw.Draw(image).text((90, 250), words, fill=20, font_size=28)
    out = BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def scan_in(paper: Submission, upload: Upload, first: int) -> list[Page]:
    """Give a paper three pages as intake leaves them; the first has a cover over the name."""
    pages = []
    for number in (1, 2, 3):
        sheet = keep("sheets", scan((612 + first, 792 + number)), ".pdf")
        show = keep("previews", picture(f"{paper.code_name}, page {number}"), ".jpg")
        cover = keep("covered", picture(f"covered {number}"), ".jpg") if number == 1 else None
        pages.append(_page(paper, upload, first + number, number, sheet, show, cover))
    return pages


def _page(
    paper: Submission,
    upload: Upload,
    place: int,
    number: int,
    sheet: Kept,
    show: Kept,
    cover: Kept | None,
) -> Page:
    return Page.objects.create(
        upload=upload,
        number=place,
        state=Page.State.PLACED,
        submission=paper,
        position=number,
        template_page=number,
        sheet=sheet.name,
        sha256=sheet.sha256,
        image=show.name,
        preview=show.name,
        thumbnail=show.name,
        covered=cover.name if cover else "",
        width=SIZE[0],
        height=SIZE[1],
        affine=[1, 0, 0, 0, 1, 0],
    )


@pytest.fixture
def scanned(world: SimpleNamespace) -> SimpleNamespace:
    """The world after intake: two papers of three pages, Sam's and Nia's, and one of nobody."""
    upload = Upload.objects.create(
        exam=world.exam, name="batch.pdf", file="x.pdf", size=1, sha256="0" * 64, page_count=6
    )
    sams, nias, _ = world.papers
    world.pages = {"sam": scan_in(sams, upload, 0), "nia": scan_in(nias, upload, 3)}
    for name, paper in (("sam", sams), ("nia", nias)):
        Match.objects.create(exam=world.exam, submission=paper, membership=world.members[name])
    return world


@pytest.fixture
def graded(scanned: SimpleNamespace) -> SimpleNamespace:
    """Sam's paper graded whole (7.5 of 9), Nia's in one part (1.1: 2)."""
    by = scanned.gus
    for number, place in (("1.1", 1), ("1.2", 0), ("2", 1)):
        answer = scanned.answers[1, number]
        grading.apply(scanned.items[number][place], answer, by=by)
    prove = scanned.answers[1, "2"]
    grading.adjust(prove, -50, version=0, by=by)
    grading.comment(prove, "💡 Say *why* $x > 0$.", version=0, by=by)
    grading.annotate(
        prove,
        by=by,
        key="11111111-1111-4111-8111-111111111111",
        page=scanned.pages["sam"][2],
        kind="box",
        points=[[0.1, 0.2], [0.4, 0.3]],
    )
    grading.apply(scanned.items["1.1"][0], scanned.answers[2, "1.1"], by=by)
    return scanned


@pytest.fixture
def released(graded: SimpleNamespace) -> SimpleNamespace:
    """The graded world, released by Ines; regrades may be asked for until tomorrow."""
    made = release(graded.exam, by=graded.ines)
    graded.copies = {
        name: made.copies.get(submission=paper)
        for name, paper in zip(("sam", "nia"), graded.papers, strict=False)
    }
    now = timezone.now()
    set_window(graded.exam, now - HOUR, now + 24 * HOUR, by=graded.ines)
    return graded
