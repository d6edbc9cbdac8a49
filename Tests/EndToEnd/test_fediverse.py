"""What a server of the Fediverse made otherwise than was asked is said by all three faces."""
import asyncio
import html

import pytest

from assistant import assistant


@pytest.fixture
def wordpress(simulator):
    """The simulated server with the ways of WordPress: everything is shown to everyone, warnings and languages are left out."""
    simulator.switch("mastodon", server="wordpress")
    yield
    simulator.switch("mastodon", server="mastodon")


def test_what_a_server_did_not_keep_is_said_by_every_face(wordpress, postiz, person, account_name):
    session, client = person
    channel = client.connect("mastodon", account_name)
    wishes = {channel["id"]: {"visibility": "unlisted", "spoiler_text": "Tea", "language": "de"}}
    post = client.create(content="Quiet", platforms=[channel["id"]], schedule="now", settings=wishes)["id"]
    view = client.wait_settled(post)
    notes = view["publications"][0]["notes"]
    assert view["status"] == "PUBLISHED" and len(notes) == 3, view
    assert "Everyone" in notes[0] and "Tea" in notes[1] and "de" in notes[2]

    page = html.unescape(session.get(f"/posts/{post}", headers={"Accept": "text/html"}).text)
    assert all(note in page for note in notes), page[-3000:]

    async def told() -> list[str]:
        async with assistant("streamable", postiz, client.key) as talk:
            return (await talk.call("get_post", post=post))["warnings"]

    assert asyncio.run(told()) == notes
