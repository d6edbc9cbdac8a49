"""The simulated Facebook, judged by `facebook-business` of the Python Package Index: it takes what that client sends, and that client reads what it answers."""
import httpx
import pytest
from facebook_business.adobjects.page import Page
from facebook_business.adobjects.pagepost import PagePost
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi, FacebookSession
from facebook_business.exceptions import FacebookRequestError

from pictures import png

APP, SECRET = "sim-facebook-id", "sim-facebook-secret"


@pytest.fixture
def connect(simulator, monkeypatch):
    """An API for a token, with the proof of the app's secret."""
    monkeypatch.setattr(FacebookSession, "GRAPH", simulator.base + "/facebook")
    return lambda token, secret=SECRET: FacebookAdsApi(FacebookSession(APP, secret, token))


@pytest.fixture
def person(simulator, connect):
    granted = simulator.control("POST", "/tokens", {"platform": "facebook", "account": "chidi"})
    return User("me", api=connect(granted["accessToken"]))


@pytest.fixture
def page(person, connect):
    page = next(page for page in person.get_accounts(fields=["id", "name", "access_token"]) if page["name"] == "Example Foods")
    return Page(page["id"], api=connect(page["access_token"]))


def latest(simulator) -> dict:
    return simulator.publications("facebook", "example-foods")[-1]


def test_the_person_and_their_pages_are_read_page_by_page(person):
    assert person.api_get(fields=["id", "name"])["name"] == "Chidi Example"
    assert {entry["status"] for entry in person.get_permissions()} == {"granted"}
    pages = list(person.get_accounts(fields=["id", "name", "tasks", "picture"]))
    assert [page["name"] for page in pages] == ["Example Widgets", "Example Foods", "Example Readers"]
    assert pages[0]["tasks"] == ["ANALYZE", "CREATE_CONTENT", "MODERATE"]
    business = next(iter(person.get_businesses(fields=["id", "name"])))
    assert [page["name"] for page in business.get_owned_pages(fields=["name"])] == ["Example Foods", "Example Garden"]


def test_posts_with_links_are_made_read_changed_and_removed(page, simulator):
    made = page.create_feed(fields=["id", "permalink_url"], params={"message": "Tea & cake", "link": "https://example.com/menu"})
    assert latest(simulator)["id"] == made["id"] and latest(simulator)["details"]["link"] == "https://example.com/menu"
    assert "Tea &amp; cake" in httpx.get(made["permalink_url"]).text
    found = next(iter(page.get_published_posts(fields=["id", "message", "created_time"])))
    assert (found["id"], found["message"]) == (made["id"], "Tea & cake")
    post = PagePost(made["id"], api=page.get_api_assured())
    post.api_update(params={"message": "Tea and cake"})
    assert latest(simulator)["text"] == "Tea and cake"
    comment = post.create_comment(fields=["id", "message"], params={"message": "With jam"})
    assert comment["message"] == "With jam"
    assert [entry["id"] for entry in post.get_comments(params={"filter": "stream"})] == [comment["id"]]
    post.api_delete()
    assert made["id"] not in [entry["id"] for entry in simulator.publications("facebook", "example-foods")]
    with pytest.raises(FacebookRequestError) as refusal:
        post.api_get(fields=["id"])
    assert (refusal.value.api_error_code(), refusal.value.api_error_subcode()) == (100, 33)


def test_photos_go_up_as_files_and_become_one_post(page, simulator, tmp_path):
    photos = []
    for number in (1, 2):
        # `create_photo` would send the file's name: only the call below it takes files.
        file = tmp_path / f"{number}.png"
        file.write_bytes(png())
        with file.open("rb") as source:
            made = page.get_api_assured().call(
                "POST", (page["id"], "photos"), {"published": False, "alt_text_custom": f"Picture {number}"}, files={"source": source})
        photos.append(made.json()["id"])
    page.create_feed(params={"message": "Pictures", "attached_media": [{"media_fbid": photo} for photo in photos]})
    assert [item["altText"] for item in latest(simulator)["media"]] == ["Picture 1", "Picture 2"]
    with pytest.raises(FacebookRequestError) as refusal:
        page.create_feed(params={"message": "Again", "attached_media": [{"media_fbid": photos[0]}]})
    assert refusal.value.api_error_subcode() == 1366051


def test_a_reel_goes_through_its_phases(page, simulator):
    start = page.create_video_reel(params={"upload_phase": "start"})
    film = b"\0\0\0\x18ftypmp42" + bytes(5000)
    token = page.get_api_assured()._session.access_token
    sent = httpx.post(start["upload_url"], content=film, headers={"Authorization": f"OAuth {token}", "offset": "0", "file_size": str(len(film))})
    assert sent.json() == {"success": True}
    page.create_video_reel(
        params={"upload_phase": "finish", "video_id": start["video_id"], "video_state": "PUBLISHED", "description": "A reel"})
    assert latest(simulator)["text"] == "A reel" and latest(simulator)["media"][0]["byteCount"] == len(film)
    assert next(iter(page.get_video_reels(fields=["id", "description"])))["id"] == start["video_id"]


def test_figures_by_day_and_a_metric_that_is_gone(page):
    found = list(page.get_insights(params={"metric": ["page_media_view", "page_post_engagements"], "period": "day"}))
    assert [entry["name"] for entry in found] == ["page_media_view", "page_post_engagements"]
    assert set(found[0]["values"][0]["value"]) == {"paid", "organic"}
    with pytest.raises(FacebookRequestError) as refusal:
        page.get_insights(params={"metric": ["page_media_view", "page_impressions"], "period": "day"})
    assert refusal.value.api_error_code() == 100


def test_a_wrong_proof_and_an_ended_token_are_refused(person, connect, simulator):
    token = person.get_api_assured()._session.access_token
    with pytest.raises(FacebookRequestError) as refusal:
        User("me", api=connect(token, "another-secret")).api_get(fields=["id"])
    assert "appsecret_proof" in refusal.value.api_error_message()
    simulator.control("POST", "/expire-tokens", {"platform": "facebook", "account": "chidi"})
    with pytest.raises(FacebookRequestError) as refusal:
        person.api_get(fields=["id"])
    assert (refusal.value.api_error_code(), refusal.value.api_error_subcode()) == (190, 463)
    assert refusal.value.http_status() == 401
