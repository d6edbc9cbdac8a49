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
        page.click("a[href^='/settings/platforms?platform=reddit']")
        form = page.locator("#platform-reddit")
        expect(form).to_have_attribute("open", "")
        expect(form).to_be_in_viewport()
        expect(form).to_contain_text(f"{postiz.base}/api/auth/reddit/callback")
        look(page, "platforms")
        page.fill("[name=REDDIT_CLIENT_ID]", "two words")
        form.get_by_role("button", name="Save").click()
        expect(form.get_by_role("alert")).to_contain_text("REDDIT_CLIENT_ID is one word")
        for name, value in given.items():
            page.fill(f"[name={name}]", value)
        form.get_by_role("button", name="Save").click()
        expect(form).to_contain_text("Ready")
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
