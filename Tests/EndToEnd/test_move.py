"""An embedded installation becomes one on PostgreSQL and comes back, with all it has and without publishing anything twice."""
import os
import subprocess
import urllib.parse

import pytest

from client import in_seconds, new_account
from conftest import own_database
from pictures import png
from programs import until

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_ON_POSTGRES"), reason="needs PostgreSQL (bin/test-postgres)")


def move(program, command: str, url: str) -> subprocess.CompletedProcess:
    return subprocess.run([program.command[0], command], env=program.environment | {"DATABASE_URL": url}, capture_output=True, text=True, timeout=120)


def test_everything_goes_to_postgres_and_back(start_postiz, simulator, tmp_path, account_name):
    url = own_database("move")["DATABASE_URL"]
    folder = tmp_path / "data"
    embedded = start_postiz(folder=folder)
    session, client = new_account(embedded.base)
    channel = client.connect("mastodon", account_name)["id"]
    picture = client.post("/api/media", files={"file": ("a.png", png(64, 64), "image/png")}).json()["id"]
    out = client.post("/api/posts", json={"content": f"Before {account_name}", "platforms": [channel], "scheduledFor": in_seconds(1)}).json()["id"]
    until(lambda: client.post_by_id(out)["status"] == "PUBLISHED", 30, "the first post is out")
    parts = {"parts": [{"text": f"Later {account_name}", "mediaIds": [picture]}], "platforms": [channel]}
    later = [client.post("/api/posts", json=parts | {"scheduledFor": in_seconds(90_000 + number)}).json()["id"] for number in range(20)]
    known = {post: client.post_by_id(post) for post in [out, *later]}

    refused = move(embedded, "move-to-postgres", url)
    assert refused.returncode != 0 and "Stop it, then try again" in refused.stderr, refused
    embedded.stop()
    moved = move(embedded, "move-to-postgres", url)
    assert moved.returncode == 0, moved
    assert "posts" in moved.stdout and urllib.parse.urlsplit(url).path not in moved.stderr

    started = subprocess.run(embedded.command, env=embedded.environment, capture_output=True, text=True, timeout=30)
    assert started.returncode != 0 and "no longer in use" in started.stderr + started.stdout, started
    server = start_postiz(folder=folder, DATABASE_URL=url, PORT=str(embedded.base.rsplit(":", 1)[1]))
    assert {post: client.post_by_id(post) for post in known} == known, "the same key, the same posts"
    assert client.call("PATCH", f"/api/posts/{later[0]}", json={"scheduledFor": in_seconds(1), "revision": known[later[0]]["revision"]})
    until(lambda: client.post_by_id(later[0])["status"] == "PUBLISHED", 30, "what was planned goes out, with the picture and the channel's token")

    refused = move(server, "move-to-sqlite", url)
    assert refused.returncode != 0 and "Stop it, then try again" in refused.stderr, refused
    server.stop()
    assert move(server, "move-to-sqlite", url).returncode == 0
    again = start_postiz(folder=folder, PORT=str(embedded.base.rsplit(":", 1)[1]))
    assert client.post_by_id(later[0])["status"] == "PUBLISHED"
    assert client.post_by_id(later[1]) == known[later[1]]
    texts = [one["text"] for one in simulator.publications(account=account_name)]
    assert sorted(texts) == [f"Before {account_name}", f"Later {account_name}"]
    again.stop()
