from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.utils.module_loading import autodiscover_modules


class JobsConfig(AppConfig):
    """Finds the kinds of work: every app's `tasks.py`, and what JOB_MODULES names besides."""

    name = "jobs"

    def ready(self) -> None:
        autodiscover_modules("tasks")
        for module in getattr(settings, "JOB_MODULES", []):
            import_module(module)
