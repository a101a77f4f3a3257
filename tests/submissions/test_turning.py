"""A page turned by hand, and what others have put on it meanwhile."""

from __future__ import annotations

import re
import uuid
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pikepdf
import pytest
import simplejpeg
from django.urls import reverse

from gradebook.files import read
from rubrics import grading, state
from scoring.collect import collect
from scoring.drawing import draw
from scoring.release import release
from submissions import corrections
from submissions.models import Match, Page
from tests.scoring.papers import pictures_of

# Where the sheet below is black, in fractions of it: left, top, right, bottom.
SPOT = (0.2, 0.6, 0.5, 0.7)


@pytest.fixture(scope="session")
def sheet() -> bytes:
    """A sheet a student asked for, as scanned: a black bar, and a line at its foot."""
    page = np.full((2200, 1700, 1), 250, np.uint8)
    left, top, right, bottom = SPOT
    page[round(top * 2200) : round(bottom * 2200), round(left * 1700) : round(right * 1700)] = 10
    page[2050:2060, 200:1500] = 40
    return bytes(simplejpeg.encode_jpeg(page, 85, "GRAY", "Gray"))


@pytest.fixture
def extra(world, quiz, scans, take, work, sheet) -> SimpleNamespace:
    """Sam's paper, an extra sheet in it, and a box that Gus drew around the bar on that."""
    upload = take(quiz, scans(0, 1, 2, sheet))
    work()
    paper = quiz.submissions.get()
    page = upload.pages.get(number=4)
    corrections.add_to(page, paper)
    Match.objects.filter(exam=quiz).delete()
    Match.objects.create(exam=quiz, submission=paper, membership=world.members["sam"])
    answer = paper.answers.first()
    left, top, right, bottom = SPOT
    grading.annotate(
        answer,
        by=world.gus,
        key=str(uuid.uuid4()),
        page=page,
        kind="box",
        points=[[left, top], [right, bottom]],
    )
    return SimpleNamespace(page=page, paper=paper, answer=answer, exam=quiz)


def dark_inside(picture: np.ndarray, points) -> bool:
    """Whether the box holds just what is black: dark within, light round about."""
    high, wide = picture.shape[:2]
    (x, y), (u, v) = points
    left, right = sorted((round(x * wide), round(u * wide)))
    top, bottom = sorted((round(y * high), round(v * high)))
    edge = 6
    within = picture[top + edge : bottom - edge, left + edge : right - edge]
    around = picture[top - 20 : bottom + 20, left - 20 : right + 20]
    rim = (around > 128).sum() / (around.size - (bottom - top) * (right - left))
    return bool(within.max() < 60 and rim > 0.95)


def shape_of(html: str, place: int) -> list[float]:
    """Height by width of a page's picture, and where the first box on it is drawn."""
    figure = html[html.index(f'id="page-{place}"') :]
    width, height = re.search(r'width="(\d+)" height="(\d+)"', figure).groups()
    box = re.search(r'<rect [^>]*x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"', figure).groups()
    return [int(height) / int(width), *map(float, box)]


def decoded(jpeg: bytes) -> np.ndarray:
    return simplejpeg.decode_jpeg(jpeg, colorspace="GRAY")[:, :, 0]


@pytest.mark.parametrize("by", [90, 180, 270])
def test_ink_stays_on_its_spot_when_the_page_is_turned(world, extra, by):
    for _ in range(2):
        corrections.turn(extra.page, by)
        page = Page.objects.get(pk=extra.page.pk)
        shown = decoded(read(page.preview.name))
        (ink,) = state.workspace(extra.answer, world.gus, names=True)["annotations"]
        (result,) = collect(extra.exam, [extra.paper])

        assert dark_inside(shown, ink["points"])
        assert dark_inside(shown, result.pages[-1].annotations[0].points)


def test_a_page_is_turned_by_quarters_once_however_often_it_is_sent(as_, extra):
    client = as_("ines")
    for _ in range(2):
        client.post(f"/pages/{extra.page.pk}/turn/", {"turn": 0, "by": 90})
    wrong = client.post(f"/pages/{extra.page.pk}/turn/", {"turn": 90, "by": 45}, follow=True)

    page = Page.objects.get(pk=extra.page.pk)
    assert (page.turn, page.sheet_turn) == (90, 90)
    assert page.width > page.height
    assert "turns by 90, 180 or 270" in wrong.content.decode()


@pytest.mark.parametrize("by", [90, 180])
def test_a_released_page_stays_as_it_was_released(as_, world, extra, by, tmp_path):
    made = release(extra.exam, by=world.ines).copies.get()
    place = len(made.result["pages"])
    client = as_("sam")
    picture = reverse("copy_page", args=[made.pk, place])
    before = b"".join(client.get(picture).streaming_content)
    shape = shape_of(client.get(reverse("copy", args=[made.pk])).content.decode(), place)

    corrections.turn(extra.page, by)

    after = client.get(picture)
    assert after.content == before
    assert after["Cache-Control"] == "private, no-store"
    html = client.get(reverse("copy", args=[made.pk])).content.decode()
    assert shape_of(html, place) == pytest.approx(shape, rel=0.002)
    pdf = read(draw(made).file.name)
    with pikepdf.open(BytesIO(pdf)) as opened:
        last = len(opened.pages)
    (drawn,) = pictures_of(pdf, tmp_path, last)
    red = (drawn[..., 0].astype(int) - drawn[..., 1]) > 90
    rows, columns = np.nonzero(red)
    high, wide = red.shape
    lies = [columns.min() / wide, rows.min() / high, columns.max() / wide, rows.max() / high]
    assert lies == pytest.approx(list(SPOT), abs=0.01)


def test_a_released_page_whose_scan_is_gone_is_not_there(as_, world, extra):
    made = release(extra.exam, by=world.ines).copies.get()
    corrections.turn(extra.page)
    # Not deleted: tests beside this one keep the same bytes in the same place.
    Page.objects.filter(pk=extra.page.pk).update(image="images/00/gone.jpg")

    picture = reverse("copy_page", args=[made.pk, len(made.result["pages"])])
    assert as_("sam").get(picture).status_code == 404


def test_a_copy_released_after_the_turn_shows_the_page_as_it_stands(as_, world, extra):
    corrections.turn(extra.page, 180)
    made = release(extra.exam, by=world.ines).copies.get()
    picture = reverse("copy_page", args=[made.pk, len(made.result["pages"])])

    shown = decoded(b"".join(as_("sam").get(picture).streaming_content))

    assert dark_inside(shown, made.result["pages"][-1]["annotations"][0]["points"])
