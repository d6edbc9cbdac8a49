"""Feeds that become posts: a real server whose feed changes under the product, feeds that `feedgen` writes, and `feedparser` as the judge of
what they say."""
import calendar
import contextlib
import datetime
import hashlib
import html
import http.server
import re
import threading
import urllib.parse

import feedparser
import httpx
import pytest
from feedgen.feed import FeedGenerator

from browser import DESKTOP, PHONE, chromium, sign_in_as, violations
from client import moment, new_account
from programs import ARTIFACTS, until

UTC = datetime.timezone.utc


class FeedServer:
    """Serves `body` under an ETag and notes what was asked."""

    def __init__(self):
        self.body, self.status, self.type, self.asked = b"", 200, "application/xml", []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                tag = '"' + hashlib.sha256(server.body).hexdigest()[:16] + '"'
                status = 304 if server.status == 200 and self.headers["If-None-Match"] == tag else server.status
                server.asked.append(status)
                self.send_response(status)
                self.send_header("ETag", tag)
                self.send_header("Content-Type", server.type)
                self.send_header("Content-Length", "0" if status == 304 else str(len(server.body)))
                self.end_headers()
                if status != 304:
                    self.wfile.write(server.body)

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/feed"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def show(self, *numbers, kind="rss"):
        """Items with these numbers, the newest first."""
        feed = generator()
        for number in sorted(numbers):
            entry = feed.add_entry()
            entry.id(f"urn:item:{number}")
            entry.title(f"Item {number}")
            entry.link(href=f"https://example.com/{number}")
            entry.published(datetime.datetime.now(UTC) + datetime.timedelta(minutes=number))
        self.body = feed.atom_str() if kind == "atom" else feed.rss_str()


def generator():
    feed = FeedGenerator()
    feed.id("https://example.com/")
    feed.title("The news & more")
    feed.link(href="https://example.com/", rel="alternate")
    feed.description("What happens")
    return feed


@pytest.fixture
def server():
    made = FeedServer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def program(start_postiz):
    return start_postiz(ALLOWED_PRIVATE_HOSTS="127.0.0.1")


def shapes():
    """Feeds of many shapes, by name."""
    made = {}
    for number, (title, summary) in enumerate([
        ("Plain", "Plain words"), ("Salt & pepper <b>bold</b>", "<p>One</p><p>Two &amp; three</p>"), ("Ünïcödé 日本 🎬", "Grüße &eacute;"),
        ("", "No title at all"), ("A  title\n over lines", "x" * 3000),
    ]):
        for kind in ("rss", "atom"):
            feed = generator()
            for item in range(3):
                entry = feed.add_entry()
                entry.id(f"urn:uuid:{number}-{item}")
                entry.title(f"{title} {item}" if title else " ")
                entry.link(href=f"https://example.com/{number}/{item}?a=1&b=2")
                entry.author(name="Ada Lovelace", email="ada@example.com")
                entry.category(term="news")
                (entry.description if kind == "rss" else entry.summary)(summary)
                zone = datetime.timezone(datetime.timedelta(hours=item - 1))
                entry.published(datetime.datetime(2026, 11, 20 + item, 9, 30, tzinfo=zone))
            made[f"{kind} {number}"] = feed.rss_str() if kind == "rss" else feed.atom_str()
    item = "<item><title>T {0}</title><link>https://example.com/{0}</link>{1}</item>"
    rss = '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Hand</title>{}</channel></rss>'
    dates = ["Tue, 24 Nov 2026 09:00:00 GMT", "24 Nov 2026 09:00 +0200", "Tue, 24 Nov 2026 09:00:00 EST", "2026-11-24T09:00:00.5Z"]
    made["dates"] = rss.format("".join(item.format(n, f"<pubDate>{date}</pubDate>") for n, date in enumerate(dates))).encode()
    made["guids"] = rss.format(
        item.format(1, "<guid>https://example.com/guid</guid>") + item.format(2, '<guid isPermaLink="false">g2</guid>')
        + "<item><title>Only a guid</title><guid>https://example.com/only</guid></item>").encode()
    made["html names"] = rss.format(item.format("caf&eacute; &mdash; bar", "")).encode()
    made["latin"] = ('<?xml version="1.0" encoding="iso-8859-1"?>' + rss.format(item.format("Café", ""))).encode("iso-8859-1")
    made["utf-16"] = ('<?xml version="1.0" encoding="utf-16"?>' + rss.format(item.format("Café", ""))).encode("utf-16")
    made["rdf"] = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel rdf:about="c"><title>R'
        '</title></channel><item rdf:about="https://example.com/about"><title>One</title><link>https://example.com/1</link></item></rdf:RDF>'
    ).encode()
    return made


def words(text):
    """As a person reads it: without markup, blanks alike."""
    return " ".join(html.unescape(html.unescape(re.sub(r"<[^>]*>", " ", text or ""))).split())


