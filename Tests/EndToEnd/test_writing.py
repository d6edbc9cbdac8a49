"""What is written in the composer is not lost, not mixed and not sent by halves, whatever happens meanwhile."""
import datetime
import os
import re
import urllib.parse

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, sign_in_as, violations, watch
from client import PASSWORD, Browserish
from pictures import png
from programs import Postiz, until
import writing_fuzz
from writing import Desk, newcomer, slow_line

pytestmark = pytest.mark.browser
LONG = "The new saddle is finally here, after months of waiting and two wrong parcels. " * 2


@pytest.fixture(scope="module")
def product(simulator, tmp_path_factory):
    with Postiz("postiz-writing", tmp_path_factory.mktemp("writing"), simulator, LOOKUP_SETTLE_SECONDS="2") as running:
        yield running


@pytest.fixture(scope="module")
def context(browser, product, simulator):
    page = newcomer(browser, product.base, simulator, "ada@example.com", "Ada Writes")
    yield page.context
    page.context.close()


@pytest.fixture
def desk(context, product):
    page = context.new_page()
    errors = watch(page, product.base)
    # Nothing that another test left is offered here.
    page.goto(product.base + "/settings")
    page.evaluate("localStorage.clear()")
    yield Desk(page, product.base)
    page.close(run_before_unload=False)
    # What the network says of lines that were cut, sessions that ended and changes that were refused is no fault of the page.
    # Nor are transitions between pages that the browser gives up.
    harmless = ("Failed to load resource", "ERR_", "Transition was")
    wrong = [error for error in errors if not any(words in error for words in harmless)]
    assert not wrong, wrong


def big(tmp_path, kilobytes: int, name: str = "waves.png"):
    """A picture that takes its time: its pixels do not compress."""
    import random
    import struct
    import zlib
    from pictures import _chunk
    width = 512
    height = kilobytes * 1024 // (width * 3)
    noise = random.Random(kilobytes)
    rows = b"".join(b"\0" + noise.randbytes(width * 3) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path = tmp_path / name
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 0)) + _chunk(b"IEND", b""))
    return path


def small(tmp_path, name: str = "small.png", seed: int = 1):
    path = tmp_path / name
    path.write_bytes(png(seed=seed))
    return path


def sent(simulator, platform: str, text: str) -> list[dict]:
    return [item for item in simulator.publications(platform) if item["text"] == text]


def test_the_caret_stands_in_the_text_when_the_composer_opens(desk):
    desk.open()
    desk.page.keyboard.type("no letter runs a shortcut")
    assert desk.texts() == ["no letter runs a shortcut"]
    assert desk.page.url.endswith("/compose")


def test_typing_goes_on_while_files_arrive_channels_are_ticked_and_parts_move(desk, tmp_path):
    desk.open()
    desk.page.click("[data-add-part]")
    desk.page.keyboard.type("second")
    desk.areas.first.focus()
    with slow_line(desk.page, 150_000):
        desk.attach(big(tmp_path, 100, "one.png"), big(tmp_path, 100, "two.png"), big(tmp_path, 100, "three.png"))
        deeds = iter([
            lambda: desk.page.evaluate("document.querySelectorAll('.chip input')[0].click()"),
            lambda: desk.page.evaluate("document.querySelectorAll('.part [data-down]')[0].click()"),
            lambda: desk.page.evaluate("document.querySelectorAll('.chip input')[1].click()"),
            lambda: desk.page.evaluate("document.querySelectorAll('.part [data-up]')[1].click()"),
        ])
        for index, letter in enumerate(LONG):
            desk.page.keyboard.type(letter)
            if index % 30 == 15:
                next(deeds, lambda: None)()
        expect(desk.page.locator('.tray-item[data-state="ready"]')).to_have_count(3, timeout=30_000)
    desk.page.keyboard.type("end")
    assert sorted(desk.texts()) == sorted([LONG + "end", "second"])
    for _ in range(60):
        desk.page.keyboard.press("Control+z")
    assert desk.texts() == [""]
    for _ in range(60):
        desk.page.keyboard.press("Control+Shift+z")
    assert sorted(desk.texts()) == sorted([LONG + "end", "second"])


