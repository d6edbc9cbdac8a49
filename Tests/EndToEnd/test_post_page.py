"""A post's page: how it looks on each channel, review with the keyboard alone, and what can be taken back."""
import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, chromium, look, newcomer, violations
from client import in_seconds
from pictures import png
from programs import until

pytestmark = pytest.mark.browser
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def ada(postiz):
    with chromium() as browser:
        page = newcomer(browser, postiz.base, viewport=DESKTOP)
        page.base = postiz.base
        yield page
        assert not page.errors, page.errors


@pytest.fixture(scope="module")
def channels(ada, simulator):
    return [ada.api.connect(platform, f"page-{platform}")["id"] for platform in ("mastodon", "x")]


def plan(ada, text, on, hours=2, **more):
    return ada.api.create(content=text, platforms=on, scheduledFor=in_seconds(hours * 3600), **more)["id"]


def undo(ada):
    ada.locator("#toasts").get_by_role("button", name="Undo").click()


def standing(ada, post):
    return ada.api.post_by_id(post)["status"]


def test_it_shows_each_channels_version_as_it_will_look_and_as_it_looks(ada, channels):
    mastodon, x = channels
    file = ada.api.upload(png(), alt="A red <dot>")["id"]
    post = ada.api.create(
        parts=[{"text": "For all <b>of them</b>", "mediaIds": [file]}, {"text": "And a second part"}], platforms=channels,
        versions={x: [{"text": "For X alone"}]}, settings={mastodon: {"spoiler_text": "About dots"}}, scheduledFor=in_seconds(7200))["id"]
    ada.goto(f"{ada.base}/posts/{post}")
    samples = ada.locator(".shown > details")
    expect(samples).to_have_count(2)
    first, second = samples.nth(0), samples.nth(1)
    expect(first.locator(".sample")).to_be_visible()
    expect(first.locator(".sample-part .said")).to_have_text(["For all <b>of them</b>", "And a second part"])
    # Each part of a thread bears it.
    expect(first.locator(".warned")).to_have_text(["About dots", "About dots"])
    # What goes out with a picture and is not seen stands there in words; a small picture is shown, the whole one opens.
    expect(first.locator(".sample p.dim")).to_have_text("A red <dot>")
    expect(first.locator("a.frame")).to_have_attribute("href", f"/api/media/{file}/file")
    until(lambda: first.locator(".frame img").evaluate("image => image.complete && image.naturalWidth > 0"), 10, "the picture is there")
    # The other channel's is opened by the keyboard, and closes the first.
    expect(second.locator("summary")).to_contain_text("own version")
    expect(second.locator(".sample")).to_be_hidden()
    second.locator("summary").focus()
    ada.keyboard.press("Enter")
    expect(second.locator(".sample .said")).to_have_text("For X alone")
    expect(first.locator(".sample")).to_be_hidden()
    look(ada, "post-samples")

    ada.api.call("POST", f"/api/posts/{post}/publish")
    ada.api.wait_settled(post)
    ada.goto(f"{ada.base}/posts/{post}")
    expect(first.locator(".said")).to_have_text(["For all <b>of them</b>", "And a second part"])
    expect(ada.locator(".publication .state a")).to_have_count(2)


def test_one_channel_has_nothing_to_choose_from_and_none_shows_the_words(ada, channels):
    ada.goto(f"{ada.base}/posts/{plan(ada, 'Only here', channels[:1])}")
    expect(ada.locator(".shown .sample .said")).to_have_text("Only here")
    expect(ada.locator(".shown summary .icon")).to_be_hidden()
    ada.goto(f"{ada.base}/posts/{ada.api.create(content='Nowhere yet', status='DRAFT')['id']}")
    expect(ada.locator(".shown .content-part")).to_have_text("Nowhere yet")


def until_focused(page, selector, key="Tab"):
    """Goes on with the keyboard until `selector` has the focus."""
    for _ in range(60):
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{selector} is not reached with {key}")


