"""The simulated YouTube, judged by `google-api-python-client` of the Python Package Index: it takes what that client sends, and that client reads
what it answers. The client's own discovery documents say which names there are; only their host is another one."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import urllib.parse

import googleapiclient.discovery_cache
import httpx
import pytest
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaFileUpload

from client import new_account
from pictures import png

SCOPES = ["youtube.upload", "youtube.readonly", "youtube.force-ssl", "yt-analytics.readonly"]
FILM = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 4096


def service(simulator, name: str, version: str, credentials: Credentials):
    """The API as the client's own document describes it, at the simulator."""
    folder = pathlib.Path(googleapiclient.discovery_cache.__file__).parent / "documents"
    document = json.loads((folder / f"{name}.{version}.json").read_text())
    for key in ("rootUrl", "baseUrl", "mtlsRootUrl"):
        document[key] = simulator.base + "/youtube/"
    return build_from_document(document, credentials=credentials)


@pytest.fixture
def credentials(simulator):
    """Allowed on the consent page, as a web application does it."""
    callback = "https://app.example.com/callback"
    query = {
        "client_id": "sim-youtube-id", "redirect_uri": callback, "response_type": "code", "access_type": "offline", "prompt": "consent",
        "scope": " ".join("https://www.googleapis.com/auth/" + scope for scope in SCOPES), "state": "s", "auto": "allow", "account": "chidi",
    }
    consent = httpx.get(simulator.base + "/youtube/o/oauth2/v2/auth", params=query)
    code = httpx.URL(consent.headers["location"]).params["code"]
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": callback, "client_id": "sim-youtube-id",
        "client_secret": "sim-youtube-secret",
    }
    token = httpx.post(simulator.base + "/youtube/token", data=form).json()
    return Credentials(
        token["access_token"], refresh_token=token["refresh_token"], token_uri=simulator.base + "/youtube/token", client_id="sim-youtube-id",
        client_secret="sim-youtube-secret", scopes=token["scope"].split())


@pytest.fixture
def youtube(simulator, credentials):
    return service(simulator, "youtube", "v3", credentials)


@pytest.fixture
def film(tmp_path):
    path = tmp_path / "film.mp4"
    path.write_bytes(FILM)
    return str(path)


def body(title: str, **status) -> dict:
    return {
        "snippet": {"title": title, "description": "About tea", "tags": ["tea", "green tea"], "categoryId": "26"},
        "status": {"privacyStatus": "unlisted", "selfDeclaredMadeForKids": False, **status},
    }


