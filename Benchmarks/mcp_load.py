"""Assistants on loopback: sessions that call a tool one after the other over kept connections, and streams that only listen."""
from __future__ import annotations

import asyncio
import dataclasses
import json
import time
import urllib.parse

INITIALIZE = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
    "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


@dataclasses.dataclass
class Assistant:
    """One session on one connection."""

    url: str
    key: str | None
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None
    session: str | None = None

    async def open(self) -> "Assistant":
        address = urllib.parse.urlsplit(self.url)
        self.reader, self.writer = await asyncio.open_connection(address.hostname, address.port)
        headers, _ = await self.send(INITIALIZE)
        self.session = headers["mcp-session-id"]
        await self.send(INITIALIZED)
        return self

    def head(self, method: str, length: int | None) -> str:
        address = urllib.parse.urlsplit(self.url)
        lines = [f"{method} {address.path} HTTP/1.1", f"Host: {address.netloc}", "Accept: application/json, text/event-stream"]
        lines += [f"Authorization: Bearer {self.key}"] if self.key else []
        lines += [f"Mcp-Session-Id: {self.session}", "MCP-Protocol-Version: 2025-11-25"] if self.session else []
        lines += ["Content-Type: application/json", f"Content-Length: {length}"] if length is not None else []
        return "\r\n".join(lines) + "\r\n\r\n"

    async def send(self, message: dict) -> tuple[dict[str, str], bytes]:
        body = json.dumps(message).encode()
        self.writer.write(self.head("POST", len(body)).encode() + body)
        return await self.answer()

    async def answer(self) -> tuple[dict[str, str], bytes]:
        status, headers = await self.headers()
        assert status in (200, 202), (status, headers)
        if headers.get("transfer-encoding") != "chunked":
            return headers, await self.reader.readexactly(int(headers.get("content-length", 0)))
        parts = []
        while size := int(await self.reader.readline(), 16):
            parts.append(await self.reader.readexactly(size))
            await self.reader.readexactly(2)
        await self.reader.readexactly(2)
        return headers, b"".join(parts)

    async def headers(self) -> tuple[int, dict[str, str]]:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = (line.split(":", 1) for line in head[1:] if line)
        return int(head[0].split()[1]), {name.lower(): value.strip() for name, value in fields}

    async def listen(self) -> None:
        """Opens the server's own stream on this connection and leaves it open."""
        self.writer.write(self.head("GET", None).encode())
        status, headers = await self.headers()
        assert status == 200, (status, headers)

    def close(self) -> None:
        self.writer.close()


async def opened(url: str, keys: list[str | None], count: int) -> list[Assistant]:
    """Sessions that share the keys: what one key may do at once is limited."""
    room = asyncio.Semaphore(32)

    async def one(number: int) -> Assistant:
        async with room:
            return await Assistant(url, keys[number % len(keys)]).open()

    return await asyncio.gather(*(one(number) for number in range(count)))


async def _calls(url: str, keys: list[str | None], tool: str, arguments: dict, sessions: int, seconds: float) -> list[float]:
    assistants = await opened(url, keys, sessions)
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def work(number: int, assistant: Assistant) -> None:
        count = 0
        while (began := time.perf_counter()) < end:
            count += 1
            own = {name: value % f"{number}-{count}" if isinstance(value, str) and "%s" in value else value for name, value in arguments.items()}
            _, body = await assistant.send(
                {"jsonrpc": "2.0", "id": count, "method": "tools/call", "params": {"name": tool, "arguments": own}})
            times.append(time.perf_counter() - began)
            assert b'"isError":true' not in body.replace(b" ", b"") and b'"error"' not in body[:60], body[:500]

    await asyncio.gather(*(work(number, assistant) for number, assistant in enumerate(assistants)))
    for assistant in assistants:
        assistant.close()
    return times


def calls(url: str, keys: list[str | None], tool: str, arguments: dict, sessions: int, seconds: float) -> list[float]:
    """The seconds that each call took. `%s` in an argument becomes something of its own each time."""
    return asyncio.run(_calls(url, keys, tool, arguments, sessions, seconds))


def with_listeners(url: str, keys: list[str | None], count: int, look) -> object:
    """What `look` gives while `count` streams are open."""
    async def hold() -> object:
        assistants = await opened(url, keys, count)
        await asyncio.gather(*(assistant.listen() for assistant in assistants))
        await asyncio.sleep(2)  # what opening them needed is let go of
        seen = look()
        for assistant in assistants:
            assistant.close()
        return seen

    return asyncio.run(hold())
