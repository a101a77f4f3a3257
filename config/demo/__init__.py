"""The demo's paper world: invented people, exams, handwriting and scans. Pure makers, no models."""

from __future__ import annotations
