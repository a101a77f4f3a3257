"""Phone photographs: laid as exactly as scans, or not at all."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pikepdf
import pytest
import simplejpeg

from gradebook.files import read
from submissions import image_sheets, imaging, outlines, photographs, straightening
from submissions.chunks import width_of
from submissions.models import Page
from submissions.registration import Fit, TemplatePrint, fit
from submissions.sheet import Sheet
from tests.submissions import paper
from tests.submissions.layouts import layout
from tests.submissions.page_damage import PAPER, scanned
from tests.submissions.photos import Photo, photographed

PAGES = paper.template()
SIZE = (1530, 2040)  # smaller than phones take them, to be quick
MILLIMETRES = np.array([215.9, 279.4])
EDGES = np.array([[[0.03, 0.03], [0.97, 0.03], [0.97, 0.97], [0.03, 0.97]]])


@pytest.fixture(scope="module")
def print_() -> TemplatePrint:
    return TemplatePrint.prepare(PAGES)


def photo(seed: int, *, farthest: float = 0.08) -> tuple[int, Photo]:
    """A written page of the template, and the number it has."""
    random = np.random.default_rng([3, seed])
    number = seed % len(PAGES) + 1
    page = np.minimum(paper.written_on(PAGES[number - 1], seed), PAPER)
    return number, photographed(page, random, farthest=farthest, size=SIZE)


def taken(jpeg: bytes, tmp_path) -> Sheet:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg)
    return image_sheets.take(path, 1)


def seen(sheet: Sheet, print_: TemplatePrint, expected: int) -> tuple[Fit, np.ndarray]:
    """How a sheet lies as the intake sees it, and the map from template to photograph."""
    decoded = imaging.decoded(sheet.image, sheet.rotate)
    width = width_of(sheet.rotate, sheet.width, sheet.height, sheet.dpi)
    found = fit(imaging.narrowed(decoded, width)[0], print_, expected)
    if straightening.is_doubted(found):
        dark = imaging.darkest(decoded, imaging.PREVIEW_WIDTH)
        straight = straightening.straighten(dark, print_, expected, found)
        if straight:
            upright = photographs.straightened(sheet, straight, print_)
            flat = imaging.grey(upright.image, round(upright.width / upright.dpi * 100))
            found = fit(flat, print_, straight.number)
            return found, straight.bend @ _square(found)
    return found, _square(found)


def _square(found: Fit) -> np.ndarray:
    return np.vstack([np.reshape(found.affine or np.eye(3)[:2], (2, 3)), [0, 0, 1]])


def millimetres_off(bend: np.ndarray, true: np.ndarray) -> float:
    """How far a corner of the page lies from where it is taken to be, on the paper."""
    there = cv2.perspectiveTransform(EDGES, true)
    ours = cv2.perspectiveTransform(there, np.linalg.inv(bend))
    return float(np.linalg.norm((ours - EDGES)[0] * MILLIMETRES, axis=1).max())


@pytest.mark.parametrize("farthest", [0.01, 0.04, 0.08])
def test_photographs_lie_within_a_millimetre_and_a_half_or_wait(print_, tmp_path, farthest):
    placed = 0
    for seed in range(10):
        number, made = photo(seed, farthest=farthest)
        found, bend = seen(taken(made.jpeg, tmp_path), print_, number)
        if found.template_page is not None:
            placed += 1
            assert (found.template_page, found.turn) == (number, 0)
            assert millimetres_off(bend, made.true) < 1.5

    assert placed >= 9


@pytest.mark.parametrize("number", [2, 5])
def test_a_page_is_found_by_its_outline_though_it_is_another_than_expected(
    print_, tmp_path, number
):
    random = np.random.default_rng(number)
    made = photographed(np.minimum(PAGES[number - 1], PAPER), random, size=SIZE)
    found, bend = seen(taken(made.jpeg, tmp_path), print_, 4)

    assert found.template_page == number
    assert millimetres_off(bend, made.true) < 1.5


def test_a_page_that_fills_the_photograph_is_found_by_its_print(print_, tmp_path):
    askew = np.array([[30, 60], [820, 10], [845, 1090], [5, 1020]], dtype=np.float32)
    frame = np.array([[0, 0], [850, 0], [850, 1100], [0, 1100]], dtype=np.float32)
    bend = cv2.getPerspectiveTransform(frame, askew)
    page = cv2.warpPerspective(PAGES[2], bend, (850, 1100), borderMode=cv2.BORDER_REPLICATE)
    found, laid = seen(taken(paper.jpeg_of(page), tmp_path), print_, 3)

    size = np.diag([850, 1100, 1.0])
    assert outlines.outline(page) is None
    assert found.template_page == 3
    assert millimetres_off(laid, np.linalg.inv(size) @ bend @ size) < 1.5


@pytest.mark.parametrize("seed", range(4))
def test_a_photographed_page_of_something_else_is_not_accepted(print_, tmp_path, seed):
    foreign = paper.template_page(40 + seed, head="Physics final", foot=False)
    made = photographed(np.minimum(foreign, PAPER), np.random.default_rng(seed), size=SIZE)
    found, _ = seen(taken(made.jpeg, tmp_path), print_, 1)

    assert found.template_page is None


@pytest.mark.parametrize("seed", [2, 4, 7])
def test_a_photograph_hardly_askew_is_laid_by_where_its_print_lies(tmp_path, seed):
    exam = layout("quiz")
    page = np.minimum(exam.sheet(0, 2), PAPER)
    made = photographed(page, np.random.default_rng([7, seed]), farthest=0.01, size=SIZE)
    sheet = taken(made.jpeg, tmp_path)
    decoded = imaging.decoded(sheet.image, sheet.rotate)
    width = width_of(sheet.rotate, sheet.width, sheet.height, sheet.dpi)
    plain = fit(imaging.narrowed(decoded, width)[0], exam.print_, 2)
    found, bend = seen(sheet, exam.print_, 2)

    # A scan's fit passes: it fits nearly as well, and lies far off at a corner.
    assert plain.template_page == 2
    assert found.score < plain.score + 0.1
    assert millimetres_off(_square(plain), made.true) > 1.5
    assert found.template_page == 2
    assert millimetres_off(bend, made.true) < 0.5


def test_a_scan_that_was_fed_unevenly_is_no_photograph(print_):
    high, wide = PAGES[1].shape
    down, across = np.mgrid[:high, :wide].astype(np.float32)
    # Drawn in faster here and slower there.
    uneven = down + 2.5 * np.sin(down / high * 2 * np.pi).astype(np.float32)
    page = np.minimum(paper.written_on(PAGES[1]), PAPER)
    scan = cv2.remap(page, across, uneven, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    found = fit(np.asarray(scan, np.uint8), print_, 2)
    dark = np.asarray(cv2.resize(scan, None, fx=1.5, fy=1.5), np.uint8)

    assert found.error_px > 0.12
    assert straightening.straighten(dark, print_, 2, found) is None


def test_an_ordinary_scan_is_never_looked_at_again(print_):
    scan, _ = paper.scanned(paper.written_on(PAGES[1]))

    assert not straightening.is_doubted(fit(scan, print_, 2))


def test_a_sheet_that_fills_the_picture_has_no_outline():
    page = scanned(np.minimum(paper.written_on(PAGES[0]), PAPER), np.random.default_rng(1))

    assert outlines.outline(page) is None


# Through the intake


@pytest.fixture
def photographs_of(paper_quiz: SimpleNamespace) -> list[bytes]:
    """One paper of the quiz, photographed page by page."""
    pages = [simplejpeg.decode_jpeg(jpeg, "GRAY")[:, :, 0] for jpeg in paper_quiz.jpegs[:3]]
    return [
        photographed(page, np.random.default_rng([8, nth])).jpeg for nth, page in enumerate(pages)
    ]


@pytest.mark.django_db(transaction=True)
def test_a_photographed_paper_comes_in_as_if_it_were_scanned(
    quiz, photographs_of, scans, take, work
):
    upload = take(quiz, scans(*photographs_of))
    work()
    upload.refresh_from_db()
    pages = list(upload.pages.order_by("number"))

    assert [(page.state, page.template_page) for page in pages] == [
        (Page.State.PLACED, number) for number in (1, 2, 3)
    ]
    assert quiz.submissions.count() == 1
    assert all(page.straightened and page.turn == 0 and not page.lossless for page in pages)
    # The copy holds what is shown: ink drawn on the one lies right on the other.
    with pikepdf.open(pages[0].sheet.open()) as sheet:
        assert sheet.pages[0].Resources.XObject.Im0.read_raw_bytes() == read(pages[0].image.name)
        assert [float(side) for side in sheet.pages[0].MediaBox[2:]] == pytest.approx([612, 792], 1)
    assert pages[0].covered
    (said,) = [said for said in upload.warnings if "drawn upright" in said]
    assert f"drawn upright here: pages 1–3 of {upload.name}." in said
    with upload.file.open() as kept:
        assert photographs_of[1][-2000:] in kept.read()


@pytest.mark.django_db(transaction=True)
def test_a_photograph_turned_by_a_note_comes_in_upright(quiz, photographs_of, take, work, tmp_path):
    path = tmp_path / "IMG_0042.jpg"
    path.write_bytes(photographs_of[1])
    upload = take(quiz, path)
    work()
    page = upload.pages.get()

    assert (page.state, page.template_page, page.straightened) == (Page.State.PLACED, 2, True)
    assert page.height > page.width
