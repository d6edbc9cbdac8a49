"""On a phone every place can be reached: those without a place on the bar are behind 'More'."""
import json
import secrets
import urllib.parse

import pytest
from playwright.sync_api import expect

from browser import PHONE, chromium, register, violations
from programs import ARTIFACTS


@pytest.fixture
def page(postiz):
    with chromium() as browser:
        context = browser.new_context(viewport=PHONE)
        page = context.new_page()
        register(page, postiz.base, f"ada{secrets.token_hex(4)}@example.com")
        page.goto(postiz.base + "/calendar")
        yield page
        context.close()


@pytest.mark.parametrize(("place", "path"), [("Media", "/media"), ("Analytics", "/analytics"), ("Settings", "/settings"), ("Channels", "/channels"), ("Drafts", "/posts?tab=drafts")])
def test_a_place_behind_more_is_two_taps_away(page, postiz, place, path):
    page.locator(".more-places > summary").click()
    page.locator(".more-places").get_by_role("link", name=place).click()
    page.wait_for_url(postiz.base + path)
    expect(page.locator(".more-places .sheet")).to_be_hidden()


def test_more_works_with_the_keyboard_and_signs_out(page, postiz):
    page.locator(".more-places > summary").focus()
    page.keyboard.press("Enter")
    sheet = page.locator(".more-places .sheet")
    expect(sheet).to_be_visible()
    box = sheet.bounding_box()
    assert box and box["x"] >= 0 and box["y"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
    page.screenshot(path=ARTIFACTS / "more.png")
    assert not violations(page)
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.locator(".more-places > summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator(".more-places").get_by_role("button", name="Sign out").click()
    page.wait_for_url(postiz.base + "/login**")


def test_it_can_be_installed_and_takes_what_other_apps_share(page, postiz):
    tools = page.context.new_cdp_session(page)
    manifest = tools.send("Page.getAppManifest")
    assert manifest["url"].endswith("/app.webmanifest") and manifest["errors"] == []
    # A window like the test's is off the record, where nothing can be installed; nothing else is wrong.
    wrong = {error["errorId"] for error in tools.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    assert wrong <= {"in-incognito"}, wrong
    target = json.loads(manifest["data"])["share_target"]
    query = urllib.parse.urlencode({target["params"]["title"]: "Tea", target["params"]["text"]: "Read this", target["params"]["url"]: "https://example.com/tea"})
    page.goto(f"{postiz.base}{target['action']}?{query}")
    expect(page.locator("textarea").first).to_have_value("Tea\nRead this\nhttps://example.com/tea")
