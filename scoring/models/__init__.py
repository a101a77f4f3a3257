"""What comes out: releases, graded copies, regrades. Scores are read from the answers."""

from __future__ import annotations

from scoring.models.copy import Copy
from scoring.models.deletion import Archiving, Deletion
from scoring.models.letter import Letter
from scoring.models.regrade import Regrade, RegradeReply, RegradeTerms, RegradeWindow
from scoring.models.release import Release
from scoring.models.solution import Solution, SolutionsShown
from scoring.models.viewing import Viewing

__all__ = [
    "Archiving",
    "Copy",
    "Deletion",
    "Letter",
    "Regrade",
    "RegradeReply",
    "RegradeTerms",
    "RegradeWindow",
    "Release",
    "Solution",
    "SolutionsShown",
    "Viewing",
]
