"""Passkeys: Chromium with its virtual authenticator on the pages, and the `fido2` library as authenticator over REST."""
import hashlib
import os

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2.cose import CoseKey
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid, AttestedCredentialData, AuthenticatorData, CollectedClientData, PublicKeyCredentialCreationOptions, PublicKeyCredentialRequestOptions,
)
from playwright.sync_api import expect

from browser import DESKTOP, look, register, watch
from client import PASSWORD, Browserish, assert_error
from programs import Postiz, free_port

pytestmark = pytest.mark.browser
FLAG = AuthenticatorData.FLAG
SURE = FLAG.UP | FLAG.UV


@pytest.fixture(scope="module")
def postiz(tmp_path_factory):
    port = free_port()
    with Postiz("postiz-passkeys", tmp_path_factory.mktemp("postiz"), None, PORT=str(port), MAIN_URL=f"http://localhost:{port}") as running:
        running.base = f"http://localhost:{port}"
        yield running


def person(postiz, name: str) -> Browserish:
    session = Browserish(postiz.base)
    session.sign_in("/api/auth/register", email=f"{name}@example.com", password=PASSWORD)
    return session


class Device:
    """An authenticator made of the library's parts."""

    def __init__(self, key, origin: str):
        self.key, self.origin, self.id, self.counter = key, origin, os.urandom(48), 0

    def make(self, answer: dict, **changes) -> dict:
        options = PublicKeyCredentialCreationOptions.from_dict(answer)
        self.user = options.user.id
        public = self.key.public_key()
        cose = next(CoseKey.for_alg(item.alg) for item in options.pub_key_cred_params if isinstance(
            public, {-7: ec.EllipticCurvePublicKey, -8: ed25519.Ed25519PublicKey, -257: rsa.RSAPublicKey}[item.alg]))
        made = cose.from_cryptography_key(public)
        data = AuthenticatorData.create(
            hashlib.sha256(options.rp.id.encode()).digest(), SURE | FLAG.AT, self.counter, AttestedCredentialData.create(Aaguid.NONE, self.id, made))
        client = CollectedClientData.create("webauthn.create", options.challenge, self.origin)
        info = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return {
            "id": websafe_encode(self.id), "clientDataJSON": websafe_encode(client), "authenticatorData": websafe_encode(data),
            "publicKey": websafe_encode(info), "publicKeyAlgorithm": made[3], "transports": ["usb"]} | changes

    def answer(self, answer: dict, **changes) -> dict:
        options = PublicKeyCredentialRequestOptions.from_dict(answer)
        self.counter += 1
        data = AuthenticatorData.create(hashlib.sha256(options.rp_id.encode()).digest(), SURE, self.counter)
        client = CollectedClientData.create("webauthn.get", options.challenge, self.origin)
        signed = bytes(data) + client.hash
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            signature = self.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        elif isinstance(self.key, rsa.RSAPrivateKey):
            signature = self.key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            signature = self.key.sign(signed)
        return {
            "id": websafe_encode(self.id), "clientDataJSON": websafe_encode(client), "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signature), "userHandle": websafe_encode(self.user)} | changes


KINDS = {
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()), "EdDSA": ed25519.Ed25519PrivateKey.generate,
    "RS256": lambda: rsa.generate_private_key(65537, 2048)}


