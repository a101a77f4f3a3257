"""Template filters every page may use."""

from __future__ import annotations

from django import template

from gradebook.points import points_text, signed_text

register = template.Library()
register.filter("points", points_text)
register.filter("signed", signed_text)
