"""A real Chromium, and what the browser suites do with it."""
from __future__ import annotations

import contextlib
import secrets

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from client import PASSWORD, Browserish, new_key
from programs import ARTIFACTS

CHROMIUM = "/usr/bin/chromium"
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# What the security policy of a page refused, in any browser of the run: each test begins with none, and ends with none.
REFUSED: list[str] = []


def _patient(take):
    """On a busy machine Chromium at times cannot capture a page, and a moment later it can."""
    def screenshot(page: Page, **options) -> bytes:
        try:
            return take(page, **options)
        except Error as error:
            if "Unable to capture screenshot" not in error.message:
                raise
            page.wait_for_timeout(1000)
            return take(page, **options)
    return screenshot


def _watched(make):
    def new_context(self: Browser, **options):
        context = make(self, **options)
        context.on("console", lambda message: REFUSED.append(message.text) if "Content Security Policy" in message.text else None)
        return context
    return new_context


Page.screenshot = _patient(Page.screenshot)
Browser.new_context = _watched(Browser.new_context)
Browser.new_page = lambda self, **options: self.new_context(**options).new_page()


@contextlib.contextmanager
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


def sign_in_as(context, session, base: str) -> None:
    """Puts what `session` has signed in with into the browser."""
    context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": base} for cookie in session.cookies.jar])


def watch(page: Page, base: str) -> list[str]:
    """Errors of the product's scripts, and what its security policy refused: there must be none."""
    errors: list[str] = []

    def note(words: str) -> None:
        if page.url.startswith(base):
            errors.append(f"{page.url}: {words}")

    page.on("pageerror", lambda error: note(str(error)))
    page.on("console", lambda message: note(message.text) if message.type == "error" else None)
    return errors


def newcomer(browser, base: str, **options) -> Page:
    """A page of somebody who has just registered; `api` is a key of theirs, `errors` is what the browser complained of."""
    page = browser.new_context(**options).new_page()
    page.errors = watch(page, base)
    email = f"ada{secrets.token_hex(4)}@example.com"
    register(page, base, email)
    session = Browserish(base)
    session.sign_in("/api/auth/login", email=email, password=PASSWORD)
    page.api = new_key(session)
    return page


def violations(page: Page, rules: list[str] | None = None, again: bool = False) -> list[str]:
    """What the accessibility engine has against a page, by all its rules or by these, with everything that moves or fades at its end. (Waiting for
    that can last for ever: Chromium does not always move what is on a page behind another one.) `again`: the engine is on the page already."""
    page.evaluate("document.getAnimations().filter(one => one.effect.getComputedTiming().endTime < Infinity).forEach(one => one.finish())")
    options = {"resultTypes": ["violations"]} | ({"runOnly": {"type": "rule", "values": rules}} if rules else {})
    found = page.evaluate("options => axe.run(options)", options)["violations"] if again else Axe().run(page, options=options).response["violations"]
    return [f"{page.url}: {item['id']} ({item['impact']}): {item['help']}: {[node['target'] for node in item['nodes']][:3]}" for item in found]


def look(page: Page, name: str) -> None:
    """The page in both sizes and schemes, as pictures among the artefacts: none is wider than its screen, and the engine has nothing against it."""
    ARTIFACTS.mkdir(exist_ok=True)
    for scheme in ("light", "dark"):
        for size, viewport in (("desktop", DESKTOP), ("phone", PHONE)):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size(viewport)
            page.screenshot(path=str(ARTIFACTS / f"{name}-{size}-{scheme}.png"), full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} {size} is wider than the screen"
            assert not violations(page)
    page.set_viewport_size(DESKTOP)


def register(page: Page, base: str, email: str, name: str = "Ada Example") -> None:
    """Registers as anybody does, and then says what the form does not ask for."""
    page.goto(base + "/register")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_selector("#sidebar", state="attached")
    describe(page, base, name=name, timeZone="Europe/Paris", organizationName="Example Works", organizationTimeZone="Europe/Paris")


def describe(page: Page, base: str, **profile: str) -> None:
    """Changes the person's details and the workspace's, and shows the page anew."""
    token = page.locator("meta[name=csrf]").get_attribute("content")
    answer = page.context.request.patch(base + "/api/auth/me", data=profile, headers={"X-CSRF-Token": token})
    assert answer.ok, answer.text()
    page.reload()
    page.wait_for_selector("#sidebar", state="attached")


def allow(page: Page, account: str) -> None:
    """Says yes on a platform's consent page."""
    expect(page.locator("form.consent")).to_be_visible()
    page.fill("input[name=new_account]", account)
    page.click("button[value=allow]")


def connect(page: Page, base: str, platform: str, account: str, instance: str | None = None, organization: str | None = None) -> None:
    page.goto(base + "/channels")
    form = page.locator(f'form[action="/api/auth/{platform}"]')
    if instance:
        form.locator("input[name=instance]").fill(instance)
    form.locator("button").click()
    allow(page, account)
    if organization:
        page.get_by_label(organization).check()
        page.click("main form button.primary")
    page.wait_for_url("**/channels*")
    expect(page.locator("#channel-list")).to_contain_text(organization or account, ignore_case=True)
