"""Assistants that sign in with the official client, and the person at their side who decides."""
from __future__ import annotations

import base64
import contextlib
import hashlib
import html
import http.server
import json
import re
import threading
import urllib.parse

import httpx
import httpx2
from mcp import Client as Official
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

from client import Browserish

CALLBACK = "http://localhost:33418/callback"


class Browser:
    """What a person does on the page: looks, chooses, decides. Without scripts, and with nothing but the cookie."""

    def __init__(self, session: Browserish, extent: str | None = None, decision: str = "allow"):
        self.http = httpx.Client(cookies=dict(session.cookies), headers={"Accept": "text/html"}, timeout=30)
        self.extent, self.decision, self.asked = extent, decision, []

    def decide(self, address: str) -> dict[str, str]:
        """The parameters of the answer to the assistant."""
        self.asked.append(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query)))
        page = self.http.get(address)
        assert page.status_code == 200, page.text
        form = re.search(r'<form method="post" action="([^"]+)">(.*?)</form>', page.text, re.S)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form[2]))
        offered = re.findall(r'name="extent" value="([^"]+)"', form[2])
        fields = hidden | {"extent": self.extent or offered[0], "decision": self.decision}
        assert fields["extent"] in offered, offered
        target = urllib.parse.urljoin(address, html.unescape(form[1]))
        answer = self.http.post(target, data=fields, headers={"Origin": target.split("/oauth/")[0]})
        assert answer.status_code == 303, answer.text
        location = answer.headers["location"]
        assert location.startswith(CALLBACK + "?"), location
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))


class Memory:
    """What an assistant keeps between its conversations."""

    def __init__(self, client: OAuthClientInformationFull | None = None):
        self.tokens: OAuthToken | None = None
        self.client = client

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


class Assistant:
    """The official client, and a person at its side who decides when it asks."""

    def __init__(self, base: str, browser: Browser, memory: Memory | None = None):
        self.url, self.browser, self.memory, self.sent = base + "/mcp", browser, memory or Memory(), []
        answers: list[dict[str, str]] = []

        async def show(address: str) -> None:
            answers.append(browser.decide(address))

        async def answer() -> AuthorizationCodeResult:
            given = answers.pop()
            return AuthorizationCodeResult(code=given.get("code", ""), state=given.get("state"), iss=given.get("iss"))

        about = OAuthClientMetadata(
            client_name="Example Assistant", redirect_uris=[CALLBACK], grant_types=["authorization_code", "refresh_token"],
            response_types=["code"], token_endpoint_auth_method="none")
        self.provider = OAuthClientProvider(self.url, about, self.memory, redirect_handler=show, callback_handler=answer)

    @contextlib.asynccontextmanager
    async def talking(self, era: str):
        async def note(asked: httpx2.Request) -> None:
            form = dict(urllib.parse.parse_qsl(asked.content.decode())) if asked.url.path == "/oauth/token" else {}
            self.sent.append((asked.method, asked.url.path, form.get("grant_type")))

        async with httpx2.AsyncClient(auth=self.provider, event_hooks={"request": [note]}, timeout=30) as http:
            async with Official(streamable_http_client(self.url, http_client=http), mode=era, cache=None) as client:
                yield client

    def grants(self) -> list[str]:
        """How it got its tokens, in order."""
        return [grant for _, _, grant in self.sent if grant]

    @property
    def token(self) -> str:
        return self.memory.tokens.access_token


def allowed(base: str, browser: Browser, scope: str) -> str:
    """An access token for less than everything, got by plain HTTP."""
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    client = httpx.post(base + "/oauth/register", json={"redirect_uris": [CALLBACK]}).json()["client_id"]
    fields = {"response_type": "code", "client_id": client, "redirect_uri": CALLBACK, "code_challenge": challenge, "code_challenge_method": "S256",
              "scope": scope}
    code = browser.decide(base + "/oauth/authorize?" + urllib.parse.urlencode(fields))["code"]
    answer = httpx.post(base + "/oauth/token", data={
        "grant_type": "authorization_code", "code": code, "code_verifier": verifier, "client_id": client, "redirect_uri": CALLBACK})
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


class Description:
    """A document at an address on this machine, by which an assistant is known."""

    def __init__(self):
        description = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                about = {"client_id": description.url, "client_name": "Described Assistant", "redirect_uris": [CALLBACK]}
                body = json.dumps(about).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/assistant.json"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
