"""The public API of Postiz: what programs that were written for it send, and what they need in answers. docs/postiz-api.md."""
import datetime
import itertools
import json
import re
import subprocess

import httpx
import pytest

from client import moment, new_key
from pictures import png
from programs import ROOT, until

PREFIXES = ("/public/v1", "/api/public/v1")


class Program(httpx.Client):
    """A program for Postiz: the bare key, and JSON announced on every call, with or without a body."""

    def __init__(self, base: str, key: str, prefix: str = PREFIXES[0]):
        super().__init__(base_url=base + prefix, timeout=60, headers={"Authorization": key, "Content-Type": "application/json"})

    def ask(self, method: str, path: str, status: int, body=None, **arguments):
        content = {} if body is None else {"content": json.dumps(body)}
        answer = self.request(method, path, **content, **arguments)
        assert answer.status_code == status, f"{method} {path}: {answer.status_code} {answer.text[:1000]}"
        return answer.json()

    def write(self, channel: str, status: int = 201, *, settings=None, **body):
        value = body.pop("value", [{"content": "Sourdough is back", "image": []}])
        element = {"integration": {"id": channel}, "value": value, **body.pop("element", {})}
        if settings is not None:
            element["settings"] = settings
        whole = {"type": "schedule", "date": later(), "shortLink": False, "tags": [], "posts": [element], **body}
        return self.ask("POST", "/posts", status, {name: item for name, item in whole.items() if item is not None})

    def listed(self) -> list[dict]:
        now = datetime.datetime.now(datetime.timezone.utc)
        span = {"startDate": (now - datetime.timedelta(days=2)).isoformat(), "endDate": (now + datetime.timedelta(days=3)).isoformat()}
        return self.ask("GET", "/posts", 200, params=span)["posts"]

    def row(self, post: str) -> dict:
        return next(row for row in self.listed() if row["id"] == post)


def later(hours: float = 5) -> str:
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:00.000Z")


@pytest.fixture
def program(postiz, client):
    with Program(postiz.base, client.key) as running:
        yield running


@pytest.fixture
def mastodon(client, account_name):
    return client.connect("mastodon", account_name)["id"]


# Not each in a test of its own: an instance takes only so many new people in a quarter of an hour.
def test_a_key_opens_it_bare_and_behind_bearer_at_each_address(postiz, client):
    for prefix, scheme in itertools.product([*PREFIXES, "//public/v1", "/api//public/v1"], ["", "Bearer ", "bearer "]):
        with Program(postiz.base, scheme + client.key, prefix) as program:
            assert program.ask("GET", "/is-connected", 200) == {"connected": True}, (prefix, scheme)
            assert program.ask("GET", "/integrations", 200) == [], (prefix, scheme)


@pytest.mark.parametrize("key, words", [
    (None, "No API Key found"), ("a" * 64, "Invalid API key"), ("Bearer nonsense", "Invalid API key"),
    ("pos_" + "a" * 40, "Invalid OAuth token"),
])
def test_who_has_no_key_is_told_so(postiz, key, words):
    answer = httpx.get(postiz.base + "/public/v1/integrations", headers={"Authorization": key} if key else {})
    assert answer.status_code == 401
    assert answer.json()["msg"] == answer.json()["message"] == words


def test_a_cookie_opens_nothing(postiz, person):
    session, _ = person
    assert session.get("/public/v1/integrations").status_code == 401
    assert session.post("/public/v1/posts", json={}).status_code == 401


def test_a_bare_key_opens_nothing_else(postiz, client):
    assert httpx.get(postiz.base + "/api/posts", headers={"Authorization": client.key}).status_code == 401


def test_a_key_without_the_right_is_refused(postiz, person):
    session, _ = person
    with new_key(session, ["posts:read"]) as weak, Program(postiz.base, weak.key) as program:
        program.ask("GET", "/integrations", 200)
        assert "message" in program.ask("POST", "/posts", 403, {})


