"""A Postiz whose public API answers as it is documented, with the rows of `postiz_dump`."""
from __future__ import annotations

import contextlib
import datetime
import http.server
import json
import threading
import urllib.parse

from postiz_dump import AWKWARD

KEY = "ab" * 32


def channel(id: str, name: str, identifier: str, profile: str | None = None, **more) -> dict:
    return {"id": id, "name": name, "identifier": identifier, "picture": None, "disabled": False, "profile": profile, **more}


def post(id: str, channel: dict, state: str, date: str, content: str, group: str | None = None, tags: tuple[str, ...] = (), **more) -> dict:
    where = {"id": channel["id"], "providerIdentifier": channel["identifier"], "name": channel["name"], "picture": None}
    return {
        "id": id, "content": content, "publishDate": date, "releaseURL": None, "releaseId": None, "state": state, "intervalInDays": None,
        "group": group or f"group-{id}", "creationMethod": "WEB", "settings": json.dumps({"__type": channel["identifier"]}),
        "tags": [{"tag": {"id": f"tag-{tag}", "name": tag, "color": "#00ff00", "orgId": "org-tea", "deletedAt": None}} for tag in tags],
        "integration": where, **more,
    }


def channels(account: str) -> dict[str, dict]:
    return {each["id"]: each for each in [
        channel("ch-x", "Tea on X", "x", account, customer={"id": "customer", "name": "Green Leaf"}),
        channel("ch-sky", "Tea in the sky", "bluesky"), channel("ch-masto", "Tea", "mastodon", "tea"), channel("ch-kick", "Tea live", "kick"),
    ]}


def posts(known: dict[str, dict]) -> list[dict]:
    x, sky = known["ch-x"], known["ch-sky"]
    return [
        post("p1", x, "PUBLISHED", "2026-02-03T04:05:06.000Z", "<p>Hello &amp; <strong>tea</strong></p><p>Second</p>", tags=("tea",),
             releaseId="900", releaseURL="https://x.com/tea/status/900"),
        post("p2x", x, "QUEUE", "2031-01-02T03:04:05.678Z", "<p>Planned</p>", "two"),
        post("p2s", sky, "QUEUE", "2031-01-02T03:04:05.678Z", "<p>Planned, in the sky</p>", "two"),
        post("p3", x, "DRAFT", "2031-05-06T07:08:09.000Z", AWKWARD),
        post("p4", sky, "ERROR", "2026-03-04T05:06:07.000Z", "<p>Went wrong</p>"),
        post("p5", known["ch-kick"], "QUEUE", "2031-01-02T03:04:05.000Z", "Not to come"),
        post("p8", known["ch-masto"], "PUBLISHED", "2026-04-05T06:07:08.000Z", "Toot", releaseId="missing",
             releaseURL="https://social.example.org/@tea/1", intervalInDays=7),
    ]


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def iso(when: datetime.datetime) -> str:
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def listed(all_posts: list[dict], start: datetime.datetime, end: datetime.datetime) -> list[dict]:
    """Those of a span, and of those that repeat every occurrence up to its end."""
    found = []
    for each in all_posts:
        when = moment(each["publishDate"])
        if each["intervalInDays"] is None:
            found += [each] if start <= when <= end else []
            continue
        while when <= end:
            found.append({**each, "publishDate": iso(when), "actualDate": each["publishDate"]})
            when += datetime.timedelta(days=each["intervalInDays"])
    return found


@contextlib.contextmanager
def running(account: str):
    """Yields the address of its pages, and the list of what was asked. The first list of posts is answered with a wait."""
    known, asked = channels(account), []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urllib.parse.urlsplit(self.path)
            asked.append(self.path)
            if not parts.path.startswith("/api/"):
                return self.answer(200, "<!doctype html><title>Postiz</title>", "text/html")
            if self.headers["Authorization"] != KEY:
                return self.answer(401, {"msg": "Invalid API key"})
            match parts.path.removeprefix("/api/public/v1"):
                case "/integrations": self.answer(200, list(known.values()))
                case "/posts" if sum("/posts?" in path for path in asked) == 1:
                    self.answer(429, {"statusCode": 429, "message": "ThrottlerException: Too Many Requests"}, retry_after=1)
                case "/posts":
                    span = dict(urllib.parse.parse_qsl(parts.query))
                    self.answer(200, {"posts": listed(posts(known), moment(span["startDate"]), moment(span["endDate"]))})
                case _: self.answer(404, {"message": f"Cannot GET {parts.path}", "error": "Not Found", "statusCode": 404})

        def answer(self, status: int, body, kind: str = "application/json", retry_after: int | None = None):
            data = (body if isinstance(body, str) else json.dumps(body)).encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            if retry_after:
                self.send_header("Retry-After", str(retry_after))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
