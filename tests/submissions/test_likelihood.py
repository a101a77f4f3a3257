from __future__ import annotations

from itertools import groupby, product

import numpy as np
import pytest

from submissions import likelihood
from submissions.likelihood import LETTER, Lexicon, Spelling, folded
from submissions.reading import ALPHABET, Reading
from submissions.spelling import name_spellings, sid_spellings

LETTERS = "abc"


def probabilities(steps: int, seed: int) -> np.ndarray:
    """Random steps over the blank, a, b and c; nothing on any other character."""
    probs = np.zeros((steps, 1 + len(ALPHABET)))
    probs[:, :4] = np.random.default_rng(seed).dirichlet(np.ones(4), steps)
    return probs


def by_hand(probs: np.ndarray, word: str) -> float:
    """The probability of `word`: every path that collapses to it, added up one by one."""
    total = 0.0
    for path in product(range(4), repeat=len(probs)):
        collapsed = [k for k, _ in groupby(path) if k]
        if "".join(LETTERS[k - 1] for k in collapsed) == word:
            total += float(np.prod([probs[t, k] for t, k in enumerate(path)]))
    return total


def score(probs: np.ndarray, first: str, second: str = "") -> float:
    with np.errstate(divide="ignore"):
        reading = Reading("", 1, np.log(probs).astype(np.float32), False)
    return float(Lexicon([[Spelling(first, second, 1.0)]]).scores([reading])[0, 0])


@pytest.mark.parametrize("word", ["a", "ab", "abc", "aab", "cc", "abca"])
def test_a_word_scores_what_all_its_paths_add_up_to(word, monkeypatch):
    monkeypatch.setattr(likelihood, "DOUBT", 0.0)
    probs = probabilities(6, seed=len(word))

    expected = np.log(by_hand(probs, word)) + LETTER * len(word)

    assert score(probs, word) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("ab", "c"), ("c", "abc")])
def test_two_words_score_like_their_letters_in_one(first, second, monkeypatch):
    monkeypatch.setattr(likelihood, "DOUBT", 0.0)
    probs = probabilities(6, seed=3)

    assert score(probs, first, second) == pytest.approx(score(probs, first + second), abs=1e-4)


def test_a_word_longer_than_the_reading_scores_the_floor():
    assert score(probabilities(3, seed=1), "abcabcabc") == likelihood.FLOOR


def test_a_long_reading_does_not_underflow():
    probs = np.full((400, 1 + len(ALPHABET)), 1e-4)
    probs[:, 0] = 0.9
    probs[200, 1] = 50
    probs /= probs.sum(axis=1, keepdims=True)

    assert -200 < score(probs, "a") < 10


def test_what_was_not_read_says_nothing_of_anybody():
    lexicon = Lexicon([name_spellings("Mei", "Sato"), name_spellings("美", "佐藤")])
    readings = [None, Reading("", 0, None, True), Reading("Mei Sato", 1, None, False)]

    scores = lexicon.scores(readings)

    assert np.isnan(scores[:2]).all()
    assert scores[2, 0] > 0
    assert np.isnan(scores[2, 1])


def test_an_empty_roster_has_no_scores():
    assert Lexicon([]).scores([Reading("Mei", 1, None, False)]).shape == (1, 0)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Beatriz Núñez", "beatriznunez"),
        ("O'Brien-Müller", "obrienmuller"),
        ("Søren Łukasz Weiß", "sorenlukaszweiss"),
        ("Yıldız", "yildiz"),
        ("Zhāng", "zhang"),
        ("s0412873", "s0412873"),
        ("王伟", ""),
    ],
)
def test_names_fold_to_plain_letters(text, letters):
    assert folded(text) == letters


def test_a_name_is_spelled_the_ways_people_write_it():
    ways = {s.first + "+" + s.second for s in name_spellings("Ana Maria", "Silva-Costa")}

    assert {"anamaria+silvacosta", "silvacosta+anamaria", "ana+silvacosta"} <= ways
    assert {"a+silvacosta", "silvacosta+a", "ana+silva", "ana+costa", "ana+"} <= ways


@pytest.mark.parametrize(("first", "last"), [("Mei", ""), ("", "Sato"), ("Mei", "Sato")])
def test_the_weights_of_spellings_add_up_to_one(first, last):
    assert sum(s.weight for s in name_spellings(first, last)) == pytest.approx(1)


def test_a_number_may_lack_its_letter_in_front():
    assert {s.first for s in sid_spellings("s0031742")} == {"s0031742", "0031742", "31742"}
    assert sid_spellings("") == []
