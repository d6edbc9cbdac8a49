"""Pages are light. Times to paint are printed, not judged: machines differ."""
import re

import httpx
import pytest

from browser import DESKTOP, chromium, register

pytestmark = pytest.mark.browser
SCRIPT_AND_STYLE_BYTES = 100_000
LARGEST_PAINT = """() => new Promise(resolve => {
    let last = 0;
    new PerformanceObserver(list => { for (const entry of list.getEntries()) last = entry.startTime; })
        .observe({type: "largest-contentful-paint", buffered: true});
    requestAnimationFrame(() => setTimeout(() => resolve(last), 200));
})"""


@pytest.fixture(scope="module")
def signed_in(postiz):
    with chromium() as browser:
        context = browser.new_context(viewport=DESKTOP)
        register(context.new_page(), postiz.base, "budget@example.com")
        state = context.storage_state()
        context.close()
        yield browser, state


@pytest.mark.parametrize("path", ["/login", "/calendar", "/posts", "/compose", "/channels", "/media"])
def test_first_visit_is_within_the_budget(signed_in, postiz, path, record_property):
    browser, state = signed_in
    context = browser.new_context(viewport=DESKTOP, storage_state={} if path == "/login" else state)
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    kinds, sizes = {}, {}
    network.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    network.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(postiz.base + path)
    page.wait_for_load_state("load")
    largest = page.evaluate(LARGEST_PAINT) / 1000
    first = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime") / 1000
    weight = sum(sizes.get(request, 0) for request, kind in kinds.items() if kind in ("Script", "Stylesheet"))
    print(f"{path}: first paint {first:.2f} s, largest {largest:.2f} s, scripts and styles {weight / 1000:.1f} kB")
    assert weight < SCRIPT_AND_STYLE_BYTES
    context.close()


def test_what_a_browser_may_open_by_itself_carries_the_policy_and_what_pages_load_does_not(postiz):
    page = httpx.get(f"{postiz.base}/login", follow_redirects=True)
    links = re.findall(r'(?:src|href)="(/assets/[^"#]+)', page.text)
    by_kind = {link.rsplit(".", 1)[1]: httpx.get(postiz.base + link) for link in links}
    assert {"css", "js", "svg"} <= by_kind.keys()
    assert "content-security-policy" in page.headers and "content-security-policy" in by_kind["svg"].headers
    for kind in ("css", "js"):
        assert "content-security-policy" not in by_kind[kind].headers
        assert by_kind[kind].headers["x-content-type-options"] == "nosniff"
        assert by_kind[kind].headers["cross-origin-resource-policy"] == "same-origin"


def test_what_takes_its_time_comes_into_a_page_that_is_there_already(signed_in, postiz):
    _, state = signed_in
    cookies = {cookie["name"]: cookie["value"] for cookie in state["cookies"]}
    with httpx.stream("GET", f"{postiz.base}/settings/health", cookies=cookies, timeout=60) as answer:
        pieces = answer.iter_text()
        first = next(pieces)
        assert "</h1>" in first and "Looking at everything" in first and "data-subject" not in first
        assert "data-subject" in "".join(pieces)
