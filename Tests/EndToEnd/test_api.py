"""The product over REST, from the first account to the published thread."""
import concurrent.futures
import datetime

import httpx
import pytest

from client import PASSWORD, Browserish, Client, assert_error, in_seconds, moment, new_account, new_key
from pictures import png
from programs import until

THREAD = ["The first part, with a picture", "The second part", "The third part and the end"]


def test_health_needs_no_key_and_names_each_part(postiz):
    answer = httpx.get(postiz.base + "/api/health")
    assert answer.status_code == 200
    report = answer.json()
    assert report["status"] == "ok" and report["database"]["ok"] and report["queue"]["ok"] and report["storage"]["ok"]
    assert report["version"]


def test_a_scheduled_thread_appears_once_on_every_platform_at_its_time(client, channels, picture, simulator, account_name):
    due = in_seconds(3)
    parts = [{"text": f"{text} by {account_name}"} for text in THREAD]
    parts[0]["mediaIds"] = [picture["id"]]
    post = client.create(parts=parts, platforms=[channel["id"] for channel in channels.values()], scheduledFor=due)
    assert post["status"] == "SCHEDULED" and moment(post["scheduledFor"]) == moment(due)
    assert post["content"] == parts[0]["text"] and len(post["parts"]) == 3
    assert simulator.publications(account=account_name) == []

    done = client.wait_settled(post["id"], 40)
    assert done["status"] == "PUBLISHED", done["publications"]
    assert set(done["platformPostIds"]) == {channel["id"] for channel in channels.values()}
    for platform in ("x", "mastodon"):
        found = simulator.publications(platform, account_name)
        assert [item["text"] for item in found] == [part["text"] for part in parts], found
        assert [item["mediaCount"] for item in found] == [1, 0, 0]
        assert found[0]["media"][0]["altText"] == picture["altText"]
        assert [item.get("parentId") for item in found] == [None, found[0]["id"], found[1]["id"]]
        late = (moment(found[0]["createdAt"]) - moment(due)).total_seconds()
        assert -0.5 < late < 5
    for publication in done["publications"]:
        assert publication["url"].startswith(simulator.base)
        page = httpx.get(publication["url"], follow_redirects=True)
        assert page.status_code == 200 and THREAD[0] in page.text


def test_the_same_moment_in_another_zone(client, channels):
    wall = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)).strftime("%Y-%m-%dT12:00:00")
    post = client.create(content="Noon in Tokyo", platforms=[channels["x"]["id"]], scheduledFor=wall, timeZone="Asia/Tokyo")
    assert moment(post["scheduledFor"]).hour == 3 and post["timeZone"] == "Asia/Tokyo"


def test_replacing_a_post_asks_for_the_newest_revision(client, channels):
    draft = {"content": "First words", "platforms": [channels["x"]["id"]], "scheduledFor": in_seconds(3600)}
    post = client.create(**draft)
    changed = client.call("PUT", f"/api/posts/{post['id']}", json=draft | {"content": "Second words", "revision": post["revision"]})
    assert changed["content"] == "Second words" and changed["revision"] > post["revision"]
    stale = client.put(f"/api/posts/{post['id']}", json=draft | {"content": "Stale words", "revision": post["revision"]})
    assert_error(stale, 409, "CONFLICT")
    assert client.post_by_id(post["id"])["content"] == "Second words"


def test_rescheduling_publishing_now_and_deleting(client, channels, simulator, account_name):
    first = client.create(content=f"Moved forward {account_name}", platforms=[channels["mastodon"]["id"]], scheduledFor=in_seconds(3600))
    later = in_seconds(7200)
    moved = client.call("PUT", f"/api/posts/{first['id']}/schedule", json={"scheduledFor": later})
    assert moment(moved["scheduledFor"]) == moment(later) and moved["revision"] > first["revision"]
    client.call("POST", f"/api/posts/{first['id']}/publish", 200)
    assert client.wait_settled(first["id"])["status"] == "PUBLISHED"

    second = client.create(content=f"Never seen {account_name}", platforms=[channels["mastodon"]["id"]], scheduledFor=in_seconds(1.5))
    client.call("DELETE", f"/api/posts/{second['id']}", 204)
    assert_error(client.get(f"/api/posts/{second['id']}"), 404, "NOT_FOUND")
    third = client.create(content=f"After it {account_name}", platforms=[channels["mastodon"]["id"]], scheduledFor=in_seconds(2.5))
    client.wait_settled(third["id"])
    texts = [item["text"] for item in simulator.publications("mastodon", account_name)]
    assert texts == [f"Moved forward {account_name}", f"After it {account_name}"]


