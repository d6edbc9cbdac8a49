"""A platform's app, entered in the interface: by somebody who never saw the server's environment."""
import pytest
from playwright.sync_api import expect

from browser import DESKTOP, chromium, look, newcomer
from client import assert_error, new_account

pytestmark = pytest.mark.browser


def test_a_platform_is_set_up_by_its_form_and_connects(start_postiz, simulator, account_name):
    given = {name: simulator.for_product[name] for name in ("REDDIT_CLIENT_ID", "REDDIT_CLIENT_SECRET")}
    postiz = start_postiz(REDDIT_CLIENT_ID="", REDDIT_CLIENT_SECRET="")
    with chromium() as browser:
        page = newcomer(browser, postiz.base, viewport=DESKTOP)  # The first one is the administrator.
        page.goto(postiz.base + "/channels")
        # What needs keys first is folded away behind what can be connected.
        link = page.locator("a[href^='/settings/platforms?platform=reddit']")
        expect(link).to_be_hidden()
        expect(page.locator("form[action='/api/auth/x'] button")).to_be_visible()
        page.locator(".unready > summary").click()
        link.click()
        form = page.locator("#platform-reddit")
        expect(form).to_have_attribute("open", "")
        expect(form).to_be_in_viewport()
        expect(form).to_contain_text(f"{postiz.base}/api/auth/reddit/callback")
        look(page, "platforms")
        page.fill("[name=REDDIT_CLIENT_ID]", "two words")
        form.get_by_role("button", name="Save").click()
        expect(form.get_by_role("alert")).to_contain_text("REDDIT_CLIENT_ID is one word")
        # They are tried at once: what the platform says to wrong ones stays in sight.
        for name in given:
            page.fill(f"[name={name}]", "of-nobody-at-all")
        form.get_by_role("button", name="Save and test").click()
        expect(form.get_by_role("alert")).to_contain_text("Reddit refuses these keys")
        for name, value in given.items():
            page.fill(f"[name={name}]", value)
        form.get_by_role("button", name="Save and test").click()
        expect(form).to_contain_text("Ready")
        expect(page.locator("#toasts")).to_contain_text("Reddit accepts these keys.")
        # And again without entering anything, also those that the environment sets, or that cannot be tried alone.
        form.get_by_role("button", name="Save and test").click()
        expect(page.locator("#toasts")).to_have_text("Reddit accepts these keys.")
        page.goto(postiz.base + "/settings/platforms?platform=instagram-standalone")
        page.locator("#platform-instagram-standalone").get_by_role("button", name="Test the keys").click()
        expect(page.locator("#toasts")).to_contain_text("Instagram (Standalone) has no way to test keys by themselves")
        page.goto(postiz.base + "/settings/platforms?platform=slack")
        page.locator("#platform-slack").get_by_role("button", name="Test the keys").click()
        expect(page.locator("#toasts")).to_contain_text("Slack accepts these keys.")
        assert all(value not in page.content() for value in given.values()), "a value is shown again"
        assert page.api.connect("reddit", account_name)["platform"] == "reddit"
        assert_error(page.api.get("/api/platform-apps"), 403, "FORBIDDEN")
        session, _ = new_account(postiz.base)
        assert_error(session.get("/api/platform-apps"), 403, "FORBIDDEN")
        assert session.get("/settings/platforms").status_code == 403
        assert not page.errors

        postiz.stop()
        postiz.start()
        apps = page.request.get(postiz.base + "/api/platform-apps").json()
        app = next(app for app in apps if app["id"] == "reddit")
        assert app["configured"] and {field["source"] for field in app["fields"]} == {"STORED"}
