"""Server time and compressed size of the pages that list posts, with more and more of them. Posts are written into the database, not posted."""
from __future__ import annotations

import datetime
import pathlib
import sqlite3
import statistics
import tempfile
import time

from client import new_account
from programs import Postiz, Simulator

# The middle of the month that is looked at, far enough from today that nothing of it is due.
SHOWN = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=70)).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
DATE = SHOWN.strftime("%Y-%m-15")
PAGES = {
    "month": f"/calendar?view=month&date={DATE}", "week": f"/calendar?view=week&date={DATE}", "day": f"/calendar?view=day&date={DATE}",
    "agenda": f"/calendar?view=agenda&date={DATE}", "one day told anew": f"/calendar/cells?view=month&date={DATE}&at={DATE}T12:00:00.000Z",
    "month, one channel": f"/calendar?view=month&date={DATE}&channel=mastodon", "posts": "/posts", "today": "/today",
}
WORDS = "a workshop for wheels chains and lamps opens its doors to all who ride far on quiet roads with friends and cake".split()


def fill(database: pathlib.Path, template: str, count: int, start: int, first: datetime.datetime, days: int) -> None:
    """Copies of the post `template`, each with its publication, spread evenly over `days` from `first` on."""
    with sqlite3.connect(database, timeout=60) as connection:
        post = dict(zip(*columns_and_row(connection, "posts", "id", template)))
        publication = dict(zip(*columns_and_row(connection, "publications", "post_id", template)))
        begin, step = int(first.timestamp() * 1000), days * 86_400_000 / count
        posts, publications = [], []
        for number in range(start, start + count):
            at = begin + int((number - start) * step)
            name = f"{number:08x}-0000-7000-8000-000000000000"
            text = " ".join(WORDS[(number * step + 3 * step * step) % len(WORDS)] for step in range(24)) + f" {number}"
            posts.append(tuple((post | {
                "id": name, "content": post["content"].replace("TEMPLATE", text), "search_text": text, "scheduled_for": at, "sort_at": at,
            }).values()))
            publications.append(tuple((publication | {"id": f"{number:08x}-0000-7000-9000-000000000000", "post_id": name, "due_at": at}).values()))
        for table, row, rows in (("posts", post, posts), ("publications", publication, publications)):
            connection.executemany(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", rows)


def columns_and_row(connection: sqlite3.Connection, table: str, key: str, value: str):
    cursor = connection.execute(f"SELECT * FROM {table} WHERE {key} = ?", (value,))
    return [column[0] for column in cursor.description], cursor.fetchone()


def measure(session, path: str, rounds: int) -> tuple[float, float, int]:
    """Median and slowest milliseconds, and bytes as they travel."""
    times, size = [], 0
    for number in range(rounds + 2):
        began = time.perf_counter()
        with session.stream("GET", path, headers={"Accept": "text/html", "Accept-Encoding": "gzip"}) as answer:
            size = sum(len(piece) for piece in answer.iter_raw())
            assert answer.status_code == 200, path
        if number > 1:
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), max(times), size


def measure_pages(totals: list[int], in_month: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder, Simulator("bench-simulator") as simulator:
        with Postiz("bench-postiz", pathlib.Path(folder, "data"), simulator, LOG_LEVEL="error") as postiz:
            session, client = new_account(postiz.base)
            channel = client.connect("mastodon", "bench")["id"]
            template = client.create(content="TEMPLATE", platforms=[channel], scheduledFor=(SHOWN + datetime.timedelta(hours=9)).isoformat())["id"]
            database = pathlib.Path(folder, "data", "postiz.sqlite")
            there, base = 1, {}
            for total in totals:
                # A thousand in the month that is shown, the others after it.
                if there == 1:
                    fill(database, template, min(total, 1000), there, SHOWN, 28)
                    there += min(total, 1000)
                if total > there:
                    fill(database, template, total - there, there, SHOWN + datetime.timedelta(days=60), 700)
                    there = total
                base = report(session, f"{total:,} posts, 1,000 of them in the month", rounds, base)
            fill(database, template, in_month - 1000, there, SHOWN, 28)
            report(session, f"the same and {in_month:,} of them in the month", rounds, base)


def report(session, title: str, rounds: int, base: dict) -> dict:
    print(f"{title}: milliseconds at the server, median and slowest; bytes compressed; against the first", flush=True)
    found = {}
    for name, path in PAGES.items():
        median, slowest, size = measure(session, path, rounds)
        found[name] = median
        print(f"  {name:20} {median:7.1f} {slowest:7.1f} {size / 1000:7.1f} kB   x {median / base.get(name, median):.2f}", flush=True)
    return base or found
