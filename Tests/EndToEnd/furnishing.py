"""A workspace that holds something on every page of `places.py`, with plain names or with hostile ones."""
from __future__ import annotations

import base64
import datetime
import hashlib
import html
import http.server
import re
import threading
import urllib.parse

import httpx

from client import PASSWORD, Browserish, Client, iso, new_key
from mcp_wire import Wire
from pictures import png
from programs import Postiz, Simulator, until

# What would run if anything were taken for more than text: in HTML, in an attribute, in a script, in a template.
PAYLOADS = ["<img src=x onerror=ran()>", "\"'><svg onload=ran()>", "</script><script>ran()</script>", "{{{csrf}}}<b onclick=ran()>"]
NAMES = {
    "workspace": "Example Bicycle Workshop", "person": "Ada Example", "member": "Bo Example", "customer": "Tea & Co", "client": "Mo Client",
    "post": "The workshop opens its doors on Saturday", "change": "Bring a bicycle, and we will true the wheels together.", "comment": "Do you like the picture?", "tag": "workshop", "file": "Waves in the evening",
    "view": "Failed this week", "template": "Launch", "signature": "Yours, Ada", "hashtags": "Spring", "rule": "Our shop", "plug": "Thank you for reading",
    "webhook": "Newsroom", "incoming": "Shop", "feed": "The news & more", "item": "A new tea has come", "evergreen": "A tip that stays true",
    "key": "Reporting", "assistant": "get_workspace", "program": "Example Assistant", "account": "ada", "removed": "gone", "page": "Ada Works",
}
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0123456789"


def hostile(names: dict[str, str] = NAMES) -> dict[str, str]:
    """The same with something behind each that must stay text. What platforms call their accounts is theirs to check."""
    kept = ("account", "removed", "assistant", "tag")
    return {key: name if key in kept else f"{name} {PAYLOADS[number % len(PAYLOADS)]}" for number, (key, name) in enumerate(names.items())}


class Site:
    """What feeds are read from and webhooks go to."""

    def __init__(self, names: dict[str, str]):
        self.items = 1
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                items = "".join(
                    f"<item><title>{html.escape(names['item'])}</title><guid>{number}</guid><link>https://example.com/{number}</link>"
                    f"<description>{html.escape(names['item'])}</description></item>" for number in range(site.items))
                self.answer(200, f'<rss version="2.0"><channel><title>{html.escape(names["feed"])}</title>{items}</channel></rss>')

            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                self.answer(204, "")

            def answer(self, status: int, text: str):
                self.send_response(status)
                self.send_header("Content-Type", "application/xml")
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


# What the product is started with so that all pages are there.
SETTINGS = {"OPENAI_BASE_URL": "http://127.0.0.1:9/v1", "OPENAI_API_KEY": "unused", "ALLOWED_PRIVATE_HOSTS": "127.0.0.1", "LOOKUP_SETTLE_SECONDS": "1"}


