"""Settings for the tests: the real parts, quick. `./run test --services` sets the addresses."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 40)
os.environ.setdefault("HTTPS", "no")
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="marginalia-test-"))
# Playwright runs an event loop in the test's thread; the ORM is still used synchronously.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

from config.settings import *  # noqa: F403  # all of them, but for what follows
from config.settings import DATA_DIR, DATABASES, MIDDLEWARE, STORAGES

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
AXES_ENABLED = False
# It reads every static file anew for each test client; the live server brings its own.
MIDDLEWARE = [name for name in MIDDLEWARE if not name.startswith("whitenoise.")]
# The live server cannot serve names that hold a hash.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, not memory: threads, workers and the live server open it side by side.
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA_DIR) / "test.sqlite3")}
LOGGING["root"]["level"] = "WARNING"  # type: ignore[index]  # noqa: F405
