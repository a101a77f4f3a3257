"""Celery, for hosts with Redis. A job's row is the truth; a message only says which to look at.

Worker: `celery -A config worker`. The reasons for each option are in docs/decisions/0002-jobs.md.
"""

from __future__ import annotations

import os
from threading import Event
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutdown

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
# The checks load every page of the site, and each child would hold 24 MB of it. The web server
# and `manage.py check` make them.
os.environ.setdefault("CELERY_SKIP_CHECKS", "yes")

app = Celery("marginalia")


def options() -> dict[str, Any]:
    from django.conf import settings  # read late: config is imported before its settings

    return {
        "broker_url": settings.REDIS_URL or None,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            # Longer than any job: Redis would hand out a running one a second time.
            "visibility_timeout": 7200,
            "unacked_restore_interval": 15,
            "unacked_restore_throttle": 1,
            # A broker that is away must not hold up the request that asks for work (6 s by
            # default, 3 ms so): the row is written, and a sweep sends it later.
            "socket_connect_timeout": 2,
            "max_retries": 1,
            "interval_start": 0,
            "interval_step": 0,
            "interval_max": 0,
        },
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_ignore_result": True,
        "task_time_limit": 900,
        "task_soft_time_limit": 840,
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 200,
        "worker_hijack_root_logger": False,
        "timezone": settings.TIME_ZONE,
    }


app.add_defaults(options)
app.autodiscover_tasks(["jobs"])

_stop = Event()


@worker_ready.connect  # type: ignore[untyped-decorator]  # celery has no types
def start_sweeping(**kwargs: Any) -> None:
    from jobs.sweep import sweep_for_ever  # needs the apps to be ready

    sweep_for_ever(_stop)


@worker_shutdown.connect  # type: ignore[untyped-decorator]  # Celery has no types
def stop_sweeping(**kwargs: Any) -> None:
    _stop.set()
