"""Rules for links and short links: set up on the page, judged by urllib.parse, followed as the platforms received them."""
import random
import urllib.parse

import httpx
import pytest

from browser import DESKTOP, chromium, look
from client import new_account, new_key
from programs import free_port, until

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture
def program(start_postiz):
    port = str(free_port())
    return start_postiz(PORT=port, SHORT_LINK_URL=f"http://localhost:{port}")


def expected(link: str, added: list[tuple[str, str]]) -> str:
    """What Python's library makes of it: the parameters that are not there yet go behind the others."""
    parts = urllib.parse.urlsplit(link)
    known = {name.lower() for name, _ in urllib.parse.parse_qsl(parts.query, keep_blank_values=True)}
    new = urllib.parse.urlencode([(name, value) for name, value in added if name not in known], quote_via=urllib.parse.quote)
    query = "&".join(filter(None, [parts.query, new]))
    return urllib.parse.urlunsplit(parts._replace(query=query))


def some_link(chance: random.Random) -> str:
    def word(letters: str, most: int) -> str:
        return "".join(chance.choice(letters) for _ in range(chance.randint(1, most)))

    letters = "abcdefxyz0123456789-_~"
    host = chance.choice(["example.com", "www.example.org", "müller.example.com", "xn--mller-kva.example.net:8443"])
    path = "/".join(chance.choice(["", word(letters, 8), "%C3%A4%2F", "ä", "a+b", "a;b=c", "@ada"]) for _ in range(chance.randint(0, 3)))
    query = "&".join(
        f"{chance.choice([word(letters, 5), 'utm_source', 'utm_term', '%C3%BC', 'a[]'])}{chance.choice(['', '=', '=' + word(letters, 6), '=%26%3D', '=a+b'])}"
        for _ in range(chance.randint(0, 4)))
    fragment = chance.choice(["", "", "#top", "#/route?a=b", "#ä"])
    # A link does not end in a sign that ends the sentence around it.
    return f"{chance.choice(['https', 'http'])}://{host}/{path}{'?' + query if query else ''}{fragment}".rstrip("~?&=[]-_;+@%") + "x"


def test_links_get_their_parameters_as_pythons_library_would_add_them(program):
    _, client = new_account(program.base)
    added = [("utm_source", "news letter"), ("utm_medium", "ä&=/?#"), ("utm_campaign", "x~y.z")]
    client.call("POST", "/api/links/rules", 201, json={"name": "All", "parameters": [{"name": name, "value": value} for name, value in added]})
    chance = random.Random(20261129)
    for _ in range(150):
        link = some_link(chance)
        made = client.call("POST", "/api/links/try", json={"url": link})["target"]
        # Both may encode a sign that need not be: they mean the same, and nothing that stood there was touched.
        wanted = expected(link, added)
        left, right = urllib.parse.urlsplit(made), urllib.parse.urlsplit(wanted)
        assert left._replace(query="") == right._replace(query=""), link
        assert urllib.parse.parse_qsl(left.query, keep_blank_values=True) == urllib.parse.parse_qsl(right.query, keep_blank_values=True), link
        assert left.query.startswith(urllib.parse.urlsplit(link).query), link


