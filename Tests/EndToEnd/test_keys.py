"""The encryption key is rotated while posts go out: killed in the middle, twice at once, with a wrong key, and across a backup."""
import json
import os
import random
import shutil
import subprocess
import time

import pytest

from client import Client, new_account
from conftest import own_database
from programs import until
from test_backup import Load, back_up, command

# With PostgreSQL a rotation has to be told that no other machine has a copy of the file.
ROTATE = ["keys", "rotate", "--json"] + (["--one-folder"] if os.environ.get("TEST_ON_POSTGRES") else [])


def status(postiz, **settings) -> dict:
    return json.loads(command(postiz, "keys", "status", "--json", **settings).stdout)


def outdated(state: dict) -> int:
    return sum(key["values"] for key in state["keys"] if not key["isCurrent"])


def rotate(postiz, *arguments, **settings) -> dict:
    done = command(postiz, *ROTATE, *arguments, **settings)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def start(start_postiz):
    return lambda folder=None, **settings: start_postiz(folder, LOOKUP_SETTLE_SECONDS="1", **settings)


def test_posts_go_out_once_while_the_key_is_rotated_and_rotations_are_killed(start, simulator, tmp_path, account_name):
    postiz = start(tmp_path / "data", **own_database("keys"))
    _, client = new_account(postiz.base)
    channels = [client.connect("mastodon", account_name)["id"]]
    for number in range(300):
        client.call("POST", "/api/posts", 201, json={"content": f"Draft {number}", "status": "DRAFT"}, headers={"Idempotency-Key": f"key-{number}"})
    file = postiz.folder / "secrets.json"
    before = json.loads(file.read_text())
    first = status(postiz)
    assert len(first["keys"]) == 1 and first["keys"][0]["values"] > 300 and first["unreadable"] == []

    with Load(client, channels, account_name) as load:
        until(lambda: len(load.made) > 5, 30, "posts are being made")
        chance = random.Random(12)
        for _ in range(4):
            running = subprocess.Popen([postiz.command[0], *ROTATE], env=postiz.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            until(lambda: running.poll() is not None or "oldEncryptionKeys" in json.loads(file.read_text()), 60, "the key is made", pause=0.001)
            time.sleep(chance.uniform(0, 0.05))
            running.kill()
            running.wait()
        both = [subprocess.Popen([postiz.command[0], *ROTATE], env=postiz.environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        answers = [json.loads(process.communicate(timeout=120)[0]) for process in both]
        assert [process.returncode for process in both] == [0, 0]
        at_rotation = len(load.made)
        until(lambda: len(load.made) > at_rotation + 10, 60, "posts go on being made")
    # However often it was begun, there is one new key, and the server seals with it by now.
    after = json.loads(file.read_text())
    assert after["oldEncryptionKeys"] == [before["encryptionKey"]] and after["encryptionKey"] != before["encryptionKey"]
    assert file.stat().st_mode & 0o777 == 0o600 and after["jwtSecret"] == before["jwtSecret"]
    assert not any(answer["madeKey"] for answer in answers)
    settled = {post: client.wait_settled(post, 60) for post, _ in load.made}
    assert all(view["status"] == "PUBLISHED" for view in settled.values()), {view["status"] for view in settled.values()}
    texts = [item["text"] for item in simulator.publications("mastodon", account_name)]
    assert sorted(texts) == sorted(text for _, text in load.made), "each once"
    state = status(postiz)
    assert outdated(state) == 0 and len(state["keys"]) == 2 and state["unreadable"] == []
    # What was answered once is answered again, and with the same.
    again = client.call("POST", "/api/posts", 201, json={"content": "Draft 7", "status": "DRAFT"}, headers={"Idempotency-Key": "key-7"})
    assert again["content"] == "Draft 7"

    early = command(postiz, "keys", "retire")
    assert early.returncode == 1 and "--now" in early.stderr and json.loads(file.read_text()) == after
    assert command(postiz, "keys", "retire", "--now").returncode == 0
    assert "oldEncryptionKeys" not in json.loads(file.read_text())
    postiz.stop()
    postiz.start()
    client = Client(postiz.base, client.key)
    last = client.create(content=f"After it {account_name}", platforms=channels, schedule="now")
    assert client.wait_settled(last["id"])["status"] == "PUBLISHED"


def test_what_cannot_be_read_is_named_and_nothing_changes(start, simulator, tmp_path, account_name):
    settings = own_database("wrong") | {"ENCRYPTION_KEY": "the first key of this test"}
    postiz = start(tmp_path / "data", **settings)
    _, client = new_account(postiz.base)
    client.connect("mastodon", account_name)
    refused = command(postiz, "keys", "rotate", ENCRYPTION_KEY="quite another key than that")
    assert refused.returncode == 1 and "mastodon" in refused.stderr and "OLD_ENCRYPTION_KEYS" in refused.stderr
    assert "another key than that" not in refused.stderr and "first key" not in refused.stderr
    # A key of the settings is changed there; the command says how, and does the rest.
    words = command(postiz, "keys", "rotate").stderr
    assert "ENCRYPTION_KEY" in words and "restart" in words
    new = {"ENCRYPTION_KEY": "the second key of this test", "OLD_ENCRYPTION_KEYS": "the first key of this test"}
    postiz.stop()
    postiz.environment |= new
    postiz.start()
    assert rotate(postiz)["sealed"] >= 1
    postiz.stop()
    postiz.environment.pop("OLD_ENCRYPTION_KEYS")
    postiz.start()
    assert status(postiz)["unreadable"] == []
    client = Client(postiz.base, client.key)
    post = client.create(content=f"With the second {account_name}", platforms=[client.call("GET", "/api/integrations")["items"][0]["id"]], schedule="now")
    assert client.wait_settled(post["id"])["status"] == "PUBLISHED"


def test_a_backup_of_before_needs_the_key_of_before(start, simulator, tmp_path, account_name):
    postiz = start(tmp_path / "data", **own_database("before"))
    _, client = new_account(postiz.base)
    client.connect("mastodon", account_name)
    archive = back_up(postiz, tmp_path / "backups")
    old = json.loads((postiz.folder / "secrets.json").read_text())["encryptionKey"]
    rotate(postiz)
    assert command(postiz, "keys", "retire", "--now").returncode == 0
    postiz.stop()
    restored = command(postiz, "restore", str(archive))
    assert restored.returncode == 0, restored.stderr
    lost = command(postiz, "keys", "status")
    assert lost.returncode == 1 and "mastodon" in lost.stdout
    doctor = command(postiz, "doctor").stdout
    assert "cannot be decrypted" in doctor and "OLD_ENCRYPTION_KEYS" in doctor
    with_old = status(postiz, OLD_ENCRYPTION_KEYS=old)
    assert with_old["unreadable"] == [] and outdated(with_old) >= 1
    assert rotate(postiz, OLD_ENCRYPTION_KEYS=old)["sealed"] >= 1
    assert status(postiz)["unreadable"] == [] and outdated(status(postiz)) == 0
    shutil.rmtree(tmp_path / "backups")
