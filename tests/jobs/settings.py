"""The test settings, and the kinds of work in work.py: for workers started as processes."""

from __future__ import annotations

from config.settings_test import *  # noqa: F403

JOB_MODULES = ["tests.jobs.work"]
# A worker answers no requests; its start need not load every view of the site.
ROOT_URLCONF = "jobs.urls"
