"""What is paused waits and goes out after the resumption; what would keep a post from going out is told before its time."""
import json
import subprocess

from playwright.sync_api import expect

from browser import violations
from client import in_seconds, new_account
from programs import ARTIFACTS, binary, until


def test_a_paused_channel_holds_its_posts_until_it_is_resumed(page, postiz, client, simulator, account_name):
    channel = client.connect("mastodon", account_name)
    page.goto(postiz.base + "/channels")
    card = page.locator(f"#channel-{channel['id']}")
    card.get_by_role("button", name="Pause").click()
    expect(card.locator(".badge")).to_have_text("Paused")
    posts = [client.create(content=f"{text} of {account_name}", platforms=[channel["id"]], scheduledFor=in_seconds(seconds))["id"]
             for text, seconds in (("First", 1), ("Second", 2))]
    until(lambda: {client.post_by_id(post)["publications"][0]["status"] for post in posts} == {"ON_HOLD"}, 20, lambda: "both wait")
    page.goto(f"{postiz.base}/posts/{posts[0]}")
    expect(page.locator("#post-detail")).to_contain_text("The channel is paused")
    page.screenshot(path=ARTIFACTS / "paused-channel.png", full_page=True)
    assert not [item for item in simulator.publications("mastodon") if account_name in item["text"]]

    page.goto(postiz.base + "/channels")
    card.get_by_role("button", name="Resume").click()
    for post in posts:
        assert client.wait_settled(post)["status"] == "PUBLISHED"
    sent = [item["text"] for item in simulator.publications("mastodon") if account_name in item["text"]]
    assert sorted(sent) == [f"First of {account_name}", f"Second of {account_name}"]


def test_one_switch_pauses_the_workspace_and_every_page_says_so(page, postiz, client, simulator, account_name):
    channel = client.connect("mastodon", account_name)
    page.goto(postiz.base + "/channels")
    page.locator("#pausing > summary").click()
    assert not violations(page)
    page.get_by_role("button", name="Pause the workspace").click()
    for path in ("/calendar", "/posts", "/channels"):
        page.goto(postiz.base + path)
        expect(page.locator("#pause-state")).to_contain_text("The workspace is paused")
        assert not violations(page)
    page.screenshot(path=ARTIFACTS / "paused-workspace.png")
    assert client.call("GET", "/api/workspace")["publishing"]["pausedAt"]
    post = client.create(content=f"Waits, {account_name}", platforms=[channel["id"]], schedule="now")["id"]
    until(lambda: client.post_by_id(post)["publications"][0]["status"] == "ON_HOLD", 20, lambda: "it waits")
    assert client.post_by_id(post)["publications"][0]["attempts"] == 0

    page.locator("#pause-state").get_by_role("button", name="Resume").click()
    expect(page.locator("#pause-state")).to_be_empty()
    assert client.wait_settled(post)["status"] == "PUBLISHED"


def test_what_would_keep_a_post_from_going_out_is_marked_before_its_time(page, postiz, client, account_name):
    channel = client.connect("mastodon", account_name)
    post = client.create(content=f"Tomorrow, {account_name}", platforms=[channel["id"]], scheduledFor=in_seconds(3 * 3600))["id"]
    client.call("POST", f"/api/integrations/{channel['id']}/pause")
    until(lambda: client.post_by_id(post)["warnings"], 60, lambda: f"a warning: {client.post_by_id(post)}")
    assert [warning["code"] for warning in client.post_by_id(post)["warnings"]] == ["CHANNEL_PAUSED"]
    page.goto(postiz.base + "/calendar?view=agenda")
    expect(page.locator(f'.slip[data-post="{post}"][data-look="waits"]')).to_contain_text("Would not go out as things are")
    expect(page.locator("#sidebar .attention")).to_contain_text("May not go out")
    page.screenshot(path=ARTIFACTS / "post-at-risk.png")
    client.call("POST", f"/api/integrations/{channel['id']}/resume")
    until(lambda: not client.post_by_id(post)["warnings"], 60, lambda: "the warning is over")


def test_the_commands_pause_and_resume_the_server(start_postiz, simulator, account_name):
    program = start_postiz()
    _, client = new_account(program.base, account_name)
    channel = client.connect("mastodon", account_name)

    def command(*words: str) -> dict:
        done = subprocess.run([binary("POSTIZ_BINARY", "postiz"), *words, "--json"], env=program.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert command("pause")["instancePausedAt"]
    post = client.create(content=f"Held, {account_name}", platforms=[channel["id"]], schedule="now")["id"]
    until(lambda: client.post_by_id(post)["publications"][0]["status"] == "ON_HOLD", 20, lambda: "it waits")
    health = client.call("GET", "/api/health")
    assert health["status"] == "ok" and "paused" in health["publishing"]["message"]
    assert "instancePausedAt" not in command("resume")
    assert client.wait_settled(post)["status"] == "PUBLISHED"
