"""A person with a browser: from the first account to a published thread, by mouse and by keyboard alone."""
import datetime
import itertools
import re

import pytest
from playwright.sync_api import Page, expect

from browser import DESKTOP, PHONE, allow, connect, newcomer, register, violations, watch
from client import PASSWORD
from pictures import png
from programs import Postiz
from writing import Desk

pytestmark = pytest.mark.browser
PARTS = ["The first part, with a picture", "The second part", "The third part and the end"]


@pytest.fixture(scope="module")
def fresh(simulator, tmp_path_factory):
    """A product that nobody has used yet."""
    with Postiz("postiz-story", tmp_path_factory.mktemp("story"), simulator, LOOKUP_SETTLE_SECONDS="2") as running:
        yield running


@pytest.fixture(scope="module")
def story(browser, fresh, simulator):
    """The first account, signed in, with a channel on every platform: the page, and the errors it has shown."""
    context = browser.new_context(viewport=DESKTOP, locale="en-GB", timezone_id="Europe/Paris")
    page = context.new_page()
    errors = watch(page, fresh.base)
    page.goto(fresh.base)
    page.wait_for_url(re.compile("/(login|register)"))
    register(page, fresh.base, "ada@example.com")
    assert "/onboarding" in page.url
    page.click('form[action="/logout"] button')
    page.wait_for_url("**/login*")
    page.fill("#email", "ada@example.com")
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_selector("#sidebar")
    connect(page, fresh.base, "x", "Ada Story")
    connect(page, fresh.base, "linkedin", "Ada Story")
    connect(page, fresh.base, "linkedin-page", "Ada Story", organization="Example Widgets")
    connect(page, fresh.base, "mastodon", "Ada Story", instance=simulator.base + "/mastodon")
    yield page, errors
    context.close()


def minute_ahead(seconds: float = 6) -> datetime.datetime:
    """The next full minute that is at least so far away."""
    later = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds + 59.999)
    return later.replace(second=0, microsecond=0)


def test_a_thread_is_written_scheduled_and_seen_going_out(story, fresh, simulator, tmp_path):
    page, errors = story
    picture = tmp_path / "waves.png"
    picture.write_bytes(png())
    page.goto(fresh.base + "/compose")
    for box in page.locator(".chip input").all():
        box.set_checked(True, force=True)
    for number, text in enumerate(PARTS):
        if number:
            page.click("[data-add-part]")
        page.locator(".part textarea.text").nth(number).fill(text)
    page.locator(".part input[type=file]").first.set_input_files(str(picture))
    expect(page.locator(".tray-item img")).to_be_visible(timeout=15_000)
    due = minute_ahead()
    desk = Desk(page, fresh.base)
    desk.plan(due.strftime("%Y-%m-%d"), due.strftime("%H:%M"), "UTC")
    desk.press("schedule")
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    if not re.search(r"/posts/[0-9a-f-]{36}", page.url):
        page.goto(fresh.base + "/posts")
        page.get_by_role("link", name=PARTS[0]).first.click()
    page.evaluate("window.sameDocument = true")
    links = page.locator("#post-detail .publication .state a")
    expect(links).to_have_count(4, timeout=110_000)
    assert page.evaluate("window.sameDocument"), "the page was loaded anew"
    with page.context.expect_page() as opened:
        links.first.click()
    expect(opened.value.locator("body")).to_contain_text(PARTS[0])
    opened.value.close()
    for platform in ("x", "mastodon"):
        assert [item["text"] for item in simulator.publications(platform) if item["text"] in PARTS] == PARTS
    assert not errors, errors


def focus(page: Page, wanted: str, key: str = "Tab", most: int = 150) -> None:
    """Presses `key` until the element that matches `wanted` has the focus, as a person without a mouse would."""
    for _ in itertools.repeat(None, most):
        if page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", wanted):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{wanted} cannot be reached with {key}")


def test_composing_by_keyboard_alone(story, fresh):
    page, errors = story
    page.goto(fresh.base + "/calendar")
    page.keyboard.press("n")
    page.wait_for_url("**/compose*")
    page.locator(".part textarea.text").first.wait_for()
    focus(page, ".part textarea.text")
    page.keyboard.type("Written without a mouse")
    focus(page, ".chip input", key="Shift+Tab")
    page.keyboard.press("Space")
    focus(page, "[data-deeds] > summary")
    page.keyboard.press("Enter")
    for field in ("#date", "#time"):
        focus(page, field)
        # Upwards from an empty field comes today and now, in whatever order the fields stand; once more, and it is next year.
        for key in ("ArrowUp", "ArrowRight") * 2 + ("ArrowUp", "ArrowUp"):
            page.keyboard.press(key)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    page.goto(fresh.base + "/posts")
    expect(page.locator("#post-list")).to_contain_text("Written without a mouse")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert not errors, errors


