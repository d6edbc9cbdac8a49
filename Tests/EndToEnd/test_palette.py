"""Whatever there is to reach is a few letters away; and the page is usable with forced colours, twice as large, and without motion."""

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, newcomer, violations

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, postiz):
    page = newcomer(browser, postiz.base, viewport=DESKTOP)
    page.goto(postiz.base + "/today")
    yield page
    assert page.errors == []
    page.context.close()


def test_pages_deeds_and_posts_are_reached_by_a_few_letters(page, postiz, artifacts):
    page.api.create(content="Rooibos harvest in November")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Commands and search")
    expect(field).to_be_focused()
    assert violations(page) == []
    page.screenshot(path=artifacts / "palette.png")
    page.keyboard.type("cal")
    expect(page.get_by_role("option", name="Calendar", exact=True)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calendar")
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.type("rooibos")
    option = page.get_by_role("option", name="Rooibos harvest in November")
    expect(option).to_have_attribute("aria-selected", "true")
    assert field.get_attribute("aria-activedescendant") == option.get_attribute("id")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit")


def test_arrows_go_round_and_escape_gives_the_focus_back(page):
    page.locator(".nav a").first.focus()
    page.keyboard.press("Control+k")
    first = page.locator("#palette [role=option]").first
    last = page.locator("#palette [role=option]").last
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    expect(last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    page.keyboard.type("zzzzzz")
    expect(page.locator("#palette [role=option]:not([hidden])")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator(".nav a").first).to_be_focused()


def test_it_opens_the_help_which_names_it(page):
    page.keyboard.press("Control+k")
    page.keyboard.type("keyb")
    page.keyboard.press("Enter")
    expect(page.locator("#shortcuts")).to_contain_text("Commands and search")


def test_with_forced_colours_what_is_chosen_is_told_by_more_than_colour(browser, postiz, page):
    context = browser.new_context(viewport=DESKTOP, storage_state=page.context.storage_state(), forced_colors="active")
    forced = context.new_page()
    forced.goto(postiz.base + "/calendar")
    looks = "element => { const style = getComputedStyle(element); return [style.backgroundColor, style.color, style.borderBottomColor, style.fontWeight].join(); }"
    chosen = forced.locator(".segments [aria-current]").evaluate(looks)
    other = forced.locator(".segments a:not([aria-current])").first.evaluate(looks)
    assert chosen != other
    here = forced.locator(".nav a[aria-current]").evaluate(looks)
    elsewhere = forced.locator(".nav a:not([aria-current])").first.evaluate(looks)
    assert here != elsewhere
    forced.goto(postiz.base + "/compose")
    main = forced.locator("[data-main]").evaluate(looks)
    for button in (".composer .sheet .button.quiet", ".composer [data-add-part]"):
        assert main != forced.locator(button).first.evaluate(looks), f"the main button looks like {button}"
    context.close()


def test_without_motion_nothing_moves(browser, postiz, page):
    page.api.create(content="Still")
    context = browser.new_context(viewport=DESKTOP, storage_state=page.context.storage_state(), reduced_motion="reduce")
    still = context.new_page()
    for path in ("/today", "/calendar", "/posts", "/media"):
        still.goto(postiz.base + path)
        still.keyboard.press("Control+k")
        running = still.evaluate("document.getAnimations().filter(one => one.playState === 'running' && one.effect.getComputedTiming().activeDuration > 0).length")
        assert running == 0, path
    context.close()
