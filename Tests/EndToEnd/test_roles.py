"""The roles in processes of their own, as on several machines: they share one PostgreSQL and nothing else."""
import contextlib
import datetime
import json
import os
import threading

import pytest

from client import in_seconds, moment, new_account
from conftest import own_database
from programs import until

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_ON_POSTGRES"), reason="processes are bridged by PostgreSQL (TEST_ON_POSTGRES)")


@pytest.fixture
def roles(start_postiz):
    shared = own_database("roles") | {"JWT_SECRET": "a signing secret for tests", "ENCRYPTION_KEY": "an encryption key for tests"}
    return [start_postiz(POSTIZ_APPS=apps, **shared) for apps in ("frontend,backend", "worker", "cron")]


@contextlib.contextmanager
def live_events(client):
    """What the stream tells, each with the moment at which it came, in a list that grows."""
    heard, is_open = [], threading.Event()

    def listen(stream):
        for line in stream.iter_lines():
            is_open.set()
            if line.startswith("data: "):
                heard.append((datetime.datetime.now(datetime.timezone.utc), json.loads(line.removeprefix("data: "))))

    with client.stream("GET", "/api/events", timeout=60) as stream:
        reader = threading.Thread(target=listen, args=[stream], daemon=True)
        reader.start()
        assert is_open.wait(10), "the stream says nothing"
        yield heard


@pytest.mark.parametrize("lead", [3, 0.5])
def test_a_post_is_published_once_and_everybody_hears_of_it(roles, simulator, account_name, lead):
    faces = roles[0]
    _, client = new_account(faces.base)
    channel = client.connect("mastodon", account_name)
    with live_events(client) as heard:
        text = f"From three processes {account_name}"
        post = client.create(content=text, platforms=[channel["id"]], scheduledFor=in_seconds(lead))
        view = client.wait_settled(post["id"])
        assert view["status"] == "PUBLISHED", client.standing(post["id"])

        def news(kind):
            return next(((at, event) for at, event in heard if event["type"] == kind and event["data"].get("postId") == post["id"]), None)

        at, _ = until(lambda: news("post_published"), 5, lambda: f"the event of the worker: {[event['type'] for _, event in heard]}")
        assert news("post_created") or news("post_scheduled"), "an event of this very process"
        assert news("post_publishing"), "an event of cron or the worker"

        published = simulator.publications("mastodon", account_name)
        assert [item["text"] for item in published] == [text]
        out = moment(published[0]["createdAt"])
        assert (at - out).total_seconds() < 1, "the event was late"
        assert 0 <= (out - moment(post["scheduledFor"])).total_seconds() < 1, "the post was late"
        for program in roles:
            assert program.stop() == 0, program.tail()