def test_channels_are_a_bare_list_with_customers(program, client, mastodon):
    row = program.ask("GET", "/integrations", 200)[0]
    assert row["id"] == mastodon and row["identifier"] == "mastodon" and row["disabled"] is False and row["name"]
    assert "customer" not in row and {"picture", "profile"} <= row.keys()
    client.call("PATCH", f"/api/integrations/{mastodon}", json={"customer": "Harbour & Söhne"})
    group = program.ask("GET", "/groups", 200)[0]
    assert group["name"] == "Harbour & Söhne" and re.fullmatch("[A-Za-z0-9_-]{1,255}", group["id"])
    assert [row["customer"] for row in program.ask("GET", "/integrations", 200, params={"group": group["id"]})] == [group]
    assert program.ask("GET", "/integrations", 200, params={"group": "other"}) == []


def test_a_free_slot_is_told_in_utc_without_a_zone(program, client, mastodon):
    date = program.ask("GET", f"/find-slot/{mastodon}", 200)["date"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:00", date)
    free = client.call("GET", "/api/slots", params={"channel": mastodon, "count": 1})["items"][0]
    assert moment(date + "Z") == moment(free["at"])
    for unknown in ("nothing", "0190a0a0-0000-7000-8000-000000000000"):
        assert program.ask("GET", f"/find-slot/{unknown}", 404)["message"]


def test_a_thread_with_a_picture_arrives_as_it_was_written(program, client, simulator, mastodon):
    file = program.request("POST", "/upload", headers={"Content-Type": ""} | multipart(png())[0], content=multipart(png())[1])
    assert file.status_code == 201, file.text
    path = file.json()["path"]
    value = [
        {"content": "<p>Sourdough &amp; <strong>rye</strong></p><ul><li>fresh</li></ul>", "id": "",
         "image": [{"id": "invented", "path": path, "alt": "A loaf"}]},
        {"content": "Doors open at 7 < 8", "image": [], "delay": 0},
    ]
    made = program.write(mastodon, type="now", date="2020-01-01T00:00:00", value=value, element={"group": ""}, settings={"__type": "wrong"})
    assert [row.keys() for row in made] == [{"postId", "integration"}] and made[0]["integration"] == mastodon
    until(lambda: program.row(made[0]["postId"])["state"] == "PUBLISHED", 30, "published")
    row = program.row(made[0]["postId"])
    assert row["releaseURL"].startswith("http") and row["releaseId"]
    public = client.call("GET", f"/api/posts/{made[0]['postId']}")
    assert [part["text"] for part in public["parts"]] == ["Sourdough & rye\n- fresh", "Doors open at 7 < 8"]
    assert client.call("GET", f"/api/media/{public['parts'][0]['mediaIds'][0]}")["altText"] == "A loaf"
    texts = json.dumps(simulator.publications("mastodon"))
    assert "Sourdough & rye" in texts and "Doors open at 7 < 8" in texts and "A loaf" in texts


def multipart(data: bytes, name: str = "png", part: str = "file") -> tuple[dict, bytes]:
    head = f'--edge\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
    return {"Content-Type": "multipart/form-data; boundary=edge"}, head.encode() + data + b"\r\n--edge--\r\n"


def test_a_file_is_taken_whatever_its_name_and_header_say(program, client):
    headers, body = multipart(png())
    for content_type in (headers["Content-Type"], "application/json"):
        row = program.request("POST", "/upload", headers={"Content-Type": content_type}, content=body)
        assert row.status_code == 201, row.text
        row = row.json()
        assert row["path"].startswith("http") and row["path"].endswith(".png") and row.keys() >= {"id", "name", "thumbnail", "alt"}
        served = httpx.get(row["path"], headers={"Authorization": f"Bearer {client.key}"})
        assert served.status_code == 200 and served.headers["content-type"] == "image/png"
        assert httpx.get(row["path"]).status_code == 401


NO_FILES = [
    multipart(b"x", part="picture"), multipart(b"no picture at all"), ({"Content-Type": "multipart/form-data; boundary=e"}, b"--e--\r\n"),
    ({"Content-Type": "application/json"}, b"{}"), ({"Content-Type": "application/json"}, b"--" + b"e" * 300),
]


def test_what_is_no_file_is_refused(program):
    for headers, body in NO_FILES:
        answer = program.request("POST", "/upload", headers=headers, content=body)
        assert answer.status_code == 400 and answer.json()["message"] == answer.json()["msg"], body


def test_a_file_of_an_inside_address_is_not_fetched(program):
    assert program.ask("POST", "/upload-from-url", 400, {"url": "https://10.1.2.3/a.png"})["message"]
    assert program.ask("POST", "/upload-from-url", 400, {})["message"] == ["url must be a string"]


def test_what_programs_leave_out_has_a_meaning(program, mastodon):
    draft = program.write(mastodon, type="draft", date=None, shortLink=None, tags=None, value=[{"content": "An idea"}])
    assert program.row(draft[0]["postId"])["state"] == "DRAFT"
    planned = program.write(mastodon, type=None, date="2031-05-04T09:30:00", value=[{"content": "Later"}])
    assert planned[0]["postId"]
    assert program.write(mastodon, 400, date=None)["message"] == ["date must be a valid ISO 8601 date string"]


@pytest.mark.parametrize("date, utc", [
    ("{day}T09:30:00.000Z", "09:30"), ("{day}T09:30:00", "09:30"), ("{day}T09:30:00+02:00", "07:30"),
    ("{day}T09:30:00.0000000+02:00", "07:30"), ("{day}", "00:00"),
])
def test_dates_are_utc_unless_they_say_otherwise(program, mastodon, date, utc):
    day = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=2)).strftime("%Y-%m-%d")
    row = program.row(program.write(mastodon, date=date.format(day=day))[0]["postId"])
    assert row["publishDate"] == f"{day}T{utc}:00.000Z" and row["state"] == "QUEUE"


