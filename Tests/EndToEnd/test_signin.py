"""Signing in with a second factor: `pyotp` is the app, `zxing-cpp` reads the picture, and Chromium is the browser."""
import io
import json
import pathlib
import subprocess
import time
import urllib.parse

import pyotp
import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from browser import DESKTOP, chromium, look, register, watch
from client import PASSWORD, Browserish, assert_error, new_account

pytestmark = pytest.mark.browser


def next_code(app: pyotp.TOTP) -> str:
    """A code that was not used: the server takes that of the step to come, so nobody waits for it."""
    return app.at(int(time.time()) + 30)


def read(picture: bytes) -> str:
    found = zxingcpp.read_barcodes(Image.open(io.BytesIO(picture)), formats=zxingcpp.BarcodeFormat.QRCode)
    assert len(found) == 1, "one code in the picture"
    return found[0].text


def sign_in(page, base, email):
    page.goto(base + "/login")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main form button")


def test_a_person_sets_one_up_signs_in_by_it_and_loses_the_phone(start_postiz):
    postiz = start_postiz()
    base, email = postiz.base, "ada@example.com"
    with chromium() as browser:
        page = browser.new_context(viewport=DESKTOP, device_scale_factor=2).new_page()
        errors = watch(page, base)
        register(page, base, email, "Ada")
        page.goto(base + "/settings/security")
        look(page, "security-off")
        page.fill("#password", PASSWORD)
        page.click("form[action='/settings/security/begin'] button")
        look(page, "security-setup")
        address = read(page.locator("svg.qr").screenshot())
        app = pyotp.parse_uri(address)
        assert app.name == email and app.secret == page.inner_text("#factor-secret").replace(" ", "")
        page.fill("#code", "000000" if app.now() != "000000" else "111111")
        page.click("form[action='/settings/security/confirm'] button")
        expect(page.locator("#refusal")).to_be_visible()
        assert read(page.locator("svg.qr").screenshot()) == address, "the picture that was scanned"
        used = app.now()
        page.fill("#code", used)
        page.click("form[action='/settings/security/confirm'] button")
        recovery = page.inner_text("#recovery-codes").split()
        assert len(set(recovery)) == 10
        look(page, "security-on")
        page.check("form[action='/settings/security/rule'] input[type=checkbox]")
        page.click("form[action='/settings/security/rule'] button")
        expect(page.locator("form[action='/settings/security/rule'] input[type=checkbox]")).to_be_checked()

        other = browser.new_context(viewport=DESKTOP).new_page()
        other_errors = watch(other, base)
        sign_in(other, base, email)
        look(other, "login-code")
        other.fill("#code", used)
        other.click("main form button")
        expect(other.locator("#refusal")).to_be_visible()
        used = next_code(app)
        other.fill("#code", f"{used[:3]} {used[3:]}")
        other.click("main form button")
        other.wait_for_selector("#sidebar", state="attached")
        other.context.close()

        session = Browserish(base)
        assert_error(session.post("/api/auth/login", json={"email": email, "password": PASSWORD}), 401, "SECOND_FACTOR_REQUIRED")
        assert_error(session.post("/api/auth/login", json={"email": email, "password": PASSWORD, "code": used}), 401, "WRONG_CREDENTIALS")
        session.sign_in("/api/auth/login", email=email, password=PASSWORD, code=recovery[0])
        assert session.get("/api/auth/second-factor").json()["recoveryCodesLeft"] == 9

        # Without phone and codes: whoever runs the server lets her in again.
        subprocess.run([postiz.command[0], "user", "reset-second-factor", "--email", email], check=True, env=postiz.environment, timeout=60)
        last = browser.new_context(viewport=DESKTOP).new_page()
        sign_in(last, base, email)
        last.wait_for_url("**/settings/security")
        expect(last.locator("h1")).to_contain_text("second factor")
        assert not last.locator("#sidebar").count(), "nothing of the workspace is shown"
        look(last, "security-needed")
        last.fill("#password", PASSWORD)
        last.click("form[action='/settings/security/begin'] button")
        last.fill("#code", pyotp.parse_uri(read(last.locator("svg.qr").screenshot())).now())
        last.click("form[action='/settings/security/confirm'] button")
        expect(last.locator("#recovery-codes")).to_be_visible()
        last.goto(base + "/today")
        last.wait_for_selector("#sidebar", state="attached")
        assert not [error for error in errors + other_errors if "401" not in error and "403" not in error]


