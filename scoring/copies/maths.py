r"""LaTeX as small pictures: what stands between dollar signs, typeset by ziamath as SVG.

Nothing here fails. LaTeX that is malformed, unknown or outsized answers None, and its reader sees
the source instead. A picture is cached, as one rubric item stands in every paper's copy.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from threading import local
from typing import Any

from ziamath.nodes.mnode import Mnode
from ziamath.tex import tex2mml
from ziamath.zmath import Math

# Pictures are drawn at this size and measured in em, so that they follow the text around them.
SIZE = 20.0
LONGEST = 1000
DEEPEST = 40
# The typesetter makes what is nested anew at each level, so twenty roots in each other take it
# hours. A long honest formula (a thousand signs, six fractions in each other) makes 3,400 nodes at
# some 0.1 ms; counted and not timed, so that the same formula is drawn, or not, on every machine.
MOST_NODES = 5000
# A formula wider than the column would run off the page.
WIDEST = 42.0
COLOUR = "#010203"

_VIEW_BOX = re.compile(r'viewBox="(\S+) (\S+) (\S+) (\S+)"')
_UNKNOWN = re.compile(r">\s*\\|>\s*[{}]\s*<")
_MARGIN = 0.5


@dataclass(frozen=True, slots=True)
class Formula:
    """A picture of a formula; sizes in em, `depth` is how far it hangs below the baseline.

    The SVG paints in `COLOUR`, for its user to replace.
    """

    svg: str
    width: float
    height: float
    depth: float


@lru_cache(maxsize=4096)
def formula(latex: str, *, display: bool = False) -> Formula | None:
    """The picture of a formula, in text style or in display style; None if it cannot be drawn."""
    if not _plausible(latex):
        return None
    try:
        mathml = tex2mml(latex, inline=not display)
        if _UNKNOWN.search(mathml):
            return None
        coloured = mathml.replace("<math ", f'<math mathcolor="{COLOUR}" ', 1)
        _made.nodes = 0
        drawn = Math(coloured, size=SIZE, margin=_MARGIN).svg()
    except Exception:
        # The parser and the typesetter raise assertion, index and type errors alike on bad input.
        return None
    return _measured(drawn)


class _TooMuch(Exception):
    """A formula that would take the typesetter too long."""


_made = local()
_make: Any = vars(Mnode)["fromelement"].__func__


def _counted(cls: type[Mnode], /, element: Any, parent: Mnode, **how: Any) -> Any:
    _made.nodes += 1
    if _made.nodes > MOST_NODES:
        raise _TooMuch
    return _make(cls, element, parent, **how)


# The one door through which all nodes come; the library itself has no bound.
Mnode.fromelement = classmethod(_counted)  # type: ignore[method-assign, assignment]


def _plausible(latex: str) -> bool:
    """Whether braces pair, before a parser that forgives them guesses; and nothing is outsized."""
    depth = 0
    for brace in re.findall(r"(?<!\\)(?:\\\\)*([{}])", latex):
        depth += 1 if brace == "{" else -1
        if not 0 <= depth <= DEEPEST:
            return False
    return depth == 0 and bool(latex.strip()) and len(latex) <= LONGEST


def _measured(svg: str) -> Formula | None:
    box = _VIEW_BOX.search(svg)
    if box is None:
        return None
    _, top, width, height = (float(number) / SIZE for number in box.groups())
    if not (width > 0 and 0 < height < WIDEST):
        return None
    shrink = min(1.0, WIDEST / width)
    return Formula(svg, width * shrink, height * shrink, (top + height) * shrink)