def test_drafts_validate_cancel_and_duplicate(client, channels):
    channel = channels["x"]["id"]
    draft = client.create(content="Half a thou", platforms=[channel], status="DRAFT")
    assert draft["status"] == "DRAFT"
    problems = client.call("POST", "/api/posts/validate", json={"content": "x" * 400, "platforms": [channel]})["items"]
    assert problems and any("280" in problem["message"] for problem in problems)
    post = client.create(content="To be cancelled", platforms=[channel], scheduledFor=in_seconds(3600))
    assert client.call("POST", f"/api/posts/{post['id']}/cancel", json={})["status"] == "CANCELLED"
    copy = client.call("POST", f"/api/posts/{post['id']}/duplicate", json={})
    assert copy["id"] != post["id"] and copy["content"] == post["content"] and copy["status"] == "DRAFT"


def test_lists_filter_and_page(client, channels):
    channel = channels["mastodon"]["id"]
    made = [client.create(content=f"Row {number:02}", platforms=[channel], scheduledFor=in_seconds(3600 + number), tags=["rows"])["id"]
            for number in range(7)]
    seen, cursor = [], None
    while True:
        page = client.call("GET", "/api/posts", params={"limit": 3, "tag": "rows"} | ({"cursor": cursor} if cursor else {}))
        seen += [item["id"] for item in page["items"]]
        assert len(page["items"]) <= 3
        cursor = page.get("nextCursor")
        if cursor is None:
            break
    assert sorted(seen) == sorted(made)
    assert [item["content"] for item in client.call("GET", "/api/posts", params={"text": "Row 03"})["items"]] == ["Row 03"]
    assert client.call("GET", "/api/posts", params={"status": "PUBLISHED"})["items"] == []


