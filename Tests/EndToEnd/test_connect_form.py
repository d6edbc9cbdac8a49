"""Connecting by a form, as a person does it: with scripts and without."""
import secrets

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, allow, register, violations

PASSWORD = "abcd-efgh-ijkl-mnop"


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("start", ["/channels", "/onboarding"])
def test_a_form_says_what_is_wrong_and_connects_once_it_is_right(browser, postiz, scripts, start):
    address = f"ada{secrets.token_hex(4)}@example.com"
    signed_in = browser.new_context(viewport=DESKTOP)
    register(signed_in.new_page(), postiz.base, address)
    context = browser.new_context(viewport=PHONE, java_script_enabled=scripts, storage_state=signed_in.storage_state())
    page = context.new_page()
    page.goto(postiz.base + start)
    page.click("form[action='/api/auth/bluesky'] button")
    expect(page.locator("[name='field.identifier']")).to_be_focused()
    page.keyboard.type("@chidi.bsky.example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong-pass-word-here")
    page.keyboard.press("Enter")
    expect(page.locator("main [role=alert]")).to_contain_text("the handle or the app password is wrong")
    assert page.locator("[name='field.identifier']").input_value() == "@chidi.bsky.example.com"
    assert page.locator("[name='field.password']").input_value() == "" and "wrong-pass" not in page.content()
    if scripts:
        assert not violations(page)
    page.fill("[name='field.password']", PASSWORD)
    page.click("main form button.primary")
    page.wait_for_url(postiz.base + start + "**")
    if start == "/onboarding":
        expect(page.locator(".step").first).to_have_attribute("data-state", "done")
        expect(page.locator("#toasts")).to_contain_text("Connected")
        page.goto(postiz.base + "/channels")
    expect(page.locator("main")).to_contain_text("chidi.bsky.example.com")
    context.close()
    signed_in.close()


def test_a_server_that_is_no_address_is_named_and_focused(browser, postiz):
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    register(page, postiz.base, f"bo{secrets.token_hex(4)}@example.com")
    page.goto(postiz.base + "/channels/connect/bluesky")
    page.fill("[name='field.identifier']", "bo.bsky.example.com")
    page.fill("[name='field.password']", PASSWORD)
    page.fill("[name='field.service']", "ftp://pds.example.com")
    page.click("main form button.primary")
    server = page.locator("[name='field.service']")
    expect(server).to_have_attribute("aria-invalid", "true")
    expect(server).to_be_focused()
    context.close()


def test_many_pages_are_narrowed_down_by_keyboard_and_connected_at_once(browser, postiz, simulator):
    for number in range(40):
        simulator.control(
            "POST", "/accounts",
            {"platform": "linkedin", "name": f"Example Unit {number:02}", "kind": "organization", "administrators": ["fay"]})
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    register(page, postiz.base, f"fay{secrets.token_hex(4)}@example.com")
    page.goto(postiz.base + "/channels")
    page.click("form[action='/api/auth/linkedin-page'] button")
    allow(page, "fay")
    count = page.locator("[data-count]")
    expect(count).to_have_text("42 of 42 shown, 0 chosen")
    page.get_by_role("searchbox").focus()
    page.keyboard.type("ünit 3")
    expect(count).to_have_text("13 of 42 shown, 0 chosen")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(count).to_have_text("13 of 42 shown, 13 chosen")
    assert not violations(page)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(count).to_have_text("42 of 42 shown, 13 chosen")
    page.click("main form button.primary")
    page.wait_for_url(postiz.base + "/channels")
    expect(page.locator("#channel-list h3")).to_have_count(13)
    context.close()
