"""What a person wrote in a small box: a name or a number, and how certain the reading is.

The recogniser is PP-OCRv4's (Apache-2.0), a network of 11 MB that ships inside the wheel of
rapidocr-onnxruntime. Only its file is used, by onnxruntime; that package is never imported and
nothing is fetched. See docs/decisions/0004-reading-names.md.

A reading is more than its best string. It carries, for every step of some 8 pixels, how likely
each character is, so that `matching` can ask how well a paper fits each name on the roster.
"""

from __future__ import annotations

import importlib.util
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from submissions import handwriting

Kind = Literal["name", "id"]
Grey = NDArray[np.uint8]
Scores = NDArray[np.float32]

MODEL = "models/ch_PP-OCRv4_rec_infer.onnx"
# Column 0 of `log_probs` is the blank between characters. Spaces and punctuation fall into it:
# "Al-Rashid", "Al Rashid" and "AlRashid" are one name. Case and accents are folded.
ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
HEIGHT = 48  # what the recogniser was trained on, pixels
LONGEST = 40 * HEIGHT
# It answers once per 8 pixels: narrow hands want more room, digits most of all.
STRETCH = {"name": 1.25, "id": 1.5}
GAP = {"name": 0.7, "id": 0.35}  # of a line's height: wider gaps are closed up to this
# Of every step this much is spread over all characters: no single misread letter rules a name out.
DOUBT = 0.002
# What a hand makes alike. In a number, a letter O lends its weight to the digit 0, and so on.
LOOK_ALIKE = {
    "0": "ODQo", "1": "lIi|!/", "2": "Zz", "3": "E", "4": "HAy", "5": "Ss", "6": "bG", "7": "TFJ",
    "8": "B&", "9": "gq", "s": "5", "o": "0", "l": "1|!/", "i": "1|!", "z": "2", "b": "68",
    "g": "9", "q": "9", "t": "7+", "e": "€", "a": "@", "u": "μ", "n": "π",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What a crop says.

    `text` is the likeliest string, case and accents kept; `certainty` the geometric mean of its
    characters' probabilities, 0 to 1. `log_probs` has a row per step and a column per character:
    the blank, then `ALPHABET`; None where only the text is known. `empty`: nobody wrote here.
    """

    text: str
    certainty: float
    log_probs: Scores | None
    empty: bool


NOTHING = Reading("", 0.0, None, True)


def read(crop: Grey, kind: Kind, template_crop: Grey | None = None) -> Reading:
    """Read the handwriting in `crop` (H x W grey or H x W x 3 RGB, 100 to 600 dpi).

    `template_crop` is the same region of the blank template, of any size: its print is taken
    away first. Where the recogniser's file is missing Tesseract reads, without `log_probs`.
    """
    lines = handwriting.lines(crop, template_crop, GAP[kind])
    if not lines:
        return NOTHING
    if _engine() is None:
        words = [read_print(line) for line in lines]
        return Reading(" ".join(filter(None, words)), 0.0, None, False)
    seen = [_recognise(line, STRETCH[kind]) for line in lines]
    texts, certainties = zip(*(_likeliest(probs) for probs in seen), strict=True)
    folded = np.concatenate([_folded(probs, kind) for probs in seen])
    return Reading(" ".join(filter(None, texts)), min(certainties), np.log(folded), False)


def read_print(crop: Grey) -> str:
    """Read one line of printed text, such as a heading or a page code; "" where there is none."""
    import pytesseract  # here, for it takes pandas along wherever that is installed

    said: str = pytesseract.image_to_string(Image.fromarray(crop), config="--psm 7")
    return " ".join(said.split())


@dataclass(frozen=True)
class _Engine:
    session: Any
    characters: str  # column k of the network's answer, from 1, is characters[k - 1]
    latin: NDArray[np.intp]  # columns that may appear in `text`, the blank first


@lru_cache(maxsize=1)
def _engine() -> _Engine | None:
    """The recogniser, loaded once a process; None when its wheel is not installed."""
    spec = importlib.util.find_spec("rapidocr_onnxruntime")
    folders: Sequence[str] = (spec and spec.submodule_search_locations) or ()
    path = next((file for folder in folders if (file := Path(folder) / MODEL).is_file()), None)
    if path is None:
        return None
    import onnxruntime  # some 40 MB that only workers need

    options = onnxruntime.SessionOptions()
    # Workers are processes already: a second thread each would only fight for the cores.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    listed = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    characters = "".join(listed) + " "
    latin = [0] + [k for k, char in enumerate(characters, 1) if _is_latin(char)]
    return _Engine(session, characters, np.array(latin))


def _is_latin(char: str) -> bool:
    return char in " '-.,&/" or _fold(char) in ALPHABET


def _fold(char: str) -> str:
    """The character of `ALPHABET` that stands for `char`, or a character outside it."""
    return unicodedata.normalize("NFKD", char)[:1].lower()


def _recognise(line: Grey, stretch: float) -> Scores:
    """T x characters: the network's probabilities for one trimmed line of ink, blank first."""
    engine = _engine()
    assert engine is not None
    width = stretch * line.shape[1] * HEIGHT / line.shape[0]
    size = (int(np.clip(width, HEIGHT, LONGEST)), HEIGHT)
    scaled = cv2.resize(line, size, interpolation=cv2.INTER_AREA)
    flat = (scaled.astype(np.float32) / 127.5 - 1)[None, None]
    (answer,) = engine.session.run(None, {"x": np.repeat(flat, 3, axis=1)})
    probs: Scores = answer[0]
    return probs


def _likeliest(probs: Scores) -> tuple[str, float]:
    """The best path's string, and the geometric mean of its characters' probabilities."""
    engine = _engine()
    assert engine is not None
    few = probs[:, engine.latin]
    few = few / few.sum(axis=1, keepdims=True)
    best = few.argmax(axis=1)
    starts = (best > 0) & (best != np.concatenate([[0], best[:-1]]))
    text = "".join(engine.characters[engine.latin[k] - 1] for k in best[starts])
    text = unicodedata.normalize("NFKC", text)  # the network likes full-width digits
    sure = float(np.exp(np.log(few.max(axis=1)[starts]).mean())) if starts.any() else 0.0
    return " ".join(text.split()), sure


def _folded(probs: Scores, kind: Kind) -> Scores:
    """T x (1 + ALPHABET): the probabilities folded onto what rosters are compared in."""
    few = probs @ _folding(kind)
    few = (few + 1e-9) / (few + 1e-9).sum(axis=1, keepdims=True)
    return np.asarray((1 - DOUBT) * few + DOUBT / few.shape[1], dtype=np.float32)


@lru_cache(maxsize=2)
def _folding(kind: Kind) -> Scores:
    """characters x (1 + ALPHABET): where each of the network's characters goes."""
    engine = _engine()
    assert engine is not None
    onto = np.zeros((len(engine.characters) + 1, 1 + len(ALPHABET)), dtype=np.float32)
    onto[0, 0] = 1
    for k, char in enumerate(engine.characters, 1):
        column = ALPHABET.find(_fold(char))
        if column >= 0:
            onto[k, 1 + column] = 1
        elif char in " '-.,":
            onto[k, 0] = 1
    share = 0.5 if kind == "id" else 0.3
    for target, sources in LOOK_ALIKE.items():
        for source in sources:
            k = engine.characters.find(source) + 1
            if k:
                onto[k, 1 + ALPHABET.index(target)] += share
    return onto
