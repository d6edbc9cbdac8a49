"""What people and the world do wrong: each mistake has its own clear message, and nothing is lost or half saved."""
import base64
import json
import os
import pathlib
import socket
import urllib.parse

import httpx
import pytest

from client import Client, assert_error, in_seconds, new_account, new_key
from pictures import png
from programs import Postiz, until


@pytest.fixture
def nothing_saved(client):
    """After the test the workspace has exactly as many posts and files as before."""
    def counts():
        return [len(client.call("GET", path, params={"limit": 200})["items"]) for path in ("/api/posts", "/api/media")]

    before = counts()
    yield
    assert counts() == before


def scheduled(channels, **changes) -> dict:
    return {"content": "Fine words", "platforms": [channels["x"]["id"]], "scheduledFor": in_seconds(3600)} | changes


# Posts

@pytest.mark.parametrize("content", ["", "   \n "])
def test_an_empty_post(client, channels, nothing_saved, content):
    answer = client.post("/api/posts", json=scheduled(channels, content=content))
    assert_error(answer, 422, "POST_INVALID", "write")


def test_a_text_too_long_for_one_of_three_channels(client, channels, nothing_saved):
    chosen = [channels[name]["id"] for name in ("x", "mastodon", "linkedin")]
    answer = client.post("/api/posts", json=scheduled(channels, content="a" * 400, platforms=chosen))
    error = assert_error(answer, 422, "POST_INVALID", "280")
    problems = error["details"]["problems"]
    assert [(item["code"], item["integrationId"]) for item in problems if item["severity"] == "ERROR"] == [
        ("TEXT_TOO_LONG", channels["x"]["id"])]


def test_a_channel_that_does_not_exist(client, channels, nothing_saved):
    for unknown in ("01890000-0000-7000-8000-000000000000", "nobody"):
        assert_error(client.post("/api/posts", json=scheduled(channels, platforms=[unknown])), 422, "UNKNOWN_CHANNEL")


def test_a_channel_of_another_workspace(postiz, client, channels, nothing_saved):
    _, stranger = new_account(postiz.base)
    assert_error(stranger.post("/api/posts", json=scheduled(channels)), 422, "UNKNOWN_CHANNEL")
    assert stranger.call("GET", "/api/posts")["items"] == []


def test_a_time_in_the_past(client, channels, nothing_saved):
    assert_error(client.post("/api/posts", json=scheduled(channels, scheduledFor=in_seconds(-3600))), 422, "TIME_IN_PAST")


@pytest.mark.parametrize("wrong", ["tomorrow", "2030-02-30T10:00:00Z", "2030-01-01T25:00:00Z", "12"])
def test_a_time_that_is_none(client, channels, nothing_saved, wrong):
    assert_error(client.post("/api/posts", json=scheduled(channels, scheduledFor=wrong)), 422, "VALIDATION_FAILED", "scheduledFor")


def test_a_time_zone_that_does_not_exist(client, channels, nothing_saved):
    answer = client.post("/api/posts", json=scheduled(channels, scheduledFor="2030-01-01T10:00:00", timeZone="Mars/Olympus"))
    assert_error(answer, 422, "INVALID_TIME_ZONE", "Mars/Olympus")


@pytest.mark.parametrize("body, code, words", [
    (b"{", "INVALID_JSON", ""),
    (b"\xff\xfe", "INVALID_JSON", ""),
    (b"[]", "VALIDATION_FAILED", ""),
    (b'{"content": 5}', "VALIDATION_FAILED", "content"),
    (b'{"parts": [{"text": "a"}, {"text": {}}]}', "VALIDATION_FAILED", "parts"),
    (b'{"platforms": "x"}', "VALIDATION_FAILED", "platforms"),
    (json.dumps({"content": "nul \0 inside"}).encode(), "VALIDATION_FAILED", ""),
    (b'{"content": "half a pair \\ud800"}', ("VALIDATION_FAILED", "INVALID_JSON"), ""),
    (b'{"status": "LATER"}', "VALIDATION_FAILED", "status"),
])
def test_json_of_the_wrong_kind(client, nothing_saved, body, code, words):
    answer = client.post("/api/posts", content=body, headers={"Content-Type": "application/json"})
    assert_error(answer, (400, 422), code, *([words] if words else []))


