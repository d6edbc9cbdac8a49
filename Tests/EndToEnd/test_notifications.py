"""The bell: what is unread, live between two people, and what happened while somebody was away."""
import contextlib
import secrets
import sqlite3
import time
import urllib.parse

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, look, sign_in_as, violations, watch
from client import PASSWORD, Browserish, in_seconds, new_account
from programs import until

pytestmark = pytest.mark.browser


class Two:
    """Ada, whose workspace it is, in a browser; and Bob, who works in it."""

    def __init__(self, browser, base, account):
        self.browser, self.base = browser, base
        self.ada, self.client = new_account(base, "ada")
        self.channel = self.client.connect("mastodon", account)["id"]
        link = self.ada.post("/api/team/invitations", json={"role": "DRAFTER"}).json()["url"]
        token = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]
        self.bob = Browserish(base)
        self.bob.sign_in("/api/auth/register", email=f"bob-{secrets.token_hex(4)}@example.com", password=PASSWORD, name="Bob", invitation=token)
        self.errors, self.contexts = [], []

    def page(self, path, session=None, **options):
        context = self.browser.new_context(**{"viewport": DESKTOP, **options})
        self.contexts.append(context)
        sign_in_as(context, session or self.ada, self.base)
        page = context.new_page()
        self.errors.append(watch(page, self.base))
        page.goto(self.base + path)
        return page

    def comment(self, post, text, session=None):
        answer = (session or self.bob).post(f"/api/posts/{post}/comments", json={"text": text})
        assert answer.status_code == 201, answer.text


@pytest.fixture
def two(browser, postiz, account_name):
    made = Two(browser, postiz.base, account_name)
    yield made
    for context in made.contexts:
        context.close()
    assert not any(made.errors), made.errors


def bell(page):
    return page.locator("#bell .unread")


def test_the_bell_counts_what_others_do_at_once_and_is_quiet_once_one_has_looked(two):
    post = two.client.create(content="About the garden", platforms=[two.channel], status="DRAFT")["id"]
    page = two.page("/media")
    until(lambda: page.evaluate("document.querySelector('live-events').source.readyState") == 1, 10, "the page hears of changes")
    expect(bell(page)).to_have_count(0)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "/sidebar" in request.url else None)
    for number in range(5):
        two.comment(post, f"Thought number {number}")
    expect(bell(page)).to_have_text("5")
    assert len(asked) <= 5, asked
    expect(page.get_by_role("link", name="Notifications, 5 unread")).to_be_visible()

    page.locator("#bell a").click()
    page.wait_for_url("**/notifications")
    rows = page.locator(".news-row")
    # Before them stands that Bob joined, which was no news any more.
    expect(rows).to_have_count(6)
    expect(page.locator(".news-row[data-unread]")).to_have_count(5)
    expect(rows.first).to_contain_text("Bob commented")
    expect(rows.first).to_contain_text("Thought number 4")
    expect(rows.first).to_contain_text("About the garden")
    # Looking is enough; the marks stay as long as the page does.
    expect(bell(page)).to_have_count(0)
    expect(page.locator(".news-row[data-unread]")).to_have_count(5)
    two.comment(post, "One more")
    expect(page.locator(".news-row[data-unread]")).to_have_count(1)
    expect(bell(page)).to_have_text("1")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.locator(".news-row[data-unread]")).to_have_count(0)
    expect(bell(page)).to_have_count(0)
    page.locator(".news-row a").first.click()
    page.wait_for_url(f"**/posts/{post}")
    # Back from the browser's memory or not, nothing is unread again.
    page.go_back()
    expect(rows).to_have_count(7)
    expect(bell(page)).to_have_count(0)
    # What somebody did themselves is no news to them.
    assert "unread" not in two.bob.get("/notifications", headers={"Accept": "text/html"}).text.split('id="bell"')[1].split("</live-region>")[0]


def test_the_author_is_told_what_was_decided(two):
    plan = {"content": "Proposed by Bob", "platforms": [two.channel], "scheduledFor": in_seconds(7200)}
    first, second = (two.bob.post("/api/posts", json=plan).json() for _ in range(2))
    assert first["status"] == "IN_REVIEW", first
    page = two.page("/notifications")
    expect(page.locator(".news-row").first).to_contain_text("A post waits for approval")
    assert two.ada.post(f"/api/posts/{first['id']}/approve").status_code == 200
    assert two.ada.post(f"/api/posts/{second['id']}/send-back", json={"note": "Shorter, please"}).status_code == 200
    bobs = two.page("/notifications", session=two.bob)
    expect(bobs.locator(".news-row").nth(0)).to_contain_text("sent your post back")
    expect(bobs.locator(".news-row").nth(1)).to_contain_text("approved your post")
    look(bobs, "notifications")


def test_without_scripts_a_button_says_that_one_has_looked(two):
    post = two.client.create(content="A post", platforms=[two.channel], status="DRAFT")["id"]
    plain = two.page("/today", java_script_enabled=False)
    two.comment(post, "Seen without scripts")
    for _ in range(2):
        plain.goto(two.base + "/notifications")
        expect(bell(plain)).to_have_text("1")
    plain.get_by_role("button", name="Mark all as read").click()
    expect(plain.locator(".news-row[data-unread]")).to_have_count(0)
    expect(plain.locator(".news-row").first).to_contain_text("Seen without scripts")
    expect(bell(plain)).to_have_count(0)


def test_on_a_phone_the_bell_is_behind_more(two):
    post = two.client.create(content="A post", platforms=[two.channel], status="DRAFT")["id"]
    page = two.page("/media", viewport=PHONE)
    until(lambda: page.evaluate("document.querySelector('live-events').source.readyState") == 1, 10, "the page hears of changes")
    expect(page.locator(".more-places .dot")).to_have_count(0)
    two.comment(post, "On the way")
    expect(page.locator(".more-places .dot")).to_have_count(1)
    page.locator(".more-places > summary").click()
    entry = page.locator(".more-places").get_by_role("link", name="Notifications, 1 unread")
    expect(entry).to_be_visible()
    assert not violations(page)
    entry.click()
    page.wait_for_url("**/notifications")
    expect(page.locator(".more-places .dot")).to_have_count(0)


def test_what_happened_while_one_was_away_is_told_on_today(browser, start_postiz, account_name):
    program = start_postiz()
    two = Two(browser, program.base, account_name)
    page = two.page("/today")
    expect(page.locator(".away")).to_have_count(0)
    out = two.client.create(content="It went out meanwhile", platforms=[two.channel], schedule="now")["id"]
    assert two.client.wait_settled(out)["status"] == "PUBLISHED"
    two.comment(out, "Well done")
    two.comment(out, "Again")
    # Two hours pass.
    with contextlib.closing(sqlite3.connect(program.folder / "postiz.sqlite")) as database, database:
        database.execute("UPDATE memberships SET visited_at = ?", (int((time.time() - 7200) * 1000),))
    page.reload()
    away = page.locator(".away")
    expect(away).to_contain_text("1 post went out")
    expect(away).to_contain_text("2 comments")
    expect(away.get_by_role("link", name="It went out meanwhile").first).to_have_attribute("href", f"/posts/{out}")
    look(page, "today-away")
    page.reload()
    expect(away).to_have_count(1)
    page.get_by_role("button", name="Hide: While you were away").click()
    expect(away).to_have_count(0)
    page.reload()
    expect(page.locator("#today")).to_be_visible()
    expect(away).to_have_count(0)
    for context in two.contexts:
        context.close()
    assert not any(two.errors), two.errors
