"""What may be there once: the database decides who was first, and the other hears it in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, models, transaction


@contextmanager
def once(row: models.Model) -> Iterator[None]:
    """Write `row` inside; raise ValidationError, in its constraint's words, if its place is taken.

    To ask first and write afterwards lets two through who ask at the same moment.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        row.validate_constraints()
        raise