def test_deeply_nested_json(client, nothing_saved):
    body = b'{"settings":' * 20_000
    answer = client.post("/api/posts", content=body, headers={"Content-Type": "application/json"})
    assert_error(answer, (400, 413, 422), ("INVALID_JSON", "VALIDATION_FAILED", "TOO_LARGE"))


def test_unknown_paths_and_methods(client):
    assert_error(client.get("/api/nothing"), 404, "NOT_FOUND")
    assert_error(client.get("/api/posts/not-an-id"), 404, "NOT_FOUND")
    answer = client.delete("/api/posts")
    assert_error(answer, 405, "METHOD_NOT_ALLOWED")
    assert {"GET", "POST"} <= set(answer.headers["allow"].replace(" ", "").split(","))


# Files

@pytest.mark.parametrize("data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"MZ\x90\x00", b"", b"plain words"])
def test_files_that_are_no_media(client, nothing_saved, data):
    answer = client.post("/api/media", files={"file": ("picture.png", data, "image/png")})
    assert_error(answer, (400, 415), ("UNSUPPORTED_MEDIA", "UPLOAD_INCOMPLETE", "BAD_REQUEST"))


def raw_call(postiz, client, head: str, body=(), wait: float = 10) -> bytes:
    """A request whose bytes the test decides. What the server answered, also when it stops reading."""
    host, port = postiz.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=wait) as connection:
        connection.sendall(f"{head}\r\nHost: {host}\r\nAuthorization: Bearer {client.key}\r\n".encode())
        try:
            for piece in body:
                connection.sendall(piece)
            connection.shutdown(socket.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # Refused while we were still sending.
        answer = b""
        try:
            while piece := connection.recv(65536):
                answer += piece
        except (ConnectionResetError, TimeoutError):
            pass
        return answer


def test_a_file_announced_as_too_large_is_refused_before_it_is_sent(postiz, client, nothing_saved):
    head = "POST /api/media?name=film.mp4 HTTP/1.1"
    answer = raw_call(postiz, client, head, [b"Content-Type: video/mp4\r\nContent-Length: 3221225472\r\nExpect: 100-continue\r\n\r\n"])
    assert b" 413 " in answer.split(b"\r\n")[0] and b"TOO_LARGE" in answer, answer[:300]


def test_an_endless_body_is_cut_off_at_the_limit(start_postiz, simulator):
    program = start_postiz(MAX_UPLOAD_BYTES=str(5 << 20))
    _, client = new_account(program.base)
    sent = 0

    def zeros():
        nonlocal sent
        yield b"Content-Type: video/mp4\r\nTransfer-Encoding: chunked\r\n\r\n"
        piece = b"10000\r\n" + bytes(0x10000) + b"\r\n"
        film = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
        yield f"{len(film):x}\r\n".encode() + film + b"\r\n"
        while sent < 3 << 30:
            sent += 0x10000
            yield piece

    answer = raw_call(program, client, "POST /api/media?name=film.mp4 HTTP/1.1", zeros(), wait=60)
    assert sent < 200 << 20, "the server kept reading"
    assert answer == b"" or b" 413 " in answer.split(b"\r\n")[0], answer[:300]
    assert client.call("GET", "/api/media")["items"] == []
    assert leftovers(program) == []


def leftovers(program: Postiz) -> list[pathlib.Path]:
    """Files of unfinished uploads."""
    return [path for path in (program.folder / "uploads").rglob("*") if path.is_file() and path.suffix != ".lock"]


def test_an_upload_that_breaks_off(start_postiz):
    program = start_postiz()
    _, client = new_account(program.base)
    data = png(640, 480)
    head = f"Content-Type: image/png\r\nContent-Length: {len(data)}\r\n\r\n".encode()
    raw_call(program, client, "POST /api/media?name=half.png HTTP/1.1", [head, data[: len(data) // 2]], wait=3)
    until(lambda: leftovers(program) == [], 10, "the half file is gone")
    assert client.call("GET", "/api/media")["items"] == []
    assert client.upload(data)["width"] == 640


def test_a_json_body_without_measure(client, nothing_saved):
    answer = client.post("/api/posts", content=b'{"content":"' + b"a" * (3 << 20) + b'"}', headers={"Content-Type": "application/json"})
    assert_error(answer, 413, "TOO_LARGE")


def test_addresses_inside_the_network_are_not_fetched(client, simulator, nothing_saved):
    for address in (simulator.base + "/picture.png", "http://169.254.169.254/latest/meta-data", "http://[::1]:80/", "file:///etc/passwd",
                    "http://localhost/x.png", "http://0x7f000001/x.png"):
        answer = client.post("/api/media/from-url", json={"url": address})
        assert_error(answer, 422, ("ADDRESS_REFUSED", "VALIDATION_FAILED"))


# Keys, sessions, connecting

def test_keys_that_are_wrong_or_may_not(postiz, person):
    session, client = person
    assert_error(httpx.get(postiz.base + "/api/posts"), 401, "UNAUTHENTICATED")
    for wrong in ("ptz_wrong", "ptz_" + "A" * 43):
        assert_error(httpx.get(postiz.base + "/api/posts", headers={"Authorization": f"Bearer {wrong}"}), 401, "UNAUTHENTICATED")
    assert_error(new_key(session, ["posts:read"]).post("/api/posts", json={"content": "a"}), 403, "FORBIDDEN_SCOPE", "posts:write")
    revoked = new_key(session)
    key_id = next(item["id"] for item in client.call("GET", "/api/keys")["items"] if item["prefix"] == revoked.key[:12])
    client.call("DELETE", f"/api/keys/{key_id}", 204)
    assert_error(revoked.get("/api/posts"), 401, "UNAUTHENTICATED")


def test_a_wrong_password_tells_nothing(postiz, person):
    session, _ = person
    known = httpx.post(postiz.base + "/api/auth/login", json={"email": session.email, "password": "not this one at all"})
    unknown = httpx.post(postiz.base + "/api/auth/login", json={"email": "nobody@example.com", "password": "not this one at all"})
    first, second = assert_error(known, 401, "WRONG_CREDENTIALS"), assert_error(unknown, 401, "WRONG_CREDENTIALS")
    assert first["message"] == second["message"]


def consent(client: Client, platform: str, account: str, choice: str = "allow") -> str:
    """The callback address to which the platform sends the person back."""
    address = client.call("GET", f"/api/auth/{platform}", headers={"Accept": "application/json"})["url"]
    answer = httpx.get(address + f"&auto={choice}&account={account}")
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def as_program(address: str) -> httpx.Response:
    return httpx.get(address, headers={"Accept": "application/json"}, timeout=30)


@pytest.mark.parametrize("platform", ["x", "mastodon", "linkedin"])
def test_a_declined_consent(client, simulator, account_name, platform):
    assert_error(as_program(consent(client, platform, account_name, "decline")), 400, "CONSENT_DECLINED")
    assert client.call("GET", "/api/integrations")["items"] == []


def test_a_callback_that_comes_twice(client, simulator, account_name):
    address = consent(client, "mastodon", account_name)
    assert as_program(address).status_code == 200
    assert_error(as_program(address), 400, "CONNECT_STATE_EXPIRED")
    assert len(client.call("GET", "/api/integrations")["items"]) == 1


def test_a_callback_with_a_state_nobody_made(postiz, client):
    query = urllib.parse.urlencode({"code": "abc", "state": base64.urlsafe_b64encode(os.urandom(32)).decode()})
    assert_error(as_program(f"{postiz.base}/api/auth/mastodon/callback?{query}"), 400, "CONNECT_STATE_EXPIRED", "again")


def test_a_platform_without_credentials_names_what_is_missing(start_postiz):
    program = start_postiz(X_API_KEY="", X_API_SECRET="")
    _, client = new_account(program.base)
    answer = client.get("/api/auth/x", headers={"Accept": "application/json"})
    assert_error(answer, 503, "PLATFORM_NOT_CONFIGURED", "X_API_KEY", f"{program.base}/api/auth/x/callback")
    assert_error(client.get("/api/auth/nowhere", headers={"Accept": "application/json"}), 422, "UNKNOWN_PLATFORM")


# Bodies that nobody wants

LONG = 300 << 20


@pytest.mark.parametrize("path, kind, status", [
    ("/oauth/token", "application/x-www-form-urlencoded", 413), ("/oauth/token", "text/plain", 400), ("/oauth/register", "application/json", 413),
    ("/oauth/revoke", "application/x-www-form-urlencoded", 413), ("/api/auth/login", "application/json", 413),
    ("/login", "application/x-www-form-urlencoded", 413), ("/mcp", "application/json", 401), ("/api/posts", "application/json", 401),
    ("/api/media", "image/png", 401), ("/api/health", "text/plain", 405), ("/nowhere", "text/plain", 404),
])
@pytest.mark.parametrize("announced", [True, False])
def test_a_long_body_is_refused_before_it_is_read(postiz, path, kind, status, announced):
    with wire(postiz) as connection:
        length = f"Content-Length: {LONG}" if announced else "Transfer-Encoding: chunked"
        piece = b"a" * 65536 if announced else b"10000\r\n" + b"a" * 65536 + b"\r\n"
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: {postiz.base[7:]}\r\nContent-Type: {kind}\r\n{length}\r\n\r\n".encode() + piece * 2)
        if not announced:
            # Some is read to see that it is too long.
            connection.sendall(piece * 40)
        head, body = whole_answer(connection)
    assert f" {status} " in head.splitlines()[0], head
    assert "connection: close" in head.lower()
    assert "error" in json.loads(body)


def test_a_wrong_key_or_body_at_the_assistants_address_is_refused_before_it_is_read(postiz, client):
    with wire(postiz) as connection:
        connection.sendall((
            f"POST /mcp HTTP/1.1\r\nHost: {postiz.base[7:]}\r\nAuthorization: Bearer {client.key}\r\nContent-Type: application/json\r\n"
            f"Accept: application/json, text/event-stream\r\nContent-Length: {LONG}\r\n\r\n").encode() + b"{" * 65536)
        head, _ = whole_answer(connection)
    assert " 413 " in head.splitlines()[0] and "connection: close" in head.lower()


def test_the_refusal_of_a_long_body_arrives_although_all_of_it_is_sent_first(postiz):
    """As a proxy does that hands a whole body on before it reads the answer."""
    with wire(postiz) as connection:
        length = 50 << 20
        connection.sendall(f"POST /api/auth/login HTTP/1.1\r\nHost: {postiz.base[7:]}\r\nContent-Length: {length}\r\n\r\n".encode())
        for _ in range(length >> 16):
            connection.sendall(b"a" * 65536)
        head, body = whole_answer(connection)
    assert " 413 " in head.splitlines()[0] and json.loads(body)["error"]["code"] == "TOO_LARGE"


def test_a_short_body_that_nobody_reads_keeps_the_connection(postiz):
    with wire(postiz) as connection:
        for _ in range(3):
            connection.sendall(f"POST /nowhere HTTP/1.1\r\nHost: {postiz.base[7:]}\r\nContent-Length: 3000\r\n\r\n".encode() + b"a" * 3000)
            head = connection.recv(65536).decode()
            assert " 404 " in head.splitlines()[0] and "connection: close" not in head.lower()


def wire(postiz) -> socket.socket:
    url = urllib.parse.urlsplit(postiz.base)
    return socket.create_connection((url.hostname, url.port), timeout=20)


def whole_answer(connection: socket.socket) -> tuple[str, str]:
    """Head and body, up to the end of what the server sends."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    head, _, body = b"".join(pieces).decode().partition("\r\n\r\n")
    return head, body


def test_a_client_that_asks_for_the_end_of_its_connection_is_told_that_it_ends(postiz, simulator):
    # Clients go by the answer: one that does not say so is sent the next request just when the connection is closed.
    for address in (f"{postiz.base}/api/health", f"{postiz.base}/login", f"{simulator.base}/"):
        assert httpx.get(address, headers={"Connection": "close"}).headers.get("connection") == "close", address
        assert "close" not in httpx.get(address).headers.get("connection", "keep-alive")
    assert httpx.get(f"{postiz.base}/api/health", headers={"Connection": "TE, close"}).headers.get("connection") == "close"
