"""Making a course, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_a_new_course_takes_the_browsers_time_zone(visit, browser_page, assert_accessible):
    here = browser_page.context.new_cdp_session(browser_page)
    here.send("Emulation.setTimezoneOverride", {"timezoneId": "Pacific/Auckland"})

    page = visit("ines", "/courses/new/")

    zone = page.get_by_label("Time zone")
    expect(zone).to_have_value("Pacific/Auckland")
    assert_accessible(page)


def test_a_time_zone_that_was_chosen_stays(visit, browser_page):
    here = browser_page.context.new_cdp_session(browser_page)
    here.send("Emulation.setTimezoneOverride", {"timezoneId": "Pacific/Auckland"})
    page = visit("ines", "/courses/new/")
    page.get_by_label("Time zone").select_option("Europe/Zurich")
    page.get_by_label("Name", exact=True).fill(" ")
    page.get_by_role("button", name="Make the course").click()

    expect(page.get_by_label("Time zone")).to_have_value("Europe/Zurich")
