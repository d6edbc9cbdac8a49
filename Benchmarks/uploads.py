"""Large films to YouTube and X on the simulator: memory while they are sent, going on after a kill, and speed beside curl."""
from __future__ import annotations

import hashlib
import http.client
import json
import pathlib
import subprocess
import tempfile
import threading
import time
import urllib.parse

import httpx

from client import Client, moment, new_account
from programs import Postiz, Simulator, until

MEBI = 1 << 20
PIECE = 8 * MEBI  # what the adapter for YouTube sends in one request
# What X takes at most.
X_LIMIT = 512_000_000


def film(path: pathlib.Path, size: int) -> None:
    """Five seconds of film, and after them a box that players skip, up to `size` bytes."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=25:duration=5", "-f", "lavfi", "-i",
         "sine=duration=5", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-movflags", "+faststart", str(path)], check=True)
    left = size - path.stat().st_size
    block = bytes(range(256)) * 4096
    with path.open("ab") as file:
        file.write((1).to_bytes(4, "big") + b"free" + left.to_bytes(8, "big"))
        left -= 16
        while left:
            left -= file.write(block[:left])


def send(client: Client, base: str, path: pathlib.Path) -> dict:
    """Uploads the file to Postiz in one streamed piece; gives the entry of the library."""
    size = path.stat().st_size
    upload = client.call("POST", "/api/media/uploads", 201, json={"name": path.name, "size": size})
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(base).netloc, timeout=600)
    headers = {"Authorization": f"Bearer {client.key}", "Content-Type": "application/octet-stream", "Upload-Offset": "0",
               "Content-Length": str(size)}
    with path.open("rb") as file:
        connection.request("PATCH", f"/api/media/uploads/{upload['id']}", file, headers)
        answer = connection.getresponse()
        body = answer.read()
    assert answer.status == 200, body
    return json.loads(body)["media"]


def stored(client: Client, postiz: Postiz, media: dict) -> str:
    """The digest of the file as Postiz keeps it, without what the camera wrote into it."""
    digest = hashlib.sha256()
    headers = {"Authorization": f"Bearer {client.key}"}
    with httpx.stream("GET", urllib.parse.urljoin(postiz.base, media["url"]), headers=headers, timeout=600) as answer:
        assert answer.status_code == 200, answer
        for piece in answer.iter_bytes(MEBI):
            digest.update(piece)
    return digest.hexdigest()


class MemoryWatch(threading.Thread):
    """The most resident megabytes of a program while something happens."""

    def __init__(self, program):
        super().__init__(daemon=True)
        self.program, self.most, self.first, self.over = program, 0.0, None, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.1):
            try:
                status = pathlib.Path(f"/proc/{self.program.process.pid}/status").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            line = next((line for line in status.splitlines() if line.startswith("VmRSS")), None)
            if line:
                now = int(line.split()[1]) / 1024
                self.first = self.first or now
                self.most = max(self.most, now)

    def __enter__(self) -> "MemoryWatch":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.over.set()
        self.join()


def seconds(simulator: Simulator, first: str, last: str, since: int) -> float:
    """From the call that begins an upload to the call that ends it."""
    began = moment(simulator.calls(operation=first, since=since)[0]["time"])
    return (moment(simulator.calls(operation=last, since=since)[-1]["time"]) - began).total_seconds()


def curl(simulator: Simulator, path: pathlib.Path) -> float:
    """How long curl takes to send the file to the same simulator in one request."""
    token = simulator.control("POST", "/tokens", {"platform": "youtube", "account": "curl"})["accessToken"]
    headers = {"Authorization": f"Bearer {token}", "X-Upload-Content-Type": "video/mp4", "X-Upload-Content-Length": str(path.stat().st_size)}
    body = {"snippet": {"title": "curl"}, "status": {"privacyStatus": "private"}}
    address = simulator.base + "/youtube/upload/youtube/v3/videos?uploadType=resumable&part=snippet,status"
    session = httpx.post(address, headers=headers, json=body).headers["location"]
    began = time.monotonic()
    subprocess.run(
        ["curl", "-sS", "--fail", "-o", "/dev/null", "-T", str(path), "-H", f"Authorization: Bearer {token}", "-H", "Content-Type: video/mp4",
         session], check=True)
    return time.monotonic() - began


def last_call(simulator: Simulator) -> int:
    calls = simulator.calls()
    return calls[-1]["sequence"] if calls else 0


def report(name: str, size: int, took: float, watch: MemoryWatch) -> None:
    print(f"{name:28}{size / MEBI / took:8.0f} MiB/s   {took:7.2f} s   memory (MB, resident) {watch.first:.0f} before, {watch.most:.0f} at most")


def measure_upload(gibibytes: float) -> None:
    size = int(gibibytes * 1024) * MEBI
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder, Simulator("bench-simulator") as simulator:
        folder = pathlib.Path(folder)
        simulator.without_limits()
        film(folder / "film.mp4", size)
        film(folder / "short.mp4", min(size, X_LIMIT))
        with Postiz("bench-postiz", folder / "data", simulator, LOG_LEVEL="error", MAX_UPLOAD_BYTES=str(size)) as postiz:
            _, client = new_account(postiz.base)
            youtube, x = client.connect("youtube", "bench")["id"], client.connect("x", "bench")["id"]
            with MemoryWatch(postiz) as watch:
                began = time.monotonic()
                whole = send(client, postiz.base, folder / "film.mp4")
                report("into the library", size, time.monotonic() - began, watch)
            part = send(client, postiz.base, folder / "short.mp4")
            digest, short = stored(client, postiz, whole), stored(client, postiz, part)
            ours = to_youtube(client, postiz, simulator, youtube, whole["id"], size, digest)
            theirs = curl(simulator, folder / "film.mp4")
            print(f"{'curl, one request':28}{size / MEBI / theirs:8.0f} MiB/s   {theirs:7.2f} s   ratio {theirs / ours:.2f}")
            to_x(client, postiz, simulator, x, part["id"], min(size, X_LIMIT), short)
            killed(client, postiz, simulator, youtube, whole["id"], size, digest)


def publish(client: Client, channel: str, media: str, text: str, **settings) -> str:
    draft = {"parts": [{"text": text, "mediaIds": [media]}], "platforms": [channel], "schedule": "now", "settings": {channel: settings}}
    return client.create(**draft)["id"]


def arrived(simulator: Simulator, platform: str, text: str, digest: str) -> None:
    made = [item for item in simulator.publications(platform) if item["text"] == text]
    assert [item["media"][0]["sha256"] for item in made] == [digest], made


def to_youtube(client, postiz, simulator, channel: str, media: str, size: int, digest: str) -> float:
    since = last_call(simulator)
    with MemoryWatch(postiz) as watch:
        view = client.wait_settled(publish(client, channel, media, "Whole", title="Whole"), 900)
    assert view["status"] == "PUBLISHED", view
    arrived(simulator, "youtube", "Whole", digest)
    took = seconds(simulator, "youtube.startUpload", "youtube.createVideo", since)
    report("to YouTube", size, took, watch)
    return took


def to_x(client, postiz, simulator, channel: str, media: str, size: int, digest: str) -> None:
    since = last_call(simulator)
    with MemoryWatch(postiz) as watch:
        view = client.wait_settled(publish(client, channel, media, "A part"), 900)
    assert view["status"] == "PUBLISHED", view
    arrived(simulator, "x", "A part", digest)
    report("to X (its largest film)", size, seconds(simulator, "x.initializeUpload", "x.finalizeUpload", since), watch)


def killed(client, postiz, simulator, channel: str, media: str, size: int, digest: str) -> None:
    """Killed with SIGKILL at 60 percent, and started again."""
    since = last_call(simulator)
    post = publish(client, channel, media, "Killed", title="Killed")
    wanted = int(size * 0.6) // PIECE

    def sent() -> int:
        return len([call for call in simulator.calls(operation="youtube.createVideo", since=since) if call["status"] == 308])

    until(lambda: sent() >= wanted, 600, "60 percent of the film", pause=0.01)
    postiz.kill()
    before = sent()
    postiz.start()
    view = client.wait_settled(post, 900)
    assert view["status"] == "PUBLISHED", view
    arrived(simulator, "youtube", "Killed", digest)
    calls = simulator.calls(operation="youtube.createVideo", since=since)
    pieces = -(-size // PIECE)
    starts = len(simulator.calls(operation="youtube.startUpload", since=since))
    print(f"killed after {before} of {pieces} pieces: one video, the same bytes, {starts} session, {len(calls) - before} requests after the start")
    assert starts == 1 and len(calls) <= pieces + 8, (starts, len(calls))
