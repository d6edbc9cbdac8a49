"""What people ask their assistants for, by every way to the product; each story ends with what the platforms show."""
from __future__ import annotations

import asyncio
import base64
import datetime
import json
import subprocess
import zoneinfo

import anyio
import pytest

from assistant import WAYS, Refused, assistant
from client import connect_all, moment, new_account, new_key
from pictures import png
from programs import ROOT, Postiz, until
from scripted import Asked, ScriptedServer

PARIS = zoneinfo.ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def pictures():
    """A web server with a picture."""
    def script(asked: Asked) -> None:
        asked.answer(200, png(64, 48), Content_Type="image/png")

    with ScriptedServer(script) as server:
        yield server


@pytest.fixture(scope="module")
def postiz(simulator, pictures, tmp_path_factory):
    with Postiz("postiz-mcp-story", tmp_path_factory.mktemp("postiz"), simulator, LOOKUP_SETTLE_SECONDS="2",
                ALLOWED_PRIVATE_HOSTS=pictures.base.removeprefix("http://")) as running:
        yield running


@pytest.fixture(scope="module")
def world(postiz, simulator):
    """A person in Paris with a channel on every platform; each test writes texts of its own."""
    session, client = new_account(postiz.base)
    account = "assisted"
    channels = connect_all(client, simulator, account)
    yield session, client, account, channels
    session.close()
    client.close()


@pytest.fixture
def client(world):
    return world[1]


@pytest.fixture
def account(world):
    return world[2]


@pytest.fixture(params=WAYS)
def talk(request, postiz, client):
    """Holds a conversation by one of the ways."""
    def run(story, key: str | None = None):
        return converse(assistant(request.param, postiz, key or client.key), story)

    run.way = request.param
    return run


@pytest.fixture
def text(request):
    """Words that no other test uses."""
    return f"About-{request.node.name}"


def converse(opening, story):
    """What the story gives or raises, without the task groups of the client around it."""
    value = problem = None

    async def conversation():
        nonlocal value, problem
        async with opening as helper:
            try:
                value = await story(helper)
            except (Refused, AssertionError) as caught:
                problem = caught

    try:
        asyncio.run(asyncio.wait_for(conversation(), 60))
    except* anyio.BrokenResourceError:
        pass  # the client's way to close HTTP+SSE while a message arrives
    if problem:
        raise problem
    return value


def shown(simulator, platform: str, text: str) -> list[dict]:
    return [item for item in simulator.publications(platform) if item["text"] == text]


def appears(simulator, platform: str, text: str, seconds: float = 20) -> dict:
    (one,) = until(lambda: shown(simulator, platform, text), seconds, f"{text!r} on {platform}", pause=0.1)
    return one


