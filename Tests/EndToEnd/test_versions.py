"""What a post said before: every version, what differs between two, and the way back."""
import pytest
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, violations, watch
from client import in_seconds
from programs import ARTIFACTS


def cookies(person, postiz):
    return [{"name": item.name, "value": item.value, "url": postiz.base} for item in person[0].cookies.jar]


@pytest.fixture
def open_page(browser, person, postiz):
    contexts, errors = [], []

    def opened(**options):
        context = browser.new_context(**{"viewport": DESKTOP} | options)
        context.add_cookies(cookies(person, postiz))
        contexts.append(context)
        page = context.new_page()
        errors.append(watch(page, postiz.base))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not any(errors), errors


def changed_post(client, account_name):
    channel = client.connect("mastodon", account_name)["id"]
    post = client.create(content="We open on Monday.", platforms=[channel], scheduledFor=in_seconds(3 * 3600), tags=["a"])["id"]
    client.call("PATCH", f"/api/posts/{post}", json={"content": "We open on Friday.", "tags": ["a", "opening"]})
    return post


def test_the_post_lists_its_versions_and_one_comes_back_and_goes_again(open_page, postiz, client, account_name):
    post = changed_post(client, account_name)
    page = open_page()
    page.goto(f"{postiz.base}/posts/{post}")
    listed = page.locator("#versions-title + .list li")
    expect(listed).to_have_count(2)
    expect(listed.first).to_contain_text("We open on Friday.")
    assert not violations(page)
    page.get_by_role("link", name="Compare versions").click()
    expect(page.locator(".difference del").first).to_have_text("Monday")
    expect(page.locator(".difference ins").first).to_have_text("Friday")
    expect(page.locator(".difference ins").last).to_have_text("#opening")
    page.get_by_role("button", name="Restore").click()
    expect(page.locator(".version")).to_have_count(3)
    assert client.post_by_id(post)["content"] == "We open on Monday." and client.post_by_id(post)["tags"] == ["a"]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".version")).to_have_count(4)
    assert client.post_by_id(post)["content"] == "We open on Friday."
    assert [item["parts"][0]["text"] for item in client.call("GET", f"/api/posts/{post}/versions")["items"]] == [
        "We open on Friday.", "We open on Monday.", "We open on Friday.", "We open on Monday."]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_page_of_versions_is_accessible_and_fits(open_page, postiz, client, account_name, viewport, scheme):
    post = changed_post(client, account_name)
    page = open_page(viewport=viewport, color_scheme=scheme)
    page.goto(f"{postiz.base}/posts/{post}/versions")
    page.screenshot(path=ARTIFACTS / f"versions-{viewport['width']}-{scheme}.png", full_page=True)
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_comparing_and_restoring_work_without_scripts_and_with_the_keyboard_alone(open_page, postiz, client, account_name):
    post = changed_post(client, account_name)
    client.call("PATCH", f"/api/posts/{post}", json={"content": "We open on Sunday."})
    page = open_page(java_script_enabled=False)
    page.goto(f"{postiz.base}/posts/{post}/versions")
    expect(page.locator(".difference ins").first).to_have_text("Sunday")
    page.locator("input[name=to]:checked").focus()
    page.keyboard.press("ArrowDown")
    page.locator("input[name=from]:checked").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Compare versions").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".difference del").first).to_have_text("Monday")
    expect(page.locator(".difference ins").first).to_have_text("Friday")
    page.get_by_role("button", name="Restore").last.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".version")).to_have_count(4)
    assert client.post_by_id(post)["content"] == "We open on Monday."


def test_what_was_written_stands_as_text_whatever_it_is(open_page, postiz, client):
    post = client.create(content="<img src=x onerror=alert(1)>", status="DRAFT")["id"]
    client.call("PATCH", f"/api/posts/{post}", json={"content": "<script>alert(1)</script> \u202eabc", "tags": ["<b>"]})
    page = open_page()
    page.goto(f"{postiz.base}/posts/{post}/versions")
    expect(page.locator("main")).to_contain_text("<script>alert(1)</script>")
    assert page.locator("main img, main script, main b").count() == 0
