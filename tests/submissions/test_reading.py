from __future__ import annotations

import socket
import sys
from functools import cache
from pathlib import Path
from random import Random

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from submissions import handwriting, reading
from submissions.likelihood import folded
from submissions.matching import assign
from submissions.reading import ALPHABET, Grey, Reading, read, read_print
from submissions.verdicts import PaperReading, Person

# Hands the thresholds were not chosen on: see docs/decisions/0004-reading-names.md.
FONTS = Path(__file__).parents[2] / "config" / "demo" / "fonts"
HANDS = sorted(FONTS.glob("*/*.woff2"))
PRINT = "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf"
SIZE = (900, 120)  # a region of 4.5 by 0.6 inches at 200 dpi
BOX = 56


@cache
def face(path: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size)


def hand(name: str) -> Path:
    return next(path for path in HANDS if name in path.name)


def blank_field(label: str = "Name:", boxes: int = 0) -> Image.Image:
    """The region on the template: a label, and a rule or boxes to write in."""
    field = Image.new("L", SIZE, 250)
    draw = ImageDraw.Draw(field)
    draw.text((15, 85), label, fill=20, font=face(PRINT, 26), anchor="ls")
    if not boxes:
        draw.line([120, 92, 880, 92], fill=20, width=2)
    for n in range(boxes):
        draw.rectangle([120 + n * BOX, 30, 120 + (n + 1) * BOX, 98], outline=20, width=2)
    return field


def write(field: Image.Image, text: str, font: Path, ink: int = 60, boxed: bool = False) -> None:
    draw, pen = ImageDraw.Draw(field), face(str(font), 52)
    if not boxed:
        draw.text((135, 86), text, fill=ink, font=pen, anchor="ls")
        return
    for n, char in enumerate(text):
        draw.text((120 + (n + 0.5) * BOX, 86), char, fill=ink, font=pen, anchor="ms")


def scanned(field: Image.Image, seed: int = 1) -> Grey:
    """The field as a scanner sees it: a little off its place, turned, soft and noisy."""
    random, noise = Random(seed), np.random.default_rng(seed)
    width, height = SIZE
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), random.gauss(0, 0.15), 1)
    turn[:, 2] = turn[:, 2] + np.array([random.gauss(0, 1), random.gauss(0, 1)])
    seen = cv2.warpAffine(np.array(field), turn, (width, height), borderValue=250)
    seen = cv2.GaussianBlur(seen, (0, 0), 0.7) + noise.normal(0, 4, (height, width))
    _, jpeg = cv2.imencode(".jpg", np.clip(seen, 0, 255), [cv2.IMWRITE_JPEG_QUALITY, 75])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def name_crop(text: str, font: Path, ink: int = 60) -> tuple[Grey, Grey]:
    blank = blank_field()
    field = blank.copy()
    write(field, text, font, ink)
    return scanned(field), np.array(blank)


def read_name(text: str, font: Path, ink: int = 60) -> Reading:
    crop, blank = name_crop(text, font, ink)
    return read(crop, "name", blank)


def likeness(one: str, other: str) -> float:
    return Levenshtein.normalized_similarity(folded(one), folded(other))


def test_a_name_on_a_rule_is_read_without_its_label():
    seen = read_name("Mei Saito", hand("kalam"))

    assert likeness(seen.text, "Mei Saito") > 0.8
    assert "name" not in seen.text.lower()
    assert 0.5 < seen.certainty <= 1
    assert not seen.empty


def test_a_number_in_boxes_is_read_without_the_boxes():
    blank = blank_field("ID:", boxes=8)
    field = blank.copy()
    write(field, "s0412873", hand("patrick"), boxed=True)

    seen = read(scanned(field), "id", np.array(blank))

    assert likeness(seen.text, "s0412873") > 0.7


def test_without_the_template_a_rule_is_still_taken_away():
    blank = blank_field("")
    field = blank.copy()
    write(field, "Priya Raman", hand("kalam"))

    assert likeness(read(scanned(field), "name").text, "Priya Raman") > 0.8


def test_every_step_of_a_reading_is_a_distribution_over_the_alphabet():
    seen = read_name("Mei Saito", hand("caveat"))

    assert seen.log_probs is not None
    assert seen.log_probs.shape[1] == 1 + len(ALPHABET)
    assert seen.log_probs.dtype == np.float32
    assert np.exp(seen.log_probs).sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_print_alone_is_empty():
    blank = blank_field()

    seen = read(scanned(blank), "name", np.array(blank))

    assert seen.empty
    assert (seen.text, seen.log_probs) == ("", None)


def test_bare_paper_is_empty():
    assert read(np.full((120, 900), 250, np.uint8), "name").empty
    assert read(np.zeros((0, 900), np.uint8), "name").empty


