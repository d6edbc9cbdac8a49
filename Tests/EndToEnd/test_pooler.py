"""Publishing behind pgbouncer, in whichever mode bin/test-pgbouncer started it."""
import concurrent.futures
import os
import urllib.parse

import pytest

from client import in_seconds, new_account
from conftest import own_database
from programs import until

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_POOLED_URL"), reason="needs pgbouncer (bin/test-pgbouncer)")

POSTS = 100


@pytest.fixture
def pooled(start_postiz):
    direct = own_database("pooler")["DATABASE_URL"]
    path = urllib.parse.urlsplit(direct).path
    through = urllib.parse.urlsplit(os.environ["TEST_POOLED_URL"])._replace(path=path).geturl()
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
    assert "prepared statement" not in pooled.tail(1_000_000)
