"""The system checks, each made to speak and to keep silent."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from django.core.checks.registry import registry

from config import checks

S3 = {"default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": {}}}


def ids(messages) -> list[str]:
    return [message.id for message in messages]


def registered(*, deploy: bool = False) -> list[str]:
    """Run the checks of this house, as `manage.py check` finds them: in no order of its own."""
    found = registry.get_checks(include_deployment_checks=deploy)
    return sorted(
        id
        for check in found
        if check.__module__ == checks.__name__
        for id in ids(check(app_configs=None, databases=None))
    )


@pytest.fixture
def files(settings, tmp_path: Path) -> Path:
    """A folder of files on this machine, so that only the thing under test speaks."""
    settings.DATA_DIR = tmp_path
    settings.STORAGES = {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }
    settings.REDIS_URL = ""
    return tmp_path


def test_a_machine_with_everything_is_left_in_peace(files):
    assert registered() == []


def test_missing_programs_are_named_with_their_packages(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    found = checks.programs_are_installed()

    assert ids(found) == ["marginalia.W001", "marginalia.W002"]
    assert found[0].hint == "apt-get install poppler-utils"


def test_fonts_are_missed_one_by_one(tmp_path):
    below = tmp_path / "truetype" / "noto"
    below.mkdir(parents=True)
    (below / "NotoSans-Regular.ttf").touch()
    (below / "Inter-Bold.otf").touch()

    assert checks.missing_fonts([str(tmp_path), str(tmp_path / "nowhere")]) == [
        "fonts-noto-color-emoji",
        "fonts-droid-fallback",
    ]


def test_missing_fonts_are_told_with_the_command(monkeypatch, tmp_path):
    monkeypatch.setattr(checks, "FONT_FOLDERS", [str(tmp_path)])

    (found,) = checks.fonts_are_installed()

    assert found.id == "marginalia.W003"
    assert found.hint == "apt-get install " + " ".join(checks.FONTS.values())


def test_a_folder_is_writable_when_it_can_be_made(tmp_path):
    assert checks.is_writable(tmp_path / "a" / "b")


def test_a_folder_below_a_file_cannot_be_written(files, settings):
    (files / "plain").touch()
    settings.DATA_DIR = files / "plain" / "data"

    assert ids(checks.files_can_be_written()) == ["marginalia.E001"]


def test_s3_without_its_package_is_an_error(settings, monkeypatch):
    settings.STORAGES = S3
    monkeypatch.setattr(checks, "find_spec", lambda name: None)

    assert ids(checks.storage_is_installed()) == ["marginalia.E002"]


@pytest.mark.parametrize(
    ("redis_url", "storages", "expected"),
    [
        ("", None, []),
        ("redis://localhost:6379/0", None, []),
        ("redis://queue.example:6379/0", None, ["marginalia.W004"]),
        ("", S3, ["marginalia.W004"]),
    ],
)
def test_sqlite_is_for_one_machine(files, settings, monkeypatch, redis_url, storages, expected):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    settings.REDIS_URL = redis_url
    if storages:
        settings.STORAGES = storages

    assert ids(checks.database_suits_the_hosts()) == expected


def test_postgresql_is_for_many(settings, monkeypatch):
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    settings.STORAGES = S3

    assert checks.database_suits_the_hosts() == []


def test_redis_that_does_not_answer_is_told_before_going_live(settings):
    with socket.socket() as closed:  # bound, so nobody else answers there; never listening
        closed.bind(("127.0.0.1", 0))
        settings.REDIS_URL = f"redis://127.0.0.1:{closed.getsockname()[1]}/0"

        assert ids(checks.redis_answers()) == ["marginalia.W005"]


@pytest.mark.parametrize("address", ["http://127.0.0.1", "redis://127.0.0.1:port/0"])
def test_an_address_that_is_none_is_told_too(settings, address):
    settings.REDIS_URL = address

    assert ids(checks.redis_answers()) == ["marginalia.W005"]


@pytest.mark.services
def test_redis_that_answers_is_fine(settings):
    assert settings.REDIS_URL
    assert checks.redis_answers() == []


def test_https_wants_to_know_its_proxy(settings):
    settings.HTTPS = True
    settings.SECURE_PROXY_SSL_HEADER = None

    assert ids(checks.proxy_is_known()) == ["marginalia.W006"]

    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    assert checks.proxy_is_known() == []


def test_mail_that_only_reaches_the_log_is_told(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

    assert ids(checks.mail_is_sent()) == ["marginalia.W007"]

    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    assert checks.mail_is_sent() == []


def test_letters_that_lead_nowhere_are_told(settings):
    settings.EMAIL_HOST, settings.SITE_URL = "mail.example.edu", "http://localhost:8000"

    assert ids(checks.letters_lead_here()) == ["marginalia.W008"]

    settings.SITE_URL = "https://exams.example.edu"

    assert checks.letters_lead_here() == []


def test_what_asks_other_machines_waits_for_deploy(files, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.HTTPS = True
    settings.SECURE_PROXY_SSL_HEADER = None

    assert registered() == []
    assert registered(deploy=True) == ["marginalia.W005", "marginalia.W006"]
