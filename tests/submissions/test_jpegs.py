"""What stands in a JPEG beside its picture."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from submissions import jpegs

NOTE = "Zyxwvut Quillhaven"


def noted(mode: str, *, progressive: bool) -> bytes:
    """A noisy picture whose file says who made it: in EXIF, XMP, a comment, and behind it all."""
    shape = (120, 90) if mode == "L" else (120, 90, 3)
    dots = np.random.default_rng(7).integers(0, 255, shape, dtype=np.uint8)
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x013B] = NOTE
    Image.fromarray(dots).save(
        out,
        "JPEG",
        progressive=progressive,
        exif=exif,
        comment=NOTE.encode(),
        icc_profile=b"colours" * 9,
        xmp=f"<x>{NOTE}</x>".encode(),
    )
    return out.getvalue() + NOTE.encode()


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_bare_picture_is_the_same_dots_and_colours_without_a_word(mode, progressive):
    jpeg = noted(mode, progressive=progressive)
    assert jpeg.count(NOTE.encode()) >= 3

    bare = jpegs.bare(jpeg)

    assert NOTE.encode() not in bare
    before, after = (Image.open(io.BytesIO(one)) for one in (jpeg, bare))
    assert np.array_equal(np.asarray(before), np.asarray(after))
    assert after.info["icc_profile"] == b"colours" * 9
    assert not after.getexif()
    assert jpegs.bare(bare) == bare


def test_a_picture_cut_off_in_its_dots_ends_where_it_was_cut():
    jpeg = noted("L", progressive=False)[:4000]

    assert jpegs.bare(jpeg).endswith(jpeg[-500:])
