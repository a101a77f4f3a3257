"""Template filters and tags every page may use."""

from __future__ import annotations

from datetime import datetime

from django import template
from django.utils import dateformat

from gradebook.points import points_text, signed_text

register = template.Library()
register.filter("points", points_text)
register.filter("signed", signed_text)


@register.simple_tag(takes_context=True)
def when(context: template.Context, at: datetime, how: str = "") -> str:
    """Say a moment by the clocks of the page's `course`, or its `exam`'s: "3 Mar, 10:31".

    With `how`, as `date` reads it, otherwise: where a year belongs to it, or no hour does.

    The only way templates say a time (tests/test_times.py), so that none can forget the zone.
    """
    course = context["course"] if "course" in context else context["exam"].course
    return dateformat.format(course.local(at), how) if how else str(course.moment(at))