def test_a_call_repeated_with_its_key_happens_once(client, channels):
    draft = {"content": "Only once", "platforms": [channels["x"]["id"]], "scheduledFor": in_seconds(3600)}
    answers = [client.post("/api/posts", json=draft, headers={"Idempotency-Key": "once-1"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.json()["id"] for answer in answers}) == 1
    other = client.post("/api/posts", json=draft | {"content": "Something else"}, headers={"Idempotency-Key": "once-1"})
    assert_error(other, 409, "IDEMPOTENCY_MISMATCH")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        racing = list(pool.map(lambda _: client.post("/api/posts", json=draft, headers={"Idempotency-Key": "once-2"}), range(8)))
    assert {answer.status_code for answer in racing} <= {201, 409}
    assert len({answer.json()["id"] for answer in racing if answer.status_code == 201}) == 1


def test_media_comes_back_as_it_was_sent(client):
    data = png(200, 120, 7)
    media = client.upload(data, "waves.png")
    assert (media["mimeType"], media["width"], media["height"], media["size"]) == ("image/png", 200, 120, len(data))
    whole = client.get(media["url"])
    assert whole.content == data and whole.headers["content-type"] == "image/png"
    assert whole.headers["x-content-type-options"] == "nosniff"
    part = client.get(media["url"], headers={"Range": "bytes=10-19"})
    assert part.status_code == 206 and part.content == data[10:20] and part.headers["content-range"] == f"bytes 10-19/{len(data)}"
    client.call("DELETE", f"/api/media/{media['id']}", 204)
    assert client.get(f"/api/media/{media['id']}").status_code == 404
    assert [item["id"] for item in client.call("GET", "/api/media?trashed=true")["items"]] == [media["id"]]
    assert client.call("POST", f"/api/media/{media['id']}/restore").get("deletedAt") is None
    client.call("DELETE", f"/api/media/{media['id']}?forGood=true", 204)
    assert client.get(media["url"]).status_code == 404


def test_sessions_sign_in_out_and_are_listed(postiz):
    session, _ = new_account(postiz.base)
    other = Browserish(postiz.base)
    other.sign_in("/api/auth/login", email=session.email, password=PASSWORD)
    assert other.get("/api/auth/me").json()["user"]["email"] == session.email
    cookie = next(cookie for cookie in other.cookies.jar if cookie.name == "postiz_session")
    assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "Lax"
    forged = httpx.post(postiz.base + "/api/keys", json={"name": "Forged", "scopes": ["admin"]}, cookies=dict(other.cookies))
    assert_error(forged, 403, "CSRF_FAILED")
    assert other.post("/api/auth/logout").is_success
    assert_error(other.get("/api/auth/me"), 401, "UNAUTHENTICATED")


def test_no_row_of_one_workspace_is_visible_to_another(postiz, person, channels):
    mine = person[1]
    post = mine.create(content="Private", platforms=[channels["x"]["id"]], scheduledFor=in_seconds(3600))
    media = mine.upload(png(8, 8))
    _, stranger = new_account(postiz.base)
    for method, path, body in [
        ("GET", f"/api/posts/{post['id']}", None), ("DELETE", f"/api/posts/{post['id']}", None),
        ("PUT", f"/api/posts/{post['id']}", {"content": "Mine now"}), ("POST", f"/api/posts/{post['id']}/publish", {}),
        ("GET", f"/api/media/{media['id']}/file", None), ("DELETE", f"/api/media/{media['id']}", None),
        ("DELETE", f"/api/integrations/{channels['x']['id']}", None), ("POST", f"/api/integrations/{channels['x']['id']}/pause", {}),
        ("GET", f"/api/analytics/{post['id']}", None),
    ]:
        assert_error(stranger.request(method, path, json=body), 404, "NOT_FOUND")
    assert stranger.call("GET", "/api/posts")["items"] == []
    assert mine.post_by_id(post["id"])["status"] == "SCHEDULED"


def test_scopes_bound_what_a_key_may_do(person):
    session, _ = person
    reader = new_key(session, ["posts:read"])
    assert reader.get("/api/posts").status_code == 200
    assert_error(reader.post("/api/posts", json={"content": "No"}), 403, "FORBIDDEN_SCOPE", "posts:write")
    assert_error(Client(str(session.base_url), "ptz_" + "0" * 43).get("/api/posts"), 401, "UNAUTHENTICATED")


def test_live_events_tell_of_a_publication(client, channels):
    wanted = {"post_created", "post_published"}
    post = None
    with client.stream("GET", "/api/events", timeout=30) as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        for line in events.iter_lines():
            if post is None:
                post = Client(str(client.base_url), client.key).create(
                    content="Live", platforms=[channels["mastodon"]["id"]], schedule="now")
            if line.startswith("event: "):
                wanted.discard(line.removeprefix("event: "))
                if not wanted:
                    break
    assert not wanted


def test_a_failing_channel_does_not_hold_up_the_others(client, channels, simulator, account_name):
    simulator.fault("status", platform="x", path="x.createPost", account=account_name, status=503, times=1)
    post = client.create(content=f"Two ways {account_name}", platforms=[channels["x"]["id"], channels["mastodon"]["id"]], schedule="now")

    def other_is_out():
        by_platform = {item["platform"]: item for item in client.post_by_id(post["id"])["publications"]}
        return by_platform["mastodon"]["status"] == "PUBLISHED"

    until(other_is_out, 10, "Mastodon is published")
    assert client.wait_settled(post["id"], 60)["status"] == "PUBLISHED"
    assert len(simulator.publications("x", account_name)) == 1


def test_a_revoked_token_holds_the_channel_until_it_is_connected_again(client, channels, simulator, account_name):
    simulator.control("POST", "/revoke", {"platform": "x", "account": account_name})
    post = client.create(content=f"After the new token {account_name}", platforms=[channels["x"]["id"]], schedule="now")
    until(lambda: client.post_by_id(post["id"])["publications"][0]["status"] == "ON_HOLD", 20, "the publication waits")
    channel = next(item for item in client.call("GET", "/api/integrations")["items"] if item["id"] == channels["x"]["id"])
    assert channel["status"] == "NEEDS_RECONNECT" and channel["reconnectReason"]
    again = client.connect("x", account_name)
    assert again["id"] == channels["x"]["id"]
    assert client.wait_settled(post["id"], 30)["status"] == "PUBLISHED"


@pytest.mark.parametrize("platform", ["x", "mastodon"])
def test_an_answer_lost_after_acting_never_doubles(client, channels, simulator, account_name, platform):
    operation = {"x": "x.createPost", "mastodon": "mastodon.createStatus"}[platform]
    simulator.fault("dropAfter", platform=platform, path=operation, account=account_name, times=1)
    post = client.create(content=f"Once {account_name}", platforms=[channels[platform]["id"]], schedule="now")
    assert client.wait_settled(post["id"], 60)["status"] == "PUBLISHED"
    assert len(simulator.publications(platform, account_name)) == 1
