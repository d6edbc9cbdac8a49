"""Moving from Postiz: dumps that PostgreSQL's own programs wrote, and what its public API tells, come into a workspace once, and nothing goes out."""
import json
import subprocess

import pytest

import postiz_server
from client import in_seconds, new_account
from pictures import png
from postiz_dump import AWKWARD, GONE, dumps
from programs import ROOT, until


@pytest.fixture(scope="module")
def account(worker_id):
    return f"mover-{worker_id}"


@pytest.fixture(scope="module")
def old(simulator, tmp_path_factory, account):
    """Dumps of a database in which the account at X is the simulator's."""
    found = simulator.control("POST", "/accounts", {"platform": "x", "name": account})
    return dumps(tmp_path_factory.mktemp("dumps"), found["id"])


@pytest.fixture(scope="module")
def uploads(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uploads")
    (folder / "2026/01/02").mkdir(parents=True)
    (folder / "2026/01/02/tea.png").write_bytes(png(64, 64))
    return folder


def moved(program, person, *words, fails=False, key=None):
    command = [program.command[0], "import", "postiz", *map(str, words), "--workspace-of", person.email, "--json"]
    environment = program.environment | ({"POSTIZ_IMPORT_KEY": key} if key else {})
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert "a-secret-token" not in ended.stdout + ended.stderr and (not key or key not in ended.stdout + ended.stderr)
    if fails:
        assert ended.returncode == 1, ended
        return ended.stderr
    assert ended.returncode == 0, ended
    return json.loads(ended.stdout)


def posts(client):
    return {post["parts"][0]["text"]: post for post in client.call("GET", "/api/posts", params={"limit": 100})["items"]}


def shape(client):
    """All that came, without ids."""
    names = {channel["id"]: channel["displayName"] for channel in client.call("GET", "/api/integrations")["items"]}
    shown = []
    for post in posts(client).values():
        channels = [names[id] for id in post["platforms"]]
        versions = {names[id]: [part["text"] for part in parts] for id, parts in post["versions"].items()}
        publications = sorted((names[one["integrationId"]], one["status"], one.get("url"), one.get("platformPostId"), one.get("publishedAt"))
                              for one in post["publications"])
        shown.append(([part["text"] for part in post["parts"]], [len(part["mediaIds"]) for part in post["parts"]], channels, versions,
                      post["status"], post["scheduledFor"], post["tags"], publications))
    return sorted(shown, key=str)


def test_every_kind_of_dump_brings_the_same(postiz, old, uploads, simulator, account):
    shapes = []
    for kind in ["plain", "inserts", "rows", "custom"]:
        person, client = new_account(postiz.base, f"mover-{kind}")
        words = ["--dump", old[kind], "--organization", "Tea House", "--media", uploads]
        told = moved(postiz, person, *words, "--dry-run")
        assert told.get("runId") is None and posts(client) == {} and client.call("GET", "/api/integrations")["items"] == []
        assert told["posts"] == {"published": 2, "planned": 1, "drafts": 1, "failed": 1, "known": 0}, told
        assert {channel["name"]: channel["outcome"] for channel in told["channels"]} == {
            "Tea on X": "NEW", "Tea in the sky": "NEW", "Tea": "NEW", "Tea live": "LEFT", "Old": "LEFT"}
        done = moved(postiz, person, *words)
        assert done["posts"] == told["posts"] and (done["files"], done["templates"], done["signatures"]) == (1, 1, 1), done
        assert {left["what"]: left["count"] for left in done["left"]} == {
            "posts": 1, "repetitions": 1, "webhooks": 1, f"file {GONE}": 1, "places of files in posts": 1}, done["left"]
        shapes.append(shape(client))
    assert shapes[0] == shapes[1] == shapes[2] == shapes[3]
    assert simulator.publications(account=account) == []
    found = {tuple(texts): rest for texts, *rest in shapes[0]}
    assert found[("Hello & tea\nSecond", "A comment")] == [
        [1, 0], ["Tea on X"], {}, "PUBLISHED", "2026-02-03T04:05:06.000Z", ["tea"],
        [("Tea on X", "PUBLISHED", "https://x.com/tea/status/900", "900", "2026-02-03T04:05:06.000Z")]]
    assert found[("Planned",)][1:5] == [
        ["Tea on X", "Tea in the sky"], {"Tea in the sky": ["Planned, in the sky"]}, "DRAFT", "2031-01-02T03:04:05.678Z"]
    assert found[("Toot",)][6] == [("Tea", "PUBLISHED", "https://social.example.org/@tea/1", None, "2026-04-05T06:07:08.000Z")]
    assert found[(AWKWARD,)][3] == "DRAFT" and found[("Went wrong",)][3] == "DRAFT"
    assert len(found) == 5


def test_the_account_that_is_connected_again_is_the_channel_that_came(postiz, old, simulator, account):
    person, client = new_account(postiz.base, "again")
    moved(postiz, person, "--dump", old["plain"], "--organization", "org-tea", "--no-files")
    brought = {channel["displayName"]: channel for channel in client.call("GET", "/api/integrations")["items"]}
    assert brought["Tea on X"]["status"] == "NEEDS_RECONNECT" and brought["Tea on X"]["customer"] == "Green Leaf"
    times = [(slot["minute"], slot["timeZone"]) for slot in brought["Tea on X"]["slots"]]
    assert len(times) == 3 and {zone for _, zone in times} == {"Europe/Paris"}
    assert client.connect("x", account)["id"] == brought["Tea on X"]["id"]
    assert client.call("GET", f"/api/integrations/{brought['Tea on X']['id']}")["status"] == "ACTIVE"
    assert posts(client)["Planned"]["status"] == "DRAFT", "connecting sends nothing out"
    assert simulator.publications(account=account) == []


def test_a_second_import_brings_what_is_new_and_each_is_taken_back_as_far_as_nobody_touched_it(postiz, old, uploads):
    person, client = new_account(postiz.base, "twice")
    words = ["--organization", "org-tea", "--media", uploads]
    first = moved(postiz, person, "--dump", old["plain"], *words)
    again = moved(postiz, person, "--dump", old["plain"], *words)
    assert again["posts"] == {"published": 0, "planned": 0, "drafts": 0, "failed": 0, "known": 6} and again["files"] == 0
    assert {channel["outcome"] for channel in again["channels"]} == {"KNOWN", "LEFT"} and len(posts(client)) == 5
    later = moved(postiz, person, "--dump", old["later"], *words)
    assert later["posts"]["planned"] == 1 and set(posts(client)) >= {"New since"}
    assert len(moved(postiz, person, "--list")) == 3

    undone = moved(postiz, person, "--undo", later["runId"])
    assert undone["removed"]["posts"] == 1 and "New since" not in posts(client) and len(posts(client)) == 5
    mine = posts(client)["Went wrong"]
    client.call("PATCH", f"/api/posts/{mine['id']}", json={"content": "Mine now", "revision": mine["revision"]})
    undone = moved(postiz, person, "--undo", first["runId"])
    assert undone["removed"] == {"posts": 4, "templates": 1, "signatures": 1, "files": 1, "channels": 2}, undone
    assert undone["left"] == {"posts": 1, "templates": 0, "signatures": 0, "files": 0, "channels": 1}, undone
    assert set(posts(client)) == {"Mine now"}
    assert "taken back already" in moved(postiz, person, "--undo", first["runId"], fails=True)
    other, _ = new_account(postiz.base, "stranger")
    assert "no such" in moved(postiz, other, "--undo", later["runId"], fails=True).lower()
    back = moved(postiz, person, "--dump", old["plain"], *words)
    assert back["posts"]["published"] == 2 and back["posts"]["known"] == 1 and len(posts(client)) == 5


def test_what_is_no_dump_or_not_whole_brings_nothing(postiz, old, tmp_path):
    person, client = new_account(postiz.base, "broken")
    whole = old["plain"].read_text()
    for name, text, words in [
        ("cut.sql", whole[: whole.index("Planned, in")].rsplit("\n", 1)[0], "not complete"),
        ("torn.sql", whole[: whole.index("Planned, in")], "values for 16 columns"), ("other.sql", "CREATE TABLE public.x (\n    id text\n);\n", "none of Postiz"),
        ("latin.sql", "SET client_encoding = 'LATIN1';\n" + whole, "UTF8"), ("noise.dump", "PGDMP and nothing else", "pg_restore refuses"),
    ]:
        (tmp_path / name).write_text(text)
        assert words in moved(postiz, person, "--dump", tmp_path / name, fails=True)
    assert "which workspace" in moved(postiz, person, "--dump", old["plain"], fails=True)
    assert client.call("GET", "/api/integrations")["items"] == [] and posts(client) == {}
    command = [postiz.command[0], "import", "postiz", "--dump", "-", "--organization", "org-tea", "--no-files", "--dry-run"]
    ended = subprocess.run([*command, "--workspace-of", person.email], env=postiz.environment, input=whole, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0 and "planned posts, as drafts" in ended.stdout and "to be connected again" in ended.stdout, ended
    assert list(postiz.folder.glob("*.part")) == []


def test_a_running_postiz_tells_what_a_dump_of_it_tells_but_for_what_its_api_leaves_out(postiz, old, uploads, simulator, account):
    person, client = new_account(postiz.base, "by-api")
    with postiz_server.running(account) as (address, asked):
        assert "does not know this key" in moved(postiz, person, "--from", address, fails=True, key="cd" * 32)
        told = moved(postiz, person, "--from", address, "--dry-run", key=postiz_server.KEY)
        assert told["posts"] == {"published": 2, "planned": 1, "drafts": 1, "failed": 1, "known": 0}, told
        assert {channel["name"]: channel["outcome"] for channel in told["channels"]} == {
            "Tea on X": "NEW", "Tea in the sky": "NEW", "Tea": "NEW", "Tea live": "LEFT"}
        assert any("pictures" in words for words in told["untold"]) and posts(client) == {}
        done = moved(postiz, person, "--from", f"{address}/api/public/v1/", key=postiz_server.KEY)
        assert done["posts"] == told["posts"] and {left["what"]: left["count"] for left in done["left"]} == {"posts": 1, "repetitions": 1}, done
        assert asked[0].startswith("/public/v1/") and all(path.startswith("/api/public/v1/") for path in asked[-10:])
        judged(address, asked)
    by_api = shape(client)
    assert len(by_api) == 5 and [run["name"] for run in moved(postiz, person, "--list")] == [address.removeprefix("http://")]
    # A dump that comes later: nothing twice, and each channel knows its account.
    later = moved(postiz, person, "--dump", old["later"], "--organization", "org-tea", "--media", uploads)
    assert later["posts"] == {"published": 0, "planned": 1, "drafts": 0, "failed": 0, "known": 6}, later
    assert {channel["name"] for channel in later["channels"] if channel["outcome"] == "KNOWN"} == {"Tea on X", "Tea in the sky", "Tea"}
    assert client.connect("x", account)["displayName"] == "Tea on X" and len(client.call("GET", "/api/integrations")["items"]) == 3
    moved(postiz, person, "--undo", later["runId"])
    assert shape(client) == by_api and simulator.publications(account=account) == []

    # What of the same database a dump tells is the same, but for files and what follows the first text.
    other, dumped = new_account(postiz.base, "by-dump")
    moved(postiz, other, "--dump", old["plain"], "--organization", "org-tea", "--no-files")
    assert [(texts[:1], *rest) for texts, _, *rest in by_api] == [(texts[:1], *rest) for texts, _, *rest in shape(dumped)]


def judged(address: str, asked: list[str]):
    """The strict models of the package postiz-agent take what our stand-in for Postiz answers."""
    story = """
import sys
from postiz_agent.api_client import PostizApi
api = PostizApi(sys.argv[1], sys.argv[2])
print(len(api.get_integrations()), len(api.list_posts("2026-01-01T00:00:00.000Z", "2026-05-01T00:00:00.000Z")))
"""
    words = [ROOT / ".venv-postiz/bin/python", "-c", story, f"{address}/api", postiz_server.KEY]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout.splitlines()[-1] == "4 6", ended.stdout


def test_our_own_public_api_is_read_like_that_of_postiz(postiz, simulator, account, tmp_path):
    _, there = new_account(postiz.base, "from-here")
    x = there.connect("x", f"{account}-own")["id"]
    masto = there.connect("mastodon", f"{account}-own")["id"]
    out = there.call("POST", "/api/posts", 201, json={"content": "Out & about <3\nSecond line", "platforms": [x], "schedule": "now", "tags": ["tea"]})
    until(lambda: there.call("GET", f"/api/posts/{out['id']}")["status"] == "PUBLISHED", 30, "published")
    there.call("POST", "/api/posts", 201, json={"content": "Planned", "platforms": [x, masto], "scheduledFor": in_seconds(86_400)})
    person, client = new_account(postiz.base, "to-here")
    client.connect("mastodon", f"{account}-own")
    (tmp_path / "key.txt").write_text(there.key + "\n")
    done = moved(postiz, person, "--from", postiz.base, "--key-file", tmp_path / "key.txt")
    assert done["posts"] == {"published": 1, "planned": 1, "drafts": 0, "failed": 0, "known": 0}, done
    assert sorted(channel["outcome"] for channel in done["channels"]) == ["HERE", "NEW"]
    brought = posts(client)
    history = brought["Out & about <3\nSecond line"]
    assert (history["status"], history["tags"]) == ("PUBLISHED", ["tea"])
    assert history["publications"][0]["url"] == there.call("GET", f"/api/posts/{out['id']}")["publications"][0]["url"]
    assert brought["Planned"]["status"] == "DRAFT" and len(brought["Planned"]["platforms"]) == 2
    waiting = next(each for each in client.call("GET", "/api/integrations")["items"] if each["status"] == "NEEDS_RECONNECT")
    assert client.connect("x", f"{account}-own")["id"] == waiting["id"]
    assert moved(postiz, person, "--undo", done["runId"])["removed"]["posts"] == 2
    assert len(simulator.publications(account=f"{account}-own")) == 1
