"""When a page is there, in a real Chromium: cold over a slow line, and from page to page."""
from __future__ import annotations

import pathlib
import statistics
import tempfile

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import pages
import targets
from client import new_account
from programs import Postiz, Simulator, until

CHROMIUM = "/usr/bin/chromium"
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
# A slow 4G: 1.6 Mbit/s down, 0.75 up, 150 ms there and back.
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
PLACES = {
    "sign in": "/login", "today": "/today", "month": f"/calendar?view=month&date={pages.DATE}", "week": f"/calendar?view=week&date={pages.DATE}",
    "posts": "/posts", "compose": "/compose", "channels": "/channels", "media": "/media", "analytics": "/analytics", "settings": "/settings/general",
    "health": "/settings/health",
}
WALK = ["/today", "/calendar", "/posts", "/channels", "/media", "/analytics"]
# What Chromium tells of a page from its beginning on. A layout that moves within half a second of an input is the input's.
WATCH = """
    window.seen = {largest: 0, shift: 0, blocked: 0};
    const watch = (type, note) => new PerformanceObserver(list => list.getEntries().forEach(note)).observe({type, buffered: true});
    watch("largest-contentful-paint", entry => { seen.largest = entry.startTime; });
    watch("layout-shift", entry => { if (!entry.hadRecentInput) seen.shift += entry.value; });
    watch("longtask", entry => { seen.blocked += Math.max(0, entry.duration - 50); });
"""
FIRST = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def measure_paints(posts: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="postiz-bench-") as folder, Simulator("bench-simulator") as simulator, \
            Postiz("bench-postiz", pathlib.Path(folder, "data"), simulator, LOG_LEVEL="error") as postiz, sync_playwright() as playwright:
        session, client = new_account(postiz.base)
        channel = client.connect("mastodon", "bench")["id"]
        template = client.create(content="TEMPLATE", platforms=[channel], scheduledFor=pages.SHOWN.isoformat())["id"]
        database = pathlib.Path(folder, "data", "postiz.sqlite")
        pages.fill(database, template, 1000, 1, pages.SHOWN, 28)
        pages.fill(database, template, posts - 1000, 1001, pages.SHOWN + pages.datetime.timedelta(days=60), 700)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        cookies = [{"name": cookie.name, "value": cookie.value, "url": postiz.base} for cookie in session.cookies.jar]
        for size in SIZES:
            cold(browser, postiz.base, cookies, size, rounds)
        walk(browser, postiz.base, cookies, posts, rounds)
        browser.close()


def opened(browser: Browser, cookies: list[dict], size: str) -> BrowserContext:
    context = browser.new_context(viewport=SIZES[size])
    context.add_cookies(cookies)
    return context


def cold(browser: Browser, base: str, cookies: list[dict], size: str, rounds: int) -> None:
    print(f"first visits on a slow 4G, {size}: seconds to the first and the largest paint, ms blocked, layout shift; kB in all and of scripts and "
          f"styles   medians of {rounds}", flush=True)
    worst: dict[str, float] = {}
    for name, path in PLACES.items():
        runs = []
        for _ in range(rounds):
            context = opened(browser, [] if name == "sign in" else cookies, size)
            runs.append(visit(context, base + path))
            context.close()
        medians = dict(zip(runs[0], (statistics.median(values) for values in zip(*(run.values() for run in runs)))))
        worst = {figure: max(value, worst.get(figure, 0)) for figure, value in medians.items()}
        print(f"  {name:10}" + "".join(f" {medians[figure]:8.2f}" for figure in medians), flush=True)
    for figure, target, unit in (("first", 0.8, "s"), ("largest", 1.2, "s"), ("code", 100, "kB")):
        targets.score(f"slowest or heaviest page, {size}: {figure}", worst[figure], target, unit, at_most=True)


def visit(context: BrowserContext, address: str) -> dict[str, float]:
    page = context.new_page()
    page.add_init_script(WATCH)
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW)
    kinds, sizes = {}, {}
    network.on("Network.responseReceived", lambda event: kinds.update({event["requestId"]: event["type"]}))
    network.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(address)
    until(lambda: page.evaluate(FIRST), 10, f"{address} is painted")
    page.wait_for_timeout(500)  # Until nothing larger is painted.
    seen, first = page.evaluate("seen"), page.evaluate(FIRST)
    code = sum(sizes.get(request, 0) for request, kind in kinds.items() if kind in ("Script", "Stylesheet"))
    return {"first": first / 1000, "largest": seen["largest"] / 1000, "blocked": seen["blocked"], "shift": seen["shift"],
            "bytes": sum(sizes.values()) / 1000, "code": code / 1000}


def walk(browser: Browser, base: str, cookies: list[dict], posts: int, rounds: int) -> None:
    print(f"from page to page by the links, {posts:,} posts: ms from the click to the page's first paint and to all of it   medians of {rounds}", flush=True)
    context = opened(browser, cookies, "desktop")
    page = context.new_page()
    page.goto(base + WALK[-1])
    found: dict[str, list[tuple[float, float]]] = {path: [] for path in WALK}
    for number in range(rounds + 1):
        for path in WALK:
            page.locator(f"nav a[href='{path}']").first.click()
            page.wait_for_url(f"**{path}**", wait_until="load")
            if number:  # The first time everything is fetched.
                found[path].append(times(page))
    for path, values in found.items():
        first, whole = (statistics.median(column) for column in zip(*values))
        print(f"  {path:12} {first:8.0f} {whole:8.0f}", flush=True)
        targets.score(f"to {path}", whole, 150, "ms", at_most=True)
    context.close()


def times(page: Page) -> tuple[float, float]:
    whole = "performance.getEntriesByType('navigation')[0].loadEventEnd"
    return tuple(until(lambda: page.evaluate(figure), 10, f"{page.url} is there") for figure in (FIRST, whole))
