"""The bridge between a client on standard input and output and a server elsewhere: what it carries, and what it does when that fails."""
from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading

import pytest

from programs import binary, free_port, until
from scripted import Asked, ScriptedServer

INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize",
              "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


class Bridge:
    """The program with its standard input and output in the hands of a test."""

    def __init__(self, *arguments: str, **environment: str):
        inherited = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        self.process = subprocess.Popen(
            [binary("POSTIZ_BINARY", "postiz"), "mcp", *arguments], env=inherited | environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.lines: queue.Queue[str] = queue.Queue()
        self.complaints: list[str] = []
        for source, take in ((self.process.stdout, self.lines.put), (self.process.stderr, self.complaints.append)):
            threading.Thread(target=lambda source=source, take=take: [take(line) for line in source], daemon=True).start()

    def write(self, *messages: dict | str) -> None:
        for message in messages:
            self.process.stdin.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
        self.process.stdin.flush()

    def read(self, seconds: float = 20) -> dict:
        return json.loads(self.lines.get(timeout=seconds))

    def ask(self, id: object, method: str, **params: object) -> dict:
        self.write(request(id, method, **params))
        return self.read()

    def open(self) -> dict:
        self.write(INITIALIZE)
        answer = self.read()
        self.write(INITIALIZED)
        return answer

    def end(self, seconds: float = 20) -> int:
        self.process.stdin.close()
        return self.process.wait(seconds)

    def __enter__(self) -> "Bridge":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def request(id: object, method: str, **params: object) -> dict:
    return {"jsonrpc": "2.0", "id": id, "method": method, "params": params}


def event(message: dict, id: str | None = None) -> str:
    return (f"id: {id}\n" if id else "") + f"event: message\ndata: {json.dumps(message)}\n\n"


def result(id: object, **values: object) -> dict:
    return {"jsonrpc": "2.0", "id": id, "result": values}


def polite(asked: Asked) -> None:
    """What every script says unless it has something else to say."""
    if asked.method == "GET":
        return asked.answer(405)
    if asked.method == "DELETE":
        return asked.answer(204)
    match asked.message.get("method"):
        case "initialize":
            asked.answer(200, result(asked.message["id"], protocolVersion="2025-11-25", capabilities={}, serverInfo={}),
                         Mcp_Session_Id="session-1")
        case None | "notifications/initialized" | "notifications/cancelled":
            asked.answer(202)
        case _:
            asked.result(method=asked.message["method"])


def bridge_to(server: ScriptedServer, **environment: str) -> Bridge:
    return Bridge("--url", server.base, **({"POSTIZ_API_KEY": "ptz_key"} | environment))


def test_messages_pass_unchanged_with_the_session_the_revision_and_the_key():
    odd = '{"jsonrpc":"2.0",  "id":"é","method":"tools/call","params":{"name":"x","arguments":{"big":9007199254740991,"s":"\\ud800 \\u0000"}}}'
    with ScriptedServer(polite) as server, bridge_to(server) as bridge:
        assert bridge.open() == result(0, protocolVersion="2025-11-25", capabilities={}, serverInfo={})
        bridge.write(odd)
        assert bridge.read()["id"] == "é"
        assert bridge.end() == 0
        posts = [asked for asked in server.asked if asked.method == "POST"]
        assert posts[2].body.decode() == odd
        assert "mcp-session-id" not in posts[0].headers and "mcp-protocol-version" not in posts[0].headers
        for asked in posts:
            assert asked.headers["authorization"] == "Bearer ptz_key" and asked.handler.path == "/mcp"
            assert asked.headers["accept"] == "application/json, text/event-stream" and asked.headers["content-type"] == "application/json"
        for asked in posts[1:]:
            assert asked.headers["mcp-session-id"] == "session-1" and asked.headers["mcp-protocol-version"] == "2025-11-25"
        assert server.asked[-1].method == "DELETE" and server.asked[-1].headers["mcp-session-id"] == "session-1"
        assert not bridge.complaints and bridge.lines.empty()


def test_the_servers_own_stream_opens_after_the_handshake_and_again_when_it_breaks():
    told = {"jsonrpc": "2.0", "method": "notifications/resources/updated", "params": {"uri": "test://a"}}
    question = request("q-1", "elicitation/create", message="Sure?")
    streams = []

    def script(asked: Asked) -> None:
        if asked.method != "GET":
            return polite(asked)
        streams.append(asked)
        if len(streams) == 1:
            return asked.stream("retry: 10\n\n", ": still here\n\n", event(told, "s-7"))
        asked.open_stream()
        asked.send(event(question, "s-8"))
        threading.Event().wait(30)

    with ScriptedServer(script) as server, bridge_to(server) as bridge:
        bridge.open()
        assert bridge.read() == told
        assert bridge.read() == question
        assert "last-event-id" not in streams[0].headers and streams[1].headers["last-event-id"] == "s-7"
        assert streams[0].headers["mcp-session-id"] == "session-1" and streams[0].headers["accept"] == "text/event-stream"
        bridge.write(result("q-1", action="accept"))
        until(lambda: any(b"accept" in asked.body for asked in server.asked), 10, "the answer reaches the server")
        assert bridge.end() == 0


def test_an_answer_on_a_stream_and_what_comes_before_it():
    progress = {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}}
    pieces = event(progress, "a-1") + event(result(5, done="zwei\u2028drei"))

    def script(asked: Asked) -> None:
        if asked.method == "POST" and asked.message.get("method") == "tools/call":
            asked.open_stream()
            for byte in pieces.replace("\n", "\r\n").encode():  # in the smallest pieces, with the other line ends
                asked.handler.wfile.write(bytes([byte]))
            return
        polite(asked)

    with ScriptedServer(script) as server, bridge_to(server) as bridge:
        bridge.open()
        assert bridge.ask(5, "tools/call", name="slow") == progress
        assert bridge.read() == result(5, done="zwei\u2028drei")
        assert bridge.end() == 0


