"""The product behind nginx, Apache, HAProxy and Caddy: bare, and as docs/proxies.md says. All values are harmless."""
from __future__ import annotations

import hashlib
import json
import subprocess
import uuid

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright

from browser import CHROMIUM, register
from client import PASSWORD, Browserish, assert_error, new_key
from mcp_wire import BOTH, Events, request
from pictures import noise, png
from programs import Postiz, free_port, until
from proxies import CLIENT, HOST, KINDS, PROXY, Certificate, Proxy

# Documentation addresses (RFC 5737) that a client may claim to have.
CLAIMS = {"Forwarded": "for=192.0.2.1;proto=http;host=a.example.org", "X-Forwarded-For": "192.0.2.2"}
LIMIT = 2_000_000
WAYS = [f"{kind}-{way}" for kind in KINDS for way in ("bare", "documented")]


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    """An instance that is open to the world at the documented address."""
    with Postiz(
        "postiz-proxied", tmp_path_factory.mktemp("postiz"), MAIN_URL=f"https://{HOST}", TRUSTED_PROXIES=PROXY, MAX_UPLOAD_BYTES=str(LIMIT),
        LOG_FORMAT="json",
    ) as running:
        yield running


@pytest.fixture(scope="module")
def email():
    return "ada@example.com"


@pytest.fixture(scope="module")
def key(product, email):
    """That of a person who registered beside all proxies. Over plain HTTP a client keeps the secure cookie to itself, so it is copied."""
    session = Browserish(product.base)
    answer = session.post("/api/auth/register", json={"email": email, "password": PASSWORD, "name": "Ada"})
    assert answer.is_success, answer.text
    session.headers.update({"X-CSRF-Token": answer.headers["x-csrf-token"], "Cookie": answer.headers["set-cookie"].split(";")[0]})
    return new_key(session).key


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def start_proxy(product, certificate, tmp_path_factory):
    """Each way is started once."""
    started = {}

    def start(way: str) -> Proxy:
        if way not in started:
            kind, how = way.split("-", 1)
            upstream = int(product.environment["PORT"])
            started[way] = Proxy(
                kind, tmp_path_factory.mktemp("proxy"), upstream, None if how == "bare" else certificate, buffered=how == "buffered")
            started[way].start()
        return started[way]

    yield start
    for proxy in started.values():
        proxy.stop()


@pytest.fixture(params=WAYS)
def proxy(request, start_proxy):
    return start_proxy(request.param)


@pytest.fixture(scope="module")
def browser():
    """A Chromium that finds the documented name on this machine and takes the test's certificates."""
    with sync_playwright() as playwright:
        rules = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage", "--ignore-certificate-errors", rules])
        yield running
        running.close()


def believed(product: Postiz, proxy: Proxy, headers: dict) -> str:
    """The client's address as the product's log has it."""
    name = str(uuid.uuid4())
    with proxy.client() as client:
        assert client.get("/api/openapi.json", headers=headers | {"X-Request-Id": name}).status_code == 200

    def line():
        return next((text for text in product.log.read_text(errors="replace").splitlines() if name in text and '"client"' in text), None)

    text = until(line, 10, lambda: f"the request is in the log\n{product.tail()}")
    return found(json.loads(text), "client")


def found(value, name: str):
    """The value under `name`, at whatever depth."""
    if isinstance(value, dict):
        return value.get(name) or next((inner for item in value.values() if (inner := found(item, name))), None)
    return None


def test_which_address_is_believed(product, proxy):
    # A proxy that sets no header is all that can be seen; one that passes a client's on, or adds to it, says what follows from that.
    bare = {"nginx": PROXY, "haproxy": PROXY, "apache": CLIENT, "caddy": CLIENT}[proxy.kind]
    assert believed(product, proxy, {}) == (CLIENT if proxy.certificate else bare)
    assert believed(product, proxy, {"Forwarded": CLAIMS["Forwarded"]}) == (CLIENT if proxy.certificate else bare)
    # Only these two pass it on as it came: docs/proxies.md says what to set.
    passed_on = not proxy.certificate and proxy.kind in ("nginx", "haproxy")
    assert believed(product, proxy, CLAIMS) == (CLAIMS["X-Forwarded-For"] if passed_on else CLIENT)


