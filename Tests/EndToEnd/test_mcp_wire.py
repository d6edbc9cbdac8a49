"""The addresses for assistants over plain HTTP: what each transport answers, and what happens when something is wrong, slow or gone."""
from __future__ import annotations

import concurrent.futures
import contextlib
import json
import socket
import threading
import time
import urllib.parse

import httpx
import pytest

from client import new_account, new_key
from conftest import own_database
from mcp_wire import BOTH, STATELESS, Events, Modern, Wire, checked, mirrored, notification, request, stateless
from programs import until

INITIALIZE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "wire", "version": "1"}}
HANDSHAKES = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]


@pytest.fixture(scope="module")
def world(postiz):
    session, client = new_account(postiz.base)
    yield session, client
    session.close()
    client.close()


@pytest.fixture
def client(world):
    return world[1]


@pytest.fixture
def wire(postiz, client):
    with Wire(postiz.base + "/mcp", client.key) as wire:
        wire.open()
        yield wire


def tool(name: str, **arguments: object) -> tuple[str, dict]:
    return "tools/call", {"name": name, "arguments": arguments}


# The handshake and its revisions

@pytest.mark.parametrize("revision", HANDSHAKES)
def test_every_revision_is_spoken_as_it_was(postiz, client, revision):
    with Wire(postiz.base + "/mcp", client.key) as wire:
        assert wire.open(revision)["protocolVersion"] == revision
        tools = wire.ask("tools/list")["result"]
        assert "nextCursor" not in tools and len(tools["tools"]) == 21
        first = tools["tools"][0]
        assert ("outputSchema" in first) == ("title" in first) == (revision >= "2025-06-18")
        assert ("annotations" in first) == (revision >= "2025-03-26")
        called = wire.ask(*tool("get_workspace"))["result"]
        assert ("structuredContent" in called) == (revision >= "2025-06-18") and json.loads(called["content"][0]["text"])["message"]


@pytest.mark.parametrize("asked", ["2026-07-28", "1999-01-01", "2099-12-31"])
def test_a_revision_that_no_handshake_has_is_answered_with_the_newest(postiz, client, asked):
    with Wire(postiz.base + "/mcp", client.key) as wire:
        answer = wire.post_message(request("initialize", INITIALIZE | {"protocolVersion": asked}))
        assert answer.json()["result"]["protocolVersion"] == "2025-11-25"


def test_batches_only_where_the_revision_has_them(postiz, client):
    pair = [request("ping", id="a"), notification("notifications/cancelled", {"requestId": 9}), request("ping", id=2)]
    with Wire(postiz.base + "/mcp", client.key) as wire:
        wire.open("2025-03-26")
        answers = wire.post_message(pair)
        assert answers.status_code == 200 and sorted(str(item["id"]) for item in answers.json()) == ["2", "a"]
        assert wire.post_message([]).status_code == 400
        wire.open("2025-06-18")
        assert wire.post_message(pair).status_code == 400


@pytest.mark.parametrize("id", [0, -1, "", "1", 1, 2**53 - 1, "é\u2028"])
def test_ids_come_back_as_they_are(wire, id):
    answer = wire.post_message(request("ping", id=id)).json()
    assert answer["id"] == id and type(answer["id"]) is type(id)