def test_publishing_waits_for_files_that_are_on_their_way(desk, simulator, tmp_path):
    text = "Not without its picture"
    desk.open().tick("mastodon")
    desk.page.locator(".part textarea.text").fill(text)
    with slow_line(desk.page, 200_000):
        desk.attach(big(tmp_path, 400))
        desk.press("now")
        expect(desk.bar("uploads")).to_contain_text("when 1 file is ready")
        assert not sent(simulator, "mastodon", text)
        desk.choose("uploads", "Cancel")
        expect(desk.page.locator("[data-saved]")).to_have_text("Not sent.")
        desk.press("now")
        desk.gone_out()
    expect(desk.page.locator("#post-detail .publication .state a")).to_have_count(1, timeout=30_000)
    assert [len(item["media"]) for item in sent(simulator, "mastodon", text)] == [1]


def test_a_file_that_does_not_arrive_keeps_the_post_from_going_out(desk, simulator, tmp_path):
    text = "The file is no picture"
    desk.open().tick("mastodon")
    desk.areas.first.fill(text)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture at all")
    desk.attach(broken)
    expect(desk.page.locator('.tray-item[data-state="failed"] [data-reason]')).to_contain_text("broken.png")
    desk.press("now")
    expect(desk.bar("refused")).to_contain_text("Nothing was sent: broken.png")
    assert not sent(simulator, "mastodon", text)
    desk.page.locator(".tray-item [data-drop]").click()
    desk.press("now")
    desk.gone_out()


@pytest.mark.parametrize("wait", [0, 200, 2600])
def test_text_that_was_sent_does_not_come_back(desk, wait):
    text = f"Said once, after {wait} ms"
    desk.open().tick("linkedin")
    desk.areas.first.press_sequentially(text)
    desk.page.wait_for_timeout(wait)
    desk.page.keyboard.press("Control+z")
    desk.page.keyboard.press("Control+y")
    desk.press("now")
    desk.gone_out()
    expect(desk.page.locator("#toasts")).to_contain_text("On its way")
    desk.open()
    assert desk.texts() == [""]
    desk.page.wait_for_timeout(500)
    expect(desk.page.locator("[data-bars] > *")).to_have_count(0)
    assert desk.page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('postiz:writing')).length") == 0


def end_session(desk):
    desk.page.context.clear_cookies(name="postiz_session")


def test_a_session_that_ended_asks_for_the_password_and_the_post_goes_on(desk, simulator):
    text = "Written before the session ended"
    desk.open().tick("mastodon")
    desk.areas.first.fill(text)
    end_session(desk)
    desk.press("now")
    dialog = desk.page.locator("[data-sign-in]")
    expect(dialog).to_be_visible()
    expect(dialog.locator("[name=password]")).to_be_focused()
    assert desk.texts() == [text]
    desk.page.keyboard.type("wrong password")
    desk.page.keyboard.press("Enter")
    expect(dialog.locator("[data-reason]")).not_to_be_empty()
    desk.page.keyboard.type(PASSWORD)
    desk.page.keyboard.press("Enter")
    post = desk.gone_out()
    expect(desk.page.locator("#post-detail")).to_contain_text(text)
    until(lambda: len(sent(simulator, "mastodon", text)) == 1, 20, "it goes out once")
    assert post


def test_who_signs_in_again_in_another_tab_goes_on_in_this_one(desk, product, simulator):
    text = "Signed in by whatever way"
    desk.open().tick("mastodon")
    desk.areas.first.fill(text)
    end_session(desk)
    desk.press("now")
    dialog = desk.page.locator("[data-sign-in]")
    with desk.page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Another way").click()
    tab = opened.value
    tab.fill("#email", "ada@example.com")
    tab.fill("#password", PASSWORD)
    tab.locator("main form button.primary").first.click()
    tab.wait_for_url("**/today")
    tab.close()
    # A browser without windows changes tabs without a word.
    desk.page.evaluate("dispatchEvent(new Event('focus'))")
    desk.gone_out()
    until(lambda: len(sent(simulator, "mastodon", text)) == 1, 20, "it goes out once")


def test_while_one_writes_the_end_of_a_session_is_a_bar_and_takes_no_focus(desk):
    desk.open()
    end_session(desk)
    desk.page.keyboard.type("Writing on")
    expect(desk.bar("signedOut")).to_be_visible(timeout=10_000)
    desk.page.keyboard.type(" and on")
    assert desk.texts() == ["Writing on and on"]
    desk.choose("signedOut", "Sign in")
    desk.page.keyboard.type(PASSWORD)
    desk.page.keyboard.press("Enter")
    expect(desk.bar("signedOut")).to_have_count(0)
    desk.saved()


