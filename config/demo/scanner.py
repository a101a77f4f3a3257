"""A scanner: papers go in, batch PDFs of slightly askew, grainy, shaded JPEGs come out.

Every page of a batch is one JPEG of 1700 by 2200 pixels, 200 dpi, held untouched in its PDF. A
few things go wrong on purpose, as they do on a real day: `FAULTS` says which.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pikepdf
import simplejpeg
from pdf2image import convert_from_bytes
from pikepdf import Name

from config.demo.grading import outcomes
from config.demo.handwriting import hand_of, write_paper
from config.demo.pen import HEIGHT, WIDTH, Array, Ink
from config.demo.people import AVERY, Person
from config.demo.template import Template, lay_out

PAPER = 246  # how light blank paper comes out
QUALITY = 75
IN_COLOUR = {AVERY.sid}
# What goes wrong, by student: a page lies upside down, one is missing, one is from elsewhere.
FAULTS = {"s0410582": "upside down", "s0416678": "missing", "s0414759": "foreign"}
FAULTY_PAGE = {"upside down": 9, "missing": 14, "foreign": 17}


@dataclass(frozen=True)
class Sheet:
    """The truth about one scanned page: whose it is and what. `page` is None if foreign."""

    batch: str
    number: int
    sid: str
    page: int | None
    turned: bool = False


@dataclass(frozen=True)
class Batches:
    """The batch PDFs, and what each of their pages really is."""

    paths: list[Path]
    truth: list[Sheet]


@dataclass(frozen=True)
class Scan:
    """One JPEG as the scanner hands it over."""

    jpeg: bytes
    page: int | None
    turned: bool = False


def make_batches(
    folder: Path, students: Sequence[Person], seed: int, processes: int = 2
) -> Batches:
    """Write, scan and bind the midterm of all who came: a morning and an afternoon batch.

    With `processes` of 1 nothing is forked; the bytes are the same.
    """
    found = outcomes(students, seed)
    present = [index for index, student in enumerate(students) if student.sid in found]
    jobs = [(index, students[index], found[students[index].sid], seed) for index in present]
    half = (len(jobs) + 1) // 2
    batches = Batches([], [])
    if processes == 1:
        papers = map(_paper, jobs)
        return _bind_both(folder, jobs, half, papers, batches)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context) as pool:
        return _bind_both(folder, jobs, half, pool.map(_paper, jobs), batches)


_Job = tuple[int, Person, dict[str, tuple[int, ...]], int]


def _bind_both(
    folder: Path,
    jobs: Sequence[_Job],
    half: int,
    papers: Iterable[list[Scan]],
    batches: Batches,
) -> Batches:
    papers = iter(papers)
    for name, sitting in (("morning-batch", jobs[:half]), ("afternoon-batch", jobs[half:])):
        # Asks for no more papers than sat: the next sitting takes up where this one ends.
        bundles = zip(sitting, papers, strict=False)
        scans = [(job[1].sid, page) for job, paper in bundles for page in paper]
        path = folder / f"{name}.pdf"
        bind(path, [page.jpeg for _, page in scans])
        batches.paths.append(path)
        batches.truth.extend(
            Sheet(path.name, number, sid, page.page, page.turned)
            for number, (sid, page) in enumerate(scans, start=1)
        )
    return batches


def _paper(job: _Job) -> list[Scan]:
    """Write and scan one student's midterm, with the fault that befalls it."""
    index, student, found, seed = job
    ink = write_paper(lay_out("midterm"), student, index, found, seed)
    random = np.random.default_rng([seed, index, 5])
    scans = scan_paper(rasters("midterm"), ink, random, in_colour=student.sid in IN_COLOUR)
    fault = FAULTS.get(student.sid)
    if fault:
        at = FAULTY_PAGE[fault] - 1
        if fault == "missing":
            del scans[at]
        elif fault == "foreign":
            scans.insert(at, Scan(scan(_notebook(index, seed), random), None))
        else:
            page = ink[at + 1].on(rasters("midterm")[at])
            upside_down = np.ascontiguousarray(page[::-1, ::-1])
            scans[at] = Scan(scan(upside_down, random), at + 1, turned=True)
    return scans


def scan_paper(
    blank: Sequence[Array],
    ink: dict[int, Ink],
    random: np.random.Generator,
    in_colour: bool = False,
) -> list[Scan]:
    """Scan a paper: the blank pages with the ink on them, all a little askew in the same way."""
    lean = float(random.normal(0, 0.25))
    scans = []
    for page, paper in enumerate(blank, start=1):
        if page in ink:
            paper = ink[page].on_in_colour(paper) if in_colour else ink[page].on(paper)
        scans.append(Scan(scan(paper, random, lean), page))
    return scans


