"""The simulated Reddit, judged by `praw` of the Python Package Index: it takes what that client sends, and that client reads what it answers."""
import httpx
import praw
import prawcore
import pytest
import requests
from praw.exceptions import RedditAPIException
from praw.models import PostMedia

from client import new_account
from pictures import png

CALLBACK = "https://app.example.com/callback"
SCOPES = ["identity", "submit", "read", "flair", "history", "edit", "mysubreddits"]
AGENT = "linux:com.example.test:v1 (by /u/chidi)"
TEA = "0a1b2c3d-1111-11ee-8000-000000000002"


class Plain(requests.Session):
    """The client sends files to `https:` in every case; the simulator speaks `http:`."""

    def request(self, method, url, *arguments, **named):
        return super().request(method, url.replace("https://127.0.0.1", "http://127.0.0.1"), *arguments, **named)


def client_for(simulator, **more) -> praw.Reddit:
    base = simulator.base + "/reddit"
    return praw.Reddit(
        client_id="sim-reddit-id", client_secret="sim-reddit-secret", user_agent=AGENT, redirect_uri=CALLBACK, reddit_url=base,
        oauth_url=base + "/",  # paths are joined to it as to a page
        short_url=base, check_for_updates=False, requestor_kwargs={"session": Plain()}, **more)


@pytest.fixture(scope="module")
def token(simulator) -> str:
    reddit = client_for(simulator)
    address = reddit.auth.url(scopes=SCOPES, state="s", duration="permanent")
    back = httpx.get(address + "&auto=allow&account=chidi").headers["location"]
    query = httpx.URL(back).params
    assert query["state"] == "s"
    return reddit.auth.authorize(query["code"])


@pytest.fixture
def reddit(simulator, token) -> praw.Reddit:
    return client_for(simulator, refresh_token=token)


def latest(simulator) -> dict:
    return simulator.publications("reddit", "chidi")[-1]


def test_signing_in_gives_the_account_and_its_permissions(reddit):
    assert reddit.user.me().name == "chidi" and reddit.user.me().total_karma > 0
    assert reddit.auth.scopes() == set(SCOPES)


def test_a_code_works_once_and_a_wrong_secret_is_refused(simulator):
    reddit = client_for(simulator)
    back = httpx.get(reddit.auth.url(scopes=["identity"], state="s", duration="temporary") + "&auto=allow&account=bo").headers["location"]
    code = httpx.URL(back).params["code"]
    assert reddit.auth.authorize(code) is None  # temporary: nothing to renew with
    with pytest.raises(prawcore.exceptions.OAuthException) as refusal:
        reddit.auth.authorize(code)
    assert refusal.value.error == "invalid_grant"
    wrong = praw.Reddit(
        client_id="sim-reddit-id", client_secret="wrong", user_agent=AGENT, refresh_token="none", reddit_url=simulator.base + "/reddit",
        oauth_url=simulator.base + "/reddit/", check_for_updates=False)
    with pytest.raises(prawcore.exceptions.ResponseException) as refused:
        wrong.user.me()
    assert refused.value.response.status_code == 401


def test_texts_and_links(reddit, simulator):
    test = reddit.subreddit("test")
    text = test.submit("A title", selftext="Tea & <cake>", flair_id=TEA, flair_text="Green", send_replies=False)
    assert latest(simulator)["id"] == text.fullname and latest(simulator)["text"] == "Tea & <cake>"
    assert (text.title, text.selftext, text.subreddit.display_name, text.link_flair_text) == ("A title", "Tea & <cake>", "test", "Green")
    assert text.author.name == "chidi" and text.is_self
    link = test.submit("A link", url="https://example.com/praw", nsfw=True)
    assert link.url == "https://example.com/praw" and link.over_18 and not link.is_self
    assert [post.id for post in reddit.user.me().submissions.new(limit=2)] == [link.id, text.id]


