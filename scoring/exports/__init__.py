"""Files that leave: each format in a module of its own, described in docs/file-formats.md."""

from __future__ import annotations
