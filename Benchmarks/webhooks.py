"""How many deliveries a second reach webhooks on loopback, each signed and noted."""
from __future__ import annotations

import asyncio
import pathlib
import re
import threading
import time

from client import new_account
from measuring import post_many
from programs import Postiz, Simulator, until


class Receiver(asyncio.Protocol):
    """Reads a request, counts it, answers 204: no more than a receiver has to do."""

    times: list[float] = []
    length = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        head, mark, body = self.buffer.partition(b"\r\n\r\n")
        if mark and len(body) >= int(self.length.search(head)[1]):
            self.times.append(time.monotonic())
            self.buffer = b""
            self.transport.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
            self.transport.close()


def listen(protocol: type[asyncio.Protocol]) -> int:
    """Serves `protocol` from a thread of its own and gives the port."""
    ports: list[int] = []

    async def serve():
        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0, backlog=1024)
        ports.append(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    until(lambda: ports, 10, lambda: "somebody listens")
    return ports[0]


def measure_webhooks(folder: pathlib.Path, webhooks: int = 10, events: int = 1000) -> None:
    port = listen(Receiver)
    with Simulator() as simulator, Postiz("webhooks", folder, simulator.without_limits(), ALLOWED_PRIVATE_HOSTS="127.0.0.1") as postiz:
        _, client = new_account(postiz.base)
        for number in range(webhooks):
            hook = {"name": f"Webhook {number}", "url": f"http://127.0.0.1:{port}/{number}", "events": ["post_created"]}
            client.call("POST", "/api/webhooks", 201, json=hook)
        post_many(postiz.base, client.key, [{"content": f"Draft {number}", "status": "draft"} for number in range(events)])
        wanted = webhooks * events
        until(lambda: len(Receiver.times) >= wanted, 300, lambda: f"{len(Receiver.times)} of {wanted} deliveries")
        took = Receiver.times[-1] - Receiver.times[0]
        print(f"{wanted:,} deliveries to {webhooks} webhooks in {took:.1f} s: {wanted / took:,.0f}/s (wanted: 500/s); "
              f"more than wanted, doubled: {len(Receiver.times) - wanted}")
