"""The order of the queue: over REST, by keyboard, by dragging and without scripts on the page of today."""
import datetime

from playwright.sync_api import expect

from browser import DESKTOP, PHONE, chromium, sign_in_as, violations, watch
from client import new_account
from programs import ARTIFACTS

UTC = datetime.timezone.utc


def plan(client, channel: str, names: list[str]) -> dict[str, str]:
    now = datetime.datetime.now(UTC).replace(microsecond=0)
    # Its only slot is just over: no free place lies between the posts, whatever the time of day.
    client.call("PUT", f"/api/integrations/{channel}/slots", json={"slots": [{"weekdays": [], "minute": (now.hour * 60 + now.minute - 1) % 1440, "timeZone": "UTC"}]})
    start = now + datetime.timedelta(hours=2)
    return {name: client.create(
        content=f"Post {name}", platforms=[channel], scheduledFor=(start + datetime.timedelta(hours=at)).isoformat())["id"]
        for at, name in enumerate(names)}


def order(client, channel: str) -> str:
    days = client.call("GET", f"/api/queue?days=3&channel={channel}")["items"]
    return "".join(item["text"].removeprefix("Post ") for day in days for item in day["items"])


def test_over_rest(postiz, client, channels):
    channel = channels["mastodon"]["id"]
    posts = plan(client, channel, ["A", "B", "C", "D"])
    moved = client.call("POST", "/api/queue/move", json={"post": posts["D"], "channel": channel, "to": "FIRST"})
    assert order(client, channel) == "DABC" and [item["postId"] for item in moved["items"]] == [posts[name] for name in "DABC"]
    client.call("POST", f"/api/queue/arrangements/{moved['id']}/undo")
    assert order(client, channel) == "ABCD"
    client.call("POST", f"/api/queue/arrangements/{moved['id']}/undo", expect=409)
    client.call("POST", "/api/queue/order", json={"posts": [{"id": posts[name]} for name in "CA"]})
    assert order(client, channel) == "CBAD"
    client.call("POST", "/api/queue/shuffle", json={"channel": "mastodon"})
    assert order(client, channel) != "CBAD"
    client.call("POST", "/api/queue/shuffle", json={"channel": "mastodon", "posts": list(posts.values())}, expect=422)
    client.call("POST", "/api/queue/order", json={"posts": [{"id": posts["A"], "revision": 1}, {"id": posts["B"]}]}, expect=409)
    _, other = new_account(postiz.base)
    with other:
        other.call("POST", "/api/queue/order", json={"posts": [{"id": posts["A"]}, {"id": posts["B"]}]}, expect=404)
        other.call("POST", f"/api/queue/arrangements/{moved['id']}/undo", expect=404)


def test_on_the_page(postiz, person, channels):
    session, client = person
    channel = channels["mastodon"]["id"]
    posts = plan(client, channel, ["A", "B", "C", "D"])
    ARTIFACTS.mkdir(exist_ok=True)

    def signed_in(browser, **options):
        context = browser.new_context(**options)
        sign_in_as(context, session, postiz.base)
        page = context.new_page()
        page.errors = watch(page, postiz.base)
        page.goto(postiz.base + "/today")
        return page

    def shown(page) -> str:
        return "".join(text.removeprefix("Post ") for text in page.locator(".slot:not([data-kind=free]) .text").all_inner_texts())

    def slot(page, name: str):
        return page.locator(f"#slot-{channel}-{posts[name]}")

    with chromium() as browser:
        page = signed_in(browser, viewport=DESKTOP)
        other = signed_in(browser, viewport=DESKTOP)
        # By keyboard: the focus stays with the post.
        slot(page, "B").focus()
        page.keyboard.press("Shift+ArrowLeft")
        expect(page.locator("#toasts")).to_contain_text("Moved to")
        assert shown(page) == "BACD" and order(client, channel) == "BACD"
        assert page.evaluate("document.activeElement.id") == f"slot-{channel}-{posts['B']}"
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.id") == f"slot-{channel}-{posts['A']}"
        # The other window sees it without being asked.
        expect(other.locator(".slot:not([data-kind=free]) .text").first).to_have_text("Post B")
        # By dragging, and back as one.
        slot(page, "D").drag_to(slot(page, "B"))
        expect(page.locator("#toasts")).to_contain_text("4 posts have other times")
        assert shown(page) == "DBAC" and order(client, channel) == "DBAC"
        page.locator("#toasts").get_by_role("button", name="Undo").click()
        expect(page.locator(".slot:not([data-kind=free]) .text").first).to_have_text("Post B")
        assert order(client, channel) == "BACD"
        page.locator("li", has=slot(page, "A")).last.hover()
        page.get_by_role("button", name="To the end: Post A").click()
        expect(page.locator("#toasts")).to_contain_text("Moved to")
        assert order(client, channel) == "BCDA"
        page.get_by_role("button", name="Shuffle").click()
        expect(page.locator("#toasts")).to_contain_text("other times")
        assert sorted(order(client, channel)) == list("ABCD") and order(client, channel) != "BCDA"
        for scheme in ("light", "dark"):
            for name, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
                page.emulate_media(color_scheme=scheme)
                page.set_viewport_size(viewport)
                page.screenshot(path=ARTIFACTS / f"queue-{name}-{scheme}.png")
                assert not violations(page)
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.errors == [] and other.errors == []
        # Without scripts.
        before = order(client, channel)
        plain = signed_in(browser, viewport=DESKTOP, java_script_enabled=False)
        plain.locator(f"#last-{channel}-{posts[before[0]]}").click()
        assert order(client, channel) == before[1:] + before[0]
        assert "Moved to" in plain.locator("#toasts").inner_text()


def test_a_channel_is_paused_and_resumed_from_its_queue(page, postiz, client, channels):
    channel = channels["mastodon"]["id"]
    page.goto(postiz.base + "/today")
    button = page.locator(f"#flow-{channel}")
    for name, status in (("Pause", "PAUSED"), ("Resume", "ACTIVE")):
        expect(button).to_contain_text(name)
        button.click()
        expect(button).not_to_contain_text(name)
        expect(page).to_have_url(postiz.base + "/today")
        assert client.call("GET", f"/api/integrations/{channel}")["status"] == status
    # It leads to no page elsewhere.
    token = page.locator("meta[name=csrf]").get_attribute("content")
    answer = page.context.request.post(
        f"{postiz.base}/channels/{channel}/pause", form={"_csrf": token, "back": "//example.com"}, max_redirects=0)
    assert answer.headers["location"] == "/channels"
