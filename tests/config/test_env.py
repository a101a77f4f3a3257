"""Settings from the environment: what is read, and how a bad value is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

SQLITE = Path("/somewhere/marginalia.sqlite3")


def test_what_is_not_set_falls_back(monkeypatch):
    monkeypatch.delenv("THING", raising=False)
    monkeypatch.delenv("THING_FILE", raising=False)

    assert env.text("THING", "else") == "else"
    assert env.flag("THING", True) is True
    assert env.number("THING", 7) == 7
    assert env.words("THING", "a, b,") == ["a", "b"]


def test_a_secret_may_lie_in_a_file(monkeypatch, tmp_path):
    (tmp_path / "secret").write_text("hush\n")
    monkeypatch.setenv("THING", "loud")
    monkeypatch.setenv("THING_FILE", str(tmp_path / "secret"))

    assert env.text("THING") == "hush"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("yes", True), ("ON", True), ("1", True), ("true", True), ("no", False), ("0", False)],
)
def test_a_flag_is_said_in_many_ways(monkeypatch, value, expected):
    monkeypatch.setenv("THING", value)

    assert env.flag("THING", not expected) is expected


def test_a_bad_flag_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("THING", "perhaps")

    with pytest.raises(ImproperlyConfigured, match="THING must be yes or no"):
        env.flag("THING", True)


def test_a_bad_number_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("THING", "1e9")

    with pytest.raises(ImproperlyConfigured, match="THING must be a whole number"):
        env.number("THING", 1)


def test_without_an_address_the_database_is_a_file():
    settings = env.database("", SQLITE)

    assert settings["NAME"] == str(SQLITE)
    assert settings["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in settings["OPTIONS"]["init_command"]


def test_sqlite_may_lie_elsewhere():
    assert env.database("sqlite:////srv/my%20grades.db", SQLITE)["NAME"] == "//srv/my grades.db"
    assert env.database("sqlite:///srv/grades.db", SQLITE)["NAME"] == "/srv/grades.db"


def test_postgresql_is_read_from_its_address():
    settings = env.database("postgres://ma:p%40ss@db:6543/grades?sslmode=require", SQLITE)

    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["USER"], settings["PASSWORD"]) == ("ma", "p@ss")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db", "6543", "grades")
    assert settings["OPTIONS"] == {"sslmode": "require"}


def test_another_kind_of_database_is_refused():
    with pytest.raises(ImproperlyConfigured, match="not mysql://"):
        env.database("mysql://localhost/grades", SQLITE)


@pytest.mark.parametrize(
    ("origins", "hosts", "expected"),
    [
        (["https://exams.example.edu"], ["localhost"], "https://exams.example.edu"),
        (["https://*.example.edu"], [".example.edu", "a.example.edu"], "https://a.example.edu"),
        ([], ["localhost", "127.0.0.1"], "http://localhost:8000"),
    ],
)
def test_the_address_in_letters_is_the_one_people_type(monkeypatch, origins, hosts, expected):
    monkeypatch.delenv("PORT", raising=False)

    assert env.site_url(origins, hosts, https=True) == expected
