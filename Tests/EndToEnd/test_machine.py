"""What the machine does wrong: ports, settings, disks and databases. Each has its clear message, and nothing is lost or half saved."""
import contextlib
import datetime
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile

import httpx
import pytest

from client import assert_error, in_seconds, moment, new_account
from pictures import png
from programs import binary, free_port, until


def test_a_port_that_is_taken(start_postiz):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        program = start_postiz(wait=False, PORT=str(taken.getsockname()[1]))
        assert program.process.wait(30) != 0
    assert "port" in program.tail().lower() and "already in use" in program.tail().lower()


def test_settings_that_are_wrong_are_all_named_at_once(start_postiz):
    program = start_postiz(wait=False, RATE_LIMIT_PER_MINUTE="many", MAIN_URL="not an address")
    assert program.process.wait(30) != 0
    words = program.tail()
    assert "RATE_LIMIT_PER_MINUTE" in words and "MAIN_URL" in words and "many" in words


@pytest.fixture
def small_disk(tmp_path):
    """A disk of eight megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "postiz-test", str(folder)], capture_output=True).returncode != 0:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_disk_that_fills_up_during_an_upload(start_postiz, small_disk):
    program = start_postiz(UPLOAD_DIRECTORY=str(small_disk))
    _, client = new_account(program.base)
    film = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(12 << 20)
    assert_error(client.post("/api/media", files={"file": ("film.mp4", film, "video/mp4")}), 507, "STORAGE_FULL")
    assert client.call("GET", "/api/media")["items"] == []
    until(lambda: [path for path in small_disk.rglob("*") if path.is_file() and path.suffix != ".lock"] == [], 10, "nothing is left of the upload")
    assert client.upload(png(32, 32))["width"] == 32


def test_an_upload_folder_that_cannot_be_written(start_postiz, small_disk):
    program = start_postiz(UPLOAD_DIRECTORY=str(small_disk))
    _, client = new_account(program.base)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    assert_error(client.post("/api/media", files={"file": ("a.png", png(8, 8), "image/png")}), (503, 507), "STORAGE_UNAVAILABLE")
    assert httpx.get(program.base + "/api/health").json()["storage"]["ok"] is False
    assert client.call("GET", "/api/media")["items"] == []


def test_a_database_that_cannot_be_written_is_named_at_start(start_postiz, small_disk):
    folder = small_disk / "data"
    program = start_postiz(folder=folder)
    _, client = new_account(program.base)
    client.create(content="Before", status="DRAFT")
    program.stop()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    program.start(wait=False)
    assert program.process.wait(30) != 0
    last = program.tail().strip().splitlines()[-1]
    assert str(folder) in last and any(word in last.lower() for word in ("permission", "writ", "read-only", "readonly")), last
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    program.start()
    assert [item["content"] for item in client.call("GET", "/api/posts")["items"]] == ["Before"]


def test_a_disk_without_room_for_the_database(start_postiz, small_disk):
    program = start_postiz(folder=small_disk / "data", UPLOAD_DIRECTORY=str(small_disk / "uploads"))
    _, client = new_account(program.base)
    client.create(content="Before", status="DRAFT")
    ballast = small_disk / "ballast"
    with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
        while file.write(bytes(4096)):
            pass
    # What is reserved already may still take some.
    refused, saved = None, 0
    while refused is None:
        answer = client.post("/api/posts", json={"content": "During " + "x" * 2000, "status": "DRAFT"})
        saved, refused = (saved + 1, None) if answer.status_code == 201 else (saved, answer)
    assert_error(refused, (503, 507), ("DATABASE_UNAVAILABLE", "STORAGE_FULL"))
    ballast.unlink()
    until(lambda: client.post("/api/posts", json={"content": "After", "status": "DRAFT"}).status_code == 201, 20, "it writes again")
    contents = [item["content"] for item in client.call("GET", "/api/posts", params={"limit": 200})["items"]]
    assert contents.count("Before") == contents.count("After") == 1 and len(contents) == saved + 2


class PostgresServer:
    """A PostgreSQL server of this test's own, to be stopped and killed."""

    def __init__(self, folder: pathlib.Path):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
        if not programs or os.geteuid() != 0:
            pytest.skip("needs PostgreSQL's server programs and root, to run them as postgres")
        self.bin, self.folder, self.port = programs[0], folder, free_port()
        folder.mkdir()
        subprocess.run(["chown", "postgres", str(folder)], check=True)
        for parent in folder.parents:
            if parent == pathlib.Path(tempfile.gettempdir()):
                break
            parent.chmod(parent.stat().st_mode | 0o011)
        self.run("initdb", "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.start()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run(["runuser", "-u", "postgres", "--", str(self.bin / program), *arguments], check=True, cwd="/", capture_output=True)

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c shared_buffers=32MB"
        log = str(self.folder / "data/server.log")
        subprocess.run(["runuser", "-u", "postgres", "--", str(self.bin / "pg_ctl"), "-D", str(self.folder / "data"), "-l", log, "-o", options,
                        "-w", "start"], check=True, cwd="/", stdout=subprocess.DEVNULL)

    def stop(self, mode: str = "immediate") -> None:
        self.run("pg_ctl", "-D", str(self.folder / "data"), "-m", mode, "stop")

    def signal(self, number: int) -> None:
        """To the server and all processes it has made."""
        main = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for pid in [main, *map(int, children)]:
            os.kill(pid, number)


@pytest.fixture
def postgres(tmp_path):
    server = PostgresServer(tmp_path / "postgres")
    yield server
    try:
        server.signal(signal.SIGCONT)
        server.stop()
    except (subprocess.CalledProcessError, ProcessLookupError, FileNotFoundError):
        pass  # The test left it stopped.


def test_postgres_gone_and_back(start_postiz, postgres, simulator, account_name):
    program = start_postiz(DATABASE_URL=postgres.url)
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)
    due = client.create(content=f"Due while it was away {account_name}", platforms=[channel["id"]], scheduledFor=in_seconds(3))
    postgres.stop()
    assert_error(client.post("/api/posts", json={"content": "During", "status": "DRAFT"}), 503, "DATABASE_UNAVAILABLE")
    health = httpx.get(program.base + "/api/health")
    assert health.status_code == 503 and health.json()["status"] == "down" and not health.json()["database"]["ok"]
    until(lambda: datetime.datetime.now(datetime.timezone.utc) > moment(due["scheduledFor"]), 10, "its moment passes without a database")
    postgres.start()
    until(lambda: httpx.get(program.base + "/api/health").status_code == 200, 30, "it is well again")
    assert client.wait_settled(due["id"], 40)["status"] == "PUBLISHED"
    assert [item["text"] for item in simulator.publications("mastodon", account_name)] == [f"Due while it was away {account_name}"]
    assert [item["content"] for item in client.call("GET", "/api/posts")["items"]] == [due["content"]]


