"""The simulated X, judged by `tweepy` of the Python Package Index: it takes what that client sends, and that client reads what it answers."""
import hashlib
import io

import httpx
import pytest
import requests
import tweepy

from pictures import noise, png

KEY, SECRET = "sim-x-key", "sim-x-secret"
CALLBACK = "https://app.example.com/callback"
SCOPES = ["tweet.read", "tweet.write", "users.read", "media.write", "offline.access"]
FILM = b"\0\0\0\x18ftypmp42" + noise(2_500_000)


def at(simulator, address: str) -> str:
    """The client knows X's own hosts only: what goes there goes to the simulator."""
    for host in ("api.twitter.com", "upload.twitter.com", "twitter.com"):
        address = address.replace(f"https://{host}/", f"{simulator.base}/x/", 1)
    return address


class Moved(requests.Session):
    """Moves a request before it is signed."""

    def __init__(self, simulator):
        super().__init__()
        self.simulator = simulator

    def request(self, method, url, *arguments, **named):
        return super().request(method, at(self.simulator, url), *arguments, **named)


class SignIn(tweepy.OAuth1UserHandler):
    def __init__(self, simulator, secret: str = SECRET):
        super().__init__(KEY, secret, callback=CALLBACK)
        self.simulator = simulator

    def _get_oauth_url(self, endpoint):
        return at(self.simulator, super()._get_oauth_url(endpoint))

    def tokens(self, account: str) -> tuple[str, str]:
        back = httpx.get(self.get_authorization_url() + f"&auto=allow&account={account}").headers["location"]
        return self.get_access_token(httpx.URL(back).params["oauth_verifier"])


class Elsewhere(requests.adapters.HTTPAdapter):
    """For sign-in by OAuth 2, which insists on https until the request is ready."""

    def __init__(self, simulator):
        super().__init__()
        self.simulator = simulator

    def send(self, request, *arguments, **named):
        request.url = at(self.simulator, request.url)
        return super().send(request, *arguments, **named)


def client_with(simulator, **credentials) -> tweepy.Client:
    client = tweepy.Client(**credentials)
    client.session = Moved(simulator)
    return client


@pytest.fixture(scope="module")
def tokens(simulator) -> tuple[str, str]:
    return SignIn(simulator).tokens("chidi")


@pytest.fixture
def client(simulator, tokens) -> tweepy.Client:
    return client_with(
        simulator, consumer_key=KEY, consumer_secret=SECRET, access_token=tokens[0], access_token_secret=tokens[1])


@pytest.fixture
def files(simulator, tokens) -> tweepy.API:
    """The part of the client that sends files: it does so by commands, as API v1.1 has them."""
    api = tweepy.API(tweepy.OAuth1UserHandler(KEY, SECRET, *tokens))
    api.session = Moved(simulator)
    return api


def latest(simulator) -> dict:
    return simulator.publications("x", "chidi")[-1]


def test_who_it_is(client):
    me = client.get_me(user_fields=["created_at", "public_metrics", "verified", "profile_image_url"]).data
    assert (me.username, me.verified) == ("chidi", False) and me.created_at.year > 2000
    assert me.public_metrics["followers_count"] > 0 and me.profile_image_url.startswith("http")
    assert client.get_user(username="verity", user_auth=True, user_fields="verified").data.verified
    nobody = client.get_user(username="nobody_here", user_auth=True)
    assert nobody.data is None and nobody.errors[0]["title"] == "Not Found Error"


def test_a_wrong_secret_is_refused_and_a_verifier_works_once(simulator):
    with pytest.raises(tweepy.TweepyException):
        SignIn(simulator, secret="wrong").get_authorization_url()
    sign_in = SignIn(simulator)
    address = sign_in.get_authorization_url()
    verifier = httpx.URL(httpx.get(address + "&auto=allow&account=bo").headers["location"]).params["oauth_verifier"]
    assert all(sign_in.get_access_token(verifier))
    with pytest.raises(tweepy.TweepyException):
        sign_in.get_access_token(verifier)


def test_signing_in_with_oauth_2_posts_and_renews(simulator):
    sign_in = tweepy.OAuth2UserHandler(client_id=KEY, redirect_uri=CALLBACK, scope=SCOPES, client_secret=SECRET)
    sign_in.mount("https://api.twitter.com/", Elsewhere(simulator))
    address = at(simulator, sign_in.get_authorization_url())
    token = sign_in.fetch_token(httpx.get(address + "&auto=allow&account=bo").headers["location"])
    assert set(token["scope"]) == set(SCOPES) and token["expires_in"] == 7200
    client = client_with(simulator, bearer_token=token["access_token"])
    assert client.get_me(user_auth=False).data.username == "bo"
    made = client.create_tweet(text="By OAuth 2", user_auth=False).data
    assert client.get_tweet(made["id"]).data.text == "By OAuth 2"
    assert client.delete_tweet(made["id"], user_auth=False).data == {"deleted": True}
    renewed = sign_in.refresh_token("https://api.twitter.com/2/oauth2/token", refresh_token=token["refresh_token"], auth=sign_in.auth)
    assert renewed["access_token"] != token["access_token"]


