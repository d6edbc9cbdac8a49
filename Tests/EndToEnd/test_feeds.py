"""Calendars that other programs subscribe to, read by a library that judges RFC 5545."""
import datetime

import httpx
import icalendar
import pytest

from client import new_account


@pytest.fixture
def world(postiz, simulator, account_name):
    session, client = new_account(postiz.base)
    return session, client, [client.connect(platform, account_name)["id"] for platform in ("mastodon", "x")]


def read(address: str) -> icalendar.Calendar:
    answer = httpx.get(address)
    assert answer.status_code == 200 and answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n")) and b"\n" not in answer.content.replace(b"\r\n", b"")
    return icalendar.Calendar.from_ical(answer.content)


TEXT = "Tea; with milk, and \\ a backslash\nSecond line 🫖" + " ünd weiter" * 30


def test_a_calendar_holds_what_is_planned_and_follows_it(world, postiz):
    session, client, (mastodon, x) = world
    post = client.create(content=TEXT[:480], platforms=[mastodon], scheduledFor="2027-03-28T03:30", timeZone="Europe/Paris", tags=["tea", "spring"])
    client.create(content="On the other", platforms=[x], scheduledFor="2027-04-01T09:00:00Z")
    client.create(content="Without a time", platforms=[x])
    made = session.post("/api/calendars", json={})
    assert made.status_code == 201
    calendar = read(made.json()["url"])
    assert calendar["VERSION"] == "2.0" and not calendar.errors
    events = {str(event["UID"]).split("@")[0]: event for event in calendar.walk("VEVENT")}
    assert len(events) == 2
    event = events[post["id"]]
    assert event.errors == [] and event["DTSTART"].dt == datetime.datetime(2027, 3, 28, 1, 30, tzinfo=datetime.timezone.utc)
    assert event["DTEND"].dt > event["DTSTART"].dt and str(event["STATUS"]) == "CONFIRMED"
    assert TEXT[:480] in str(event["DESCRIPTION"]) and str(event["URL"]) == f"{postiz.base}/posts/{post['id']}"
    assert [str(name) for name in event.categories] == ["spring", "tea"]
    first = int(event["SEQUENCE"])
    client.call("PATCH", f"/api/posts/{post['id']}", json={"content": "Changed"})
    client.call("POST", f"/api/posts/{post['id']}/cancel")
    again = {str(one["UID"]).split("@")[0]: one for one in read(made.json()["url"]).walk("VEVENT")}[post["id"]]
    assert str(again["SUMMARY"]) == "Changed" and int(again["SEQUENCE"]) > first and str(again["STATUS"]) == "CANCELLED"


def test_one_channel_alone_and_a_revoked_address_is_worth_nothing(world, postiz):
    session, client, (mastodon, x) = world
    client.create(content="On Mastodon", platforms=[mastodon], scheduledFor="2027-05-01T09:00:00Z")
    client.create(content="On X", platforms=[x], scheduledFor="2027-05-02T09:00:00Z")
    made = session.post("/api/calendars", json={"integrationId": x}).json()
    assert [str(event["SUMMARY"]) for event in read(made["url"]).walk("VEVENT")] == ["On X"]
    listed = session.get("/api/calendars").json()["items"]
    assert [item["id"] for item in listed] == [made["feed"]["id"]] and made["url"].split("/")[-2] not in str(listed)
    other, _ = new_account(postiz.base)
    assert other.delete(f"/api/calendars/{made['feed']['id']}").status_code == 404
    assert other.post("/api/calendars", json={"integrationId": x}).status_code == 404
    assert session.delete(f"/api/calendars/{made['feed']['id']}").status_code == 204
    assert httpx.get(made["url"]).status_code == 404
    assert httpx.get(f"{postiz.base}/api/calendar-files/nothing/posts.ics").status_code == 404