@pytest.mark.parametrize("body, code", [
    (b"{", -32700), (b"", -32700), (b"\xff\xfe", -32700), pytest.param(b"[" * 100_000, -32600, id="deep"), (b'"text"', -32600), (b"{}", -32600), (b"null", -32600),
    (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600), (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
    (b'{"jsonrpc":"2.0","id":{},"method":"ping"}', -32600), (b'{"jsonrpc":"2.0","id":1,"method":7}', -32600),
])
def test_what_is_no_message(wire, body, code):
    answer = wire.post_message(body)
    assert answer.status_code == 400 and answer.json()["error"]["code"] == code and answer.json()["id"] in (None, 1)


def test_odd_texts_do_no_harm(wire, client):
    odd = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_posts","arguments":{"text":"\\ud800\\u0000"}}}'
    assert wire.post_message(odd).status_code == 200
    assert wire.ask("ping")["result"] == {}


@pytest.mark.parametrize("method, params, code", [
    ("unheard/of", {}, -32601), ("tools/call", {"name": "unheard_of", "arguments": {}}, -32602), ("tools/call", {}, -32602),
    ("resources/read", {"uri": "postiz://posts/00000000-0000-7000-8000-000000000000"}, -32002), ("prompts/get", {"name": "none"}, -32602),
    ("tools/list", {"cursor": "made up"}, -32602), ("logging/setLevel", {"level": "loud"}, -32602),
])
def test_protocol_errors_of_the_handshake_era_come_with_200(wire, method, params, code):
    answer = wire.post_message(request(method, params))
    assert answer.status_code == 200 and checked(answer.json())["error"]["code"] == code


# Streamable HTTP, row by row

def test_the_headers_of_a_post(wire, postiz):
    ping = request("ping")
    assert wire.post_message(ping, Accept="text/html").status_code == 406
    for accept in ("application/json", "*/*", "application/*, text/event-stream;q=0.5", BOTH):
        assert wire.post_message(ping, Accept=accept).status_code == 200, accept
    assert wire.post_message(ping, Content_Type="text/plain").status_code in (400, 415)
    assert wire.post_message(ping, Content_Type="application/json; charset=utf-8").status_code == 200
    assert wire.post_message(ping, MCP_Protocol_Version="1999-01-01").status_code == 400
    assert wire.post_message(ping, Mcp_Session_Id="unknown").status_code == 404
    assert wire.post_message(notification("notifications/initialized")).content == b""
    only_stream = wire.post_message(ping, Accept="text/event-stream")
    assert only_stream.status_code == 200 and only_stream.headers["content-type"].startswith("text/event-stream")


def test_other_methods(wire):
    for method in ("PUT", "PATCH"):
        answer = wire.request(method, wire.url)
        assert answer.status_code in (404, 405), method
    assert wire.get(wire.url, headers=wire.session | {"Accept": "application/json"}).status_code in (405, 406)
    slash = wire.post(wire.url + "/", json=request("ping"), headers=wire.session)
    assert slash.status_code not in range(300, 400), "clients lose their credentials on the way"


def test_the_body_has_a_limit(wire):
    big = json.dumps(request(*tool("create_post", text="x" * (17 << 20)))).encode()
    assert wire.post_message(big).status_code == 413
    fits = wire.ask(*tool("create_post", text="x" * (10 << 20)))
    assert "error" in fits or fits["result"]["isError"] or fits["result"]["structuredContent"]["saved"] is True
    assert wire.ask("ping")["result"] == {}


def test_a_second_stream_replaces_the_first(wire, client):
    with wire.listen() as first, wire.listen() as second:
        with contextlib.suppress(StopIteration, httpx.RemoteProtocolError):
            first.message()
            raise AssertionError("the first stream ends")
        created = client.create(content="Seen by the second", status="DRAFT")
        wire.ask("resources/subscribe", {"uri": f"postiz://posts/{created['id']}"})
        client.call("PUT", f"/api/posts/{created['id']}", json={"content": "Changed", "status": "DRAFT"})
        assert second.message()["method"].startswith("notifications/")


def test_an_update_reaches_a_session_within_a_second(wire, client, simulator, postiz):
    channel = client.connect("mastodon", "told")
    post = client.create(content="Told at once", platforms=[channel["id"]], status="DRAFT")
    uri = f"postiz://posts/{post['id']}"
    with wire.listen() as events:
        wire.ask("resources/subscribe", {"uri": uri})
        client.call("POST", f"/api/posts/{post['id']}/publish")
        began = time.monotonic()
        for message, _ in events.messages():
            if message["method"] == "notifications/resources/updated" and message["params"]["uri"] == uri:
                break
        assert time.monotonic() - began < 1
    assert client.wait_settled(post["id"])["status"] == "PUBLISHED"


# HTTP+SSE

def test_http_and_sse(postiz, client):
    address = f"{postiz.base}/api/mcp/{client.key}/sse"
    with httpx.Client(timeout=30) as http:
        assert http.post(address, json=request("initialize", INITIALIZE)).status_code in (400, 404, 405)
        with http.stream("GET", address) as stream:
            assert stream.status_code == 200 and stream.headers["content-type"].startswith("text/event-stream")
            assert stream.headers.get("content-encoding") is None and stream.headers["x-accel-buffering"] == "no"
            events = Events(stream)
            kind, path, _ = events.event()
            assert kind == "endpoint" and path.startswith("/api/mcp/")
            messages = urllib.parse.urljoin(address, path)

            def post(message: object, **headers: str) -> httpx.Response:
                return http.post(messages, content=json.dumps(message) if not isinstance(message, bytes) else message,
                                 headers={"Content-Type": "application/json"} | headers)

            probe = stateless("server/discover")
            assert post(probe).status_code == 202 and events.message()["error"]["code"] == -32601
            accepted = post(request("initialize", INITIALIZE | {"protocolVersion": "2024-11-05"}, id=0))
            assert accepted.status_code == 202
            assert events.message()["result"]["protocolVersion"] == "2024-11-05"
            assert post(notification("notifications/initialized")).status_code == 202
            assert post(request("tools/list", id="t")).status_code == 202
            answer = events.message()
            assert answer["id"] == "t" and len(answer["result"]["tools"]) == 21
            assert post(b"{").status_code == 400 and post(request("ping"), **{"Content-Type": "text/plain"}).status_code in (400, 415)
            assert http.post(messages.replace("sessionId=", "sessionId=x"), json=request("ping")).status_code == 404
        until(lambda: http.post(messages, json=request("ping")).status_code == 404, 10, "the session ends with its stream", pause=0.1)


# Credentials

@pytest.mark.parametrize("path", ["/mcp", "/api/mcp/ptz_" + "w" * 43, "/api/mcp/ptz_" + "w" * 43 + "/sse"])
def test_no_or_wrong_credentials(postiz, path):
    for method in ("GET", "POST", "DELETE") if not path.endswith("sse") else ("GET",):
        with httpx.Client(headers={"Accept": BOTH}, timeout=30) as http:
            answer = http.request(method, postiz.base + path, json=request("ping") if method == "POST" else None)
            assert answer.status_code == 401 and "ptz_w" not in answer.text, answer.text
            challenge = answer.headers.get("www-authenticate", "")
            assert ("resource_metadata" in challenge) == (path == "/mcp")
            assert path == "/mcp" or answer.headers["referrer-policy"] == "no-referrer"
    wrong = httpx.post(postiz.base + "/mcp", json=request("ping"), headers={"Authorization": "Bearer nonsense", "Accept": BOTH})
    assert wrong.status_code == 401 and "resource_metadata" in wrong.headers["www-authenticate"]


def test_an_address_with_a_key_is_told_to_nobody(postiz, client):
    with Wire(f"{postiz.base}/api/mcp/{client.key}") as wire:
        wire.open()
        assert wire.post_message(request("ping")).headers["referrer-policy"] == "no-referrer"
    until(lambda: "/api/mcp/{key}" in postiz.tail(100_000), 5, "the access log names the pattern")
    assert client.key not in postiz.log.read_text()


def test_origins_are_checked_on_every_address(postiz, client):
    for path in ("/mcp", f"/api/mcp/{client.key}", f"/api/mcp/{client.key}/sse"):
        for origin in ("https://evil.example.com", "null", "http://localhost.evil.example.com"):
            for method in ("GET", "POST"):
                headers = {"Origin": origin, "Authorization": f"Bearer {client.key}", "Accept": BOTH}
                assert httpx.request(method, postiz.base + path, headers=headers, content=b"{}").status_code == 403, (path, origin, method)


def test_sessions_belong_to_their_key(wire, world, postiz):
    other = new_key(world[0])
    with Wire(wire.url, other.key) as stranger:
        stranger.session = wire.session
        assert stranger.post_message(request("ping")).status_code == 404
        assert stranger.delete(wire.url, headers=wire.session).status_code == 404
    assert wire.ask("ping")["result"] == {}


def test_a_key_that_is_revoked_in_the_middle(world, postiz):
    session, client = world
    key = new_key(session)
    number = next(item["id"] for item in client.call("GET", "/api/keys")["items"] if item["prefix"] == key.key[:12])
    with Wire(postiz.base + "/mcp", key.key) as wire, Wire(f"{postiz.base}/api/mcp/{key.key}") as keyed:
        wire.open()
        keyed.open()
        client.call("DELETE", f"/api/keys/{number}")
        assert wire.post_message(request("ping")).status_code == 401
        assert keyed.post_message(request("ping")).status_code == 401


# Slow, many, gone

def test_a_reader_that_does_not_read_holds_up_nobody(wire, client):
    address = urllib.parse.urlsplit(wire.url)
    with socket.create_connection((address.hostname, address.port)) as lazy:
        lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        lines = [f"GET {address.path} HTTP/1.1", f"Host: {address.netloc}", "Accept: text/event-stream", f"Authorization: Bearer {client.key}"]
        lines += [f"{name}: {value}" for name, value in wire.session.items()]
        lazy.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        wire.ask("logging/setLevel", {"level": "debug"})
        for number in range(200):
            client.create(content=f"Noise {number}", status="DRAFT")
        assert wire.ask("ping")["result"] == {}


def test_a_thousand_sessions(postiz, world):
    key = new_key(world[0])

    def open_one(_: int) -> str:
        answer = httpx_client.post(postiz.base + "/mcp", json=request("initialize", INITIALIZE))
        assert answer.status_code == 200, answer.text
        return answer.headers["mcp-session-id"]

    with httpx.Client(headers={"Authorization": f"Bearer {key.key}", "Accept": BOTH}, timeout=60) as httpx_client:
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            sessions = list(pool.map(open_one, range(1000)))
        assert len(set(sessions)) == 1000
        for id in (sessions[0], sessions[500], sessions[-1]):
            answer = httpx_client.post(postiz.base + "/mcp", json=request("tools/list"), headers={"Mcp-Session-Id": id})
            assert answer.json()["result"]["tools"]


@pytest.mark.parametrize("kill", [False, True])
def test_sessions_survive_a_restart(start_postiz, kill):
    program = start_postiz()
    _, client = new_account(program.base)
    with Wire(program.base + "/mcp", client.key) as wire:
        wire.open("2025-06-18")
        wire.ask("resources/subscribe", {"uri": "postiz://queue"})
        if kill:
            program.kill()
        else:
            with wire.listen() as events:  # an open stream does not hold up the end
                threading.Thread(target=program.stop).start()
                with contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError):
                    list(events.messages())
            until(lambda: program.process.poll() is not None, 20, "it stops")
            assert program.process.returncode == 0
        program.start()
        until(lambda: answers(wire), 10, "the session goes on")
        client.connect("mastodon", f"restarted{kill}")
        with wire.listen() as events:
            client.create(content="After the restart", platforms=["mastodon"], schedule="next-slot")
            wanted = notification("notifications/resources/updated", {"uri": "postiz://queue"})
            assert any(message == wanted for message, _ in events.messages()), "subscriptions are kept"


