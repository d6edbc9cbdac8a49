"""Connecting an assistant in the browser, seeing what it does, and deciding about what it wrote."""
import base64
import itertools
import json
import re
import urllib.parse

import httpx
import pytest
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, connect, look, register, violations, watch
from programs import Postiz, until

pytestmark = pytest.mark.browser
_ids = itertools.count(1)


class Assistant:
    """The wire of an assistant in the era of handshakes, by hand."""

    def __init__(self, address: str, key: str):
        self.http = httpx.Client(timeout=30, headers={
            "Authorization": f"Bearer {key}", "Accept": "application/json, text/event-stream"})
        self.address = address
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "example-client", "version": "3.2"}}
        answer = self.post({"id": next(_ids), "method": "initialize", "params": hello})
        self.http.headers.update({"MCP-Protocol-Version": "2025-11-25", "Mcp-Session-Id": answer.headers["mcp-session-id"]})
        self.post({"method": "notifications/initialized"})

    def post(self, message: dict) -> httpx.Response:
        answer = self.http.post(self.address, json={"jsonrpc": "2.0"} | message)
        assert answer.is_success, answer.text
        return answer

    def call(self, tool: str, **arguments) -> dict:
        text = self.post({"id": next(_ids), "method": "tools/call", "params": {"name": tool, "arguments": arguments}}).text
        # One JSON document, or the last of an event stream.
        lines = [line[5:] for line in text.splitlines() if line.startswith("data:") and line[5:].strip()]
        result = json.loads(lines[-1] if lines else text)["result"]
        assert not result.get("isError"), result
        return result["structuredContent"]


@pytest.fixture(scope="module")
def fresh(simulator, tmp_path_factory):
    with Postiz("postiz-assistants", tmp_path_factory.mktemp("assistants"), simulator) as running:
        yield running


