"""Two graders on one answer: one loses the connection and the tab, then the server goes and comes.

The site runs as it is served: gunicorn, static files with their hashes, the real database.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, expect
from playwright.sync_api import Page as Tab

from gradebook.models import User
from tests.jobs.test_processes import environment, started, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site(scanned, tmp_path: Path) -> tuple[str, Callable[[], object]]:
    """The address of the site, and a context manager that serves it there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(settings.DATA_DIR),
        "STATIC_ROOT": str(tmp_path / "static"),
        "SECRET_KEY": settings.SECRET_KEY,
        "HTTPS": "no",
    }
    collect = ["manage.py", "collectstatic", "--noinput", "--ignore", "django_htmx/ext/*", "-v0"]
    subprocess.run(
        [sys.executable, *collect], cwd=settings.BASE_DIR, env=environment(**served), check=True
    )

    @contextmanager
    def serving() -> Iterator[None]:
        gunicorn = ["-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}"]
        with started(*gunicorn, "--worker-class=gthread", "--threads=8", **served) as process:
            until(lambda: answers(port))
            yield
            os.kill(process.pid, signal.SIGTERM)
            process.wait(20)

    return f"http://127.0.0.1:{port}", serving


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).close()
    except OSError:
        return False
    return True


@pytest.fixture
def profile(browser: Browser, site) -> Iterator[Callable[[User], BrowserContext]]:
    """A browser profile of its own for somebody, signed in."""
    made: list[BrowserContext] = []

    def make(user: User) -> BrowserContext:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context = browser.new_context(base_url=site[0], viewport={"width": 1440, "height": 900})
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": site[0]}])
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


def opened(context: BrowserContext, path: str) -> Tab:
    """A tab on the grading page, whose clock can be put forward."""
    tab = context.new_page()
    tab.clock.install()
    tab.goto(path)
    expect(tab.locator("grading-page[data-ready]")).to_be_attached()
    return tab


def says(tab: Tab, words: str) -> None:
    expect(tab.locator("save-state [data-words]")).to_contain_text(words, timeout=30_000)


def shows(tab: Tab, *, score: str, items: list[str], comment: str) -> None:
    expect(tab.locator("[data-score]")).to_have_text(score)
    expect(tab.locator(".item__toggle[aria-pressed=true] .item__text")).to_have_text(items)
    expect(tab.get_by_label("Comment for this student")).to_have_value(comment)


def test_nothing_is_lost_without_connection_tab_and_server_and_both_see_the_same(
    scanned, site, profile
):
    _address, serving = site
    answer = scanned.answers[1, "1.1"]
    path = f"/answers/{answer.pk}/"
    gus, ines = profile(scanned.gus), profile(scanned.ines)
    with serving():
        mine, hers = opened(gus, path), opened(ines, path)
        mine.keyboard.press("3")
        says(mine, "Saved")

        gus.set_offline(True)
        mine.keyboard.press("3")  # a slip of the finger, taken back
        mine.keyboard.press("2")
        mine.keyboard.press("a")
        mine.keyboard.type("+0.25")
        mine.keyboard.press("Enter")
        mine.keyboard.press("c")
        mine.keyboard.type("See page 2")
        mine.keyboard.press("Escape")
        says(mine, "4 not saved yet")
        mine.close()

    # The server is away: Ines goes on.
    hers.keyboard.press("1")
    says(hers, "1 not saved yet")
    answer.refresh_from_db()
    assert answer.score == 0  # of Gus' first click alone

    with serving():
        hers.clock.run_for(31_000)  # the longest it waits before it tries again
        says(hers, "Saved")
        gus.set_offline(False)
        mine = opened(gus, path)
        # What a closed tab left is taken up once it is surely closed.
        mine.clock.run_for(61_000)
        says(mine, "Saved")

        both = {"score": "1.75", "items": ["Correct", "Slip"], "comment": "See page 2"}
        shows(mine, **both)
        hers.clock.run_for(3_100)  # the next beat
        shows(hers, **both)
        assert not mine.evaluate(
            "Object.keys(localStorage).filter((key) => key.includes('click')).length"
        )

        answer.refresh_from_db()
        assert (answer.score, answer.graded) == (175, True)
        by = {mark.item.text: mark.by for mark in answer.marks.select_related("item", "by")}
        assert by == {"Correct": scanned.ines, "Slip": scanned.gus}
        assert (answer.adjustment.points, answer.comment.text) == (25, "See page 2")
        said = StringIO()
        call_command("verify_scores", stdout=said)
        assert said.getvalue().strip() == "9 answers checked, 0 wrong."