def scan(page: Array, random: np.random.Generator, lean: float = 0.0) -> bytes:
    """One page through the feeder: turned, scaled, shifted, blurred, shaded, grained; a JPEG.

    `page` is (2200, 1700) grey or (2200, 1700, 3) RGB; `lean` is in degrees.
    """
    angle = float(np.clip(lean + random.normal(0, 0.25), -1, 1))
    scale = 1 + float(np.clip(random.normal(0, 0.003), -0.007, 0.007))
    place = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), angle, scale)
    place[:, 2] += np.clip(random.normal(0, 7, 2), -20, 20)
    light = _light(random)
    grain = _grain()[int(random.integers(64)) :, int(random.integers(64)) :][:HEIGHT, :WIDTH]
    blur = float(random.uniform(0.55, 0.8))
    seen = cv2.warpAffine(
        page, place, (WIDTH, HEIGHT), borderMode=cv2.BORDER_CONSTANT, borderValue=(252,) * 3
    )
    seen = cv2.GaussianBlur(seen, (3, 3), blur)
    if page.ndim == 2:
        shaded = cv2.add(cv2.multiply(seen, light, scale=1 / 255), grain, dtype=cv2.CV_8U)
        return bytes(simplejpeg.encode_jpeg(shaded[:, :, None], QUALITY, "GRAY", "Gray"))
    layers = [
        cv2.add(cv2.multiply(layer, light, scale=tint / 255), grain, dtype=cv2.CV_8U)
        for layer, tint in zip(cv2.split(seen), (1.0, 0.995, 0.975), strict=True)
    ]
    return bytes(simplejpeg.encode_jpeg(cv2.merge(layers), QUALITY, "RGB", "420"))


def _light(random: np.random.Generator) -> Array:
    """How light falls on the page: a slow gradient, and a shadow along one long edge."""
    down, across = np.mgrid[0:1:23j, 0:1:18j]
    tilt = random.uniform(-8, 3, 2)
    field = PAPER + tilt[0] * across + tilt[1] * down
    edge = across if random.random() < 0.5 else 1 - across
    field -= random.uniform(8, 34) * np.exp(-edge * random.uniform(9, 22))
    small = np.clip(field, 0, 255).astype(np.float32)
    smooth = cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.convertScaleAbs(smooth), np.uint8)


@lru_cache(maxsize=1)
def _grain() -> np.ndarray[tuple[int, ...], np.dtype[np.int16]]:
    """Sensor noise, larger than a page so that each page shows another piece; made once."""
    tile = np.random.default_rng(230).normal(0, 2.6, (512, 512))
    return np.tile(np.round(tile).astype(np.int16), (5, 4))[: HEIGHT + 64, : WIDTH + 64]


@lru_cache(maxsize=2)
def rasters(name: str) -> tuple[Array, ...]:
    """The template's pages at 200 dpi, grey, rendered once per process."""
    cv2.setNumThreads(1)
    return render(lay_out(name))


def render(template: Template) -> tuple[Array, ...]:
    """Every page of the template, (2200, 1700) grey."""
    images = convert_from_bytes(template.pdf, size=(WIDTH, HEIGHT), grayscale=True)
    return tuple(np.asarray(image, np.uint8) for image in images)


def _notebook(index: int, seed: int) -> Array:
    """A page from somebody's notebook that slipped in: lined, holed, and no part of the exam."""
    page = np.full((HEIGHT, WIDTH), 255, np.uint8)
    for y in range(300, HEIGHT - 90, 62):
        cv2.line(page, (0, y), (WIDTH, y), 196, 2)
    cv2.line(page, (250, 0), (250, HEIGHT), 170, 2)
    for y in (330, 1100, 1870):
        cv2.circle(page, (110, y), 30, 120, -1)
    ink = Ink(hand_of(index, seed), np.random.default_rng([seed, index, 6]))
    ink.write("Lab notes, Tuesday", 290, 230, 1200)
    lines = ("ask about the GPU queue", "batch 64 → 128 ?", "plot loss, not accuracy", "buy milk")
    for number, line in enumerate(lines):
        ink.write(line, 290, 414 + 124 * number, 1300)
    return ink.on(page)


def bind(path: Path, jpegs: Sequence[bytes]) -> None:
    """Write a PDF that holds each JPEG, byte for byte, as its page's one image."""
    pdf = pikepdf.new()
    for jpeg in jpegs:
        height, width, space, _ = simplejpeg.decode_jpeg_header(jpeg)
        image = pdf.make_stream(
            jpeg,
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=width,
            Height=height,
            ColorSpace=Name.DeviceGray if space == "Gray" else Name.DeviceRGB,
            BitsPerComponent=8,
            Filter=Name.DCTDecode,
        )
        page = pdf.add_blank_page(page_size=(width * 72 / 200, height * 72 / 200))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im0=image))
        page.Contents = pdf.make_stream(
            f"q {width * 72 / 200:g} 0 0 {height * 72 / 200:g} 0 0 cm /Im0 Do Q".encode()
        )
    pdf.save(path, deterministic_id=True, compress_streams=False)