def test_a_row_of_the_list_has_what_programs_read(program, mastodon):
    made = program.write(mastodon, tags=[{"value": "news", "label": "news"}], value=[{"content": "a & b < c", "image": []}])
    row = program.row(made[0]["postId"])
    assert row["content"] == "a &amp; b &lt; c" and row["creationMethod"] == "API" and row["intervalInDays"] is None
    assert json.loads(row["settings"])["__type"] == "mastodon" and row["tags"][0]["tag"]["name"] == "news"
    assert row["integration"].keys() == {"id", "providerIdentifier", "name", "picture"}
    assert row["integration"]["providerIdentifier"] == "mastodon" and row["releaseURL"] is None and row["releaseId"] is None


def test_the_list_takes_its_dates_and_the_ones_of_old(program, mastodon):
    moment_ = later()
    made = program.write(mastodon, date=moment_)[0]["postId"]
    edge = {"startDate": moment_, "endDate": moment_}
    assert [row["id"] for row in program.ask("GET", "/posts", 200, params=edge)["posts"]] == [made]
    day = moment(moment_)
    week = day.isocalendar()
    for old in ({"display": "day", "year": day.year, "month": day.month, "day": day.day}, {"display": "month", "year": day.year, "month": day.month},
                {"display": "week", "year": week.year, "week": week.week}):
        assert made in [row["id"] for row in program.ask("GET", "/posts", 200, params=old)["posts"]], old
    for bad in ({}, {"startDate": "yesterday", "endDate": later()}, {"startDate": later()}):
        assert isinstance(program.ask("GET", "/posts", 400, params=bad)["message"], list)
    assert program.ask("GET", "/posts", 200, params=edge | {"customer": "nobody"})["posts"] == []


def test_a_post_of_several_channels_is_several_rows_of_one_group(program, client, mastodon, account_name):
    x = client.connect("x", account_name)["id"]
    post = client.call("POST", "/api/posts", json={"content": "Both", "platforms": [mastodon, x], "scheduledFor": later()})
    rows = [row for row in program.listed() if row["group"] == post["id"]]
    assert len({row["id"] for row in rows}) == 2 and all(re.fullmatch("[A-Za-z0-9_-]{1,255}", row["id"]) for row in rows)
    assert program.ask("DELETE", f"/posts/{rows[0]['id']}", 200) == {"id": post["id"]}
    assert not [row for row in program.listed() if row["group"] == post["id"]]


def test_each_channel_gets_a_post_of_its_own_and_all_or_none_are_made(program, client, mastodon, account_name):
    x = client.connect("x", account_name)["id"]

    def both(text: str, status: int) -> object:
        posts = [{"integration": {"id": channel}, "value": [{"content": text, "image": []}], "settings": {"post_type": "post"}} for channel in (mastodon, x)]
        return program.ask("POST", "/posts", status, {"type": "schedule", "date": later(), "shortLink": True, "tags": [], "posts": posts})

    made = both("Short", 201)
    assert [row["integration"] for row in made] == [mastodon, x] and len({row["postId"] for row in made}) == 2
    refused = both("word " * 80, 400)
    assert refused["provider"] == "x" and refused["name"] and refused["message"] and refused["statusCode"] == 400
    assert len(program.listed()) == 2


