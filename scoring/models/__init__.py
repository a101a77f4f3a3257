"""What comes out: releases and graded copies. Scores themselves are read from the answers."""

from __future__ import annotations

from scoring.models.copy import Copy
from scoring.models.release import Release

__all__ = ["Copy", "Release"]
