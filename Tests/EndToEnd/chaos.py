#!/usr/bin/env python3
"""Posts go out while everything beneath them fails: bin/bench chaos [publications] [--seconds 600] [--seed 1] [--once DEED]

Three faces, three workers and two crons, each with a data folder, a clock and lines of its own, share a PostgreSQL, a Redis and a bucket. Every
call to a platform may be disturbed in each way that the simulator knows. Meanwhile a plan, the same for the same seed, kills, freezes,
empties, restarts and cuts off one part after the other. In the end the simulator's accounts are compared with what was asked for.
"""
from __future__ import annotations

import argparse
import collections
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time

import httpx

from client import SETTLED, Client, connect_all, in_seconds, moment, new_account
from crash import Tally, simulated
from pictures import png
from programs import ARTIFACTS, Postiz, Simulator
from services import Bucket, Lines, Postgres, Redis

ROLES = ["frontend,backend"] * 3 + ["worker"] * 3 + ["cron"] * 2
PLATFORMS = ("x", "mastodon", "linkedin", "linkedin-page", "bluesky")
FAULTS = ({"kind": "delay", "delayMs": 500}, {"kind": "status", "status": 503}, {"kind": "statusAfter", "status": 500}, {"kind": "dropBefore"},
          {"kind": "dropAfter"}, {"kind": "truncate"})
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"
SKEWS = (-2.0, 1.5, 0, 2.0, -1.5, 0, 1.0, -1.0)  # Seconds by which each process's clock is wrong.
LATE = 10  # Seconds after a deed in which what was due is late because of it.


@dataclasses.dataclass(frozen=True)
class Deed:
    """Something that is done to the installation, and undone `lasts` seconds later."""
    at: float
    name: str
    subject: str
    lasts: float


# Each with the longest that it lasts, in seconds.
DEEDS = {
    "a worker is killed": 5, "a cron is killed": 5, "a face is killed": 5, "a worker is frozen": 20, "Redis is killed": 8,
    "Redis is killed and forgets": 8, "Redis is emptied": 0, "PostgreSQL is restarted": 0, "a line is cut": 8, "a line is stalled": 20,
    "a machine is cut off": 8,
}


def plan(seed: int, seconds: float, pause: float) -> list[Deed]:
    """What is done when: each kind as often as any other, in an order by chance."""
    chance, deeds, names = random.Random(seed), [], []
    at = pause
    while at < seconds:
        names = names or chance.sample(list(DEEDS), len(DEEDS))
        name = names.pop()
        role = next((role for word, role in (("worker", "worker"), ("cron", "cron"), ("face", "frontend")) if word in name), "")
        subject = chance.choice([number for number, apps in enumerate(ROLES) if apps.startswith(role)])
        way = chance.choice(["postgres", "postgres", "redis", "s3"])
        words = f"{subject} {way}" if "line" in name else str(subject) if role or "machine" in name else ""
        deeds.append(Deed(round(at, 2), name, words, round(chance.uniform(0.3, 1) * DEEDS[name], 2)))
        at += chance.uniform(0.5, 1.5) * pause
    return deeds