def test_a_lost_line_at_publishing_loses_nothing_and_sends_once(desk, simulator):
    text = "Sent through a broken line"
    desk.open().tick("mastodon")
    desk.areas.first.fill(text)
    desk.page.context.set_offline(True)
    desk.press("now")
    expect(desk.bar("line")).to_contain_text("goes on trying")
    assert desk.texts() == [text]
    desk.choose("line", "Stop trying")
    desk.areas.first.press_sequentially("!")
    desk.press("now")
    expect(desk.bar("line")).to_be_visible()
    desk.page.context.set_offline(False)
    desk.gone_out()
    until(lambda: len(sent(simulator, "mastodon", text + "!")) == 1, 20, "it goes out")
    assert not sent(simulator, "mastodon", text)


def test_an_answer_that_is_lost_does_not_send_twice(desk, simulator):
    """The server does what it is told, and its answers do not arrive: twice for the draft, twice for the sending."""
    text = "Answered twice into the void"
    desk.open().tick("mastodon")
    lost = {"POST": 2, "PUT": 2}

    def lose(route):
        method = route.request.method
        if lost.get(method) and not route.request.url.endswith("/validate"):
            lost[method] -= 1
            route.fetch()
            return route.abort()
        return route.continue_()

    desk.page.route(re.compile(r"/api/posts(/[0-9a-f-]{36})?$"), lose)
    desk.areas.first.fill(text)
    desk.press("now")
    desk.gone_out()
    assert lost == {"POST": 0, "PUT": 0}
    expect(desk.page.locator("#post-detail .publication .state a")).to_have_count(1, timeout=30_000)
    assert len(sent(simulator, "mastodon", text)) == 1
    desk.page.goto(desk.base + "/posts?tab=all")
    expect(desk.page.locator("#post-list").get_by_role("link", name=text)).to_have_count(1)


def test_control_enter_in_a_dialog_does_not_send(desk, tmp_path):
    desk.open().tick("mastodon")
    desk.areas.first.fill("Not yet")
    desk.attach(small(tmp_path))
    expect(desk.page.locator('.tray-item[data-state="ready"]')).to_be_visible()
    desk.page.locator("[data-library]").click()
    expect(desk.page.locator("[data-library-dialog] .media-item").first).to_be_focused()
    desk.page.keyboard.press("Control+Enter")
    desk.page.wait_for_timeout(300)
    assert not desk.page.url.endswith("/compose") or desk.page.locator("post-composer").count() == 1
    assert not re.search(r"/posts/[0-9a-f-]{36}$", desk.page.url)


def test_the_alternative_text_is_written_below_the_picture_and_goes_out(desk, simulator, tmp_path):
    text = "A described picture"
    desk.open().tick("mastodon")
    desk.areas.first.fill(text)
    desk.attach(small(tmp_path, seed=5))
    expect(desk.page.locator('.tray-item[data-state="ready"]')).to_be_visible()
    desk.page.locator("[data-alt]").click()
    desk.page.keyboard.type("An orange lighthouse, next to nothing")
    desk.press("now")
    desk.gone_out()
    until(lambda: sent(simulator, "mastodon", text), 20, "it goes out")
    assert [media["altText"] for media in sent(simulator, "mastodon", text)[0]["media"]] == ["An orange lighthouse, next to nothing"]


def test_two_who_change_one_draft_see_both_texts_and_choose(context, desk, product):
    desk.open()
    desk.page.keyboard.type("The shared beginning of a thought")
    desk.saved()
    other = Desk(context.new_page(), product.base).open(desk.page.url.removeprefix(product.base))
    other.areas.first.fill("The shared beginning of their thought")
    other.saved()
    desk.areas.first.fill("The shared beginning of my own thought")
    conflict = desk.bar("conflict")
    expect(conflict).to_be_visible(timeout=10_000)
    expect(conflict.locator("[data-mine]")).to_contain_text("my own thought")
    expect(conflict.locator("[data-theirs]")).to_contain_text("their thought")
    assert conflict.locator("ins").all_inner_texts() and conflict.locator("del").all_inner_texts()
    assert not violations(desk.page)
    desk.choose("conflict", "Take theirs")
    assert desk.texts() == ["The shared beginning of their thought"]
    desk.areas.first.focus()
    desk.page.keyboard.press("Control+z")
    assert desk.texts() == ["The shared beginning of my own thought"]
    desk.saved()
    other.areas.first.fill("Theirs once more")
    expect(other.bar("conflict")).to_be_visible(timeout=10_000)
    other.choose("conflict", "Keep mine")
    other.saved()
    other.page.reload()
    other.ready()
    assert other.texts() == ["Theirs once more"]
    other.page.close(run_before_unload=False)