def test_a_stream_that_breaks_before_the_answer_is_resumed():
    def script(asked: Asked) -> None:
        if asked.method == "POST" and asked.message.get("method") == "tools/call":
            return asked.stream("retry: 5\nid: c-0\ndata: \n\n")
        if asked.method == "GET" and asked.headers.get("last-event-id") == "c-0":
            return asked.stream(event(result(1, done=True), "c-1"))
        polite(asked)

    with ScriptedServer(script) as server, bridge_to(server) as bridge:
        bridge.open()
        assert bridge.ask(1, "tools/call", name="poll") == result(1, done=True)


def test_an_answer_that_never_comes_is_an_error_that_warns_of_repeating():
    def script(asked: Asked) -> None:
        if asked.method == "POST" and asked.message.get("method") == "tools/call":
            return asked.stream(": nothing\n\n")
        polite(asked)

    with ScriptedServer(script) as server, bridge_to(server) as bridge:
        bridge.open()
        answer = bridge.ask(1, "tools/call", name="lost")
        assert answer["id"] == 1 and answer["error"]["code"] == -32000 and "before you repeat" in answer["error"]["message"]


def test_a_forgotten_session_begins_again_without_the_client_noticing():
    sessions = []

    def script(asked: Asked) -> None:
        if asked.method == "POST" and asked.message.get("method") == "initialize":
            sessions.append(f"session-{len(sessions) + 1}")
            return asked.answer(200, result(asked.message["id"], protocolVersion="2025-06-18"), Mcp_Session_Id=sessions[-1])
        if asked.headers.get("mcp-session-id") != sessions[-1]:
            return asked.answer(404, {"jsonrpc": "2.0", "id": None, "error": {"code": -32001, "message": "Session not found"}})
        polite(asked)

    with ScriptedServer(script) as server, bridge_to(server) as bridge:
        bridge.open()
        assert bridge.ask(1, "resources/subscribe", uri="test://a")["result"]
        assert bridge.ask(2, "resources/subscribe", uri="test://b")["result"]
        assert bridge.ask(3, "resources/unsubscribe", uri="test://b")["result"]
        sessions.append("another-process")  # nobody knows session-1 any more
        bridge.write(*(request(number, "tools/list") for number in range(10, 15)))
        assert sorted(bridge.read()["id"] for _ in range(5)) == list(range(10, 15))
        assert server.methods().count("initialize") == 2, "once for all that found it gone"
        posts = [asked.message for asked in server.asked if asked.method == "POST"]
        again = [message for message in posts if message.get("method") == "initialize"]
        assert again == [INITIALIZE, INITIALIZE]
        after = [asked.message["method"] for asked in server.asked
                 if asked.method == "POST" and asked.headers.get("mcp-session-id") == sessions[-1]]
        assert after[:2] == ["notifications/initialized", "resources/subscribe"] and after.count("resources/subscribe") == 1
        assert bridge.lines.empty()
        assert server.asked[-1].headers["mcp-protocol-version"] == "2025-06-18"


