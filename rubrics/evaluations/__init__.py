"""Gradescope's evaluations, and our own, read into an exam's rubrics and marks."""

from __future__ import annotations
