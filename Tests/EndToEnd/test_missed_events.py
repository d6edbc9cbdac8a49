"""What was lost while the connection that listens was away: whoever looks is told to look again."""
import os
import subprocess

import pytest
from playwright.sync_api import expect

from browser import chromium, sign_in_as, watch
from client import new_account
from conftest import own_database
from mcp_wire import Events, Modern, Wire, mirrored, stateless

pytestmark = pytest.mark.skipif(not os.environ.get("TEST_ON_POSTGRES"), reason="processes are bridged by PostgreSQL (TEST_ON_POSTGRES)")


@pytest.fixture
def product(start_postiz):
    """With its database, and a post of somebody."""
    settings = own_database("missed")
    program = start_postiz(**settings)
    program.database = settings["DATABASE_URL"]
    session, client = new_account(program.base)
    post = client.create(content="As it was before", status="DRAFT")
    return program, session, client, post


def change_unheard(program) -> None:
    """Changes every post, without an event, as a change of another process whose event was lost; then the listener loses its connection."""
    for statement in (
            "UPDATE posts SET content = CAST(replace(CAST(content AS TEXT), 'before', 'after') AS JSONB)",
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"):
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", program.database, "-c", statement], check=True, stdout=subprocess.DEVNULL)


def test_an_open_stream_gets_one_resync(product):
    program, _, client, post = product
    with client.stream("GET", "/api/events") as response:
        stream = Events(response)
        # An event of this very process: the stream is there.
        client.call("PATCH", f"/api/posts/{post['id']}", json={"tags": ["one"]})
        assert stream.event()[0] == "post_updated"
        change_unheard(program)
        assert stream.event() == ("resync", "{}", None)
        client.call("PATCH", f"/api/posts/{post['id']}", json={"tags": ["two"]})
        assert stream.event()[0] == "post_updated", "one is enough"


def test_an_open_page_reads_its_regions_anew(product):
    program, session, _, post = product
    with chromium() as browser:
        context = browser.new_context()
        sign_in_as(context, session, program.base)
        page = context.new_page()
        errors = watch(page, program.base)
        for address, region in (("/posts?tab=drafts", "#post-list"), (f"/posts/{post['id']}", "#post-detail")):
            subprocess.run(
                ["psql", "-q", program.database, "-c",
                 "UPDATE posts SET content = CAST(replace(CAST(content AS TEXT), 'after', 'before') AS JSONB)"], check=True)
            with page.expect_response("**/api/events"):
                page.goto(program.base + address)
            expect(page.locator(region)).to_contain_text("As it was before")
            change_unheard(program)
            expect(page.locator(region)).to_contain_text("As it was after", timeout=15_000)
        assert errors == []


def test_an_assistant_is_told_of_every_resource_it_watches(product):
    program, _, client, post = product
    uris = sorted([f"postiz://posts/{post['id']}", "postiz://queue"])
    wire, modern = Wire(f"{program.base}/mcp", client.key), Modern(f"{program.base}/mcp", client.key)
    wire.open()
    for uri in uris:
        wire.ask("resources/subscribe", {"uri": uri})
    listen = stateless("subscriptions/listen", {"notifications": {"resourceSubscriptions": uris}})
    with wire.listen() as session, modern.streaming(listen, **mirrored(listen)) as response:
        subscription = Events(response)
        assert subscription.message()["method"] == "notifications/subscriptions/acknowledged"
        change_unheard(program)
        for stream in (session, subscription):
            told = [stream.message() for _ in uris]
            assert [item["params"]["uri"] for item in told] == uris
            assert {item["method"] for item in told} == {"notifications/resources/updated"}
    text = client.post_by_id(post["id"])
    assert "As it was after" in str(text)
