"""Take the README's pictures: `.venv/bin/python docs/pictures/take.py [URL of a running demo]`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
PASSWORD = "marginalia"


def sign_in(browser: Browser, url: str, who: str, scheme: str = "light") -> Page:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"{url}/login/")
    page.locator("input[name=username]").fill(f"{who}@example.edu")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url(f"{url}/")
    return page


def take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=HERE / f"{name}.png")


def midterm(page: Page, url: str) -> str:
    """Return the address of the exam that is being graded."""
    page.goto(url)
    page.get_by_role("link", name="Deep Learning Midterm").first.click()
    page.wait_for_load_state("networkidle")
    return page.url


def staff(browser: Browser, url: str) -> None:
    page = sign_in(browser, url, "mira.keller")
    exam = midterm(page, url)
    take(page, "exam")
    for name in ("outline", "scans", "repair", "match", "exports"):
        page.goto(f"{exam}{name}/")
        take(page, name)
    released(page, url)


def released(page: Page, url: str) -> None:
    """The exam whose results are out: how it went, and what students ask."""
    page.goto(url)
    page.get_by_role("link", name="Quiz").first.click()
    page.wait_for_load_state("networkidle")
    exam = page.url
    page.goto(f"{exam}review/")
    take(page, "review")
    page.goto(f"{exam}regrades/next/")
    take(page, "regrade")


def grader(browser: Browser, url: str) -> None:
    for scheme, name in (("light", "answer"), ("dark", "answer-dark")):
        page = sign_in(browser, url, "tom.okafor", scheme)
        page.goto(midterm(page, url))
        page.locator("a[href^='/questions/'][href$='/grade/']:visible").nth(11).click()
        page.wait_for_url("**/answers/**")
        take(page, name)


def student(browser: Browser, url: str) -> None:
    page = sign_in(browser, url, "avery.rhodes")
    page.locator("a[href^='/copies/']:visible").first.click()
    take(page, "copy")
    page.set_viewport_size({"width": 390, "height": 844})
    take(page, "copy-phone")


def main(url: str) -> None:
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for role in (staff, grader, student):
            role(browser, url)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://localhost:8000")
