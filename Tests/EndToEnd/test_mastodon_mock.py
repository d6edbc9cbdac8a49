"""The product against a server of Mastodon's API that none of us wrote: mastodon-mock of the Python Package Index, as it is installed."""
import contextlib
import http.client
import http.server
import re
import socketserver
import sqlite3
import threading
import urllib.parse

import httpx
import pytest

from client import new_account
from pictures import png
from programs import ROOT, Postiz, Program, free_port, until

PYTHON = ROOT / ".venv-mastodon/bin/python"
ACCOUNTS = '[server]\nhost = "127.0.0.1"\n[[seed.accounts]]\nusername = "ada"\ndisplay_name = "Ada Example"\naccess_token = "ada-reads"\n'


class Cutter(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """A proxy before the server. `cut` answers to creating calls are swallowed, with the connection, after the server has acted."""

    daemon_threads = True

    def __init__(self, target: int):
        self.target, self.cut, self.calls = target, 0, []
        super().__init__(("127.0.0.1", 0), Passing)
        self.base = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Passing(http.server.BaseHTTPRequestHandler):
    def handle_any(self):
        server: Cutter = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server.calls.append(f"{self.command} {self.path.partition('?')[0]}")
        upstream = http.client.HTTPConnection("127.0.0.1", server.target, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("connection",)}
        upstream.request(self.command, self.path, body or None, headers)
        answer = upstream.getresponse()
        content = answer.read()
        upstream.close()
        self.close_connection = True
        if server.cut and server.calls[-1] == "POST /api/v1/statuses":
            server.cut -= 1
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "content-length", "connection", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The server behind the proxy, which gives what stands on it, oldest first, as `statuses`."""
    settings = tmp_path_factory.mktemp("mastodon") / "mock.toml"
    settings.write_text(ACCOUNTS)
    port = free_port()
    command = [str(PYTHON), "-m", "mastodon_mock", "serve", "--config", str(settings), "--port", str(port), "--in-memory"]
    with Program("mastodon-mock", command, f"http://127.0.0.1:{port}", "/api/v1/instance"):
        cutter = Cutter(port)
        reader = httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer ada-reads"}, timeout=30)
        account = reader.get("/api/v1/accounts/verify_credentials").json()["id"]

        def statuses() -> list[dict]:
            answer = reader.get(f"/api/v1/accounts/{account}/statuses", params={"limit": 40})
            return sorted(answer.json(), key=lambda status: int(status["id"]))

        cutter.statuses = statuses
        cutter.source = lambda status: reader.get(f"/api/v1/statuses/{status['id']}/source").json()["text"]
        yield cutter
        cutter.shutdown()
        cutter.server_close()
        reader.close()


@pytest.fixture(scope="module")
def client(server, tmp_path_factory):
    """A key of somebody whose one channel is an account there, connected through its consent page."""
    folder = tmp_path_factory.mktemp("postiz-mastodon")
    with Postiz("postiz-mastodon-mock", folder, MASTODON_URL=server.base, LOOKUP_SETTLE_SECONDS="1") as product:
        session, client = new_account(product.base)
        address = client.call("GET", "/api/auth/mastodon", headers={"Accept": "application/json"})["url"]
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(address).query))
        page = httpx.get(address, timeout=30)
        assert page.status_code == 200 and "ada" in page.text
        fields = {name: asked[name] for name in ("client_id", "redirect_uri", "scope", "state")}
        consent = httpx.post(server.base + "/oauth/authorize", data=fields | {"username": "ada"}, timeout=30)
        assert consent.status_code == 302, consent.text
        result = httpx.get(consent.headers["location"], headers={"Accept": "application/json"}, timeout=60)
        assert result.is_success, result.text
        client.channel, client.product = result.json()["channel"], product
        yield client
        session.close()
        client.close()


def publish(client, *texts: str, media=(), settings=None) -> dict:
    parts = [{"text": text, "mediaIds": list(media) if not number else []} for number, text in enumerate(texts)]
    channel = client.channel["id"]
    draft = {"parts": parts, "platforms": [channel], "schedule": "now"}
    if settings:
        draft["settings"] = {channel: settings}
    return client.wait_settled(client.create(**draft)["id"], 60)


def test_the_account_is_connected_with_the_limits_that_its_server_tells(client, server):
    assert client.channel["username"].startswith("ada@127.0.0.1")
    assert client.channel["limits"]["textLength"] == 500
    assert "POST /api/v1/apps" in server.calls


def test_a_text_a_thread_and_a_picture_go_out(client, server):
    picture = client.upload(png(), alt="Soft waves of colour")
    view = publish(client, "With a picture", "The second part", "The third part", media=[picture["id"]])
    assert view["status"] == "PUBLISHED", view
    first, second, third = server.statuses()[-3:]
    assert [server.source(status) for status in (first, second, third)] == ["With a picture", "The second part", "The third part"]
    assert [item["description"] for item in first["media_attachments"]] == ["Soft waves of colour"]
    assert (second["in_reply_to_id"], third["in_reply_to_id"]) == (first["id"], second["id"])
    assert view["publications"][0]["platformPostId"] == first["id"]


@pytest.mark.parametrize("text", ["Plain words", "Tom's \"quote\" & <b>bold</b> https://example.org/a?x=1&y=2#part"])
@pytest.mark.parametrize("visibility", ["public", "private"])
def test_a_lost_answer_doubles_nothing(client, server, text, visibility):
    text = f"{text} ({visibility})"
    before = len(server.calls)
    server.cut = 1
    view = publish(client, text, settings={"visibility": visibility})
    assert view["status"] == "PUBLISHED", view
    assert [server.source(status) for status in server.statuses()].count(text) == 1
    calls = server.calls[before:]
    assert calls.count("POST /api/v1/statuses") == 1, "what is there is found, not sent again"
    assert any(re.fullmatch(r"GET /api/v1/accounts/[^/]+/statuses", call) for call in calls)


def test_what_is_removed_is_gone_and_nothing_else(client, server):
    stays = publish(client, "Stays")
    goes = publish(client, "Goes one", "Goes two")
    results = client.call("POST", f"/api/posts/{goes['id']}/remove-from-platforms", json={})["items"]
    assert [item["removed"] for item in results] == [True], results
    texts = [server.source(status) for status in server.statuses()]
    assert "Stays" in texts and not [text for text in texts if text.startswith("Goes")]
    assert stays["status"] == "PUBLISHED"


def test_plugs_boost_a_post_and_comment_below_it_once(client, server):
    post = publish(client, "To be plugged")
    channel = {"integrationId": client.channel["id"], "postId": post["id"], "trigger": "MINUTES", "amount": 5}
    client.call("POST", "/api/plugs", 201, json=channel | {"action": "REPOST"})
    client.call("POST", "/api/plugs", 201, json=channel | {"action": "COMMENT", "text": "Said later"})
    client.product.stop()
    with contextlib.closing(sqlite3.connect(client.product.folder / "postiz.sqlite")) as database, database:
        database.execute("UPDATE publications SET published_at = published_at - 600000 WHERE post_id = ?", (post["id"],))
    client.product.start()
    runs = f"/api/posts/{post['id']}/plug-runs"
    until(lambda: [run["status"] for run in client.call("GET", runs)["items"]] == ["PUBLISHED"] * 2, 30, lambda: client.call("GET", runs))
    calls = [call for call in server.calls if call.endswith("/reblog")]
    assert len(calls) == 1
    # A boost stands among the account's statuses, with the post in it.
    said = [status for status in server.statuses() if status["in_reply_to_id"] and "Said later" in status["content"]]
    boosted = [status["reblog"]["id"] for status in server.statuses() if status["reblog"]]
    assert len(said) == 1 and boosted == [said[0]["in_reply_to_id"]]


def test_removing_the_channel_ends_its_token(client, server):
    before = len(server.calls)
    client.call("DELETE", f"/api/integrations/{client.channel['id']}?forGood=true")
    # Figures may be read at the same time.
    assert [call for call in server.calls[before:] if not call.startswith("GET ")] == ["POST /oauth/revoke"]
