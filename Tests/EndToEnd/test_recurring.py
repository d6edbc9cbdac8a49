"""Posts that repeat: python-dateutil as the judge of thousands of rules where libraries agree, a series over every face, and crons that are
killed while they make its posts."""
import contextlib
import datetime
import itertools
import random
import threading
import time

import httpx
import pytest
from dateutil.rrule import rrulestr

from browser import DESKTOP, PHONE, chromium, sign_in_as, violations, watch
from client import connect_all, new_account
from programs import ARTIFACTS, until

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
UTC = datetime.timezone.utc


def some_rule(dice: random.Random) -> str:
    """A rule of which libraries think alike: no mixture of weekdays with and without a number, which dateutil intersects."""
    frequency = dice.choice(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    parts, narrowed = [f"FREQ={frequency}"], False
    if dice.random() < .5:
        parts.append(f"INTERVAL={dice.choice([1, 2, 3, 4, 5, 7, 12])}")
    if dice.random() < .35:
        parts.append("BYMONTH=" + ",".join(map(str, sorted(dice.sample(range(1, 13), dice.randint(1, 4))))))
        narrowed = True
    if frequency != "WEEKLY" and dice.random() < .4:
        parts.append("BYMONTHDAY=" + ",".join(map(str, dice.sample([1, 2, 5, 13, 15, 28, 29, 30, 31, -1, -2, -5, -31], dice.randint(1, 3)))))
        narrowed = True
    if dice.random() < .5:
        numbered = frequency in ("MONTHLY", "YEARLY") and dice.random() < .6
        days = [(str(dice.choice([1, 2, 3, 4, 5, -1, -2, -3])) if numbered else "") + dice.choice(DAYS) for _ in range(dice.randint(1, 3))]
        parts.append("BYDAY=" + ",".join(dict.fromkeys(days)))
        narrowed = True
    # Of a first week that is cut off dateutil counts positions from the start on.
    if narrowed and frequency != "WEEKLY" and dice.random() < .3:
        parts.append("BYSETPOS=" + ",".join(map(str, dice.sample([1, 2, 3, -1, -2], dice.randint(1, 2)))))
    if dice.random() < .3:
        parts.append("WKST=" + dice.choice(DAYS))
    return ";".join(parts)


# A series begins with an occurrence; for what comes from here on nobody waits: dateutil goes through all years up to the last one for a rule that has none.
HORIZON = 2037


def judged(rule: str, start: datetime.datetime, count: int) -> list[str]:
    end = "" if "UNTIL" in rule else f";UNTIL={HORIZON}0101T000000"
    days = itertools.islice(rrulestr(rule.replace("Z", "") + end, dtstart=start), count)
    return [f"{day:%Y-%m-%dT%H:%M}" for day in days if day.year < HORIZON]


def test_dateutil_says_the_same_of_thousands_of_rules(start_postiz, monkeypatch):
    monkeypatch.setattr("dateutil.rrule.datetime.MAXYEAR", HORIZON)
    postiz = start_postiz(RATE_LIMIT_PER_MINUTE="100000")
    session, client = new_account(postiz.base)
    dice, compared = random.Random(2026), 0
    while compared < 2000:
        rule = some_rule(dice)
        begin = datetime.datetime(2026, 1, 1, 9, 30) + datetime.timedelta(days=dice.randint(0, 1500))
        first = judged(rule, begin, 1)
        if not first:
            continue
        start = datetime.datetime.fromisoformat(first[0])
        if dice.random() < .3:
            rule += f";COUNT={dice.randint(1, 20)}"
        elif dice.random() < .3:
            rule += f";UNTIL={start + datetime.timedelta(days=dice.randint(0, 3000)):%Y%m%dT}120000Z"
        answer = client.call(
            "POST", "/api/recurrence/preview", json={"recurrence": rule, "scheduledFor": f"{start:%Y-%m-%dT%H:%M}", "timeZone": "UTC"})
        ours = [item["wallTime"][:16] for item in answer["times"] if item["wallTime"] < str(HORIZON)]
        assert ours == judged(rule, start, 12), rule
        # What is stored means the same.
        again = client.call(
            "POST", "/api/recurrence/preview",
            json={"recurrence": answer["recurrence"], "scheduledFor": f"{start:%Y-%m-%dT%H:%M}", "timeZone": "UTC"}) if compared % 10 == 0 else answer
        assert again["times"] == answer["times"] and again["recurrence"] == answer["recurrence"]
        compared += 1
    session.close()
    client.close()


def tomorrow(days: int = 1) -> datetime.date:
    return datetime.datetime.now(UTC).date() + datetime.timedelta(days=days)


def posts_of(client, series: str) -> list[dict]:
    found = client.call("GET", "/api/posts?limit=200&order=oldest")["items"]
    return [post for post in found if post["seriesId"] == series]


def test_a_series_over_rest(client, channels):
    start = f"{tomorrow()}T09:00"
    post = client.create(
        content="Good morning", platforms=[channels["mastodon"]["id"]], scheduledFor=start, timeZone="Europe/Paris", recurrence="FREQ=DAILY;COUNT=6")
    series = post["seriesId"]
    assert post["recurrence"] == "FREQ=DAILY;COUNT=6" and post["seriesDay"] == str(tomorrow())
    made = posts_of(client, series)
    assert [one["wallTime"][11:16] for one in made] == ["09:00"] * 6
    # One alone; then this and the following, an hour later; then all.
    client.call("PATCH", f"/api/posts/{made[1]['id']}", json={"content": "Special"})
    moved = client.call("PUT", f"/api/posts/{made[3]['id']}/schedule?scope=following", json={"scheduledFor": f"{tomorrow(4)}T10:00"})
    assert moved["seriesId"] != series and moved["recurrence"] == "FREQ=DAILY;COUNT=3"
    client.call("PATCH", f"/api/posts/{made[0]['id']}?scope=all", json={"content": "Hello"})
    assert [one["content"] for one in posts_of(client, series)] == ["Hello", "Special", "Hello"]
    assert [one["wallTime"][11:16] for one in posts_of(client, moved["seriesId"])] == ["10:00"] * 3
    # Left out, taken in, paused, let go on, ended.
    day = moved["seriesDay"]
    view = client.call("POST", f"/api/series/{moved['seriesId']}/skip", json={"day": day})
    assert [(item["isSkipped"], item.get("postId") is None) for item in view["next"]] == [(True, True), (False, False), (False, False)]
    view = client.call("POST", f"/api/series/{moved['seriesId']}/unskip", json={"day": day})
    assert view["next"][0]["postId"] == moved["id"] and view["words"] == "every day, 3 times"
    assert client.call("POST", f"/api/series/{series}/pause")["status"] == "PAUSED"
    assert [one["content"] for one in posts_of(client, series)] == ["Special"]
    assert client.call("POST", f"/api/series/{series}/resume")["status"] == "ACTIVE"
    assert [one["content"] for one in posts_of(client, series)] == ["Hello", "Special", "Hello"]
    assert [item["id"] for item in client.call("GET", "/api/series")["items"]] == [moved["seriesId"], series]
    client.call("DELETE", f"/api/posts/{moved['id']}?scope=all")
    assert client.call("GET", f"/api/series/{moved['seriesId']}")["status"] == "ENDED"
    assert posts_of(client, moved["seriesId"]) == []


@pytest.mark.parametrize(
    "rule, word",
    [("FREQ=DAILY;COUNT=2;UNTIL=20300101", "both"), ("FREQ=WEEKLY;BYDAY=1MO", "MONTHLY"), ("FREQ=HOURLY", "HOURLY"), ("BYDAY=MO", "FREQ"),
     ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "no day")])
