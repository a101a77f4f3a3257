"""Ink drawn with the mouse on a printed mark lies on that mark in the graded copy."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pikepdf
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect

from gradebook.files import keep
from scoring.collect import collect
from scoring.copies.document import draw_copy
from scoring.copies.summary import draw_summary
from submissions import imaging
from submissions.extraction import Sheet, sheets
from submissions.models import Page, Upload
from submissions.page_files import draw
from tests.scoring.papers import pictures_of, saved

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LETTER, A4 = (612.0, 792.0), (595.28, 841.89)
# What is cut off at the left, bottom, right and top of the page as it lies in the file.
WHOLE, CROPPED = (0.0, 0.0, 0.0, 0.0), (13.5, 41.0, 27.25, 8.5)
DPI = 100
# Where the marks stand, in hundredths of an inch of the whole scan: away from what is cut off.
BOXED, CROSSED, WRITTEN = MARKS = (200, 220), (520, 260), (260, 340)
HALF = 7
NEAR = 0.07


@dataclass(frozen=True)
class Case:
    """A scanned page: its paper, its /Rotate, what its crop box cuts off, and how it was fed."""

    paper: tuple[float, float]
    rotate: int
    crop: tuple[float, float, float, float]
    fed: int  # degrees to turn it clockwise on top of /Rotate: no viewer knows of that

    @property
    def turn(self) -> int:
        return (self.rotate + self.fed) % 360

    @property
    def seen(self) -> tuple[float, float, float]:
        """What is cut off at the left and the top of the upright page, and how wide the rest is."""
        quarters = self.turn // 90
        left, _, right, top = self.crop[quarters:] + self.crop[:quarters]
        return left, top, self.paper[0] - left - right

    def add_to(self, pdf: pikepdf.Pdf) -> None:
        """Add the page with its marks, printed upright on white paper and scanned as told."""
        wide, high = (round(side * DPI / 72) for side in self.paper)
        upright = Image.new("RGB", (wide, high), "white")
        for x, y in MARKS:
            square = (x - HALF, y - HALF, x + HALF, y + HALF)
            ImageDraw.Draw(upright).rectangle(square, fill=(0, 0, 220))
        raw = io.BytesIO()
        # Pillow turns counterclockwise.
        lying = upright.rotate(self.turn, expand=True)
        lying.save(raw, "JPEG", quality=95)
        add_page(pdf, raw.getvalue(), lying.size, self)


CASES = [
    Case(paper, rotate, crop, fed=180 if paper == A4 and crop == WHOLE else 0)
    for paper, rotate, crop in product((LETTER, A4), (0, 90, 180, 270), (WHOLE, CROPPED))
]


def add_page(pdf: pikepdf.Pdf, jpeg: bytes, pixels: tuple[int, int], case: Case) -> None:
    width, height = case.paper if case.turn % 180 == 0 else case.paper[::-1]
    left, bottom = -31.5, 57.25
    page = pdf.add_blank_page(page_size=(width, height))
    image = pikepdf.Stream(
        pdf,
        jpeg,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=pixels[0],
        Height=pixels[1],
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceRGB,
        Filter=pikepdf.Name.DCTDecode,
    )
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    media = (left, bottom, left + width, bottom + height)
    page.obj.MediaBox = pikepdf.Array(media)
    cut = zip(media, case.crop, (1, 1, -1, -1), strict=True)
    page.obj.CropBox = pikepdf.Array([side + inward * by for side, by, inward in cut])
    page.obj.Rotate = case.rotate
    content = f"q {width} 0 0 {height} {left} {bottom} cm /Im0 Do Q"
    page.obj.Contents = pikepdf.Stream(pdf, content.encode())


@pytest.fixture
def taken_in(world: SimpleNamespace, tmp_path: Path) -> list[Page]:
    """One paper whose pages are the cases, taken out of one PDF as an upload's are."""
    batch = pikepdf.new()
    for case in CASES:
        case.add_to(batch)
    (tmp_path / "batch.pdf").write_bytes(saved(batch))
    upload = Upload.objects.create(
        exam=world.exam, name="batch.pdf", file="x.pdf", size=1, sha256="0" * 64, page_count=99
    )
    taken = list(sheets(tmp_path / "batch.pdf", "pdf", range(1, len(CASES) + 1)))
    return [
        page_of(world, upload, case, sheet)
        for case, sheet in zip(CASES, taken, strict=True)
        if isinstance(sheet, Sheet)
    ]


def page_of(world: SimpleNamespace, upload: Upload, case: Case, sheet: Sheet) -> Page:
    kept = keep("sheets", sheet.pdf, ".pdf")
    turn = (sheet.rotate + case.fed) % 360
    drawn = draw(imaging.picture(sheet.image, turn), [], [1, 0, 0, 0, 1, 0])
    return Page.objects.create(
        upload=upload,
        number=sheet.number,
        state=Page.State.PLACED,
        submission=world.papers[0],
        template_page=10 + sheet.number,
        position=sheet.number,
        sheet=kept.name,
        sha256=kept.sha256,
        image=keep("images", sheet.image, ".jpg").name,
        turn=turn,
        sheet_turn=case.fed,
        affine=[1, 0, 0, 0, 1, 0],
        **drawn._asdict(),
    )


