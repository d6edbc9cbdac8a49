"""The simulated Pinterest, judged by Pinterest's own `pinterest-api-sdk`: it takes what that client sends, and that client, which checks the
types of all that it reads, reads what it answers."""
import base64
import datetime

import httpx
import pytest
from openapi_generated.pinterest_client.api.media_api import MediaApi
from openapi_generated.pinterest_client.api.pins_api import PinsApi
from openapi_generated.pinterest_client.api.user_account_api import UserAccountApi
from openapi_generated.pinterest_client.configuration import Configuration
from openapi_generated.pinterest_client.exceptions import ApiException, NotFoundException, UnauthorizedException
from openapi_generated.pinterest_client.model.media_upload_request import MediaUploadRequest
from openapi_generated.pinterest_client.model_utils import model_to_dict
from pinterest.client import PinterestSDKClient
from pinterest.organic.boards import Board
from pinterest.organic.pins import Pin
from pinterest.utils.refresh_access_token import get_new_access_token

from pictures import png

FILM = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 400


def client_with(simulator, token: str) -> PinterestSDKClient:
    return PinterestSDKClient(configuration=Configuration(access_token=token, host=f"{simulator.base}/pinterest/v5"))


@pytest.fixture
def client(simulator) -> PinterestSDKClient:
    return client_with(simulator, simulator.control("POST", "/tokens", {"platform": "pinterest", "account": "chidi"})["accessToken"])


@pytest.fixture
def board(client) -> Board:
    boards, _ = Board.get_all(client=client)
    return boards[0]


def picture(**more) -> dict:
    return {"source_type": "image_base64", "content_type": "image/png", "data": base64.b64encode(png()).decode(), **more}


def latest(simulator) -> dict:
    return simulator.publications("pinterest", "chidi")[-1]


def test_a_refresh_token_gives_a_new_token_that_works(simulator):
    base = f"{simulator.base}/pinterest"
    scopes = "boards:read,boards:write,pins:read,pins:write,user_accounts:read"
    page = httpx.get(f"{base}/oauth/", params={
        "client_id": "sim-pinterest-id", "redirect_uri": "https://app.example.com/callback", "response_type": "code", "scope": scopes,
        "state": "s", "auto": "allow", "account": "bo"})
    given = httpx.post(
        f"{base}/v5/oauth/token", auth=("sim-pinterest-id", "sim-pinterest-secret"),
        data={"grant_type": "authorization_code", "code": httpx.URL(page.headers["location"]).params["code"],
              "redirect_uri": "https://app.example.com/callback"}).json()
    renewed = get_new_access_token("sim-pinterest-id", "sim-pinterest-secret", given["refresh_token"], f"{base}/v5")
    assert UserAccountApi(client_with(simulator, renewed)).user_account_get().username == "bo"
    with pytest.raises(UnauthorizedException):
        UserAccountApi(client_with(simulator, "wrong")).user_account_get()


def test_the_account_and_its_boards(client, board):
    me = UserAccountApi(client).user_account_get()
    assert me.username == "chidi" and me.follower_count > 0
    assert board.name and board.privacy in ("PUBLIC", "PROTECTED", "SECRET")


def test_a_pin_is_made_read_and_taken_away(client, board, simulator):
    made = Pin.create(
        board_id=board.id, title="A cup", description="Tea & <cake>", link="https://example.com/tea", alt_text="A cup of tea",
        dominant_color="#6E7874", media_source=picture(), client=client)
    kept = latest(simulator)
    assert (kept["id"], kept["text"], kept["media"][0]["altText"]) == (made.id, "Tea & <cake>", "A cup of tea")
    assert (made.title, made.description, made.link, made.board_id) == ("A cup", "Tea & <cake>", "https://example.com/tea", board.id)
    pins, _ = board.list_pins(page_size=25)
    assert made.id in [pin.id for pin in pins]
    assert Pin.delete(pin_id=made.id, client=client)
    with pytest.raises(NotFoundException):
        Pin(pin_id=made.id, client=client)


def test_a_carousel(client, board, simulator):
    items = [{"content_type": "image/png", "data": base64.b64encode(png(seed=seed)).decode(), "title": f"Cup {seed}"} for seed in (1, 2)]
    made = Pin.create(board_id=board.id, media_source={"source_type": "multiple_image_base64", "items": items}, client=client)
    assert latest(simulator)["id"] == made.id and len(latest(simulator)["media"]) == 2


def test_a_film(client, board, simulator):
    media = MediaApi(client)
    begun = media.media_create(media_upload_request=MediaUploadRequest(media_type="video"))
    sent = httpx.post(begun.upload_url, data=model_to_dict(begun.upload_parameters), files={"file": ("a.mp4", FILM, "video/mp4")})
    assert sent.status_code == 204
    for _ in range(10):
        if media.media_get(begun.media_id).status == "succeeded":
            break
    made = Pin.create(
        board_id=board.id, media_source={"source_type": "video_id", "media_id": begun.media_id, "cover_image_key_frame_time": 1.0}, client=client)
    assert latest(simulator)["id"] == made.id and [item["kind"] for item in latest(simulator)["media"]] == ["video"]


def test_figures(client, board):
    made = Pin.create(board_id=board.id, title="To be counted", media_source=picture(), client=client)
    today = datetime.date.today()
    told = PinsApi(client).pins_analytics(made.id, today - datetime.timedelta(days=1), today, ["IMPRESSION", "SAVE"])
    assert "IMPRESSION" in told["all"]["summary_metrics"]
    account = UserAccountApi(client).user_account_analytics(today - datetime.timedelta(days=7), today)
    assert account["all"]["daily_metrics"]


def test_refusals_are_read(client, board):
    with pytest.raises(ApiException) as refusal:
        Pin.create(board_id="1", media_source=picture(), client=client)
    assert refusal.value.status == 404 and "Board not found" in refusal.value.body
