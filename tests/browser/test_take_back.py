"""What was taken back is gone from the browser as well: back, reload, and by its address."""

from __future__ import annotations

import shutil

import pytest
from playwright.sync_api import expect

from scoring.drawing import draw
from scoring.models import Copy
from scoring.release import release, take_back
from tests.browser.conftest import FLAGS, PATIENCE, sign_in
from tests.scoring.conftest import graded, scanned  # noqa: F401  the graded world of the scoring tests

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SECRET = "7.5"


@pytest.fixture
def tab(playwright, quiet_server, graded):  # noqa: F811
    """Sam's tab in a Chromium that keeps pages for the back button, as people's do."""
    browser = playwright.chromium.launch(
        executable_path=shutil.which("chromium"),
        args=FLAGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    page = browser.new_context(base_url=quiet_server.url).new_page()
    page.set_default_timeout(PATIENCE)
    sign_in(page, graded.sam)
    yield page
    browser.close()


@pytest.fixture
def address(graded):  # noqa: F811
    made = release(graded.exam, by=graded.ines)
    draw(made.copies.get(submission=graded.papers[0]))
    return f"/copies/{Copy.objects.get(release=made, submission=graded.papers[0]).pk}/"


def gone(page, response, said="There is nothing here"):
    assert response is None or response.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text(said)
    assert SECRET not in page.content()


def test_the_page_is_gone_for_the_back_button_a_reload_and_its_address(tab, graded, address):  # noqa: F811
    tab.goto(address)
    expect(tab.locator(".score strong")).to_have_text(SECRET)
    tab.goto("/")
    take_back(graded.exam, by=graded.ines)

    # Its own address leads on to what there is to say, and it is said with 404.
    for response in (tab.go_back(), tab.reload(), tab.goto(address)):
        gone(tab, response, "Taken back for now")


@pytest.mark.parametrize("file", ["pages/1.jpg", "pages/2.jpg"])
def test_a_picture_is_gone_for_the_back_button_too(tab, graded, address, file):  # noqa: F811
    assert tab.goto(address + file).status == 200
    tab.goto("/")
    take_back(graded.exam, by=graded.ines)

    tab.evaluate("history.back()")
    expect(tab.get_by_role("heading", name="There is nothing here")).to_be_visible()
    gone(tab, tab.reload())


def test_what_the_page_had_loaded_is_not_kept_for_a_script_that_asks(tab, graded, address):  # noqa: F811
    tab.goto(address)
    files = [f"{address}pages/1.jpg", f"{address}copy.pdf", address]
    ask = "(url) => fetch(url, {cache: 'force-cache'}).then((said) => said.status)"
    assert [tab.evaluate(ask, url) for url in files] == [200, 200, 200]
    take_back(graded.exam, by=graded.ines)

    assert [tab.evaluate(ask, url) for url in files] == [404, 404, 404]
