"""Signing in by a provider of identities that is not ours, in a real browser."""
import urllib.parse

import httpx
import pytest
from playwright.sync_api import expect

from browser import DESKTOP, look, watch
from client import PASSWORD, Browserish, assert_error
from identities import identity_provider
from programs import Postiz, free_port

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def provider():
    with identity_provider() as running:
        yield running
        assert running.refused == [] and running.proven > 0


@pytest.fixture(scope="module")
def postiz(provider, simulator, tmp_path_factory):
    port = free_port()
    settings = {"OIDC_PROVIDERS": "work,club", "ALLOWED_PRIVATE_HOSTS": provider.base.removeprefix("http://"), "PORT": str(port)}
    for name, join in (("WORK", "invited"), ("CLUB", "create")):
        client = provider.client(f"http://127.0.0.1:{port}/login/with/{name.lower()}/callback")
        settings |= {
            f"OIDC_{name}_ISSUER": provider.base, f"OIDC_{name}_CLIENT_ID": client["client_id"], f"OIDC_{name}_JOIN": join,
            f"OIDC_{name}_CLIENT_SECRET": client["client_secret"], f"OIDC_{name}_NAME": f"Example {name.capitalize()}",
        }
    with Postiz("postiz-oidc", tmp_path_factory.mktemp("postiz"), None, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def ada(postiz):
    """The first account, with a password."""
    session = Browserish(postiz.base)
    session.sign_in("/api/auth/register", email="ada@example.com", password=PASSWORD)
    return session


def go_on(page, subject: str | None, title: str = "Example Work") -> None:
    """From our page to the provider, where `subject` signs in or nobody will, and back."""
    page.get_by_role("button", name=f"Continue with {title}").click()
    answer_at_provider(page, subject)


def answer_at_provider(page, subject: str | None) -> None:
    if subject:
        page.fill("input[name=sub]", subject)
        page.get_by_role("button", name="Authorize", exact=True).click()
    else:
        page.get_by_role("button", name="Deny").click()


def test_an_invited_person_comes_by_it_and_again_without_scripts(postiz, provider, ada, browser):
    provider.person("bob-1", email="bob@example.com", email_verified=True, name="Bob Example")
    page = browser.new_context(viewport=DESKTOP).new_page()
    errors = watch(page, postiz.base)
    page.goto(postiz.base + "/login")
    look(page, "login-providers")
    go_on(page, "bob-1")
    expect(page.locator("#refusal")).to_contain_text("Ask for an invitation")
    link = ada.post("/api/team/invitations", json={"role": "DRAFTER"}).json()["url"]
    page.goto(postiz.base + "/register?" + urllib.parse.urlsplit(link).query.replace("token=", "invitation="))
    look(page, "register-providers")
    go_on(page, "bob-1")
    page.wait_for_selector("#sidebar", state="attached")
    me = page.request.get(postiz.base + "/api/auth/me").json()
    assert me["user"]["name"] == "Bob Example" and me["role"] == "DRAFTER" and len(me["organizations"]) == 1
    ways = page.request.get(postiz.base + "/api/auth/identities").json()
    assert not ways["hasPassword"] and [item["email"] for item in ways["identities"]] == ["bob@example.com"]
    page.goto(postiz.base + "/settings/security")
    look(page, "security-elsewhere")
    assert not [error for error in errors if "403" not in error]

    plain = browser.new_context(java_script_enabled=False).new_page()
    plain.goto(postiz.base + "/login?next=/posts")
    go_on(plain, "bob-1")
    plain.wait_for_url(postiz.base + "/posts")
    assert plain.request.get(postiz.base + "/api/auth/me").json()["user"]["id"] == me["user"]["id"]


def test_an_account_with_a_password_is_connected_by_its_person_alone(postiz, provider, ada, browser):
    provider.person("ada-1", email="ada@example.com", email_verified=True)
    stranger = browser.new_context().new_page()
    stranger.goto(postiz.base + "/login")
    go_on(stranger, "ada-1", "Example Club")
    expect(stranger.locator("#refusal")).to_contain_text("There is an account with your e-mail address")

    page = browser.new_context(viewport=DESKTOP).new_page()
    page.goto(postiz.base + "/login")
    page.fill("#email", "ada@example.com")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_selector("#sidebar", state="attached")
    page.goto(postiz.base + "/settings/security")
    page.fill("#elsewhere-password", "not the password")
    page.get_by_role("button", name="Connect Example Work").click()
    expect(page.locator("#refusal")).to_be_visible()
    page.fill("#elsewhere-password", PASSWORD)
    page.get_by_role("button", name="Connect Example Work").click()
    answer_at_provider(page, "ada-1")
    expect(page.locator("#identities")).to_contain_text("Example Work (ada@example.com)")

    stranger.goto(postiz.base + "/login")
    go_on(stranger, "ada-1")
    stranger.wait_for_selector("#sidebar", state="attached")
    assert stranger.request.get(postiz.base + "/api/auth/me").json()["user"]["role"] == "ADMIN"

    page.fill("#elsewhere-password", PASSWORD)
    page.get_by_role("button", name="Disconnect Example Work").click()
    expect(page.locator("#identities")).to_have_count(0)
    assert stranger.request.get(postiz.base + "/api/auth/me").status == 401, "what it opened is closed"


def test_everybody_may_come_where_the_operator_says_so_and_nobody_who_declines(postiz, provider, ada, browser):
    provider.person("cyd-1", email="cyd@example.com", email_verified=True)
    provider.person("dan-1", email="dan@example.com")
    page = browser.new_context().new_page()
    page.goto(postiz.base + "/register")
    assert page.get_by_role("button", name="Example Work").count() == 0, "it makes no accounts"
    go_on(page, None, "Example Club")
    expect(page.locator("#refusal")).to_contain_text("did not let you in")
    go_on(page, "dan-1", "Example Club")
    expect(page.locator("#refusal")).to_contain_text("does not say that your e-mail address is yours")
    go_on(page, "cyd-1", "Example Club")
    page.wait_for_selector("#sidebar", state="attached")
    assert page.request.get(postiz.base + "/api/auth/me").json()["role"] == "OWNER"


def test_an_answer_for_another_browser_opens_nothing(postiz, provider, ada):
    provider.person("eve-1", email="eve@example.com", email_verified=True)
    eve = Browserish(postiz.base)
    begun = eve.post("/login/with/club", data={"next": "//example.org/"})
    assert begun.status_code == 303 and "HttpOnly; SameSite=Lax" in begun.headers["set-cookie"]
    back = httpx.post(begun.headers["location"], data={"sub": "eve-1"}).headers["location"]
    path = back.removeprefix(postiz.base)
    assert path.startswith("/login/with/club/callback?")
    victim = Browserish(postiz.base)
    answer = victim.get(path)
    assert answer.status_code == 400 and "postiz_session" not in answer.headers.get("set-cookie", "")
    done = eve.get(path)
    assert done.status_code == 303 and done.headers["location"] == "/", "no way to another site"
    assert eve.get(path).status_code == 400, "once"
    for path in ("/login/with/work/callback?code=x&state=y", "/login/with/nobody/callback", "/login/with/work/callback"):
        assert victim.get(path).status_code in (400, 404)
    assert_error(victim.get("/api/auth/identities"), 401, "UNAUTHENTICATED")
    ada = Browserish(postiz.base)
    ada.sign_in("/api/auth/login", email="ada@example.com", password=PASSWORD)
    id = "019aca2e-0000-7000-8000-000000000000"
    assert_error(ada.post(f"/api/auth/identities/{id}/remove", json={"password": PASSWORD}), 404, "NOT_FOUND")
    assert_error(ada.post(f"/api/auth/identities/{id}/remove", json={}), 401, "WRONG_CREDENTIALS")