class Installation:
    """All processes and what they share."""

    def __init__(self, folder: pathlib.Path, simulator: Simulator, lines: Lines, tally: Tally):
        self.simulator, self.tally = simulator, tally
        self.postgres = Postgres(os.environ["TEST_DATABASE_URL"])
        self.postgres.ask("CREATE DATABASE chaos")
        address = self.postgres.address._replace(path="/chaos").geturl()
        self.database = Postgres(address)
        servers = dict(entry.split("=", 1) for entry in os.environ["TEST_REDIS_SERVERS"].split(","))
        self.redis = Redis(servers["redis-7.0"], folder / "redis").start()
        bucket = Bucket(os.environ.get("TEST_S3_SWIFT") or os.environ["TEST_S3_RADOSGW"])
        shared = simulator.for_product | bucket.settings | {
            "JWT_SECRET": "a signing secret for tests", "ENCRYPTION_KEY": "an encryption key for tests", "STORAGE_PROVIDER": "s3",
            "LOOKUP_SETTLE_SECONDS": "2", "LOG_LEVEL": "notice"}
        self.ways = [{"postgres": lines.to(address), "redis": lines.to(self.redis.url), "s3": lines.to(bucket.settings["S3_ENDPOINT"])}
                     for _ in ROLES]
        self.processes = [
            Postiz(f"chaos-{number}-{apps.split(',')[0]}", folder / str(number), POSTIZ_APPS=apps, **shared | clock(SKEWS[number]) | {
                "DATABASE_URL": ways["postgres"].url, "REDIS_URL": ways["redis"].url, "S3_ENDPOINT": ways["s3"].url})
            for number, (apps, ways) in enumerate(zip(ROLES, self.ways))]
        for process in self.processes:
            # The library sets a variable, after which a Swift program no longer finds its arguments; in the shell's child it is set already.
            process.command = ["/bin/sh", "-c", 'exec "$0" "$@"', *process.command]
        self.down: set[int] = set()
        self.restarts = 0
        self.ended = threading.Event()
        self.keeper = threading.Thread(target=self.keep, name="keeper")

    def __enter__(self) -> "Installation":
        for process in self.processes:
            process.start()
        self.keeper.start()
        return self

    def __exit__(self, *_) -> None:
        self.ended.set()
        self.keeper.join()
        for process in self.processes:
            if process.process.poll() is None:
                process.process.send_signal(signal.SIGCONT)
                process.stop(40)
        if self.redis.process.poll() is None:
            self.redis.end()

    def keep(self) -> None:
        """Starts again what has ended, as a service manager does."""
        while not self.ended.wait(0.5):
            for number, process in enumerate(self.processes):
                code = process.process.poll()
                if code is None or number in self.down:
                    continue
                # One that cannot reach its database ends with a word; one that is ended by the system has a fault.
                if code < 0 and code != -signal.SIGKILL:
                    self.tally.wrong("lost", f"{process.name} ended by signal {-code}:\n{process.last_words()}")
                process.start(wait=False)
                self.restarts += 1

    @property
    def faces(self) -> list[Postiz]:
        return [process for process, apps in zip(self.processes, ROLES) if "backend" in apps]

    # Deeds

    def begin(self, deed: Deed) -> None:
        number, _, way = deed.subject.partition(" ")
        match deed.name:
            case "a worker is killed" | "a cron is killed" | "a face is killed":
                self.down.add(int(number))
                self.processes[int(number)].kill()
            case "a worker is frozen": self.processes[int(number)].process.send_signal(signal.SIGSTOP)
            case "Redis is killed" | "Redis is killed and forgets": self.redis.end()
            case "Redis is emptied": self.redis.say("FLUSHALL")
            case "PostgreSQL is restarted": self.postgres.restart()
            case "a line is cut": self.ways[int(number)][way].cut()
            case "a line is stalled": self.ways[int(number)][way].stall()
            case "a machine is cut off": [line.cut() for line in self.ways[int(number)].values()]

    def end(self, deed: Deed) -> None:
        number, _, way = deed.subject.partition(" ")
        match deed.name:
            case "a worker is killed" | "a cron is killed" | "a face is killed": self.down.discard(int(number))
            case "a worker is frozen": self.processes[int(number)].process.send_signal(signal.SIGCONT)
            case "Redis is killed": self.redis.start()
            case "Redis is killed and forgets":
                (self.redis.folder / "dump.rdb").unlink(missing_ok=True)
                self.redis.start()
            case "a line is cut" | "a line is stalled": self.ways[int(number)][way].heal()
            case "a machine is cut off": [line.heal() for line in self.ways[int(number)].values()]


