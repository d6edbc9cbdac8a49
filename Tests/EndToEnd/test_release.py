"""What ships is whole: a folder too few or a library too many keeps the program from starting elsewhere."""
import json
import os
import pathlib
import re
import subprocess

import pytest

from programs import ROOT, binary

BINARY = pathlib.Path(binary("POSTIZ_BINARY", "postiz")).resolve()
RELEASE = pytest.mark.skipif(BINARY != ROOT / "dist/postiz", reason="only bin/build makes releases; this run tests another build")
# What the README says it needs, and what every Debian has.
LIBRARIES = {"libpq.so.5", "libsqlite3.so.0", "libcurl.so.4", "libxml2.so.2", "libcrypt.so.1", "libz.so.1", "libstdc++.so.6"}
SYSTEM = {"libc.so.6", "libm.so.6", "libgcc_s.so.1"}
MEGABYTES = 113


def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess:
    inherited = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    return subprocess.run([BINARY, *arguments], env=inherited | settings, capture_output=True, text=True, timeout=60)


def doctor(folder: pathlib.Path, **settings: str) -> tuple[int, dict[str, dict]]:
    """Its exit status and the worst it says of each subject."""
    answer = run("doctor", "--json", **{"POSTIZ_DATA": str(folder), "PORT": "1"} | settings)
    assert answer.stdout, answer.stderr
    order = ["ok", "warning", "problem"]
    found: dict[str, dict] = {}
    for item in json.loads(answer.stdout)["diagnoses"]:
        if item["subject"] not in found or order.index(item["verdict"]) > order.index(found[item["subject"]]["verdict"]):
            found[item["subject"]] = item
    return answer.returncode, found


def test_it_tells_its_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+\n", run("--version").stdout)


def test_every_command_has_help_with_an_example():
    commands = re.findall(r"^  ([a-z]+) ", run("--help").stdout.split("SUBCOMMANDS:")[1], re.MULTILINE)
    assert {"serve", "doctor", "health"} <= set(commands)
    for command in commands:
        text = run(command, "--help").stdout
        assert "Example" in text or "SUBCOMMANDS" in text, text
        for inner in re.findall(r"^  ([a-z]+) ", text.partition("SUBCOMMANDS:")[2], re.MULTILINE):
            assert "Example" in run(command, inner, "--help").stdout, f"{command} {inner}"


def test_doctor_finds_it_whole(tmp_path):
    status, found = doctor(tmp_path, MAIN_URL="https://posts.example.com")
    problems = {subject: item for subject, item in found.items() if item["verdict"] == "problem"}
    assert not problems and status == 0
    for subject in ("time zones", "cryptography", "web interface"):
        assert found[subject]["verdict"] == "ok", found[subject]
    assert not list(tmp_path.iterdir()), "looking makes nothing"


@RELEASE
def test_it_brings_the_rules_of_time_zones_along(tmp_path):
    # A container may have none of its own.
    status, found = doctor(tmp_path, MAIN_URL="https://posts.example.com", POSTIZ_ZONEINFO=str(BINARY.parent / "zoneinfo"))
    assert status == 0 and found["time zones"]["verdict"] == "ok", found["time zones"]
    assert re.search(r"edition 20\d\d[a-z] ", found["time zones"]["finding"])
    assert not (BINARY.parent / "zoneinfo/right").exists()


def test_without_time_zones_it_does_not_start(tmp_path):
    settings = {"POSTIZ_DATA": str(tmp_path / "data"), "PORT": "0", "POSTIZ_ZONEINFO": str(tmp_path)}
    answer = run("serve", **settings)
    assert answer.returncode != 0 and "tzdata" in answer.stderr + answer.stdout
    status, found = doctor(tmp_path / "data", **settings)
    assert status != 0 and found["time zones"]["verdict"] == "problem" and "tzdata" in found["time zones"]["advice"]


def test_doctor_fails_where_something_is_wrong(tmp_path):
    secrets = tmp_path / "secrets.json"
    secrets.write_text("{}")
    secrets.chmod(0o644)
    status, found = doctor(tmp_path)
    assert status == 1
    assert found["secrets"]["verdict"] == "problem" and found["secrets"]["advice"] == f"chmod 600 {secrets}"


def test_doctor_of_a_running_server(postiz):
    status, found = doctor(postiz.folder, **{key: postiz.environment[key] for key in ("PORT", "MAIN_URL", "HOST")})
    assert found["port"]["verdict"] == "ok" and "is well" in found["port"]["finding"]
    assert found["secrets"]["verdict"] == "ok" and found["schema"]["verdict"] == "ok"
    assert status == 0


@pytest.mark.parametrize("local, instant", [("2030-07-01T09:00", "2030-07-01T13:00:00.000Z"), ("2030-01-01T09:00", "2030-01-01T14:00:00.000Z")])
def test_wall_times_keep_their_zone(client, account_name, local, instant):
    channel = client.connect("mastodon", account_name)
    post = client.create(content="Good morning", platforms=[channel["id"]], scheduledFor=local, timeZone="America/New_York")
    assert post["scheduledFor"] == instant


@RELEASE
def test_it_needs_only_the_documented_libraries():
    dynamic = subprocess.run(["readelf", "-d", BINARY], check=True, capture_output=True, text=True).stdout
    needed = {name for name in re.findall(r"Shared library: \[(.+)\]", dynamic) if not name.startswith("ld-linux")}
    assert needed == LIBRARIES | SYSTEM
    loaded = subprocess.run(["ldd", BINARY], check=True, capture_output=True, text=True).stdout
    assert "not found" not in loaded
    assert not re.search(r"libswift|libFoundation|lib_Foundation", loaded), loaded
    readme = (ROOT / "README.md").read_text()
    for package in ("libpq5", "libsqlite3-0", "libcurl4", "libcrypt1", "libxml2", "zlib1g", "libstdc++6"):
        assert package in readme, package


@RELEASE
def test_it_is_small_and_stripped():
    size = BINARY.stat().st_size / 1_000_000
    print(f"{BINARY.name}: {size:.1f} MB")
    assert size < MEGABYTES
    assert b".debug_info" not in subprocess.run(["readelf", "-S", "-W", BINARY], check=True, capture_output=True).stdout
