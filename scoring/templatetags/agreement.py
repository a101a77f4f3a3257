"""How figures of agreement are written."""

from __future__ import annotations

from django import template

from gradebook.points import MINUS

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """Return a share as "87 %", "–" where there is none."""
    return f"{share * 100:.0f} %" if isinstance(share, float) else "–"


@register.filter
def leaning(share: float | None) -> str:
    """Return a signed share as "+3.1 %", "−0.4 %"."""
    if share is None:
        return "–"
    tenths = round(share * 1000)
    sign = "+" if tenths > 0 else MINUS if tenths < 0 else ""
    return f"{sign}{abs(tenths) / 10:.1f} %"


@register.filter
def kappa(value: float | None) -> str:
    """Return kappa as "0.82"."""
    return f"{value:.2f}".replace("-", MINUS) if isinstance(value, float) else "–"