MISTAKES = [
    ({"posts": []}, "posts must contain at least 1 elements"), ({"posts": "none"}, "posts must be an array"), ({"type": "soon"}, "type must be one of"),
    ({"value": [{"content": "a", "image": "b"}]}, "posts.0.value.0.image must be an array"), ({"date": "tomorrow"}, "date must be a valid ISO 8601"),
    ({"value": []}, "posts.0.value must contain at least 1 elements"), ({"element": {"integration": {}}}, "posts.0.integration.id must be a string"),
    ({"settings": "none"}, "posts.0.settings must be an object"),
]


def test_what_is_wrong_with_a_body_is_listed(program, mastodon):
    for body, words in MISTAKES:
        answer = program.write(mastodon, 400, **body)
        assert any(message.startswith(words) for message in answer["message"]), answer
        assert answer["error"] == "Bad Request" and answer["statusCode"] == 400
    assert program.listed() == []


def test_unknown_channels_and_empty_posts_are_refused(program, mastodon):
    assert program.write("cmf0a1b2c0001", 400)["message"] == "Integration with id cmf0a1b2c0001 not found"
    for kind in ("draft", "schedule", "now"):
        assert program.write(mastodon, 400, type=kind, value=[{"content": "<p></p>", "image": []}])["message"]
    assert program.request("POST", "/posts", content="{").status_code == 400


def test_a_post_is_changed_by_its_id_and_replaced_by_its_group(program, mastodon):
    made = program.write(mastodon)[0]["postId"]
    changed = program.write(mastodon, value=[{"content": "Rye is back", "image": [], "id": made}], element={"group": "post"})
    assert changed[0]["postId"] == made and [row["content"] for row in program.listed()] == ["Rye is back"]
    replaced = program.write(mastodon, value=[{"content": "Spelt is back", "image": [], "id": "unknown"}], element={"group": made})
    assert [row["id"] for row in program.listed()] == [replaced[0]["postId"]] and replaced[0]["postId"] != made
    draft = program.write(mastodon, type="draft")[0]["postId"]
    program.write(mastodon, type="update", value=[{"content": "Kept as it was", "image": [], "id": draft}])
    assert program.row(draft)["state"] == "DRAFT" and program.row(draft)["content"] == "Kept as it was"
    assert program.write(mastodon, 400, type="update")["message"]


def test_a_post_of_another_workspace_is_neither_changed_nor_replaced(postiz, program, mastodon):
    from client import new_account

    session, stranger = new_account(postiz.base)
    other = stranger.call("POST", "/api/posts", json={"content": "Theirs", "status": "DRAFT"})
    made = program.write(mastodon, value=[{"content": "Ours", "image": [], "id": other["id"]}], element={"group": other["id"]})
    assert made[0]["postId"] != other["id"]
    program.ask("DELETE", f"/posts/{other['id']}", 404)
    assert stranger.call("GET", f"/api/posts/{other['id']}")["content"] == "Theirs"
    session.close()
    stranger.close()


def test_a_post_becomes_a_draft_and_is_planned_again(program, mastodon):
    made = program.write(mastodon)[0]["postId"]
    assert program.ask("PUT", f"/posts/{made}/status", 200, {"status": "draft"}) == {"id": made, "state": "DRAFT"}
    assert program.row(made)["state"] == "DRAFT"
    assert program.ask("PUT", f"/posts/{made}/status", 200, {"status": "schedule"}) == {"id": made, "state": "QUEUE"}
    assert program.row(made)["state"] == "QUEUE"
    assert isinstance(program.ask("PUT", f"/posts/{made}/status", 400, {"status": "published"})["message"], list)
    assert program.ask("PUT", "/posts/unknown/status", 400, {"status": "draft"})["message"] == "Post not found"


