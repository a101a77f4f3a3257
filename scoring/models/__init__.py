"""What comes out: releases and graded copies. Scores themselves are read from the answers."""

from __future__ import annotations

from scoring.models.copy import Copy
from scoring.models.release import Release
from scoring.models.viewing import Viewing

__all__ = ["Copy", "Release", "Viewing"]