def test_review_with_the_keyboard_alone(ada, channels):
    texts = ["First in line", "Second in line", "Third in line", "Fourth in line"]
    first, second, third, fourth = [plan(ada, text, channels[:1], hours=3 + index, status="IN_REVIEW") for index, text in enumerate(texts)]
    ada.goto(ada.base + "/posts?tab=review")
    # From row to row, and into one. The keys of a list come with a module of their own.
    first_row = ada.locator(".post-row .what a").first
    until(lambda: ada.keyboard.press("j") or first_row.evaluate("row => row === document.activeElement"), 10, "the first row has the focus")
    ada.keyboard.press("j")
    expect(ada.locator(".post-row .what a").nth(1)).to_be_focused()
    ada.keyboard.press("x")
    expect(ada.locator(".post-row [name=post]").nth(1)).to_be_checked()
    ada.keyboard.press("x")
    ada.keyboard.press("k")
    ada.keyboard.press("Enter")
    ada.wait_for_url(f"**/posts/{first}")
    expect(ada.locator(".review")).to_contain_text("4 posts wait for review")
    ada.keyboard.press("?")
    expect(ada.locator("#shortcuts")).to_contain_text("Next or previous post in a list or in review")
    expect(ada.locator("#shortcuts")).to_contain_text("Approve the post that is shown")
    ada.keyboard.press("Escape")
    # Back and forth.
    ada.keyboard.press("j")
    ada.wait_for_url(f"**/posts/{second}")
    ada.keyboard.press("k")
    ada.wait_for_url(f"**/posts/{first}")
    assert not violations(ada)

    # Approved, the next one comes; the approval is taken back by the keyboard as well.
    ada.keyboard.press("a")
    ada.wait_for_url(f"**/posts/{second}")
    expect(ada.locator("#toasts")).to_contain_text("Approved. It goes out")
    expect(ada.locator("#toasts")).to_contain_text("3 left.")
    assert standing(ada, first) == "SCHEDULED"
    until_focused(ada, "#toasts form button", "Shift+Tab")
    ada.keyboard.press("Enter")
    ada.wait_for_url(f"**/posts/{first}")
    expect(ada.locator("#toasts")).to_contain_text("1 post waits for review again.")
    assert standing(ada, first) == "IN_REVIEW"
    ada.keyboard.press("a")
    ada.wait_for_url(f"**/posts/{second}")

    # Sent back with a word, from the key that leads there.
    ada.keyboard.press("r")
    expect(ada.locator("#note")).to_be_focused()
    ada.keyboard.type("jumps, please")
    ada.keyboard.press("Tab")
    expect(ada.locator("#send-back")).to_be_focused()
    ada.keyboard.press("Enter")
    ada.wait_for_url(f"**/posts/{third}")
    expect(ada.locator("#toasts")).to_contain_text("2 left.")
    assert standing(ada, second) == "DRAFT"
    assert ada.api.call("GET", f"/api/posts/{second}/comments")["items"][0]["text"] == "jumps, please"

    # Rejected: into the trash, and on.
    until_focused(ada, "#reject")
    ada.keyboard.press("Enter")
    ada.wait_for_url(f"**/posts/{fourth}")
    expect(ada.locator("#toasts")).to_contain_text("1 left.")
    ada.api.call("GET", f"/api/posts/{third}", 404)
    # After the last one stays what it became of it.
    expect(ada.locator(".review")).not_to_contain_text("wait for review")
    ada.keyboard.press("a")
    expect(ada.locator(".head .badge")).to_have_text("Scheduled")
    expect(ada.locator("#toasts")).not_to_contain_text("left")
    assert ada.url.endswith(fourth)