def test_cancelling_reaches_the_server_and_ends_the_waiting():
    arrived, cancelled = threading.Event(), threading.Event()

    def script(asked: Asked) -> None:
        if asked.method == "POST" and asked.message.get("method") == "tools/call":
            asked.open_stream()
            arrived.set()
            cancelled.wait(20)
            return  # ended without an answer, as the specification says
        if asked.method == "POST" and asked.message.get("method") == "notifications/cancelled":
            cancelled.set()
        polite(asked)

    with ScriptedServer(script) as server, bridge_to(server) as bridge:
        bridge.open()
        bridge.write(request(1, "tools/call", name="slow"))
        assert arrived.wait(10)
        bridge.write({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}})
        assert bridge.ask(2, "ping")["id"] == 2
        assert cancelled.is_set() and bridge.end() == 0 and bridge.lines.empty()


def test_the_stateless_era_has_its_headers_and_its_own_way_of_cancelling():
    gone, arrived = threading.Event(), threading.Event()
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}

    def script(asked: Asked) -> None:
        if asked.message["params"].get("name") == "slow":
            asked.open_stream()
            arrived.set()
            try:
                while True:
                    asked.send(": still here\n\n")
                    gone.wait(0.05)
            except OSError:
                return gone.set()
        if asked.message["method"] == "missing":
            return asked.answer(404, {"jsonrpc": "2.0", "id": asked.message["id"], "error": {"code": -32601, "message": "Unknown"}})
        polite(asked)

    with ScriptedServer(script) as server, bridge_to(server) as bridge:
        assert bridge.ask("a", "server/discover", _meta=meta)["id"] == "a"
        assert bridge.ask("b", "resources/read", uri="test://schöne", _meta=meta)["id"] == "b"
        assert bridge.ask("c", "missing", _meta=meta)["error"] == {"code": -32601, "message": "Unknown"}
        bridge.write(request("d", "tools/call", name="slow", _meta=meta))
        assert arrived.wait(10)
        bridge.write({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "d"}})
        assert gone.wait(10), "the stream is closed"
        assert bridge.end() == 0 and bridge.lines.empty()
    first, read, _, call = server.asked
    assert [first.headers[name] for name in ("mcp-protocol-version", "mcp-method")] == ["2026-07-28", "server/discover"]
    assert "mcp-name" not in first.headers and "mcp-session-id" not in call.headers
    assert read.headers["mcp-name"] == "=?base64?dGVzdDovL3NjaMO2bmU=?=" and call.headers["mcp-name"] == "slow"
    assert [asked.method for asked in server.asked] == ["POST"] * 4, "no session, thus nothing to listen to or to end"


