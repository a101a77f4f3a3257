"""A photograph that a person lays: drawn upright like any other, and brought back by undoing."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import simplejpeg

from gradebook import leftovers
from gradebook.files import read
from gradebook.models import Region
from submissions import corrections, image_sheets, repair_rows, repairs
from submissions.chunks import kept
from submissions.laid_by_hand import NOT_LAID
from submissions.models import Page
from tests.submissions.photos import photographed

INSIDE = 5.0  # millimetres from a region's left and upper edge to the middle of the mark in it
MARK = 2.0  # millimetres a side
LETTER = np.array([215.9, 279.4])


@pytest.fixture
def laid(world, quiz, paper_quiz, scans, take, work, foreign) -> SimpleNamespace:
    """A photograph of page 2 as it was taken in before photographs were drawn upright; its paper.

    In each region there is a black mark.
    """
    upload = take(quiz, scans(0, 1, 2, 3, foreign, 5))
    work()
    grey = simplejpeg.decode_jpeg(paper_quiz.drawn[1].image, "GRAY")[:, :, 0].copy()
    for region in regions(quiz):
        scale = grey.shape[1] / LETTER[0]
        x, y = (np.array([region.x, region.y]) * LETTER + INSIDE) * scale
        half = MARK / 2 * scale
        grey[round(y - half) : round(y + half), round(x - half) : round(x + half)] = 0
    made = photographed(grey, np.random.default_rng([5, 5]), farthest=0.03, size=(1530, 2040))
    sheet = image_sheets.of(made.jpeg)
    page = upload.pages.get(number=5)
    values = kept(sheet) | {"turn": sheet.rotate}
    Page.objects.filter(pk=page.pk).update(**values)
    page.refresh_from_db()
    paper = quiz.submissions.get(number=2)
    return SimpleNamespace(page=page, paper=paper, upload=upload, exam=quiz, by=world.ines)


def regions(exam):
    return exam.regions.filter(page=2, kind=Region.Kind.QUESTION)


def lies(page):
    """All that undoing has to bring back of a page, its pictures and crops included."""
    fields = (*repair_rows.FIELDS, "preview", "covered", "thumbnail", "width", "height")
    crops = page.crops.order_by("region").values_list("region", "sha256")
    return Page.objects.values(*fields).get(pk=page.pk), list(crops)


def millimetres_off(crop) -> float:
    """How far the mark in a crop lies from where it was drawn."""
    picture = simplejpeg.decode_jpeg(read(crop.image.name), "GRAY")[:, :, 0]
    scale = picture.shape[1] / (crop.region.width * LETTER[0])
    far = round(2 * INSIDE * scale)
    solid = np.ones((round(MARK / 2 * scale),) * 2, np.uint8)
    dark = (picture[:far, :far] < 110).astype(np.uint8)
    down, across = np.nonzero(cv2.morphologyEx(dark, cv2.MORPH_OPEN, solid))
    middle = (np.array([across.mean(), down.mean()]) + 0.5) / scale
    return float(np.linalg.norm(middle - INSIDE))


def test_a_photograph_laid_by_hand_has_its_regions_where_they_are(laid):
    corrections.place(laid.page, laid.paper, 2, by=laid.by)
    page = Page.objects.get(pk=laid.page.pk)

    assert (page.state, page.reason, page.turn) == (Page.State.PLACED, "", 0)
    assert page.straightened
    assert not page.lossless
    found = [millimetres_off(crop) for crop in page.crops.filter(region__in=regions(laid.exam))]
    assert len(found) == regions(laid.exam).count() > 0
    assert max(found) < 1.5


def test_undoing_brings_back_the_photograph_and_redoing_the_page_drawn_upright(laid):
    before, came = lies(laid.page), laid.upload.file.name
    corrections.place(laid.page, laid.paper, 2, by=laid.by)
    after = lies(laid.page)
    act = repairs.last_of(laid.exam, laid.by)

    corrections.put_back(act, by=laid.by)
    undone = lies(laid.page)
    corrections.do_again(act, by=laid.by)

    pictures = ("preview", "covered", "thumbnail", "width", "height")
    for name in repair_rows.FIELDS:
        assert undone[0][name] == before[0][name], name
    assert undone[0]["image"] != after[0]["image"]
    assert [undone[0][name] for name in pictures] != [after[0][name] for name in pictures]
    assert lies(laid.page) == after
    laid.upload.refresh_from_db()
    assert laid.upload.file.name == came
    assert laid.upload.file.storage.exists(came)


def test_both_pictures_are_kept_for_the_way_back(laid, monkeypatch):
    photograph = {laid.page.sheet.name, laid.page.image.name}
    corrections.place(laid.page, laid.paper, 2, by=laid.by)
    page = Page.objects.get(pk=laid.page.pk)
    drawn = {page.sheet.name, page.image.name}
    monkeypatch.setattr(leftovers, "AGE", timedelta(minutes=-1))

    assert not photograph & set(leftovers.find().files)
    corrections.put_back(repairs.last_of(laid.exam, laid.by), by=laid.by)
    assert not drawn & set(leftovers.find().files)


def test_a_photograph_begins_a_paper_drawn_upright(laid):
    paper = corrections.start_paper(laid.page, 2, by=laid.by)

    page = paper.pages.get()
    assert (page.straightened, page.reason) == (True, "")


def test_a_sheet_that_graders_have_seen_keeps_the_picture_they_drew_on(laid):
    corrections.add_to(laid.page, laid.paper, by=laid.by)
    image = laid.page.image.name

    corrections.place(laid.page, laid.paper, 2, by=laid.by)

    page = Page.objects.get(pk=laid.page.pk)
    assert (page.image.name, page.reason) == (image, NOT_LAID)


def test_an_act_written_down_before_pictures_were_is_undone_all_the_same(laid):
    corrections.discard(laid.page, by=laid.by)
    act = repairs.last_of(laid.exam, laid.by)
    for state in (act.before, act.after):
        for row in state["pages"].values():
            for name in repair_rows.PICTURE:
                del row[name]
    act.save()

    corrections.put_back(act, by=laid.by)

    assert Page.objects.get(pk=laid.page.pk).state == Page.State.EXTRA
