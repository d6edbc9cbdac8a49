"""Backups: made while posts are made and go out, looked at, refused when damaged, restored elsewhere without anything going out twice."""
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import threading
import time

import httpx
import pytest

from client import Client, in_seconds, new_account
from conftest import own_database
from pictures import png
from programs import until

KEYS = {"JWT_SECRET": "a signing secret for tests", "ENCRYPTION_KEY": "an encryption key for tests"}
PASSPHRASE = "a passphrase for tests"


def command(postiz, *arguments, **settings):
    """A command with the settings of a server."""
    return subprocess.run([postiz.command[0], *arguments], env=postiz.environment | settings, capture_output=True, text=True, timeout=120)


def back_up(postiz, folder, *arguments, **settings) -> pathlib.Path:
    done = command(postiz, "backup", "--to", str(folder), "--json", *arguments, **settings)
    assert done.returncode == 0, done.stderr
    return pathlib.Path(json.loads(done.stdout)["path"])


@pytest.fixture
def start(start_postiz):
    return lambda folder=None, **settings: start_postiz(folder, LOOKUP_SETTLE_SECONDS="1", **(KEYS | settings))


class Load:
    """People who make posts, some for now and some for a moment later, until they are told to stop."""

    def __init__(self, client, channels, mark):
        self.client, self.channels, self.mark = client, channels, mark
        self.made: list[tuple[str, str]] = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.work, args=[number]) for number in range(3)]

    def work(self, person):
        number = 0
        while not self.over.is_set():
            text = f"{self.mark}p{person}n{number} is said once"
            when = {"schedule": "now"} if number % 2 else {"scheduledFor": in_seconds(1.5)}
            try:
                self.made.append((self.client.create(content=text, platforms=self.channels, **when)["id"], text))
            except httpx.TransportError:
                return  # The server was killed.
            number += 1

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()


def bytes_of(client, media) -> bytes:
    answer = client.get(client.call("GET", f"/api/media/{media}")["url"])
    assert answer.status_code == 200 and answer.content
    return answer.content


def test_what_was_there_is_restored_elsewhere_and_nothing_goes_out_twice(start, simulator, tmp_path, account_name):
    def there(text):
        return [item for item in simulator.publications("mastodon", account_name) if item["text"] == text]

    first = start(tmp_path / "first", **own_database("first"))
    _, client = new_account(first.base)
    channels = [client.connect("mastodon", account_name)["id"]]
    media = client.upload(png(32, 32, 7))["id"]
    picture = bytes_of(client, media)
    later = client.create(content=f"Tomorrow {account_name}", platforms=channels, scheduledFor=in_seconds(86_400))["id"]
    with Load(client, channels, account_name) as load:
        until(lambda: len(load.made) > 20, 30, "posts are being made")
        # One goes out after the backup, one would have after the end of the server.
        planned = [(client.create(content=text, platforms=channels, scheduledFor=in_seconds(seconds))["id"], text)
                   for seconds, text in ((4, f"Soon {account_name}"), (8, f"Missed {account_name}"))]
        missed_at = time.monotonic() + 8
        before = list(load.made) + planned
        archive = back_up(first, tmp_path / "backups")
        at_backup = len(load.made)
        until(lambda: len(load.made) > at_backup + 10 and there(f"Soon {account_name}"), 30, "posts go on being made and going out")
        first.kill()
    assert not there(f"Missed {account_name}")
    until(lambda: time.monotonic() > missed_at, 10, "the time of the last one has come")
    shutil.rmtree(first.folder)

    second = start(tmp_path / "second", wait=False, **own_database("second"))
    second.kill()  # Only its settings are wanted yet.
    shutil.rmtree(second.folder, ignore_errors=True)
    restored = command(second, "restore", str(archive), "--json")
    assert restored.returncode == 0, restored.stderr
    second.start()
    client = Client(second.base, client.key)

    assert bytes_of(client, media) == picture
    assert client.post_by_id(later)["status"] == "SCHEDULED"
    views = {post: client.post_by_id(post) for post, _ in before}  # Fails where one is missing.
    held = {post for post, view in views.items() if any(item["status"] == "UNCONFIRMED" for item in view["publications"])}
    assert held >= {post for post, _ in planned} and json.loads(restored.stdout)["held"] >= len(held)

    time.sleep(3)  # Time for whatever would go out by itself.
    texts = [item["text"] for item in simulator.publications("mastodon", account_name)]
    assert sorted(texts) == sorted(set(texts)), "something went out twice"
    for post, text in before:
        for item in client.post_by_id(post)["publications"]:
            if item["status"] == "UNCONFIRMED":
                assert item["error"]["code"] == "RESTORED"
                answer = {"outcome": "PUBLISHED" if there(text) else "SEND_AGAIN"}
                client.call("POST", f"/api/posts/{post}/publications/{item['id']}/resolve", json=answer)
    for post, text in before:
        assert client.wait_settled(post)["status"] == "PUBLISHED", client.standing(post)
        assert len(there(text)) == 1, text


