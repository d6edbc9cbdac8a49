"""Mail to a real SMTP server over TLS: a forgotten password, and certificates that must not be believed."""
from __future__ import annotations

import email
import email.policy
import re
import urllib.parse

import dotenv
import httpx
import pytest
import trustme
from playwright.sync_api import expect

import mails
from browser import DESKTOP, PHONE, chromium, look, register, watch
from client import PASSWORD, Browserish, assert_error, new_key
from mails import SECRET, USER
from pictures import png
from programs import until

NEW_PASSWORD = "a newer horse battery"


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def mail_server(authority, request):
    with mails.mail_server(authority, from_start=request.param == "smtps") as running:
        yield running


def registered(postiz) -> Browserish:
    session = Browserish(postiz.base)
    session.sign_in("/api/auth/register", email="ada@example.com", password=PASSWORD, name="Ada")
    return session


@pytest.mark.parametrize("mail_server", ["starttls", "smtps"], indirect=True)
def test_a_forgotten_password_is_mended_by_an_encrypted_mail(start_postiz, mail_server, authority, tmp_path):
    settings, inbox = mail_server
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    postiz = start_postiz(**settings, EMAIL_CA_FILE=str(trusted))
    session = registered(postiz)

    assert session.post("/api/auth/forgot", json={"email": "ada@example.com"}).status_code == 202
    encrypted, signed_in, envelope = until(lambda: inbox.mails, 20, "the mail arrives")[0]
    assert (encrypted or settings["EMAIL_SECURE"] == "true") and signed_in
    assert envelope.rcpt_tos == ["ada@example.com"]
    mail = email.message_from_bytes(envelope.content)
    text = "".join(part.get_payload(decode=True).decode() for part in mail.walk() if part.get_content_type() == "text/plain")
    token = re.search(r"token=([\w-]+)", text)[1]
    assert token not in postiz.log.read_text()

    fresh = Browserish(postiz.base)
    assert fresh.post("/api/auth/reset", json={"token": token, "newPassword": NEW_PASSWORD}).status_code == 204
    fresh.sign_in("/api/auth/login", email="ada@example.com", password=NEW_PASSWORD)
    again = fresh.post("/api/auth/reset", json={"token": token, "newPassword": PASSWORD})
    assert_error(again, 422, "VALIDATION_FAILED", "link")


@pytest.mark.parametrize("mail_server", ["starttls"], indirect=True)
def test_mails_are_said_in_the_language_of_who_reads_them(start_postiz, mail_server, authority, tmp_path):
    settings, inbox = mail_server
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    postiz = start_postiz(**settings, EMAIL_CA_FILE=str(trusted))
    session = Browserish(postiz.base)
    session.sign_in("/api/auth/register", email="ada@example.com", password=PASSWORD, name="Ada", locale="de", timeZone="Europe/Berlin")
    assert session.post("/api/auth/forgot", json={"email": "ada@example.com"}).status_code == 202
    # Whoever has no account is spoken to as the one who invites.
    assert session.post("/api/team/invitations", json={"role": "USER", "email": "bo@example.com"}).status_code == 201
    until(lambda: len(inbox.mails) == 2, 20, "both mails arrive")
    arrived = {envelope.rcpt_tos[0]: email.message_from_bytes(envelope.content, policy=email.policy.default) for _, _, envelope in inbox.mails}
    assert arrived["ada@example.com"]["Subject"].startswith("Neues Passwort für ")
    assert "Öffnen Sie innerhalb einer Stunde" in arrived["ada@example.com"].get_content()
    assert arrived["bo@example.com"]["Subject"].startswith("Ada lädt Sie in den Arbeitsbereich ")
    assert "Er gilt ein einziges Mal" in arrived["bo@example.com"].get_content()


def decides_from_a_mail(mail, postiz, drafter, post: str) -> None:
    """Without signing in; the author reads what is to change, and the link is over."""
    link = re.search(rf"{re.escape(postiz.base)}/review/\S+", mail.get_content())[0]
    with chromium() as browser:
        page = browser.new_context(viewport=PHONE).new_page()
        errors = watch(page, postiz.base)
        page.goto(link)
        page.goto(link)
        expect(page.get_by_text("Bo asks first")).to_be_visible()
        expect(page.get_by_text("You decide as ada@example.com")).to_be_visible()
        assert page.evaluate("[...document.querySelectorAll('.thumbs img')].map(image => image.complete && image.naturalWidth)") == [320]
        look(page, "mailed-review")
        page.get_by_label("What is to change").fill("Ask @Bo's mother, too")
        page.get_by_role("button", name="Back to drafts").click()
        expect(page.get_by_role("heading", name="Sent back")).to_be_visible()
        page.goto(link)
        expect(page.get_by_text("This link is used")).to_be_visible()
        assert not [error for error in errors if "409" not in error]
    assert drafter.get(f"/api/posts/{post}").json()["status"] == "DRAFT"
    [note] = drafter.get(f"/api/posts/{post}/comments").json()["items"]
    assert (note["kind"], note["author"], note["text"]) == ("SENT_BACK", "Ada", "Ask @Bo's mother, too") and len(note["mentions"]) == 1


