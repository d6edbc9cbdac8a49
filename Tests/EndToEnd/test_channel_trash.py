"""A removed channel lies in the trash: its posts wait, it comes back with them, by undo, from the page of the trash and over the API."""
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, violations
from client import in_seconds
from programs import ARTIFACTS


def held(client, post):
    publication = client.post_by_id(post)["publications"][0]
    return publication["status"] == "ON_HOLD" and publication["error"]["code"] == "CHANNEL_IN_TRASH"


def test_a_removed_channel_waits_in_the_trash_and_comes_back(page, postiz, client, account_name):
    channel = client.connect("mastodon", account_name)
    post = client.create(content=f"Patience, {account_name}", platforms=[channel["id"]], scheduledFor=in_seconds(3600))["id"]
    page.goto(f"{postiz.base}/channels/{channel['id']}/remove")
    expect(page.locator("main")).to_contain_text("can be restored")
    page.get_by_role("button", name="Remove channel").click()
    expect(page.locator(f"#channel-{channel['id']}")).to_have_count(0)
    assert held(client, post)
    page.goto(f"{postiz.base}/posts/{post}")
    expect(page.locator("#post-detail")).to_contain_text("Its channel is in the trash")

    page.goto(postiz.base + "/channels?show=trash")
    expect(page.locator(f"#channel-{channel['id']}")).to_contain_text("1 planned post is held.")
    for name, size in (("desktop", DESKTOP), ("phone", PHONE)):
        page.set_viewport_size(size)
        assert not violations(page)
        page.screenshot(path=ARTIFACTS / f"channel-trash-{name}.png", full_page=True)
    page.set_viewport_size(DESKTOP)
    page.locator(f"#channel-{channel['id']}").get_by_role("button", name="Restore").click()
    expect(page.locator(f"#channel-{channel['id']} .badge")).to_be_visible()
    assert client.post_by_id(post)["publications"][0]["status"] == "SCHEDULED"

    page.goto(f"{postiz.base}/channels/{channel['id']}/remove")
    page.get_by_role("button", name="Remove channel").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(f"#channel-{channel['id']} .badge")).to_be_visible()
    assert client.post_by_id(post)["publications"][0]["status"] == "SCHEDULED"


def test_the_api_lists_restores_and_removes_for_good(client, account_name):
    channel = client.connect("mastodon", account_name)["id"]
    post = client.create(content=f"Held, {account_name}", platforms=[channel], scheduledFor=in_seconds(3600))["id"]
    client.call("DELETE", f"/api/integrations/{channel}")
    trashed = client.call("GET", "/api/integrations?trashed=true")["items"]
    assert [item["id"] for item in trashed if item.get("deletedAt")] == [channel] and trashed[0]["scheduledCount"] == 1
    assert channel not in [item["id"] for item in client.call("GET", "/api/integrations")["items"]]
    assert client.call("POST", f"/api/integrations/{channel}/restore").get("deletedAt") is None
    client.call("DELETE", f"/api/integrations/{channel}?forGood=true")
    assert client.call("GET", "/api/integrations?trashed=true")["items"] == []
    assert client.post_by_id(post)["status"] == "CANCELLED"
    assert client.connect("mastodon", account_name)["id"] != channel
