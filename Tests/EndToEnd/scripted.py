"""A server that says what a test tells it to, and keeps what it was asked."""
from __future__ import annotations

import dataclasses
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Callable


@dataclasses.dataclass
class Asked:
    """One request, and the ways to answer it."""

    method: str
    headers: dict[str, str]
    body: bytes
    handler: BaseHTTPRequestHandler = dataclasses.field(repr=False)

    @property
    def message(self) -> dict:
        return json.loads(self.body)

    def answer(self, status: int, body: object = None, **headers: str) -> None:
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        self.handler.send_response(status)
        fields = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        for name, value in (fields | {"Content-Length": str(len(data))}).items():
            self.handler.send_header(name, value)
        self.handler.end_headers()
        self.handler.wfile.write(data)

    def result(self, **result: object) -> None:
        self.answer(200, {"jsonrpc": "2.0", "id": self.message["id"], "result": result})

    def stream(self, *events: str, **headers: str) -> None:
        """Sends events as they are written and ends the stream."""
        self.open_stream(**headers)
        for event in events:
            self.send(event)

    def open_stream(self, **headers: str) -> None:
        self.handler.send_response(200)
        for name, value in ({"Content-Type": "text/event-stream", "Connection": "close"} | headers).items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()

    def send(self, text: str) -> None:
        self.handler.wfile.write(text.encode())
        self.handler.wfile.flush()


class ScriptedServer:
    """`script` is called for every request, in the thread of its connection."""

    def __init__(self, script: Callable[[Asked], None], port: int = 0):
        self.asked: list[Asked] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(self.command, {name.lower(): value for name, value in self.headers.items()}, body, self)
                outer.asked.append(asked)
                try:
                    script(asked)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            do_GET = do_POST = do_DELETE = reply

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.base = f"http://127.0.0.1:{self.server.server_port}"

    def methods(self) -> list[str]:
        """What was posted, by the messages' methods."""
        return [asked.message.get("method") for asked in self.asked if asked.method == "POST"]

    def __enter__(self) -> "ScriptedServer":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
