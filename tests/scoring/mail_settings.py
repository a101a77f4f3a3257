"""As in the tests, but for mail, which goes to the server named in the environment."""

from __future__ import annotations

import os

from config.settings_test import *  # noqa: F403

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ["MAIL_PORT"])
