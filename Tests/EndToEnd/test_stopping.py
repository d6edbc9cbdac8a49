"""What a process does that is told to stop, and what its log says of a database that keeps it waiting."""
import os
import socket
import sqlite3
import subprocess
import threading
import time

import pytest

from client import in_seconds, moment, new_account
from conftest import own_database
from programs import until

on_postgres = pytest.mark.skipif(not os.environ.get("TEST_ON_POSTGRES"), reason="processes are bridged by PostgreSQL (TEST_ON_POSTGRES)")
SHARED = {"JWT_SECRET": "a signing secret for tests", "ENCRYPTION_KEY": "an encryption key for tests"}


def half_an_upload(program, client) -> socket.socket:
    """A request whose body never comes to its end."""
    line = socket.create_connection(("127.0.0.1", int(program.base.rsplit(":", 1)[1])))
    line.sendall((f"POST /api/media?name=a.png HTTP/1.1\r\nHost: {program.base.removeprefix('http://')}\r\nAuthorization: Bearer {client.key}\r\n"
                  "Content-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\n").encode() + b"x" * 500)
    return line


def test_what_does_not_end_in_time_is_given_back_and_goes_out_once(start_postiz, simulator, account_name, tmp_path):
    program = start_postiz(LOOKUP_SETTLE_SECONDS="1", **own_database("stopping"))
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    simulator.fault("delay", platform="mastodon", path="/api/v1/statuses", account=account_name, delayMs=35_000, times=1)
    text = f"Stopped in the midst {account_name}"
    post = client.create(content=text, platforms=[channel], schedule="now")["id"]
    until(lambda: not any(fault["account"] == account_name for fault in simulator.faults()), 20, "the platform has the call")
    with half_an_upload(program, client):
        begin = time.monotonic()
        assert program.stop(29) == 0, program.tail()
        took = time.monotonic() - begin
    assert 19 < took < 29, f"what is under way has twenty seconds, and whoever stops it kills it after thirty: {took:.1f} s"
    program.start()
    begin = time.monotonic()
    assert client.wait_settled(post)["status"] == "PUBLISHED", client.standing(post)
    assert time.monotonic() - begin < 10, "nobody waits for the end of a lease that was given back"
    assert [item["text"] for item in simulator.publications("mastodon", account_name)] == [text]


@on_postgres
def test_while_each_process_restarts_in_turn_no_post_is_late_or_double(start_postiz, simulator, account_name):
    shared = own_database("rolling") | SHARED
    face = start_postiz(POSTIZ_APPS="frontend,backend", **shared)
    others = [start_postiz(POSTIZ_APPS=apps, **shared) for apps in ("worker", "worker", "cron", "cron")]
    _, client = new_account(face.base)
    channel = client.connect("mastodon", account_name)["id"]
    # One each quarter of a second, for as long as the restarts may take.
    due = {}
    for number in range(160):
        post = client.create(content=f"Rolling {number} {account_name}", platforms=[channel], scheduledFor=in_seconds(10 + number / 4))
        due[f"Rolling {number} {account_name}"] = moment(post["scheduledFor"]).timestamp()
    first, last = min(due.values()), max(due.values())
    until(lambda: time.time() > first, 30, "the first is due")
    for program in others:
        assert program.stop() == 0, program.tail()
        program.start()
    assert time.time() < last, "the restarts took longer than there were posts"
    found = until(lambda: len(all := simulator.publications("mastodon", account_name)) >= len(due) and all, 60, "all are out")
    assert sorted(item["text"] for item in found) == sorted(due), "each once"
    late = {item["text"]: moment(item["createdAt"]).timestamp() - due[item["text"]] for item in found}
    assert max(late.values()) < 5, f"the latest: {max(late.items(), key=lambda item: item[1])}"


def hold_posts(program, seconds: float):
    """Keeps everybody from writing posts for a while, as another program with a transaction of its own may."""
    def hold():
        if os.environ.get("TEST_ON_POSTGRES"):
            words = f"BEGIN; LOCK TABLE posts; SELECT pg_sleep({seconds}); COMMIT"
            subprocess.run(["psql", "-q", program.environment["DATABASE_URL"], "-c", words], check=True, stdout=subprocess.DEVNULL)
        else:
            other = sqlite3.connect(program.folder / "postiz.sqlite", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            time.sleep(seconds)
            other.execute("COMMIT")
            other.close()

    thread = threading.Thread(target=hold)
    thread.start()
    return thread


def test_a_statement_that_takes_long_is_logged_without_what_it_holds(start_postiz, simulator, account_name):
    program = start_postiz(**own_database("slow"))
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    holding = hold_posts(program, 2)
    number = 0

    def is_logged():
        nonlocal number
        number += 1
        client.create(content=f"Nobody reads this {number}", platforms=[channel], scheduledFor=in_seconds(3600))
        return "slow statement" in program.tail(100_000)

    until(is_logged, 10, lambda: f"a slow statement is told\n{program.tail()}")
    holding.join()
    log = program.tail(100_000)
    line = next(line for line in log.splitlines() if "slow statement" in line)
    assert ("INSERT INTO posts" if os.environ.get("TEST_ON_POSTGRES") else "BEGIN IMMEDIATE") in line and "milliseconds" in line
    assert "Nobody reads this" not in log and account_name not in line