def test_specks_and_shadow_are_empty():
    shadow = np.tile(np.linspace(255, 170, 900), (120, 1)).astype(np.uint8)
    shadow[40:42, 300:302] = 20
    shadow[90:92, 700:702] = 20

    assert read(shadow, "name").empty


def test_faint_pencil_is_not_empty():
    seen = read_name("Priya Raman", hand("patrick"), ink=165)

    assert likeness(seen.text, "Priya Raman") > 0.7


def test_blue_ink_is_read_like_black():
    grey, blank = name_crop("Tariq Benali", hand("kalam"))
    blue = np.dstack([grey, grey, np.maximum(grey, 180)])

    assert likeness(read(blue, "name", blank).text, "Tariq Benali") > 0.8


def test_two_lines_are_both_read():
    field = Image.new("L", (500, 170), 250)
    draw, pen = ImageDraw.Draw(field), face(str(hand("patrick")), 50)
    draw.text((20, 60), "Oliver", fill=50, font=pen, anchor="ls")
    draw.text((20, 145), "Whitcombe", fill=50, font=pen, anchor="ls")

    assert likeness(read(np.array(field), "name").text, "Oliver Whitcombe") > 0.8


def test_a_stroke_across_the_rule_stays_in_one_piece():
    blank = np.full((120, 600), 255, np.uint8)
    blank[90:93] = 20
    crop = blank.copy()
    crop[40:115, 300:305] = 20

    (line,) = handwriting.lines(crop, blank, 0.7)

    pieces, _ = cv2.connectedComponents((line < 128).astype(np.uint8))
    assert pieces - 1 == 1


@pytest.mark.parametrize("scale", [0.6, 2.0])
def test_the_resolution_matters_little(scale):
    crop, blank = name_crop("Grace Mwangi", hand("patrick"))
    other = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)

    assert likeness(read(other.astype(np.uint8), "name", blank).text, "Grace Mwangi") > 0.8


def test_nothing_is_fetched_and_the_recognisers_package_stays_unimported(monkeypatch):
    def refuse(*args):
        raise AssertionError("reading opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    reading._engine.cache_clear()

    assert read_name("Mei Saito", hand("kalam")).log_probs is not None
    assert "rapidocr_onnxruntime" not in sys.modules


def test_without_the_recogniser_tesseract_reads_the_text_alone(monkeypatch):
    monkeypatch.setattr(reading, "MODEL", "models/missing.onnx")
    reading._engine.cache_clear()
    try:
        seen = read_name("Mei Saito", hand("patrick"))
    finally:
        reading._engine.cache_clear()

    assert seen.log_probs is None
    assert not seen.empty
    assert likeness(seen.text, "Mei Saito") > 0.5


def test_print_is_read_by_tesseract():
    field = Image.new("L", (500, 80), 255)
    ImageDraw.Draw(field).text(
        (20, 55), "Question 7 of 12", fill=0, font=face(PRINT, 36), anchor="ls"
    )

    assert read_print(np.array(field)) == "Question 7 of 12"


FIRST = [
    "Amira",
    "Beatriz",
    "Callum",
    "Daniel",
    "Elif",
    "Grace",
    "Hanna",
    "Isaac",
    "Lucía",
    "Noor",
    "Oliver",
    "Priya",
]
LAST = [
    "Haddad",
    "Núñez",
    "Fraser",
    "Saito",
    "Sato",
    "Mwangi",
    "Björk",
    "Levin",
    "Al-Rashid",
    "Dubois",
]


def test_a_class_is_matched_without_one_wrong():
    random = Random(7)
    names = random.sample([(first, last) for first in FIRST for last in LAST], 60)
    roster = [
        Person(n, first, last, f"s04{random.randrange(10**5):05d}")
        for n, (first, last) in enumerate(names)
    ]
    sitting = random.sample(roster, 24)
    papers = [_paper(person, random.choice(HANDS)) for person in sitting]

    verdicts = assign(papers, roster, {})

    right = [verdict.person == verdict.paper for verdict in verdicts]
    among = [verdict.paper in [c.person for c in verdict.candidates[:3]] for verdict in verdicts]
    sure = [verdict.sure for verdict in verdicts]
    assert all(is_right for is_right, is_sure in zip(right, sure, strict=True) if is_sure)
    assert sum(sure) >= 21
    assert all(among)


def _paper(person: Person, font: Path) -> PaperReading:
    blank = blank_field("ID:", boxes=8)
    field = blank.copy()
    write(field, person.sid, font, boxed=True)
    name = read_name(person.name, font)
    return PaperReading(person.key, name, read(scanned(field), "id", np.array(blank)))
