"""A whole exam as one file, in an open format: docs/archive.md."""
