"""The simulated Discord, judged by `discord.py` of the Python Package Index: it takes what that client sends, and that client reads what it answers."""
import asyncio
import datetime
import io
import urllib.parse

import discord
import httpx
import pytest

from client import new_account
from pictures import png
from programs import until

TOKEN = "sim-discord-bot-token"


def run(simulator, account: str, body):
    """Runs `body(client, guild, channels by name)` for the server of `account`, to which the consent page adds the bot."""
    query = {
        "client_id": "sim-discord-id", "response_type": "code", "scope": "bot identify guilds", "permissions": "377957124096",
        "redirect_uri": "https://postiz.example.com/callback", "state": "s", "auto": "allow", "account": account,
    }
    answer = httpx.get(simulator.base + "/discord/oauth2/authorize", params=query)
    guild = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["location"]).query))["guild_id"]
    discord.http.Route.BASE = simulator.base + "/discord/api/v10"

    async def session():
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.login(TOKEN)
            found = await client.fetch_guild(int(guild))
            await body(client, found, {channel.name: channel for channel in await found.fetch_channels()})

    asyncio.run(session())


@pytest.fixture
def chidi(simulator):
    return lambda body: run(simulator, "chidi", body)


def latest(simulator, account: str = "chidi") -> dict:
    return simulator.publications("discord", account)[-1]


def test_the_bot_sees_its_server(chidi):
    async def body(client, guild, channels):
        assert client.user.name == "postiz-bot" and guild.name == "Chidi Example" and guild.approximate_member_count >= 50
        assert {name: channel.type.name for name, channel in channels.items()} == {
            "general": "text", "announcements": "news", "ideas": "forum", "help": "forum", "rules": "text", "Talk": "voice",
        }
        assert [tag.name for tag in channels["ideas"].available_tags] == ["Idea", "Question"]
        assert [role.name for role in await guild.fetch_roles()] == ["@everyone", "Bakers"]
    chidi(body)


def test_a_wrong_token_is_refused(simulator):
    async def attempt():
        discord.http.Route.BASE = simulator.base + "/discord/api/v10"
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.login("wrong")
    with pytest.raises(discord.LoginFailure):
        asyncio.run(attempt())


def test_messages_files_replies_and_cards(chidi, simulator):
    async def body(client, guild, channels):
        picture = png()
        card = discord.Embed(title="Menu", description="Tea", url="https://example.com/menu", colour=0x5865F2)
        files = [discord.File(io.BytesIO(picture), "waves.png", description="Soft waves", spoiler=True), discord.File(io.BytesIO(b"%PDF-1.7"), "a.pdf")]
        root = await channels["general"].send("Hello **all**", files=files, embed=card, silent=True)
        assert root.content == "Hello **all**" and root.embeds[0].title == "Menu" and root.flags.silent
        assert [(file.filename, file.description, file.size) for file in root.attachments] == [
            ("SPOILER_waves.png", "Soft waves", len(picture)), ("a.pdf", None, 8)]
        assert [item["altText"] for item in latest(simulator)["media"]] == ["Soft waves", ""]
        reply = await root.reply("A reply")
        assert reply.reference.message_id == root.id
        changed = await root.edit(content="Changed")
        assert changed.content == "Changed" and changed.edited_at
        assert [message.content async for message in channels["general"].history(limit=2)] == ["A reply", "Changed"]
        await root.delete()
        with pytest.raises(discord.NotFound) as refusal:
            await channels["general"].fetch_message(root.id)
        assert refusal.value.code == 10008
    chidi(body)


def test_a_nonce_meets_the_first_message_again(chidi, simulator):
    async def body(client, guild, channels):
        before = len(simulator.publications("discord", "chidi"))
        messages = [await channels["general"].send("Once", nonce="a-nonce-of-25-characters") for _ in range(2)]
        assert messages[0].id == messages[1].id
        assert len(simulator.publications("discord", "chidi")) == before + 1
    chidi(body)


