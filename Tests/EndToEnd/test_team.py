"""A team in browsers: invited by a link, registered by it, a draft approved, and out at once when removed."""
import threading

import httpx
import pytest
from playwright.sync_api import expect

from browser import DESKTOP, chromium, look, register, watch
from client import PASSWORD, Browserish, new_key

pytestmark = pytest.mark.browser


@pytest.fixture
def closed(start_postiz):
    """Nobody registers here but the first one, and whoever is invited."""
    return start_postiz(DISABLE_REGISTRATION="true")


def invite(page, base, role, email=""):
    page.goto(base + "/settings/team")
    if not page.is_visible("form[action='/settings/team/invitations']"):
        page.click("details:has(form[action='/settings/team/invitations']) > summary")
    page.check(f"form[action='/settings/team/invitations'] input[value={role}]")
    page.fill("#email", email)
    page.click("form[action='/settings/team/invitations'] button")
    return page.inner_text("#new-link")


class Stream:
    """A live stream of events, read until it ends."""

    def __init__(self, base, cookies):
        self.opened, self.ended = threading.Event(), threading.Event()
        threading.Thread(target=self.read, args=(base, cookies), daemon=True).start()

    def read(self, base, cookies):
        with httpx.stream("GET", base + "/api/events", cookies=cookies, timeout=60) as answer:
            for _ in answer.iter_lines():
                self.opened.set()
        self.ended.set()


def test_a_member_is_invited_drafts_is_approved_and_is_out_when_removed(closed, simulator, account_name):
    base = closed.base
    with chromium() as browser:
        ada = browser.new_context(viewport=DESKTOP).new_page()
        errors = watch(ada, base)
        register(ada, base, "ada@example.com", "Ada")
        session = Browserish(base)
        session.sign_in("/api/auth/login", email="ada@example.com", password=PASSWORD)
        channel = new_key(session).connect("mastodon", account_name)["id"]
        link = invite(ada, base, "DRAFTER")
        expect(ada.locator("#invitations li")).to_have_count(1)

        bob = browser.new_context(viewport=DESKTOP).new_page()
        errors_of_bob = watch(bob, base)
        bob.goto(link)
        expect(bob.locator("h1")).to_contain_text("Example Works")
        look(bob, "invitation")
        bob.click("a[href^='/register?invitation=']")
        bob.fill("#name", "Bob")
        bob.fill("#email", "bob@example.com")
        bob.fill("#password", PASSWORD)
        bob.click("main form button")
        bob.wait_for_selector("#sidebar", state="attached")
        expect(bob.locator(".switcher > summary")).to_contain_text("Example Works")

        # What a drafter plans waits; they neither approve nor see what they may not.
        drafter = Browserish(base)
        drafter.sign_in("/api/auth/login", email="bob@example.com", password=PASSWORD)
        plan = {"content": f"From Bob {account_name}", "platforms": [channel], "schedule": "now"}
        post = drafter.post("/api/posts", json=plan).json()
        assert post["status"] == "IN_REVIEW", post
        bob.goto(f"{base}/posts/{post['id']}")
        expect(bob.locator(f"[formaction='/posts/{post['id']}/approve'], form[action='/posts/{post['id']}/approve']")).to_have_count(0)
        bob.goto(base + "/settings/team")
        expect(bob.locator("form[action='/settings/team/invitations']")).to_have_count(0)
        expect(bob.locator("nav.subnav a[href='/settings/keys']")).to_have_count(0)

        ada.goto(f"{base}/posts/{post['id']}")
        expect(ada.locator("#approve")).to_be_visible()
        ada.keyboard.press("a")
        owner = new_key(session)
        assert owner.wait_settled(post["id"])["status"] == "PUBLISHED"

        stream = Stream(base, dict(drafter.cookies))
        assert stream.opened.wait(10)
        ada.goto(base + "/settings/team")
        expect(ada.locator("#members li")).to_have_count(2)
        look(ada, "team")
        ada.once("dialog", lambda dialog: dialog.accept())
        row = ada.locator("#members li", has_text="bob@example.com")
        expect(row.get_by_role("button", name="Remove")).to_be_hidden()
        row.locator("summary").focus()
        ada.keyboard.press("Enter")
        look(ada, "team-changing")
        row.get_by_role("button", name="Remove").click()
        expect(ada.locator("#members li")).to_have_count(1)
        assert stream.ended.wait(10), "the open stream ends"
        assert drafter.get("/api/posts").status_code == 401
        bob.goto(base + "/posts")
        bob.wait_for_url("**/login**")
        assert owner.post_by_id(post["id"])["status"] == "PUBLISHED", "what they wrote stays"
        # The link does not work twice.
        assert bob.goto(link).status == 404
        assert not errors and not [line for line in errors_of_bob if "401" not in line and "404" not in line], (errors, errors_of_bob)


def test_one_person_goes_from_workspace_to_workspace_and_stays_on_the_page(closed):
    base = closed.base
    with chromium() as browser:
        # Also without scripts.
        for scripts in (True, False):
            page = browser.new_context(viewport=DESKTOP, java_script_enabled=scripts).new_page()
            if scripts:
                register(page, base, "ada@example.com", "Ada")
                page.goto(base + "/settings/team")
                page.click("details:has(#new-workspace) > summary")
                expect(page.locator("#workspace-name")).to_be_focused()
                page.fill("#workspace-name", "Second")
                page.click("#new-workspace button")
            else:
                page.goto(base + "/login")
                page.fill("#email", "ada@example.com")
                page.fill("#password", PASSWORD)
                page.click("main form button")
            page.goto(base + "/media?show=trash")
            for name in ("Example Works", "Second"):
                page.click(".switcher > summary")
                page.locator(".switcher form", has_text=name).locator("button").click()
                page.wait_for_url("**/media")
                expect(page.locator(".switcher > summary")).to_contain_text(name)
