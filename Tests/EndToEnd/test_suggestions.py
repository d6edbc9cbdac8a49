"""The settings of a channel in the composer: those of the chosen kind, with the values that the platform knows."""
import secrets

from playwright.sync_api import expect

from browser import DESKTOP, register, violations


def composer_with(browser, postiz, platform: str, name: str):
    """The composer of a new person with one channel, whose settings are open."""
    page = browser.new_context(viewport=DESKTOP).new_page()
    register(page, postiz.base, f"ada{secrets.token_hex(4)}@example.com")
    page.goto(postiz.base + "/channels")
    page.click(f"form[action='/api/auth/{platform}'] button")
    page.fill("[name='new_account']", "chidi")
    page.click("button[value='allow']")
    page.wait_for_url(postiz.base + "/channels**")
    page.goto(postiz.base + "/compose")
    page.locator("summary", has_text=name).click()
    return page


def test_the_boards_of_the_account_are_offered_and_one_is_taken(browser, postiz):
    page = composer_with(browser, postiz, "pinterest", "Pinterest")
    field = page.locator("[data-setting='board']")
    field.focus()
    offered = page.locator("[data-setting='board'] + datalist option")
    expect(offered).to_have_count(1)
    assert offered.first.get_attribute("label") == "Recipes"
    field.fill(offered.first.get_attribute("value") or "")
    assert not violations(page)
    page.context.close()


def test_settings_that_the_chosen_kind_does_not_have_are_away_and_come_back_as_they_were(browser, postiz):
    page = composer_with(browser, postiz, "reddit", "Reddit")
    kind, title, link = (page.locator(f"[data-setting='{name}']") for name in ("post_type", "title", "url"))
    choices = page.locator("[data-setting='poll_options']")
    expect(link).to_be_visible()  # Automatic: what it becomes depends on the files.
    kind.select_option("link")
    title.fill("Where tea comes from")
    link.fill("https://example.com/tea")
    expect(choices).to_be_hidden()
    kind.select_option("poll")
    expect(link).to_be_hidden()
    expect(choices).to_be_visible()
    expect(title).to_have_value("Where tea comes from")
    assert not violations(page)
    kind.select_option("link")
    expect(link).to_be_visible()
    expect(link).to_have_value("https://example.com/tea")
    expect(choices).to_be_hidden()
    page.context.close()