def test_threads_forums_and_announcements(chidi, simulator):
    async def body(client, guild, channels):
        root = await channels["general"].send("Root")
        thread = await root.create_thread(name="All of it", auto_archive_duration=60)
        assert thread.id == root.id and thread.auto_archive_duration == 60
        await thread.send("Within")
        assert latest(simulator)["parentId"] == f"{channels['general'].id}:{root.id}"
        with pytest.raises(discord.HTTPException) as refusal:
            await root.create_thread(name="Again")
        assert refusal.value.code == 160004
        forum = channels["ideas"]
        made = await forum.create_thread(
            name="An idea", content="Text", file=discord.File(io.BytesIO(png()), "a.png"), applied_tags=[forum.available_tags[0]])
        assert made.thread.id == made.message.id and made.message.attachments
        assert made.thread.id in [open.id for open in await guild.active_threads()]
        with pytest.raises(discord.HTTPException) as refusal:
            await channels["help"].create_thread(name="No tag", content="Text")
        assert refusal.value.code == 40067
        news = await channels["announcements"].send("News")
        await news.publish()
        assert latest(simulator)["details"]["crossposted"]
    chidi(body)


def test_polls(chidi):
    async def body(client, guild, channels):
        poll = discord.Poll("Tea or coffee?", datetime.timedelta(hours=24), multiple=True).add_answer(text="Tea").add_answer(text="Coffee")
        sent = await channels["general"].send(poll=poll)
        assert sent.poll.question == "Tea or coffee?" and [answer.text for answer in sent.poll.answers] == ["Tea", "Coffee"] and sent.poll.multiple
    chidi(body)


def test_refusals_have_discords_codes(chidi):
    async def body(client, guild, channels):
        for call, code in [
            (channels["rules"].send("x"), 50013), (channels["general"].send("x" * 2001), 50035), (channels["general"].send(""), 50006),
            (client.fetch_channel(1), 10003), (client.fetch_guild(1), 10004),
            (channels["general"].send(file=discord.File(io.BytesIO(bytes((10 << 20) + 1)), "big.bin")), 40005),
        ]:
            with pytest.raises(discord.HTTPException) as refusal:
                await call
            assert refusal.value.code == code
    chidi(body)


def test_the_client_reads_what_the_product_publishes(simulator, postiz):
    session, client = new_account(postiz.base)
    channel = client.connect("discord", "bo")
    picture = client.upload(png(), alt="Soft waves of colour")

    async def body(bot, guild, channels):
        draft = {
            "parts": [{"text": "Hello <@800000000000000000>", "mediaIds": [picture["id"]]}, {"text": "The second part"}],
            "platforms": [channel["id"]], "schedule": "now",
            "settings": {channel["id"]: {"channel": str(channels["general"].id), "thread_name": "More of it"}},
        }
        view = client.wait_settled(client.create(**draft)["id"], 60)
        assert view["status"] == "PUBLISHED", view
        published = view["publications"][0]
        message = await channels["general"].fetch_message(int(published["platformPostId"].split(":")[1]))
        assert message.content == "Hello <@800000000000000000>" and message.attachments[0].description == "Soft waves of colour"
        assert message.thread.name == "More of it"
        assert [item.content async for item in message.thread.history()] == ["The second part"]
        assert published["url"].endswith(f"/channels/{guild.id}/{channels['general'].id}/{message.id}")

    run(simulator, "bo", body)
    session.close()
    client.close()