@pytest.fixture(scope="module")
def desk(browser, fresh):
    """The first account, signed in, with a channel on X: the page, and the errors it has shown."""
    context = browser.new_context(viewport=DESKTOP, locale="en-GB", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    errors = watch(page, fresh.base)
    register(page, fresh.base, "ada@example.com")
    connect(page, fresh.base, "x", "Ada Assisted")
    yield page, errors
    context.close()


@pytest.fixture(scope="module")
def assistant(desk, fresh):
    """Connected as a person does it: by a key made on the page, drafts only, and the copied snippet."""
    page, errors = desk
    page.goto(fresh.base + "/settings/mcp?client=cursor")
    assert page.locator("input[name=access][value=drafts]").is_checked()
    page.click("button[value=create]")
    key = page.locator("#new-key").inner_text()
    page.locator(".snippet copy-button button").click()
    server = json.loads(page.evaluate("navigator.clipboard.readText()"))["mcpServers"]["postiz"]
    assert server == {"url": fresh.base + "/mcp", "headers": {"Authorization": f"Bearer {key}"}}
    row = page.locator("#connections .connection")
    expect(row).to_contain_text("Never connected")
    page.evaluate("window.sameDocument = true")
    connected = Assistant(server["url"], key)
    expect(row.locator(".badge")).to_have_text("Connected", timeout=10_000)
    expect(row).to_contain_text("example-client 3.2")
    connected.call("get_workspace")
    expect(row.locator(".tag")).to_contain_text("get_workspace", timeout=15_000)
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    expect(page.locator("#new-key")).to_have_text(key)
    assert not errors, errors
    return connected


def write(assistant: Assistant, text: str, **more) -> str:
    """A post that the assistant wants published; gives its id."""
    return assistant.call("create_post", channels=["x"], text=text, **{"action": "publish_now"} | more)["post"]["id"]


def test_the_address_is_checked(desk, assistant, fresh):
    page, errors = desk
    page.goto(fresh.base + "/settings/mcp")
    page.click("button[value=check]")
    expect(page.locator("#check")).to_contain_text("It answers: postiz", timeout=20_000)
    expect(page.locator("#connections .connection")).to_have_count(1)
    assert not errors, errors


def test_a_post_in_review_is_approved_and_goes_out(desk, assistant, fresh, simulator):
    page, errors = desk
    post = write(assistant, "Approved by a person")
    page.goto(fresh.base + "/posts")
    expect(page.locator("#sidebar-live .attention")).to_contain_text("1 post waits for review")
    page.get_by_role("link", name="1 post waits for review").click()
    page.get_by_role("link", name="Approved by a person").click()
    expect(page.locator(".review")).to_contain_text("An assistant wrote this")
    assert not [item for item in simulator.publications("x") if item["text"] == "Approved by a person"]
    assert not violations(page)
    page.get_by_role("button", name="Approve and publish now").click()
    expect(page.locator("#toasts")).to_contain_text("Approved. It is on its way.")
    until(lambda: [item for item in simulator.publications("x") if item["text"] == "Approved by a person"], 30, f"post {post} is out")
    expect(page.locator(".head .badge")).to_have_text("Published", timeout=15_000)
    assert not errors, errors


def test_a_post_in_review_goes_back_to_the_drafts(desk, assistant, fresh):
    page, _ = desk
    post = write(assistant, "Not like this", action="schedule", scheduled_for="2031-05-06T09:00:00Z")
    page.goto(f"{fresh.base}/posts/{post}")
    expect(page.locator("#approve")).to_contain_text("Approve for 6 May 2031")
    page.click("#send-back")
    expect(page.locator(".head .badge")).to_have_text("Draft")


def test_several_are_approved_at_once(desk, assistant, fresh, simulator):
    page, errors = desk
    texts = ["First of two", "Second of two"]
    for text in texts:
        write(assistant, text)
    page.goto(fresh.base + "/posts?status=IN_REVIEW")
    for text in texts:
        page.get_by_label(f"Choose: {text}").check()
    page.get_by_role("button", name="Approve chosen").click()
    expect(page.locator("#toasts")).to_contain_text("2 posts approved.")
    until(lambda: set(texts) <= {item["text"] for item in simulator.publications("x")}, 30, "both are out")
    assert not errors, errors


def test_what_it_did_is_listed_and_undone(desk, assistant, fresh):
    page, errors = desk
    post = assistant.call("create_post", channels=["x"], text="A draft nobody asked for")["post"]["id"]
    page.goto(fresh.base + "/settings/log")
    entry = page.locator(".log-entry").first
    expect(entry).to_contain_text("create_post")
    expect(entry.locator(".arguments p")).to_be_hidden()
    entry.locator(".arguments summary").click()
    expect(entry.locator(".arguments p")).to_contain_text("A draft nobody asked for")
    entry.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("moved to the trash")
    expect(page.locator(".log-entry", has_text="A draft nobody asked for").get_by_role("button")).to_have_count(0)
    expect(page.locator(".log-entry").first).to_contain_text("mcp.undone Ada Example")
    page.goto(f"{fresh.base}/posts/{post}")
    expect(page.locator("h1")).to_have_text("This page does not exist")
    # The page that does not exist answers 404, and the browser says so.
    assert not [error for error in errors if "404" not in error], errors
    errors.clear()


def test_programs_that_can_add_the_server_by_themselves_are_given_a_link_without_a_key(desk, fresh):
    page, _ = desk
    page.goto(fresh.base + "/settings/mcp?client=cursor")
    link = urllib.parse.urlparse(page.get_by_role("link", name="Add to Cursor").get_attribute("href"))
    query = urllib.parse.parse_qs(link.query)
    assert (link.scheme, link.netloc, link.path, query["name"]) == ("cursor", "anysphere.cursor-deeplink", "/mcp/install", ["postiz"])
    assert json.loads(base64.b64decode(query["config"][0])) == {"url": fresh.base + "/mcp"}
    page.goto(fresh.base + "/settings/mcp?client=vsCode")
    scheme, _, config = page.get_by_role("link", name="Add to VS Code").get_attribute("href").partition("?")
    assert scheme == "vscode:mcp/install"
    assert json.loads(urllib.parse.unquote(config)) == {"name": "postiz", "type": "http", "url": fresh.base + "/mcp"}
    page.goto(fresh.base + "/settings/mcp?client=claudeCode")
    expect(page.get_by_role("link", name=re.compile("^Add to"))).to_have_count(0)


def test_a_form_from_before_the_last_sign_in_says_so(desk, fresh):
    page, errors = desk
    page.goto(fresh.base + "/settings/general")
    page.evaluate("document.querySelectorAll('[name=_csrf]').forEach(field => field.value = 'old')")
    page.locator('form[action="/settings/theme"] button').click()
    expect(page.locator("h1")).to_have_text("This page was out of date")
    page.get_by_role("link", name="Back to the page").click()
    page.wait_for_url("**/settings/general")
    assert not [error for error in errors if "403" not in error], errors
    errors.clear()


def test_the_pages_look_right_and_are_accessible(desk, assistant, fresh):
    page, errors = desk
    post = write(assistant, "Waits in the pictures", action="schedule", scheduled_for="2031-05-06T09:00:00Z")
    for name, path in (("snippet", "/settings/mcp?client=claudeAI"), ("log", "/settings/log"), ("review", f"/posts/{post}")):
        page.goto(fresh.base + path)
        look(page, f"assistants-{name}")
    assert not errors, errors


def test_it_works_without_scripts(desk, assistant, browser, fresh):
    page, _ = desk
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(fresh.base + "/settings/mcp")
    plain.get_by_role("link", name="Claude Code").click()
    plain.check("input[name=access][value=read]")
    plain.click("button[value=create]")
    key = plain.locator("#new-key").inner_text()
    expect(plain.locator(".snippet").first).to_contain_text(f"Bearer {key}")
    context.close()
