"""The page of a channel: how its connection and its publishing stand, in the reader's words."""
import pytest
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, chromium, newcomer, violations
from client import assert_error, new_account

pytestmark = pytest.mark.browser


def test_a_channel_says_what_went_out_last_and_what_will_not(postiz, account_name, artifacts):
    with chromium() as browser:
        page = newcomer(browser, postiz.base, viewport=DESKTOP)
        channel = page.api.connect("mastodon", account_name)
        fresh = page.api.call("GET", f"/api/integrations/{channel['id']}/health")
        assert fresh["status"] == "ACTIVE" and fresh["failing"] == [] and fresh.get("lastSuccess") is None
        post = page.api.create(content="Going out", platforms=[channel["id"]], schedule="now")
        page.api.wait_settled(post["id"])
        health = page.api.call("GET", f"/api/integrations/{channel['id']}/health")
        assert health["lastSuccess"]["postId"] == post["id"]

        page.goto(postiz.base + "/channels")
        page.click(f"#channel-{channel['id']} a[href='/channels/{channel['id']}']")
        expect(page.locator("h1")).to_have_text(channel["displayName"])
        expect(page.locator(f"a[href='/posts/{post['id']}']")).to_be_visible()
        for scheme in ("light", "dark"):
            for size, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size(viewport)
                page.screenshot(path=str(artifacts / f"channel-{size}-{scheme}.png"), full_page=True)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
                assert not violations(page)
        assert not page.errors
        _, stranger = new_account(postiz.base)
        assert_error(stranger.get(f"/api/integrations/{channel['id']}/health"), 404, "NOT_FOUND")