def test_postgres_that_does_not_answer(start_postiz, postgres):
    program = start_postiz(DATABASE_URL=postgres.url)
    _, client = new_account(program.base)
    postgres.signal(signal.SIGSTOP)
    answer = client.post("/api/posts", json={"content": "Into the silence", "status": "DRAFT"}, timeout=60)
    postgres.signal(signal.SIGCONT)
    assert_error(answer, 503, "DATABASE_UNAVAILABLE")
    until(lambda: client.get("/api/posts").status_code == 200, 30, "it is well again")


def test_what_a_killed_product_was_receiving_is_gone_after_its_next_start(start_postiz):
    program = start_postiz()
    _, client = new_account(program.base)
    incoming = program.folder / "uploads" / "incoming"

    def fragments() -> list[str]:
        return [path.name for path in incoming.glob("*") if path.suffix != ".lock"] if incoming.exists() else []

    address = httpx.URL(program.base)
    with socket.create_connection((address.host, address.port)) as half:
        half.sendall(
            f"POST /api/media?name=film.mp4 HTTP/1.1\r\nHost: {address.netloc.decode()}\r\nAuthorization: Bearer {client.key}\r\n"
            f"Content-Type: video/mp4\r\nContent-Length: {8 << 20}\r\n\r\n".encode() + bytes(1 << 20))
        until(fragments, 10, "the upload has begun")
        program.kill()
    assert len(fragments()) == 1
    program.start()
    until(lambda: fragments() == [], 30, fragments)
    assert client.call("GET", "/api/media")["items"] == []


@pytest.mark.skipif(shutil.which("vipsthumbnail") is None, reason="vipsthumbnail is not installed")
def test_a_thumbnail_comes_after_the_answer(start_postiz):
    program = start_postiz()
    _, client = new_account(program.base)
    picture = client.upload(png(900, 600))
    assert not picture.get("thumbnailUrl")
    address = until(lambda: client.call("GET", f"/api/media/{picture['id']}").get("thumbnailUrl"), 20, "the thumbnail is there")
    answer = client.get(address)
    assert answer.headers["content-type"] == "image/webp" and answer.content[:4] == b"RIFF"


# Databases that cannot be worked with

def refusal(start_postiz, folder) -> str:
    program = start_postiz(folder=folder, wait=False)
    assert program.process.wait(30) != 0
    return program.tail()


def test_a_database_of_a_newer_version(start_postiz, tmp_path):
    start_postiz(folder=tmp_path / "data").stop()
    with contextlib.closing(sqlite3.connect(tmp_path / "data" / "postiz.sqlite")) as database, database:
        database.execute("INSERT INTO schema_migrations (number, name, applied_at) VALUES (9000, 'later', 0)")
    words = refusal(start_postiz, tmp_path / "data")
    assert "newer version of the product has used this database" in words and "9000" in words and "restore" in words
    assert "newerSchema" not in words


@pytest.mark.parametrize("harm", ["no database", "cut"])
def test_a_damaged_database(start_postiz, tmp_path, harm):
    folder = tmp_path / "data"
    start_postiz(folder=folder).stop()
    file = folder / "postiz.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = file.read_bytes()
    file.write_bytes(b"This is a text. " * 512 if harm == "no database" else content[:8192])
    words = refusal(start_postiz, folder)
    assert "damaged" in words and "restore a backup" in words
    assert "unavailable(" not in words and "DatabaseError" not in words
    doctor = subprocess.run(
        [binary("POSTIZ_BINARY", "postiz"), "doctor"], env=os.environ | {"POSTIZ_DATA": str(folder)}, capture_output=True, text=True, timeout=60)
    assert doctor.returncode != 0 and "damaged" in doctor.stdout


def test_a_database_that_another_program_has_locked(start_postiz, tmp_path):
    folder = tmp_path / "data"
    start_postiz(folder=folder).stop()
    with contextlib.closing(sqlite3.connect(folder / "postiz.sqlite", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        assert "locked by another program" in refusal(start_postiz, folder)