def test_two_people_who_change_one_draft_see_both_texts(browser, desk, product):
    desk.open()
    desk.page.keyboard.type("What both begin with")
    desk.saved()
    path = desk.page.url.removeprefix(product.base)
    token = desk.page.locator("meta[name=csrf]").get_attribute("content")
    invited = desk.page.context.request.post(
        f"{product.base}/api/team/invitations", headers={"X-CSRF-Token": token}, data={"role": "USER"})
    invitation = urllib.parse.parse_qs(urllib.parse.urlparse(invited.json()["url"]).query)["token"][0]
    session = Browserish(product.base)
    session.sign_in("/api/auth/register", email=f"bob{os.getpid()}@example.com", password=PASSWORD, invitation=invitation)
    theirs = browser.new_context(viewport=DESKTOP)
    sign_in_as(theirs, session, product.base)
    bob = Desk(theirs.new_page(), product.base).open(path)
    assert bob.texts() == ["What both begin with"]
    bob.areas.first.fill("What both begin with, and Bob goes on")
    bob.saved()
    desk.areas.first.fill("What both begin with, and Ada ends")
    conflict = desk.bar("conflict")
    expect(conflict).to_be_visible(timeout=10_000)
    expect(conflict.locator("[data-mine]")).to_contain_text("Ada ends")
    expect(conflict.locator("[data-theirs]")).to_contain_text("Bob goes on")
    desk.choose("conflict", "Keep mine")
    desk.saved()
    # Bob, who has written nothing since, is shown what stands there now.
    bob.open(path)
    assert bob.texts() == ["What both begin with, and Ada ends"]
    theirs.close()
    session.close()


def test_a_conflict_survives_a_reload(context, desk, product):
    desk.open()
    desk.page.keyboard.type("One")
    desk.saved()
    path = desk.page.url.removeprefix(product.base)
    other = Desk(context.new_page(), product.base).open(path)
    desk.areas.first.fill("Two, of the first window")
    desk.saved()
    other.areas.first.fill("Three, of the second window")
    expect(other.bar("conflict")).to_be_visible(timeout=10_000)
    other.page.reload()
    other.ready()
    expect(other.bar("conflict")).to_be_visible()
    assert other.texts() == ["Three, of the second window"]
    expect(other.bar("conflict").locator("[data-theirs]")).to_contain_text("Two, of the first window")
    other.page.close(run_before_unload=False)


def test_two_tabs_with_new_posts_do_not_mix(context, desk, product):
    desk.open()
    desk.page.keyboard.type("In the first tab")
    second = Desk(context.new_page(), product.base).open()
    second.page.wait_for_timeout(500)
    assert second.texts() == [""]
    expect(second.page.locator("[data-bars] > *")).to_have_count(0)
    second.page.keyboard.type("In the second tab")
    desk.saved()
    second.saved()
    assert desk.texts() == ["In the first tab"] and second.texts() == ["In the second tab"]
    assert desk.page.url != second.page.url
    second.page.close(run_before_unload=False)


