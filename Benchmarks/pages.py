"""Server time and compressed size of the pages that list posts, with more and more of them. Posts are written into the database, not posted."""
from __future__ import annotations

import datetime
import os
import pathlib
import sqlite3
import statistics
import subprocess
import tempfile
import time

import targets
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
        connection.commit()
        # A log of a gigabyte is the filling's, and would be the first thing that the server cleans up.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


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


# The month alone, with 100 posts in it, on both databases

def fill_server(url: str, template: str, count: int, start: int, first: datetime.datetime, days: int) -> None:
    """The same as `fill` on PostgreSQL, by the server itself."""
    begin, step = int(first.timestamp() * 1000), days * 86_400_000 // count
    at = f"{begin} + (n - {start}) * {step}::bigint"
    name = "lpad(to_hex(n), 8, '0') || '-0000-7000-{}000-000000000000'"
    copies = {
        "posts": ("id", {"id": name.format(8), "search_text": "'a workshop for wheels ' || n", "scheduled_for": at, "sort_at": at}),
        "publications": ("post_id", {"id": name.format(9), "post_id": name.format(8), "due_at": at}),
    }
    for table, (key, changes) in copies.items():
        values = ", ".join(f"'{column}', {value}" for column, value in changes.items())
        run_sql(url, f"INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object({values}))).* FROM {table} t, "
                     f"generate_series({start}, {start + count - 1}) n WHERE t.{key} = '{template}'")
    run_sql(url, "VACUUM (ANALYZE) posts, publications")


def run_sql(url: str, statement: str) -> None:
    subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", statement], check=True)


def measure_month(total: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder, Simulator("bench-simulator") as simulator:
        compare_months("SQLite", [pathlib.Path(folder, name) for name in ("few", "many")], simulator, total, rounds, [None, None])
        if url := os.environ.get("TEST_DATABASE_URL"):
            names = ["bench_few", "bench_many"]
            for name in names:
                run_sql(url, f"CREATE DATABASE {name}")
            compare_months("PostgreSQL", [pathlib.Path(folder, f"server-{name}") for name in names], simulator, total, rounds,
                           [url.rpartition("/")[0] + "/" + name for name in names])
        else:
            print("PostgreSQL was not measured: run it below bin/test-postgres.")


def compare_months(database: str, folders: list[pathlib.Path], simulator: Simulator, total: int, rounds: int, urls: list[str | None]) -> None:
    """One server with 1,000 posts and one with `total`, 100 of them in the month, asked in turns."""
    end = (SHOWN + datetime.timedelta(days=31)).strftime("%Y-%m-%dT00:00:00Z")
    paths = {"page": PAGES["month"], "API": f"/api/posts?from={SHOWN.strftime('%Y-%m-%dT00:00:00Z')}&to={end}&limit=200&order=oldest"}
    settings = [{"DATABASE_URL": url} if url else {} for url in urls]
    with Postiz("bench-few", folders[0], simulator, LOG_LEVEL="error", **settings[0]) as few, \
            Postiz("bench-many", folders[1], simulator, LOG_LEVEL="error", **settings[1]) as many:
        sessions = [filled(postiz, url, count) for postiz, url, count in zip((few, many), urls, (1_000, total))]
        for what, path in paths.items():
            times = [[measure(session, path, 1)[0] for session in sessions] for _ in range(rounds)]
            small, large = (statistics.median(column) for column in zip(*times))
            print(f"month, {what}, {database}: {small:.1f} ms with 1,000 posts, {large:.1f} ms with {total:,}, medians of {rounds} in turns")
            targets.score(f"month, {what}, {database}", large, 50, "ms", at_most=True)
            targets.score(f"month, {what}, {database}, times that with 1,000 posts", large / small, 1.3, at_most=True)


def filled(postiz: Postiz, url: str | None, count: int):
    """A browser's session at a server with that many posts."""
    session, client = new_account(postiz.base)
    channel = client.connect("mastodon", "bench")["id"]
    template = client.create(content="TEMPLATE", platforms=[channel], scheduledFor=(SHOWN + datetime.timedelta(hours=9)).isoformat())["id"]
    for number, start, first, days in ((99, 1, SHOWN, 28), (count - 100, 100, SHOWN + datetime.timedelta(days=60), 700)):
        if url:
            fill_server(url, template, number, start, first, days)
        else:
            fill(postiz.folder / "postiz.sqlite", template, number, start, first, days)
    return session
