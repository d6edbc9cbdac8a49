#!/usr/bin/env python3
"""Kills the product at every step of publishing and counts what the platforms really have: python crash.py 1000

Each instance has its own product, data folder and platforms; all share one simulator. A round schedules a post on the instance's platforms,
with as many parts as they take and a picture or film, kills the product (SIGKILL) at a chosen call to one of them or at a random moment,
starts it again and waits until every publication is settled. Where the product says that it cannot know, the harness plays the person who
looks at the account and answers.
"""
from __future__ import annotations

import argparse
import collections
import dataclasses
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import httpx

from client import SETTLED, Client, connect_all, in_seconds, new_account
from pictures import png
from programs import ARTIFACTS, Postiz, Simulator, until

PARTS = 3


@dataclasses.dataclass(frozen=True)
class Kind:
    """How one platform is posted to."""
    parts: int = PARTS
    carries: str | None = "picture"
    # By field, what a post needs; "?" is the first value that the platform offers, and "{marker}" names the post.
    settings: dict[str, str] = dataclasses.field(default_factory=dict)
    simulated: str | None = None


KINDS = {
    "x": Kind(), "mastodon": Kind(), "linkedin": Kind(), "linkedin-page": Kind(simulated="linkedin"), "bluesky": Kind(), "threads": Kind(),
    "facebook": Kind(), "instagram": Kind(simulated="facebook"), "instagram-standalone": Kind(simulated="instagram"),
    "discord": Kind(settings={"channel": "?"}), "discord-webhook": Kind(simulated="discord"), "slack": Kind(settings={"channel": "?"}), "pinterest": Kind(parts=1, settings={"board": "?"}),
    "reddit": Kind(carries=None, settings={"subreddit": "?", "title": "{marker}"}),
    "tiktok": Kind(parts=1, carries="film", settings={"privacy_level": "PUBLIC_TO_EVERYONE"}), "youtube": Kind(carries="film", settings={"title": "{marker}"}),
}
# What one product publishes to. Platforms that the simulator has under one name stand together.
FLEETS = [["x", "linkedin", "linkedin-page", "mastodon"], ["bluesky", "discord", "discord-webhook", "slack"], ["facebook", "instagram"],
          ["threads", "instagram-standalone"], ["reddit", "pinterest"], ["youtube", "tiktok"]]


def simulated(platform: str) -> str:
    return KINDS[platform].simulated or platform


# How a call is disturbed when the product is killed during it. "pass": it goes through while the product dies around it.
DISTURBANCES = {"delay": {"kind": "delay", "delayMs": 300}, "pass": {"kind": "delay", "delayMs": 0},
                "dropBefore": {"kind": "dropBefore"}, "dropAfter": {"kind": "dropAfter"}}


@dataclasses.dataclass(frozen=True)
class Point:
    """The `number`-th call of an operation during one post, counted from 0."""
    platform: str
    operation: str
    number: int