def test_figures_stay_shut(proxy):
    with proxy.client() as client:
        for headers in ({}, CLAIMS, *({name: value} for name, value in CLAIMS.items()), {"X-Forwarded-For": "127.0.0.1"}):
            assert_error(client.get("/metrics", headers=headers), 403, "FORBIDDEN", "METRICS_TOKEN")


@pytest.mark.parametrize("kind", KINDS)
def test_figures_of_a_local_instance_stay_shut_to_what_was_forwarded(kind, start_postiz, tmp_path):
    local = start_postiz()
    assert httpx.get(local.base + "/metrics").status_code == 200
    with Proxy(kind, tmp_path / "proxy", int(local.environment["PORT"])) as proxy, proxy.client() as client:
        for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"):
            value = CLAIMS.get(name, "http" if name.endswith("Proto") else "a.example.org")
            assert_error(client.get("/metrics", headers={name: value}), 403, "FORBIDDEN")


def test_cookies_are_secure_and_transport_is_strict(proxy, key, email):
    with proxy.client() as client:
        answer = client.post("/api/auth/login", json={"email": email, "password": PASSWORD}, headers={"Origin": f"https://{HOST}"})
        assert answer.status_code == 200, answer.text
        cookies = answer.headers.get_list("set-cookie")
        assert cookies and all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies), cookies
        assert answer.headers["strict-transport-security"].startswith("max-age=")


def test_another_sites_origin_is_refused_in_words(proxy, email):
    with proxy.client() as client:
        body = {"email": email, "password": PASSWORD}
        answer = client.post("/api/auth/login", json=body, headers={"Origin": "https://other.example.org"})
        assert_error(answer, 403, "CSRF_FAILED", "https://other.example.org", f"https://{HOST}", "MAIN_URL", "Host")


def test_streams_come_at_once(proxy, key):
    bearer = {"Authorization": f"Bearer {key}"}
    with proxy.client(headers=bearer) as client:
        with client.stream("GET", "/api/events") as stream:
            assert stream.status_code == 200 and "content-encoding" not in stream.headers
            events = Events(stream)
            with proxy.client(headers=bearer) as other:
                made = other.post("/api/posts", json={"content": "Seen by who listens", "status": "DRAFT"})
                assert made.status_code == 201, made.text
            kind, data, _ = events.event()
            assert kind == "post_created" and made.json()["id"] in data
        # The older transport of assistants: its first event says where to send to, and the answer comes back on the stream.
        with client.stream("GET", f"/api/mcp/{key}/sse") as stream:
            events = Events(stream)
            kind, where, _ = events.event()
            assert kind == "endpoint"
            with proxy.client(headers=bearer) as other:
                hello = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "proxied", "version": "1"}}
                assert other.post(where, json=request("initialize", hello, id=7)).status_code == 202
            assert events.until_answer(7)[0]["result"]["protocolVersion"] == "2024-11-05"


def test_an_assistants_call_passes(proxy, key):
    with proxy.client(headers={"Authorization": f"Bearer {key}", "Accept": BOTH}) as client:
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "proxied", "version": "1"}}
        answer = client.post("/mcp", json=request("initialize", hello, id=1))
        assert answer.status_code == 200 and answer.json()["result"]["protocolVersion"] == "2025-11-25", answer.text
        listed = client.post("/mcp", json=request("tools/list", {}, id=2), headers={
            "Mcp-Session-Id": answer.headers["mcp-session-id"], "MCP-Protocol-Version": "2025-11-25"})
        assert listed.status_code == 200 and listed.json()["result"]["tools"], listed.text


