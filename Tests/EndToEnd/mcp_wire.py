"""The assistant protocol over plain HTTP, as it goes over the wire; every message that comes is checked against the published types."""
from __future__ import annotations

import contextlib
import itertools
import json
import time
from typing import Iterator

import httpx
import mcp_types

BOTH = "application/json, text/event-stream"
META = "io.modelcontextprotocol/"
STATELESS = "2026-07-28"
EVERYTHING = {"sampling": {}, "elicitation": {"form": {}, "url": {}}, "roots": {}}
_ids = itertools.count(1)


def request(method: str, params: dict | None = None, id: object = None) -> dict:
    message = {"jsonrpc": "2.0", "id": next(_ids) if id is None else id, "method": method}
    return message if params is None else message | {"params": params}


def notification(method: str, params: dict | None = None) -> dict:
    return {"jsonrpc": "2.0", "method": method} | ({} if params is None else {"params": params})


def holds_null(value: object) -> bool:
    if isinstance(value, dict):
        return any(item is None or holds_null(item) for item in value.values())
    return isinstance(value, list) and any(item is None or holds_null(item) for item in value)


def checked(message: dict) -> dict:
    """A message as it is, once it is known to be one. Only an error may have the id null."""
    mcp_types.jsonrpc_message_adapter.validate_python(message)
    assert not holds_null({key: value for key, value in message.items() if key != "id"}), message
    return message


class Events:
    """A stream of server-sent events while it is open. Silence ends it: the comments that keep it open do not count."""

    def __init__(self, response: httpx.Response, seconds: float = 20):
        self.response, self.comments, self.retry = response, 0, None
        self.deadline = time.monotonic() + seconds
        self._events = self._read()

    def _read(self) -> Iterator[tuple[str | None, str, str | None]]:
        kind, data, id = "message", [], None
        for line in self.response.iter_lines():
            if line.startswith(":"):
                self.comments += 1
                assert time.monotonic() < self.deadline, "nothing came on the stream"
                continue
            if line:
                field, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if field == "data":
                    data.append(value)
                elif field == "event":
                    kind = value
                elif field == "id":
                    id = value
                elif field == "retry":
                    self.retry = int(value)
                continue
            if data or id is not None:
                yield kind, "\n".join(data), id
            kind, data, id = "message", [], None

    def event(self) -> tuple[str | None, str, str | None]:
        """The next event: its type, data and id."""
        return next(self._events)

    def messages(self) -> Iterator[tuple[dict, str | None]]:
        """Messages with the ids of their events; events without data are passed over."""
        for _, data, id in self._events:
            if data:
                yield checked(json.loads(data)), id

    def message(self) -> dict:
        return next(self.messages())[0]

    def until_answer(self, id: object) -> tuple[dict, list[dict]]:
        """The answer to a request, and what was said before it."""
        before = []
        for message, _ in self.messages():
            if "method" not in message and message["id"] == id:
                return message, before
            before.append(message)
        raise AssertionError(f"the stream ended without an answer; before: {before}")


class Wire(httpx.Client):
    """One endpoint of Streamable HTTP."""

    def __init__(self, url: str, key: str | None = None, **headers: str):
        super().__init__(timeout=30, headers={"Accept": BOTH} | ({"Authorization": f"Bearer {key}"} if key else {}) | headers)
        self.url = url
        self.session: dict[str, str] = {}

    def post_message(self, message: object, **headers: str) -> httpx.Response:
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(self.url, content=body, headers={"Content-Type": "application/json"} | self.session | named)

    def open(self, revision: str = "2025-11-25", capabilities: dict | None = None) -> dict:
        """The handshake; later messages belong to its session."""
        self.session = {}
        answer = self.post_message(request("initialize", {
            "protocolVersion": revision, "capabilities": capabilities or {}, "clientInfo": {"name": "wire", "version": "1"}}))
        assert answer.status_code == 200, answer.text
        result = checked(answer.json())["result"]
        self.session = {"Mcp-Session-Id": answer.headers["mcp-session-id"], "MCP-Protocol-Version": result["protocolVersion"]}
        assert self.post_message(notification("notifications/initialized")).status_code == 202
        return result

    def ask(self, method: str, params: dict | None = None, id: object = None, **headers: str) -> dict:
        """The answer to a request, whatever came before it."""
        return self.exchange(request(method, params, id), **headers)[0]

    def exchange(self, message: dict, **headers: str) -> tuple[dict, list[dict]]:
        with self.streaming(message, **headers) as response:
            assert response.status_code == 200, response.read()
            if response.headers["content-type"].startswith("application/json"):
                answer = checked(json.loads(response.read()))
                assert answer["id"] == message["id"] and type(answer["id"]) is type(message["id"])
                return answer, []
            return Events(response).until_answer(message["id"])

    @contextlib.contextmanager
    def streaming(self, message: dict, **headers: str):
        named = {"Content-Type": "application/json"} | self.session | {name.replace("_", "-"): value for name, value in headers.items()}
        with self.stream("POST", self.url, json=message, headers=named) as response:
            yield response

    @contextlib.contextmanager
    def listen(self, **headers: str):
        """The server's own stream of the session."""
        named = self.session | {"Accept": "text/event-stream"} | {name.replace("_", "-"): value for name, value in headers.items()}
        with self.stream("GET", self.url, headers=named) as response:
            assert response.status_code == 200, response.read()
            assert response.headers["content-type"].startswith("text/event-stream")
            yield Events(response)


def stateless(method: str, params: dict | None = None, id: object = None, capabilities: dict | None = None, **meta: object) -> dict:
    """A request that describes itself."""
    own = {META + "protocolVersion": STATELESS, META + "clientCapabilities": EVERYTHING if capabilities is None else capabilities}
    own |= {META + name if name in ("logLevel",) else name: value for name, value in meta.items()}
    return request(method, (params or {}) | {"_meta": own}, id)


def mirrored(message: dict) -> dict[str, str]:
    """The headers that repeat what a request says."""
    name = message["params"].get("uri" if message["method"] == "resources/read" else "name")
    return {"MCP-Protocol-Version": STATELESS, "Mcp-Method": message["method"]} | ({"Mcp-Name": name} if name else {})


class Modern(Wire):
    """The same endpoint in the stateless era."""

    def call(self, method: str, params: dict | None = None, **meta: object) -> dict:
        """The result of a request that succeeds."""
        answer = self.said(method, params, **meta)[0]
        assert "result" in answer, answer
        return answer["result"]

    def said(self, method: str, params: dict | None = None, **meta: object) -> tuple[dict, list[dict]]:
        message = stateless(method, params, **meta)
        return self.exchange(message, **mirrored(message))

    def answer(self, method: str, params: dict | None = None, **meta: object) -> httpx.Response:
        message = stateless(method, params, **meta)
        return self.post_message(message, **mirrored(message))
