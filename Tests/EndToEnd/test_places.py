"""Ways about: places within the settings that stand in the sidebar, the log narrowed down, and zones that show their time."""
import datetime
import re

from playwright.sync_api import expect

from browser import look


def test_automations_and_assistants_are_places_of_their_own(page, postiz):
    page.goto(postiz.base + "/today")
    places = page.locator("#sidebar nav").first.get_by_role("link")
    expect(places).to_have_text(["Today", "Calendar", "Posts", "Analytics", "Channels", "Media", "Automations", "Assistants", "Settings"])
    for name in ("Automations", "Assistants", "Settings"):
        places.filter(has_text=name).click()
        here = page.locator("#sidebar nav").first.locator("[aria-current=page]")
        expect(here).to_have_text([name])


def test_the_log_is_narrowed_by_kind_person_and_day(page, person, postiz):
    _, client = person
    made = client.call("POST", "/api/keys", 201, json={"name": "For the log", "scopes": ["posts:read"]})
    client.call("DELETE", f"/api/keys/{made['key']['id']}", (200, 204))
    page.goto(postiz.base + "/settings/log?show=all")
    rows = page.locator("#log .log-entry")
    everything = rows.count()
    assert everything > 2
    page.get_by_label("Show").select_option("keys")
    expect(rows.filter(has_text="key.revoked")).to_have_count(1)
    expect(rows.filter(has_text="user.registered")).to_have_count(0)
    page.get_by_label("Show").select_option("all")
    expect(rows).to_have_count(everything)
    # What a person's key did is theirs as well.
    page.get_by_label("Who").select_option(index=1)
    expect(page).to_have_url(re.compile("who="))
    expect(rows).to_have_count(everything)
    tomorrow = (datetime.date.today() + datetime.timedelta(days=2)).isoformat()
    page.get_by_label("From").fill(tomorrow)
    expect(page.locator("#log-list")).to_contain_text("No entry matches these filters.")
    look(page, "log-filtered")
    page.get_by_role("link", name="Clear").click()
    expect(rows).to_have_count(everything)
    expect(page.get_by_label("From")).to_have_value("")


def test_a_zone_shows_the_time_that_it_has(page, postiz):
    page.goto(postiz.base + "/settings/general")
    shown, field = page.locator("[data-zone-of=timeZone]"), page.locator("#timeZone")
    expect(shown).to_have_text(re.compile(r"^It is \d\d:\d\d there now$"))
    field.fill("Asia/Kolkata")
    there = page.evaluate("new Intl.DateTimeFormat('en-GB', { timeZone: 'Asia/Kolkata', minute: '2-digit', hour: '2-digit' }).format()")
    expect(shown).to_contain_text(there[:2])
    field.fill("Nowhere/At all")
    expect(shown).to_have_text("")