def test_files_pass_up_and_down(proxy, key):
    size = 900_000 if proxy.kind == "nginx" and not proxy.certificate else LIMIT - 100_000
    data = noise(size)
    with proxy.client(headers={"Authorization": f"Bearer {key}"}) as client:
        answer = client.post("/api/media", files={"file": ("noise.png", data, "image/png")})
        assert answer.status_code == 201, answer.text[:500]
        address = answer.json()["url"]
        whole = client.get(address)
        assert whole.status_code == 200 and hashlib.sha256(whole.content).digest() == hashlib.sha256(data).digest()
        part = client.get(address, headers={"Range": "bytes=1000-1999"})
        assert part.status_code == 206 and part.content == data[1000:2000]
        assert part.headers["content-range"] == f"bytes 1000-1999/{len(data)}"
        assert client.get(address, headers={"Range": f"bytes={len(data)}-"}).status_code == 416


# The bare nginx refuses what is above 1 MB itself, and the bare others buffer nothing.
EARLY = [way for way in WAYS if way != "nginx-bare"] + [f"{kind}-buffered" for kind in KINDS]


@pytest.mark.parametrize("way", EARLY)
def test_a_refusal_in_the_middle_of_a_body_arrives(way, start_proxy, key, tmp_path):
    proxy = start_proxy(way)
    body = tmp_path / "body"
    with open(body, "wb") as file:
        file.truncate(50_000_000)
    cases = [(key, 413, "TOO_LARGE")] * 20 + [("ptz_wrong", 401, "UNAUTHENTICATED")] * 2
    seen = [refusal(proxy, secret, body, tmp_path / "answer") for secret, _, _ in cases]
    assert seen == [(status, code) for _, status, code in cases]


def refusal(proxy: Proxy, key: str, body, target) -> tuple[int, str]:
    """Status and code of the answer to a body that is sent without waiting for leave."""
    target.write_bytes(b"")
    command = proxy.curl(
        "-o", str(target), "-w", "%{http_code}", "-H", "Expect:", "-H", f"Authorization: Bearer {key}", "-H", "Content-Type: video/mp4",
        "-X", "POST", "-T", str(body), proxy.address + "/api/media")
    done = subprocess.run(command, capture_output=True, text=True)
    try:
        code = json.loads(target.read_text())["error"]["code"]
    except (ValueError, KeyError):
        code = f"{done.stderr.strip()} {target.read_text(errors='replace')[:200]}"
    return int(done.stdout or 0), code


@pytest.mark.browser
@pytest.mark.parametrize("kind", KINDS)
def test_a_browser_reads_such_a_refusal(kind, start_proxy, key, browser):
    proxy = start_proxy(f"{kind}-documented")
    page = browser.new_page()
    page.goto(proxy.address + "/login")
    send = """async ([key, times]) => {
      const body = new Blob([new Uint8Array(50_000_000)]);
      const seen = [];
      for (let i = 0; i < times; i++) {
        const answer = await fetch("/api/media", { method: "POST", headers: { Authorization: `Bearer ${key}` }, body }).catch(String);
        seen.push(typeof answer === "string" ? answer : [answer.status, (await answer.json()).error.code]);
      }
      return seen;
    }"""
    assert page.evaluate(send, [key, 20]) == [[413, "TOO_LARGE"]] * 20
    page.close()


def test_what_a_proxy_leaves_out_is_said_once_and_by_the_doctor(start_postiz, certificate, tmp_path):
    product = start_postiz(MAIN_URL=f"https://{HOST}", TRUSTED_PROXIES=PROXY)
    upstream = int(product.environment["PORT"])

    def doctor() -> str:
        return subprocess.run([product.command[0], "doctor"], env=product.environment, capture_output=True, text=True).stdout

    with Proxy("nginx", tmp_path / "bare", upstream) as bare, bare.client() as client:
        for _ in range(3):
            client.get("/api/openapi.json")
    assert product.log.read_text().count("proxy_set_header X-Forwarded-Proto") == 1
    said = " ".join(doctor().split())
    assert "RequestHeader set X-Forwarded-Proto https" in said and "http-request set-header X-Forwarded-For %[src]" in said, said
    with Proxy("nginx", tmp_path / "documented", upstream, certificate) as proxy, proxy.client() as client:
        client.get("/api/openapi.json")
    assert "X-Forwarded-Proto" not in doctor()