def test_short_links_lead_where_they_should_and_are_counted(program, simulator, account_name):
    session, client = new_account(program.base)
    mastodon, linkedin = (client.connect(platform, account_name)["id"] for platform in ("mastodon", "linkedin"))
    written = "Spring: https://shop.example.com/sale?b=1&a=%C3%A4#now and https://example.org/"
    with chromium() as browser:
        # Everything is set up without scripts.
        context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
        cookies = [{"name": name, "value": value, "url": program.base} for name, value in session.cookies.items()]
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(f"{program.base}/settings/links")
        page.fill("#name-new", "Shop <b>")
        page.fill("#hosts-new", "https://shop.example.com/")
        page.fill("#utm_campaign-new", "{tagg}")
        page.click("#new-rule button.primary")
        assert "{tagg}" in page.locator("[role=alert]").inner_text()
        assert page.input_value("#name-new") == "Shop <b>", "nothing that was typed is lost"
        page.fill("#utm_campaign-new", "{tag}")
        page.click("#new-rule button.primary")
        assert "Shop <b>" in page.locator("#rules > li").inner_text()
        page.check("[name=shortening][value=WHERE_COUNTED]")
        page.click("form[action='/settings/links/shortening'] button")
        page.fill("#url", "https://shop.example.com/sale")
        page.click("button:has-text('Show what becomes of it')")
        assert "https://shop.example.com/sale?utm_source=" in page.locator("#outcome").inner_text()
        context.close()

        context = browser.new_context(viewport=DESKTOP)
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(f"{program.base}/settings/links?url=https://shop.example.com/sale")
        look(page, "links")
        # The composer counts, and shows, what goes out.
        page.goto(f"{program.base}/compose?channel={linkedin}")
        page.fill("textarea.text", written)
        length = len("Spring: http://localhost:0000/xxxxxxxx and http://localhost:0000/xxxxxxxx") - 8 + 2 * len(program.base.rsplit(":", 1)[1])
        page.wait_for_selector(f".counters .figure:text-is('{length}/3000')", state="attached")
        assert "/xxxxxxxx" in page.locator("[data-preview]").inner_text()
        page.check("#links-as-written")
        page.wait_for_selector(f".counters .figure:text-is('{len(written)}/3000')", state="attached")
        context.close()

        post = client.wait_settled(
            client.create(content=written, platforms=[mastodon, linkedin], schedule="now", tags=["spring"])["id"])
        added = [("utm_source", "mastodon"), ("utm_medium", "social"), ("utm_campaign", "spring")]
        target = expected("https://shop.example.com/sale?b=1&a=%C3%A4#now", added)
        sent = {item["platform"]: item["text"] for item in simulator.publications(account=account_name)}
        assert sent["mastodon"] == f"Spring: {target} and https://example.org/", "there links count the same however long they are"
        first, second = (word for word in sent["linkedin"].split() if "://" in word)
        assert first.startswith(f"http://localhost:{program.base.rsplit(':', 1)[1]}/") and first != second
        assert client.post_by_id(post["id"])["content"] == written

        answer = httpx.get(first, headers=FIREFOX)
        assert answer.status_code == 302 and answer.headers["location"] == target.replace("mastodon", "linkedin")
        assert "no-store" in answer.headers["cache-control"] and "set-cookie" not in answer.headers and answer.headers["referrer-policy"]
        assert httpx.head(first, headers=FIREFOX).headers["location"] == answer.headers["location"], "looked at, not followed"
        assert httpx.get(first.replace("localhost", "127.0.0.1"), headers=FIREFOX).status_code == 404, "the main address is no short one"
        assert httpx.get(f"{program.base}/l/{first[-8:].upper()}", headers=FIREFOX).status_code == 302, "and has its own place for them"
        assert httpx.get(first, headers={"User-Agent": "Twitterbot/1.0"}).status_code == 302
        short = first[:-9]
        for path in ("/", "/login", "/api/health", "/api/openapi.json", "/assets/", "/l/" + first[-8:], "/bbbbbbbb", "//example.com", "/https://example.com"):
            other = httpx.get(short + path)
            assert other.status_code == 404 and "location" not in other.headers, path
        assert httpx.post(short + "/api/auth/login", json={}).status_code == 405

        clicks = f"/api/links/posts/{post['id']}/clicks"
        until(lambda: client.call("GET", clicks)["people"] == 2, 20, lambda: client.call("GET", clicks))
        told = client.call("GET", clicks)
        assert (told["bots"], [item["integrationId"] for item in told["channels"]]) == (1, [linkedin])
        assert {link["url"]: link["people"] for link in told["channels"][0]["links"]} == {first: 2, second: 0}
        context = browser.new_context(viewport=DESKTOP)
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(f"{program.base}/posts/{post['id']}")
        assert "2 clicks on its links" in " ".join(page.locator("li.publication").all_inner_texts())
        look(page, "post-clicks")
        page.goto(f"{program.base}/analytics")
        assert page.locator("#posts-figures thead th").last.inner_text() == "Short links followed"
        assert sorted(page.locator("#posts-figures tbody td:last-child").all_inner_texts()) == ["2", "–"], "Mastodon got none"
        assert session.get("/analytics.csv").text.splitlines()[0].endswith(",link_clicks")
        context.close()

    # What was counted when the program stops is kept, and a link stays when its post goes.
    httpx.get(first, headers=FIREFOX)
    client.call("DELETE", f"/api/posts/{post['id']}")
    program.stop()
    program.start()
    assert httpx.get(first, headers=FIREFOX).status_code == 302
    until(lambda: client.call("GET", clicks)["people"] == 4, 20, lambda: client.call("GET", clicks))

    stranger_session, stranger = new_account(program.base)
    stranger.call("GET", clicks, 404)
    rule = client.call("GET", "/api/links/rules")["items"][0]["id"]
    for method in ("GET", "PATCH", "DELETE"):
        stranger.call(method, f"/api/links/rules/{rule}", 404, **({"json": {}} if method == "PATCH" else {}))
    reader = new_key(session, ["posts:read", "posts:write"])
    assert reader.post("/api/links/rules", json={}).status_code == 403
    assert reader.get(clicks).status_code == 403
    assert stranger.call("GET", "/api/links/settings") == {"shortening": "NEVER"}
