"""Taking one's data along, and the end of accounts and workspaces; Python's own `tarfile` reads the archive."""
import io
import json
import tarfile

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, look, register, sign_in_as, watch
from client import PASSWORD, Browserish, assert_error, new_key
from pictures import png

pytestmark = pytest.mark.browser


def person(postiz, name: str) -> Browserish:
    session = Browserish(postiz.base)
    session.sign_in("/api/auth/register", email=f"{name}@example.com", password=PASSWORD)
    return session


def test_everything_is_taken_along_and_the_account_goes_or_stays(start_postiz, browser, simulator, account_name):
    postiz = start_postiz()
    ada = person(postiz, "ada")
    page = browser.new_context(viewport=DESKTOP).new_page()
    errors = watch(page, postiz.base)
    register(page, postiz.base, "bob@example.com", "Bob")
    bob = Browserish(postiz.base)
    bob.sign_in("/api/auth/login", email="bob@example.com", password=PASSWORD)
    picture = png(8, 8)
    file = bob.post("/api/media?name=tea.png", content=picture, headers={"Content-Type": "image/png"}).json()
    loose = bob.post("/api/media?name=loose.png", content=png(9, 9), headers={"Content-Type": "image/png"}).json()
    for number in range(101):
        answer = bob.post("/api/posts", json={"content": f"Post {number}", "status": "DRAFT", "mediaIds": [file["id"]] if number == 100 else []})
        assert answer.status_code == 201, answer.text

    archive = bob.get("/api/auth/export/archive")
    assert archive.status_code == 200 and archive.headers["content-type"] == "application/x-tar"
    with tarfile.open(fileobj=io.BytesIO(archive.content)) as tar:
        names = tar.getnames()
        assert json.load(tar.extractfile("account.json"))["user"]["email"] == "bob@example.com"
        posts = [post for name in names if "/posts-" in name for post in json.load(tar.extractfile(name))]
        assert len(posts) == 101 and len([name for name in names if "/posts-" in name]) == 2
        files = {name.rsplit("/", 1)[1]: tar.extractfile(name).read() for name in names if "/files/" in name}
        assert set(files) == {f"{file['id']}.png", f"{loose['id']}.png"}
        assert files[f"{file['id']}.png"] == bob.get(f"/api/media/{file['id']}/file").content
    assert_error(Browserish(postiz.base).get("/api/auth/export/archive"), 401, "UNAUTHENTICATED")

    page.goto(postiz.base + "/settings/security")
    page.get_by_role("link", name="Delete account").click()
    expect(page.locator("#deletion-gone")).to_contain_text("101 posts · 2 files")
    look(page, "deletion")
    page.fill("input[name=password]", "not the password")
    page.get_by_role("button", name="Delete my account").click()
    expect(page.locator("#refusal")).to_be_visible()
    page.fill("input[name=password]", PASSWORD)
    page.get_by_role("button", name="Delete my account").click()
    page.wait_for_url(postiz.base + "/login")
    expect(page.locator("body")).to_contain_text("Sign in before then to keep it")
    assert bob.get("/api/auth/me").status_code == 401
    people = {item["user"]["email"]: item for item in ada.get("/api/instance/people").json()["items"]}
    assert people["bob@example.com"]["deletion"] and not people["ada@example.com"].get("deletion")
    page.fill("#email", "bob@example.com")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("body")).to_contain_text("your account stays")
    assert not [error for error in errors if "401" not in error]

    admin = browser.new_context(viewport=DESKTOP).new_page()
    admin.goto(postiz.base + "/login")
    admin.fill("#email", "ada@example.com")
    admin.fill("#password", PASSWORD)
    admin.get_by_role("button", name="Sign in", exact=True).click()
    admin.wait_for_selector("#sidebar", state="attached")
    admin.goto(postiz.base + "/settings/security/delete")
    expect(admin.locator("#deletion-obstacle")).to_contain_text("last administrator")
    assert admin.get_by_role("button", name="Delete my account").count() == 0
    admin.goto(postiz.base + "/settings/people")
    look(admin, "people")
    admin.get_by_label("Delete Bob").first.click()
    form = admin.locator("#people form").filter(has_text="Delete Bob")
    form.locator("input[name=password]").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(admin.locator("#people")).not_to_contain_text("bob@example.com")
    expect(admin.locator("#workspaces li")).to_have_count(1)
    assert not [path for path in (postiz.folder / "uploads").rglob("*") if len(path.name.split(".")[0]) == 64], "the bytes are gone"
    page.goto(postiz.base + "/today")
    page.wait_for_url("**/login*")

    cyd = person(postiz, "cyd")
    id = cyd.get("/api/workspaces").json()["items"][0]["id"]
    new_key(cyd).connect("mastodon", account_name)
    ended = len(simulator.calls("mastodon", "mastodon.revoke"))
    assert_error(cyd.get("/api/instance/people"), 403, "FORBIDDEN")
    assert_error(cyd.post(f"/api/instance/workspaces/{id}/delete", json={"password": PASSWORD}), 403, "FORBIDDEN")
    assert_error(ada.post(f"/api/instance/workspaces/{id}/delete", json={"password": "wrong"}), 401, "WRONG_CREDENTIALS")
    assert ada.post(f"/api/instance/workspaces/{id}/delete", json={"password": PASSWORD}).status_code == 204
    assert len(simulator.calls("mastodon", "mastodon.revoke")) == ended + 1, "the token of its channel ends"
    assert cyd.get("/api/auth/me").status_code == 401
    assert_error(cyd.post("/api/auth/login", json={"email": "cyd@example.com", "password": PASSWORD}), 403, "FORBIDDEN", "invitation")


def test_who_was_signed_out_is_told_at_the_door_and_let_back_to_the_place(page, person, browser, postiz):
    session, _ = person
    page.goto(postiz.base + "/posts?tab=drafts")
    session.post("/api/auth/logout")
    page.reload()
    expect(page.get_by_role("status").filter(has_text="You have been signed out")).to_be_visible()
    page.fill("#email", session.email)
    page.fill("#password", PASSWORD)
    page.locator("main form button.primary").first.click()
    page.wait_for_url("**/posts?tab=drafts")
    stranger = browser.new_context().new_page()
    stranger.goto(postiz.base + "/posts")
    expect(stranger.locator("#email")).to_be_focused()
    expect(stranger.get_by_text("You have been signed out")).to_have_count(0)
    stranger.context.close()


def test_the_message_of_an_error_page_has_the_focus(browser, person, postiz):
    for signed_in in (True, False):
        context = browser.new_context()
        if signed_in:
            sign_in_as(context, person[0], postiz.base)
        page = context.new_page()
        page.goto(postiz.base + ("/posts/00000000-0000-7000-8000-000000000000" if signed_in else "/no-such-page"))
        expect(page.get_by_text("It may have been deleted")).to_be_focused()
        context.close()
