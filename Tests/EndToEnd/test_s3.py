"""Files in an S3 store: `bin/test-s3 .venv/bin/python -m pytest Tests/EndToEnd/test_s3.py` (both stores check signatures).

What is in the bucket is seen through boto3, which we did not write.
"""
from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import httpx
import pytest

from client import assert_error, in_seconds, new_account
from pictures import png
from programs import free_port, until
from services import Bucket, digest

STORES = {name: os.environ.get(f"TEST_S3_{name.upper()}") for name in ("swift", "radosgw")}


@pytest.fixture(params=STORES)
def bucket(request):
    endpoint = STORES[request.param]
    assert endpoint, "bin/test-s3 starts the stores"
    return Bucket(endpoint)


def local(program) -> dict[str, str]:
    uploads = program.folder / "uploads"
    files = [path for path in uploads.rglob("*") if path.is_file() and path.parent.name != "incoming"]
    return {str(path.relative_to(uploads)): digest(path.read_bytes()) for path in files}


def move(program, target: str, **settings) -> subprocess.CompletedProcess:
    command = [program.command[0], "media", "move", "--to", target, "--json"]
    return subprocess.run(command, env=program.environment | settings, capture_output=True, text=True, timeout=120)


def test_a_picture_goes_through_the_bucket_to_a_platform_that_pulls_and_one_that_is_pushed_to(start_postiz, simulator, bucket, account_name):
    program = start_postiz(STORAGE_PROVIDER="s3", LOOKUP_SETTLE_SECONDS="2", **bucket.settings)
    session, client = new_account(program.base)
    picture = png(640, 480)
    media = client.upload(picture, alt="Waves")
    until(lambda: client.call("GET", f"/api/media/{media['id']}").get("thumbnailUrl"), 30, "the thumbnail is made")
    stored = bucket.files()
    assert len(stored) == 2 and digest(picture) in stored.values()
    assert local(program) == {}

    thumbnail = client.get(f"/api/media/{media['id']}/thumbnail")
    assert thumbnail.status_code == 200 and digest(thumbnail.content) in stored.values()
    check_serving(client, f"/api/media/{media['id']}/file", picture)

    channels = [client.connect(platform, account_name)["id"] for platform in ("threads", "mastodon")]
    text = f"Out of the bucket {account_name}"
    post = client.call(
        "POST", "/api/posts", json={"content": text, "platforms": channels, "mediaIds": [media["id"]], "scheduledFor": in_seconds(1)})
    settled = client.wait_settled(post["id"], 60)
    assert [item["status"] for item in settled["publications"]] == ["PUBLISHED"] * 2, client.standing(post["id"])
    for platform in ("threads", "mastodon"):
        assert [item for item in simulator.publications(platform, account_name) if text in item["text"]]
    fetched = [line for line in program.log.read_text().splitlines() if "/api/files/" in line]
    assert fetched, "Threads fetched the picture from the product"

    second = client.upload(png(16, 16))
    client.call("DELETE", f"/api/media/{second['id']}?forGood=true")
    assert until(lambda: bucket.files() == stored or None, 10, bucket.files)
    assert httpx.get(program.base + "/api/health").json()["storage"] == {"ok": True, "provider": "s3"}


def check_serving(client, path: str, data: bytes) -> None:
    """Whole, its head alone, and in ranges, as RFC 9110 has it."""
    whole = client.get(path)
    assert whole.status_code == 200 and whole.content == data
    assert whole.headers["accept-ranges"] == "bytes" and whole.headers["content-length"] == str(len(data))
    head = client.head(path)
    assert head.status_code == 200 and head.content == b""
    assert head.headers["content-length"] == str(len(data)) and head.headers["accept-ranges"] == "bytes"
    for wanted, expected in (("0-99", data[:100]), ("-100", data[-100:]), ("50-", data[50:]), ("0-0", data[:1])):
        part = client.get(path, headers={"Range": f"bytes={wanted}"})
        assert part.status_code == 206 and part.content == expected, wanted
        assert part.headers["content-range"].endswith(f"/{len(data)}")
    assert client.get(path, headers={"Range": f"bytes={len(data)}-"}).status_code == 416
    assert client.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304


