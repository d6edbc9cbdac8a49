"""The simulated Instagram behind Facebook's pages, judged by `facebook-business` of the Python Package Index."""
import functools
import http.server
import threading

import pytest
from facebook_business.adobjects.igmedia import IGMedia
from facebook_business.adobjects.iguser import IGUser
from facebook_business.adobjects.user import User
from facebook_business.api import FacebookAdsApi, FacebookSession
from facebook_business.exceptions import FacebookRequestError
from PIL import Image

APP, SECRET = "sim-facebook-id", "sim-facebook-secret"


@pytest.fixture
def account(simulator, monkeypatch):
    """The Instagram account of a page, with the page's token."""
    monkeypatch.setattr(FacebookSession, "GRAPH", simulator.base + "/facebook")
    granted = simulator.control("POST", "/tokens", {"platform": "facebook", "account": "bo"})
    person = User("me", api=FacebookAdsApi(FacebookSession(APP, SECRET, granted["accessToken"])))
    pages = person.get_accounts(fields=["name", "access_token", "instagram_business_account"])
    page = next(page for page in pages if page["name"] == "Example Foods")
    return IGUser(page["instagram_business_account"]["id"], api=FacebookAdsApi(FacebookSession(APP, SECRET, page["access_token"])))


@pytest.fixture
def files(tmp_path):
    """An address from which the simulator really fetches."""
    Image.new("RGB", (320, 320), "teal").save(tmp_path / "tea.jpg")
    Image.new("RGB", (320, 320), "teal").save(tmp_path / "tea.png")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tmp_path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def latest(simulator) -> dict:
    return simulator.publications("facebook", "example.foods")[-1]


def finished(container, api) -> dict:
    return next(state for _ in range(5) if (state := api.call("GET", (container,), {"fields": "status_code,status"}).json())["status_code"] != "IN_PROGRESS")


def test_the_account_and_its_figures_are_read(account):
    read = account.api_get(fields=["username", "name", "followers_count", "media_count", "profile_picture_url"])
    assert read["username"] == "example.foods" and read["followers_count"] >= 50
    limit = next(iter(account.get_content_publishing_limit(fields=["quota_usage", "config"])))
    assert limit["config"]["quota_duration"] == 86400
    days = next(iter(account.get_insights(params={"metric": ["reach"], "period": ["day"]})))
    assert days["name"] == "reach" and days["values"][0]["value"] >= 0


def test_a_picture_becomes_a_container_and_is_published_once(account, files, simulator):
    api = account.get_api_assured()
    container = account.create_media(params={"image_url": files + "/tea.jpg", "caption": "Tea", "alt_text": "A teal square"})
    with pytest.raises(FacebookRequestError) as early:
        account.create_media_publish(params={"creation_id": container["id"]})
    assert (early.value.api_error_code(), early.value.api_error_subcode()) == (9007, 2207027)
    assert finished(container["id"], api)["status_code"] == "FINISHED"
    media = account.create_media_publish(params={"creation_id": container["id"]})
    assert media["id"] != container["id"] and latest(simulator)["id"] == media["id"]
    assert finished(container["id"], api)["status_code"] == "PUBLISHED"
    with pytest.raises(FacebookRequestError):
        account.create_media_publish(params={"creation_id": container["id"]})
    read = IGMedia(media["id"], api=api).api_get(fields=["caption", "permalink", "media_type", "timestamp"])
    assert read["caption"] == "Tea" and read["permalink"].endswith("/p/" + media["id"])
    assert next(iter(account.get_media(fields=["id"])))["id"] == media["id"]


def test_a_carousel_and_comments(account, files, simulator):
    api = account.get_api_assured()
    children = [account.create_media(params={"image_url": files + "/tea.jpg", "is_carousel_item": True})["id"] for _ in range(2)]
    assert [finished(child, api)["status_code"] for child in children] == ["FINISHED", "FINISHED"]
    whole = account.create_media(params={"media_type": "CAROUSEL", "children": children, "caption": "Twice", "collaborators": ["ada", "bo"]})
    finished(whole["id"], api)
    media = IGMedia(account.create_media_publish(params={"creation_id": whole["id"]})["id"], api=api)
    assert len(latest(simulator)["media"]) == 2
    comment = media.create_comment(params={"message": "With jam"})
    assert [entry["id"] for entry in media.get_comments(fields=["id", "text"])] == [comment["id"]]
    assert {entry["name"] for entry in media.get_insights(params={"metric": ["views", "saved"]})} == {"views", "saved"}
    media.api_update(params={"comment_enabled": False})
    with pytest.raises(FacebookRequestError):
        media.create_comment(params={"message": "Too late"})


def test_what_instagram_does_not_take(account, files):
    for params, code, subcode in (
        ({"image_url": files + "/tea.png"}, 36001, 2207005), ({"image_url": files + "/none.jpg"}, 9004, 2207052),
        ({"image_url": files + "/tea.jpg", "caption": "a" * 2201}, 36004, 2207010),
        ({"media_type": "CAROUSEL", "children": ["1"]}, 100, 2207028),
        ({"media_type": "STORIES", "image_url": files + "/tea.jpg", "collaborators": ["ada"]}, 100, None),
    ):
        with pytest.raises(FacebookRequestError) as refusal:
            account.create_media(params=params)
        assert (refusal.value.api_error_code(), refusal.value.api_error_subcode()) == (code, subcode), params