def answers(wire: Wire) -> bool:
    try:
        return wire.ask("tools/list")["result"]["tools"] != []
    except httpx.TransportError:
        return False


def test_a_call_under_way_when_the_server_is_killed_is_done_once(start_postiz):
    """The client repeats it with the same key and gets the one post."""
    program = start_postiz()
    _, client = new_account(program.base)
    call = tool("create_post", text="Once only", idempotency_key="once-only")
    with Wire(program.base + "/mcp", client.key) as wire:
        wire.open()

        def repeat(_: int) -> None:
            with contextlib.suppress(httpx.TransportError, AssertionError):
                wire.ask(*call)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            calls = [pool.submit(repeat, number) for number in range(8)]
            program.kill()
            concurrent.futures.wait(calls)
        program.start()
        until(lambda: answers(wire), 10, "the session goes on")
        assert wire.ask(*call)["result"]["structuredContent"]["post"]["text"] == "Once only"
    assert len(client.call("GET", "/api/posts")["items"]) == 1


@pytest.mark.skipif("not __import__('os').environ.get('TEST_DATABASE_URL')", reason="needs PostgreSQL")
def test_processes_share_sessions_and_changes(start_postiz, monkeypatch):
    """The stream is open in one process; the session is used, and what it wants to hear is said, in both."""
    monkeypatch.setenv("TEST_ON_POSTGRES", "1")
    shared = own_database("mcp") | {"JWT_SECRET": "one secret for both", "ENCRYPTION_KEY": "another secret for both"}
    front = start_postiz(POSTIZ_APPS="frontend,backend", **shared)
    back = start_postiz(POSTIZ_APPS="backend,worker,cron", **shared)
    _, client = new_account(front.base)
    channel = client.connect("mastodon", "shared")
    with Wire(front.base + "/mcp", client.key) as here, Wire(back.base + "/mcp", client.key) as there:
        here.open()
        there.session = here.session
        with here.listen() as events:
            for teller in (there, here):
                post = client.create(content="From the other process", platforms=[channel["id"]], status="DRAFT")
                updated = notification("notifications/resources/updated", {"uri": f"postiz://posts/{post['id']}"})
                teller.ask("resources/subscribe", updated["params"])
                there.ask(*tool("publish_post", post=post["id"]))
                began = time.monotonic()
                assert any(message == updated for message, _ in events.messages())
                assert time.monotonic() - began < 1
                assert client.wait_settled(post["id"])["status"] == "PUBLISHED"


# The stateless era on the product itself

def test_the_stateless_era_beside_the_other(postiz, client, wire):
    with Modern(postiz.base + "/mcp", client.key) as modern:
        assert STATELESS in modern.call("server/discover")["supportedVersions"]
        assert [item["name"] for item in modern.call("tools/list")["tools"]] == [
            item["name"] for item in wire.ask("tools/list")["result"]["tools"]]
        made = modern.call(*tool("create_post", text="Stateless"))
        assert made["structuredContent"]["saved"] and made["resultType"] == "complete"
        unknown = modern.answer("tools/call", {"name": "unheard_of", "arguments": {}})
        assert unknown.json()["error"]["code"] == -32602
        gone = modern.answer("ping")
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, -32601)
        message = stateless("tools/list")
        assert modern.post_message(message, **mirrored(message), Mcp_Session_Id="whatever").status_code == 200