def test_webhooks(chidi, simulator):
    async def body(client, guild, channels):
        made = await channels["general"].create_webhook(name="News")
        hook = discord.Webhook.from_url(made.url, client=client)
        assert (await hook.fetch(prefer_auth=False)).channel_id == channels["general"].id
        picture = png()
        file = discord.File(io.BytesIO(picture), "waves.png", description="Soft waves")
        sent = await hook.send("Hello", username="The Bakery", avatar_url="https://example.com/oven.png", file=file, silent=True, wait=True)
        assert sent.content == "Hello" and sent.author.name == "The Bakery" and sent.webhook_id == made.id
        assert [(item.description, item.size) for item in sent.attachments] == [("Soft waves", len(picture))]
        assert latest(simulator)["details"]["avatar_url"] == "https://example.com/oven.png"
        assert (await hook.fetch_message(sent.id)).content == "Hello"
        assert (await hook.edit_message(sent.id, content="Changed")).content == "Changed"
        await hook.delete_message(sent.id)
        assert await hook.send("Unheard") is None and latest(simulator)["text"] == "Unheard"
        for wrong, code in [
            (hook.fetch_message(sent.id), 10008), (hook.send("x" * 2001), 50035), (hook.send("Title", thread_name="No forum"), 220003),
            (hook.send("x", username="The Discord Times"), 50035), (hook.send("x", thread=discord.Object(1)), 10003),
        ]:
            with pytest.raises(discord.HTTPException) as refusal:
                await wrong
            assert refusal.value.code == code
        await hook.delete(prefer_auth=False)
        with pytest.raises(discord.NotFound) as refusal:
            await hook.send("Gone")
        assert refusal.value.code == 10015
    chidi(body)


def test_webhooks_of_a_forum(chidi, simulator):
    async def body(client, guild, channels):
        forum = channels["ideas"]
        hook = discord.Webhook.from_url((await forum.create_webhook(name="Ideas")).url, client=client)
        with pytest.raises(discord.HTTPException) as refusal:
            await hook.send("No title")
        assert refusal.value.code == 220001
        root = await hook.send("Text", thread_name="An idea", applied_tags=[forum.available_tags[0]], wait=True)
        assert root.channel.id == root.id
        below = await hook.send("Below", thread=discord.Object(root.id), wait=True)
        assert latest(simulator)["parentId"] == f"{root.id}:{root.id}"
        assert (await hook.fetch_message(below.id, thread=discord.Object(root.id))).content == "Below"
    chidi(body)


def test_the_client_reads_what_the_product_publishes_by_a_webhook(simulator, postiz):
    session, client = new_account(postiz.base)

    async def body(bot, guild, channels):
        hook = await channels["general"].create_webhook(name="News")
        refused = client.call("POST", "/api/auth/discord-webhook/form", 502, json={"fields": {"address": hook.url + "x"}})
        assert "does not know this webhook" in refused["error"]["message"] and hook.token not in str(refused)
        channel = client.fill_in("discord-webhook", address=hook.url)
        assert channel["displayName"] == "News"
        picture = client.upload(png(), alt="Soft waves of colour")
        draft = {
            "parts": [{"text": "Hello", "mediaIds": [picture["id"]]}, {"text": "The second part"}], "platforms": [channel["id"]], "schedule": "now",
            "settings": {channel["id"]: {"username": "The Bakery"}},
        }
        view = client.wait_settled(client.create(**draft)["id"], 60)
        assert view["status"] == "PUBLISHED", view
        published = view["publications"][0]
        message = await hook.fetch_message(int(published["platformPostId"].split(":")[1]))
        assert (message.content, message.author.name) == ("Hello", "The Bakery")
        assert message.attachments[0].description == "Soft waves of colour"
        assert [item.content async for item in channels["general"].history(limit=2)] == ["The second part", "Hello"]
        page = httpx.get(published["url"]).text
        assert "By the webhook The Bakery" in page and "Soft waves of colour" in page
        await hook.delete(prefer_auth=False)
        late = client.create(parts=[{"text": "Late"}], platforms=[channel["id"]], schedule="now")["id"]
        until(lambda: client.call("GET", f"/api/integrations/{channel['id']}")["status"] == "NEEDS_RECONNECT", 30, "the channel asks to be connected again")
        said = str(client.post_by_id(late)) + str(client.call("GET", "/api/integrations"))
        assert hook.token not in said + postiz.log.read_text(errors="replace")

    run(simulator, "bo", body)
    session.close()
    client.close()
