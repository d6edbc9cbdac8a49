"""Clocks: the rules of zones come from files, and plans follow them when the files change."""
import datetime
import re
import subprocess

import httpx
import pytest

from client import new_account
from programs import until

VANCOUVER = """
Rule Test 2007 max - Mar Sun>=8 2:00 1:00 D
Rule Test 2007 max - Nov Sun>=1 2:00 0 S
Zone America/Vancouver -8:00 Test P%sT{end}
Rule Paris 1996 max - Mar lastSun 1:00u 1:00 S
Rule Paris 1996 max - Oct lastSun 1:00u 0 -
Zone Europe/Paris 1:00 Paris CE%sT
Zone Etc/UTC 0 - UTC
"""


def write_zones(folder, version: str, end: str = ""):
    """A folder of zone files, before and after British Columbia stopped changing its clocks."""
    folder.mkdir(exist_ok=True)
    (folder / "source").write_text(VANCOUVER.format(end=end))
    subprocess.run(["/usr/sbin/zic", "-d", str(folder), "-b", "slim", str(folder / "source")], check=True)
    (folder / "tzdata.zi").write_text(f"# version {version}\n")


def winter_day() -> str:
    """A 1 December that is more than a few days away."""
    today = datetime.date.today()
    return f"{today.year + 1 if (today.month, today.day) > (11, 26) else today.year}-12-01"


@pytest.mark.parametrize(
    "zone, instant",
    [("America/Vancouver", "16:00"), ("America/Winnipeg", "14:00"), ("America/Edmonton", "15:00"), ("America/Havana", "13:00"),
     ("Africa/Casablanca", "09:00"), ("Canada/Pacific", "16:00"), ("Europe/Kiev", "07:00"), ("Asia/Calcutta", "03:30")])
def test_a_wall_time_is_read_by_the_rules_of_2026(client, zone, instant):
    # Some of these rules hold for this winter alone; a draft may lie in the past.
    day = "2026-12-01"
    post = client.create(content="Winter", status="DRAFT", scheduledFor=f"{day}T09:00", timeZone=zone)
    assert post["scheduledFor"] == f"{day}T{instant}:00.000Z"
    assert post["wallTime"] == f"{day}T09:00:00.000" and post["timeZone"] == zone and post["warnings"] == []


def test_a_time_that_clocks_skip_or_show_twice_is_said_everywhere(client, person, channels):
    year = datetime.date.today().year + 2
    spring, autumn = ((datetime.date(year, month, 31) - datetime.timedelta((datetime.date(year, month, 31).weekday() + 1) % 7))
                      for month in (3, 10))
    for day, code, words in [(spring, "TIME_SKIPPED", "skip 02:30"), (autumn, "TIME_TWICE", "02:30 twice")]:
        draft = {"content": "At night", "platforms": [channels["mastodon"]["id"]], "scheduledFor": f"{day}T02:30", "timeZone": "Europe/Paris"}
        problems = client.call("POST", "/api/posts/validate", json=draft)["items"]
        assert [(item["code"], item["severity"], item["field"]) for item in problems] == [(code, "WARNING", "scheduledFor")]
        post = client.create(**draft)
        assert [item["code"] for item in post["warnings"]] == [code]
        changed = client.call("PATCH", f"/api/posts/{post['id']}", json={"content": "Later at night"})
        assert [item["code"] for item in changed["warnings"]] == [code] and changed["scheduledFor"] == post["scheduledFor"]
        page = person[0].get(f"/posts/{post['id']}")
        assert page.status_code == 200 and words in page.text


def test_plans_follow_when_the_files_are_replaced(start_postiz, tmp_path):
    zones, day = tmp_path / "zones", winter_day()
    write_zones(zones, "2025b")
    program = start_postiz(POSTIZ_ZONEINFO=str(zones))
    session, client = new_account(program.base)
    assert httpx.get(program.base + "/api/health").json()["timeZones"] == {"version": "2025b", "source": str(zones)}
    planned = client.create(content="By the clock", status="DRAFT", scheduledFor=f"{day}T09:00", timeZone="America/Vancouver")
    instant = client.create(content="By the instant", status="DRAFT", scheduledFor=f"{day}T17:00:00Z", timeZone="America/Vancouver")
    assert planned["scheduledFor"] == instant["scheduledFor"] == f"{day}T17:00:00.000Z"

    write_zones(zones, "2026f", end=" 2026 Jul 1\n -7:00 - %z")
    moved = until(
        lambda: (post := client.post_by_id(planned["id"]))["scheduledFor"] != planned["scheduledFor"] and post, 60, "the plan follows")
    assert moved["scheduledFor"] == f"{day}T16:00:00.000Z" and moved["wallTime"] == planned["wallTime"]
    assert client.post_by_id(instant["id"])["scheduledFor"] == f"{day}T17:00:00.000Z"
    assert httpx.get(program.base + "/api/health").json()["timeZones"]["version"] == "2026f"
    page = session.get(f"/posts/{planned['id']}").text
    assert "The rules of America/Vancouver changed: 09:00 is now 16:00 UTC" in page
    assert "The rules of America/Vancouver changed: 1 post keeps" in page
    assert "edition 2026f" in session.get("/settings").text


def test_plans_follow_at_start(start_postiz, tmp_path):
    zones, data, day = tmp_path / "zones", tmp_path / "data", winter_day()
    write_zones(zones, "2025b")
    program = start_postiz(folder=data, POSTIZ_ZONEINFO=str(zones))
    _, client = new_account(program.base)
    planned = client.create(content="By the clock", status="DRAFT", scheduledFor=f"{day}T09:00", timeZone="America/Vancouver")
    program.stop()
    write_zones(zones, "2026f", end=" 2026 Jul 1\n -7:00 - %z")
    program.start()
    until(lambda: client.post_by_id(planned["id"])["scheduledFor"] == f"{day}T16:00:00.000Z", 30, "the plan follows")


def test_a_drag_keeps_the_clock_time_of_the_posts_own_zone(client, person):
    session = person[0]
    year = datetime.date.today().year + 2
    # New York's clocks change two or three weeks before those of Europe: the person's own zone is another one.
    before = datetime.date(year, 3, 1)
    post = client.create(content="Moved", status="DRAFT", scheduledFor=f"{before}T09:00", timeZone="America/New_York")
    assert post["scheduledFor"].endswith("T14:00:00.000Z")
    page = session.get(f"/calendar?view=day&date={before}").text
    slip = re.search(rf'data-post="{post["id"]}"[^>]*data-date="([\d-]+)" data-time="([\d:]+)"', page)
    target = before + datetime.timedelta(28)
    form = {"date": str(target), "time": slip[2]}
    answer = session.post(f"/posts/{post['id']}/move", data=form, follow_redirects=False)
    assert answer.status_code in (302, 303), answer.text
    moved = client.post_by_id(post["id"])
    assert moved["wallTime"] == f"{target}T09:00:00.000" and moved["scheduledFor"] == f"{target}T13:00:00.000Z"


def test_utc_is_called_utc(client, person):
    assert person[0].patch("/api/auth/me", json={"timeZone": "UTC"}).is_success
    page = person[0].get("/calendar").text
    assert '<span class="faint">UTC</span>' in page and "GMT" not in page
