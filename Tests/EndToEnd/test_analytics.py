"""The analytics page: what came out, how it did, by day, hour and tag, sorted, as a file, and without scripts."""
import contextlib
import csv
import io
import json
import re
import sqlite3
import time

import pytest

from browser import DESKTOP, PHONE, chromium, sign_in_as, violations
from client import in_seconds, new_account
from programs import ARTIFACTS, until

TEXTS = ["=Tea, \"green\"\nand black", "Coffee from the hills", "Water"]


# By post: days ago, and what X told.
FIGURES = [(1, {"impressions": 900, "likes": 20, "shares": 4, "comments": 2, "clicks": 30}),
           (2, {"impressions": 2400, "likes": 75, "shares": 9, "comments": 6, "clicks": 12}),
           (2, {"impressions": 310, "likes": 3, "shares": 0, "comments": 0, "clicks": 1})]


@pytest.fixture
def published(start_postiz, simulator, account_name):
    """Three posts that came out on X one and two days ago, with figures. A platform's own grow too slowly for a test: these are written as
    they are stored."""
    program = start_postiz()
    session, client = new_account(program.base)
    channel = client.connect("x", account_name)["id"]
    posts = [
        client.post("/api/posts", json={"content": text, "platforms": [channel], "tags": ["drinks"], "scheduledFor": in_seconds(0.5)}).json()["id"]
        for text in TEXTS
    ]
    for post in posts:
        until(lambda: client.post_by_id(post)["status"] == "PUBLISHED", 30, lambda: client.post_by_id(post))
    program.stop()
    with contextlib.closing(sqlite3.connect(program.folder / "postiz.sqlite")) as database, database:
        for post, (days, figures) in zip(posts, FIGURES):
            database.execute("UPDATE publications SET published_at = published_at - ? WHERE post_id = ?", (days * 86_400_000, post))
            database.execute(
                "INSERT INTO post_metrics (publication_id, organization_id, fetched_at, figures) "
                "SELECT id, organization_id, ?, ? FROM publications WHERE post_id = ?", (int(time.time() * 1000), json.dumps(figures), post))
        for day in range(3):
            database.execute(
                "INSERT INTO account_metrics (integration_id, organization_id, day, figures) SELECT id, organization_id, "
                "strftime('%Y-%m-%d', 'now', ?), ? FROM integrations WHERE true ON CONFLICT DO UPDATE SET figures = excluded.figures",
                (f"-{day} days", json.dumps({"followers": 5000 - 20 * day})))
    return start_postiz(folder=program.folder, PORT=program.base.rsplit(":", 1)[1]), session, client, posts


def test_the_page_tells_what_the_api_tells_and_sorts_it(published):
    program, session, client, posts = published
    figures = {post: client.call("GET", f"/api/analytics/{post}")["publications"][0]["figures"] for post in posts}
    with chromium() as browser:
        context = browser.new_context(viewport=DESKTOP)
        sign_in_as(context, session, program.base)
        page = context.new_page()
        page.goto(program.base + "/analytics")
        tiles = dict(zip(page.locator(".tile dt").all_inner_texts(), page.locator(".tile dd").all_inner_texts()))
        assert tiles["Published"].split("\n")[0] == "3"
        total = sum(one["impressions"] for one in figures.values())
        assert int(re.sub(r"\D", "", tiles["Impressions"].split("\n")[0])) == total
        assert page.locator(".chart figcaption").all_inner_texts() == ["Followers", "Impressions", "Engagements", "Published"]
        assert page.locator(".chart rect").count() == 6, "two days of each"
        assert page.locator(".hours td[data-level='4']").count() >= 1
        assert "#drinks" in page.locator("main").inner_text()
        page.click("#posts-figures th a:has-text('Likes')")
        page.wait_for_url("**sort=likes**")
        rows = page.locator("#posts-figures tbody tr")
        likes = [int(re.sub(r"\D", "", rows.nth(index).locator("td").nth(1).inner_text())) for index in range(3)]
        assert likes == sorted((one["likes"] for one in figures.values()), reverse=True)
        assert page.locator("#posts-figures [aria-sort=descending]").inner_text().strip() == "Likes"
        assert not violations(page)
        page.screenshot(path=ARTIFACTS / "analytics.png", full_page=True)
        page.set_viewport_size(PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=ARTIFACTS / "analytics-phone.png", full_page=True)
        assert not violations(page)
        context.close()


def test_the_file_opens_in_a_spreadsheet_and_starts_no_formula(published):
    _, session, client, posts = published
    answer = session.get("/analytics.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8" and "attachment" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert sorted(row["text"] for row in rows) == sorted(["'" + TEXTS[0], *TEXTS[1:]])
    shown = {row["url"]: row for row in rows}
    for post in posts:
        publication = client.post_by_id(post)["publications"][0]
        told = client.call("GET", f"/api/analytics/{post}")["publications"][0]["figures"]
        assert int(shown[publication["url"]]["impressions"]) == told["impressions"]


def test_nothing_of_another_workspace_is_in_it(published):
    program, _, _, _ = published
    stranger, _ = new_account(program.base)
    page = stranger.get("/analytics").text
    assert "Nothing was published in this time" in page and "Coffee" not in page
    assert stranger.get("/analytics.csv").text.count("\n") == 1


def test_the_report_is_printed_without_what_leads_elsewhere(published):
    program, session, _, _ = published
    with chromium() as browser:
        context = browser.new_context(viewport=DESKTOP)
        sign_in_as(context, session, program.base)
        page = context.new_page()
        page.goto(program.base + "/analytics")
        page.emulate_media(media="print")
        for selector in (".sidebar", ".tabbar", ".filters", ".toasts", ".skip", ".views"):
            assert not any(part.is_visible() for part in page.locator(selector).all()), f"{selector} is printed"
        assert page.locator(".chart svg").count() == 4 and all(chart.is_visible() for chart in page.locator(".chart svg").all())
        assert page.locator("#posts-figures tbody tr").count() == len(TEXTS)
        for table in ("#posts-figures", ".hours"):
            assert page.locator(table).first.is_visible(), f"{table} is not printed"
        # On paper of that width nothing is cut off.
        page.set_viewport_size({"width": 794, "height": 1123})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert len(page.pdf(format="A4")) > 10_000
        context.close()
