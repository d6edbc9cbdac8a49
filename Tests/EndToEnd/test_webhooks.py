"""Webhooks, judged by the library that receivers use: every delivery passes its check, and what is not taken comes again."""
import http.server
import json
import threading

import httpx
import pytest
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from browser import DESKTOP, PHONE, chromium, sign_in_as, violations
from client import new_account
from programs import ARTIFACTS, until


class Receiver:
    """Notes what it is sent; answers with `status`."""

    def __init__(self):
        self.taken, self.status = [], 204
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.taken.append(({name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def types(self):
        return [json.loads(body)["type"] for _, body in self.taken]


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def program(start_postiz):
    return start_postiz(ALLOWED_PRIVATE_HOSTS="127.0.0.1")


def test_the_public_library_accepts_every_delivery_and_no_changed_one(program, receiver, account_name):
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    made = client.call("POST", "/api/webhooks", 201, json={"name": "Board", "url": receiver.url})
    post = client.create(content="Told to a board", platforms=[channel], schedule="now")["id"]
    until(lambda: "post_published" in receiver.types(), 30, lambda: receiver.types())

    judge = Webhook(made["secret"])
    for headers, body in receiver.taken:
        assert judge.verify(body, headers)["data"]["message"]
    headers, body = receiver.taken[-1]
    with pytest.raises(WebhookVerificationError):
        judge.verify(body.replace(b'"message"', b'"massage"'), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + "A" * 44).verify(body, headers)

    published = next(json.loads(body) for _, body in receiver.taken if b'"post_published"' in body)
    assert published["data"]["postId"] == post
    standing, = published["data"]["publications"]
    assert standing["status"] == "PUBLISHED" and standing["url"].startswith("http")

    renewed = client.call("POST", f"/api/webhooks/{made['webhook']['id']}/secret")
    client.call("POST", f"/api/webhooks/{made['webhook']['id']}/test")
    headers, body = receiver.taken[-1]
    for secret in (made["secret"], renewed["secret"]):
        assert Webhook(secret).verify(body, headers)["type"] == "test"


def test_what_is_not_taken_comes_again_by_itself_and_survives_a_restart(program, start_postiz, receiver):
    _, client = new_account(program.base)
    made = client.call("POST", "/api/webhooks", 201, json={"name": "Board", "url": receiver.url, "events": ["post_created"]})
    receiver.status = 503
    client.create(content="Not yet", status="draft")
    until(lambda: len(receiver.taken) == 1, 20, lambda: receiver.types())
    program.stop()
    receiver.status = 204
    again = start_postiz(folder=program.folder, ALLOWED_PRIVATE_HOSTS="127.0.0.1")
    until(lambda: len(receiver.taken) == 2, 30, lambda: receiver.types())
    first, second = receiver.taken
    assert first[0]["webhook-id"] == second[0]["webhook-id"] and first[1] == second[1]
    with httpx.Client(base_url=again.base, headers=client.headers) as reader:
        path = f"/api/webhooks/{made['webhook']['id']}/deliveries"
        delivery = until(
            lambda: next((one for one in reader.get(path).json()["items"] if one["status"] == "DELIVERED"), None), 10,
            lambda: reader.get(path).text)
    assert delivery["attempts"] == 2 and delivery["answerStatus"] == 204


def test_a_person_makes_one_and_sees_what_it_was_sent(program, receiver):
    session, client = new_account(program.base)
    with chromium() as browser:
        context = browser.new_context(viewport=DESKTOP)
        sign_in_as(context, session, program.base)
        page = context.new_page()
        page.goto(program.base + "/settings/webhooks")
        assert not violations(page)
        page.screenshot(path=ARTIFACTS / "webhooks.png", full_page=True)
        page.fill("#name", "Newsroom")
        page.fill("#url", "https://10.0.0.1/hook")
        page.click("main button:has-text('Make webhook')")
        assert "private network" in page.locator("[role=alert]").inner_text()
        assert page.input_value("#name") == "Newsroom", "nothing that was typed is lost"
        page.fill("#url", receiver.url)
        page.click("main button:has-text('Make webhook')")
        secret = page.locator("#new-secret").inner_text()
        assert secret.startswith("whsec_")
        page.click("main button:has-text('Send test')")
        page.wait_for_selector("text=The test was taken")
        headers, body = receiver.taken[0]
        assert Webhook(secret).verify(body, headers)["type"] == "test"
        receiver.status = 500
        page.click("main button:has-text('Send test')")
        page.wait_for_selector("text=The test was not taken: 500")
        page.locator("main li summary").first.click()
        assert not violations(page)
        page.screenshot(path=ARTIFACTS / "webhook.png", full_page=True)
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=ARTIFACTS / "webhook-phone.png", full_page=True)
        page.set_viewport_size(DESKTOP)
        page.click("main button:has-text('Stop')")
        page.wait_for_selector("main button:has-text('Start again')")
    kept = client.call("GET", "/api/webhooks")["items"]
    assert [(one["name"], one["status"]) for one in kept] == [("Newsroom", "STOPPED")]
