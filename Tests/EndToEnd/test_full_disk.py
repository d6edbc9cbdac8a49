"""A disk that is full: what is refused says so, health and log tell it, and what was due goes out by itself when there is room again."""
import subprocess

import httpx
import pytest

from client import assert_error, in_seconds, new_account
from pictures import png
from programs import until

DISK = 48 << 20


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "postiz-test", str(folder)], capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(disk):
    """Takes what room there is, down to the last kilobyte."""
    with open(disk / "ballast", "wb", buffering=0) as ballast:
        for piece in (1 << 20, 1 << 10):
            try:
                while ballast.write(bytes(piece)):
                    pass
            except OSError:
                continue


def health(program) -> dict:
    return httpx.get(program.base + "/api/health").json()


def figure(program, name: str) -> float:
    lines = httpx.get(program.base + "/metrics").text.splitlines()
    return float(next(line.split()[-1] for line in lines if line.startswith(name)))


def test_what_is_due_waits_for_room_and_then_goes_out(start_postiz, small_disk, simulator, account_name):
    program = start_postiz(folder=small_disk / "data")
    session, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    assert health(program)["status"] == "ok"
    text = f"After the flood {account_name}"
    post = client.post("/api/posts", json={"content": text, "platforms": [channel], "scheduledFor": in_seconds(6)}).json()
    fill(small_disk)

    def refusal():
        # What still fits into the pages that the database has is stored; in the end nothing is.
        answer = client.post("/api/posts", json={"content": "x" * 100_000, "platforms": [channel], "status": "DRAFT"})
        return answer if answer.status_code != 201 else None

    assert_error(until(refusal, 30, "a write is refused"), 507, "STORAGE_FULL")
    assert_error(client.post("/api/media", files={"file": ("a.png", png(64, 64), "image/png")}), 507, "STORAGE_FULL")
    report = health(program)
    assert report["status"] == "degraded" and report["storage"]["ok"] is False and "full" in report["storage"]["message"]
    assert client.call("GET", f"/api/posts/{post['id']}")["content"] == text, "reading goes on"
    assert "disk is full" in session.get("/calendar").text, "every page says it"
    until(lambda: "disk is full" in program.tail(), 40, "the log says it")
    until(lambda: figure(program, "postiz_storage_ok") == 0, 40, "the figure says it")

    (small_disk / "ballast").unlink()
    until(lambda: health(program)["status"] == "ok", 60, lambda: f"healthy again: {health(program)}")
    until(lambda: client.post_by_id(post["id"])["status"] == "PUBLISHED", 60, lambda: client.post_by_id(post["id"]))
    assert [one["text"] for one in simulator.publications(account=account_name)] == [text]
    until(lambda: figure(program, "postiz_storage_ok") == 1, 40, "the figure says it")


def test_a_film_waits_for_room_to_be_converted(start_postiz, small_disk, simulator, account_name, tmp_path):
    film = tmp_path / "holiday.mov"
    noise = "nullsrc=d=6:s=320x240:r=24,geq=random(1)*255:128:128"
    made = ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", noise, "-c:v", "libx265", "-x265-params", "log-level=error", "-tag:v", "hvc1", film]
    subprocess.run(made, check=True, timeout=300)
    program = start_postiz(folder=small_disk / "data")
    _, client = new_account(program.base)
    channel = client.connect("x", account_name)["id"]
    file = client.post("/api/media", files={"file": (film.name, film.read_bytes(), "video/quicktime")}).json()
    fill(small_disk)
    with open(small_disk / "ballast", "r+b") as ballast:  # Enough for the database and not for the film.
        ballast.truncate((small_disk / "ballast").stat().st_size - (200 << 10))
    assert client.post(f"/api/media/{file['id']}/conversions", json={"integrationId": channel}).status_code == 202

    def conversion() -> dict:
        return client.call("GET", f"/api/media/{file['id']}")["conversions"][0]

    until(lambda: "No space left" in program.tail(20_000), 60, "the log says why")
    assert conversion()["state"] == "WAITING"
    (small_disk / "ballast").unlink()
    until(lambda: conversion()["state"] == "READY", 90, lambda: f"converted: {conversion()}")


def test_a_start_on_a_full_disk_loses_nothing(start_postiz, small_disk, simulator, account_name):
    """It starts and says what is wrong, or ends with words and a status; with room everything is there and goes out once."""
    program = start_postiz(folder=small_disk / "data")
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    text = f"After the drought {account_name}"
    post = client.post("/api/posts", json={"content": text, "platforms": [channel], "scheduledFor": in_seconds(20)}).json()
    program.stop()
    fill(small_disk)

    program.start(wait=False)

    def judged():
        if program.process.poll() is not None:
            assert program.process.returncode > 0 and "full" in program.tail().lower(), program.tail()
            return True
        try:
            return health(program)["status"] == "degraded"
        except httpx.TransportError:
            return False

    until(judged, 30, lambda: f"it runs and says what is wrong, or ended\n{program.tail()}")
    (small_disk / "ballast").unlink()
    if program.process.poll() is not None:
        program.start()
    until(lambda: health(program)["status"] == "ok", 60, lambda: f"healthy: {health(program)}")
    until(lambda: client.post_by_id(post["id"])["status"] == "PUBLISHED", 60, lambda: client.post_by_id(post["id"]))
    assert [one["text"] for one in simulator.publications(account=account_name)] == [text]
