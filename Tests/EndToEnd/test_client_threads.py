"""The simulated Threads, judged by `threads-client` of the Python Package Index: it takes what that client sends, and that client reads what it answers."""
import asyncio
import functools
import http.server
import threading

import httpx
import pytest
from threads_client import ThreadsClient
from threads_client.exceptions import ThreadsAPIError, ThreadsMediaProcessingError
from threads_client.models import CarouselMediaItem

from client import new_account
from pictures import png


class Here(httpx.AsyncBaseTransport):
    """Sends what goes to graph.threads.net to the simulator, paths kept."""

    def __init__(self, base: str):
        self.base = httpx.URL(base)
        self.inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        assert request.url.host == "graph.threads.net"
        path = self.base.raw_path.rstrip(b"/") + request.url.raw_path
        request.url = self.base.copy_with(raw_path=path)
        request.headers["host"] = self.base.netloc.decode()
        return await self.inner.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()


@pytest.fixture
def threads(simulator):
    """Runs something with a client that is signed in as Chidi."""
    token = simulator.control("POST", "/tokens", {"platform": "threads", "account": "chidi"})["accessToken"]

    def run(work, access_token=token):
        async def inner():
            async with httpx.AsyncClient(transport=Here(simulator.base + "/threads")) as http_client:
                return await work(ThreadsClient(access_token=access_token, client=http_client))

        return asyncio.run(inner())

    return run


@pytest.fixture
def files(tmp_path):
    """Addresses of a picture and a film."""
    (tmp_path / "picture.png").write_bytes(png())
    (tmp_path / "film.mp4").write_bytes(b"\0\0\0\x18ftypmp42" + bytes(5000))
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def latest(simulator, account="chidi") -> dict:
    return simulator.publications("threads", account)[-1]


async def publish(client, container: str) -> str:
    await client.posts.poll_container_status(container, delay=0)
    return await client.posts.publish_container(container, max_retries=1)


def test_a_text_and_a_reply(threads, simulator):
    async def work(client):
        root = await publish(client, await client.posts.create_container("Hello from a client", topic_tag="#tea"))
        reply = await publish(client, await client.posts.create_container("A reply", reply_to_id=root))
        return root, reply

    root, reply = threads(work)
    assert root.isdigit() and int(root) > 2**53
    first, second = simulator.publications("threads", "chidi")[-2:]
    assert (first["id"], first["text"], first["details"]["topic_tag"]) == (root, "Hello from a client", "tea")
    assert (second["id"], second["parentId"]) == (reply, root)


def test_pictures_films_and_carousels(threads, simulator, files):
    async def work(client):
        await publish(client, await client.posts.create_container("Picture", image_url=files + "/picture.png"))
        await publish(client, await client.posts.create_container("Film", video_url=files + "/film.mp4"))
        items = [CarouselMediaItem(media_type="IMAGE", url=files + "/picture.png"), CarouselMediaItem(media_type="VIDEO", url=files + "/film.mp4")]
        children = []
        for item in items:
            picture, film = (item.url, None) if item.media_type == "IMAGE" else (None, item.url)
            children.append(await client.posts.create_carousel_item_container(item.media_type, image_url=picture, video_url=film))
        for child in children:
            await client.posts.poll_container_status(child, delay=0)
        await publish(client, await client.posts.create_carousel_container("Both", children))

    threads(work)
    posts = simulator.publications("threads", "chidi")[-3:]
    assert [[item["kind"] for item in post["media"]] for post in posts] == [["image"], ["video"], ["image", "video"]]
    assert posts[0]["media"][0]["byteCount"] == len(png())


def test_what_is_not_ready_is_told_so_that_the_client_waits(threads, simulator):
    async def work(client):
        container = await client.posts.create_container("Too early")
        with pytest.raises(ThreadsMediaProcessingError) as refusal:
            await client.posts.publish_container(container, max_retries=1)
        assert refusal.value.is_media_not_ready and refusal.value.is_transient
        await publish(client, container)
        with pytest.raises(ThreadsAPIError):
            await client.posts.publish_container(container, max_retries=1)
        return (await client.posts.get_container_status(container)).status

    assert threads(work) == "PUBLISHED"
    assert [post["text"] for post in simulator.publications("threads", "chidi")].count("Too early") == 1


def test_refusals_are_read(threads, files):
    async def work(client):
        with pytest.raises(ThreadsAPIError) as long:
            await client.posts.create_container("é" * 501)
        assert (long.value.status_code, long.value.code, long.value.is_transient) == (400, 100, False)
        with pytest.raises(ThreadsAPIError) as unreachable:
            await client.posts.create_container("Picture", image_url=files + "/missing.png")
        assert "could not be fetched" in unreachable.value.message

    threads(work)

    async def revoked(client):
        with pytest.raises(ThreadsAPIError) as refusal:
            await client.posts.create_container("Hello")
        assert refusal.value.code == 190

    threads(revoked, access_token="THAAwrong")


def test_lists_have_pages_and_posts_can_be_deleted(threads):
    async def work(client):
        made = [await publish(client, await client.posts.create_container(f"Number {number}")) for number in range(3)]
        found = []
        async for post in client.posts.iter_posts(limit=2):
            found.append(post)
        assert [post.id for post in found[:3]] == made[::-1]
        assert found[0].text == "Number 2" and found[0].media_type == "TEXT_POST" and found[0].timestamp.endswith("+0000")
        assert "/@chidi/post/" in found[0].permalink
        assert await client.posts.delete(made[0])
        assert made[0] not in [post.id for post in (await client.posts.list(limit=100)).data]

    threads(work)


def test_tokens_are_exchanged(threads, simulator):
    async def work(client):
        long = await client.tokens.exchange(client.access_token, "sim-threads-secret")
        assert (long.token_type, long.expires_in) == ("bearer", 5_184_000) and long.access_token != client.access_token
        with pytest.raises(ThreadsAPIError):
            await client.tokens.refresh(long.access_token)  # Not in its first day.
        with pytest.raises(ThreadsAPIError):
            await client.tokens.exchange(long.access_token, "wrong")

    threads(work)


def test_the_client_reads_what_the_product_publishes(threads, simulator, postiz):
    session, client = new_account(postiz.base)
    channel = client.connect("threads", "chidi")
    picture = client.upload(png(), alt="Soft waves of colour")
    draft = {
        "parts": [{"text": "Hello #tea", "mediaIds": [picture["id"]]}, {"text": "The second part"}],
        "platforms": [channel["id"]], "schedule": "now", "settings": {channel["id"]: {"reply_control": "followers_only"}},
    }
    view = client.wait_settled(client.create(**draft)["id"], 60)
    assert view["status"] == "PUBLISHED", view
    published = view["publications"][0]

    async def work(reader):
        return (await reader.posts.list(limit=5)).data[0]

    post = threads(work)
    assert (post.id, post.text, post.media_type) == (published["platformPostId"], "Hello #tea", "IMAGE")
    assert post.permalink == published["url"]
    root = next(item for item in simulator.publications("threads", "chidi") if item["id"] == post.id)
    assert root["media"][0]["altText"] == "Soft waves of colour" and root["media"][0]["byteCount"] == picture["size"]
    assert root["details"]["reply_control"] == "followers_only"
    assert latest(simulator)["parentId"] == post.id
    session.close()
    client.close()
