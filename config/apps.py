from __future__ import annotations

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The wiring: it holds the system checks and the commands that concern every app."""

    name = "config"

    def ready(self) -> None:
        from config import checks  # noqa: F401  # loading them registers them
