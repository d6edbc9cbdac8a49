"""What a thousand feeds cost: the processor time of reading each once, unchanged and with one new item."""
from __future__ import annotations

import asyncio
import pathlib
import sqlite3
import time

from client import new_account
from measuring import processor_seconds
from programs import Postiz, Simulator, until
from webhooks import listen

FEEDS, PER_WORKSPACE = 1_000, 200


class Publisher(asyncio.Protocol):
    """Serves an RSS feed of twenty items at every path, under an entity tag; `edition` puts a new item in front of all of them."""

    edition = 0
    changed = unchanged = 0

    def connection_made(self, transport):
        self.transport, self.buffer = transport, b""

    def data_received(self, data):
        self.buffer += data
        if b"\r\n\r\n" not in self.buffer:
            return
        tag = f'"{Publisher.edition}"'
        if f"if-none-match: {tag}".encode() in self.buffer.lower():
            Publisher.unchanged += 1
            answer = f"HTTP/1.1 304 Not Modified\r\netag: {tag}\r\nconnection: close\r\n\r\n".encode()
        else:
            Publisher.changed += 1
            body = feed(Publisher.edition).encode()
            head = f"HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-type: application/rss+xml\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
            answer = head.encode() + body
        self.transport.write(answer)
        self.transport.close()


def feed(edition: int) -> str:
    items = "".join(
        f"<item><title>Item {number}</title><link>https://example.com/{number}</link><guid>urn:item:{number}</guid>"
        f"<description>&lt;p&gt;{'Some words about it. ' * 20}&lt;/p&gt;</description></item>" for number in range(edition + 20, edition, -1))
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>News</title><link>https://example.com</link>{items}</channel></rss>"


def measure_feeds(folder: pathlib.Path) -> None:
    port = listen(Publisher)
    with Simulator() as simulator, Postiz("feeds", folder, simulator.without_limits(), ALLOWED_PRIVATE_HOSTS="127.0.0.1") as postiz:
        for workspace in range(FEEDS // PER_WORKSPACE):
            _, client = new_account(postiz.base)
            for number in range(PER_WORKSPACE):
                client.call("POST", "/api/sources", 201, json={"url": f"http://127.0.0.1:{port}/{workspace}/{number}", "integrationIds": []})
        database = sqlite3.connect(postiz.folder / "postiz.sqlite", timeout=30)
        drafts = "SELECT COUNT(*) FROM posts"
        for what, edition in (("unchanged", 0), ("with a new item each", 1)):
            Publisher.edition, Publisher.changed, Publisher.unchanged = edition, 0, 0
            used, started = processor_seconds(postiz.process.pid), time.monotonic()
            with database:
                database.execute("UPDATE feed_sources SET next_read_at = 0")
            until(lambda: Publisher.changed + Publisher.unchanged >= FEEDS and database.execute(drafts).fetchone()[0] >= edition * FEEDS, 900,
                  lambda: f"{Publisher.changed} and {Publisher.unchanged} read, {database.execute(drafts).fetchone()[0]} drafts")
            took, spent = time.monotonic() - started, processor_seconds(postiz.process.pid) - used
            print(f"{FEEDS:,} feeds {what} ({Publisher.unchanged:,} answers 304): {spent:.1f} s of processor time ({took:.0f} s in all), "
                  f"once an hour {spent / 36:.2f} % of one core (wanted: under 5 %)", flush=True)
