"""An assistant that signs in, with a real browser: the page on which a person decides, and how the answer gets back."""
from __future__ import annotations

import base64
import contextlib
import hashlib
import http.server
import threading
import urllib.parse

import httpx
import pytest

from browser import DESKTOP, PHONE, register, violations, watch

VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


class Assistant:
    """A program on this computer: it registers, sends the browser, and waits on a port for the answer."""

    def __init__(self, base: str, public: str, target: str | None = None):
        self.base, self.public, self.answers = base, public, []
        self.arrived = threading.Event()
        assistant = self

        class Callback(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path.startswith("/callback"):
                    assistant.answers.append(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query)))
                    assistant.arrived.set()
                self.send_response(200)
                self.send_header("Content-Type", "text/html")
                self.end_headers()
                self.wfile.write(b"<title>Back</title><p id=opener></p><script>opener_ = window.opener; "
                                 b"document.querySelector('#opener').textContent = opener_ ? 'kept' : 'lost'</script>")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Callback)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.own = f"http://localhost:{self.server.server_port}"
        self.redirect = target or f"{self.own}/callback"
        # Registered without its port, which is another one each time.
        registered = target or "http://localhost/callback"
        answer = httpx.post(base + "/oauth/register", json={"client_name": "Example Assistant", "redirect_uris": [registered]})
        assert answer.status_code == 201, answer.text
        self.id = answer.json()["client_id"]

    def path(self, **changes) -> str:
        fields = {"response_type": "code", "client_id": self.id, "redirect_uri": self.redirect, "code_challenge": CHALLENGE,
                  "code_challenge_method": "S256", "state": "a state", "resource": self.public + "/mcp"} | changes
        return "/oauth/authorize?" + urllib.parse.urlencode(fields)

    def answer(self) -> dict:
        assert self.arrived.wait(10), "no answer came"
        return self.answers[-1]

    def tokens(self, code: str) -> httpx.Response:
        return httpx.post(self.base + "/oauth/token", data={
            "grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER, "client_id": self.id, "redirect_uri": self.redirect})

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextlib.contextmanager
def assistant(base: str, public: str | None = None, **options):
    running = Assistant(base, public or base, **options)
    yield running
    running.stop()


@pytest.fixture
def page(browser):
    context = browser.new_context(viewport=DESKTOP)
    yield context.new_page()
    context.close()


@pytest.fixture
def secure(start_postiz):
    """A product whose pages have the policy of an instance that is served over TLS."""
    return start_postiz(MAIN_URL="https://postiz.example.com")


def test_an_answer_reaches_a_program_on_this_computer(page, secure):
    """The policy of pages of an https instance lets forms lead to https alone: the consent page must make an exception."""
    public = "https://postiz.example.com"
    register(page, secure.base, "ada@example.com")
    errors = watch(page, secure.base)
    with assistant(secure.base, public) as program:
        page.goto(secure.base + program.path())
        page.get_by_role("button", name="Allow", exact=True).click()
        answer = program.answer()
        assert answer["state"] == "a state" and answer["iss"] == public + "/oauth"
        tokens = program.tokens(answer["code"])
        assert tokens.status_code == 200 and tokens.json()["expires_in"] == 3600
        program.arrived.clear()
        page.goto(secure.base + program.path())
        page.get_by_role("button", name="Don’t allow").click()
        assert program.answer()["error"] == "access_denied"
    assert not errors, errors


def test_a_person_signs_in_and_decides_in_a_window_of_the_assistant(page, postiz):
    register(page, postiz.base, "grace@example.com", name="Grace Example")
    page.context.clear_cookies()
    with assistant(postiz.base) as program:
        # Opened as hosted assistants do, from a page of another site.
        page.goto(program.own + "/")
        with page.expect_popup() as opened:
            page.evaluate("address => { window.open(address, 'sign-in', 'width=500,height=700') }", postiz.base + program.path())
        window = opened.value
        window.fill("#email", "grace@example.com")
        window.fill("#password", "correct horse battery")
        window.click("main form button")
        window.get_by_label("Read only").check()
        window.get_by_role("button", name="Allow", exact=True).click()
        scope = program.tokens(program.answer()["code"]).json()["scope"]
        assert scope == "analytics:read posts:read"
        window.wait_for_selector("#opener")
        assert window.text_content("#opener") == "kept"


def test_the_page_works_without_scripts(browser, postiz):
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(postiz.base + "/register")
    for field, value in (("email", "joan@example.com"), ("password", "correct horse battery")):
        page.fill(f"#{field}", value)
    page.fill("#timeZone", "Europe/Paris")
    page.click("main form button")
    with assistant(postiz.base) as program:
        page.goto(postiz.base + program.path())
        page.get_by_role("button", name="Allow", exact=True).click()
        assert program.tokens(program.answer()["code"]).status_code == 200
    context.close()


def test_a_program_that_the_computer_opens_gets_a_link(page, postiz):
    register(page, postiz.base, "edsger@example.com")
    with assistant(postiz.base, target="cursor://example.assistant/oauth/callback") as program:
        page.goto(postiz.base + program.path())
        page.get_by_role("button", name="Allow", exact=True).click()
        link = page.get_by_role("link", name="Open Example Assistant").get_attribute("href")
        assert link.startswith("cursor://example.assistant/oauth/callback?code=")
        code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query))["code"]
        assert program.tokens(code).status_code == 200


def test_the_page_is_readable_everywhere(browser, page, postiz, artifacts):
    register(page, postiz.base, "barbara@example.com")
    storage = page.context.storage_state()
    wrong = []
    with assistant(postiz.base) as local, assistant(postiz.base, target="cursor://example.assistant/callback") as opened:
        for scheme in ("light", "dark"):
            for size, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
                context = browser.new_context(viewport=viewport, color_scheme=scheme, storage_state=storage, reduced_motion="reduce")
                view = context.new_page()
                view.goto(postiz.base + local.path())
                view.screenshot(path=artifacts / f"consent-{size}-{scheme}.png", full_page=True)
                wrong += violations(view)
                view.goto(postiz.base + opened.path())
                view.get_by_role("button", name="Allow", exact=True).click()
                view.wait_for_load_state("load")
                view.screenshot(path=artifacts / f"consent-done-{size}-{scheme}.png", full_page=True)
                wrong += violations(view)
                if view.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") > 0:
                    wrong.append(f"{size} {scheme}: too wide")
                context.close()
    assert not wrong, wrong
