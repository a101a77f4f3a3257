"""How well what was read fits each of many names: the forward pass of CTC, over words at once.

A recogniser trained with CTC gives, for every step, a probability per character and for the blank
between them; a string's likelihood is the sum over all the ways to lay its letters on the steps
(Graves et al. 2006, "Connectionist temporal classification", section 4.1). A name is two words in
either order, and people share words, so each word is laid once from the left and once from the
right; a full name is then one sum over the step where its words meet.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cdist

from submissions.reading import ALPHABET, Reading

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# Chosen on handwriting fonts that no reported figure was measured on: see
# docs/decisions/0004-reading-names.md.
DOUBT = 0.08  # of every step, spread over all characters: what a misread letter costs
LETTER = 2.4  # nats a letter explains against a stranger's: the entropy of one letter of a name
MISTAKE = 4.5  # nats an edit costs where only a text was read
FLOOR = -200.0  # nats; worse is all the same


@dataclass(frozen=True)
class Spelling:
    """One way to write who a person is: `first`, then `second` (maybe ""), this likely."""

    first: str
    second: str
    weight: float


class Lexicon:
    """The spellings of everybody on a roster, laid out for the pass. No spelling, no evidence."""

    def __init__(self, people: Sequence[Sequence[Spelling]]) -> None:
        spellings = [spelling for person in people for spelling in person]
        self.size = len(people)
        self.known = np.array([bool(person) for person in people], dtype=bool)
        self.words = _Words(word for s in spellings for word in (s.first, s.second) if word)
        self.first = np.array([self.words.index[s.first] for s in spellings], dtype=np.intp)
        # The last column of what lies on the right is "nothing more": see `_Words.right`.
        self.second = np.array(
            [self.words.index[s.second] if s.second else -1 for s in spellings], dtype=np.intp
        )
        self.texts = [s.first + s.second for s in spellings]
        self.bonus = np.array(
            [np.log(s.weight) + LETTER * len(s.first + s.second) for s in spellings]
        )
        counts = np.array([len(person) for person in people], dtype=np.intp)
        self.starts = np.concatenate([[0], np.cumsum(counts[counts > 0])[:-1]]).astype(np.intp)

    def scores(self, readings: Sequence[Reading | None]) -> Floats:
        """Readings x people, nats: what was read, by this person against by a stranger.

        NaN where nothing was read, or the roster does not say how the person writes.
        """
        scores = np.full((len(readings), self.size), np.nan)
        for row, reading in zip(scores, readings, strict=True):
            if self.texts and reading is not None and not reading.empty:
                row[self.known] = self._scores_of(reading)
        return scores

    def _scores_of(self, reading: Reading) -> Floats:
        if reading.log_probs is None:
            distances = cdist([folded(reading.text)], self.texts, scorer=Levenshtein.distance)
            likelihoods = -MISTAKE * distances[0].astype(np.float64)
        else:
            likelihoods = self._likelihoods(reading.log_probs)
        best: Floats = np.logaddexp.reduceat(likelihoods + self.bonus, self.starts)
        return np.maximum(best, FLOOR)

    def _likelihoods(self, log_probs: NDArray[np.float32]) -> Floats:
        probs = np.exp(log_probs.astype(np.float64))
        # Added, not mixed in: a clear step costs nothing, else long readings would look foreign.
        probs += DOUBT / probs.shape[1]
        peaks = probs.max(axis=1, keepdims=True)
        steps = probs / peaks  # keeps long products away from zero
        left, right = self.words.left(steps), self.words.right(steps)
        meet = np.einsum("tv,tv->v", left[:, self.first], right[1:, self.second])
        whole: Floats = np.log(np.maximum(meet, 1e-300)) + np.log(peaks).sum()
        return whole


class _Words:
    """Distinct words end to end in one row of letters, so that a step moves all of them at once."""

    def __init__(self, words: Iterable[str]) -> None:
        distinct = sorted(set(words))
        self.index: Mapping[str, int] = {word: n for n, word in enumerate(distinct)}
        self._forward = _Row(distinct)
        self._backward = _Row([word[::-1] for word in distinct])

    def left(self, steps: Floats) -> Floats:
        """T x words: steps 0..t spell the word, t being on its last letter."""
        return self._forward.ends(steps)

    def right(self, steps: Floats) -> Floats:
        """(T + 1) x (words + 1): steps t..T-1 spell the word, blanks before it allowed.

        The last column spells nothing: blanks to the end.
        """
        begins = self._backward.ends(steps[::-1])[::-1]
        length, count = begins.shape
        right = np.zeros((length + 1, count + 1))
        right[length, count] = 1
        for t in range(length - 1, -1, -1):
            right[t] = right[t + 1] * steps[t, 0]
            right[t, :count] += begins[t]
        return right


class _Row:
    def __init__(self, words: Sequence[str]) -> None:
        self.labels = np.array([ALPHABET.index(c) + 1 for w in words for c in w], dtype=np.intp)
        ends = np.cumsum([len(word) for word in words]).astype(np.intp)
        self.last: Indices = ends - 1
        inner = np.ones(len(self.labels))
        inner[np.concatenate([[0], ends[:-1]]).astype(np.intp)[: len(words)]] = 0
        self.inner = inner  # 1 where a letter precedes within the word
        before = np.concatenate([[0], self.labels[:-1]])
        # A letter follows its twin only after a blank; else the two are one.
        self.direct = inner * (before != self.labels)

    def ends(self, steps: Floats) -> Floats:
        """T x words: the forward variable on each word's last letter."""
        letter = np.zeros(len(self.labels))
        blank = 1.0 - self.inner  # before each letter; a virtual step 0 stands before each word
        moved = np.zeros(len(self.labels))
        found = np.empty((len(steps), len(self.last)))
        for t, step in enumerate(steps):
            moved[1:] = letter[:-1]
            letter += blank + self.direct * moved
            letter *= step[self.labels]
            blank += self.inner * moved
            blank *= step[0]
            found[t] = letter[self.last]
        return found


# Letters that Unicode does not take apart into a Latin letter and an accent.
_APART = str.maketrans({
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
})  # fmt: skip


def folded(text: str) -> str:
    """`text` in the letters of `ALPHABET` alone: "Núñez-O'Brien" is "nunezobrien"."""
    apart = unicodedata.normalize("NFKD", text.lower().translate(_APART))
    return "".join(char for char in apart if char in ALPHABET)
