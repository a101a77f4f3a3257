"""Names of files that people download: theirs in them, and nothing a file system trips over."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

# Letters, digits and marks of any script, and a few that are safe everywhere. No dot, so that
# nobody gives a file another ending; no slash, colon, sign of formulae or hidden direction.
_ODD = re.compile(r"[^\w'’-]+")
_LONGEST = 60
_TAKEN = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)$")


def plain(text: str) -> str:
    """Return one piece of a name: "van der Meer" is "van_der_Meer"."""
    kept = _ODD.sub("_", unicodedata.normalize("NFC", text)).strip("_-'")
    return kept[:_LONGEST].rstrip("_-'")


def copy_name(last: str, first: str, sid: str, paper: int) -> str:
    """Return "Rhodes_Avery_s0412873.pdf", or "paper_7.pdf" for a paper of nobody."""
    stem = "_".join(filter(None, (plain(last), plain(first), plain(sid))))
    if not stem:
        stem = f"paper_{paper}"
    return f"{'_' if _TAKEN.match(stem) else ''}{stem}.pdf"


def distinct(named: Iterable[tuple[str, int]]) -> Iterator[str]:
    """Yield the names, one that was there already with its paper's number."""
    seen: set[str] = set()
    for name, paper in named:
        # Some file systems know no difference of case.
        fresh = name if name.casefold() not in seen else f"{name.removesuffix('.pdf')}_{paper}.pdf"
        seen.add(fresh.casefold())
        yield fresh