def test_a_member_without_one_finds_the_workspace_closed_and_a_key_goes_on(postiz):
    owner, key = new_account(postiz.base, "owner")
    assert_error(owner.patch("/api/auth/me", json={"organizationNeedsSecondFactor": True}), 409, "CONFLICT")
    link = owner.post("/api/team/invitations", json={"role": "ADMIN"}).json()["url"]
    token = urllib.parse.parse_qs(urllib.parse.urlparse(link).query)["token"][0]
    member = Browserish(postiz.base)
    member.sign_in("/api/auth/register", email=f"member-{owner.email}", password=PASSWORD, invitation=token)

    def set_up(session):
        made = session.post("/api/auth/second-factor", json={"password": PASSWORD})
        assert made.status_code == 201, made.text
        app = pyotp.parse_uri(made.json()["address"])
        done = session.post("/api/auth/second-factor/confirm", json={"code": app.now()})
        assert done.is_success, done.text
        return app

    app = set_up(owner)
    assert owner.patch("/api/auth/me", json={"organizationNeedsSecondFactor": True}).json()["organization"]["needsSecondFactor"]
    for method, path, body in [
        ("GET", "/api/posts", None), ("GET", "/api/integrations", None), ("POST", "/api/keys", {"name": "x", "scopes": ["admin"]}),
        ("PATCH", "/api/auth/me", {"organizationNeedsSecondFactor": False}), ("POST", "/api/posts", {"content": "x"}), ("GET", "/api/events", None),
        ("DELETE", "/api/team/members/" + member.get("/api/auth/me").json()["user"]["id"], None),
    ]:
        assert_error(member.request(method, path, json=body), 403, "FORBIDDEN")
    page = member.get("/calendar", headers={"Accept": "text/html"})
    assert page.status_code == 303 and page.headers["location"] == "/settings/security"
    assert key.get("/api/posts").status_code == 200, "keys need none"
    set_up(member)
    assert member.get("/api/posts").status_code == 200
    proof = {"code": next_code(app)}
    assert owner.post("/api/auth/second-factor/off", json=proof).status_code == 204
    assert_error(owner.get("/api/posts"), 403, "FORBIDDEN")


def test_a_person_downloads_what_is_kept_about_them(postiz):
    session, key = new_account(postiz.base, "subject")
    with chromium() as browser:
        page = browser.new_context(viewport=DESKTOP).new_page()
        sign_in(page, postiz.base, session.email)
        page.goto(postiz.base + "/settings/security")
        with page.expect_download() as download:
            page.click("a[href='/api/auth/export']")
        data = json.loads(pathlib.Path(download.value.path()).read_text())
    assert data["user"]["email"] == session.email and len(data["sessions"]) == 2 and [item["name"] for item in data["keys"]] == ["Test"]
    assert key.key not in json.dumps(data)
    assert_error(key.get("/api/auth/export"), 403, "FORBIDDEN")


@pytest.mark.parametrize("length", [3, 40, 64])
def test_any_address_makes_a_picture_that_is_read(postiz, length):
    session = Browserish(postiz.base)
    email = f"{'x' * (length - 2)}{length}@{'long.' * (length // 2)}example.com"
    session.sign_in("/api/auth/register", email=email, password=PASSWORD)
    made = session.post("/api/auth/second-factor", json={"password": PASSWORD}).json()
    with chromium() as browser:
        page = browser.new_page(device_scale_factor=3)
        page.set_content(made["picture"])
        assert read(page.locator("svg").screenshot()) == made["address"]
        assert pyotp.parse_uri(made["address"]).name == email
