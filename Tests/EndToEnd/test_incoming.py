"""Secret addresses at which other programs leave drafts. Slack's own client library sends to one."""
import httpx
from slack_sdk.webhook import WebhookClient

from browser import DESKTOP, chromium, sign_in_as, violations, watch
from client import new_account
from programs import ARTIFACTS


def made(client, **fields):
    return client.call("POST", "/api/incoming-webhooks", expect=201, json={"name": "Shop", **fields})


def drafts(client):
    return client.call("GET", "/api/posts", params={"status": "DRAFT"})["items"]


def test_messages_become_drafts(postiz, client, channels):
    channel = channels["mastodon"]["id"]
    address = made(client, integrationIds=[channel])
    with httpx.Client() as stranger:
        answer = stranger.post(address["url"], json={"content": "Hello", "tags": ["shop"], "anything": {"else": 1}})
        assert answer.status_code == 201 and answer.json()["url"].startswith(postiz.base)
        [draft] = drafts(client)
        assert draft["parts"][0]["text"] == "Hello" and draft["platforms"] == [channel] and draft["tags"] == ["shop"]
        assert stranger.post(address["url"], json={"text": "x", "channels": ["linkedin"]}).status_code == 201
        assert stranger.post(address["url"], json={"text": "x", "channels": ["nobody"]}).status_code == 422
        assert stranger.post(address["url"], json={"text": "x", "media": ["http://169.254.169.254/latest/meta-data"]}).status_code in (400, 403, 422)
        assert stranger.post(address["url"], json={}).status_code == 422
        assert stranger.post(address["url"], json={"text": "x" * 300_000}).status_code == 413
        assert stranger.post(address["url"][:-3] + "abc", json={"text": "x"}).status_code == 404
        assert stranger.get(address["url"]).status_code in (404, 405)
    assert len(drafts(client)) == 2
    [listed] = client.call("GET", "/api/incoming-webhooks")["items"]
    assert listed["received"] == 2 and listed["lastUsedAt"] and "url" not in listed
    client.call("DELETE", f"/api/incoming-webhooks/{listed['id']}", expect=204)
    assert httpx.post(address["url"], json={"text": "x"}).status_code == 404


def test_what_programs_say_to_slack(client):
    answer = WebhookClient(made(client)["url"]).send(text="New: <https://example.com/tea|Tea> &amp; more")
    assert answer.status_code == 201
    assert drafts(client)[0]["parts"][0]["text"] == "New: Tea https://example.com/tea & more"


def test_a_repeated_message_makes_one_draft_and_many_are_held_back(client):
    address = made(client)["url"]
    for _ in range(2):
        assert httpx.post(address, json={"text": "once"}, headers={"Idempotency-Key": "a"}).status_code == 201
    assert len(drafts(client)) == 1
    answers = [httpx.post(address, json={"text": f"n {number}"}) for number in range(35)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused and refused[0].headers["Retry-After"]


def test_only_managers_have_them(postiz, client):
    address = made(client)
    _, other = new_account(postiz.base)
    with other:
        assert other.call("GET", "/api/incoming-webhooks")["items"] == []
        other.call("DELETE", f"/api/incoming-webhooks/{address['webhook']['id']}", expect=404)


def test_in_the_browser(postiz, person, channels):
    session, api = person
    ARTIFACTS.mkdir(exist_ok=True)
    with chromium() as browser:
        context = browser.new_context(viewport=DESKTOP)
        sign_in_as(context, session, postiz.base)
        page = context.new_page()
        errors = watch(page, postiz.base)
        page.goto(postiz.base + "/settings/webhooks")
        page.get_by_role("link", name="Incoming addresses").click()
        page.locator("#name").fill("Shop <b>")
        page.get_by_label("Mastodon").check()
        page.get_by_role("button", name="Make an address").click()
        address = page.locator("#new-address").inner_text()
        assert violations(page) == []
        page.screenshot(path=ARTIFACTS / "incoming-desktop.png", full_page=True)
        assert httpx.post(address, json={"text": "From afar"}).status_code == 201
        page.goto(postiz.base + "/settings/webhooks/incoming")
        page.get_by_text("1 draft").wait_for()
        page.on("dialog", lambda dialog: dialog.accept())
        page.get_by_role("button", name="Revoke").click()
        page.get_by_text("no longer works").wait_for()
        assert httpx.post(address, json={"text": "x"}).status_code == 404
        assert errors == []