@pytest.mark.parametrize("mail_server", ["starttls"], indirect=True)
def test_who_wrote_a_post_that_failed_is_told_and_may_choose_not_to_be(start_postiz, simulator, account_name, mail_server, authority, tmp_path):
    settings, inbox = mail_server
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    postiz = start_postiz(**settings, EMAIL_CA_FILE=str(trusted))
    session = registered(postiz)
    client = new_key(session)
    channel = client.connect("mastodon", account_name)["id"]
    drafter = Browserish(postiz.base)
    invited = session.post("/api/team/invitations", json={"role": "DRAFTER"}).json()["url"]
    drafter.sign_in(
        "/api/auth/register", email="bo@example.com", password=PASSWORD, name="Bo", invitation=urllib.parse.parse_qs(urllib.parse.urlsplit(invited).query)["token"][0])
    picture = drafter.post("/api/media?name=tea.png", content=png(320, 200, 1), headers={"Content-Type": "image/png"}).json()["id"]
    planned = drafter.post(
        "/api/posts", json={"content": "Bo asks first", "platforms": [channel], "mediaIds": [picture], "scheduledFor": "2031-05-01T09:00:00Z"}).json()
    assert planned["status"] == "IN_REVIEW"
    refusal = {"platform": "mastodon", "path": "mastodon.createStatus", "account": account_name, "status": 422, "body": '{"error":"No, thanks"}'}
    simulator.fault("status", **refusal)
    post = client.create(content="Nobody wants this", platforms=[channel], schedule="now")
    assert client.wait_settled(post["id"])["status"] == "FAILED"
    until(lambda: len(inbox.mails) >= 2, 90, "both mails arrive")
    assert all(envelope.rcpt_tos == ["ada@example.com"] for _, _, envelope in inbox.mails)
    arrived = {mail["Subject"]: mail for mail in (email.message_from_bytes(one.content, policy=email.policy.default) for _, _, one in inbox.mails)}
    decides_from_a_mail(arrived["A post waits for your approval"], postiz, drafter, planned["id"])
    mail = arrived["A post did not go out"]
    for words in ("Nobody wants this", "No, thanks", f"{postiz.base}/posts/{post['id']}"):
        assert words in mail.get_content()
    # Looking at the link changes nothing; a mail program that sends the form ends these mails and no others, without signing in (RFC 8058).
    link = re.fullmatch(r"<(.+)>", "".join(mail["List-Unsubscribe"].split()))[1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and link in mail.get_content()
    assert "Stop these mails" in httpx.get(link).raise_for_status().text
    chosen = {"failures": True, "connections": True, "reviews": True, "weekly": False}
    assert session.get("/api/auth/mails").json() == chosen
    assert httpx.post(link[:-3], data={"List-Unsubscribe": "One-Click"}).status_code == 404
    assert "have ended" in httpx.post(link, data={"List-Unsubscribe": "One-Click"}).raise_for_status().text
    assert session.get("/api/auth/mails").json() == {**chosen, "failures": False}
    assert session.patch("/api/auth/mails", json={"weekly": True}).json() == {**chosen, "failures": False, "weekly": True}
    assert_error(client.get("/api/auth/mails"), 403, "FORBIDDEN")


@pytest.mark.parametrize("mail_server", ["starttls", "smtps"], indirect=True)
def test_a_mail_server_with_a_certificate_nobody_vouches_for_gets_nothing(start_postiz, mail_server):
    settings, inbox = mail_server
    session = registered(start_postiz(**settings))
    assert session.post("/api/mail/test", json={"to": "ada@example.com"}).status_code in (202, 502)

    def refused():
        return [mail for mail in session.get("/api/mail").json()["items"] if "certificate" in (mail.get("lastError") or "").lower()]

    assert until(refused, 20, lambda: session.get("/api/mail").text)
    assert not inbox.mails


def test_an_authorities_file_that_cannot_be_read_is_named_at_start(start_postiz):
    postiz = start_postiz(wait=False, EMAIL_HOST="localhost", EMAIL_CA_FILE="/nowhere/authority.pem")
    assert postiz.process.wait(timeout=30) != 0
    assert "EMAIL_CA_FILE" in postiz.tail() and "PEM" in postiz.tail()


@pytest.mark.browser
@pytest.mark.parametrize("mail_server", ["starttls"], indirect=True)
def test_whoever_registers_acts_once_the_mailed_link_was_opened(start_postiz, mail_server, authority, tmp_path):
    settings, inbox = mail_server
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    postiz = start_postiz(**settings, EMAIL_CA_FILE=str(trusted), REQUIRE_ACTIVATION="true")
    registered(postiz)
    bob = Browserish(postiz.base)
    bob.sign_in("/api/auth/register", email="bob@example.com", password=PASSWORD)
    for method, path in (("GET", "/api/posts"), ("POST", "/api/keys"), ("POST", "/api/posts"), ("GET", "/api/events"), ("POST", "/api/workspaces")):
        assert_error(bob.request(method, path, json={}), 403, "FORBIDDEN", "mailed")
    assert_error(bob.get("/oauth/authorize?client_id=x", headers={"Accept": "application/json"}), 403, "FORBIDDEN")
    assert bob.get("/api/auth/me").status_code == 200
    assert bob.post("/api/auth/activation/again").status_code == 202
    until(lambda: len(inbox.mails) == 2, 20, "both mails arrive")
    links = [re.search(r"http\S+/activate\?token=[\w-]+", email.message_from_bytes(envelope.content, policy=email.policy.default).get_content())[0]
             for _, _, envelope in inbox.mails]
    with chromium() as browser:
        page = browser.new_page()
        page.goto(postiz.base + "/login")
        page.fill("#email", "bob@example.com")
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(postiz.base + "/activate")
        expect(page.locator("#activation-waits")).to_contain_text("bob@example.com")
        look(page, "activation")
        stranger = browser.new_context(java_script_enabled=False).new_page()
        stranger.goto(links[0])
        stranger.get_by_role("button", name="Activate").click()
        expect(stranger.locator("#refusal")).to_contain_text("used before")
        stranger.goto(links[1])
        assert_error(bob.get("/api/posts"), 403, "FORBIDDEN")
        stranger.get_by_role("button", name="Activate").click()
        stranger.wait_for_url(postiz.base + "/login")
        assert bob.get("/api/posts").status_code == 200
        page.goto(postiz.base + "/activate")
        page.wait_for_selector("#sidebar", state="attached")


@pytest.mark.browser
@pytest.mark.parametrize("mail_server", ["starttls"], indirect=True)
def test_the_page_makes_the_lines_shows_how_mails_look_and_says_what_the_server_answers(start_postiz, mail_server, authority, tmp_path):
    settings, inbox = mail_server
    trusted = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(trusted))
    postiz = start_postiz(**settings, EMAIL_CA_FILE=str(trusted))
    with chromium() as browser:
        page = browser.new_context(viewport=DESKTOP).new_page()
        errors = watch(page, postiz.base)
        register(page, postiz.base, "ada@example.com")
        page.goto(postiz.base + "/settings/mail")
        lines = page.locator("#mail-lines")
        # Set up already, the form is out of the way.
        expect(lines).to_be_hidden()
        page.locator("#mail-lines-form > summary").click()
        # What is set, but for the password.
        assert dict(line.split("=", 1) for line in lines.inner_text().splitlines()) == {
            **settings, "EMAIL_PASS": "", "EMAIL_FROM_NAME": "Postiz"}
        page.fill("#mail-host", "smtp.example.com")
        page.fill("#mail-name", "Bread & <b>Tea</b> #1 $5")
        page.select_option("#mail-secure", "true")
        page.fill("#mail-port", "465")
        page.get_by_role("button", name="Make the lines").click()
        # Read by a library that reads such files.
        (tmp_path / "typed.env").write_text(lines.inner_text().replace("EMAIL_PASS=", f"EMAIL_PASS={SECRET}"))
        read = dotenv.dotenv_values(tmp_path / "typed.env")
        assert read == {
            "EMAIL_HOST": "smtp.example.com", "EMAIL_PORT": "465", "EMAIL_SECURE": "true", "EMAIL_USER": USER, "EMAIL_PASS": SECRET,
            "EMAIL_FROM_ADDRESS": "postiz@example.com", "EMAIL_FROM_NAME": "Bread & <b>Tea</b> #1 $5"}
        page.goto(postiz.base + "/settings/mail?host=a.example.com%0AEMAIL_PASS%3Dx%E2%80%A8y")
        assert lines.inner_text().splitlines()[0] == "EMAIL_HOST=a.example.comEMAIL_PASS=xy"
        subjects = set()
        page.goto(postiz.base + "/settings/mail")
        page.locator("#mail-look > summary").click()
        for index in range(4):
            page.locator("#mail-look .chip").nth(index).click()
            expect(page.locator("#mail-look .chip").nth(index)).to_have_attribute("aria-current", "true")
            sample = page.locator("#mail-look pre").inner_text()
            assert postiz.base in sample and "Fresh bread" in sample
            subjects.add(page.locator("#mail-look dd").nth(2).inner_text())
        assert len(subjects) == 4
        look(page, "mail-set-up")
        page.get_by_role("button", name="Send one to me").click()
        expect(page.get_by_role("status").first).to_contain_text("250 2.0.0 Taken")
        assert len(inbox.mails) == 1
        inbox.answer = "550 5.7.1 Not from this sender"
        page.get_by_role("button", name="Send one to me").click()
        expect(page.get_by_role("status").first).to_contain_text("check EMAIL_FROM_ADDRESS")
        expect(page.get_by_role("status").first).to_contain_text("The server said: 550 5.7.1 Not from this sender")
        expect(page.get_by_role("status").first).not_to_contain_text("localhost")
        look(page, "mail-refused")
        assert not errors, errors