def reds(picture: NDArray[np.int16]) -> NDArray[np.bool_]:
    return (picture[..., 0] - picture[..., 1] > 60) & (picture[..., 0] - picture[..., 2] > 60)


def blues(picture: NDArray[np.int16]) -> NDArray[np.bool_]:
    return (picture[..., 2] - picture[..., 0] > 90) & (picture[..., 2] - picture[..., 1] > 90)


def marks_in(picture: NDArray[np.int16], case: Case) -> list[NDArray[np.float64]]:
    """The middle of each printed mark, in pixels, x and y; looked for in the picture itself."""
    return [middle(blues(picture), *around(picture, mark, case)) for mark in MARKS]


def around(picture: NDArray[np.int16], mark: tuple[int, int], case: Case) -> tuple[int, ...]:
    """The square about where a mark must be: left, top, right, bottom."""
    left, top, wide = case.seen
    scale = picture.shape[1] / wide
    x, y = (mark[0] * 72 / DPI - left) * scale, (mark[1] * 72 / DPI - top) * scale
    reach = NEAR * picture.shape[1]
    return tuple(max(0, round(v)) for v in (x - reach, y - reach, x + reach, y + reach))


def middle(mask: NDArray[np.bool_], *square: int) -> NDArray[np.float64]:
    """The middle of what is set within a square, between its outermost pixels."""
    left, top, right, bottom = square
    rows, columns = np.nonzero(mask[top:bottom, left:right])
    assert rows.size, "nothing there"
    across = (columns.min() + columns.max() + 1) / 2 + left
    return np.array([across, (rows.min() + rows.max() + 1) / 2 + top])


def looked_at(tab: Tab) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """What the screen shows from the page's top left corner on, to the page's right, and where.

    Not a picture of the element alone: to take one, the browser scrolls.
    """
    box = tab.locator(".sheet > svg").bounding_box()
    assert box
    corner, wide = np.array([box["x"], box["y"]]).round(), round(box["width"])
    seen = np.asarray(Image.open(io.BytesIO(tab.screenshot())).convert("RGB")).astype(np.int16)
    left, top = corner.astype(int)
    return seen[top:, left : left + wide], corner


def draw_on_marks(tab: Tab, case: Case) -> NDArray[np.float64]:
    """Draw a box around the first mark, a line through the second, words at the third.

    Returns how far the words' middle came to lie from their mark on the screen, in widths of it.
    """
    seen, corner = looked_at(tab)
    boxed, crossed, written = (corner + at for at in marks_in(seen, case))
    tab.keyboard.press("b")
    stroke(tab, boxed - 22, boxed + 22)
    tab.keyboard.press("p")
    along = np.array([30, 0])
    stroke(tab, crossed - along, crossed + along)
    tab.keyboard.press("t")
    tab.mouse.click(written[0] + 10, written[1])
    tab.get_by_label("Text on the page").fill("HERE")
    tab.keyboard.press("Enter")
    expect(tab.locator("save-state")).to_have_attribute("data-state", "saved")
    expect(tab.locator(".sheet .ink")).to_have_count(3)
    seen, corner = looked_at(tab)
    words = middle(reds(seen), *around(seen, WRITTEN, case))
    return (words + corner - written) / seen.shape[1]


def stroke(tab: Tab, start: NDArray[np.float64], end: NDArray[np.float64]) -> None:
    tab.mouse.move(*start)
    tab.mouse.down()
    tab.mouse.move(*end, steps=5)
    tab.mouse.up()


def test_ink_lands_within_a_millimetre_of_where_it_was_drawn(world, taken_in, visit, tmp_path):
    assert len(taken_in) == len(CASES)
    tab = visit("gus", f"/answers/{world.answers[1, '1.1'].pk}/")
    expect(tab.locator("grading-page[data-ready]")).to_be_attached()
    words = []
    for case, page in zip(CASES, taken_in, strict=True):
        shown = tab.locator(f".sheet > img[data-page='{page.pk}']")
        expect(shown).to_be_visible()
        shown.evaluate("image => image.decode()")
        words.append(draw_on_marks(tab, case))
        tab.keyboard.press("]")

    (result,) = collect(world.exam, world.papers[:1])
    copy = draw_copy(result, [page.sheet.read() for page in taken_in])
    first = len(pikepdf.open(io.BytesIO(draw_summary(result))).pages) + 1
    pictures = pictures_of(copy, tmp_path, first, 144)

    assert len(pictures) == len(CASES)
    for case, picture, beside in zip(CASES, pictures, words, strict=True):
        off = distances(picture.astype(np.int16), case, beside)
        assert max(off.values()) < 1, (case, off)


def distances(
    picture: NDArray[np.int16], case: Case, beside: NDArray[np.float64]
) -> dict[str, float]:
    """How many millimetres each piece of ink lies from where it was drawn."""
    boxed, crossed, written = marks_in(picture, case)
    wanted = {
        "box": (BOXED, boxed),
        "pen": (CROSSED, crossed),
        "words": (WRITTEN, written + beside * picture.shape[1]),
    }
    return {
        name: float(np.hypot(*(middle(reds(picture), *around(picture, mark, case)) - at)))
        / 144
        * 25.4
        for name, (mark, at) in wanted.items()
    }