@dataclasses.dataclass
class Tally:
    target: int
    kills: int = 0
    posts: int = 0
    publications: int = 0
    lost: int = 0
    doubled: int = 0
    unconfirmed: int = 0
    findings: list[str] = dataclasses.field(default_factory=list)
    broken: bool = False
    by_plan: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    # Kills during a call to a platform, by the simulator's name of it.
    by_platform: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)
    started: float = dataclasses.field(default_factory=time.monotonic)

    def add(self, **counts: int) -> None:
        with self.lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)

    def wrong(self, kind: str, words: str) -> None:
        with self.lock:
            setattr(self, kind, getattr(self, kind) + 1)
            self.findings.append(f"{kind}: {words}")

    @property
    def each(self) -> int:
        """Kills that every platform has to see."""
        return -(-self.target // len({simulated(platform) for platform in KINDS}))

    @property
    def over(self) -> bool:
        return self.broken or len(self.findings) >= 20

    def line(self) -> str:
        return (f"{self.kills} kills, {self.posts} posts ({self.publications} publications), {self.lost} lost, {self.doubled} doubled, "
                f"{self.unconfirmed} unconfirmed, {time.monotonic() - self.started:.0f} seconds")


class Instance:
    """One product under attack."""

    def __init__(self, number: int, fleet: list[str], simulator: Simulator, folder: pathlib.Path, tally: Tally, seed: int):
        self.fleet, self.names = fleet, {simulated(platform) for platform in fleet}
        self.number, self.simulator, self.tally = number, simulator, tally
        self.random = random.Random(seed * 1000 + number)
        self.account = f"crash{number}"
        self.postiz = Postiz(f"postiz-crash-{number}", folder, simulator, LOOKUP_SETTLE_SECONDS="1", PUBLISH_LEASE_SECONDS="5", LOG_LEVEL="notice")
        self.rounds = 0

    def run(self) -> None:
        try:
            with self.postiz:
                self.client = new_account(self.postiz.base, self.account)[1]
                self.channels = connect_all(self.client, self.simulator, self.account, self.fleet)
                self.settings = {platform: self.offered(platform) for platform in self.fleet}
                self.files = {"picture": self.client.upload(png(64, 64, self.number), alt="A test card")["id"]}
                if any(KINDS[platform].carries == "film" for platform in self.fleet):
                    self.files["film"] = self.client.upload(film(), name="film.mp4", kind="video/mp4")["id"]
                points = self.calm_round()
                plans = {name: self.plans([point for point in points if point.platform == name]) for name in self.names}
                left = {name: [] for name in self.names}
                while not self.tally.over and (name := self.behind()):
                    left[name] = left[name] or self.random.sample(plans[name], len(plans[name]))
                    self.round(*left[name].pop())
        except Exception:
            # A harness that stops early has proved nothing.
            self.tally.broken = True
            self.tally.findings.append(f"instance {self.number} broke down: {traceback.format_exc()}\n{self.postiz.tail()}")

    def behind(self) -> str | None:
        """The platform that has seen the fewest kills; None when each has seen enough."""
        name = min(sorted(self.names), key=lambda one: self.tally.by_platform[one])
        return name if self.tally.by_platform[name] < self.tally.each else None

    def offered(self, platform: str) -> dict[str, str]:
        """The settings of every post, with what the platform offers in the place of "?"."""
        path = f"/api/integrations/{self.channels[platform]['id']}/options"
        return {field: self.client.call("GET", path, params={"field": field})["items"][0]["value"] if value == "?" else value
                for field, value in KINDS[platform].settings.items()}

    def calm_round(self) -> list[Point]:
        """One post without any disturbance: which calls it makes is where to strike later."""
        calls = self.simulator.calls()
        before = calls[-1]["sequence"] if calls else 0
        marker = self.marker()
        post = self.client.create(**self.draft(marker))["id"]
        self.client.wait_settled(post, 120)
        self.check(post, marker, "calm")
        seen: collections.Counter = collections.Counter()
        points = []
        for call in self.simulator.calls(since=before):
            if call["platform"] not in self.names or not call["operation"]:
                continue
            points.append(Point(call["platform"], call["operation"], seen[call["operation"]]))
            seen[call["operation"]] += 1
        assert {point.platform for point in points} == self.names, points
        return points

    def plans(self, points: list[Point]) -> list[tuple[str, Point | None]]:
        """Everything that can be done to a post: each call in each way, random moments, and while it is being created."""
        plans: list[tuple[str, Point | None]] = [(kind, point) for point in points for kind in DISTURBANCES]
        others = max(1, len(plans) // 6)
        return plans + [("random", None)] * others + [("create", None)] * max(1, others // 4)

    # One round

    def round(self, kind: str, point: Point | None) -> None:
        marker, plan = self.marker(), f"{kind} at {point.operation} #{point.number}" if point else kind
        if kind == "create":
            post = self.killed_while_creating(self.draft(marker))
        else:
            fault = self.arm(kind, point)
            if point:
                self.tally.by_platform[point.platform] += 1
            post = self.client.create(**self.draft(marker))["id"]
            self.wait_for(fault, post)
            self.kill(after=self.random.uniform(0, 0.05) if kind == "pass" else 0)
            if fault:
                self.simulator.control("DELETE", "/faults", id=fault)
            self.start()
        if self.random.random() < 0.4:
            # Once more, in the middle of finding out what happened.
            self.kill(after=self.random.uniform(0, 1.5))
            self.start()
        self.tally.by_plan[kind] += 1
        try:
            self.settle(post, marker)
        except AssertionError as error:
            self.tally.wrong("lost", f"{plan}: {error}")
        self.check(post, marker, plan)

    def marker(self) -> str:
        self.rounds += 1
        return f"Crash{self.number}x{self.rounds}"

    def draft(self, marker: str) -> dict:
        def parts(kind: Kind) -> list[dict]:
            texts = [{"text": f"{marker} part {index} goes out once"} for index in range(kind.parts)]
            if kind.carries:
                texts[0]["mediaIds"] = [self.files[kind.carries]]
            return texts

        usual = Kind()
        draft = {
            "parts": parts(usual), "platforms": [channel["id"] for channel in self.channels.values()],
            "versions": {self.channels[platform]["id"]: parts(KINDS[platform]) for platform in self.fleet
                         if (KINDS[platform].parts, KINDS[platform].carries) != (usual.parts, usual.carries)},
            "settings": {self.channels[platform]["id"]: {field: value.replace("{marker}", marker) for field, value in settings.items()}
                         for platform, settings in self.settings.items() if settings},
        }
        return draft | ({"schedule": "now"} if self.random.random() < 0.5 else {"scheduledFor": in_seconds(0.6)})

    def arm(self, kind: str, point: Point | None) -> int | None:
        if point is None:
            return None
        return self.simulator.fault(
            **DISTURBANCES[kind], platform=point.platform, path=point.operation, times=1, skip=point.number)

    def wait_for(self, fault: int | None, post: str) -> None:
        """Until the disturbance has struck, or for a random while."""
        if fault is None:
            time.sleep(self.random.uniform(0, 1.5))
            return
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and any(item["id"] == fault for item in self.simulator.faults()):
            time.sleep(0.004)

    def kill(self, after: float) -> None:
        time.sleep(after)
        self.postiz.kill()
        self.tally.add(kills=1)

    def start(self) -> None:
        self.postiz.start()
        self.client = Client(self.postiz.base, self.client.key)

    def killed_while_creating(self, draft: dict) -> str:
        """Repeats the call with its key until it is answered: the post must exist once."""
        marker = draft["parts"][0]["text"].split()[0]
        headers = {"Idempotency-Key": marker}
        sender = threading.Thread(target=self.send_unheard, args=(draft, headers))
        sender.start()
        self.kill(after=self.random.uniform(0, 0.06))
        sender.join()
        self.start()

        def created():
            answer = self.client.post("/api/posts", json=draft, headers=headers)
            assert answer.status_code in (201, 409), answer.text
            return answer.json()["id"] if answer.status_code == 201 else None

        post = until(created, 90, "the repeated call is answered", pause=0.5)
        found = self.client.call("GET", "/api/posts", params={"text": marker + " "})["items"]
        if len(found) != 1:
            self.tally.wrong("doubled" if found else "lost", f"create: {len(found)} posts after repeating with the same key")
        return post

    def send_unheard(self, draft: dict, headers: dict) -> None:
        try:
            self.client.post("/api/posts", json=draft, headers=headers)
        except httpx.TransportError:
            pass  # The product was killed while it answered.

    # The end of a round

    def settle(self, post: str, marker: str) -> None:
        def settled() -> bool:
            view = self.client.post_by_id(post)
            for publication in view["publications"]:
                if publication["status"] == "UNCONFIRMED" and (publication.get("error") or {}).get("code") == "UNCONFIRMED":
                    self.play_person(post, publication, marker)
            return all(item["status"] in SETTLED for item in view["publications"])

        until(settled, 90, lambda: f"post {post} is settled: {self.client.standing(post)}", pause=0.1)

    def play_person(self, post: str, publication: dict, marker: str) -> None:
        """Looks at the account, as the message asks, and says what is there."""
        time.sleep(0.4)  # A person is slower than a call that was held back.
        part = publication["progress"]["done"]
        there = [item for item in self.published(publication["platform"], marker) if f"part {part} " in item["text"]]
        answer = {"outcome": "PUBLISHED", "url": self.simulator.base + there[0]["path"]} if there else {"outcome": "SEND_AGAIN"}
        self.tally.add(unconfirmed=1)
        self.client.call("POST", f"/api/posts/{post}/publications/{publication['id']}/resolve", (200, 409), json=answer)

    def published(self, platform: str, marker: str) -> list[dict]:
        """What the platform has of this post. Two platforms may publish the same words under one name of the simulator's."""
        found = [item for item in self.simulator.publications(simulated(platform)) if item["text"].startswith(marker + " ")]
        if platform.startswith("linkedin"):
            return [item for item in found if (platform == "linkedin-page") != (item["account"] == self.account)]
        if simulated(platform) == "discord":
            return [item for item in found if (platform == "discord-webhook") == ("webhook" in (item.get("details") or {}))]
        if simulated(platform) == "facebook":
            return [item for item in found if (platform == "instagram") == ("instagram" in (item.get("details") or {}))]
        return found

    def check(self, post: str, marker: str, plan: str) -> None:
        self.tally.add(posts=1, publications=len(self.channels))
        views = {item["platform"]: item for item in self.client.post_by_id(post)["publications"]}
        for platform in self.channels:
            items, where = self.published(platform, marker), f"{platform}, {plan}, {marker}"
            wanted = list(range(KINDS[platform].parts))
            order = [next((part for part in wanted if f"part {part} " in item["text"]), None) for item in items]
            for part in wanted:
                count = order.count(part)
                if count > 1:
                    self.tally.wrong("doubled", f"{where}: part {part} is there {count} times")
                elif count == 0:
                    self.tally.wrong("lost", f"{where}: part {part} is missing; the product says {views[platform]}")
            if order == wanted:
                parents = [item.get("parentId") for item in items]
                chained = parents[0] is None and all(parents[part] in (items[0]["id"], items[part - 1]["id"]) for part in wanted[1:])
                if not chained or items[0]["mediaCount"] != (1 if KINDS[platform].carries else 0):
                    self.tally.wrong("lost", f"{where}: the thread is not in one piece: {items}")
            elif sorted(part for part in order if part is not None) == wanted:
                self.tally.wrong("lost", f"{where}: the parts are not in order: {order}")
            if views[platform]["status"] != "PUBLISHED":
                self.tally.wrong("lost", f"{where}: the product says {views[platform]}")


def film() -> bytes:
    """Four seconds that every platform takes."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "film.mp4")
        subprocess.run(
            ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc=d=4:s=540x960:r=30", "-f", "lavfi", "-i", "sine=d=4", "-c:v",
             "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", path], check=True, timeout=120)
        return path.read_bytes()


def run(kills: int, seed: int = 1, fleets: list[list[str]] | None = None, show=lambda line: None) -> Tally:
    tally = Tally(kills)
    with tempfile.TemporaryDirectory(prefix="postiz-crash-") as folder, Simulator("simulator-crash") as simulator:
        simulator.without_limits()
        instances = [Instance(number, fleet, simulator, pathlib.Path(folder, str(number)), tally, seed)
                     for number, fleet in enumerate(fleets or FLEETS)]
        threads = [threading.Thread(target=instance.run, name=instance.account) for instance in instances]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            threads[0].join(5) if threads[0].is_alive() else time.sleep(1)
            show(tally.line())
        for thread in threads:
            thread.join()
    ARTIFACTS.mkdir(exist_ok=True)
    result = {"line": tally.line(), "seed": seed, "plans": tally.by_plan, "platforms": tally.by_platform, "findings": tally.findings}
    (ARTIFACTS / "crash.json").write_text(json.dumps(result, indent=1))
    return tally


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("kills", type=int, nargs="?", default=200)
    arguments.add_argument("--platforms", nargs="*", help="one product with these alone")
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    chosen = arguments.parse_args()

    def show(line: str) -> None:
        print(line, end="\r" if sys.stdout.isatty() else "\n", flush=True)

    tally = run(chosen.kills, chosen.seed, [chosen.platforms] if chosen.platforms else None, show)
    print("\n".join(tally.findings))
    print(tally.line(), f"(seed {chosen.seed})")
    return 1 if tally.findings else 0


if __name__ == "__main__":
    sys.exit(main())