@pytest.mark.parametrize("status, body, words", [
    (401, {"error": {"code": "UNAUTHORIZED", "message": "No."}}, "POSTIZ_API_KEY"),
    (403, {"error": {"code": "FORBIDDEN", "message": "The Origin is not allowed."}}, "Origin"),
    (404, b"<html>not here</html>", "no MCP server"),
    (413, b"", "larger"),
    (503, b"", "30 seconds"),
    (500, b"<html>oops</html>", "500"),
    (307, b"", "redirect"),
    (400, {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "No such shape."}}, "No such shape."),
])
def test_what_the_server_refuses_is_answered_in_words(status, body, words):
    with ScriptedServer(lambda asked: asked.answer(status, body, Retry_After="30")) as server, bridge_to(server) as bridge:
        bridge.write(INITIALIZE)
        answer = bridge.read()
        assert answer["id"] == 0 and answer["error"]["code"] == -32000 and words in answer["error"]["message"]
        assert answer["error"]["data"]["status"] == status
        assert "ptz_key" not in json.dumps(answer) and not any("ptz_key" in line for line in bridge.complaints)
        assert bridge.end() == 0


def test_a_server_that_cannot_be_reached_is_an_error_and_no_end():
    port = free_port()
    with Bridge("--url", f"http://127.0.0.1:{port}/", POSTIZ_API_KEY="ptz_key") as bridge:
        bridge.write(INITIALIZE)
        answer = bridge.read()
        assert answer["id"] == 0 and "cannot be reached" in answer["error"]["message"] and str(port) in answer["error"]["message"]
        with ScriptedServer(polite, port):
            assert bridge.ask(1, "initialize", protocolVersion="2025-11-25")["result"]
        assert bridge.end() == 0


def test_the_end_of_the_input_waits_for_what_is_under_way():
    def script(asked: Asked) -> None:
        if asked.method == "POST" and asked.message.get("method") == "tools/call":
            threading.Event().wait(0.5)
        polite(asked)

    with ScriptedServer(script) as server:
        lines = "\n".join(map(json.dumps, (INITIALIZE, INITIALIZED, request(1, "tools/call", name="slow"))))
        done = subprocess.run(
            [binary("POSTIZ_BINARY", "postiz"), "mcp", "--url", server.base + "/api/mcp/ptz_key"], input=lines, text=True, capture_output=True, timeout=30)
        assert done.returncode == 0
        assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [0, 1]
        assert server.asked[0].handler.path == "/api/mcp/ptz_key" and "authorization" not in server.asked[0].headers


def test_it_stops_when_asked_to():
    with ScriptedServer(polite) as server, bridge_to(server) as bridge:
        bridge.open()
        bridge.process.send_signal(signal.SIGTERM)
        assert bridge.process.wait(10) == 0
        assert server.asked[-1].method == "DELETE"


def test_it_ends_when_the_client_is_gone():
    with ScriptedServer(polite) as server:
        theirs, ours = os.pipe()
        process = subprocess.Popen(
            [binary("POSTIZ_BINARY", "postiz"), "mcp", "--url", server.base + "/api/mcp/ptz_key"], stdin=subprocess.PIPE, stdout=ours, text=True)
        os.close(ours)
        os.close(theirs)
        process.stdin.write(json.dumps(INITIALIZE) + "\n")
        process.stdin.flush()  # and the input stays open
        assert process.wait(20) == 0
        process.stdin.close()
        assert server.asked[-1].method == "DELETE"


@pytest.mark.parametrize("arguments, environment, words", [
    (["--url", "not an address"], {"POSTIZ_API_KEY": "ptz_key"}, "--url"),
    (["--url", "http://127.0.0.1:9"], {}, "POSTIZ_API_KEY"),
])
def test_what_is_missing_is_said_at_the_start(arguments, environment, words):
    with Bridge(*arguments, **environment) as bridge:
        assert bridge.end() != 0
        until(lambda: any(words in line for line in bridge.complaints), 5, lambda: bridge.complaints)
        assert bridge.lines.empty()