@pytest.mark.parametrize("kind", KINDS)
def test_another_library_makes_one_and_signs_in_with_it(postiz, kind):
    ada = person(postiz, f"ada-{kind.lower()}")
    device = Device(KINDS[kind](), postiz.base)
    assert_error(ada.post("/api/auth/passkeys/options", json={"password": "not the password"}), 401, "WRONG_CREDENTIALS")
    begun = ada.post("/api/auth/passkeys/options", json={"password": PASSWORD})
    assert begun.status_code == 200 and "HttpOnly; SameSite=Lax" in begun.headers["set-cookie"], begun.text
    made = ada.post("/api/auth/passkeys", json=device.make(begun.json(), name="Key ring"))
    assert made.status_code == 201, made.text
    assert made.json()["name"] == "Key ring" and not made.json()["synced"]
    assert_error(ada.post("/api/auth/passkeys", json=device.make(begun.json())), 400, "CONNECT_STATE_EXPIRED")

    other = Browserish(postiz.base)
    options = other.post("/api/auth/passkey-login/options", json={}).json()
    assert options["allowCredentials"] == [] and options["userVerification"] == "required"
    stranger = Browserish(postiz.base)
    assert_error(stranger.post("/api/auth/passkey-login", json=device.answer(options)), 400, "CONNECT_STATE_EXPIRED")
    wrong = other.post("/api/auth/passkey-login", json=device.answer(options, signature=websafe_encode(os.urandom(64))))
    assert_error(wrong, 401, "WRONG_CREDENTIALS")
    answer = device.answer(options)
    done = other.post("/api/auth/passkey-login", json=answer)
    assert done.status_code == 200 and done.json()["user"]["email"] == f"ada-{kind.lower()}@example.com", done.text
    assert other.get("/api/auth/passkeys").json()["items"][0]["lastUsedAt"]
    again = Browserish(postiz.base)
    assert_error(again.post("/api/auth/passkey-login", json=answer), 400, "CONNECT_STATE_EXPIRED")
    copied = again.post("/api/auth/passkey-login/options", json={}).json()
    device.counter -= 1
    assert_error(again.post("/api/auth/passkey-login", json=device.answer(copied)), 401, "WRONG_CREDENTIALS", "counted backwards")

    bob = person(postiz, f"bob-{kind.lower()}")
    id = made.json()["id"]
    assert_error(bob.patch(f"/api/auth/passkeys/{id}", json={"name": "Mine"}), 404, "NOT_FOUND")
    assert_error(bob.post(f"/api/auth/passkeys/{id}/remove", json={"password": PASSWORD}), 404, "NOT_FOUND")
    assert ada.patch(f"/api/auth/passkeys/{id}", json={"name": "Other"}).json()["name"] == "Other"
    assert ada.post(f"/api/auth/passkeys/{id}/remove", json={"password": PASSWORD}).status_code == 204
    assert other.get("/api/auth/me").status_code == 401, "what it opened is closed"


def with_device(browser, base: str):
    """A page with a virtual authenticator, such as a laptop has; and the session that commands it."""
    page = browser.new_context(viewport=DESKTOP).new_page()
    page.errors = watch(page, base)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable", {"enableUI": False})
    device = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True}})["authenticatorId"]
    return page, devtools, device


def add(page, base: str, name: str = "") -> None:
    page.goto(base + "/settings/security")
    page.fill("#passkey-name", name)
    page.fill("#passkey-password", PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("#passkeys")).to_contain_text(name or "Passkey")


def sign_out(page) -> None:
    page.context.clear_cookies()