def test_pictures_galleries_films_and_polls(reddit, simulator):
    test = reddit.subreddit("test")
    test.submit("A picture", image=PostMedia(png(), name="a.png"), without_websockets=True)
    assert [item["kind"] for item in latest(simulator)["media"]] == ["image"]
    test.submit("A film", video=PostMedia(b"\0\0\0\x18ftypmp42" + bytes(5000), name="a.mp4"), without_websockets=True)
    assert [item["kind"] for item in latest(simulator)["media"]] == ["video"]
    gallery = test.submit("A gallery", gallery=[PostMedia(png(), name="a.png"), {"media": PostMedia(png(), name="b.png"), "caption": "Two"}])
    assert gallery.is_gallery and len(latest(simulator)["media"]) == 2
    poll = test.submit("A poll", selftext="Which?", poll={"options": ["Tea", "Coffee"], "duration": 3})
    assert poll.fullname == latest(simulator)["id"] and latest(simulator)["details"]["options"] == ["Tea", "Coffee"]


def test_comments_editing_and_deleting(reddit, simulator):
    post = reddit.subreddit("test").submit("To be answered", selftext="Text")
    comment = post.reply("First & foremost")
    answer = comment.reply("An answer")
    assert comment.body == "First & foremost" and answer.parent_id == comment.fullname
    assert [each.body for each in reddit.submission(post.id).comments] == ["First & foremost"]
    assert [thing.fullname for thing in reddit.info(fullnames=[post.fullname, comment.fullname])] == [post.fullname, comment.fullname]
    assert post.edit("Changed").selftext == "Changed"
    comment.delete()
    post.delete()
    assert list(reddit.info(fullnames=[post.fullname])) == []


def test_communities_and_their_flairs(reddit):
    assert [each.display_name for each in reddit.subreddits.search("manners")] == ["polite"]
    assert reddit.subreddit("test").submission_type == "any"
    assert [flair["text"] for flair in reddit.subreddit("flairs").flair.link_templates] == ["Question", "Tea", "Official"]
    assert reddit.subreddit("flairs").post_requirements()["is_flair_required"]


@pytest.mark.parametrize("community, code", [
    ("nosuch", "SUBREDDIT_NOEXIST"), ("closed", "SUBREDDIT_NOTALLOWED"), ("banned", "BANNED_FROM_SUBREDDIT"), ("linksonly", "NO_SELFS")])
def test_what_a_community_refuses_comes_as_the_clients_own_error(reddit, community, code):
    with pytest.raises(RedditAPIException) as refusal:
        reddit.subreddit(community).submit("A title", selftext="Text")
    assert [item.error_type for item in refusal.value.items] == [code]


def test_a_rule_of_a_community_comes_as_the_clients_own_error(reddit):
    with pytest.raises(RedditAPIException) as refusal:
        reddit.subreddit("polite").submit("Do not shout", selftext="Text")
    assert refusal.value.items[0].error_type == "SUBMIT_VALIDATION_TITLE_BLACKLISTED_STRING"


def test_the_client_reads_what_the_product_publishes(reddit, simulator, postiz):
    session, client = new_account(postiz.base)
    channel = client.connect("reddit", "bo")
    assert channel["username"] == "bo"
    picture = client.upload(png())
    settings = {"subreddit": "r/flairs", "title": "Hello from here", "flair_id": TEA, "flair_text": "Green", "spoiler": True}
    view = client.wait_settled(client.create(
        parts=[{"text": "Tea & <cake>", "mediaIds": [picture["id"]]}, {"text": "The second part"}], platforms=[channel["id"]], schedule="now",
        settings={channel["id"]: settings})["id"], 120)
    assert view["status"] == "PUBLISHED", view
    published = view["publications"][0]
    post = reddit.submission(published["platformPostId"].removeprefix("t3_"))
    assert (post.title, post.selftext, post.author.name, post.subreddit.display_name) == ("Hello from here", "Tea & <cake>", "bo", "flairs")
    assert post.spoiler and post.link_flair_text == "Green"
    assert published["url"].endswith(post.permalink)
    assert [comment.body for comment in post.comments] == ["The second part"]
    session.close()
    client.close()