def test_a_closed_tab_gives_everything_back(context, desk, product, tmp_path):
    first = Desk(context.new_page(), product.base).open()
    # The line is cut, so that nothing but this browser has it.
    first.page.route("**/api/posts", lambda route: route.abort())
    first.tick("mastodon", "linkedin")
    first.areas.first.fill("Everything comes back")
    first.attach(small(tmp_path, seed=9))
    expect(first.page.locator('.tray-item[data-state="ready"]')).to_be_visible()
    first.page.locator("[data-alt]").fill("Waves, kept")
    first.page.click("[data-add-part]")
    first.page.keyboard.type("The second part")
    first.page.get_by_role("tab", name="Mastodon").click()
    first.areas.first.fill("Only for Mastodon")
    first.page.fill("#tags", "spring launch")
    date = (datetime.date.today() + datetime.timedelta(days=9)).isoformat()
    first.plan(date, "13:45")
    group = first.page.locator('details[data-channel]:has([data-platform="mastodon"])')
    group.locator("summary").click()
    group.locator('select[data-setting="visibility"]').select_option("unlisted")
    first.page.close(run_before_unload=False)
    desk.open()
    notice = desk.page.locator("[data-bar^=kept-]")
    expect(notice).to_contain_text("Everything comes back")
    notice.get_by_role("button", name="Use them").click()
    assert desk.texts() == ["Everything comes back", "The second part"]
    assert desk.page.locator(".chip input:checked").count() == 2
    assert [desk.page.input_value(field) for field in ("#tags", "#date", "#time")] == ["spring launch", date, "13:45"]
    mastodon = desk.page.locator('details[data-channel]:has([data-platform="mastodon"])')
    assert mastodon.locator('select[data-setting="visibility"]').input_value() == "unlisted"
    expect(desk.page.locator(".tray-item img")).to_have_count(1)
    assert desk.page.locator("[data-alt]").input_value() == "Waves, kept"
    desk.page.get_by_role("tab", name="Mastodon").click()
    assert desk.texts() == ["Only for Mastodon", "The second part"]
    desk.saved()
    desk.open()
    desk.page.wait_for_timeout(500)
    expect(desk.page.locator("[data-bars] > *")).to_have_count(0)


def test_a_reloaded_tab_has_its_text_at_once_and_can_discard_it(desk):
    desk.open()
    desk.page.route("**/api/posts", lambda route: route.abort())
    desk.page.keyboard.type("Typed a moment ago")
    desk.page.reload()
    desk.ready()
    expect(desk.bar("restored")).to_be_visible()
    assert desk.texts() == ["Typed a moment ago"]
    expect(desk.areas.first).to_be_focused()
    desk.choose("restored", "Discard")
    assert desk.texts() == [""]
    desk.areas.first.focus()
    desk.page.keyboard.press("Control+z")
    assert desk.texts() == ["Typed a moment ago"]


def test_a_tab_reloaded_while_its_text_becomes_a_draft_has_the_text(desk):
    """The browser asks for the old address, where a new post would begin."""
    desk.open()
    making, loading = [], []
    desk.page.route("**/api/posts", lambda route: making.append(route))
    desk.page.keyboard.type("Becomes a draft just now")
    until(lambda: desk.page.wait_for_timeout(20) or making, 10, "a draft is being made")
    desk.page.route("**/compose", lambda route: loading.append(route))
    desk.page.evaluate("setTimeout(() => location.reload())")
    until(lambda: desk.page.wait_for_timeout(20) or loading, 10, "the page is being loaded")
    desk.page.route("**/api/posts/*", lambda route: route.abort())
    desk.page.keyboard.type(", and more")
    making[0].continue_()
    desk.page.wait_for_event("response", lambda answer: "/api/posts" in answer.url)
    desk.page.wait_for_timeout(200)
    loading[0].continue_()
    expect(desk.areas.first).to_have_value("Becomes a draft just now, and more")
    expect(desk.bar("restored")).to_be_visible()
    assert desk.page.url.endswith("/edit")


def test_a_removed_part_comes_back_with_its_text_and_files(desk, tmp_path):
    desk.open()
    desk.page.keyboard.type("First")
    desk.page.click("[data-add-part]")
    desk.page.keyboard.type("Second, with a picture")
    desk.attach(small(tmp_path), part=1)
    expect(desk.page.locator('.tray-item[data-state="ready"]')).to_be_visible()
    desk.page.locator(".part [data-remove]").nth(1).click()
    assert desk.texts() == ["First"]
    desk.choose("removed", "Undo")
    assert desk.texts() == ["First", "Second, with a picture"]
    expect(desk.page.locator(".tray-item img")).to_have_count(1)
    desk.areas.first.focus()
    for box in desk.page.locator(".chip input").all()[:1]:
        box.set_checked(True, force=True)
        desk.page.keyboard.press("Control+z")
        assert not box.is_checked()


