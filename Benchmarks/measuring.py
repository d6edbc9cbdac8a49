"""What benchmarks measure with: shares of a list, memory and processor time of programs, and many posts at once."""
from __future__ import annotations

import concurrent.futures
import http.client
import json
import os
import pathlib
import urllib.parse

from programs import Program


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def memory(program: Program) -> tuple[float, float]:
    """Resident and proportional megabytes."""
    fields = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{program.process.pid}/smaps_rollup").read_text().splitlines()[1:])
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("Rss", "Pss"))


def processor_seconds(*pids: int) -> float:
    """What these processes and their children have used of the processors so far, in user and system mode."""
    stats, wanted = {}, set(pids)
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It has ended meanwhile.
        stats[int(folder.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    while more := {pid for pid, (parent, _) in stats.items() if parent in wanted} - wanted:
        wanted |= more
    return sum(stats[pid][1] for pid in wanted if pid in stats) / os.sysconf("SC_CLK_TCK")


def post_many(base: str, key: str, drafts: list[dict], threads: int = 8) -> list[str]:
    """Creates posts over kept connections; gives their ids in the order of the drafts."""
    address = urllib.parse.urlsplit(base).netloc
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def create(share: list[dict]) -> list[str]:
        connection, ids = http.client.HTTPConnection(address, timeout=60), []
        for draft in share:
            connection.request("POST", "/api/posts", json.dumps(draft), headers)
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == 201, body
            ids.append(json.loads(body)["id"])
        return ids

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
        shares = list(pool.map(create, (drafts[number::threads] for number in range(threads))))
    return [shares[number % threads][number // threads] for number in range(len(drafts))]