@pytest.fixture
def local(start_postiz, tmp_path, browser):
    """An instance and, at its address, a bare nginx, which takes 1 MB; with the page of somebody who signed in there."""
    port = free_port()
    product = start_postiz(MAIN_URL=f"http://127.0.0.1:{port}")
    with Proxy("nginx", tmp_path / "proxy", int(product.environment["PORT"]), port=port) as proxy:
        page = browser.new_page(base_url=proxy.base)
        register(page, proxy.base, "ada@example.com")
        yield product, page
        page.close()


@pytest.mark.browser
def test_a_page_goes_on_in_pieces_where_a_proxy_refuses_the_whole_file(local, tmp_path):
    _, page = local
    picture = tmp_path / "large.png"
    picture.write_bytes(noise(3_500_000))
    sent, broken = [], []

    def piece(route):
        # The line breaks once before the second piece arrives, and once after the third did.
        sent.append((int(route.request.headers["upload-offset"]), len(route.request.post_data_buffer)))
        if len(sent) == 2:
            return route.abort()
        if len(sent) == 4:
            broken.append(route.fetch().status)
            return route.abort()
        route.continue_()

    page.route("**/api/media/uploads/*", lambda route: piece(route) if route.request.method == "PATCH" else route.continue_())
    page.goto("/media")
    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/api/media")) as whole:
        page.set_input_files("media-drop input[type=file]", picture)
    assert whole.value.status == 413 and whole.value.headers["server"].startswith("nginx")
    expect(page.locator("#media-list")).to_contain_text("large.png", timeout=20_000)
    assert broken == [200]
    step = sent[0][1]
    assert step < 1_000_000 and [offset for offset, _ in sent] == [0, step, step, 2 * step, 3 * step]
    items = page.evaluate("fetch('/api/media').then((answer) => answer.json())")["items"]
    assert [(item["name"], item["size"]) for item in items] == [("large.png", picture.stat().st_size)]
    stored = page.request.get(items[0]["url"])
    assert hashlib.sha256(stored.body()).digest() == hashlib.sha256(picture.read_bytes()).digest()


@pytest.mark.browser
def test_a_page_has_words_for_what_a_proxy_answers(local):
    product, page = local
    toasts, check = page.locator("#toasts"), page.locator('form[action="/settings/mcp"][data-swap="#check"] button')
    page.goto("/settings/mcp")
    product.stop()
    check.click()
    expect(toasts).to_contain_text("does not reach it")
    product.start()
    for status, words in ((413, "of this size"), (503, "nobody to pass this on to"), (504, "waits"), (418, "status 418")):
        page.goto("/settings/mcp")
        page.route("**/settings/mcp", lambda route: route.fulfill(status=status, content_type="text/html", body="<h1>A proxy</h1>"))
        check.click()
        expect(toasts).to_contain_text(words)
        page.unroute("**/settings/mcp")


@pytest.mark.browser
def test_a_region_says_once_that_a_proxy_keeps_what_is_new_from_it(local):
    _, page = local
    page.goto("/media")
    page.route("**/media", lambda route: route.fulfill(status=502, content_type="text/html", body="<h1>A proxy</h1>"))
    send = """(bytes) => fetch("/api/media?name=a.png", {
      method: "POST", body: new Uint8Array(bytes),
      headers: { "Content-Type": "image/png", "X-CSRF-Token": document.querySelector('meta[name="csrf"]').content },
    }).then((answer) => answer.status)"""
    for seed in (1, 2):
        with page.expect_response(lambda answer: answer.status == 502):
            assert page.evaluate(send, list(png(seed=seed))) == 201
        expect(page.locator("#toasts .toast")).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("does not reach it")
    page.unroute("**/media")
    assert page.evaluate(send, list(png(seed=3))) == 201
    expect(page.locator("#media-list .file-tile")).to_have_count(3)