def test_settings_are_merged_into_a_planned_post(program, mastodon):
    made = program.write(mastodon, settings={"visibility": "unlisted", "who_can_reply_post": "everyone"})[0]["postId"]
    answer = program.ask("PUT", f"/posts/{made}/settings", 200, {"settings": {"spoiler_text": "Bread"}})
    assert answer["postId"] == made and answer["publishDate"] + ".000Z" == program.row(made)["publishDate"]
    settings = json.loads(program.row(made)["settings"])
    assert settings == {"__type": "mastodon", "visibility": "unlisted", "spoiler_text": "Bread"}
    program.ask("PUT", "/posts/unknown/settings", 404, {"settings": {}})
    program.ask("PUT", f"/posts/{made}/settings", 400, {"settings": []})


def test_deleting_answers_json_and_404(program, mastodon):
    made = program.write(mastodon)[0]["postId"]
    assert program.ask("DELETE", f"/posts/{made}", 200) == {"id": made}
    for path in (f"/posts/{made}", "/posts/unknown", "/posts/group/post", "/integrations/unknown"):
        assert program.ask("DELETE", path, 404)["message"]
    assert program.ask("DELETE", f"/integrations/{mastodon}", 200) == {"id": mastodon}
    assert program.ask("GET", "/integrations", 200) == []


def test_what_we_know_is_not_missing(program, mastodon):
    made = program.write(mastodon)[0]["postId"]
    assert program.ask("GET", f"/posts/{made}/missing", 200) == []
    program.ask("PUT", f"/posts/{made}/release-id", 400, {"releaseId": "7301"})
    program.ask("PUT", "/posts/unknown/release-id", 404, {"releaseId": "7301"})


def test_a_channel_tells_what_it_takes_and_looks_things_up(program, client, account_name):
    pinterest = client.connect("pinterest", account_name)["id"]
    output = program.ask("GET", f"/integration-settings/{pinterest}", 200)["output"]
    assert output["maxLength"] > 0 and output["settings"]["properties"]["board"] and "board" in output["settings"]["required"]
    assert [tool["methodName"] for tool in output["tools"]][0] == "boards"
    found = program.ask("POST", f"/integration-trigger/{pinterest}", 201, {"methodName": "boards"})["output"]
    assert found and {"id", "name"} <= found[0].keys()
    program.ask("POST", f"/integration-trigger/{pinterest}", 404, {"methodName": "nothing"})
    program.ask("GET", "/integration-settings/unknown", 404)


def test_figures_and_notifications_have_their_shapes(program, mastodon):
    assert program.ask("GET", f"/analytics/{mastodon}", 200, params={"date": "30"}) == []
    assert program.ask("GET", "/analytics/post/unknown", 200) == []
    program.ask("GET", "/analytics/unknown", 404)
    program.write(mastodon, type="now")

    def told() -> dict:
        return program.ask("GET", "/notifications", 200)

    until(lambda: told()["total"] == 1, 30, "a notification")
    page = told()
    assert page["page"] == 0 and page["limit"] == 100 and page["hasMore"] is False
    assert page["notifications"][0].keys() == {"id", "content", "link", "createdAt"}
    assert program.ask("GET", "/notifications", 200, params={"page": "1"})["notifications"] == []
    assert program.ask("GET", "/notifications", 400, params={"page": "-1"})["message"]


def test_a_person_is_sent_where_channels_are_connected(program):
    assert program.ask("GET", "/social/x", 200)["url"].startswith("http")
    assert "/channels/connect/bluesky" in program.ask("GET", "/social/bluesky", 200)["url"]
    assert program.ask("GET", "/social/nothing", 400)["msg"]


def test_what_is_not_here_is_refused_in_words(program):
    assert program.ask("POST", "/generate-video", 400, {"type": "veo3"})["message"]
    assert program.ask("POST", "/video/function", 400, {"identifier": "image-text-slides", "functionName": "loadVoices"})["message"]
    assert program.ask("GET", "/users", 403, params={"name": "a"})["msg"] == "Unauthorized"
    nope = program.ask("GET", "/nope", 404)
    assert nope["message"] == "Cannot GET /public/v1/nope" and nope["error"] == "Not Found"
    assert program.ask("PATCH", "/posts", 404, {})["message"] == "Cannot PATCH /public/v1/posts"


@pytest.mark.parametrize("settings, words", [
    ({"post_type": "essay"}, "article"), ({"who_can_reply_post": "nobody"}, ""),
])
def test_settings_that_would_make_another_post_of_it_are_refused(program, client, account_name, settings, words):
    x = client.connect("x", account_name)["id"]
    assert words in str(program.write(x, 400, settings=settings)["message"])
    program.write(x, settings={"post_type": "post", "who_can_reply_post": "everyone", "title": "unknown here"})


