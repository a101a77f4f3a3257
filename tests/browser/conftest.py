"""A real browser for what only a browser can show. Tests here carry the marker `browser`.

`visit("ines", "/exams/1/outline/")` signs somebody in and opens a page of the live server;
`assert_accessible(page)` runs axe over it. A script error on any page fails its test.
"""

from __future__ import annotations

import io
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.test import Client
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from gradebook.files import keep
from gradebook.models import User
from submissions.models import Page as PaperPage
from submissions.models import Upload

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# What comes is seen at once on a quiet machine. These are for one that does much else besides.
PATIENCE = 30_000
expect.set_options(timeout=15_000)
# Letters that come late move what stands below them. Laid out, a page knows which it needs.
LETTERS = "document.body.getBoundingClientRect(), document.fonts.ready.then(() => 0)"
# Without preload: it copies sheets into the page, which the content policy refuses.
AXE = {"resultTypes": ["violations"], "preload": False}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The one Playwright of a run: a process holds no second one beside it."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all tests of a run."""
    path = shutil.which("chromium")
    assert path, "The browser tests need Chromium: apt install chromium."
    browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture
def quiet_server(live_server: Any) -> Iterator[Any]:
    """The live server; when the test ends, what it still answers is waited for.

    A page polls to its end. Emptying the tables beside its last request is a deadlock. A request
    that was sent but not begun shows in its connection alone: the page is gone, so its thread
    ends with its last answer.
    """
    busy: list[int] = []

    def begin(**kwargs: Any) -> None:
        busy.append(1)

    def end(**kwargs: Any) -> None:
        busy.pop()

    request_started.connect(begin)
    request_finished.connect(end)
    yield live_server
    until = time.monotonic() + 30
    while (busy or _connected()) and time.monotonic() < until:
        time.sleep(0.02)
    request_started.disconnect(begin)
    request_finished.disconnect(end)


def _connected() -> bool:
    """Whether the live server still holds a connection of a page."""
    return any("process_request_thread" in thread.name for thread in threading.enumerate())


@pytest.fixture
def context(browser: Browser, quiet_server: Any) -> Iterator[BrowserContext]:
    """A fresh profile at the size of a small laptop."""
    context = browser.new_context(
        base_url=quiet_server.url,
        viewport={"width": 1440, "height": 900},
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def browser_page(context: BrowserContext) -> Iterator[Page]:
    """A tab whose script errors, and refusals by the content policy, fail the test."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if _is_refusal(said.text) else None)
    yield page
    assert not problems, problems


def _is_refusal(text: str) -> bool:
    return "Content Security Policy" in text or "Content-Security-Policy" in text


@pytest.fixture
def visit(
    browser_page: Page, world: SimpleNamespace, live_server: Any
) -> Callable[[str, str], Page]:
    """Sign somebody of the cast in and open a page."""

    def open_page(name: str, path: str) -> Page:
        sign_in(browser_page, getattr(world, name))
        browser_page.goto(path)
        browser_page.evaluate(LETTERS)
        return browser_page

    return open_page


def sign_in(page: Page, user: User) -> None:
    """Give the tab's profile the session cookie of `user`, with no way through the login page."""
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies(
        [
            {
                "name": cookie.key,
                "value": cookie.value,
                "domain": "localhost",
                "path": "/",
            }
        ]
    )


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """A check that axe finds nothing serious or critical on a page at rest.

    What it finds while something still fades or arrives is looked at once more a moment later.
    """

    def check(page: Page) -> None:
        grave = _grave(page)
        for _ in range(2):
            if not grave:
                return
            page.wait_for_timeout(400)
            grave = _grave(page)
        assert not grave, "\n".join(grave)

    return check


def _grave(page: Page) -> list[str]:
    found = Axe().run(page, options=AXE).response["violations"]
    return [
        f"{one['id']}: {one['help']} at {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


@pytest.fixture
def scanned(world: SimpleNamespace) -> SimpleNamespace:
    """The world's papers with their scans: three drawn pages each, one a question."""
    upload = Upload.objects.create(
        exam=world.exam, name="batch.pdf", file="x.pdf", size=1, sha256="0" * 64, page_count=9
    )
    for paper in world.papers:
        for number in (1, 2, 3):
            kept = keep("pages", drawn(f"{paper.code_name}, page {number}"), ".jpg").name
            PaperPage.objects.create(
                upload=upload,
                number=3 * paper.number + number,
                state=PaperPage.State.PLACED,
                submission=paper,
                template_page=number,
                position=number,
                preview=kept,
                thumbnail=kept,
                width=340,
                height=440,
                affine=[1, 0, 0, 0, 1, 0],
            )
    return world


def drawn(words: str) -> bytes:
    picture, out = Image.new("L", (340, 440), 250), io.BytesIO()
    ImageDraw.Draw(picture).text((40, 110), words, fill=20)
    picture.save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def grade(scanned: SimpleNamespace, visit: Callable[[str, str], Page]) -> Callable[..., Page]:
    """Open one answer as somebody, ready for keys."""

    def open_answer(name: str = "gus", paper: int = 1, number: str = "1.1") -> Page:
        tab = visit(name, f"/answers/{scanned.answers[paper, number].pk}/")
        expect(tab.locator("grading-page[data-ready]")).to_be_attached()
        return tab

    return open_answer


@pytest.fixture
def colleague(browser: Browser, quiet_server: Any, scanned: SimpleNamespace) -> Iterator[Page]:
    """A tab of Ines' in a browser of her own."""
    context = browser.new_context(base_url=quiet_server.url, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    tab = context.new_page()
    sign_in(tab, scanned.ines)
    yield tab
    context.close()
