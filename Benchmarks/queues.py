"""Jobs queued, taken and ended by two workers: ours on SQLite, PostgreSQL, and PostgreSQL with Redis, beside huey on the same Redis."""
from __future__ import annotations

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

from services import Postgres, Redis
from targets import score

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("ENGINE_BENCH", str(HERE.parent / ".build-release/release/engine-bench"))


class Side:
    """A queue with what starts one of its workers and what queues `count` jobs and waits for their end."""

    def __init__(self, name: str, environment: dict[str, str], worker: list[str], enqueue: list[str], workers: int = 2):
        self.name, self.worker, self.enqueue, self.workers = name, worker, enqueue, workers
        self.environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HERE)} | environment

    def round(self, count: int) -> tuple[float, float]:
        """Jobs a second: queued, and from the first to the end of the last."""
        working = [subprocess.Popen(self.worker, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for _ in range(self.workers)]
        try:
            said = subprocess.run([*self.enqueue, str(count)], env=self.environment, check=True, capture_output=True, text=True, timeout=300).stdout
        finally:
            for process in working:
                process.terminate()
            for process in working:
                process.wait(20)
        queued, ended = map(float, said.split("RESULT", 1)[1].split())
        return count / queued, count / ended


def measure_queue(count: int, rounds: int) -> None:
    servers = dict(entry.split("=", 1) for entry in os.environ["TEST_REDIS_SERVERS"].split(","))
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder:
        redis = Redis(servers["redis-7.0"], pathlib.Path(folder, "redis")).start()
        postgres = Postgres(os.environ["TEST_DATABASE_URL"])
        addresses = []
        for name in ("bench_alone", "bench_redis"):
            postgres.ask(f"CREATE DATABASE {name}")
            addresses.append(postgres.address._replace(path="/" + name).geturl())
        kinds = {"SQLite": {"DATABASE_FILE": f"{folder}/bench.sqlite"}, "PostgreSQL": {"DATABASE_URL": addresses[0]},
                 "PostgreSQL and Redis": {"DATABASE_URL": addresses[1], "REDIS_URL": redis.url}}
        sides = [Side(name, environment, [PROGRAM, "work"], [PROGRAM, "enqueue"]) for name, environment in kinds.items()]
        for side in sides:
            subprocess.run([PROGRAM, "prepare"], env=side.environment, check=True, timeout=60)
        consumer = [sys.executable, "-m", "huey.bin.huey_consumer", "peer_huey.queue", "-k", "process", "-w", "2", "-q"]
        sides.append(Side("huey", {"REDIS_URL": redis.url}, consumer, [sys.executable, str(HERE / "peer_huey.py")], workers=1))
        results: dict[str, list] = {side.name: [] for side in sides}
        try:
            for _ in range(rounds):
                for side in sides:
                    results[side.name].append(side.round(count))
        finally:
            redis.end()
    rates = {}
    print(f"{'queue':24}{'queued/s':>10}{'end to end/s':>14}   medians of {rounds} rounds of {count} jobs, in turns, two workers")
    for name, figures in results.items():
        queued, rates[name] = (statistics.median(column) for column in zip(*figures))
        print(f"{name:24}{queued:10.0f}{rates[name]:14.0f}")
    score("jobs with Redis, times the rate of huey", rates["PostgreSQL and Redis"] / rates["huey"], 1.5)
