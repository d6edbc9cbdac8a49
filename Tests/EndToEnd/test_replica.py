"""Reading from a streaming replica: what goes there, and what happens when it lags, is away, or is none any more."""
import concurrent.futures
import json
import os
import re
import subprocess
import threading
import time

import httpx
import pytest

from client import new_account
from conftest import own_database
from programs import Postiz, binary, until
from services import Postgres, Replica

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_ON_POSTGRES"), reason="only PostgreSQL has replicas (TEST_ON_POSTGRES)")

TOKEN = "figures for the tests alone"
CONFLICTS = "SELECT confl_lock, confl_snapshot FROM pg_stat_database_conflicts WHERE datname = current_database()"


class Pair:
    """Two processes that share a database and its replica, and a person of one workspace who uses both."""

    def __init__(self, simulator, folder, stack):
        settings = own_database("replica")
        self.primary = Postgres(settings["DATABASE_URL"])
        self.replica = Replica(self.primary)
        stack.append(self.replica.end)
        self.settings = settings | {"DATABASE_READ_URL": self.replica.url, "METRICS_TOKEN": TOKEN}
        self.programs = []
        for number in range(2):
            program = Postiz(f"postiz-replica-{number}", folder, simulator, **self.settings)
            stack.append(program.stop)
            self.programs.append(program.start())
        _, self.here = new_account(self.programs[0].base)
        self.there = type(self.here)(self.programs[1].base, self.here.key)
        self.numbers = iter(range(1_000_000))

    def health(self, place: int = 1) -> dict:
        answer = httpx.get(self.programs[place].base + "/api/health", timeout=30)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reads(self, place: int = 1) -> dict[str, float]:
        """How many delayed reads of a process were answered by whom."""
        text = httpx.get(self.programs[place].base + "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30).text
        found = dict(re.findall(r'postiz_database_replica_reads_total\{answered="(\w+)"\} (\S+)', text))
        return {who: float(found.get(who, 0)) for who in ("replica", "primary")}

    def is_used(self, path: str = "/api/posts") -> bool:
        """Whether what is asked for now comes from the replica."""
        before = self.reads()["replica"]
        self.there.call("GET", path)
        return self.reads()["replica"] > before

    def write_and_find(self) -> None:
        """Writes by one process; the other one shows it at once."""
        text = f"Written here, read there {next(self.numbers)}"
        post = self.here.create(content=text, status="DRAFT")
        assert post["id"] in [item["id"] for item in self.there.call("GET", "/api/posts?limit=5")["items"]], text


@pytest.fixture(scope="module")
def pair(simulator, tmp_path_factory):
    stack = []
    try:
        yield Pair(simulator, tmp_path_factory.mktemp("replica"), stack)
    finally:
        for end in reversed(stack):
            end()


def scans(server) -> int:
    """How often the posts of the database were read there."""
    return int(server.ask("SELECT COALESCE(SUM(COALESCE(seq_scan, 0) + COALESCE(idx_scan, 0)), 0) FROM pg_stat_user_tables WHERE relname = 'posts'")[0][0])


def test_lists_calendar_figures_and_files_are_read_there(pair):
    until(pair.is_used, 15, lambda: f"the replica is used: {pair.health()}\n{pair.programs[1].tail()}", pause=0.2)
    assert pair.health()["replicas"]["ok"]
    before = scans(pair.replica)
    span = "from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z"
    for path in (f"/api/posts?{span}", f"/api/analytics?{span}", f"/api/analytics/accounts?{span}", "/api/media", "/api/audit"):
        counted = pair.reads()
        pair.there.call("GET", path)
        assert pair.reads()["replica"] > counted["replica"], path
    until(lambda: scans(pair.replica) > before, 15, "the replica itself has counted them", pause=0.2)


def test_what_one_process_wrote_another_shows_at_once(pair):
    before = pair.reads()
    for _ in range(40):
        pair.write_and_find()
    after = pair.reads()
    assert after["replica"] - before["replica"] >= 10, f"they came from the primary all the same: {before}, {after}"


def test_while_replay_stands_still_everybody_sees_what_was_written_and_health_tells_of_the_lag(pair):
    pair.replica.ask("SELECT pg_wal_replay_pause()")
    for _ in range(5):
        pair.write_and_find()
    assert not pair.is_used()
    health = until(lambda: (found := pair.health())["replicas"]["ok"] is False and found, 25, "health tells of the lag", pause=0.3)
    assert health["status"] == "degraded" and re.fullmatch(r"Replica 1 of 1 is not used: it is \d+ seconds behind\.", health["replicas"]["message"])
    pair.replica.ask("SELECT pg_wal_replay_resume()")
    until(pair.is_used, 15, "it is used again", pause=0.2)
    assert pair.health()["replicas"]["ok"]


def test_a_read_that_the_replica_breaks_off_is_answered_by_the_primary(pair):
    """As replay does it with reads that are in its way: it cancels the statement, or ends the connection."""
    deadline, before = time.monotonic() + 8, pair.reads()["primary"]
    answered, is_over = [], threading.Event()

    def read() -> None:
        with type(pair.there)(pair.programs[1].base, pair.here.key) as client:
            while time.monotonic() < deadline and not is_over.is_set():
                answered.append(client.call("GET", "/api/posts?limit=50")["items"])

    def disturb() -> None:
        while time.monotonic() < deadline and not is_over.is_set():
            for how in ("cancel", "terminate"):
                pair.replica.ask(f"SELECT count(pg_{how}_backend(pid)) FROM pg_stat_activity WHERE application_name = 'postiz'")
            if pair.reads()["primary"] >= before + 2:
                is_over.set()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for task in [pool.submit(disturb), *(pool.submit(read) for _ in range(3))]:
            task.result()
    assert is_over.is_set() and all(answered), "no read was broken off"
    until(pair.is_used, 15, "it is used as before", pause=0.2)


@pytest.mark.parametrize("kind", ["lock", "snapshot"])
def test_a_read_in_the_way_of_what_the_replica_replays_is_answered_by_the_primary(pair, kind):
    """The real conflict, staged: a list stands half read at a lock on the replica, and what comes next from the primary's log is in its way."""
    replica, primary = pair.replica, pair.primary
    for sql in ("ALTER SYSTEM SET max_standby_streaming_delay = 0", "SELECT pg_reload_conf()"):
        replica.ask(sql)
    pair.write_and_find()
    until(pair.is_used, 15, "the replica is used", pause=0.2)
    listed = pair.there.call("GET", "/api/posts?limit=50")["items"]
    (conflicts,), before = replica.ask(CONFLICTS), pair.reads()["primary"]
    with concurrent.futures.ThreadPoolExecutor(1) as reader, primary.session() as change, primary.session() as lock:
        # Begun before the list is read: its old rows belong to what the list shows.
        change.run("UPDATE posts SET search_text = search_text")
        lock.run("LOCK TABLE publications")
        until(lambda: replica.ask("SELECT 1 FROM pg_locks WHERE relation = 'publications'::regclass AND granted AND mode = 'AccessExclusiveLock'"),
              15, "the lock is held there, too")
        until(lambda: pair.is_used("/api/media"), 15, "the replica is used for what is not locked", pause=0.2)
        answer = reader.submit(pair.there.call, "GET", "/api/posts?limit=50")
        until(lambda: replica.ask("SELECT 1 FROM pg_stat_activity WHERE application_name = 'postiz' AND wait_event_type = 'Lock'"), 10,
              "the list waits on the replica for publications, and has read posts")
        change.run("COMMIT")
        if kind == "lock":
            lock.run("LOCK TABLE posts")
        else:
            # The old rows stay for whatever began while they were new: on the primary chores wait at the lock, too.
            primary.ask("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'postiz' AND wait_event_type = 'Lock'")

        def is_broken_off() -> bool:
            if kind == "snapshot":
                primary.ask("VACUUM posts")
            return replica.ask(CONFLICTS) != [conflicts]

        until(is_broken_off, 15, "the replica has broken the list off", pause=0.2)
        lock.run("ROLLBACK")
        assert answer.result()["items"] == listed
    assert replica.ask(CONFLICTS) == [[str(int(count) + (name == kind)) for name, count in zip(("lock", "snapshot"), conflicts)]]
    assert pair.reads()["primary"] >= before + 1
    until(pair.is_used, 15, "it is used as before", pause=0.2)


def test_one_that_is_killed_is_missed_by_nobody_and_used_again_when_it_is_back(pair):
    pair.replica.stop()
    for _ in range(5):
        pair.write_and_find()
    until(lambda: "does not answer" in pair.health()["replicas"].get("message", ""), 15, "health tells that it is away", pause=0.2)
    assert str(pair.replica.port) not in json.dumps(pair.health()), "everybody may read that"
    pair.replica.start()
    until(pair.is_used, 40, "it is used again", pause=0.3)


def test_one_that_was_promoted_is_never_asked_again(pair):
    pair.replica.control("promote")
    assert pair.replica.ask("SELECT pg_is_in_recovery()") == [["f"]]
    # What only the promoted server has must never show.
    pair.replica.ask("DELETE FROM publications; DELETE FROM posts")
    for _ in range(3):
        pair.write_and_find()
    for place in range(2):
        until(lambda: "no replica" in pair.health(place)["replicas"].get("message", ""), 35, "health tells what it is", pause=0.2)
    environment = {"PATH": os.environ["PATH"], "POSTIZ_DATA": str(pair.programs[0].environment["POSTIZ_DATA"]), "PORT": "1"} | pair.settings
    answer = subprocess.run([binary("POSTIZ_BINARY", "postiz"), "doctor", "--json"], env=environment, capture_output=True, text=True, timeout=60)
    found = [item for item in json.loads(answer.stdout)["diagnoses"] if item["subject"] == "replicas"]
    assert [item["verdict"] for item in found] == ["warning"] and f"127.0.0.1:{pair.replica.port}" in found[0]["finding"], answer.stdout
    for program in pair.programs:
        assert "not-to-be-told" not in program.tail(1_000_000)
        until(lambda: "is not used: it is no replica" in program.tail(1_000_000), 15, "the log tells what it is", pause=0.2)
    assert "not-to-be-told" not in answer.stdout + answer.stderr