def test_cancelling_tagging_and_approving_are_undone(ada, channels):
    both = [plan(ada, f"Taken back {number}", channels[:1], hours=20 + number, tags=["spring"] if number else []) for number in range(2)]
    ada.goto(f"{ada.base}/posts/{both[0]}")
    ada.locator(".head .menu summary").click()
    ada.get_by_role("button", name="Cancel sending").click()
    expect(ada.locator(".head .badge")).to_have_text("Cancelled")
    undo(ada)
    expect(ada.locator(".head .badge")).to_have_text("Scheduled")
    assert [standing(ada, post) for post in both] == ["SCHEDULED", "SCHEDULED"]

    def choose():
        for number in range(2):
            ada.get_by_label(f"Choose: Taken back {number}").check()

    ada.goto(ada.base + "/posts?q=Taken+back")
    choose()
    ada.locator(".chosen").get_by_role("button", name="Cancel sending").click()
    expect(ada.locator("#toasts")).to_contain_text("2 posts cancelled.")
    undo(ada)
    expect(ada.locator("#toasts")).to_contain_text("2 posts are planned again.")
    assert [standing(ada, post) for post in both] == ["SCHEDULED", "SCHEDULED"]
    # Who had the tag before keeps it.
    choose()
    ada.fill("#chosen-tag", "spring")
    ada.get_by_role("button", name="Add tag").click()
    expect(ada.locator("#toasts")).to_contain_text("2 posts tagged.")
    undo(ada)
    expect(ada.locator("#toasts")).to_contain_text("The tag is taken away again.")
    assert [ada.api.post_by_id(post)["tags"] for post in both] == [[], ["spring"]]

    waiting = [plan(ada, f"Waits {number}", channels[:1], hours=30 + number, status="IN_REVIEW") for number in range(2)]
    ada.goto(ada.base + "/posts?tab=review")
    for number in range(2):
        ada.get_by_label(f"Choose: Waits {number}").check()
    ada.get_by_role("button", name="Approve chosen").click()
    expect(ada.locator("#toasts")).to_contain_text("2 posts approved.")
    assert [standing(ada, post) for post in waiting] == ["SCHEDULED", "SCHEDULED"]
    undo(ada)
    expect(ada.locator("#toasts")).to_contain_text("2 posts wait for review again.")
    assert [standing(ada, post) for post in waiting] == ["IN_REVIEW", "IN_REVIEW"]


def test_several_are_moved_to_a_day_with_their_distance_kept(ada, channels):
    def day_of(post):
        return datetime.datetime.fromisoformat(ada.api.post_by_id(post)["scheduledFor"]).astimezone(PARIS)

    posts = [plan(ada, f"Moves {number}", channels[:1], hours=24 * (40 + 3 * number)) for number in range(2)]
    before = [day_of(post) for post in posts]
    ada.goto(ada.base + "/posts?q=Moves")
    for number in range(2):
        ada.get_by_label(f"Choose: Moves {number}").check()
    ada.get_by_role("button", name="Move to day").click()
    expect(ada.locator("#toasts")).to_contain_text("Choose the day to move them to.")
    for number in range(2):
        ada.get_by_label(f"Choose: Moves {number}").check()
    goal = before[0] + datetime.timedelta(days=100)
    ada.fill("#chosen-date", f"{goal:%Y-%m-%d}")
    ada.get_by_role("button", name="Move to day").click()
    expect(ada.locator("#toasts").last).to_contain_text("2 posts moved.")
    after = [day_of(post) for post in posts]
    assert [f"{moment:%Y-%m-%dT%H:%M}" for moment in after] == [
        f"{moment.replace(tzinfo=None) + datetime.timedelta(days=100):%Y-%m-%dT%H:%M}" for moment in before]
    undo(ada)
    until(lambda: [day_of(post) for post in posts] == before, 10, "they are back")


def test_what_destroys_stands_apart_at_the_end(ada, channels):
    post = plan(ada, "Among the deeds", channels[:1], hours=50)
    ada.goto(f"{ada.base}/posts/{post}")
    ada.locator(".head .menu summary").click()
    buttons = ada.locator(".head .menu .sheet button")
    expect(buttons.last).to_have_class("danger")
    assert ada.locator(".head .menu .danger").count() == 1
    line = "getComputedStyle(document.querySelector('.head .menu .sheet .danger')).borderTopStyle"
    assert ada.evaluate(line) == "solid"
    ada.goto(ada.base + "/posts")
    ada.locator("[data-all=post]").check()
    expect(ada.locator(".chosen .several button").last).to_have_text("Move to trash")
