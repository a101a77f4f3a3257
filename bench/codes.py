"""Printed codes: what reading them adds to a page of the intake, and what printing papers takes."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from pdf2image import convert_from_path

from config.demo.scanner import rasters, scan
from config.demo.template import lay_out
from submissions import imaging
from submissions.code_places import Blank, Stamp, find_place
from submissions.code_reading import Sighting, glance, look, search
from submissions.imaging import Affine, Picture
from submissions.print_pdf import Papers, Words, prepare
from submissions.registration import fit
from submissions.template_print import TemplatePrint

PAGE = 14
RUN = 47131


class Scanned(NamedTuple):
    """A page of a printed midterm as the intake has it."""

    page: Picture
    flat: Picture
    affine: Affine
    stamp: Stamp


@cache
def _stamps() -> tuple[Stamp, ...]:
    return tuple(find_place(Blank(page, 612, 792) for page in rasters("midterm")))


@cache
def _prepared() -> Path:
    folder = Path(tempfile.mkdtemp())
    (folder / "template.pdf").write_bytes(lay_out("midterm").pdf)
    prepare(folder / "template.pdf", "template.pdf", folder / "prepared.pdf")
    return folder / "prepared.pdf"


def _print(copies: int, out: Path) -> None:
    papers = Papers(_prepared(), RUN, _stamps(), Words([]))
    for number in range(1, copies + 1):
        papers.add(number, {})
    papers.save(out)


@cache
def _scanned() -> Scanned:
    out = _prepared().with_name("one.pdf")
    _print(1, out)
    (drawn,) = convert_from_path(
        out, size=(1700, 2200), grayscale=True, first_page=PAGE, last_page=PAGE
    )
    page = imaging.decoded(scan(np.asarray(drawn, np.uint8), np.random.default_rng(7)), 0)
    flat = imaging.narrowed(page, 850)[0]
    blank = cv2.resize(rasters("midterm")[PAGE - 1], (850, 1100), interpolation=cv2.INTER_AREA)
    found = fit(flat, TemplatePrint.prepare([np.asarray(blank, dtype=np.uint8)]))
    assert found.affine is not None
    return Scanned(page, flat, found.affine, _stamps()[PAGE - 1])


def time_code_at_a_glance() -> Callable[[], object]:
    """What a page whose code can be read costs more: nearly all of them."""
    seen = _scanned()
    assert glance(seen.page, [seen.stamp])
    return lambda: glance(seen.page, [seen.stamp])


def time_code_not_there() -> Callable[[], object]:
    """What a page without a code costs more, in an exam of which papers were printed."""
    seen = _scanned()
    blank = imaging.painted(seen.page, [seen.stamp.rect])

    def read() -> Sighting | None:
        return glance(blank, [seen.stamp]) or look(blank, seen.affine, seen.stamp)

    assert read() is None
    return read


def time_code_from_its_text() -> Callable[[], object]:
    """A page whose symbol is gone: nearly all of it is Tesseract, in a process of its own."""
    seen = _scanned()
    x, y, w, h = seen.stamp.symbol
    page = imaging.painted(seen.page, [(x - 0.01, y - 0.01, w + 0.015, h + 0.02)])

    def read() -> Sighting | None:
        return glance(page, [seen.stamp]) or look(page, seen.affine, seen.stamp)

    sighting = read()
    assert sighting is not None
    assert sighting.by == "text"
    return read


def time_code_all_over_the_page() -> Callable[[], object]:
    """A page that fits nothing is searched whole."""
    seen = _scanned()
    return lambda: search(seen.flat, [seen.stamp])


def time_print_papers(papers: int = 200) -> Callable[[], object]:
    """The PDF of so many copies of the midterm, 27 pages each."""
    out = _prepared().with_name("papers.pdf")
    return lambda: _print(papers, out)