def upload(youtube, film: str, title: str, **status) -> dict:
    media = MediaFileUpload(film, mimetype="video/mp4", chunksize=256 * 1024, resumable=True)
    request = youtube.videos().insert(part="snippet,status", body=body(title, **status), media_body=media)
    seen, answer = [], None
    while answer is None:
        progress, answer = request.next_chunk()
        if progress:
            seen.append(progress.resumable_progress)
    assert seen == [256 * 1024 * number for number in range(1, len(FILM) // (256 * 1024) + 1)]
    return answer


def latest(simulator) -> dict:
    return [item for item in simulator.publications("youtube", "chidi") if not item["parentId"]][-1]


def test_the_channel_is_read(youtube):
    channel = youtube.channels().list(part="snippet,contentDetails,statistics,status", mine=True).execute()["items"][0]
    assert channel["snippet"]["customUrl"] == "@chidi" and channel["snippet"]["title"] == "Chidi Example"
    assert int(channel["statistics"]["subscriberCount"]) >= 50
    assert channel["contentDetails"]["relatedPlaylists"]["uploads"] == "UU" + channel["id"][2:]


def test_a_film_goes_up_in_pieces(youtube, simulator, film):
    video = upload(youtube, film, "In pieces")
    assert video["kind"] == "youtube#video" and video["snippet"]["title"] == "In pieces"
    made = latest(simulator)
    assert made["id"] == video["id"] and made["media"][0]["sha256"] == hashlib.sha256(FILM).hexdigest()
    status = youtube.videos().list(part="status,processingDetails,statistics", id=video["id"]).execute()["items"][0]
    assert status["status"]["privacyStatus"] == "unlisted" and int(status["statistics"]["viewCount"]) >= 0


def test_pieces_of_which_only_a_part_is_kept_are_sent_again_by_the_client(youtube, simulator, film):
    simulator.switch("youtube", acceptBytes=256 * 1024)
    try:
        media = MediaFileUpload(film, mimetype="video/mp4", chunksize=512 * 1024, resumable=True)
        request = youtube.videos().insert(part="snippet,status", body=body("Kept in parts"), media_body=media)
        answer = None
        while answer is None:
            _, answer = request.next_chunk()
    finally:
        simulator.switch("youtube", acceptBytes=0)
    assert latest(simulator)["media"][0]["sha256"] == hashlib.sha256(FILM).hexdigest()


def test_refusals_carry_their_reason(youtube, film):
    with pytest.raises(HttpError) as refusal:
        upload(youtube, film, "a < b")
    assert refusal.value.status_code == 400 and refusal.value.error_details[0]["reason"] == "invalidTitle"
    with pytest.raises(HttpError) as refusal:
        youtube.videos().delete(id="nothing-here").execute()
    assert refusal.value.status_code == 404 and refusal.value.error_details[0]["reason"] == "videoNotFound"


def test_thumbnail_playlist_comment_and_deleting(youtube, simulator, film, tmp_path):
    video = upload(youtube, film, "With all around it")["id"]
    picture = tmp_path / "cover.png"
    picture.write_bytes(png())
    answer = youtube.thumbnails().set(videoId=video, media_body=MediaFileUpload(str(picture), mimetype="image/png")).execute()
    assert answer["items"][0]["default"]["url"].startswith("http")
    assert [item["kind"] for item in latest(simulator)["media"]] == ["video", "image"]
    playlist = youtube.playlists().list(part="snippet", mine=True).execute()["items"][0]["id"]
    item = {"snippet": {"playlistId": playlist, "resourceId": {"kind": "youtube#video", "videoId": video}}}
    youtube.playlistItems().insert(part="snippet", body=item).execute()
    inside = youtube.playlistItems().list(part="snippet,contentDetails", playlistId=playlist, videoId=video).execute()["items"]
    assert [entry["contentDetails"]["videoId"] for entry in inside] == [video]
    comment = {"snippet": {"videoId": video, "topLevelComment": {"snippet": {"textOriginal": "First"}}}}
    thread = youtube.commentThreads().insert(part="snippet", body=comment).execute()
    threads = youtube.commentThreads().list(part="snippet", videoId=video, textFormat="plainText").execute()["items"]
    assert [entry["snippet"]["topLevelComment"]["snippet"]["textDisplay"] for entry in threads] == ["First"]
    youtube.comments().delete(id=thread["id"]).execute()
    assert youtube.commentThreads().list(part="snippet", videoId=video).execute()["items"] == []
    youtube.videos().delete(id=video).execute()
    assert youtube.videos().list(part="snippet", id=video).execute()["items"] == []


def test_an_access_token_that_ended_is_renewed_by_the_client(youtube, simulator, credentials):
    before = credentials.token
    simulator.control("POST", "/expire-tokens", {"platform": "youtube", "account": "chidi"})
    assert youtube.channels().list(part="snippet", mine=True).execute()["items"]
    assert credentials.token != before


def test_reports_are_read(simulator, credentials):
    reports = service(simulator, "youtubeAnalytics", "v2", credentials).reports()
    table = reports.query(
        ids="channel==MINE", startDate="2026-01-01", endDate="2026-01-03", metrics="views,likes", dimensions="day", sort="day").execute()
    assert [column["name"] for column in table["columnHeaders"]] == ["day", "views", "likes"]
    assert [row[0] for row in table["rows"]] == ["2026-01-01", "2026-01-02", "2026-01-03"]


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_the_client_reads_what_the_product_publishes(youtube, simulator, postiz, tmp_path):
    path = tmp_path / "made.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25:duration=2", "-c:v", "libx264", "-pix_fmt", "yuv420p",
         str(path)], check=True)
    session, client = new_account(postiz.base)
    channel = client.connect("youtube", "chidi")
    assert channel["username"] == "@chidi"
    film, cover = client.upload(path.read_bytes(), "made.mp4", "video/mp4"), client.upload(png())
    draft = {
        "parts": [{"text": "About tea", "mediaIds": [film["id"], cover["id"]]}, {"text": "The first comment"}], "platforms": [channel["id"]],
        "schedule": "now",
        "settings": {channel["id"]: {"title": "Made by Postiz", "type": "unlisted", "tags": "tea, green tea", "categoryId": "26", "language": "en"}},
    }
    view = client.wait_settled(client.create(**draft)["id"], 90)
    assert view["status"] == "PUBLISHED", view
    published = view["publications"][0]
    video = youtube.videos().list(part="snippet,status", id=published["platformPostId"]).execute()["items"][0]
    assert video["snippet"]["title"] == "Made by Postiz" and video["snippet"]["tags"] == ["tea", "green tea"]
    assert video["snippet"]["defaultLanguage"] == "en" and video["status"]["privacyStatus"] == "unlisted"
    assert video["status"]["uploadStatus"] == "processed" and published["url"].endswith("/watch?v=" + video["id"])
    thread = youtube.commentThreads().list(part="snippet", videoId=video["id"]).execute()["items"][0]
    assert thread["snippet"]["topLevelComment"]["snippet"]["textOriginal"] == "The first comment"
    made = next(item for item in simulator.publications("youtube", "chidi") if item["id"] == video["id"])
    assert [item["kind"] for item in made["media"]] == ["video", "image"]
    kept = httpx.get(urllib.parse.urljoin(postiz.base, film["url"]), headers={"Authorization": f"Bearer {client.key}"}, timeout=30).content
    assert made["media"][0]["sha256"] == hashlib.sha256(kept).hexdigest()
    session.close()
    client.close()