def test_show_my_accounts(talk, client):
    async def story(helper):
        listed = await helper.call("list_channels")
        workspace = await helper.call("get_workspace")
        return listed, workspace

    listed, workspace = talk(story)
    known = {item["id"]: item["displayName"] for item in client.call("GET", "/api/integrations")["items"]}
    assert {item["id"]: item["name"] for item in listed["channels"]} == known and len(known) == 4
    assert workspace["time_zone"] == "Europe/Paris" and {item["id"] for item in workspace["channels"]} == set(known)
    assert abs((moment(workspace["now"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()) < 60


def test_post_to_x_now(talk, client, simulator, account, text):
    async def story(helper):
        made = await helper.call("create_post", channels=["x"], text=text, action="publish_now", idempotency_key=text)
        again = await helper.call("create_post", channels=["x"], text=text, action="publish_now", idempotency_key=text)
        assert again["post"]["id"] == made["post"]["id"]
        return made

    made = talk(story)
    assert made["saved"] and made["url"].endswith(made["post"]["id"])
    published = appears(simulator, "x", text)
    post = client.wait_settled(made["post"]["id"])
    assert post["status"] == "PUBLISHED" and post["origin"] == "MCP" and list(post["platformPostIds"].values()) == [published["id"]]
    assert len(shown(simulator, "x", text)) == 1


def test_write_a_draft_for_linkedin(talk, client, simulator, text):
    async def story(helper):
        return await helper.call("create_post", channels=["linkedin"], text=text)

    made = talk(story)
    assert client.post_by_id(made["post"]["id"])["status"] == "DRAFT" and "draft" in made["message"].lower()
    assert shown(simulator, "linkedin", text) == []


def test_the_same_to_three_platforms(talk, client, simulator, text):
    async def story(helper):
        return await helper.call(
            "create_post", channels=["x", "mastodon", "linkedin"], text=text, action="publish_now",
            versions=[{"channel": "mastodon", "text": text + " for Mastodon"}])

    made = talk(story)
    client.wait_settled(made["post"]["id"])
    appears(simulator, "x", text)
    appears(simulator, "linkedin", text)
    appears(simulator, "mastodon", text + " for Mastodon")


def test_tomorrow_at_nine_and_then_not(talk, client, simulator, text):
    tomorrow = (datetime.datetime.now(PARIS) + datetime.timedelta(days=1)).date()

    async def story(helper):
        made = await helper.call("create_post", channels=["x"], text=text, action="schedule", scheduled_for=f"{tomorrow}T09:00")
        planned = await helper.call("list_posts", status="SCHEDULED", text=text)
        queue = await helper.call("list_queue", days=2)
        assert [item["id"] for item in planned["posts"]] == [made["post"]["id"]]
        assert made["post"]["id"] in {item["post_id"] for day in queue["days"] for item in day["items"]}
        return made, await helper.call("cancel_post", post=made["post"]["url"])

    made, cancelled = talk(story)
    nine = datetime.datetime(tomorrow.year, tomorrow.month, tomorrow.day, 9, tzinfo=PARIS)
    assert moment(made["post"]["scheduled_for"]) == nine
    assert client.post_by_id(made["post"]["id"])["status"] in ("DRAFT", "CANCELLED") and cancelled["message"]
    assert shown(simulator, "x", text) == []


def test_in_two_hours_and_then_at_once(talk, client, simulator, text):
    then = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=2)

    async def story(helper):
        made = await helper.call(
            "create_post", channels=["mastodon"], text=text, action="schedule", scheduled_for=then.isoformat(timespec="seconds"))
        await helper.call("publish_post", post=made["post"]["id"])
        return made

    made = talk(story)
    assert abs((moment(made["post"]["scheduled_for"]) - then).total_seconds()) <= 1
    appears(simulator, "mastodon", text)
    assert client.wait_settled(made["post"]["id"])["status"] == "PUBLISHED"


def test_a_change_before_it_goes_out(talk, client, simulator, text):
    async def story(helper):
        made = await helper.call("create_post", channels=["mastodon"], text=text + " with a mistake")
        checked = await helper.call("update_post", post=made["post"]["id"], text=text, dry_run=True)
        await helper.call("update_post", post=made["post"]["id"], text=text)
        await helper.call("publish_post", post=made["post"]["id"])
        return checked

    assert talk(story)["saved"] is False
    appears(simulator, "mastodon", text)


def test_figures_of_the_last_ten_posts(talk, client, simulator, text):
    made = client.create(content=text, platforms=["x", "linkedin"], schedule="now")
    client.wait_settled(made["id"])

    async def story(helper):
        on_x = await helper.call("get_analytics", scope="channel", channel="x", top_posts=10)
        linkedin = await helper.call("get_analytics", scope="channel", channel="linkedin", top_posts=10)
        week = await helper.call("get_analytics", scope="summary")
        return on_x, linkedin, week

    on_x, linkedin, week = talk(story)
    assert 1 <= len(on_x["recent_posts"]) <= 10 and on_x["recent_posts"][0]["post_id"] == made["id"]
    assert {item["platform"] for item in on_x["recent_posts"]} == {"x"}
    assert linkedin["recent_posts"][0]["post_id"] == made["id"]
    assert "engagement_rate" in linkedin["current"] or linkedin["missing"] is not None, "a rate, or why there is none"
    today = datetime.datetime.now(PARIS).date().isoformat()
    counted = sum(item["published"] for item in week["by_day_and_platform"] if item["platform"] == "x" and item["day"] == today)
    published = [item for item in client.call("GET", "/api/posts?status=PUBLISHED&limit=200")["items"]
                 if any(part["platform"] == "x" for part in item["publications"])]
    assert counted == len(published) > 0
    appears(simulator, "x", text)


def test_a_picture_by_address_and_in_base64(talk, client, simulator, pictures, text):
    async def story(helper):
        fetched = await helper.call("upload_media", url=pictures.base + "/a.png", alt_text="A square")
        sent = await helper.call("upload_media", data=base64.b64encode(png(32, 32)).decode(), filename="b.png")
        made = await helper.call(
            "create_post", channels=["mastodon"], text=text, action="publish_now", media=[fetched["media"]["id"], sent["media"]["id"]])
        return fetched, sent, made

    fetched, sent, made = talk(story)
    assert (fetched["media"]["width"], fetched["media"]["height"]) == (64, 48) and sent["media"]["width"] == 32
    assert fetched["media"]["alt_text"] == "A square" and all(channel["accepted"] for channel in fetched["channels"])
    assert client.wait_settled(made["post"]["id"])["status"] == "PUBLISHED"
    assert len(appears(simulator, "mastodon", text)["media"]) == 2


def test_a_channel_that_must_be_connected_again(talk, postiz, simulator, text):
    """The assistant says so, the post waits, and goes out when a person has mended it."""
    session, client = new_account(postiz.base)
    account = f"lapsed-{talk.way}"
    client.connect("mastodon", account)
    simulator.control("POST", "/revoke", {"platform": "mastodon", "account": account})
    made = client.create(content=text, platforms=["mastodon"], schedule="now")
    until(lambda: client.post_by_id(made["id"])["publications"][0]["status"] == "ON_HOLD", 20, lambda: client.standing(made["id"]))

    async def told(helper):
        """The log is written a moment after what happened, perhaps by another process."""
        with anyio.fail_after(20):
            while not any("reconnect" in item["type"] for item in (await helper.call("list_events"))["events"]):
                await anyio.sleep(0.05)

    async def story(helper):
        channels, post = await helper.call("list_channels"), await helper.call("get_post", post=made["id"])
        await told(helper)
        return channels, post

    channels, post = talk(story, client.key)
    assert channels["channels"][0]["needs_reconnect"] and "again" in channels["message"]
    (trouble,) = [item["error"] for item in post["post"]["channels"]]
    assert "connect" in trouble["what_to_do"] and "again" in trouble["what_to_do"]
    client.connect("mastodon", account)
    appears(simulator, "mastodon", text)
    session.close()
    client.close()


# What goes wrong on the way, once by each era and transport

def refused(talk, tool: str, **arguments: object) -> Refused:
    async def story(helper):
        with pytest.raises(Refused) as caught:
            await helper.call(tool, **arguments)
        return caught.value

    return talk(story)


def test_wrong_arguments_are_said_so_that_a_model_can_mend_them(talk):
    assert "action" in str(refused(talk, "create_post", text="x", action="shout")) 
    wrong = refused(talk, "list_posts", limit="many")
    assert "limit" in str(wrong) and wrong.structured["code"]
    assert "tet" in str(refused(talk, "create_post", tet="x")) 
    nowhere = refused(talk, "create_post", channels=["Myspace"], text="x")
    assert "Myspace" in str(nowhere) and "list_channels" in str(nowhere)
    late = refused(talk, "create_post", channels=["x"], text="x", action="schedule", scheduled_for="2020-01-01T09:00")
    assert late.structured["code"] and "get_workspace" in str(late)


def test_another_post_under_the_same_name_is_refused(talk, text):
    async def story(helper):
        await helper.call("create_post", text=text, idempotency_key=text)
        with pytest.raises(Refused) as caught:
            await helper.call("create_post", text=text + " but different", idempotency_key=text)
        return caught.value

    assert "idempotency_key" in str(talk(story))


def test_a_key_that_may_only_read(talk, world):
    reader = new_key(world[0], ["posts:read"])

    async def story(helper):
        tools = {tool.name for tool in (await helper.client.list_tools()).tools}
        with pytest.raises(Refused) as caught:
            await helper.call("create_post", text="x")
        return tools, caught.value

    tools, missing = talk(story, reader.key)
    assert "list_posts" in tools and not {"create_post", "delete_post", "upload_media", "get_analytics"} & tools
    assert "posts:write" in str(missing) and "API keys" in str(missing)


def test_resources_and_prompts(talk, client, text):
    made = client.create(content=text, status="DRAFT")

    async def story(helper):
        listed = [str(item.uri) for item in (await helper.client.list_resources()).resources]
        post = await helper.client.read_resource(f"postiz://posts/{made['id']}")
        prompts = [item.name for item in (await helper.client.list_prompts()).prompts]
        plan = await helper.client.get_prompt("plan_week", {"topic": "Rain"})
        return listed, post, prompts, plan

    listed, post, prompts, plan = talk(story)
    assert {"postiz://workspace", "postiz://channels", "postiz://queue", "postiz://events"} <= set(listed)
    assert text in post.contents[0].text
    assert {"plan_week", "write_thread", "repurpose", "review_queue", "performance_report", "fix_failed"} <= set(prompts)
    assert "Rain" in plan.messages[0].content.text


FIRST_GENERATION = ROOT / ".venv-mcp1/bin/python"


@pytest.mark.skipif(not FIRST_GENERATION.exists(), reason="bin/setup test installs the client's first generation")
@pytest.mark.parametrize("way", ["sse", "streamable"])
def test_the_first_generation_of_the_client(postiz, client, simulator, way):
    text = f"From the first generation by {way}"
    script = ROOT / "Tests/EndToEnd/first_generation.py"
    done = subprocess.run(
        [FIRST_GENERATION, script, way, postiz.base, client.key, text], capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["revision"] == "2025-11-25" and len(seen["tools"]) == 21 and seen["made"]["saved"]
    assert seen["wrong"][0] is True and "Myspace" in seen["wrong"][1]
    assert text in seen["resource"] and "Rain" in seen["prompt"] and "ResourceUpdatedNotification" in seen["told"]
    appears(simulator, "x", text)
