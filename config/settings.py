"""Settings. Everything a host may want to change comes from the environment: docs/self-hosting.md.

With nothing set, Marginalia runs from one folder: SQLite, files below `data/`, and a runner
process for long work. `DATABASE_URL`, `REDIS_URL` and `STORAGE_URL` turn on the larger parts.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from config import env
from config.storage import storages

# NumPy reads it when it is loaded. Workers are processes already, and a second thread of each
# computes nothing for its wait: 2 ms of CPU a page.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "data")))

DEBUG = env.flag("DEBUG", False)


def _secret_key() -> str:
    """Return SECRET_KEY, or one made at the first start and kept beside the data."""
    if given := env.text("SECRET_KEY"):
        return given
    kept = DATA_DIR / "secret-key"
    if not kept.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        made = DATA_DIR / f".secret-key-{os.getpid()}"
        made.touch(mode=0o600)
        made.write_text(get_random_secret_key() + get_random_secret_key())
        # Of two processes that start together the first wins, with a whole key.
        with contextlib.suppress(FileExistsError):
            kept.hardlink_to(made)
        made.unlink()
    return kept.read_text()


SECRET_KEY = _secret_key()
# `https` is the address people type; leave HTTPS off only on a laptop.
HTTPS = env.flag("HTTPS", True)
# How many proxies in front are believed about who is connected, and by which scheme.
PROXIES = env.number("PROXIES", 0)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "rest_framework.authtoken",
    "config",
    "jobs",
    "gradebook",
    "submissions",
    "rubrics",
    "scoring",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.gone.not_found",
    "config.collisions.told",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["gradebook.templatetags.marginalia"],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.database(env.text("DATABASE_URL"), DATA_DIR / "marginalia.sqlite3")}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)

# People

AUTH_USER_MODEL = "gradebook.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# E-mail addresses are unique whatever their case, by a constraint the check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"  # as the sign-in form calls the e-mail address
AXES_USERNAME_CALLABLE = "config.lockout.person"
AXES_CLIENT_IP_CALLABLE = "config.lockout.client_address"
AXES_LOCKOUT_TEMPLATE = "registration/locked.html"
AXES_RESET_ON_SUCCESS = True
# Who tries on while locked out waits no longer than the page says.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_VERBOSE = False

# Words, time

LANGUAGE_CODE = "en"
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

# Files

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = storages(env.text("STORAGE_URL"), DATA_DIR / "files")
# Set to the internal address a proxy maps onto the file folder, e.g. /_files/.
SENDFILE_PREFIX = env.text("SENDFILE_PREFIX")

FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_TEMP_DIR = env.text("UPLOAD_TEMP_DIR") or None
DATA_UPLOAD_MAX_NUMBER_FILES = 100
MAX_UPLOAD_BYTES = env.number("MAX_UPLOAD_BYTES", 1 << 30)
MAX_UPLOAD_PAGES = env.number("MAX_UPLOAD_PAGES", 2500)

# Long work

REDIS_URL = env.text("REDIS_URL")
JOB_LEASE_SECONDS = env.number("JOB_LEASE_SECONDS", 60)
JOB_PROCESSES = env.number("JOB_PROCESSES", 2)

# Safety

SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_AGE = 14 * 86_400

# E-mail

EMAIL_HOST = env.text("EMAIL_HOST")
# With a host it is sent, without one written to the log.
EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND",
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend",
)
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", False)
# A mail server that keeps silent holds a worker no longer than this.
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 30)
# The address of this site in letters, which no request asks for.
SITE_URL = env.text("SITE_URL", env.site_url(CSRF_TRUSTED_ORIGINS, ALLOWED_HOSTS, https=HTTPS))
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Marginalia <marginalia@localhost>")

# API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rest_framework.authentication.SessionAuthentication",
        "rest_framework.authentication.TokenAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "config.parsers.SafeJSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_PAGINATION_CLASS": "config.parsers.Pages",
    "PAGE_SIZE": 100,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "config.schema.Schema",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "config.gone.api_answer",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Marginalia",
    "DESCRIPTION": "Grade scanned paper exams. See docs/api.md.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},
        "pikepdf": {"level": "ERROR"},
        # Who was turned away, or mistyped, is no trouble of the operator's.
        "django.request": {"level": "ERROR"},
    },
}