def test_what_cannot_be_kept_is_refused_in_words(client, channels, rule, word):
    answer = client.call(
        "POST", "/api/posts", expect=422,
        json={"content": "a", "platforms": [channels["mastodon"]["id"]], "scheduledFor": f"{tomorrow()}T09:00", "recurrence": rule})
    assert answer["error"]["code"] == "VALIDATION_FAILED" and word in answer["error"]["message"]


def test_another_workspace_sees_nothing_of_a_series(postiz, client, channels):
    post = client.create(content="Mine", platforms=[channels["mastodon"]["id"]], scheduledFor=f"{tomorrow()}T09:00", recurrence="FREQ=DAILY")
    session, other = new_account(postiz.base)
    for method, path, body in [
            ("GET", "", None), ("POST", "/pause", None), ("POST", "/end", None), ("POST", "/skip", {"day": str(tomorrow(2))})]:
        other.call(method, f"/api/series/{post['seriesId']}{path}", expect=404, **({"json": body} if body else {}))
    assert other.call("GET", "/api/series")["items"] == []
    session.close()
    other.close()


def test_a_server_that_is_killed_makes_each_post_once(start_postiz, simulator, account_name):
    postiz = start_postiz()
    session, client = new_account(postiz.base)
    channel = connect_all(client, simulator, account_name)["mastodon"]
    series = [client.create(
        content=f"Series {number}", platforms=[channel["id"]], scheduledFor=f"{tomorrow()}T09:{number:02}", timeZone="UTC",
        recurrence="FREQ=DAILY;COUNT=12")["seriesId"] for number in range(8)]

    def switch():
        """Pausing takes the posts out of the plan, going on makes them anew."""
        with contextlib.suppress(httpx.TransportError):
            for one in series * 4:
                state = session.get(f"/api/series/{one}").json()["status"]
                session.post(f"/api/series/{one}/{'resume' if state == 'PAUSED' else 'pause'}")

    for pause in (0.05, 0.15, 0.3, 0.5):
        thread = threading.Thread(target=switch)
        thread.start()
        time.sleep(pause)
        postiz.kill()
        thread.join()
        postiz.start()
        for one in series:
            days = [post["seriesDay"] for post in posts_of(client, one)]
            wanted = [] if client.call("GET", f"/api/series/{one}")["status"] == "PAUSED" else [str(tomorrow(number)) for number in range(1, 13)]
            assert days == wanted
    session.close()
    client.close()


