"""On a phone every place can be reached: those without a place on the bar are behind 'More'."""
import datetime
import json
import re
import secrets
import urllib.parse

import pytest
from playwright.sync_api import expect

from browser import PHONE, chromium, look, register, sign_in_as, violations
from client import new_account
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


@pytest.mark.parametrize(("place", "path"), [("Media", "/media"), ("Analytics", "/analytics"), ("Settings", "/settings"), ("Channels", "/channels"), ("Automations", "/settings/automations"), ("Assistants", "/settings/mcp"), ("Notifications", "/notifications"), ("Drafts", "/posts?tab=drafts")])
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


def test_settings_are_a_list_and_each_section_leads_back(page, postiz):
    plain = page.context.browser.new_context(viewport=PHONE, java_script_enabled=False, storage_state=page.context.storage_state())
    for seen in (page, plain.new_page()):
        seen.goto(postiz.base + "/settings")
        rows = seen.locator("nav.subnav > div a")
        boxes = [row.bounding_box() for row in rows.all()]
        assert len(boxes) > 6 and all(box and box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] and box["height"] >= 44 for box in boxes)
        expect(seen.locator("#timeZone")).to_be_hidden()
        rows.get_by_text("Webhooks", exact=True).click()
        seen.wait_for_url(postiz.base + "/settings/webhooks")
        expect(rows.first).to_be_hidden()
        seen.get_by_role("link", name="Incoming addresses").click()
        seen.locator("header.head").get_by_role("link", name="Webhooks").click()
        expect(seen.get_by_role("heading", level=1)).to_have_text("Webhooks")
        seen.locator("header.head").get_by_role("link", name="All settings").click()
        seen.wait_for_url(postiz.base + "/settings")
        rows.first.click()
        seen.wait_for_url(postiz.base + "/settings/general")
        expect(seen.locator("#timeZone")).to_be_visible()
    plain.close()
    page.goto(postiz.base + "/settings")
    look(page, "settings-list")
    page.goto(postiz.base + "/settings/general")
    look(page, "settings-general")


def test_what_adds_something_is_closed_while_there_is_something(page, postiz):
    page.goto(postiz.base + "/settings/keys")
    page.get_by_label("Name").fill("First")
    page.get_by_role("button", name="Create key").click()
    expect(page.locator("main ul.list > li")).to_have_count(1)
    page.goto(postiz.base + "/settings/keys")
    expect(page.get_by_label("Name")).to_be_hidden()
    look(page, "keys-closed")
    page.locator("[data-adds] > summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("Second")
    while page.locator("main input[name=scope]:checked").count():
        page.locator("main input[name=scope]:checked").first.uncheck()
    page.get_by_role("button", name="Create key").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_visible()


HIDDEN = """() => {
    const one = document.activeElement;
    if (!one || one === document.body) return null;
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const over = (left + Math.min(right, innerWidth)) / 2;
    const seen = [top + 3, Math.min(bottom, top + 100) - 3].map((down) => document.elementFromPoint(over, down));
    return { name: one.outerHTML.slice(0, 80), hidden: seen.some((on) => { const bar = on?.closest(".tabbar, .head"); return !on || (bar && !bar.contains(one)); }) };
}"""


@pytest.mark.parametrize("path", ["/channels", "/settings/general", "/settings/team"])
def test_what_has_the_focus_lies_neither_under_the_bar_nor_under_the_head(page, postiz, path):
    page.set_viewport_size({"width": 390, "height": 600})
    page.goto(postiz.base + path)
    for key in ("Tab", "Shift+Tab"):
        seen = 0
        while (focus := press(page, key)) and seen < 150:
            seen += 1
            assert not focus["hidden"], focus["name"]
        assert seen > 5


def test_keys_are_read_on_the_narrowest_phone_without_scrolling_sideways(page, postiz):
    page.goto(postiz.base + "/settings/keys")
    page.set_viewport_size({"width": 320, "height": 640})
    page.fill("form[action='/settings/keys'] input[name=name]", "A key with a name that is longer than the screen of a phone is wide")
    page.locator("form[action='/settings/keys'] button").last.click()
    expect(page.locator("main")).to_contain_text("A key with a name")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(postiz.base + "/settings/keys")
    expect(page.locator("main li").filter(has_text="A key with a name").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_calendar_says_its_zone(page, postiz):
    page.goto(postiz.base + "/calendar")
    zone = page.locator(".calendar-head .faint")
    expect(zone).to_be_visible()
    assert zone.inner_text().strip() and page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_calendar_is_two_weeks_and_then_later(page, postiz, account_name):
    session, client = new_account(postiz.base)
    channel = client.connect("mastodon", account_name)["id"]
    today = datetime.datetime.now(datetime.timezone.utc).date()
    # Within two weeks, and in the fourth one.
    for days, text in ((1, "Tomorrow"), (22, "In three weeks")):
        client.create(content=text, platforms=[channel], scheduledFor=f"{today + datetime.timedelta(days=days)}T12:00", timeZone="Europe/Paris")
    page.context.clear_cookies()
    sign_in_as(page.context, session, postiz.base)
    for view in ("month", "agenda"):
        page.goto(f"{postiz.base}/calendar?view={view}")
        soon, later = page.locator(".slip", has_text="Tomorrow"), page.locator(".slip", has_text="In three weeks")
        expect(soon).to_be_visible()
        expect(later).to_be_visible()
        row = page.locator(".field-row", has=later)
        if view == "month":
            head = row.evaluate("row => getComputedStyle(row, '::before').content")
        else:
            head = row.locator(".field-head").inner_text()
            expect(later.locator("time")).to_have_text(re.compile(r"^\d+ \w+, 12:00$"))
        assert "Later" in head, head
        assert soon.bounding_box()["y"] < later.bounding_box()["y"]
        look(page, f"calendar-later-{view}")
        page.set_viewport_size(PHONE)
    session.close()
    client.close()


def test_a_channel_says_how_much_is_planned(page, postiz, account_name):
    session, client = new_account(postiz.base)
    channel = client.connect("mastodon", f"{account_name}-with-quite-a-long-name")["id"]
    tomorrow = datetime.datetime.now(datetime.timezone.utc).date() + datetime.timedelta(days=1)
    client.create(content="Tomorrow", platforms=[channel], scheduledFor=f"{tomorrow}T12:00", timeZone="Europe/Paris")
    page.context.clear_cookies()
    sign_in_as(page.context, session, postiz.base)
    for width in (390, 320):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(postiz.base + "/today")
        planned = page.locator(".queue-channel .faint")
        expect(planned).to_have_text("Mastodon · 1 planned")
        assert planned.evaluate("one => one.scrollWidth <= one.clientWidth + 1 || getComputedStyle(one).display === 'inline'")
        box, name = planned.bounding_box(), page.locator(".queue-channel b").bounding_box()
        assert box["x"] + box["width"] <= width and name["width"] >= 100
    session.close()
    client.close()


def press(page, key):
    page.keyboard.press(key)
    return page.evaluate(HIDDEN)