def test_a_picture_is_described_while_its_post_is_edited(story, fresh, tmp_path):
    page, errors = story
    picture = tmp_path / "waves.png"
    picture.write_bytes(png(320, 200))
    page.goto(fresh.base + "/compose")
    page.locator('.chip:has([data-platform="mastodon"]) input').first.set_checked(True, force=True)
    page.locator(".part textarea.text").first.fill("With a picture that is described later")
    page.locator(".part input[type=file]").first.set_input_files(str(picture))
    expect(page.locator(".tray-item img")).to_be_visible(timeout=15_000)
    desk = Desk(page, fresh.base)
    desk.plan((datetime.date.today() + datetime.timedelta(days=3)).isoformat(), "09:00")
    desk.press("schedule")
    page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
    address = page.url
    page.goto(address + "/edit")
    page.locator(".tray-item [data-alt]").first.fill("Waves in the evening")
    desk.press("schedule")
    page.wait_for_url(address)
    expect(page.locator("#post-detail")).to_contain_text("Waves in the evening")
    assert not errors, errors


def test_a_draft_survives_a_closed_tab(story, fresh):
    page, _ = story
    tab = page.context.new_page()
    tab.goto(fresh.base + "/compose")
    tab.locator(".part textarea.text").first.fill("Half a thought that must not be lost")
    tab.wait_for_timeout(1500)
    tab.close()
    page.goto(fresh.base + "/compose")
    page.get_by_role("button", name="Use them").click()
    assert page.locator(".part textarea.text").first.input_value() == "Half a thought that must not be lost"


def test_the_consent_page_can_be_declined(story, fresh):
    page, _ = story
    page.goto(fresh.base + "/channels")
    page.locator('form[action="/api/auth/x"] button').click()
    page.click("button[value=decline]")
    page.wait_for_url("**/channels*")
    expect(page.locator(".banner").first).to_be_visible()
    assert not violations(page)


def test_pages_work_without_scripts(story, browser, fresh):
    page, _ = story
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, storage_state=page.context.storage_state())
    plain = context.new_page()
    plain.goto(fresh.base + "/compose")
    plain.locator(".chip input").first.check(force=True)
    plain.locator("textarea[name=text]").first.fill("Written without scripts")
    plain.click("[data-deeds] > summary")
    plain.click("button[name=action][value=draft]")
    plain.goto(fresh.base + "/posts?status=DRAFT")
    expect(plain.locator("#post-list")).to_contain_text("Written without scripts")
    plain.goto(fresh.base + "/compose")
    plain.locator(".chip input").first.check(force=True)
    plain.locator("textarea[name=text]").first.fill("Planned without scripts")
    plain.click("[data-deeds] > summary")
    plain.fill("#date", "2030-05-06")
    plain.fill("#time", "10:20")
    plain.click("button[name=action][value=schedule]")
    plain.goto(fresh.base + "/calendar?view=day&date=2030-05-06")
    expect(plain.locator(".slip time")).to_have_text("10:20")
    expect(plain.locator(".slip")).to_contain_text("Planned without scripts")
    context.close()


def test_connecting_from_the_first_step_leads_back_to_the_steps(browser, postiz, simulator, account_name):
    page = newcomer(browser, postiz.base)
    page.goto(postiz.base + "/onboarding")
    form = page.locator('.step[data-state=now] form[action="/api/auth/mastodon"]')

    def begin(server):
        form.locator("summary").click()
        form.locator("input[name=instance]").fill(server)
        form.locator("button").click()

    # What is refused, and what the person does not allow after all, is said where they began.
    begin("ftp://nowhere.example.com")
    page.wait_for_url("**/onboarding?*")
    expect(page.locator(".banner[role=alert]")).to_be_visible()
    begin(simulator.base + "/mastodon")
    page.click("button[value=decline]")
    page.wait_for_url("**/onboarding?*")
    expect(page.locator(".banner[role=alert]")).to_be_visible()
    expect(page.locator(".step").first).to_have_attribute("data-state", "now")
    assert not violations(page)
    # A form that is left leads back as well.
    page.locator('form[action="/api/auth/bluesky"] button').click()
    page.wait_for_url("**/channels/connect/bluesky?**")
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/onboarding")
    begin(simulator.base + "/mastodon")
    allow(page, account_name)
    page.wait_for_url("**/onboarding*")
    expect(page.locator(".step").first).to_have_attribute("data-state", "done")
    expect(page.locator(".banner")).to_contain_text("is connected")
    page.reload()
    expect(page.locator(".banner")).to_have_count(0)
    assert not page.errors
    page.context.close()
