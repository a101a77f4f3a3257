"""The real server in a folder and a database of its own, as `./run serve` and compose start it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

HERE = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")
WORKERS = ("--workers", "2", "--threads", "8")


@dataclass(frozen=True)
class Server:
    """A running gunicorn; `address` is http://127.0.0.1:port."""

    address: str
    pid: int

    def cpu(self) -> float:
        """Return the CPU seconds of the server's processes so far."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return sum(cpu_of(pid) for pid in (self.pid, *map(int, children)))


def cpu_of(pid: int) -> float:
    """Return the CPU seconds a process took so far, 0 when it is gone."""
    with contextlib.suppress(OSError):
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / TICK
    return 0.0


@contextmanager
def own_place(folder: Path) -> Iterator[None]:
    """Set Django up with files below `folder` and an empty database of this bench's own.

    On PostgreSQL when DATABASE_URL says so (the database goes afterwards), else on SQLite.
    """
    with _own_database(os.environ.get("DATABASE_URL", "")) as url:
        os.environ |= {
            "SECRET_KEY": "only-for-benches-" + "x" * 40,
            "HTTPS": "no",
            "DATA_DIR": str(folder / "data"),
            "STATIC_ROOT": str(folder / "static"),
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
            "LOG_LEVEL": "WARNING",
            "DATABASE_URL": url,
        }
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield


@contextmanager
def _own_database(url: str) -> Iterator[str]:
    if not url.startswith("postgres"):
        yield ""
        return
    import psycopg2

    parts = urlsplit(url)
    name = f"{parts.path.strip('/')}_bench_{os.getpid()}"
    keeper = psycopg2.connect(urlunsplit(parts._replace(path="/postgres")))
    keeper.autocommit = True
    keeper.cursor().execute(f'CREATE DATABASE "{name}"')
    try:
        yield urlunsplit(parts._replace(path=f"/{name}"))
    finally:
        keeper.cursor().execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        keeper.close()


@contextmanager
def served(code: Path = HERE) -> Iterator[Server]:
    """Serve what `own_place` holds, by the production command; `code`: by that checkout's."""
    static = f"{os.environ['STATIC_ROOT']}-{code.resolve().name}-{os.getpid()}"
    own = os.environ | {"STATIC_ROOT": static}
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run([*collect, "--ignore=django_htmx/ext/*"], cwd=code, env=own, check=True)
    address = f"127.0.0.1:{_free_port()}"
    command = [sys.executable, "-m", "gunicorn", "config.wsgi:application"]
    command += ["--worker-class", "gthread", *WORKERS, "--timeout", "60", "--log-level", "warning"]
    with subprocess.Popen([*command, "--bind", address], cwd=code, env=own) as process:
        try:
            _wait(f"http://{address}/healthz")
            yield Server(f"http://{address}", process.pid)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait(address: str) -> None:
    for _ in range(200):
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")
