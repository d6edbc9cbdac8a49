"""Settings whose values the platform knows: the composer lists a person's boards below the field."""
import secrets

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, chromium, register, violations


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


def test_the_boards_of_the_account_are_offered_and_one_is_taken(browser, postiz):
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    register(page, postiz.base, f"ada{secrets.token_hex(4)}@example.com")
    page.goto(postiz.base + "/channels")
    page.click("form[action='/api/auth/pinterest'] button")
    page.fill("[name='new_account']", "chidi")
    page.click("button[value='allow']")
    page.wait_for_url(postiz.base + "/channels**")
    page.goto(postiz.base + "/compose")
    page.locator("summary", has_text="Pinterest").click()
    field = page.locator("[data-setting='board']")
    field.focus()
    offered = page.locator("[data-setting='board'] + datalist option")
    expect(offered).to_have_count(1)
    assert offered.first.get_attribute("label") == "Recipes"
    field.fill(offered.first.get_attribute("value") or "")
    assert not violations(page)
    context.close()