KINDS = {
    "gzip": ([], {}), "zstd": (["--zstd"], {}), "encrypted": ([], {"BACKUP_PASSPHRASE": PASSPHRASE}),
    "zstd encrypted": (["--zstd"], {"BACKUP_PASSPHRASE": PASSPHRASE}),
}


@pytest.fixture(scope="module")
def archives(postiz, tmp_path_factory):
    _, client = new_account(postiz.base)
    for number in range(20):
        client.upload(png(64, 64, 500 + number))
    folder = tmp_path_factory.mktemp("archives")
    return {kind: back_up(postiz, folder / kind, *options, **settings) for kind, (options, settings) in KINDS.items()}


@pytest.fixture
def archive(archives):
    return archives["gzip"]


@pytest.mark.parametrize("tenth", range(1, 10))
@pytest.mark.parametrize("fault", ["cut", "changed"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_archive_is_refused_and_nothing_is_touched(postiz, archives, tmp_path, kind, tenth, fault):
    archive, settings = archives[kind], KINDS[kind][1]
    data = bytearray(archive.read_bytes())
    place = len(data) * tenth // 10
    if fault == "cut":
        del data[place:]
    else:
        data[place] ^= 0x55
    damaged = tmp_path / archive.name
    damaged.write_bytes(data)
    looked = command(postiz, "verify", str(damaged), **settings)
    assert looked.returncode == 1 and "damaged" in looked.stderr, looked.stderr
    target = tmp_path / "elsewhere"
    refused = command(postiz, "restore", str(damaged), POSTIZ_DATA=str(target), **settings)
    assert refused.returncode == 1 and ("damaged" in refused.stderr or "connections" in refused.stderr), refused.stderr
    left = [path for path in target.rglob("*") if path.is_file() and path.name != "instance.lock"]
    assert left == []


def test_an_archive_of_a_newer_version_is_refused_with_what_to_do(postiz, archive, tmp_path):
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    folder = next(path for path in tmp_path.iterdir() if path.is_dir())
    manifest = json.loads((folder / "manifest.json").read_text()) | {"schema": 9999, "version": "99.0"}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    newer = tmp_path / "newer.tar.gz"
    with tarfile.open(newer, "w:gz", format=tarfile.USTAR_FORMAT) as packed:
        packed.add(folder / "manifest.json", "manifest.json")
    refused = command(postiz, "verify", str(newer))
    assert refused.returncode == 1 and "newer version (99.0)" in refused.stderr and "Install that version" in refused.stderr


def test_a_running_server_keeps_a_restore_away(postiz, archive):
    refused = command(postiz, "restore", str(archive))
    assert refused.returncode == 1 and "Stop it" in refused.stderr, refused.stderr
    assert httpx.get(postiz.base + "/api/health").json()["status"] != "down"


@pytest.mark.parametrize("zstd", [False, True])
def test_an_encrypted_archive_opens_without_us(postiz, tmp_path, zstd):
    path = back_up(postiz, tmp_path, *(["--zstd"] if zstd else []), BACKUP_PASSPHRASE=PASSPHRASE)
    assert path.name.endswith(".tar.zst.enc" if zstd else ".tar.gz.enc")
    assert path.stat().st_mode & 0o077 == 0
    opened = subprocess.run(
        f"openssl enc -d -aes-256-cbc -pbkdf2 -iter 600000 -md sha256 -pass env:P -in {path} | {'zstd' if zstd else 'gzip'} -dc | "
        f"tar -x -C {tmp_path} && cd {tmp_path}/postiz-*/ && sha256sum --check --quiet SHA256SUMS",
        shell=True, executable="/bin/bash", env=os.environ | {"P": PASSPHRASE}, capture_output=True, text=True)
    assert opened.returncode == 0, opened.stderr
    assert command(postiz, "verify", str(path), BACKUP_PASSPHRASE=PASSPHRASE).returncode == 0
    wrong = command(postiz, "verify", str(path), BACKUP_PASSPHRASE="another passphrase than that")
    assert wrong.returncode == 1 and "passphrase" in wrong.stderr
    none = command(postiz, "verify", str(path))
    assert none.returncode == 1 and "BACKUP_PASSPHRASE" in none.stderr


def test_secrets_are_in_an_archive_only_where_they_are_asked_for(postiz, tmp_path):
    settings = KEYS | {"X_API_SECRET": "a secret of the platform"}
    for asked in (False, True):
        path = back_up(postiz, tmp_path / str(asked), *(["--with-secrets"] if asked else []), **settings)
        with tarfile.open(path) as packed:
            text = b"".join(packed.extractfile(member).read() for member in packed if member.name.endswith((".env", ".json"))).decode()
        assert all((secret in text) == asked for secret in settings.values()), text


def test_the_newest_archives_stay(postiz, tmp_path):
    for day in range(1, 10):
        (tmp_path / f"postiz-2020010{day}-030000.tar.gz").write_bytes(b"old")
    (tmp_path / "holiday.tar.gz").write_bytes(b"not ours")
    path = back_up(postiz, tmp_path, "--keep", "7")
    left = sorted(item.name for item in tmp_path.iterdir())
    assert left == ["holiday.tar.gz"] + [f"postiz-2020010{day}-030000.tar.gz" for day in range(4, 10)] + [path.name]


def test_one_is_made_every_day_and_told_of(start, tmp_path):
    folder = tmp_path / "daily"
    postiz = start(BACKUP_FOLDER=str(folder), METRICS_TOKEN="token", **own_database("daily"))
    made = until(lambda: list(folder.glob("postiz-*.tar.gz")), 30, "the first backup")
    health = until(lambda: (httpx.get(postiz.base + "/api/health").json().get("backup") or {}).get("message", "").startswith("The last one"), 10, "health tells")
    assert health and len(made) == 1

    def figures():
        return httpx.get(postiz.base + "/metrics", headers={"Authorization": "Bearer token"}).text

    until(lambda: "postiz_backup_last_success_timestamp_seconds" in figures(), 30, figures)


def test_a_failing_backup_is_told_of(start, tmp_path):
    obstacle = tmp_path / "file"
    obstacle.write_text("no folder")
    postiz = start(BACKUP_FOLDER=str(obstacle / "backups"), **own_database("failing"))
    session, _ = new_account(postiz.base)

    def told():
        report = httpx.get(postiz.base + "/api/health").json()
        return report if report.get("backup") and not report["backup"]["ok"] else None

    report = until(told, 30, "health tells of the failure")
    assert report["status"] == "degraded" and "failed" in report["backup"]["message"]
    assert "The last backup failed" in session.get("/calendar", headers={"Accept": "text/html"}).text
