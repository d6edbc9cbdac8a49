"""Starts and stops the programs under test: each with its own port and folder, ended by its process id."""
from __future__ import annotations

import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import threading
import time

import httpx

ROOT = pathlib.Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts"


def binary(variable: str, name: str) -> str:
    path = os.environ.get(variable) or str(ROOT / ".build/debug" / name)
    if not os.access(path, os.X_OK):
        raise SystemExit(f"{path} is missing. Build it first: swift build --product {name} (or set {variable}).")
    return path


def free_port() -> int:
    """A port below those that the system gives to connections going out: one of these would take it before the program that is to listen there."""
    end = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.SystemRandom().randrange(10_000, end)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def until(condition, seconds: float, what, pause: float = 0.02):
    """The first true value of `condition`. Fails with `what`, a text or what makes one, when there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(pause)


class Program:
    """One server process. Its output goes to a log that is kept as an artefact."""

    def __init__(self, name: str, command: list[str], base: str, ready: str, environment: dict[str, str] | None = None):
        ARTIFACTS.mkdir(exist_ok=True)
        self.name, self.command, self.base, self.ready = name, command, base, ready
        inherited = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR", "TZ") if key in os.environ}
        self.environment = inherited | (environment or {})
        self.log = ARTIFACTS / f"{name}.log"
        self.log.write_bytes(b"")
        self.process: subprocess.Popen | None = None

    def start(self, wait: bool = True) -> "Program":
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self, seconds: float = 30) -> None:
        def answers() -> bool:
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.last_words()}")
            try:
                return httpx.get(self.base + self.ready, timeout=5).status_code == 200
            except httpx.TransportError:
                return False

        until(answers, seconds, lambda: f"{self.name} answers {self.ready}\n{self.tail()}", pause=0.01)

    def kill(self) -> None:
        """As a power cut does: no moment to tidy up."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds: float = 20) -> int | None:
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.terminate()
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not stop within {seconds} s of SIGTERM:\n{self.tail()}") from None

    def tail(self, characters: int = 3000) -> str:
        return self.log.read_text(errors="replace")[-characters:]

    def last_words(self, characters: int = 6000) -> str:
        """The end of the log; after a crash its reason and the thread that crashed, before which there is little and after which much."""
        text = self.log.read_text(errors="replace")
        crash = next((at for at in map(text.rfind, ("Fatal error", "*** Program crashed")) if at >= 0), -1)
        return text[text.rfind("\n", 0, crash) + 1:][:characters] if crash >= 0 else text[-characters:]

    def __enter__(self) -> "Program":
        return self.start()

    def __exit__(self, *_) -> None:
        self.stop()


class Simulator(Program):
    """The platforms, impersonated, and the control of their behaviour."""

    def __init__(self, name: str = "simulator"):
        port = free_port()
        command = [binary("SIMULATOR_BINARY", "postiz-simulator"), "--port", str(port), "--quiet"]
        super().__init__(name, command, f"http://127.0.0.1:{port}", "/")
        self.clients = threading.local()

    @property
    def http(self) -> httpx.Client:
        """This thread's own: with one for several, httpx 0.28 now and then reads from a connection that another thread has just closed."""
        if not hasattr(self.clients, "mine"):
            self.clients.mine = httpx.Client(base_url=self.base + "/_control", timeout=30)
        return self.clients.mine

    @property
    def for_product(self) -> dict[str, str]:
        """Variables that send the product's platform calls here."""
        # Apps at servers of the Fediverse are registered on the way.
        return {name: value for name, value in self.control("GET", "/environment").items() if not name.startswith("MASTODON_CLIENT_")}

    def control(self, method: str, path: str, body=None, **query):
        answer = self.http.request(method, path, json=body, params={key: value for key, value in query.items() if value is not None})
        answer.raise_for_status()
        return answer.json()

    def switch(self, platform: str, **values) -> None:
        self.control("POST", "/switches", {"platform": platform, **values})

    def fault(self, kind: str, **fields) -> int:
        return self.control("POST", "/faults", {"kind": kind, **fields})["id"]

    def faults(self) -> list[dict]:
        return self.control("GET", "/faults")

    def clear_faults(self) -> None:
        self.control("DELETE", "/faults")

    def publications(self, platform: str | None = None, account: str | None = None) -> list[dict]:
        return self.control("GET", "/publications", platform=platform, account=account)

    def calls(self, platform: str | None = None, operation: str | None = None, account: str | None = None, since: int = 0) -> list[dict]:
        return self.control("GET", "/log", platform=platform, operation=operation, account=account, since=since)

    def without_limits(self) -> "Simulator":
        """Rate limits and quotas of the platforms off: for runs that publish more than a person would."""
        for platform, switches in self.control("GET", "/switches").items():
            quotas = {name: 1_000_000 for name in ("dailyPosts", "publishQuota", "postQuota", "replyQuota") if name in switches}
            self.switch(platform, enforceRateLimits=False, **quotas)
        return self


class Postiz(Program):
    """The product with a data folder of its own."""

    def __init__(self, name: str, folder: pathlib.Path, simulator: Simulator | None = None, **settings: str):
        port = int(settings.pop("PORT", 0)) or free_port()
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        base = f"http://127.0.0.1:{port}"
        environment = {
            "PORT": str(port), "HOST": "127.0.0.1", "MAIN_URL": base, "POSTIZ_DATA": str(self.folder), "LOG_LEVEL": "info",
            "RATE_LIMIT_PER_MINUTE": "0", "CREATE_LIMIT_PER_MINUTE": "0", "PLATFORM_BUDGETS": "false",
        }
        environment |= simulator.for_product if simulator else {}
        super().__init__(name, [binary("POSTIZ_BINARY", "postiz"), "serve"], base, "/api/health", environment | settings)
