"""The library: a grid with one file's facts beside it, the trash, folders, replacing; by mouse and by keyboard, on a desktop and on a phone."""
import re

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, newcomer, violations
from crash import film
from pictures import png

pytestmark = pytest.mark.browser


@pytest.fixture
def library(browser, postiz):
    """A page, and a key of the same person."""
    page = newcomer(browser, postiz.base, viewport=DESKTOP, locale="en-GB")
    yield page
    assert [error for error in page.errors if "415" not in error] == []
    page.context.close()


def tiles(page) -> list[str]:
    return page.locator(".file-tile a > .clip").all_inner_texts()


def test_files_are_uploaded_described_found_and_come_back_from_the_trash(library, postiz, artifacts):
    page = library
    page.goto(postiz.base + "/media")
    expect(page.get_by_text("No files yet")).to_be_visible()
    page.locator(".filters input[type=file]").set_input_files([
        {"name": "tea.png", "mimeType": "image/png", "buffer": png(320, 200, 1)}, {"name": "cup.png", "mimeType": "image/png", "buffer": png(200, 300, 2)}])
    expect(page.locator(".file-tile")).to_have_count(2)
    assert sorted(tiles(page)) == ["cup.png", "tea.png"]
    expect(page.get_by_text("No alternative text")).to_have_count(2)

    page.locator(".file-tile a", has_text="tea.png").click()
    panel = page.locator(".file-panel")
    expect(panel.get_by_role("heading", name="tea.png")).to_be_focused()
    assert "file=" in page.url
    panel.get_by_label("Alternative text").fill("A pot of tea")
    panel.get_by_label("Folder").fill("Autumn")
    panel.get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved")
    expect(page.locator(".file-tile", has_text="tea.png")).not_to_contain_text("No alternative text")
    assert violations(page) == []
    page.screenshot(path=artifacts / "media-panel.png")

    page.get_by_label("Folder", exact=True).first.select_option("Autumn")
    expect(page.locator(".file-tile")).to_have_count(1)
    page.get_by_label("Folder", exact=True).first.select_option("")
    page.get_by_role("searchbox").fill("pot of")
    expect(page.locator(".file-tile")).to_have_count(1)
    page.get_by_role("searchbox").fill("")
    expect(page.locator(".file-tile")).to_have_count(2)

    page.locator(".file-tile a", has_text="cup.png").click()
    panel.get_by_role("button", name="Delete").click()
    expect(page.locator(".file-tile")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".file-tile")).to_have_count(2)
    page.locator(".file-tile a", has_text="cup.png").click()
    panel.get_by_role("button", name="Delete").click()
    page.get_by_role("navigation", name="Media").get_by_role("link", name="Trash").click()
    assert tiles(page) == ["cup.png"]
    expect(page.locator(".file-tile img")).to_be_visible()
    assert page.locator(".file-tile img").evaluate("image => image.decode().then(() => true)")
    page.locator(".file-tile a").click()
    panel.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("The trash holds no files")).to_be_visible()


def test_a_file_that_is_planned_is_protected_and_another_takes_its_place(library, postiz, simulator, account_name):
    page, api = library, library.api
    channel = api.connect("mastodon", account_name)["id"]
    media = api.upload(png(300, 200, 3), "planned.png", alt="Planned")
    post = api.create(content="With a picture", platforms=[channel], mediaIds=[media["id"]], scheduledFor="2027-06-01T09:00:00Z")
    page.goto(f"{postiz.base}/media?file={media['id']}")
    panel = page.locator(".file-panel")
    expect(panel.get_by_role("link", name="With a picture")).to_be_visible()
    expect(panel.get_by_role("button", name="Delete")).to_have_count(0)
    expect(panel).to_contain_text("Posts still to go out use this file")
    panel.locator("input[data-replace]").set_input_files({"name": "better.png", "mimeType": "image/png", "buffer": png(300, 200, 4)})
    expect(panel.get_by_role("heading", name="better.png")).to_be_visible()
    expect(panel.get_by_label("Alternative text")).to_have_value("Planned")
    assert [part["mediaIds"] for part in api.post_by_id(post["id"])["parts"]] != [[media["id"]]]
    assert [item["name"] for item in api.call("GET", "/api/media?trashed=true")["items"]] == ["planned.png"]


def test_the_reason_of_a_refused_file_stays_although_another_arrived(library, postiz):
    page = library
    page.goto(postiz.base + "/media")
    page.locator(".filters input[type=file]").set_input_files([
        {"name": "bad.png", "mimeType": "image/png", "buffer": b"no picture at all"}, {"name": "good.png", "mimeType": "image/png", "buffer": png(30, 20, 5)}])
    expect(page.locator(".file-tile")).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("bad.png")
    expect(page.locator("#toasts")).to_contain_text("not supported")


def test_several_are_changed_at_once_and_the_trash_is_emptied(library, postiz):
    page, api = library, library.api
    for number in range(3):
        api.upload(png(60, 40, 10 + number), f"n{number}.png", alt="Waves")
    page.goto(postiz.base + "/media")
    for box in page.locator(".file-tile input[name=file]").all()[:2]:
        box.check()
    page.locator("#chosen-folder").fill("Two")
    page.get_by_role("button", name="Move to folder").click()
    expect(page.locator("#toasts")).to_contain_text("2 files moved")
    assert sorted(item.get("folder", "") for item in api.call("GET", "/api/media")["items"]) == ["", "Two", "Two"]
    page.locator(".chosen input[data-all]").check()
    page.locator(".chosen").get_by_role("button", name="Move to trash").click()
    expect(page.locator(".file-tile")).to_have_count(0)
    page.goto(postiz.base + "/media?show=trash")
    expect(page.locator(".file-tile")).to_have_count(3)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Empty the trash").click()
    expect(page.locator("#toasts")).to_contain_text("3 files")
    assert api.call("GET", "/api/media?trashed=true")["items"] == []


