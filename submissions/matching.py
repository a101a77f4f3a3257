"""Whose paper is it: the roster as a whole decides, not the string that was read.

Each paper's name and number are weighed against everybody (`likelihood`), the two added, and all
papers given to all people at once by `scipy.optimize.linear_sum_assignment`. What is clear is
matched; the rest waits for a person, with the best candidates and a reason. A wrong match that
nobody looks at is the one mistake to avoid, so every doubt makes a paper wait.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from submissions.evidence import lead, odds, posteriors, settle, stranger_odds
from submissions.likelihood import Lexicon
from submissions.reading import Reading
from submissions.spelling import name_spellings, sid_spellings
from submissions.verdicts import Candidate, Key, PaperReading, Person, Verdict

# In nats unless said; chosen as `evidence` says.
CLEAR = 5.0  # ahead of the second person: 150 to one
KNOWN = 6.5  # ahead of a stranger, who may have nearly the same name
RIVAL = 0.1  # a paper claims a person whom it gives this posterior
APART = 10.0  # unless it brings so much less evidence than the paper it would rival
AGAINST = 2.5  # a field speaks against a person whom it puts this far behind another
PLAIN = 0.9  # the posterior at which one field settles it alone
# A paper printed for somebody is theirs unless what is written speaks for another: people do take a
# neighbour's paper, and then they write their own name on it.
PRINTED = 5.0
DENIED = 50.0  # more than any name and number can bring
SHOWN = 5


def assign(
    papers: Sequence[PaperReading],
    roster: Sequence[Person],
    taken: Mapping[Key, Key],
    printed: Mapping[Key, Key] | None = None,
    denied: Collection[tuple[Key, Key]] = (),
) -> list[Verdict]:
    """A verdict per paper, in the order given; neither order bears on the answer.

    `taken` holds what a person said, paper to person: it stands, and nobody else gets them.
    `printed` holds for whom a paper was printed: they come first, but are sure only if they can be
    read on it. `denied` holds pairs of paper and person of which a person said that they do not
    belong together: such a paper is never sure. Nobody is sure for two papers.
    """
    table = _Table(
        sorted(papers, key=lambda paper: repr(paper.key)),
        sorted(roster, key=lambda person: repr(person.key)),
        taken,
        printed or {},
        denied,
    )
    verdicts = {paper.key: table.verdict(i) for i, paper in enumerate(table.papers)}
    return [verdicts[paper.key] for paper in papers]


class _Table:
    """All papers against all people: the numbers every verdict is read from."""

    def __init__(
        self,
        papers: Sequence[PaperReading],
        roster: Sequence[Person],
        taken: Mapping[Key, Key],
        printed: Mapping[Key, Key],
        denied: Collection[tuple[Key, Key]],
    ) -> None:
        self.papers, self.roster = papers, roster
        names = Lexicon([name_spellings(person.first, person.last) for person in roster])
        sids = Lexicon([sid_spellings(person.sid) for person in roster])
        self.name = names.scores([paper.name for paper in papers])
        self.sid = sids.scores([paper.sid for paper in papers])
        self.evidence = odds(self.name) + odds(self.sid)
        column = {person.key: j for j, person in enumerate(roster)}
        self.printed = [column.get(printed.get(paper.key, ""), -1) for paper in papers]
        for i, j in enumerate(self.printed):
            if j >= 0:
                self.evidence[i, j] += PRINTED
        row = {paper.key: i for i, paper in enumerate(papers)}
        self.denied: dict[int, list[int]] = {}
        for i, j in sorted((row.get(key, -1), column.get(who, -1)) for key, who in denied):
            if min(i, j) >= 0:
                self.denied.setdefault(i, []).append(j)
                self.evidence[i, j] -= DENIED
        self.by_name, self.by_sid = posteriors(odds(self.name)), posteriors(odds(self.sid))
        self.shares = posteriors(self.evidence)
        self.said = [taken.get(paper.key) for paper in papers]
        self.holder = {column[who]: paper for paper, who in taken.items() if who in column}
        free = np.array([j not in self.holder for j in range(len(roster))], dtype=bool)
        waiting = np.array([who is None for who in self.said], dtype=bool)
        self.given = settle(self.evidence, waiting, free)
        self.claims = (self.shares[:, :-1] >= RIVAL) & waiting[:, None]

    def verdict(self, i: int) -> Verdict:
        paper, said, given = self.papers[i], self.said[i], self.given[i]
        candidates = self._candidates(i)
        if said is not None:
            return Verdict(paper.key, candidates, said, True, "A person said so.")
        doubt = self._denied(i) or self._doubt(i)
        person = self.roster[given].key if given >= 0 else None
        return Verdict(paper.key, candidates, person, not doubt, doubt or self._grounds(i, given))

    def _candidates(self, i: int) -> tuple[Candidate, ...]:
        shares = self.shares[i, :-1]
        name, sid = _was_read(self.papers[i].name), _was_read(self.papers[i].sid)
        return tuple(
            Candidate(
                self.roster[j].key,
                float(shares[j]),
                float(self.by_name[i, j]) if name else None,
                float(self.by_sid[i, j]) if sid else None,
            )
            for j in np.argsort(-shares, kind="stable")[:SHOWN]
        )

    def _doubt(self, i: int) -> str:
        """Why a person should look at this paper; "" when it is clear."""
        paper, evidence = self.papers[i], self.evidence[i]
        if not _was_read(paper.name) and not _was_read(paper.sid):
            return self._for_whom(i) + _nothing_read(paper)
        if not self.roster:
            return "There is nobody on the roster yet."
        best = int(evidence.argmax())
        ahead = evidence[best] - stranger_odds(len(self.roster))
        if ahead < 0:
            return _fits_nobody(paper)
        return (
            self._misprinted(i, best)
            or self._clash(i)
            or self._near(i, best)
            or self._contested(i, best)
            or self._against(i, best)
            or ("" if ahead >= KNOWN else f"{self._name(best)} fits, but not clearly.")
        )

    def _denied(self, i: int) -> str:
        """A person took it from somebody: the next best is a guess."""
        if i not in self.denied:
            return ""
        return said_not_of(self._name(j) for j in self.denied[i])

    def _name(self, j: int) -> str:
        return self.roster[j].name

    def _for_whom(self, i: int) -> str:
        j = self.printed[i]
        return f"It was printed for {self._name(j)}. " if j >= 0 else ""

    def _misprinted(self, i: int, best: int) -> str:
        """It was printed for somebody else than it looks like."""
        if self.printed[i] in (-1, best):
            return ""
        return f"{self._for_whom(i)}What is written looks like {self._name(best)}’s."

    def _clash(self, i: int) -> str:
        """The name is clearly one person's and the number clearly another's."""
        name, sid = int(self.by_name[i].argmax()), int(self.by_sid[i].argmax())
        if name == sid or len(self.roster) in (name, sid):
            return ""
        if min(lead(self.name[i], name, sid), lead(self.sid[i], sid, name)) < AGAINST:
            return ""
        return f"The name looks like {self._name(name)}’s, the number like {self._name(sid)}’s."

    def _near(self, i: int, best: int) -> str:
        """Another person fits nearly as well."""
        others = np.delete(self.evidence[i], best)
        if not len(others) or self.evidence[i, best] - others.max() >= CLEAR:
            return ""
        second = int(others.argmax())
        second += second >= best
        two = f"{self._name(best)} and {self._name(second)}"
        if not _was_read(self.papers[i].sid):
            return f"The name fits both {two}, and there is no number to decide."
        if not _was_read(self.papers[i].name):
            return f"The number fits both {two}, and there is no name to decide."
        if apart := self._apart(i, best, second):
            return apart
        if self.evidence[i, best] - others.max() >= AGAINST:
            return f"It looks like {self._name(best)}’s, but {self._name(second)} is not ruled out."
        return f"{two} are hard to tell apart here."

    def _apart(self, i: int, best: int, second: int) -> str:
        """One field is the first's, the other a little more the second's."""
        name, sid = ("name", self.name[i]), ("number", self.sid[i])
        for (field, scores), (other, others) in ((name, sid), (sid, name)):
            if lead(scores, best, second) > AGAINST and lead(others, second, best) > 0:
                one, two = self._name(best), self._name(second)
                return f"The {field} looks like {one}’s, the {other} a little more like {two}’s."
        return ""

    def _contested(self, i: int, best: int) -> str:
        """Somebody else's paper claims the same person."""
        name = self._name(best)
        if best in self.holder:
            held = self.holder[best]
            label = next((p.called for p in self.papers if p.key == held), str(held))
            return f"It looks like {name}’s, but a person gave {name} paper {label}."
        rivals = self._rivals(i, best)
        if len(rivals) > 1:
            count = {2: "Two", 3: "Three", 4: "Four"}.get(len(rivals), str(len(rivals)))
            listed = f"{', '.join(rivals[:-1])} and {rivals[-1]}"
            return f"{count} papers look like {name}’s: {listed}."
        if self.given[i] != best:
            return f"It looks like {name}’s, but another paper may be {name}’s too."
        return ""

    def _rivals(self, i: int, best: int) -> list[str]:
        """The labels of this paper and of every other that may be the same person's."""
        near = self.evidence[:, best] > self.evidence[i, best] - APART
        labels = [self.papers[int(k)].called for k in np.flatnonzero(near & self.claims[:, best])]
        return sorted(labels, key=lambda label: (len(label), label))

    def _against(self, i: int, best: int) -> str:
        """One of the two fields does not bear out what the other says."""
        paper, name = self.papers[i], self._name(best)
        fields = (("name", paper.name, self.name[i]), ("number", paper.sid, self.sid[i]))
        for field, reading, scores in fields:
            if np.isnan(scores[best]):
                continue
            if scores[best] < 0 and reading is not None and not reading.text:
                return f"The {field} could not be read."
            if scores[best] < 0:
                return f"The {field} does not look like {name}’s."
            other = int(np.nanargmax(scores))
            if lead(scores, other, best) > AGAINST:
                return f"The {field} looks more like {self._name(other)}’s than {name}’s."
        return ""

    def _grounds(self, i: int, best: int) -> str:
        """Why it is clear."""
        if self.printed[i] == best:
            return "It was printed for them, and nothing that is written speaks against it."
        if not _was_read(self.papers[i].sid):
            return "The name fits nobody else."
        if not _was_read(self.papers[i].name):
            return "The number fits nobody else."
        for field, other, weak, strong in (
            ("name", "number", self.by_name[i, best], self.by_sid[i, best]),
            ("number", "name", self.by_sid[i, best], self.by_name[i, best]),
        ):
            if weak < PLAIN <= strong:
                decided = f"the {other} decides for {self._name(best)}."
                return f"The {field} alone would not settle it; {decided}"
        return "Name and number agree."


def said_not_of(names: Iterable[str]) -> str:
    """The reason of a paper that was taken from these people, or denied them."""
    return f"A person said that it is not {' or '.join(f'{name}’s' for name in names)}."


def _was_read(reading: Reading | None) -> bool:
    return reading is not None and not reading.empty


def _fits_nobody(paper: PaperReading) -> str:
    fields = {word: at for word, at in (("name", paper.name), ("number", paper.sid)) if at}
    told = [word for word, at in fields.items() if at.text and not at.empty]
    if len(told) == len(fields):
        return "What is written fits nobody on the roster."
    lost = " and no ".join(word for word in fields if word not in told)
    # Specks and lines are no word: a field may hold ink and say nothing.
    said = "is written" if any(at.empty for at in fields.values()) else "can be read"
    rest = f", and the {told[0]} fits nobody on the roster" if told else ""
    return f"No {lost} {said}{rest}."


def _nothing_read(paper: PaperReading) -> str:
    fields = [word for word, at in (("name", paper.name), ("number", paper.sid)) if at is not None]
    if not fields:
        return "This exam has no place for a name or a number."
    return f"No {' and no '.join(fields)} is written."
