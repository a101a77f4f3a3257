"""Benches: what must be fast, timed on a realistic course.

A bench is a function `time_something` in any module here. It prepares what it needs, without
being timed, and returns a callable of no arguments; that one is timed, many times. Its
docstring's first line says what it times. When it takes `papers`, a test runs it with 2, and
`--papers` sets another number than its default:

    def time_scores_csv(papers: int = 1000) -> Callable[[], object]:
        \"\"\"The scores of an exam as CSV.\"\"\"
        exam = graded_exam(papers)
        return lambda: b"".join(scores_csv(exam))

It runs in a scratch database (SQLite, or PostgreSQL by `./run bench --services`).
"""

from __future__ import annotations
