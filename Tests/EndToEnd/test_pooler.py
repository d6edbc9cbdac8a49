"""Publishing behind pgbouncer, in whichever mode bin/test-pgbouncer started it."""
import concurrent.futures
import json
import os
import signal
import subprocess
import urllib.parse

import httpx
import pytest

from client import in_seconds, new_account
from conftest import own_database
from programs import binary, until

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_POOLED_URL"), reason="needs pgbouncer (bin/test-pgbouncer)")

POSTS = 100
BY_TRANSACTION = os.environ.get("TEST_POOL_MODE") == "transaction"
DEAF = "Notifications of PostgreSQL do not arrive"


@pytest.fixture
def addresses():
    """A database through the pooler, and past it."""
    direct = own_database("pooler")["DATABASE_URL"]
    path = urllib.parse.urlsplit(direct).path
    return urllib.parse.urlsplit(os.environ["TEST_POOLED_URL"])._replace(path=path).geturl(), direct


@pytest.fixture
def pooled(start_postiz, addresses):
    through, direct = addresses
    return start_postiz(DATABASE_URL=through, DATABASE_DIRECT_URL=direct, DATABASE_CONNECTIONS="8")


def test_a_hundred_posts_from_ten_threads_are_published_once_each_without_an_error(pooled, simulator, account_name):
    _, client = new_account(pooled.base)
    channel = client.connect("mastodon", account_name)
    texts = [f"Over a pooler {account_name} {number}" for number in range(POSTS)]

    def create(text):
        post = client.create(content=text, platforms=[channel["id"]], scheduledFor=in_seconds(5))
        assert client.post_by_id(post["id"])["id"] == post["id"]
        return post

    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        posts = list(pool.map(create, texts))
    until(lambda: len(simulator.publications("mastodon", account_name)) >= POSTS, 60, "all posts are out")
    for post in posts:
        assert client.wait_settled(post["id"])["status"] == "PUBLISHED", client.standing(post["id"])
    assert sorted(item["text"] for item in simulator.publications("mastodon", account_name)) == sorted(texts)
    assert pooled.stop() == 0, pooled.tail()
    log = pooled.tail(1_000_000)
    assert "prepared statement" not in log and DEAF not in log


def test_it_stops_before_it_is_killed_although_every_connection_is_stuck(pooled):
    _, client = new_account(pooled.base)
    client.create(content="Before the pooler froze", status="DRAFT")
    pooler = int(os.environ["TEST_POOLER_PID"])
    os.kill(pooler, signal.SIGSTOP)
    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            asked = [pool.submit(client.get, "/api/posts", timeout=3) for _ in range(8)]
            assert {type(item.exception()) for item in asked} == {httpx.ReadTimeout}, "the connections are not stuck"
        # As Docker does it: SIGTERM, and SIGKILL ten seconds later.
        pooled.stop(seconds=10)
    finally:
        os.kill(pooler, signal.SIGCONT)


def test_without_a_direct_address_a_pooler_by_transaction_is_said_at_the_start_and_by_doctor(start_postiz, addresses, tmp_path):
    through, _ = addresses
    program = start_postiz(DATABASE_URL=through)
    until(lambda: program.log.read_text().count("\n") > 1, 10, "it says something")
    assert (DEAF in program.tail(100_000)) == BY_TRANSACTION, program.tail()
    if BY_TRANSACTION:
        assert "DATABASE_DIRECT_URL" in program.tail(100_000)
    environment = {"PATH": os.environ["PATH"], "POSTIZ_DATA": str(tmp_path / "doctor"), "PORT": "1", "DATABASE_URL": through}
    answer = subprocess.run([binary("POSTIZ_BINARY", "postiz"), "doctor", "--json"], env=environment, capture_output=True, text=True, timeout=60)
    found = [item for item in json.loads(answer.stdout)["diagnoses"] if item["subject"] == "notifications"]
    assert [item["verdict"] for item in found] == (["warning"] if BY_TRANSACTION else ["ok"]), answer.stdout
    assert ("DATABASE_DIRECT_URL" in json.dumps(found)) == BY_TRANSACTION
