from __future__ import annotations

import io
import struct

import numpy as np
import pytest
from PIL import Image

from submissions import imaging
from tests.submissions import paper

PAGE = paper.template_page(1)
JPEG = paper.jpeg_of(np.asarray(Image.fromarray(PAGE).resize((1700, 2200))))


def opened(jpeg: bytes) -> Image.Image:
    return Image.open(io.BytesIO(jpeg))


def painted(rgb: tuple[int, int, int]) -> bytes:
    page = np.dstack([PAGE] * 3)
    page[300:400, 200:400] = rgb
    return paper.jpeg_of(page)


def test_grey_has_the_width_that_was_asked_for_in_every_turn():
    assert imaging.grey(JPEG, 850).shape == (1100, 850)
    assert imaging.grey(JPEG, 1100, 90).shape == (850, 1100)
    assert imaging.grey(JPEG, 700, 180).shape == (906, 700)


def test_grey_shows_the_page():
    assert np.abs(imaging.grey(JPEG, 850).astype(int) - PAGE).mean() < 8


def test_turning_is_clockwise():
    corner = np.zeros((4, 6), np.uint8)
    corner[0, 0] = 9

    assert imaging.upright(corner, 1)[0, -1] == 9
    assert imaging.upright(corner, 2)[-1, -1] == 9
    assert imaging.upright(corner, 3)[-1, 0] == 9


def test_a_preview_is_taken_at_an_eighth_without_resampling():
    assert opened(imaging.preview(JPEG, 0)).size == (1275, 1650)
    assert opened(imaging.preview(JPEG, 90, 1650)).size == (1650, 1275)


def test_a_preview_of_a_small_page_is_not_blown_up():
    assert opened(imaging.preview(paper.jpeg_of(PAGE), 0)).size == (850, 1100)


def test_a_preview_keeps_colour_where_there_is_some():
    assert opened(imaging.preview(painted((200, 40, 40)), 0)).mode == "RGB"
    assert opened(imaging.preview(painted((90, 90, 90)), 0)).mode == "L"


def test_a_thumbnail_is_small():
    assert opened(imaging.thumbnail(JPEG, 0)).size == (160, 207)


def test_what_is_covered_is_gone_from_the_bytes():
    covered = np.asarray(opened(imaging.covered(paper.jpeg_of(PAGE), [(0.1, 0.05, 0.8, 0.3)])))
    inside = covered[60:380, 90:760]

    assert inside.std() < 2
    assert covered[500:].std() > 10


def test_a_cover_that_reaches_beyond_the_edge_covers_to_the_edge():
    covered = np.asarray(opened(imaging.covered(paper.jpeg_of(PAGE), [(-0.2, -0.2, 1.4, 0.6)])))

    assert covered[:430].std() < 2


def test_a_light_coloured_pen_counts_as_dark():
    yellow = painted((250, 240, 120))

    assert imaging.grey(yellow, 850)[350, 300] > 200
    assert imaging.inked(yellow, 850)[350, 300] < 150


def test_a_jpeg_that_claims_too_many_dots_is_not_decoded():
    jpeg = paper.jpeg_of(PAGE)
    at = jpeg.index(b"\xff\xc0")
    claim = jpeg[: at + 5] + struct.pack(">HH", 65_000, 65_000) + jpeg[at + 9 :]

    with pytest.raises(imaging.TooLarge):
        imaging.grey(claim, 850)


def test_a_crop_is_warped_to_where_it_stands_in_the_template():
    scan, true = paper.scanned(PAGE, angle=1.2, scale=1.0, shift=(9, -7))
    shift = true[:, 2] + 0.5 - true[:, :2] @ (0.5, 0.5)
    a, b = true[0, :2] * (1, paper.HEIGHT / paper.WIDTH)
    d, e = true[1, :2] * (paper.WIDTH / paper.HEIGHT, 1)
    affine = (a, b, shift[0] / paper.WIDTH, d, e, shift[1] / paper.HEIGHT)

    crop = imaging.crop(scan, affine, (0.1, 0.1, 0.6, 0.2), 510)

    wanted = PAGE[110:330, 85:595]
    assert crop.shape == wanted.shape
    assert np.corrcoef(crop.ravel(), wanted.ravel())[0, 1] > 0.9


def test_a_crop_beyond_the_page_is_white_and_colour_stays():
    page = np.zeros((100, 80, 3), np.uint8)
    crop = imaging.crop(page, (1, 0, 0, 0, 1, 0), (0.5, 0.5, 1, 1), 80)

    assert crop.shape == (100, 80, 3)
    assert crop[10, 10].tolist() == [0, 0, 0]
    assert crop[90, 70].tolist() == [255, 255, 255]


def test_a_crop_smaller_than_its_source_averages():
    stripes = np.tile(np.array([0, 255], np.uint8), (100, 50))
    crop = imaging.crop(stripes, (1, 0, 0, 0, 1, 0), (0, 0, 1, 1), 25)

    assert crop.min() > 90
    assert crop.max() < 170
