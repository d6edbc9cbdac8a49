"""The servers beside the product, which tests kill, empty, restart and cut off: PostgreSQL, Redis, a bucket, and the lines to them."""
from __future__ import annotations

import asyncio
import hashlib
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.parse
import uuid

import boto3
import botocore.config

from programs import free_port, until


class Redis:
    """A server as it comes: snapshots now and then, no log of writes."""

    def __init__(self, program: str, folder: pathlib.Path):
        folder.mkdir()
        self.program, self.folder, self.port, self.process = program, folder, free_port(), None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> "Redis":
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        until(lambda: self.say("PING").startswith(b"+PONG"), 10, "Redis answers")
        return self

    def say(self, *words: str) -> bytes:
        """What the server answers first; nothing when it is not there."""
        text = f"*{len(words)}\r\n" + "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
                connection.sendall(text.encode())
                return connection.recv(65536)
        except OSError:
            return b""

    def end(self, how: int = signal.SIGKILL) -> None:
        self.process.send_signal(how)
        self.process.wait()


class Postgres:
    """The server of `bin/test-postgres`."""

    def __init__(self, url: str):
        self.url, self.address = url, urllib.parse.urlsplit(url)

    def ask(self, sql: str) -> list[list[str]]:
        """The rows of an answer, as text."""
        command = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", self.url, "-c", sql]
        said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
        return [line.split("\t") for line in said.splitlines()]

    def session(self) -> "Session":
        return Session(self.url)

    def restart(self) -> None:
        """Without a moment to tidy up: what was committed is recovered."""
        folder = self.ask("SHOW data_directory")[0][0]
        program = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))[-1]
        owner = pathlib.Path(folder).owner()
        as_owner = ["runuser", "-u", owner, "--"] if owner != pathlib.Path.home().owner() else []
        # Its output must not be ours: the server keeps it open.
        log = ["-l", f"{folder}/server.log"]
        subprocess.run(
            [*as_owner, program, "-D", folder, *log, "-m", "immediate", "-w", "restart"], check=True, cwd="/", timeout=60,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


class Session:
    """A connection with a transaction of its own, which is broken off at the end unless it was committed."""

    def __init__(self, url: str):
        command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "Session":
        self.run("BEGIN")
        return self

    def __exit__(self, *_) -> None:
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def run(self, sql: str) -> None:
        """Returns when it is done."""
        self.process.stdin.write(f"{sql};\n\\echo done\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n", sql


class Replica:
    """A streaming replica of the server of `bin/test-postgres`, in a folder of its own."""

    def __init__(self, primary: Postgres):
        self.primary, self.port = primary, free_port()
        self.programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postiz-replica."))
        owner = pathlib.Path(primary.ask("SHOW data_directory")[0][0]).owner()
        if owner != self.folder.owner():
            shutil.chown(self.folder, owner)
            self.as_owner = ["runuser", "-u", owner, "--"]
        else:
            self.as_owner = []
        self.run(
            "pg_basebackup", "-h", primary.address.hostname, "-p", str(primary.address.port), "-U", primary.address.username, "-w",
            "-D", f"{self.folder}/data", "-R", "-X", "stream", "-c", "fast", "--no-sync", "--no-manifest")
        self.start()

    @property
    def url(self) -> str:
        """With a password that nobody asks for, and nobody may tell."""
        return self.primary.address._replace(netloc=f"{self.primary.address.username}:not-to-be-told@127.0.0.1:{self.port}").geturl()

    def ask(self, sql: str) -> list[list[str]]:
        return Postgres(self.url).ask(sql)

    def run(self, program: str, *arguments: str) -> None:
        # Its output must not be ours: a server keeps it open.
        subprocess.run(
            [*self.as_owner, self.programs / program, *arguments], check=True, cwd="/", timeout=60,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    def control(self, *arguments: str) -> None:
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-w", *arguments)

    def start(self) -> None:
        options = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off -c max_connections=1000 -c shared_buffers=32MB"
        self.control("-l", f"{self.folder}/data/replica.log", "-o", options, "start")

    def stop(self) -> None:
        self.control("-m", "immediate", "stop")

    def end(self) -> None:
        if (self.folder / "data/postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self.folder)


class Bucket:
    def __init__(self, endpoint: str):
        self.name = f"e2e-{uuid.uuid4()}"
        config = botocore.config.Config(
            signature_version="s3v4", s3={"addressing_style": "path"}, request_checksum_calculation="when_required",
            response_checksum_validation="when_required")
        self.s3 = boto3.client(
            "s3", endpoint_url=endpoint, aws_access_key_id="test:tester", aws_secret_access_key="testing", region_name="us-east-1", config=config)
        self.s3.create_bucket(Bucket=self.name)
        self.settings = {
            "S3_ENDPOINT": endpoint, "S3_BUCKET": self.name, "S3_ACCESS_KEY_ID": "test:tester", "S3_SECRET_ACCESS_KEY": "testing",
        }

    def files(self) -> dict[str, str]:
        """The SHA-256 of everything in it, by key, but for the mark of whose it is."""
        found = self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])
        return {item["Key"]: digest(self.s3.get_object(Bucket=self.name, Key=item["Key"])["Body"].read()) for item in found
                if item["Key"] != "postiz-installation"}


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Lines:
    """Relays of TCP connections, one for each process and server, which can be cut and stalled."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, name="lines", daemon=True)
        self.lines: list[Line] = []

    def __enter__(self) -> "Lines":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        for line in self.lines:
            line.cut()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    def to(self, url: str) -> "Line":
        line = Line(self.loop, urllib.parse.urlsplit(url))
        asyncio.run_coroutine_threadsafe(line.listen(), self.loop).result(10)
        self.lines.append(line)
        return line


class Line:
    """Whole: passes everything on. Cut: connections end and none begins. Stalled: nothing is passed on, and nothing lost."""

    def __init__(self, loop: asyncio.AbstractEventLoop, target: urllib.parse.SplitResult):
        self.loop, self.target, self.port = loop, target, free_port()
        self.is_cut, self.flows = False, asyncio.Event()
        self.writers: set[asyncio.StreamWriter] = set()
        self.flows.set()

    @property
    def url(self) -> str:
        """The server's address, by way of this line."""
        user = f"{self.target.username}@" if self.target.username else ""
        return self.target._replace(netloc=f"{user}127.0.0.1:{self.port}").geturl()

    def cut(self) -> None:
        self._do(self._cut)

    def stall(self) -> None:
        self._do(self.flows.clear)

    def heal(self) -> None:
        self._do(self._heal)

    def _do(self, act) -> None:
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (act(), done.set()))
        assert done.wait(10)

    def _cut(self) -> None:
        self.is_cut = True
        for writer in self.writers:
            writer.transport.abort()

    def _heal(self) -> None:
        self.is_cut = False
        self.flows.set()

    async def listen(self) -> None:
        self.server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, backlog=512)

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            return writer.transport.abort()
        self.writers.add(writer)
        try:
            await self.flows.wait()
            there, here = await asyncio.open_connection(self.target.hostname, self.target.port)
        except OSError:
            self.writers.discard(writer)
            return writer.transport.abort()
        self.writers.add(here)
        await asyncio.gather(self._pass(reader, here), self._pass(there, writer))

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(1 << 16):
                await self.flows.wait()
                sink.write(data)
                await sink.drain()
            await self.flows.wait()
        except OSError:
            pass  # One end is gone; the other hears of it now.
        finally:
            self.writers.discard(sink)
            sink.close()