def test_what_was_just_planned_is_a_draft_again_by_one_press(desk, product):
    desk.open().tick("mastodon")
    desk.areas.first.fill("Planned too early")
    desk.plan((datetime.date.today() + datetime.timedelta(days=5)).isoformat(), "10:00")
    desk.press("schedule")
    post = desk.gone_out()
    toasts = desk.page.locator("#toasts")
    expect(toasts).to_contain_text("Scheduled for")
    toasts.get_by_role("button", name="Undo").click()
    desk.page.wait_for_url(f"**/posts/{post}/edit")
    desk.ready()
    expect(toasts).to_contain_text("A draft again")
    assert desk.texts() == ["Planned too early"]
    # A change of what stands planned is none that a draft would undo.
    desk.press("schedule")
    desk.gone_out()
    desk.open(f"/posts/{post}/edit")
    desk.areas.first.fill("Planned, and changed")
    desk.press("schedule")
    desk.gone_out()
    expect(toasts).to_contain_text("Scheduled for")
    expect(toasts.get_by_role("button", name="Undo")).to_have_count(0)
    # What leads to another page is said there, and undone from there.
    desk.page.evaluate("action => document.querySelector(`button[formaction='${action}']`).click()", f"/posts/{post}/delete")
    desk.page.wait_for_url(product.base + "/posts")
    expect(toasts).to_contain_text("trash")
    toasts.get_by_role("button", name="Undo").click()
    desk.page.wait_for_url(f"**/posts/{post}")


def test_escape_leaves_and_the_next_page_says_where_the_draft_is(desk):
    desk.open().tick("mastodon")
    desk.areas.first.fill("Left for later")
    desk.saved()
    # What is open is closed first.
    desk.open_deeds()
    desk.page.keyboard.press("Escape")
    expect(desk.page.locator("[data-deeds][open]")).to_have_count(0)
    desk.areas.first.focus()
    desk.page.keyboard.press("Escape")
    desk.page.wait_for_url(lambda url: not re.search("compose|edit", url))
    toasts = desk.page.locator("#toasts")
    expect(toasts).to_contain_text("Kept as a draft")
    toasts.get_by_role("link", name="Write on").click()
    desk.ready()
    assert desk.texts() == ["Left for later"]
    expect(toasts).not_to_contain_text("Kept as a draft")


def test_changes_of_a_planned_post_are_offered_and_can_be_discarded(desk):
    desk.open().tick("mastodon")
    desk.areas.first.fill("Planned as it is")
    desk.plan((datetime.date.today() + datetime.timedelta(days=5)).isoformat(), "10:00")
    desk.press("schedule")
    post = desk.gone_out()
    expect(desk.page.locator("#toasts")).to_contain_text("Scheduled for")
    desk.open(f"/posts/{post}/edit")
    desk.areas.first.fill("Planned otherwise")
    desk.page.wait_for_timeout(400)
    desk.page.once("dialog", lambda dialog: dialog.accept())
    desk.open(f"/posts/{post}/edit")
    expect(desk.bar("restored")).to_be_visible()
    assert desk.texts() == ["Planned otherwise"]
    desk.bar("restored").locator("summary").click()
    expect(desk.bar("restored").locator("[data-mine]")).to_contain_text("Planned otherwise")
    expect(desk.bar("restored").locator("[data-theirs]")).to_contain_text("Planned as it is")
    assert desk.bar("restored").locator("ins, del").all_inner_texts() == ["otherwise", "as it is"]
    assert not violations(desk.page)
    desk.choose("restored", "Discard")
    desk.page.wait_for_timeout(400)
    desk.open(f"/posts/{post}/edit")
    desk.page.wait_for_timeout(500)
    expect(desk.page.locator("[data-bars] > *")).to_have_count(0)
    assert desk.texts() == ["Planned as it is"]


def test_what_another_tab_left_of_a_planned_post_is_offered_with_its_words_compared(context, desk, product):
    desk.open().tick("mastodon")
    desk.areas.first.fill("We open on Monday")
    desk.plan((datetime.date.today() + datetime.timedelta(days=6)).isoformat(), "10:00")
    desk.press("schedule")
    post = desk.gone_out()
    other = Desk(context.new_page(), product.base).open(f"/posts/{post}/edit")
    other.areas.first.fill("We open on Friday at nine")
    other.page.wait_for_timeout(400)
    other.page.close(run_before_unload=False)
    desk.open(f"/posts/{post}/edit")
    assert desk.texts() == ["We open on Monday"]
    offered = desk.page.locator("[data-bar^=kept-]")
    offered.locator("summary").click()
    assert offered.locator("ins, del").all_inner_texts() == ["Friday at nine", "Monday"]
    assert not violations(desk.page)
    offered.get_by_role("button", name="Discard").click()
    expect(desk.page.locator("[data-bars] > *")).to_have_count(0)
    assert desk.texts() == ["We open on Monday"]


