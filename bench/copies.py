"""The graded copy of one paper, and the results it is made of."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import numpy as np
import pikepdf
from PIL import Image

from bench import world
from scoring.collect import collect
from scoring.copies.document import draw_copy
from scoring.results import Caption, Ink, PageSheet, Result
from submissions.models import Submission

PAGES = 27


def time_graded_copy() -> Callable[[], object]:
    """Draw a copy: 52 parts and 27 scanned pages of some 300 KB, another student each time."""
    result = _on_paper(_results(1)[0])
    sheets = [_scan(number) for number in range(1, PAGES + 1)]
    turns = count()
    return lambda: draw_copy(replace(result, student=f"Student {next(turns)}"), sheets)


def time_results(papers: int = 100) -> Callable[[], object]:
    """Read the results of 100 papers from the database, as a release does."""
    exam = world.make(papers).exam
    submissions = list(Submission.objects.filter(exam=exam))
    return lambda: collect(exam, submissions)


def _results(papers: int) -> list[Result]:
    exam = world.make(papers).exam
    return collect(exam, list(Submission.objects.filter(exam=exam)))


def _on_paper(result: Result) -> Result:
    """The result with two captions, a box and a line of ink on every page."""
    pages = tuple(
        PageSheet(
            number=number,
            sha=f"{number:064x}",
            captions=tuple(
                Caption(part.number, "", part.score, part.points, 0.9, 0.1 + 0.4 * place)
                for place, part in enumerate(result.questions[2 * number - 2 : 2 * number])
            ),
            annotations=(
                Ink("box", ((0.1, 0.2), (0.5, 0.3))),
                Ink("pen", tuple((0.1 + at / 100, 0.4 + at % 3 / 500) for at in range(40))),
            ),
        )
        for number in range(1, PAGES + 1)
    )
    return replace(result, pages=pages)


def _scan(number: int) -> bytes:
    """A letter page of one grey JPEG at 200 dpi, as noisy as paper."""
    dice = np.random.default_rng(number)
    grain = dice.normal(242, 5, (2200, 1700)).clip(0, 255).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(grain).save(out, "JPEG", quality=74)
    pdf = pikepdf.new()
    image = pikepdf.Stream(
        pdf,
        out.getvalue(),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Image,
        Width=1700,
        Height=2200,
        BitsPerComponent=8,
        ColorSpace=pikepdf.Name.DeviceGray,
        Filter=pikepdf.Name.DCTDecode,
    )
    page = pdf.add_blank_page(page_size=(612, 792))
    page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
    page.Contents = pikepdf.Stream(pdf, b"q 612 0 0 792 0 0 cm /Im0 Do Q")
    saved = io.BytesIO()
    pdf.save(saved)
    return saved.getvalue()