def test_by_keyboard_alone(library, postiz):
    page, api = library, library.api
    for number in range(3):
        api.upload(png(60, 40, 20 + number), f"k{number}.png", alt="Waves")
    page.goto(postiz.base + "/media")
    page.locator(".file-tile a").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".file-tile a").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#file-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".file-panel")).to_have_count(0)
    expect(page.locator(".file-tile a").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#file-title")).to_be_focused()
    page.go_back()
    expect(page.locator(".file-panel")).to_have_count(0)


def test_on_a_phone_a_file_takes_the_screen_and_gives_it_back(browser, postiz, library, artifacts):
    media = library.api.upload(png(300, 200, 30), "phone.png", alt="Waves")
    context = browser.new_context(viewport=PHONE, storage_state=library.context.storage_state(), has_touch=True)
    page = context.new_page()
    page.goto(postiz.base + "/media")
    page.locator(".file-tile a").first.click()
    expect(page.locator(".file-panel")).to_be_visible()
    expect(page.locator(".file-tile").first).to_be_hidden()
    page.screenshot(path=artifacts / "media-phone.png")
    assert violations(page) == []
    page.get_by_role("link", name="Close").click()
    expect(page.locator(".file-tile").first).to_be_visible()
    assert media["id"] in page.content()
    context.close()


def test_without_scripts_a_file_is_described_and_deleted(browser, postiz, library):
    media = library.api.upload(png(300, 200, 31), "plain.png")
    context = browser.new_context(viewport=DESKTOP, storage_state=library.context.storage_state(), java_script_enabled=False)
    page = context.new_page()
    page.goto(postiz.base + "/media")
    page.locator(".file-tile a").first.click()
    page.locator("#file-alt").fill("Said without scripts")
    page.get_by_role("button", name="Save").click()
    assert library.api.call("GET", f"/api/media/{media['id']}")["altText"] == "Said without scripts"
    page.locator(".file-panel").get_by_role("button", name="Delete").click()
    assert library.api.call("GET", "/api/media?trashed=true")["items"][0]["id"] == media["id"]
    context.close()


def test_deleted_posts_are_listed_with_when_and_come_back(library, postiz):
    page, api = library, library.api
    post = api.create(content="Gone and back")
    api.call("DELETE", f"/api/posts/{post['id']}", 204)
    page.goto(postiz.base + "/posts")
    tab = page.get_by_role("navigation", name="Posts").get_by_role("link", name=re.compile("Trash"))
    expect(tab).to_contain_text("1")
    tab.click()
    row = page.locator(".post-row")
    expect(row).to_contain_text("Gone and back")
    expect(row).to_contain_text("deleted")
    row.locator("summary").click()
    row.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("The trash holds no posts")).to_be_visible()
    assert api.post_by_id(post["id"])["content"] == "Gone and back"


SUBTITLES = "1\n00:00:00,500 --> 00:00:02,000\nTea & cake\n\n2\n00:00:02,000 --> 00:00:03,000\nfor two\n"


def test_a_film_gets_captions_and_they_go_out_with_it(library, postiz, simulator, account_name, artifacts):
    page, api = library, library.api
    channel = api.connect("youtube", account_name)["id"]
    clip = api.upload(film(), name="tea.mp4", kind="video/mp4")["id"]
    page.goto(f"{postiz.base}/media?file={clip}")
    panel = page.locator(".file-panel")
    panel.get_by_text("Captions").first.click()
    panel.locator("input[data-captions]").set_input_files({"name": "tea.srt", "mimeType": "text/plain", "buffer": SUBTITLES.encode()})
    expect(panel.get_by_label("Captions", exact=True)).to_have_value(SUBTITLES)
    panel.get_by_label("Language of the captions").fill("de")
    panel.locator("details").get_by_role("button", name="Save").click()
    expect(page.locator("#toasts")).to_contain_text("Saved")
    expect(panel.get_by_role("button", name="German")).to_be_visible()
    assert violations(page) == []
    page.screenshot(path=artifacts / "media-captions.png")
    assert api.call("GET", f"/api/media/{clip}")["captions"] == ["de"]
    assert api.call("GET", f"/api/media/{clip}/captions/de")["text"] == SUBTITLES

    refused = api.post(f"/api/media/{clip}/captions", json={"language": "en", "text": "1\n00:00:09,000 --> 00:00:10,000\nToo late\n"})
    assert refused.status_code in (400, 422) and "the film is over" in refused.text

    post = api.create(
        parts=[{"text": "A film", "mediaIds": [clip]}], platforms=[channel], schedule="now", settings={channel: {"title": "Tea"}})["id"]
    api.wait_settled(post, 60)
    made = [item for item in simulator.publications("youtube", account_name) if item["text"] == "A film"]
    assert [item["details"]["captions"] for item in made] == [{"de": SUBTITLES}]

    # Without scripts, too.
    context = library.context.browser.new_context(viewport=PHONE, storage_state=library.context.storage_state(), java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{postiz.base}/media?file={clip}")
    plain.get_by_role("button", name="German").click()
    assert api.call("GET", f"/api/media/{clip}")["captions"] == []
    plain.locator("summary", has_text="Captions").click()
    plain.get_by_label("Language of the captions").fill("pt-BR")
    plain.get_by_label("Captions", exact=True).fill("WEBVTT\n\n00:00.500 --> 00:02.000\nChá\n")
    plain.locator("details").get_by_role("button", name="Save").click()
    assert api.call("GET", f"/api/media/{clip}/captions/pt-BR")["text"] == "1\n00:00:00,500 --> 00:00:02,000\nChá\n"
    context.close()
