"""Updates: what is missing is told, a copy is made first, a newer database is refused, and neither a kill nor the way back loses or repeats anything."""
import contextlib
import json
import random
import shutil
import sqlite3
import subprocess
import time

from client import in_seconds, new_account
from programs import until

# The last step of the schema, and how it is undone: what the version before it had.
LAST, UNDONE = 91, """
    DROP INDEX product_events_news; ALTER TABLE memberships DROP COLUMN seen_position;
    ALTER TABLE memberships DROP COLUMN visited_at; ALTER TABLE memberships DROP COLUMN away_since"""


def command(postiz, *arguments):
    return subprocess.run([postiz.command[0], *arguments], env=postiz.environment, capture_output=True, text=True, timeout=60)


@contextlib.contextmanager
def database(postiz, name="postiz.sqlite"):
    connection = sqlite3.connect(postiz.folder / name)
    with contextlib.closing(connection), connection:
        yield connection


def step_back(postiz):
    """The database as the version before the last step left it."""
    with database(postiz) as opened:
        assert opened.execute("SELECT MAX(number) FROM schema_migrations").fetchone() == (LAST,), "UNDONE belongs to the last step"
        opened.executescript(UNDONE)
        opened.execute("DELETE FROM schema_migrations WHERE number = ?", [LAST])


def test_missing_steps_are_told_and_nothing_is_changed(start_postiz):
    postiz = start_postiz()
    assert command(postiz, "migrate", "--check").returncode == 0
    postiz.stop()
    step_back(postiz)
    told = command(postiz, "migrate", "--check", "--json")
    assert told.returncode == 3 and [step["number"] for step in json.loads(told.stdout)] == [LAST], told.stderr
    assert not list(postiz.folder.glob("*.before-*"))
    assert command(postiz, "migrate").returncode == 0
    assert (postiz.folder / f"postiz.sqlite.before-{LAST}").exists()
    assert command(postiz, "migrate", "--check").returncode == 0


def test_a_newer_database_is_refused_with_what_to_do(start_postiz):
    postiz = start_postiz()
    postiz.stop()
    with database(postiz) as opened:
        opened.execute("INSERT INTO schema_migrations VALUES (9999, 'of the future', 0)")
        before = list(opened.iterdump())
    for arguments in (["serve"], ["migrate"], ["migrate", "--check"]):
        refused = command(postiz, *arguments)
        assert refused.returncode == 1 and "newer version" in refused.stderr and "Start that version again" in refused.stderr, refused.stderr
    with database(postiz) as opened:
        assert list(opened.iterdump()) == before


def test_what_is_due_during_an_update_goes_out_after_it_and_the_way_back_repeats_nothing(start_postiz, simulator, account_name):
    postiz = start_postiz()
    _, client = new_account(postiz.base)
    channel = client.connect("mastodon", account_name)["id"]
    post = client.create(content=f"Due meanwhile {account_name}", platforms=[channel], scheduledFor=in_seconds(2))["id"]
    postiz.stop()
    step_back(postiz)
    time.sleep(2)  # Its time comes while nothing runs.
    postiz.start()
    assert client.wait_settled(post)["status"] == "PUBLISHED"

    postiz.stop()
    for file in postiz.folder.glob("postiz.sqlite*"):
        if ".before-" not in file.name:
            file.unlink()
    shutil.copy(postiz.folder / f"postiz.sqlite.before-{LAST}", postiz.folder / "postiz.sqlite")
    postiz.start()
    held = until(lambda: [item for item in client.post_by_id(post)["publications"] if item["status"] == "UNCONFIRMED"], 10, "it is held")
    assert held[0]["error"]["code"] == "RESTORED"
    time.sleep(3)  # Time for whatever would go out by itself.
    assert len(simulator.publications("mastodon", account_name)) == 1
    client.call("POST", f"/api/posts/{post}/publications/{held[0]['id']}/resolve", json={"outcome": "PUBLISHED"})
    assert client.post_by_id(post)["status"] == "PUBLISHED" and len(simulator.publications("mastodon", account_name)) == 1


def test_a_kill_during_the_steps_leaves_what_the_next_start_finishes(start_postiz):
    postiz = start_postiz()
    postiz.stop()
    started = time.monotonic()
    fresh = postiz.folder.parent / "fresh"
    whole = subprocess.run([postiz.command[0], "migrate"], env=postiz.environment | {"POSTIZ_DATA": str(fresh)}, capture_output=True, text=True)
    assert whole.returncode == 0, whole.stderr
    duration, chance = time.monotonic() - started, random.Random(7)
    cut = 0
    for number in range(20):
        folder = postiz.folder.parent / f"killed{number}"
        environment = postiz.environment | {"POSTIZ_DATA": str(folder)}
        with subprocess.Popen([postiz.command[0], "migrate"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(duration / 3, duration))
            process.kill()
            process.wait()
        if (folder / "postiz.sqlite").exists():
            with contextlib.closing(sqlite3.connect(folder / "postiz.sqlite")) as opened:
                assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                tables = {name for name, in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                done = opened.execute("SELECT COUNT(*) FROM schema_migrations").fetchone()[0] if "schema_migrations" in tables else 0
            cut += done not in (0, 16)
        finished = subprocess.run([postiz.command[0], "migrate"], env=environment, capture_output=True, text=True)
        assert finished.returncode == 0, finished.stderr
        schemas = []
        for path in (fresh, folder):
            with contextlib.closing(sqlite3.connect(path / "postiz.sqlite")) as opened:
                schemas.append(sorted(opened.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()))
        assert schemas[0] == schemas[1]