def test_files_move_to_the_bucket_and_back_while_the_server_runs(start_postiz, bucket, tmp_path):
    folder = tmp_path / "data"
    program = start_postiz(folder=folder)
    session, client = new_account(program.base)
    pictures = {client.upload(png(20 + index, 10))["id"]: png(20 + index, 10) for index in range(5)}
    until(lambda: len(local(program)) == 10, 30, "all thumbnails are made")
    before = local(program)

    # The server here was not restarted: it would not find them.
    refused = move(program, "s3", STORAGE_PROVIDER="s3", **bucket.settings)
    assert refused.returncode != 0 and "Restart it with STORAGE_PROVIDER=s3" in refused.stderr
    # And the command goes by the same settings as the server.
    refused = move(program, "s3", **bucket.settings)
    assert refused.returncode != 0 and "STORAGE_PROVIDER=s3" in refused.stderr
    assert local(program) == before and bucket.files() == {}

    def all_there(program, client) -> None:
        for media, data in pictures.items():
            assert client.get(f"/api/media/{media}/file").content == data
            assert client.get(f"/api/media/{media}/thumbnail").status_code == 200

    def restarted(program, provider: str):
        program.stop()
        environment = {**bucket.settings, "STORAGE_PROVIDER": provider, "PORT": program.base.rsplit(":", 1)[1]}
        program.environment |= environment
        return program.start()

    restarted(program, "s3")
    all_there(program, client)
    moved = move(program, "s3")
    assert moved.returncode == 0, moved.stderr
    assert json.loads(moved.stdout)["files"] == 10 and json.loads(moved.stdout)["left"] == []
    assert local(program) == {} and bucket.files() == before
    all_there(program, client)
    assert json.loads(move(program, "s3").stdout)["files"] == 0

    restarted(program, "local")
    all_there(program, client)
    assert json.loads(move(program, "local").stdout)["files"] == 10
    assert local(program) == before and bucket.files() == {}
    all_there(program, client)


def test_wrong_settings_are_named_before_anything_starts(start_postiz, bucket, tmp_path):
    program = start_postiz(folder=tmp_path / "data")
    program.stop()
    for change, words in (
        ({"S3_SECRET_ACCESS_KEY": "wrong"}, "S3_SECRET_ACCESS_KEY"), ({"S3_BUCKET": "not-there"}, "S3_BUCKET"),
        ({"S3_ACCESS_KEY_ID": ""}, "S3_ACCESS_KEY_ID"), ({"S3_ENDPOINT": bucket.settings["S3_ENDPOINT"] + "/path"}, "S3_ENDPOINT"),
    ):
        settings = program.environment | {"STORAGE_PROVIDER": "s3"} | bucket.settings | change
        for command in ("serve", "doctor"):
            said = subprocess.run([program.command[0], command], env=settings, capture_output=True, text=True, timeout=60)
            assert said.returncode != 0 and words in said.stdout + said.stderr, (change, command, said.stdout + said.stderr)
            assert "testing" not in said.stdout + said.stderr


