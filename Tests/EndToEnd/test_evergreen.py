"""Evergreen posts: what goes out again and again in free times of a channel's queue."""
import datetime

import pytest

from client import new_account, new_key
from programs import until


@pytest.fixture
def program(start_postiz):
    return start_postiz()


def test_free_times_of_the_queue_are_filled_once(program, account_name):
    session, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=3)
    client.call(
        "PUT", f"/api/integrations/{channel}/slots", json={"slots": [{"minute": soon.hour * 60 + soon.minute, "timeZone": "UTC", "weekdays": []}]})
    refused = client.call("POST", "/api/evergreen", 422, json={"integrationId": channel, "texts": ["Same", "Same "]})
    assert "different texts" in refused["error"]["message"]
    assert new_key(session, ["posts:read"]).post("/api/evergreen", json={}).status_code == 403
    entry = client.call("POST", "/api/evergreen", 201, json={"integrationId": channel, "texts": ["Tip one", "Tip two"], "everyDays": 7})
    assert entry["active"] and entry["everyDays"] == 7

    # The program looks when it starts, and each minute.
    program.kill()
    program.start()
    outings = f"/api/evergreen/{entry['id']}/outings"
    until(lambda: client.call("GET", outings)["items"], 30, lambda: client.call("GET", outings))
    outing = client.call("GET", outings)["items"][0]
    assert (outing["text"], outing["status"]) == ("Tip one", "SCHEDULED")
    assert outing["at"].startswith(soon.strftime("%Y-%m-%dT%H:%M"))
    assert client.post_by_id(outing["postId"])["origin"] == "EVERGREEN"

    _, stranger = new_account(program.base)
    stranger.call("GET", f"/api/evergreen/{entry['id']}", 404)
    stranger.call("PATCH", f"/api/evergreen/{entry['id']}", 404, json={"active": False})
    assert stranger.call("GET", "/api/evergreen")["items"] == []
    stranger.call("POST", "/api/evergreen", 422, json={"integrationId": channel, "texts": ["Not mine"]})

    # What was planned is removed by a person: its turn is skipped.
    client.call("DELETE", f"/api/posts/{outing['postId']}", 204)
    program.kill()
    program.start()
    assert client.call("PATCH", f"/api/evergreen/{entry['id']}", json={"active": False})["active"] is False
    left = client.call("GET", outings)["items"]
    assert len(left) == 1 and left[0].get("postId") is None
    client.call("DELETE", f"/api/evergreen/{entry['id']}", 204)
    client.call("GET", f"/api/evergreen/{entry['id']}", 404)