def test_a_post_and_a_thread_below_it(client, simulator):
    first = client.create_tweet(text="Tea & <cake>", reply_settings="following").data
    assert latest(simulator)["id"] == first["id"] and latest(simulator)["text"] == "Tea & <cake>"
    second = client.create_tweet(text="More of it", in_reply_to_tweet_id=first["id"]).data
    read = client.get_tweet(
        second["id"], user_auth=True, tweet_fields=["created_at", "conversation_id", "referenced_tweets", "in_reply_to_user_id", "author_id"]).data
    assert (str(read.conversation_id), str(read.referenced_tweets[0].id), read.referenced_tweets[0].type) == (first["id"], first["id"], "replied_to")
    assert read.author_id == client.get_me().data.id == read.in_reply_to_user_id and read.created_at.tzinfo
    root = client.get_tweet(first["id"], user_auth=True, tweet_fields="reply_settings,public_metrics").data
    assert root.data["reply_settings"] == "following" and root.public_metrics["reply_count"] == 1
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text="Tea & <cake>")
    with pytest.raises(tweepy.BadRequest):
        client.create_tweet(text=" ")


def test_polls_and_labels_of_a_community(client, simulator):
    client.create_tweet(text="Which?", poll_options=["Tea", "Coffee"], poll_duration_minutes=60)
    assert latest(simulator)["details"]["poll"]["options"] == ["Tea", "Coffee"]
    client.create_tweet(text="For the community", community_id="1493446837214187523")
    assert latest(simulator)["details"]["community_id"] == "1493446837214187523"


def test_a_picture_with_its_description(client, files, simulator):
    media = files.media_upload("a.png", file=io.BytesIO(png()), media_category="tweet_image")
    files.create_media_metadata(media.media_id, "A cup")
    client.create_tweet(text="With a picture", media_ids=[media.media_id])
    assert [(item["kind"], item["altText"]) for item in latest(simulator)["media"]] == [("image", "A cup")]


def test_a_film_in_segments(client, files, simulator):
    media = files.media_upload("a.mp4", file=io.BytesIO(FILM), media_category="tweet_video", chunk_size=1 << 20)
    assert media.processing_info["state"] == "succeeded" and media.size == len(FILM)
    client.create_tweet(text="With a film", media_ids=[media.media_id_string])
    [item] = latest(simulator)["media"]
    assert (item["kind"], item["byteCount"], item["sha256"]) == ("video", len(FILM), hashlib.sha256(FILM).hexdigest())
    with pytest.raises(tweepy.BadRequest):
        files.chunked_upload_finalize(1)


def test_a_segment_that_is_missing_is_told_at_the_end(files):
    media = files.chunked_upload_init(4000, "video/mp4", media_category="tweet_video")
    files.chunked_upload_append(media.media_id, ("a.mp4", bytes(1000)), 0)
    with pytest.raises(tweepy.BadRequest):
        files.chunked_upload_finalize(media.media_id)


def test_the_timeline_page_after_page(client):
    me = client.get_me().data.id
    made = [client.create_tweet(text=f"Number {number}").data["id"] for number in range(7)]
    pages = tweepy.Paginator(client.get_users_tweets, me, max_results=5, user_auth=True, limit=2)
    assert [str(post.id) for page in pages for post in page.data][:7] == made[::-1]
    since = client.get_users_tweets(me, since_id=made[4], user_auth=True, exclude=["replies"])
    assert [str(post.id) for post in since.data] == made[:4:-1] and since.meta["result_count"] == 2


def test_figures(client):
    post = client.create_tweet(text="To be counted").data["id"]
    found = client.get_tweets([post, "1"], user_auth=True, tweet_fields=["public_metrics", "non_public_metrics"])
    [read] = found.data
    assert {"like_count", "retweet_count", "reply_count", "impression_count"} <= read.public_metrics.keys()
    assert "url_link_clicks" in read.non_public_metrics and found.errors[0]["value"] == "1"
    assert client.retweet(post).data["retweeted"]


def test_deleting_and_what_is_gone(client):
    post = client.create_tweet(text="To be deleted").data["id"]
    assert client.delete_tweet(post).data == {"deleted": True}
    with pytest.raises(tweepy.NotFound):
        client.delete_tweet(post)
    assert client.get_tweet(post, user_auth=True).data is None
