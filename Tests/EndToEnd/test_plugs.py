"""Plugs: what is done with posts that are out, set up on the page and by the API, and done once."""
import pytest

from browser import DESKTOP, chromium, look, sign_in_as
from client import new_account, new_key
from programs import until


@pytest.fixture
def program(start_postiz):
    return start_postiz(LOOKUP_SETTLE_SECONDS="1")


def test_another_channel_reposts_what_people_like_and_the_pages_tell(program, simulator, account_name):
    session, client = new_account(program.base)
    channel, other = (client.connect("mastodon", name)["id"] for name in (account_name, "bo"))
    refused = client.call(
        "POST", "/api/plugs", 422, json={"integrationId": channel, "action": "REPOST", "trigger": "MINUTES", "amount": 1440, "days": 1})
    assert "before the end" in refused["error"]["message"]
    assert new_key(session, ["posts:read"]).post("/api/plugs", json={}).status_code == 403

    with chromium() as browser:
        # Everything works without scripts.
        context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
        sign_in_as(context, session, program.base)
        page = context.new_page()
        page.goto(f"{program.base}/channels/{channel}")
        page.click("main a:has-text('Plugs')")
        page.select_option("#action", "COMMENT")
        page.click("main button:has-text('Add plug')")
        assert "what the comment says" in page.locator("[role=alert]").inner_text()
        assert page.input_value("#action") == "COMMENT", "nothing that was chosen is lost"
        page.select_option("#action", "REPOST")
        page.select_option("#actor", other)
        page.fill("#amount", "50")
        page.click("main button:has-text('Add plug')")
        assert "at 50 likes" in page.locator("#plugs > li").inner_text()

        post = client.wait_settled(client.create(content="Liked by many", platforms=[channel], schedule="now")["id"])
        page.goto(f"{program.base}/posts/{post['id']}")
        page.click("main a[href*='/plugs?post=']")
        page.select_option("#action", "COMMENT")
        page.fill("#text", "<b>Thank you</b> & read on")
        page.fill("#amount", "60")
        page.click("main button:has-text('Add plug')")
        assert page.locator("#plugs > li").count() == 2
        assert "<b>Thank you</b> & read on" in page.locator("#plugs").inner_text()

        # Figures are read when the program starts, and hourly.
        live = next(item for item in simulator.publications("mastodon", account_name) if item["text"] == "Liked by many")
        assert simulator.control("POST", "/likes", {"platform": "mastodon", "id": live["id"], "likes": 200})["liked"]
        program.kill()
        program.start()
        runs = f"/api/posts/{post['id']}/plug-runs"
        until(lambda: [run["status"] for run in client.call("GET", runs)["items"]] == ["PUBLISHED"] * 2, 40, lambda: client.call("GET", runs))
        standing = simulator.publications("mastodon")
        assert [item["reposters"] for item in standing if item["id"] == live["id"]] == [["bo"]]
        comments = [item for item in standing if item["parentId"] == live["id"]]
        assert [(item["account"], item["text"]) for item in comments] == [(account_name, "<b>Thank you</b> & read on")]

        page.goto(f"{program.base}/posts/{post['id']}")
        assert page.locator("#plug-runs > li").count() == 2
        assert "200 likes" in page.locator("#plug-runs").inner_text()
        made = client.call("GET", runs)["items"][0]["postId"]
        assert client.post_by_id(made)["origin"] == "PLUG"
        page.goto(f"{program.base}/posts/{made}")
        page.click("main a:has-text('To the post that it is about')")
        assert page.url.endswith(post["id"])
        context.close()
        context = browser.new_context(viewport=DESKTOP)
        sign_in_as(context, session, program.base)
        page = context.new_page()
        page.goto(f"{program.base}/channels/{channel}/plugs")
        look(page, "plugs")
        page.goto(f"{program.base}/posts/{post['id']}")
        look(page, "post-plugs")
        context.close()

    _, stranger = new_account(program.base)
    plug = client.call("GET", f"/api/plugs?postId={post['id']}")["items"][0]["id"]
    for method, path in (("GET", f"/api/plugs/{plug}"), ("DELETE", f"/api/plugs/{plug}"), ("GET", runs)):
        stranger.call(method, path, 404)
    client.call("DELETE", f"/api/plugs/{plug}", 204)
    assert len(client.call("GET", "/api/plugs")["items"]) == 1
