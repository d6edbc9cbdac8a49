"""Backups of many posts and many files while posts go out, beside `tar` piped into the same compressor, on the same data and under the same load."""
from __future__ import annotations

import datetime
import hashlib
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time

import pages
from client import Client, in_seconds, moment, new_account
from pictures import png
from programs import Postiz, Simulator

MEGA = 1_000_000
# The sizes of the files: pictures, and now and then a film. Nothing compresses them any further.
SIZES = [MEGA // 5, MEGA // 2, MEGA, 2 * MEGA, 5 * MEGA // 2, 50 * MEGA]


def fill_posts(database: pathlib.Path, template: str, count: int) -> None:
    first = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=60)
    for start in range(1, count + 1, 50_000):
        pages.fill(database, template, min(50_000, count + 1 - start), start, first, 700)


def fill_library(database: pathlib.Path, uploads: pathlib.Path, media: str, total: int) -> int:
    """Files of random bytes as uploads leave them, with their rows. Gives their number."""
    made, number = 0, 0
    with sqlite3.connect(database, timeout=60) as connection:
        row = dict(zip(*pages.columns_and_row(connection, "media", "id", media)))
        while made < total:
            data = os.urandom(min(SIZES[number % len(SIZES)], total - made))
            digest = hashlib.sha256(data).hexdigest()
            path = uploads / digest[:2] / digest
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
            values = row | {"id": f"{number:08x}-0000-7000-a000-000000000000", "digest": digest, "size": len(data), "thumbnail_due": None}
            connection.execute(f"INSERT INTO media ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))
            made, number = made + len(data), number + 1
    return number


class Load(threading.Thread):
    """Somebody who plans five posts a second for two seconds later, until told to stop."""

    def __init__(self, client: Client, channel: str, mark: str):
        super().__init__(daemon=True)
        self.client, self.channel, self.mark, self.over, self.due = client, channel, mark, threading.Event(), {}

    def run(self) -> None:
        while not self.over.wait(0.2):
            text, when = f"{self.mark} {len(self.due)}", in_seconds(2)
            self.client.create(content=text, platforms=[self.channel], scheduledFor=when)
            self.due[text] = moment(when)

    def lateness(self, simulator: Simulator, account: str) -> list[float]:
        self.over.set()
        self.join()
        deadline = time.monotonic() + 60
        while True:
            out = {item["text"]: moment(item["createdAt"]) for item in simulator.publications("mastodon", account) if item["text"] in self.due}
            if len(out) == len(self.due) or time.monotonic() > deadline:
                assert len(out) == len(self.due), f"{len(self.due) - len(out)} posts did not go out"
                return sorted((out[text] - due).total_seconds() for text, due in self.due.items())
            time.sleep(0.5)


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float, float, str]:
    """Seconds, those of processors in all of its processes, the most resident megabytes of the command itself, and what it printed."""
    began, most, before = time.monotonic(), 0, processors()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    while process.poll() is None:
        # Not what `wait4` tells: that counts the copy of this program, too, which a process is before it becomes another one.
        try:
            lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            lines = []
        most = max([most] + [int(line.split()[1]) for line in lines if line.startswith("VmHWM")])
        time.sleep(0.05)
    assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return time.monotonic() - began, processors() - before, most / 1024, process.stdout.read()


def processors() -> float:
    """Seconds that processes used which have ended, begun by this one or by those."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure_backup(posts: int, gigabytes: float, only: str | None = None) -> None:
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder, Simulator("bench-simulator") as simulator:
        simulator.without_limits()
        data, out = pathlib.Path(folder, "data"), pathlib.Path(folder, "out")
        with Postiz("bench-postiz", data, simulator, LOG_LEVEL="error") as postiz:
            _, client = new_account(postiz.base)
            channel = client.connect("mastodon", "bench")["id"]
            template = client.create(content="TEMPLATE", platforms=[channel], scheduledFor=in_seconds(90 * 86_400))["id"]
            picture = client.upload(png(8, 8))["id"]
            fill_posts(data / "postiz.sqlite", template, posts)
            files = fill_library(data / "postiz.sqlite", data / "uploads", picture, int(gigabytes * 1000 * MEGA))
            print(f"{posts:,} posts, {files:,} files of {gigabytes:g} GB, database of {(data / 'postiz.sqlite').stat().st_size / MEGA:,.0f} MB; "
                  "five posts go out every second meanwhile", flush=True)
            for path in sorted((data / "uploads").glob("??/*")):  # Both then find what fits in the machine's memory there.
                path.read_bytes()
            report(simulator, client, channel, postiz, data, out, only)


def report(simulator: Simulator, client: Client, channel: str, postiz: Postiz, data: pathlib.Path, out: pathlib.Path,
           only: str | None) -> None:
    print(f"{'':22}{'seconds':>10}{'MB/s':>10}{'of processors':>16}{'its memory, MB':>16}{'late p50, p99, max':>28}", flush=True)

    def turn(name: str, work) -> float:
        out.mkdir()
        load = Load(client, channel, name)
        load.start()
        seconds, used, most, size = work()
        late = load.lateness(simulator, "bench")
        shutil.rmtree(out)
        rate, most = f"{size / MEGA / seconds:.1f}" if size else "", f"{most:.0f}" if most else ""
        tell = lambda share: late[min(len(late) - 1, int(len(late) * share))]  # noqa: E731
        print(f"{name:22}{seconds:10.1f}{rate:>10}{used:16.1f}{most:>16}{f'{tell(0.5):.3f} {tell(0.99):.3f} {late[-1]:.3f} s':>28}", flush=True)
        return seconds

    def backup(*options: str):
        def work():
            seconds, used, most, said = timed([postiz.command[0], "backup", "--to", str(out), "--json", *options], postiz.environment)
            assert json.loads(said)["missing"] == []
            return seconds, used, most, size()
        return work

    def tar(compressor: str):
        def work():
            # 1 says that the database changed meanwhile, which a copy by us has to bear as well.
            script = f"set -o pipefail; {{ tar -C {data} -cf - postiz.sqlite uploads || [ $? = 1 ]; }} 2>/dev/null | {compressor} > {out}/tar"
            seconds, used, _, _ = timed(["bash", "-c", script], dict(os.environ))
            return seconds, used, 0, size()
        return work

    def size() -> int:
        return (data / "postiz.sqlite").stat().st_size + sum(path.stat().st_size for path in (data / "uploads").glob("??/*"))

    def rest():
        time.sleep(30)
        return 30, 0, 0, 0

    turn("nothing else", rest)
    for name, compressor, options in (("gzip", "gzip -c", []), ("zstd", "zstd -q -c", ["--zstd"])):
        if only not in (None, name):
            continue
        theirs = turn(f"tar | {name}", tar(compressor))
        ours = turn(f"postiz backup, {name}", backup(*options))
        print(f"{'':22}{theirs / ours:10.2f} of tar's speed", flush=True)
