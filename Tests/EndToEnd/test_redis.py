"""The roles in processes of their own with a Redis beside them, which is killed, emptied and brought back while posts go out."""
import contextlib
import os
import socket
import subprocess
import time

import pytest

from client import in_seconds, new_account
from conftest import own_database
from programs import until
from services import Lines, Redis

SERVERS = dict(entry.split("=", 1) for entry in os.environ.get("TEST_REDIS_SERVERS", "").split(",") if entry)
pytestmark = [
    pytest.mark.skipif(not SERVERS, reason="bin/test-redis names servers"),
    pytest.mark.skipif(not os.environ.get("TEST_ON_POSTGRES"), reason="processes share a PostgreSQL (TEST_ON_POSTGRES)"),
]
POSTS = 300


@pytest.fixture(params=list(SERVERS) or ["none"])
def redis(request, tmp_path):
    server = Redis(SERVERS[request.param], tmp_path / "redis").start()
    yield server
    if server.process.poll() is None:
        server.end()


@pytest.fixture
def roles(start_postiz, redis):
    shared = own_database("redis") | {
        "JWT_SECRET": "a signing secret for tests", "ENCRYPTION_KEY": "an encryption key for tests", "REDIS_URL": redis.url}
    return [start_postiz(POSTIZ_APPS=apps, **shared) for apps in ("frontend,backend", "worker", "worker", "cron")]


def test_nothing_is_lost_or_doubled_whatever_becomes_of_redis(roles, redis, simulator, account_name):
    _, client = new_account(roles[0].base)
    channel = client.connect("mastodon", account_name)
    assert client.call("GET", "/api/health")["redis"] == {"ok": True}, "health tells of it"
    texts = [f"Number {number} of {account_name}" for number in range(POSTS)]
    first = time.monotonic()
    for number, text in enumerate(texts):
        # Spread over some seconds, and some at once.
        client.create(content=text, platforms=[channel["id"]], scheduledFor=in_seconds(1 + (number % 30) / 3))

    def published() -> list[str]:
        return [item["text"] for item in simulator.publications("mastodon", account_name)]

    def more_go_out(than: int, what: str) -> None:
        until(lambda: len(published()) > min(than + 20, POSTS - 1), 30, what)

    more_go_out(0, "posts go out")
    redis.say("SAVE")
    more_go_out(len(published()), "more go out")
    redis.end()
    before = len(published())
    until(lambda: client.call("GET", "/api/health", expect=(200, 503)).get("redis", {}).get("ok") is False, 10, "health tells that it is away")
    more_go_out(before, "they go on without Redis")
    redis.start()  # It knows what it knew at SAVE.
    until(lambda: client.call("GET", "/api/health", expect=(200, 503))["redis"]["ok"], 10, "health tells that it is back")
    assert redis.say("FLUSHALL").startswith(b"+OK")
    until(lambda: len(published()) >= POSTS, 60, lambda: f"all are out: {len(published())}; took {time.monotonic() - first:.0f} s")
    # Whoever would send one a second time has had its chance.
    client.create(content=f"The last of {account_name}", platforms=[channel["id"]], schedule="now")
    until(lambda: f"The last of {account_name}" in published(), 10, "one more goes out")
    assert sorted(published()) == sorted(texts + [f"The last of {account_name}"]), "each once"
    for program in roles:
        assert program.stop() == 0, program.tail()


def test_it_starts_and_publishes_without_redis_and_uses_it_once_it_is_there(start_postiz, redis, simulator, account_name):
    redis.end()
    program = start_postiz(REDIS_URL=redis.url)
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)
    post = client.create(content="Without", platforms=[channel["id"]], schedule="now")
    assert client.wait_settled(post["id"])["status"] == "PUBLISHED"
    redis.start()
    until(lambda: client.call("GET", "/api/health", expect=(200, 503))["redis"]["ok"], 10, "it is connected")
    post = client.create(content="With", platforms=[channel["id"]], schedule="now")
    assert client.wait_settled(post["id"])["status"] == "PUBLISHED"


def test_doctor_and_start_tell_what_redis_is(start_postiz, redis):
    program = start_postiz(REDIS_URL=redis.url)
    text = subprocess.run([program.command[0], "doctor"], env=program.environment, capture_output=True, text=True, timeout=60).stdout
    assert "answers PING" in text and "harmless here" in text, text
    assert "harmless here" in program.tail(), "it is in the log"
    assert redis.say("CONFIG", "SET", "maxmemory-policy", "allkeys-lru").startswith(b"+OK")
    text = subprocess.run([program.command[0], "doctor"], env=program.environment, capture_output=True, text=True, timeout=60).stdout
    assert "noeviction" in text, text


def test_a_process_that_reaches_nothing_any_more_ends_within_ten_seconds(start_postiz, redis, simulator, account_name):
    with Lines() as lines:
        shared = own_database("unreachable")
        store = lines.to(simulator.base)
        ways = [lines.to(shared["DATABASE_URL"]), lines.to(redis.url), store]
        program = start_postiz(
            DATABASE_URL=ways[0].url, REDIS_URL=ways[1].url, STORAGE_PROVIDER="s3", S3_ENDPOINT=store.url, S3_BUCKET="media", S3_ACCESS_KEY_ID="id",
            S3_SECRET_ACCESS_KEY="key")
        _, client = new_account(program.base)
        client.connect("mastodon", account_name)
        # Nothing comes through, and nobody says so: what waits for an answer would wait for long.
        for way in ways:
            way.stall()
        with contextlib.ExitStack() as waiting:
            for path in ("/api/posts", "/api/integrations", "/api/media"):
                asker = waiting.enter_context(socket.create_connection(("127.0.0.1", int(program.base.rsplit(":", 1)[1])), timeout=0.5))
                asker.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {client.key}\r\n\r\n".encode())
                with pytest.raises(TimeoutError):
                    asker.recv(1)
            begin = time.monotonic()
            code = program.stop(30)
            took = time.monotonic() - begin
    assert code == 0, program.tail()
    assert took < 10, f"it took {took:.1f} s\n{program.tail()}"