SETTINGS = [
    ("instagram", {"post_type": "image", "collaborators": [{"label": "ada"}, {"label": "grace"}], "audio": {"id": 7}},
     {"post_type": "auto", "collaborators": "ada, grace", "audio_id": "7"}),
    ("youtube", {"title": "Bread", "type": "public", "post_type": "post", "tags": [{"value": "1", "label": "rye"}, {"value": "2", "label": "spelt"}]},
     {"title": "Bread", "type": "public", "tags": "rye, spelt"}),
    ("reddit", {"subreddit": [{"value": {
        "subreddit": "bread", "title": "Rye", "type": "link", "url": "https://example.com", "flair": {"id": "f1", "name": "News"}}}]},
     {"subreddit": "bread", "title": "Rye", "post_type": "link", "url": "https://example.com", "flair_id": "f1"}),
    ("tiktok", {"privacy_level": "SELF_ONLY", "duet": True, "comment": "no", "content_posting_method": "DIRECT_POST", "post_type": "post"},
     {"privacy_level": "SELF_ONLY", "duet": True, "comment": False}),
    ("linkedin", {"post_as_images_carousel": False, "carousel_name": "Bread"}, {"carousel_name": "Bread"}),
]
REFUSED = [
    ("instagram", {"post_type": "advertisement"}),
    ("reddit", {"subreddit": [{"value": {}}, {"value": {}}]}), ("tiktok", {"content_posting_method": "UPLOAD"}),
]


def test_settings_become_those_of_the_same_meaning(program, client, account_name):
    channels = {platform: client.connect(platform, "ada" if platform == "instagram" else account_name)["id"] for platform, _, _ in SETTINGS}
    for platform, theirs, ours in SETTINGS:
        made = program.write(channels[platform], type="draft", settings=theirs)[0]["postId"]
        assert json.loads(program.row(made)["settings"]) == ours | {"__type": platform}
    for platform, theirs in REFUSED:
        assert program.write(channels[platform], 400, type="draft", settings=theirs)["message"]


def test_more_posts_than_allowed_are_told_with_their_headers(start_postiz):
    from client import new_account

    postiz = start_postiz(API_LIMIT="2", CREATE_LIMIT_PER_MINUTE="0", RATE_LIMIT_PER_MINUTE="0")
    session, client = new_account(postiz.base)
    with Program(postiz.base, client.key) as program:
        for _ in range(2):
            answer = program.post("/posts", content="{}")
            assert answer.status_code == 400
        answer = program.post("/posts", content="{}")
        assert answer.status_code == 429 and answer.json()["statusCode"] == 429 and int(answer.headers["Retry-After"]) > 0
        assert answer.headers["X-RateLimit-Limit"] == "2" and answer.headers["X-RateLimit-Remaining"] == "0"
        assert 0 < int(answer.headers["X-RateLimit-Reset"]) <= 3600
    session.close()
    client.close()


def test_the_package_postiz_agent_works_as_it_is_installed(postiz, client, simulator, mastodon, tmp_path):
    picture = tmp_path / "loaf.png"
    picture.write_bytes(png())
    python = ROOT / ".venv-postiz/bin/python"
    done = subprocess.run(
        [python, ROOT / "Tests/EndToEnd/clients/postiz_agent_story.py", postiz.base, client.key, mastodon, picture],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-3000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["connected"] is True and [channel["identifier"] for channel in seen["channels"]] == ["mastodon"]
    assert {post["content"] for post in seen["posts"]} == {"From the agent", "Later &amp; louder", "An idea"}
    assert seen["left"] == [seen["now"][0]["postId"]] and seen["deleted"]["id"] == seen["planned"][0]["postId"]
    post = f"/api/posts/{seen['left'][0]}"
    until(lambda: client.call("GET", post)["status"] == "PUBLISHED", 30, "published")
    assert client.call("GET", post)["tags"] == ["news"] and seen["missing"] == [] and seen["notifications"]["limit"] == 100
    texts = json.dumps(simulator.publications("mastodon"))
    assert "From the agent" in texts and "And a second part" in texts