def test_ids_links_titles_and_times_are_read_as_the_public_library_reads_them(program, server):
    _, client = new_account(program.base)
    compared = 0
    for name, body in shapes().items():
        server.body = body
        server.type = "text/xml"
        found = client.call("POST", "/api/sources/preview", json={"url": server.url, "integrationIds": []})["items"]
        judged = feedparser.parse(body).entries
        assert len(found) == len(judged) > 0, name
        for ours, theirs in zip((one["item"] for one in found), judged):
            assert ours.get("id") == theirs.get("id"), name
            # Letters beyond ASCII are encoded, as the address is sent.
            assert urllib.parse.unquote(ours.get("link") or "") == theirs.get("link"), name
            assert words(ours["title"]) == words(theirs.get("title")), name
            time = theirs.get("published_parsed") or theirs.get("updated_parsed")
            published = ours.get("published") and moment(ours["published"]).replace(microsecond=0)
            assert published == (time and datetime.datetime.fromtimestamp(calendar.timegm(time), UTC)), name
            compared += 1
    assert compared > 30


def texts(client):
    return sorted(post["parts"][0]["text"] for post in client.call("GET", "/api/posts?origin=FEED&limit=200")["items"])


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_new_items_make_one_post_each_though_the_program_is_killed_between(program, server, account_name, kind):
    _, client = new_account(program.base)
    channel = client.connect("mastodon", account_name)["id"]
    server.show(1, 2, kind=kind)
    source = client.call(
        "POST", "/api/sources", 201,
        json={"url": server.url, "integrationIds": [channel], "pattern": "{title}: {link}", "postsPerDay": 100})["id"]
    assert texts(client) == []
    read = f"/api/sources/{source}/read"
    client.call("POST", read)
    assert server.asked[-1] == 304, "what has not changed is not sent again"
    server.show(1, 2, 3, kind=kind)
    client.call("POST", read)
    assert texts(client) == ["Item 3: https://example.com/3"]

    def reading():
        with contextlib.suppress(httpx.TransportError):  # Its server is killed.
            client.call("POST", read)

    for shown in (23, 43, 63, 83):  # Each time it dies somewhere on the way.
        before = len(texts(client))
        server.show(*range(1, shown + 1), kind=kind)
        reader = threading.Thread(target=reading)
        reader.start()
        until(lambda: len(texts(client)) > before, 20, "it has begun")
        program.kill()
        reader.join()
        program.start()
    client.call("POST", read)
    assert texts(client) == sorted(f"Item {number}: https://example.com/{number}" for number in range(3, 84))
    statuses = [one["status"] for one in client.call("GET", f"/api/sources/{source}/items?limit=200")["items"]]
    assert statuses.count("PAST") == 2 and statuses.count("POSTED") == 81


def test_cron_reads_what_is_due_by_itself(program, server):
    _, client = new_account(program.base)
    server.show(1)
    source = client.call("POST", "/api/sources", 201, json={"url": server.url, "integrationIds": [], "minutes": 15})
    server.show(1, 2)
    assert moment(source["nextReadAt"]) > datetime.datetime.now(UTC)
    # Let go on after a pause, it is due at once; what came meanwhile is only noted.
    path = f"/api/sources/{source['id']}"
    client.call("PATCH", path, json={"status": "PAUSED"})
    client.call("PATCH", path, json={"status": "ACTIVE"})
    until(lambda: client.call("GET", path + "/items?status=IGNORED")["items"], 40, "cron has read it")
    assert texts(client) == []


def test_a_person_sees_what_a_feed_holds_adds_it_and_follows_its_items(program, server, account_name):
    session, client = new_account(program.base)
    client.connect("mastodon", account_name)
    server.show(1, 2)
    with chromium() as browser:
        # Everything works without scripts.
        context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
        sign_in_as(context, session, program.base)
        page = context.new_page()
        page.goto(program.base + "/settings/automations")
        page.fill("#url", server.url)
        page.fill("#pattern", "New: {title}\n{link}")
        page.click("main button:has-text('Preview')")
        assert "New: Item 2\nhttps://example.com/2" in page.locator("main pre").first.inner_text()
        assert page.input_value("#url") == server.url, "nothing that was typed is lost"
        page.fill("#pattern", "{titel}")
        page.click("main button:has-text('Add feed')")
        assert "{titel} is not known" in page.locator("[role=alert]").inner_text()
        page.fill("#pattern", "New: {title}\n{link}")
        page.screenshot(path=ARTIFACTS / "automations.png", full_page=True)
        page.click("main button:has-text('Add feed')")
        assert page.locator("main ul.list > li").count() == 2
        server.show(1, 2, 3)
        page.click("main button:has-text('Read now')")
        assert "Made a post" in page.locator("main ul.list > li").first.inner_text()
        page.screenshot(path=ARTIFACTS / "feed.png", full_page=True)
        context.close()
        context = browser.new_context(viewport=PHONE, color_scheme="dark")
        sign_in_as(context, session, program.base)
        page = context.new_page()
        source = client.call("GET", "/api/sources")["items"][0]["id"]
        for name, path in [("automations", ""), ("feed", f"/feeds/{source}")]:
            page.goto(program.base + "/settings/automations" + path)
            assert not violations(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            page.screenshot(path=ARTIFACTS / f"{name}-phone.png", full_page=True)
        context.close()
    assert texts(client) == ["New: Item 3\nhttps://example.com/3"]