def test_a_large_file_goes_through_in_constant_memory(start_postiz, bucket):
    program = start_postiz(STORAGE_PROVIDER="s3", **bucket.settings)
    session, client = new_account(program.base)
    client.upload(png(64, 64))
    size, block = 120 << 20, os.urandom(1 << 20)
    document = b"%PDF-1.4\n".ljust(1 << 20, b" ")

    def body():
        yield document
        for _ in range(size // len(block) - 1):
            yield block

    whole = hashlib.sha256()
    for part in body():
        whole.update(part)
    before = peak(program)
    headers = {"Content-Length": str(size), "Content-Type": "application/pdf"}
    media = client.call("POST", "/api/media", 201, params={"name": "large.pdf"}, content=body(), headers=headers)
    assert media["size"] == size
    back = hashlib.sha256()
    with client.stream("GET", f"/api/media/{media['id']}/file") as answer:
        for chunk in answer.iter_bytes():
            back.update(chunk)
    assert back.digest() == whole.digest()
    assert peak(program) - before < 60 << 20, (before, peak(program))
    assert list(bucket.files().values()).count(whole.hexdigest()) == 1
    assert not [path for path in (program.folder / "uploads" / "incoming").iterdir() if path.suffix != ".lock"]


def peak(program) -> int:
    """The most memory that the process ever had, in bytes."""
    status = open(f"/proc/{program.process.pid}/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def test_a_store_that_is_away_is_said_and_refuses_uploads_and_nothing_else(start_postiz, bucket):
    settings = bucket.settings | {"S3_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    program = start_postiz(STORAGE_PROVIDER="s3", **settings)
    storage = until(lambda: (now := httpx.get(program.base + "/api/health").json()["storage"])["ok"] is False and now, 30, "health says it")
    assert "S3_ENDPOINT" in storage["message"]
    session, client = new_account(program.base)
    assert_error(client.post("/api/media", files={"file": ("a.png", png(8, 8), "image/png")}), 503, "STORAGE_UNAVAILABLE", "S3")
    assert client.call("GET", "/api/media")["items"] == []
    assert not [path for path in (program.folder / "uploads" / "incoming").iterdir() if path.suffix != ".lock"]


def command(program, *arguments, **settings):
    done = subprocess.run([program.command[0], *arguments], env=program.environment | settings, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def test_files_in_a_bucket_are_backed_up_to_another_and_restored_elsewhere(start_postiz, simulator, bucket, account_name):
    archives, elsewhere = Bucket(bucket.settings["S3_ENDPOINT"]), Bucket(bucket.settings["S3_ENDPOINT"])
    keys = {"JWT_SECRET": "a signing secret for tests", "ENCRYPTION_KEY": "an encryption key for tests"}
    daily = {"BACKUP_S3_BUCKET": f"{archives.name}/of postiz".replace(" ", "-"), "BACKUP_KEEP": "2"}
    first = start_postiz(STORAGE_PROVIDER="s3", **bucket.settings, **daily, **keys)
    _, client = new_account(first.base)
    made = until(archives.files, 60, "the first daily backup")
    assert all(name.startswith("of-postiz/postiz-") and name.endswith(".tar.gz") for name in made)

    channel = client.connect("mastodon", account_name)["id"]
    pictures = {client.upload(png(30 + index, 20))["id"]: png(30 + index, 20) for index in range(5)}
    post = client.create(content=f"Later {account_name}", platforms=[channel], mediaIds=[next(iter(pictures))], scheduledFor=in_seconds(86_400))
    until(lambda: len(bucket.files()) == 10, 30, "all thumbnails are made")
    code, said, error = command(first, "backup", "--json")
    assert code == 0, error
    archive = json.loads(said)
    assert archive["path"].startswith(f"s3://{archives.name}/of-postiz/postiz-") and archive["missing"] == []
    code, said, _ = command(first, "backup", "--list", "--json")
    assert code == 0 and [item["path"] for item in json.loads(said)][0] == archive["path"] and len(json.loads(said)) == 2
    code, said, _ = command(first, "verify", archive["path"])
    assert code == 0 and "14 members" in said
    assert command(first, "doctor")[1].count("archives are kept there") == 1
    before = bucket.files()
    first.stop()

    # What is missing is told, and keeps nothing else from being kept.
    lost = sorted(key for key in before if "." not in key)[0]
    bucket.s3.delete_object(Bucket=bucket.name, Key=lost)
    code, said, error = command(first, "backup", "--json")
    assert code == 0 and json.loads(said)["missing"] == [lost] and lost in error
    # What is damaged is told, and keeps the archives that have it.
    bucket.s3.put_object(Bucket=bucket.name, Key=lost, Body=b"other bytes")
    kept = archives.files()
    code, _, error = command(first, "backup", "--keep", "1")
    assert code == 1 and lost in error and archives.files() == kept

    shutil.rmtree(first.folder)
    second = start_postiz(wait=False, STORAGE_PROVIDER="s3", **{**bucket.settings, "S3_BUCKET": elsewhere.name}, **daily, **keys)
    second.kill()  # Only its settings are wanted yet.
    shutil.rmtree(second.folder, ignore_errors=True)
    code, said, error = command(second, "restore", archive["path"], "--json")
    assert code == 0, error
    assert json.loads(said)["restored"]["files"] == 10 and elsewhere.files() == before
    assert not [path for path in pathlib.Path(second.folder).rglob("*.partial")]
    second.start()
    moved = type(client)(second.base, client.key)
    for media, data in pictures.items():
        assert moved.get(f"/api/media/{media}/file").content == data
        assert moved.get(f"/api/media/{media}/thumbnail").status_code == 200
    assert moved.post_by_id(post["id"])["status"] == "SCHEDULED"
