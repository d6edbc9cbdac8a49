"""The simulated Bluesky, judged by `atproto` of the Python Package Index: it takes what that client sends, and that client reads what it answers."""
import pytest
from atproto import Client, client_utils, models
from atproto_client.exceptions import AtProtocolError

from client import new_account
from pictures import png

PASSWORD = "abcd-efgh-ijkl-mnop"


def handle(name: str) -> str:
    return f"{name}.bsky.example.com"


@pytest.fixture
def bluesky(simulator):
    client = Client(base_url=simulator.base + "/bluesky")
    client.login(handle("chidi"), PASSWORD)
    return client


def latest(simulator) -> dict:
    return simulator.publications("bluesky", "chidi")[-1]


def test_signing_in_gives_the_profile_and_a_session_that_can_be_renewed(bluesky, simulator):
    assert bluesky.me.handle == handle("chidi") and bluesky.me.display_name == "Chidi Example"
    assert bluesky.me.followers_count >= 50
    assert bluesky.resolve_handle(handle("bo")).did.startswith("did:plc:")
    again = Client(base_url=simulator.base + "/bluesky")
    again.login(session_string=bluesky.export_session_string())
    assert again.me.did == bluesky.me.did


def test_an_access_token_that_ended_is_renewed_by_the_client(bluesky, simulator):
    before = bluesky.export_session_string()
    simulator.control("POST", "/expire-tokens", {"platform": "bluesky", "account": "chidi"})
    with pytest.raises(AtProtocolError) as refusal:
        bluesky.com.atproto.server.get_session()
    assert refusal.value.response.status_code == 400
    assert refusal.value.response.content.error == "ExpiredToken"
    bluesky._refresh_and_set_session()
    assert bluesky.export_session_string() != before
    assert bluesky.send_post("After renewing").uri.startswith("at://")


def test_a_wrong_password_is_refused(simulator):
    with pytest.raises(AtProtocolError) as refusal:
        Client(base_url=simulator.base + "/bluesky").login(handle("chidi"), "wrong")
    assert refusal.value.response.status_code == 401
    assert refusal.value.response.content.error == "AuthenticationRequired"


def test_rich_text_replies_and_quotes(bluesky, simulator):
    text = client_utils.TextBuilder().text("Go 👩‍💻 to ").link("https://example.com/é", "https://example.com/é").text(" with ")
    text = text.mention("@" + handle("bo"), bluesky.resolve_handle(handle("bo")).did).text(" ").tag("#swift", "swift")
    root = bluesky.send_post(text, langs=["en"])
    root_ref = models.create_strong_ref(root)
    reply = bluesky.send_post("A reply", reply_to=models.AppBskyFeedPost.ReplyRef(parent=root_ref, root=root_ref))
    assert latest(simulator)["parentId"] == root.uri
    quote = bluesky.send_post("A quote", embed=models.AppBskyEmbedRecord.Main(record=root_ref))
    posts = bluesky.get_posts([root.uri, reply.uri, quote.uri]).posts
    assert [post.record.text for post in posts] == [text.build_text(), "A reply", "A quote"]
    assert posts[0].record.facets[0].index.byte_start == 18 and posts[0].reply_count == 1
    assert posts[2].record.embed.record.uri == root.uri


def test_the_clients_own_marks_are_those_of_the_text(bluesky, simulator):
    text = f"See https://example.com/a, @{handle('bo')} and #tea"
    bluesky.send_post(text, facets=bluesky.detect_facets(text))
    facets = latest(simulator)["details"]["facets"]
    words = [text.encode()[facet["index"]["byteStart"]:facet["index"]["byteEnd"]].decode() for facet in facets]
    assert words == ["https://example.com/a", "@" + handle("bo"), "#tea"]


def test_pictures_and_films(bluesky, simulator):
    bluesky.send_images("Pictures", [png(), png()], image_alts=["One", "Two"])
    assert [item["altText"] for item in latest(simulator)["media"]] == ["One", "Two"]
    bluesky.send_video("A film", b"\0\0\0\x18ftypmp42" + bytes(5000), video_alt="Waves")
    assert [(item["kind"], item["altText"]) for item in latest(simulator)["media"]] == [("video", "Waves")]


def test_likes_reposts_and_deleting(bluesky, simulator):
    post = bluesky.send_post("To be liked")
    before = bluesky.get_posts([post.uri]).posts[0]
    bluesky.like(post.uri, post.cid)
    bluesky.repost(post.uri, post.cid)
    after = bluesky.get_posts([post.uri]).posts[0]
    assert (after.like_count - before.like_count, after.repost_count - before.repost_count) == (1, 1)
    assert bluesky.get_post(post.uri.split("/")[-1]).value.text == "To be liked"
    assert bluesky.get_author_feed(bluesky.me.did).feed[0].post.uri == post.uri
    assert bluesky.delete_post(post.uri)
    assert bluesky.get_posts([post.uri]).posts == []


def test_a_text_that_is_too_long_is_refused(bluesky):
    bluesky.send_post("é" * 300)
    with pytest.raises(AtProtocolError) as refusal:
        bluesky.send_post("é" * 301)
    assert refusal.value.response.content.error == "InvalidRequest"


def test_the_client_reads_what_the_product_publishes(bluesky, simulator, postiz):
    session, client = new_account(postiz.base)
    channel = client.fill_in("bluesky", identifier="@" + handle("bo"), password=PASSWORD)
    assert channel["username"] == handle("bo")
    picture = client.upload(png(), alt="Soft waves of colour")
    draft = {
        "parts": [{"text": f"Hello @{handle('ada')} https://example.com/é #tea", "mediaIds": [picture["id"]]}, {"text": "The second part"}],
        "platforms": [channel["id"]], "schedule": "now", "settings": {channel["id"]: {"who_can_reply": "nobody", "languages": "en, pt-BR"}},
    }
    view = client.wait_settled(client.create(**draft)["id"], 60)
    assert view["status"] == "PUBLISHED", view
    published = view["publications"][0]
    first = bluesky.get_posts([published["platformPostId"]]).posts[0]
    assert first.author.handle == handle("bo") and first.record.langs == ["en", "pt-BR"]
    assert [facet.features[0].py_type.split("#")[1] for facet in first.record.facets] == ["mention", "link", "tag"]
    assert first.record.embed.images[0].alt == "Soft waves of colour"
    second = bluesky.get_author_feed(first.author.did).feed[0].post
    assert second.record.reply.parent.uri == first.uri and second.record.reply.parent.cid == first.cid
    key = first.uri.split("/")[-1]
    gate = bluesky.app.bsky.feed.threadgate.get(first.author.did, key)
    assert gate.value.post == first.uri and gate.value.allow == []
    assert published["url"].endswith(f"/profile/{handle('bo')}/post/{key}")
    session.close()
    client.close()
