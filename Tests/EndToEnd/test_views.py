"""Saved views: filters under a name, beside the filters, in the palette, at the start, shared, and without scripts."""
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, sign_in_as, violations
from programs import ARTIFACTS


def opened(browser, person, postiz, **options):
    context = browser.new_context(viewport=DESKTOP, **options)
    sign_in_as(context, person[0], postiz.base)
    return context


def menu(page):
    return page.locator("#views details")


def save(page, name, default=False):
    menu(page).locator("summary").click()
    menu(page).get_by_label("Save this view as").fill(name)
    if default:
        menu(page).get_by_label("Begin with it").check()
    menu(page).get_by_role("button", name="Save view").click()


def test_a_view_is_saved_found_again_begun_with_and_removed(page, postiz, client, account_name):
    channel = client.connect("mastodon", account_name)
    client.create(content=f"Tea for {account_name}", platforms=[channel["id"]], status="DRAFT", tags=["tea"])
    client.create(content=f"Coffee for {account_name}", status="DRAFT")
    page.goto(postiz.base + "/posts?tab=drafts")
    page.locator("select[name=channel]").select_option(channel["id"])
    expect(page.locator("#post-list")).not_to_contain_text("Coffee")
    save(page, f"Tea {account_name}", default=True)
    expect(menu(page).locator("summary")).to_contain_text(f"Tea {account_name}")
    expect(page.locator("#post-list")).to_contain_text("Tea for")
    expect(page.locator("#post-list")).not_to_contain_text("Coffee")

    page.goto(postiz.base + "/posts")
    assert f"channel={channel['id']}" in page.url and "tab=drafts" in page.url
    menu(page).locator("summary").click()
    menu(page).get_by_role("link", name="All posts").click()
    page.wait_for_url(postiz.base + "/posts?saved=")
    page.goto(postiz.base + "/posts?tab=drafts")
    expect(page.locator("#post-list")).to_contain_text("Coffee")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Commands and search")).to_be_focused()
    page.keyboard.type(f"Tea {account_name}")
    expect(page.get_by_role("option", name=f"Posts: Tea {account_name}")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page.locator("#post-list")).not_to_contain_text("Coffee")

    client.call("DELETE", f"/api/integrations/{channel['id']}")
    page.goto(postiz.base + "/posts")
    expect(page.locator("#views")).to_contain_text("no longer there")
    expect(page.locator("#post-list")).to_contain_text("Coffee")
    for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        menu(page).locator("summary").click()
        assert not violations(page)
        box = menu(page).locator(".sheet").bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= size["width"]
        page.screenshot(path=ARTIFACTS / f"views-menu-{name}.png")
        menu(page).locator("summary").click()
    page.set_viewport_size(DESKTOP)

    page.goto(postiz.base + "/views")
    assert not violations(page)
    page.screenshot(path=ARTIFACTS / "views.png")
    row = page.locator(".view-item").filter(has_text=f"Tea {account_name}")
    expect(row).to_contain_text("no longer there")
    row.locator("summary").click()
    row.get_by_label("Name").fill("Renamed")
    row.get_by_label("Begin with it").uncheck()
    row.get_by_role("button", name="Save").click()
    row = page.locator(".view-item").filter(has_text="Renamed")
    row.get_by_role("button", name="Remove").click()
    expect(page.locator(".view-item")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".view-item")).to_contain_text("Renamed")
    page.goto(postiz.base + "/posts")
    assert page.url.endswith("/posts")


def test_the_calendar_and_the_figures_have_views_without_scripts(browser, person, postiz):
    context = opened(browser, person, postiz, java_script_enabled=False, reduced_motion="reduce")
    page = context.new_page()
    page.goto(postiz.base + "/calendar?view=week&status=FAILED")
    save(page, "Failed this week")
    assert "view=week" in page.url and "status=FAILED" in page.url and "saved=" in page.url
    page.screenshot(path=ARTIFACTS / "views-calendar.png")
    page.set_viewport_size(PHONE)
    page.screenshot(path=ARTIFACTS / "views-calendar-phone.png")
    page.goto(postiz.base + "/calendar?channel=nobody")
    expect(page.locator("#views")).to_contain_text("no longer there")
    page.set_viewport_size(DESKTOP)
    page.goto(postiz.base + "/analytics?days=7")
    save(page, "A week")
    assert "days=7" in page.url
    page.screenshot(path=ARTIFACTS / "views-analytics.png")
    context.close()
    made = person[0].get(f"{postiz.base}/api/views?place=CALENDAR").json()
    assert [(view["name"], view["filters"]) for view in made["items"]] == [("Failed this week", {"view": "week", "status": "FAILED"})]