class Furnished:
    """The first account of a new product, its workspace full; `made` fills in the addresses of `places.py`."""

    def __init__(self, postiz: Postiz, simulator: Simulator, inbox, names: dict[str, str] = NAMES, locale: str = "en", zone: str = "Europe/Paris"):
        self.postiz, self.simulator, self.inbox, self.names = postiz, simulator, inbox, names
        self.made = Made(self.from_mails)
        self.site = Site(names)
        self.session = Browserish(postiz.base)
        self.session.sign_in(
            "/api/auth/register", email="ada@example.com", password=PASSWORD, name=names["person"], organizationName=names["workspace"],
            timeZone=zone, locale=locale)
        self.client: Client = new_key(self.session)
        self.people()
        self.channels()
        self.posts()
        self.library()
        self.automations()
        self.assistants()

    def stop(self) -> None:
        self.site.stop()

    def call(self, path: str, method: str = "POST", **body):
        return self.client.call(method, path, json=body)

    def people(self) -> None:
        token = self.invite("DRAFTER")
        self.member = Browserish(self.postiz.base)
        self.member.sign_in(
            "/api/auth/register", email="bo@example.com", password=PASSWORD, name=self.names["member"], invitation=token)
        self.made["invitation"] = self.invite("USER")

    def invite(self, role: str) -> str:
        link = self.call("/api/team/invitations", role=role)["url"]
        return urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["token"][0]

    def channels(self) -> None:
        client, names = self.client, self.names
        self.mastodon, self.x = (client.connect(platform, names["account"])["id"] for platform in ("mastodon", "x"))
        client.call("PATCH", f"/api/integrations/{self.mastodon}", json={"customer": names["customer"]})
        slots = [{"minute": minute, "timeZone": "Europe/Paris", "weekdays": []} for minute in (540, 1020)]
        client.call("PUT", f"/api/integrations/{self.mastodon}/slots", json={"slots": slots})
        removed = client.connect("x", names["removed"])["id"]
        client.call("DELETE", f"/api/integrations/{removed}")
        self.simulator.control(
            "POST", "/accounts", {"platform": "linkedin", "name": names["page"], "kind": "organization", "administrators": [names["account"]]})
        address = client.call("GET", "/api/auth/linkedin-page", headers={"Accept": "application/json"})["url"]
        consent = httpx.get(address + f"&auto=allow&account={names['account']}", timeout=30)
        chosen = httpx.get(consent.headers["location"], headers={"Accept": "application/json"}, timeout=60).json()
        self.made |= {"channel": self.mastodon, "choice": chosen["choiceKey"]}
        link = self.call("/api/portal-links", customer=names["customer"], person=names["client"], mayApprove=True)
        self.portal_entrance, self.made["portal"] = link["url"], link["link"]["id"]
        self.call("/api/calendars", integrationId=self.mastodon)
        self.call("/api/plugs", integrationId=self.mastodon, action="COMMENT", text=names["plug"], trigger="LIKES", amount=50)
        self.call("/api/workspace/approval-rules", "PUT", rules=[{"members": "USER", "integrationId": self.x}])

    def posts(self) -> None:
        client, names, both = self.client, self.names, [self.mastodon, self.x]
        today = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0)

        def at(days: float, hour: int = 9) -> str:
            return iso(today + datetime.timedelta(days=days, hours=hour))

        file = client.upload(png(640, 360, 1), f"{names['file']}.png", alt=names["file"])
        gone = client.upload(png(320, 200, 2), f"{names['file']} 2.png", alt=names["file"])
        client.call("DELETE", f"/api/media/{gone['id']}")
        text = names["post"]
        planned = client.create(content=text, platforms=both, mediaIds=[file["id"]], scheduledFor=at(1), tags=[names["tag"]])["id"]
        client.call("PATCH", f"/api/posts/{planned}", json={"content": f"{text}. {names['change']}"})
        client.create(parts=[{"text": f"{number}. {text}"} for number in (1, 2, 3)], platforms=[self.x], scheduledFor=at(2, 16), tags=[names["tag"]])
        for days, hour in ((1, 17), (3, 8), (4, 12), (6, 10), (9, 9)):
            client.create(content=f"{text} {days}", platforms=both, scheduledFor=at(days, hour), tags=[names["tag"]])
        client.create(content=f"Draft: {text}", status="DRAFT")
        trashed = client.create(content=f"Trash: {text}", platforms=both, scheduledFor=at(5))["id"]
        client.call("DELETE", f"/api/posts/{trashed}")
        repeated = client.create(
            content=f"Again: {text}", platforms=[self.mastodon], scheduledFor=f"{today.date() + datetime.timedelta(days=1)}T07:30", timeZone="Europe/Paris",
            recurrence="FREQ=WEEKLY;COUNT=8")
        sent = client.create(content=f"Sent: {text}", platforms=both, mediaIds=[file["id"]], schedule="now", tags=[names["tag"]])["id"]
        client.wait_settled(sent)
        self.simulator.fault(
            "status", platform="mastodon", path="mastodon.createStatus", account=names["account"], status=422, body='{"error":"No, thanks"}', times=1)
        failed = client.create(content=f"Failed: {text}", platforms=[self.mastodon], schedule="now")["id"]
        if client.wait_settled(failed)["status"] != "FAILED":
            raise AssertionError(client.standing(failed))
        review = self.member.post("/api/posts", json={"content": f"Review: {text}", "platforms": [self.mastodon], "scheduledFor": at(3, 15)}).json()
        assert review["status"] == "IN_REVIEW", review
        for audience in (None, names["customer"]):
            self.call(f"/api/posts/{review['id']}/comments", text=names["comment"], **({"customer": audience} if audience else {}))
        table = client.call(
            "POST", "/api/posts/import", content=f"text,channels,date,time\n\"{text.replace(chr(34), chr(34) * 2)}\",mastodon,2031-03-04,14:30\nOne more,nobody,,\n".encode(),
            params={"name": f"{names['file']}.csv", "dryRun": "true"}, headers={"Content-Type": "application/octet-stream"})
        self.made |= {
            "planned": planned, "sent": sent, "failed": failed, "in_review": review["id"], "series": repeated["seriesId"], "file": file["id"],
            "table": table["importId"], "day": str((today + datetime.timedelta(days=1)).date())}

    def library(self) -> None:
        names = self.names
        view = {"name": names["view"], "place": "POSTS", "filters": {"tab": "drafts"}}
        assert self.session.post("/api/views", json=view).status_code == 201
        self.call("/api/templates", name=names["template"], parts=[names["post"], "More: {{link}}"], integrationIds=[self.mastodon])
        self.call("/api/signatures", name=names["signature"], text=names["signature"])
        self.call("/api/hashtag-groups", name=names["hashtags"], hashtags=["spring", "tea"])
        self.call("/api/links/rules", name=names["rule"], parameters=[{"name": "utm_source", "value": names["rule"]}])

    def automations(self) -> None:
        names = self.names
        webhook = self.call("/api/webhooks", name=names["webhook"], url=self.site.base + "/hook")["webhook"]["id"]
        self.client.call("POST", f"/api/webhooks/{webhook}/test")
        self.call("/api/incoming-webhooks", name=names["incoming"], integrationIds=[self.mastodon])
        feed = self.call("/api/sources", url=self.site.base + "/feed", integrationIds=[self.mastodon], pattern="{title} {link}")["id"]
        self.site.items = 2
        self.client.call("POST", f"/api/sources/{feed}/read")
        evergreen = self.call(
            "/api/evergreen", integrationId=self.mastodon, texts=[names["evergreen"], f"{names['evergreen']}, again"], tags=[names["tag"]], everyDays=7)
        self.made |= {"webhook": webhook, "feed": feed, "evergreen": evergreen["id"]}

    def assistants(self) -> None:
        key = self.session.post("/api/keys", json={"name": self.names["key"], "scopes": ["posts:read", "posts:write", "analytics:read"]}).json()["secret"]
        wire = Wire(self.postiz.base + "/mcp", key)
        wire.open()
        for tool, arguments in (("get_workspace", {}), ("create_post", {"channels": ["mastodon"], "text": self.names["post"], "action": "draft"})):
            wire.ask("tools/call", {"name": tool, "arguments": arguments})
        redirect = "http://localhost/callback"
        program = httpx.post(
            self.postiz.base + "/oauth/register", json={"client_name": self.names["program"], "redirect_uris": [redirect]}).json()["client_id"]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
        self.made["consent"] = urllib.parse.urlencode({
            "response_type": "code", "client_id": program, "redirect_uri": redirect, "code_challenge": challenge, "code_challenge_method": "S256",
            "state": "a state", "resource": self.postiz.base + "/mcp"})

    def from_mails(self, name: str) -> str:
        """What only a mail tells. They go out after a minute: whatever can, is done before."""
        pattern = re.compile(self.postiz.base + {"review": r"/review/(\S+)", "stop": r"/mails/stop/(\S+)"}[name])
        return until(
            lambda: next((found[1] for mail in self.inbox.messages() if (found := pattern.search(mail.get_content()))), None), 120,
            f"a mail tells {name}", pause=0.2)


class Made(dict):
    """What was made, by name."""

    def __init__(self, more):
        super().__init__()
        self.more = more

    def __missing__(self, name: str) -> str:
        self[name] = self.more(name)
        return self[name]