def clock(seconds: float) -> dict[str, str]:
    if not seconds:
        return {}
    return {"LD_PRELOAD": FAKETIME, "FAKETIME": f"{seconds:+}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}


class Load:
    """The posts: most are planned before, some are written while it happens."""

    def __init__(self, installation: Installation, publications: int, seconds: float, seed: int):
        self.installation, self.seconds = installation, seconds
        self.chance = random.Random(seed)
        self.key = new_account(installation.faces[0].base, "chaos")[1].key
        client = self.client(0)
        self.channels = connect_all(client, installation.simulator, "chaos", PLATFORMS)
        self.picture = client.upload(png(64, 64, 1), alt="A test card")["id"]
        self.posts = max(1, publications // len(self.channels))
        self.local = threading.local()
        self.texts: list[str] = []
        self.due: dict[str, float] = {}

    def client(self, number: int) -> Client:
        return Client(self.installation.faces[number % len(self.installation.faces)].base, self.key)

    def draft(self, number: int, **when) -> dict:
        text = f"Chaos {number} goes out once"
        self.texts.append(text)
        files = {"mediaIds": [self.picture]} if number % 10 == 0 else {}
        return {"parts": [{"text": text} | files], "platforms": [channel["id"] for channel in self.channels.values()]} | when

    def create(self, draft: dict) -> None:
        """Repeats the call with its key, at one face after the other, until one answers."""
        text = draft["parts"][0]["text"]
        for number in range(self.chance.randrange(3), 300):
            if not hasattr(self.local, "clients"):
                self.local.clients = [self.client(face) for face in range(3)]
            try:
                answer = self.local.clients[number % 3].post("/api/posts", json=draft, headers={"Idempotency-Key": text.replace(" ", "-")}, timeout=10)
            except httpx.TransportError:
                time.sleep(0.2)
                continue
            if answer.status_code == 201:
                return
            assert answer.status_code in (409, 500, 503, 504), f"{text}: {answer.status_code} {answer.text}"
            time.sleep(0.2)
        raise AssertionError(f"{text}: no face takes it")

    def plan_ahead(self, pool: concurrent.futures.Executor) -> None:
        """Nine of ten, spread over the whole time with a fifth in bursts."""
        early = self.posts * 9 // 10
        lead = 15 + early / 20
        start = time.time() + lead
        drafts = []
        for number in range(early):
            at = self.chance.uniform(0, self.seconds)
            if number % 5 == 0:
                at = at // 20 * 20
            drafts.append(self.draft(number, scheduledFor=in_seconds(start + at - time.time())))
            self.due[self.texts[-1]] = moment(drafts[-1]["scheduledFor"]).timestamp()
        list(pool.map(self.create, drafts))
        assert time.time() < start, f"planning {early} posts took more than {lead:.0f} s"
        time.sleep(max(0, start - time.time()))

    def write_meanwhile(self, pool: concurrent.futures.Executor) -> list[concurrent.futures.Future]:
        """The rest, to go out at once."""
        written, start = [], time.time()
        # In the order of their times: a thread that waits for a late one must not keep an early one.
        for at in sorted(self.chance.uniform(0, self.seconds) for _ in range(len(self.texts), self.posts)):
            draft = self.draft(len(self.texts), schedule="now")
            written.append(pool.submit(lambda draft, at: (time.sleep(max(0, start + at - time.time())), self.create(draft)), draft, at))
        return written

    # The end

    def settle(self, seconds: float, show) -> None:
        """Until nothing is under way, or nothing more went out for so long. Where the product cannot know, a person looks at the account and answers."""
        ended, latest = 0, time.monotonic()
        while not set(counts := self.standing()) <= SETTLED:
            show(f"standing: {counts}")
            if counts.get("UNCONFIRMED"):
                self.play_person()
            if (now := sum(counts.get(status, 0) for status in SETTLED)) > ended:
                ended, latest = now, time.monotonic()
            elif time.monotonic() > latest + seconds:
                self.installation.tally.wrong("lost", f"nothing more within {seconds} s: {counts}\n{self.attempts()}")
                return
            time.sleep(2)

    def attempts(self) -> str:
        """What was tried for what is not settled."""
        return "\n".join(" ".join(row) for row in self.installation.database.ask("""
            SELECT o.content->'parts'->0->>'text', i.platform, p.status, to_timestamp(a.started_at / 1000.0)::time,
                   (a.finished_at - a.started_at) || ' ms', a.outcome, a.error_code, a.error_message
            FROM publications p JOIN posts o ON o.id = p.post_id JOIN integrations i ON i.id = p.integration_id
            LEFT JOIN publication_attempts a ON a.publication_id = p.id
            WHERE p.status NOT IN ('PUBLISHED', 'FAILED', 'CANCELLED') ORDER BY 1, 2, a.started_at"""))

    def standing(self) -> dict[str, int]:
        return {status: int(count) for status, count in self.installation.database.ask("SELECT status, COUNT(*) FROM publications GROUP BY 1")}

    def play_person(self) -> None:
        waiting = self.installation.database.ask("""
            SELECT p.id, p.post_id, i.platform, o.content->'parts'->0->>'text' FROM publications p
            JOIN integrations i ON i.id = p.integration_id JOIN posts o ON o.id = p.post_id
            WHERE p.status = 'UNCONFIRMED' AND p.next_attempt_at IS NULL""")
        for publication, post, platform, text in waiting:
            there = [item for item in self.installation.simulator.publications(simulated(platform)) if item["text"] == text
                     and (platform == "linkedin-page") == (platform.startswith("linkedin") and item["account"] != "chaos")]
            answer = ({"outcome": "PUBLISHED", "url": self.installation.simulator.base + there[0]["path"]} if there
                      else {"outcome": "SEND_AGAIN"})
            self.installation.tally.add(unconfirmed=1)
            self.client(0).call("POST", f"/api/posts/{post}/publications/{publication}/resolve", (200, 409), json=answer)

    def check(self) -> list[tuple[float, float]]:
        """Counts what the accounts have; gives when each planned publication was due and by how much it was late."""
        tally, found = self.installation.tally, collections.defaultdict(list)
        for item in self.installation.simulator.publications():
            found[item["text"]].append(item)
        tally.add(posts=len(self.texts), publications=len(self.texts) * len(self.channels))
        late = []
        for text in self.texts:
            accounts = collections.Counter((item["platform"], item["accountId"]) for item in found[text])
            for account, count in accounts.items():
                if count > 1:
                    tally.wrong("doubled", f"{text} is {count} times on {account}: {[item['createdAt'] for item in found[text]]}")
            if len(accounts) < len(self.channels):
                tally.wrong("lost", f"{text} is on {sorted(accounts)} alone")
            if text in self.due:
                late += [(self.due[text], moment(item["createdAt"]).timestamp() - self.due[text]) for item in found[text]]
        for status, code, message, count in self.installation.database.ask(
                "SELECT status, error_code, error_message, COUNT(*) FROM publications WHERE status <> 'PUBLISHED' GROUP BY 1, 2, 3"):
            tally.wrong("lost", f"{count} publications are {status}: {code} {message}")
        return late


def perform(installation: Installation, deeds: list[Deed], show) -> list[tuple[Deed, float, float]]:
    """Does what the plan says; gives when each deed really began and ended."""
    start, done, undo = time.time(), [], []
    steps = sorted([(deed.at, 1, deed) for deed in deeds] + [(deed.at + deed.lasts, 0, deed) for deed in deeds if deed.lasts],
                   key=lambda step: step[:2])
    busy: dict[str, Deed] = {}
    for at, begins, deed in steps:
        time.sleep(max(0, start + at - time.time()))
        key = "redis" if "Redis" in deed.name else "postgres" if "PostgreSQL" in deed.name else deed.subject.split()[0]
        if begins and key in busy:
            continue  # Its subject is not back from something else; the plan, not chance, decides that.
        if begins:
            show(f"{at:6.1f} s  {deed.name} {deed.subject} for {deed.lasts} s")
            before = time.time()
            installation.begin(deed)
            if deed.lasts:
                busy[key] = deed
            done.append((deed, before, max(time.time(), before + deed.lasts)))
        elif busy.get(key) is deed:
            del busy[key]
            installation.end(deed)
    return done


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def table(done: list[tuple[Deed, float, float]], late: list[tuple[float, float]]) -> list[str]:
    """What was done, and how late was what was due meanwhile and shortly after."""
    lines = ["| what was done | times | due meanwhile | late by, p50 | p99 | at most |", "| --- | --- | --- | --- | --- | --- |"]
    for name in DEEDS:
        spans = [(begin, end + LATE) for deed, begin, end in done if deed.name == name]
        struck = [by for due, by in late if any(begin <= due <= end for begin, end in spans)]
        if spans:
            lines.append(f"| {name} | {len(spans)} | {len(struck)} | {percentile(struck, 0.5):.2f} s | {percentile(struck, 0.99):.1f} s | "
                         f"{max(struck, default=0):.1f} s |")
    everything = [by for _, by in late]
    lines.append(f"| all of it | {len(done)} | {len(everything)} | {percentile(everything, 0.5):.2f} s | {percentile(everything, 0.99):.1f} s | "
                 f"{max(everything, default=0):.1f} s |")
    return lines


def run(publications: int, seconds: float, deeds: list[Deed], seed: int, share: float = 0.02, show=lambda line: None) -> tuple[Tally, list[str]]:
    assert pathlib.Path(FAKETIME).exists(), "faketime is missing; bin/setup test installs it"
    tally = Tally(publications)
    with (tempfile.TemporaryDirectory(prefix="postiz-chaos-") as folder, Simulator("simulator-chaos") as simulator, Lines() as lines,
          concurrent.futures.ThreadPoolExecutor(16) as pool):
        simulator.without_limits()
        with Installation(pathlib.Path(folder), simulator, lines, tally) as installation:
            load = Load(installation, publications, seconds, seed)
            load.plan_ahead(pool)
            for fault in FAULTS if share else ():
                simulator.fault(**fault, share=share)
            written = load.write_meanwhile(pool)
            done = perform(installation, deeds, show)
            for writing in written:
                writing.result()
            simulator.clear_faults()
            load.settle(90, show)
            # Whoever would send something a second time has had its chance when one more is out.
            pool.submit(load.create, load.draft(load.posts, schedule="now")).result()
            load.settle(60, show)
            rows = table(done, load.check())
            tally.kills = sum("killed" in deed.name for deed, _, _ in done)
            show(f"{installation.restarts} restarts; calls: {len(simulator.calls())}")
    ARTIFACTS.mkdir(exist_ok=True)
    result = {"line": tally.line(), "seed": seed, "table": rows, "findings": tally.findings}
    (ARTIFACTS / "chaos.json").write_text(json.dumps(result, indent=1))
    return tally, rows


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("publications", type=int, nargs="?", default=20_000)
    arguments.add_argument("--seconds", type=float, default=600)
    arguments.add_argument("--pause", type=float, default=5, help="seconds between two deeds, on average")
    arguments.add_argument("--share", type=float, default=0.02, help="of the calls to platforms that each kind of fault strikes")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--once", choices=[name for name in DEEDS if name.startswith("Redis is killed")],
                           help="this alone, for the whole time")
    chosen = arguments.parse_args()
    deeds = [Deed(0, chosen.once, "", chosen.seconds)] if chosen.once else plan(chosen.seed, chosen.seconds, chosen.pause)
    tally, lines = run(chosen.publications, chosen.seconds, deeds, chosen.seed, chosen.share, lambda line: print(line, flush=True))
    print("\n".join(tally.findings))
    print("\n".join(lines))
    print(tally.line(), f"(seed {chosen.seed})")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