@pytest.mark.parametrize(("typed", "days", "time"), [
    ("tomorrow 9", 1, "09:00"), ("morgen 17 Uhr", 1, "17:00"), ("day after tomorrow 7:45", 2, "07:45"), ("übermorgen", 2, "09:00"), ("tomorrow 1pm", 1, "13:00"),
])
def test_a_time_is_typed_in_words(desk, typed, days, time):
    desk.open().tick("mastodon")
    today = desk.page.evaluate("new Date().toLocaleDateString('sv', {timeZone: 'Europe/Paris'})")
    desk.open_deeds()
    expect(desk.page.locator("[data-typed-time]")).to_be_focused()
    desk.page.keyboard.type(typed)
    expect(desk.page.locator("[data-typed-read]")).to_contain_text(time)
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("[data-main]")).to_be_focused()
    expect(desk.page.locator("[data-main]")).to_contain_text(f"{time}")
    wanted = (datetime.date.fromisoformat(today) + datetime.timedelta(days=days)).isoformat()
    assert [desk.page.input_value("#date"), desk.page.input_value("#time")] == [wanted, time]


def test_words_that_name_no_time_are_said_to(desk):
    desk.open()
    desk.open_deeds()
    desk.page.keyboard.type("when pigs fly")
    expect(desk.page.locator("[data-typed-read]")).to_contain_text("Not understood")
    desk.page.keyboard.press("Enter")
    assert desk.page.input_value("#date") == ""


def test_the_main_button_says_the_deed_and_does_it(desk):
    desk.open().tick("mastodon")
    desk.areas.first.fill("Into the queue")
    main = desk.page.locator("[data-main]")
    expect(main).to_have_text(re.compile(r"Add to queue · \w{3} \d\d:\d\d"))
    slot = main.inner_text()[-5:]
    main.click()
    desk.gone_out()
    expect(desk.page.locator("#post-detail")).to_contain_text(slot)


def test_a_post_is_written_and_planned_by_keyboard_alone(desk):
    desk.open()
    desk.page.keyboard.type("Without a mouse")
    desk.page.keyboard.press("Shift+Tab")
    while not desk.page.evaluate("document.activeElement.matches('.chip input')"):
        desk.page.keyboard.press("Shift+Tab")
    desk.page.keyboard.press("Space")
    for _ in range(60):
        if desk.page.evaluate("document.activeElement.matches('[data-deeds] > summary')"):
            break
        desk.page.keyboard.press("Tab")
    desk.page.keyboard.press("Enter")
    expect(desk.page.locator("[data-typed-time]")).to_be_focused()
    desk.page.keyboard.type("tomorrow 9")
    desk.page.keyboard.press("Enter")
    desk.page.keyboard.press("Enter")
    desk.gone_out()
    expect(desk.page.locator("#post-detail")).to_contain_text("Without a mouse")


def test_somebody_elses_text_is_not_offered(browser, product, context, desk):
    """Two people at one browser: the second is not shown what the first wrote."""
    desk.open()
    desk.page.route("**/api/posts", lambda route: route.abort())
    desk.page.keyboard.type("Of Ada alone")
    desk.page.wait_for_timeout(400)
    storage = context.storage_state()
    kept = [item for origin in storage["origins"] for item in origin["localStorage"] if item["name"].startswith("postiz:writing:")]
    assert kept
    stranger = browser.new_context(storage_state={"cookies": [], "origins": storage["origins"]})
    page = stranger.new_page()
    from browser import register
    register(page, product.base, f"ben{os.getpid()}@example.com", "Ben Example")
    theirs = Desk(page, product.base).open()
    page.wait_for_timeout(500)
    assert theirs.texts() == [""]
    expect(page.locator("[data-bars] > *")).to_have_count(0)
    stranger.close()


@pytest.mark.flaky(reruns=0)
def test_no_letter_is_lost_and_nothing_is_sent_twice_whatever_happens_while_one_writes(browser, simulator, tmp_path):
    """`writing_fuzz.py` runs it with other seeds, and for longer."""
    rounds, seed = int(os.environ.get("WRITING_ROUNDS", 500)), int(os.environ.get("WRITING_SEED", 1))
    with Postiz("postiz-writing-fuzz", tmp_path / "data", simulator) as running:
        assert writing_fuzz.run(browser, running, simulator, tmp_path, rounds, seed) == rounds
