"""What is known of students and papers, and what comes of weighing them; see `matching`."""

from __future__ import annotations

from dataclasses import dataclass

from submissions.reading import Reading

Key = int | str


@dataclass(frozen=True)
class Person:
    """A student on the roster. `sid` may be empty."""

    key: Key
    first: str
    last: str
    sid: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip()


@dataclass(frozen=True)
class PaperReading:
    """What was read on one paper; None where the exam has no such region.

    `label` is what people call the paper, its key when empty.
    """

    key: Key
    name: Reading | None
    sid: Reading | None
    label: str = ""

    @property
    def called(self) -> str:
        return self.label or str(self.key)


@dataclass(frozen=True)
class Candidate:
    """A person a paper may belong to, with posteriors from 0 to 1.

    `certainty` weighs all that was read; `name_score` and `sid_score` what the name alone and the
    number alone would say, None where it was not read.
    """

    person: Key
    certainty: float
    name_score: float | None
    sid_score: float | None


@dataclass(frozen=True)
class Verdict:
    """Whose paper it seems to be: matched where `sure`, else proposed, or nobody's yet."""

    paper: Key
    candidates: tuple[Candidate, ...]  # best first, at most five
    person: Key | None
    sure: bool
    reason: str
