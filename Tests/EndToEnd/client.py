"""The product's API as the tests use it."""
from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Sequence

import httpx

from programs import Simulator, until

PASSWORD = "correct horse battery"
SCOPES = ["posts:read", "posts:write", "analytics:read", "channels:write", "media:write", "admin"]
SETTLED = {"PUBLISHED", "FAILED", "CANCELLED"}
_numbers = itertools.count(1)


def iso(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def in_seconds(seconds: float) -> str:
    return iso(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds))


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Browserish(httpx.Client):
    """A signed-in session: a cookie, and the page's token on every changing call."""

    def __init__(self, base: str):
        super().__init__(base_url=base, timeout=60)

    def sign_in(self, path: str, **body) -> dict:
        answer = self.post(path, json=body)
        assert answer.is_success, answer.text
        self.headers["X-CSRF-Token"] = answer.headers["x-csrf-token"]
        return answer.json()


class Client(httpx.Client):
    """A program with an API key."""

    def __init__(self, base: str, key: str):
        super().__init__(base_url=base, timeout=60, headers={"Authorization": f"Bearer {key}"})
        self.key = key

    def call(self, method: str, path: str, expect: int | tuple[int, ...] = (200, 201, 202, 204), **arguments):
        answer = self.request(method, path, **arguments)
        allowed = expect if isinstance(expect, tuple) else (expect,)
        assert answer.status_code in allowed, f"{method} {path}: {answer.status_code} {answer.text[:2000]}"
        return answer.json() if answer.content else None

    def connect(self, platform: str, account: str, choose: str | None = None) -> dict:
        """Connects a channel through the simulator's consent page, which allows at once. `choose`: the page to take, by name."""
        address = self.call("GET", f"/api/auth/{platform}", headers={"Accept": "application/json"})["url"]
        consent = httpx.get(address + ("&" if "?" in address else "?") + f"auto=allow&account={account}", timeout=30)
        assert consent.status_code == 302, f"{address}: {consent.status_code} {consent.text[:500]}"
        result = httpx.get(consent.headers["location"], headers={"Accept": "application/json"}, timeout=60)
        assert result.is_success, f"callback: {result.status_code} {result.text[:1000]}"
        body = result.json()
        if body.get("channel"):
            return body["channel"]
        choices = f"/api/integrations/choices/{body['choiceKey']}"
        wanted = [item["id"] for item in self.call("GET", choices)["items"] if choose in (None, item["displayName"])]
        return self.call("POST", choices, 201, json={"accountIds": wanted[:1]})["items"][0]

    def fill_in(self, platform: str, **fields: str) -> dict:
        """Connects a channel through the platform's form."""
        return self.call("POST", f"/api/auth/{platform}/form", json={"fields": fields})["channel"]

    def upload(self, data: bytes, name: str = "picture.png", kind: str = "image/png", alt: str | None = None) -> dict:
        media = self.call("POST", "/api/media", files={"file": (name, data, kind)})
        if alt:
            media = self.call("PATCH", f"/api/media/{media['id']}", json={"altText": alt})
        return media

    def create(self, **draft) -> dict:
        return self.call("POST", "/api/posts", 201, json=draft)

    def post_by_id(self, post: str) -> dict:
        return self.call("GET", f"/api/posts/{post}")

    def wait_settled(self, post: str, seconds: float = 30) -> dict:
        """The post, once nothing more happens to it by itself."""
        def settled():
            view = self.post_by_id(post)
            return view if all(item["status"] in SETTLED for item in view["publications"]) else None

        return until(settled, seconds, lambda: f"post {post} settles: {self.standing(post)}", pause=0.1)

    def standing(self, post: str) -> list[tuple]:
        """Where a post stands on each channel."""
        return [(item["platform"], item["status"], item.get("error")) for item in self.post_by_id(post)["publications"]]


def new_account(base: str, name: str | None = None) -> tuple[Browserish, Client]:
    """Registers a person with a workspace of their own; gives their session and a key with every scope."""
    email = f"{name or 'person'}-{next(_numbers)}@example.com"
    session = Browserish(base)
    session.sign_in("/api/auth/register", email=email, password=PASSWORD, name=(name or "Person").title(), timeZone="Europe/Paris")
    session.email = email
    return session, new_key(session)


def new_key(session: Browserish, scopes: list[str] | None = None) -> Client:
    answer = session.post("/api/keys", json={"name": "Test", "scopes": scopes or SCOPES})
    assert answer.status_code == 201, answer.text
    return Client(str(session.base_url), answer.json()["secret"])


def assert_error(answer: httpx.Response, status: int | tuple[int, ...], code: str | tuple[str, ...], *words: str) -> dict:
    """The one shape of errors, with the expected status and code, and a message that says what matters."""
    statuses = status if isinstance(status, tuple) else (status,)
    codes = code if isinstance(code, tuple) else (code,)
    assert answer.status_code in statuses, f"{answer.status_code}: {answer.text[:1000]}"
    assert set(answer.json()) == {"error"}, answer.text
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "details", "timestamp", "requestId"}, error
    assert error["code"] in codes, error
    assert re.fullmatch(r"[A-Z][A-Z0-9_]+", error["code"])
    assert len(error["message"]) > 10 and error["requestId"] == answer.headers["x-request-id"]
    assert abs((moment(error["timestamp"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 60
    for word in words:
        assert word.lower() in error["message"].lower() or word.lower() in str(error["details"]).lower(), f"no '{word}' in {error}"
    return error


# Of a forum of Ada's server at the simulated Discord.
FORUM_WEBHOOK = "https://discord.com/api/webhooks/1045419713839922282/sim-webhook-" + b"ada/ideas of the simulated Discord".hex()


def connect_all(
    client: Client, simulator: Simulator, account: str, platforms: Sequence[str] = ("x", "mastodon", "linkedin", "linkedin-page"),
) -> dict[str, dict]:
    """One channel on each platform, by platform id."""
    channels = {}
    for platform in platforms:
        choose = None
        if platform == "linkedin-page":
            choose = f"{account} works"
            simulator.control(
                "POST", "/accounts", {"platform": "linkedin", "name": choose, "kind": "organization", "administrators": [account]})
        if platform == "bluesky":
            channels[platform] = client.fill_in(platform, identifier="ada.bsky.example.com", password="abcd-efgh-ijkl-mnop")
        elif platform == "discord-webhook":
            channels[platform] = client.fill_in(platform, address=FORUM_WEBHOOK)
        else:
            # On Meta's simulator Ada has the pages.
            channels[platform] = client.connect(platform, "ada" if platform in ("facebook", "instagram") else account, choose=choose)
    return channels