def test_a_person_adds_one_in_a_browser_and_signs_in_with_it(postiz, browser):
    page, devtools, device = with_device(browser, postiz.base)
    register(page, postiz.base, "cyd@example.com", "Cyd")
    add(page, postiz.base, "My <b>laptop</b>")
    look(page, "security-passkeys")
    # The same device once more.
    page.fill("#passkey-password", PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.locator("passkey-add [data-reason]")).to_contain_text("already")
    page.locator("#passkeys summary").click()
    page.locator("#passkeys input[name=name]").fill("Laptop")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("#passkeys b")).to_have_text("Laptop")

    sign_out(page)
    devtools.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": device, "enabled": False})
    page.goto(postiz.base + "/login?next=/posts")
    assert page.get_attribute("#email", "autocomplete") == "username webauthn"
    look(page, "login-passkey")
    # Chosen among the suggestions, which the virtual device does by itself.
    devtools.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": device, "enabled": True})
    page.goto(postiz.base + "/login?next=/posts", wait_until="commit")
    page.wait_for_url(postiz.base + "/posts")
    assert page.request.get(postiz.base + "/api/auth/me").json()["user"]["email"] == "cyd@example.com"

    # By the button, in a browser that makes no suggestions.
    sign_out(page)
    page.add_init_script("PublicKeyCredential.isConditionalMediationAvailable = async () => false")
    page.goto(postiz.base + "/login?next=/posts")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(postiz.base + "/posts")

    # Somebody whom the device does not recognise stays outside.
    sign_out(page)
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    page.goto(postiz.base + "/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("passkey-login [data-reason]")).not_to_be_empty()
    assert "/login" in page.url
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})

    # One that was removed here and not on the device says so.
    session = Browserish(postiz.base)
    session.sign_in("/api/auth/login", email="cyd@example.com", password=PASSWORD)
    id = session.get("/api/auth/passkeys").json()["items"][0]["id"]
    assert session.post(f"/api/auth/passkeys/{id}/remove", json={"password": PASSWORD}).status_code == 204
    page.goto(postiz.base + "/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator("passkey-login [data-reason]")).to_contain_text("opens nothing here")
    assert not [error for error in page.errors if "401" not in error and "409" not in error]


def test_a_workspace_that_asks_for_a_second_factor_opens_by_it(postiz, browser):
    page, devtools, device = with_device(browser, postiz.base)
    register(page, postiz.base, "dan@example.com", "Dan")
    add(page, postiz.base)
    page.check("form[action='/settings/security/rule'] input[type=checkbox]")
    page.click("form[action='/settings/security/rule'] button")
    expect(page.locator("form[action='/settings/security/rule'] input[type=checkbox]")).to_be_checked()
    sign_out(page)
    devtools.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": device, "enabled": False})
    page.goto(postiz.base + "/login")
    page.fill("#email", "dan@example.com")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(postiz.base + "/settings/security")
    expect(page.get_by_role("button", name="Set up")).to_have_count(0)
    page.goto(postiz.base + "/settings/security/delete")
    page.wait_for_url(postiz.base + "/settings/security")
    look(page, "security-needed-passkey")
    devtools.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": device, "enabled": True})
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_selector("#sidebar", state="attached")

    # A member without one makes one there.
    link = page.request.post(postiz.base + "/api/team/invitations", data={"role": "USER"}, headers={
        "X-CSRF-Token": page.get_attribute("meta[name=csrf]", "content")}).json()["url"]
    member, _, _ = with_device(browser, postiz.base)
    member.goto(link)
    register_by_invitation(member)
    member.wait_for_url(postiz.base + "/settings/security")
    look(member, "security-needed-both")
    member.fill("#passkey-password", PASSWORD)
    member.get_by_role("button", name="Add a passkey").click()
    member.wait_for_selector("#sidebar", state="attached")
    assert not [error for error in member.errors if "403" not in error]


def register_by_invitation(page) -> None:
    page.get_by_role("link", name="Create").first.click()
    page.fill("#name", "Eve")
    page.fill("#email", "eve@example.com")
    page.fill("#password", PASSWORD)
    page.click("main form button")


def test_where_they_are_impossible_the_page_says_so(start_postiz, browser):
    postiz = start_postiz()
    page = browser.new_context(viewport=DESKTOP).new_page()
    register(page, postiz.base, "ada@example.com")
    page.goto(postiz.base + "/settings/security")
    expect(page.locator("#passkeys-impossible")).to_contain_text(postiz.base)
    assert page.get_by_role("button", name="Add a passkey").count() == 0
    anonymous = Browserish(postiz.base)
    assert_error(anonymous.post("/api/auth/passkey-login/options", json={}), 409, "CONFLICT", "MAIN_URL")
    assert "webauthn" not in anonymous.get("/login").text
