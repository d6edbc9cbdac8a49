"""How late publications go out that are due in the same minute, or at the same instant: by one process on SQLite, or by several on PostgreSQL and Redis."""
from __future__ import annotations

import contextlib
import os
import pathlib
import tempfile
import time

import targets
from client import connect_all, in_seconds, moment, new_account
from measuring import memory, percentile, post_many, processor_seconds
from programs import Postiz, Simulator, until
from services import Postgres, Redis


@contextlib.contextmanager
def installation(workers: int, folder: pathlib.Path, simulator: Simulator):
    """Its processes, the one that is called first, and the ids of the servers' processes beneath them, by name."""
    settings, roles, servers = {"LOG_LEVEL": "error"}, ["frontend,backend,worker,cron"], {}
    with contextlib.ExitStack() as stack:
        if workers:
            roles = ["frontend,backend,cron"] + ["worker"] * workers
            postgres = Postgres(os.environ["TEST_DATABASE_URL"])
            postgres.ask("CREATE DATABASE bench_schedule")
            program = dict(entry.split("=", 1) for entry in os.environ["TEST_REDIS_SERVERS"].split(","))["redis-7.0"]
            redis = Redis(program, folder / "redis").start()
            stack.callback(redis.end)
            settings |= {"DATABASE_URL": postgres.address._replace(path="/bench_schedule").geturl(), "REDIS_URL": redis.url}
            servers = {"PostgreSQL": int(postgres.ask("SELECT pg_read_file('postmaster.pid', 0, 20)")[0][0]), "Redis": redis.process.pid}
        processes = [stack.enter_context(Postiz(f"bench-postiz-{number}", folder / "data", simulator, POSTIZ_APPS=apps, **settings))
                     for number, apps in enumerate(roles)]
        yield processes, servers


def measure_schedule(count: int, at_once: bool, workers: int) -> None:
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder, Simulator("bench-simulator") as simulator:
        simulator.without_limits()
        with installation(workers, pathlib.Path(folder), simulator) as (processes, servers):
            base = processes[0].base
            _, client = new_account(base)
            channels = [channel["id"] for channel in connect_all(client, simulator, "bench").values()]
            posts, spread = count // len(channels), 0 if at_once else 60
            lead = 20 + posts / 100  # seconds in which to create them
            drafts = [{"content": f"Bench {number} is due", "platforms": channels,
                       "scheduledFor": in_seconds(lead + spread * number / max(1, posts))} for number in range(posts)]
            began = time.monotonic()
            post_many(base, client.key, drafts)
            took = time.monotonic() - began
            print(f"{posts} posts for {len(channels)} channels created in {took:.1f} s ({posts / took:.0f} a second)")
            assert took < lead, "creating took longer than planned; the first ones were due already"
            due = {draft["content"]: moment(draft["scheduledFor"]) for draft in drafts}
            wanted = posts * len(channels)
            whose = {"ours": [process.process.pid for process in processes], "the simulator": [simulator.process.pid]}
            whose |= {name: [pid] for name, pid in servers.items()}
            before = {name: processor_seconds(*pids) for name, pids in whose.items()}
            # Each look costs as much as hundreds of publications.
            until(lambda: len(simulator.publications()) >= wanted, lead + spread + 300, f"{wanted} publications", pause=5)
            used = {name: (processor_seconds(*pids) - before[name]) / wanted * 1e6 for name, pids in whose.items()}
            rate, p99 = report_lateness([item for item in simulator.publications() if item["text"] in due], due, wanted)
            print("processor time a publication: " + ", ".join(f"{spent:.0f} us {name}" for name, spent in used.items()))
            for process in processes:
                print("memory (MB, resident and proportional): {:.0f} {:.0f}".format(*memory(process)))
            if at_once:
                targets.score("publications a second, all due at once", rate, 1500 if workers else 1000)
            else:
                targets.score("lateness, 99 of a hundred", p99, 1, "s", at_most=True)


def report_lateness(items: list[dict], due: dict, wanted: int) -> tuple[float, float]:
    """Publications a second, and the seconds of lateness that one of a hundred exceeds."""
    late = [(moment(item["createdAt"]) - due[item["text"]]).total_seconds() for item in items]
    times = [moment(item["createdAt"]) for item in items]
    rate, p99 = len(items) / max((max(times) - min(times)).total_seconds(), 0.001), percentile(late, 0.99)
    print(f"{len(items)} of {wanted} publications, each once: {len({(item['platform'], item['accountId'], item['text']) for item in items}) == wanted}")
    print(f"lateness in seconds: p50 {percentile(late, 0.5):.3f}, p99 {p99:.3f}, max {max(late):.3f}, earliest {min(late):.3f}; "
          f"{rate:.0f} publications a second; load {os.getloadavg()[0]:.1f}")
    return rate, p99
