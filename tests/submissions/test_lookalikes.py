from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from submissions.imaging import Picture
from submissions.lookalikes import Contest, Side, compare, differences


def foot(text: str) -> Picture:
    """A strip of a page whose number stands at the right edge, as it mostly does."""
    image = Image.new("L", (900, 240), 255)
    draw = ImageDraw.Draw(image)
    draw.line((60, 60, 840, 60), fill=0, width=4)
    draw.text((840, 120), text, font=ImageFont.load_default(40), fill=0, anchor="ra")
    return np.asarray(image.resize((450, 120), Image.Resampling.BOX), dtype=np.uint8)


def contest(page: str, first: str, second: str) -> Contest:
    one, other = foot(first), foot(second)
    return compare(foot(page), one, other, differences(Side.of(one), Side.of(other)))


@pytest.mark.parametrize(("first", "second"), [("2", "4"), ("3", "7"), ("10", "11"), ("4", "14")])
def test_a_page_number_decides(first, second):
    assert contest(f"Page {first}", f"Page {first}", f"Page {second}").won
    assert not contest(f"Page {second}", f"Page {first}", f"Page {second}").won


@pytest.mark.parametrize("stranger", ["12", "22", "132"])
def test_a_number_that_only_ends_alike_does_not(stranger):
    found = contest(f"Page {stranger}", "Page 2", "Page 4")

    assert found.lead > 0.16  # the last digit says 2
    assert not found.won


def test_pages_that_do_not_differ_cannot_be_told_apart():
    assert differences(Side.of(foot("Page 2")), Side.of(foot("Page 2"))) == ()
    assert not contest("Page 2", "Page 2", "Page 2").won


def test_bare_paper_speaks_for_the_page_with_less_print():
    assert contest("", "", "Page 4").won
    assert not contest("Page 4", "", "Page 4").won