def test_a_person_chooses_a_rule_and_changes_the_series(person, channels, postiz):
    session, client = person
    with chromium() as browser:
        context = browser.new_context(viewport=DESKTOP)
        sign_in_as(context, session, postiz.base)
        page = context.new_page()
        errors = watch(page, postiz.base)
        page.goto(f"{postiz.base}/compose?channel={channels['mastodon']['id']}")
        page.locator("post-composer textarea").first.fill("Every month")
        page.locator("[data-deeds] summary").click()
        year = datetime.date.today().year + 1
        page.locator("#date").fill(f"{year}-01-31")
        page.locator("#time").fill("09:00")
        page.locator("#repeat").select_option("FREQ=MONTHLY")
        page.locator("[data-last-day]").click()
        until(lambda: page.locator(".repeat-times li").count() == 12, 10, "the next twelve are shown")
        assert "last day" in page.locator("[data-repeat-preview]").inner_text()
        assert violations(page) == []
        page.screenshot(path=str(ARTIFACTS / "recurring-composer.png"))
        page.set_viewport_size(PHONE)
        page.screenshot(path=str(ARTIFACTS / "recurring-composer-phone.png"))
        page.set_viewport_size(DESKTOP)
        page.locator("[data-deeds] button[value=schedule]").click()
        page.wait_for_url("**/posts/*")
        post = client.post_by_id(page.url.rsplit("/", 1)[1])
        assert post["recurrence"] == "FREQ=MONTHLY;BYMONTHDAY=-1" and post["status"] == "SCHEDULED"
        assert "last day" in page.locator("main").inner_text()
        assert violations(page) == []
        page.screenshot(path=str(ARTIFACTS / "recurring-post.png"))
        # All of them, from the composer.
        page.goto(f"{postiz.base}/posts/{post['id']}/edit")
        page.locator("post-composer textarea").first.fill("Every month again")
        page.locator("[data-deeds] summary").click()
        page.locator("#scope").select_option("all")
        page.locator("[data-deeds] button[value=schedule]").click()
        page.wait_for_url(f"**/posts/{post['id']}")
        assert all(one["content"] == "Every month again" for one in posts_of(client, post["seriesId"]))
        # Its page, with a day left out.
        page.goto(f"{postiz.base}/series/{post['seriesId']}")
        assert page.locator(".list .item").count() == 12
        page.locator(".list .item").nth(1).get_by_role("button").click()
        page.wait_for_load_state()
        assert client.call("GET", f"/api/series/{post['seriesId']}")["next"][1]["isSkipped"]
        assert violations(page) == []
        page.screenshot(path=str(ARTIFACTS / "recurring-series.png"), full_page=True)
        page.goto(f"{postiz.base}/calendar?date={year}-01-31")
        assert page.locator(".slip .repeats").count() >= 1
        assert errors == []
