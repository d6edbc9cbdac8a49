"""Evergreen posts and times that are kept for tags: on the pages, by the API, and what goes out of it."""
import datetime
import zoneinfo

import pytest

from browser import DESKTOP, chromium, look, sign_in_as, watch
from client import new_account, new_key
from programs import until


@pytest.fixture
def program(start_postiz):
    return start_postiz()


def signed_in(browser, program, session, **options):
    context = browser.new_context(viewport=DESKTOP, **options)
    sign_in_as(context, session, program.base)
    return context.new_page()


def test_a_post_is_used_again_at_the_times_of_its_tag(program, account_name):
    session, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=3)
    local = soon.astimezone(zoneinfo.ZoneInfo("Europe/Paris"))
    clock = local.strftime("%H:%M")
    post = client.wait_settled(client.create(content="A tip that stays true", platforms=[channel], schedule="now", tags=["tips"])["id"])

    with chromium() as browser:
        # Everything works without scripts.
        page = signed_in(browser, program, session, java_script_enabled=False)
        page.goto(f"{program.base}/channels")
        page.click("main summary:has-text('Posting times')")
        page.fill("[name='slot.0.time']", clock)
        page.fill("[name='slot.0.tag']", "#tips")
        page.fill("[name=several]", "")
        page.click("main button:has-text('Save')")
        kept = client.call("GET", f"/api/integrations/{channel}")["slots"]
        assert [(slot["minute"], slot["tag"]) for slot in kept] == [(local.hour * 60 + local.minute, "tips")]
        client.call("PUT", f"/api/integrations/{channel}/slots", 422, json={"slots": [
            {"minute": 1, "timeZone": "UTC", "weekdays": [], "tag": "a\nb"}]})
        refused = client.call("POST", "/api/posts", 422, json={"content": "News", "platforms": [channel], "schedule": "next-slot"})
        assert "kept for posts with certain tags" in refused["error"]["message"]
        free = client.call("GET", "/api/slots?tag=Tips&count=1")["items"][0]
        assert free["tag"] == "tips" and free["at"].startswith(soon.strftime("%Y-%m-%dT%H:%M"))
        page.goto(f"{program.base}/today")
        page.click("main a:has-text('#tips')")
        assert page.input_value("#tags") == "tips"
        page.goto(f"{program.base}/calendar?view=day&date={local:%Y-%m-%d}")
        assert page.locator(".ghost:has-text('#tips')").count() > 0

        page.goto(f"{program.base}/posts/{post['id']}")
        page.click(f"main a[href*='/evergreen?post={post['id']}']")
        assert (page.input_value("#text-1"), page.input_value("#tags"), page.input_value("#channel")) == (post["parts"][0]["text"], "tips", channel)
        page.fill("#text-2", "Much too long. " * 40)
        page.fill("#everyDays", "1")
        page.click("main button:has-text('Add evergreen post')")
        assert "shorten it" in page.locator("[role=alert]").inner_text()
        assert page.input_value("#text-2").startswith("Much too long"), "nothing that was written is lost"
        page.fill("#text-2", "The same <b>in</b> other words")
        page.click("main button:has-text('Add evergreen post')")
        entry = client.call("GET", "/api/evergreen")["items"][0]
        assert page.url.endswith(entry["id"])
        assert (entry["texts"][1], entry["tags"], entry["postId"]) == ("The same <b>in</b> other words", ["tips"], post["id"])
        page.click("main button:has-text('Pause')")
        assert client.call("GET", f"/api/evergreen/{entry['id']}")["active"] is False
        page.click("main button:has-text('Let it go on')")
        client.call("PATCH", f"/api/evergreen/{entry['id']}", 422, json={"most": 0})
        page.fill("#most", "5")
        page.click("main button:has-text('Save')")
        assert client.call("GET", f"/api/evergreen/{entry['id']}")["most"] == 5

        # It went out today: the next one that takes the time is another.
        other = client.call(
            "POST", "/api/evergreen", 201, json={"integrationId": channel, "texts": ["Tip one", "Tip two"], "tags": ["tips"], "everyDays": 7})
        # The program looks when it starts, and each minute.
        program.kill()
        program.start()
        outings = f"/api/evergreen/{other['id']}/outings"
        until(lambda: client.call("GET", outings)["items"], 30, lambda: client.call("GET", outings))
        outing = client.call("GET", outings)["items"][0]
        assert (outing["text"], outing["status"]) == ("Tip one", "SCHEDULED")
        assert outing["at"].startswith(soon.strftime("%Y-%m-%dT%H:%M"))
        planned = client.post_by_id(outing["postId"])
        assert (planned["origin"], planned["tags"]) == ("EVERGREEN", ["tips"])

        page.goto(f"{program.base}/posts/{outing['postId']}")
        page.click("main a:has-text('To the evergreen post')")
        assert page.url.endswith(other["id"])
        assert page.locator("#outings > li").count() == 1
        page = signed_in(browser, program, session)
        errors = watch(page, program.base)
        for path, name in [
            ("/settings/automations/evergreen", "evergreen"), (f"/settings/automations/evergreen/{other['id']}", "evergreen-entry"),
            (f"/posts/{post['id']}", "evergreen-post"), ("/today", "evergreen-today"),
        ]:
            page.goto(program.base + path)
            look(page, name)
        page.goto(f"{program.base}/compose?channel={channel}")
        page.fill("#tags", "tips")
        page.locator("[data-main]", has_text=clock).wait_for()
        page.goto(f"{program.base}/channels")
        page.click("main summary:has-text('Posting times')")
        look(page, "evergreen-slots")
        assert errors == []

    _, stranger = new_account(program.base)
    stranger.call("GET", f"/api/evergreen/{entry['id']}", 404)
    stranger.call("PATCH", f"/api/evergreen/{entry['id']}", 404, json={"active": False})
    assert stranger.call("GET", "/api/evergreen")["items"] == []
    stranger.call("POST", "/api/evergreen", 422, json={"integrationId": channel, "texts": ["Not mine"]})
    assert new_key(session, ["posts:read"]).post("/api/evergreen", json={}).status_code == 403

    # What was planned is removed by a person: its turn is skipped.
    client.call("DELETE", f"/api/posts/{outing['postId']}", 204)
    assert client.call("PATCH", f"/api/evergreen/{other['id']}", json={"active": False})["active"] is False
    left = client.call("GET", outings)["items"]
    assert len(left) == 1 and left[0].get("postId") is None
    client.call("DELETE", f"/api/evergreen/{other['id']}", 204)
    client.call("GET", f"/api/evergreen/{other['id']}", 404)
