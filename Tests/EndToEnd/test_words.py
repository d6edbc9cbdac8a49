"""In another language everything is said in it: pages, refusals, what is wrong with a post and why it failed; and a third one is written from the right."""
import json
import os
import pathlib
import re
import secrets
import shutil

import pytest
import trustme
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, describe, sign_in_as, violations, watch
from client import PASSWORD, Browserish, new_key
from furnishing import NAMES, SETTINGS, Furnished
from looks import of_numbers
from mails import mail_server, trusted
from pictures import png
from places import ANYBODY, CLIENT, PAGES, PLACES
from programs import Postiz, binary, until
from sentences import SOURCES, UNSAID, is_said, patterns

pytestmark = pytest.mark.browser
# Little words that no German sentence has. Two of them in one piece of text make it English.
ENGLISH = {
    "the", "this", "that", "these", "and", "with", "without", "your", "you", "are", "not", "of", "for", "to", "from", "choose", "has", "have", "it", "be",
    "at", "on", "or", "by", "write", "can", "cannot", "could", "give", "make", "again", "there", "no", "is",
}
# What people or platforms wrote, and what is the same in every language.
LEFT_OUT = "code, pre, kbd, samp, script, template, [dir=auto], datalist, [lang=en], .secret, textarea, option[value*='/'], .zones"
TEXTS = """(leftOut) => {
    const found = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) if (!walk.currentNode.parentElement.closest(leftOut)) found.push(walk.currentNode.data);
    for (const element of document.querySelectorAll("[aria-label], [title], [placeholder]"))
        if (!element.closest(leftOut)) for (const name of ["aria-label", "title", "placeholder"]) found.push(element.getAttribute(name) ?? "");
    return found;
}"""


def english(text: str) -> bool:
    return len(ENGLISH & set(re.findall(r"[a-z]+", text.lower()))) >= 2


def english_on(page) -> list[str]:
    return [f"{page.url}: {text.strip()}" for text in page.evaluate(TEXTS, LEFT_OUT) if english(text)]


@pytest.fixture
def german(browser, postiz):
    """Somebody who registered on the German page."""
    context = browser.new_context(viewport=DESKTOP, locale="de-DE", timezone_id="Europe/Berlin")
    page = context.new_page()
    page.errors = watch(page, postiz.base)
    page.goto(postiz.base + "/register")
    assert english_on(page) == []
    email = f"ada{secrets.token_hex(4)}@example.com"
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main form button")
    page.wait_for_selector("#sidebar", state="attached")
    expect(page.locator(".switcher > summary")).to_contain_text("Arbeitsbereich von Ada")
    describe(page, postiz.base, name="Ada Beispiel", organizationName="Beispielwerk")
    session = Browserish(postiz.base)
    session.sign_in("/api/auth/login", email=email, password=PASSWORD)
    # As the browser has it: the form did not ask.
    assert session.get("/api/auth/me").json()["user"]["timeZone"] == "Europe/Berlin"
    page.api = new_key(session)
    page.csrf = lambda: page.locator("meta[name=csrf]").get_attribute("content")
    yield page
    context.close()


def test_the_words_tell_english_from_german():
    assert english("The file is empty. Use at most 60 characters.") and english("Connect it again")
    assert not english("Die Datei ist leer.") and not english("Nur für Administratoren") and not english("Ada, X, LinkedIn")


def test_the_language_of_the_page_is_that_of_the_account_and_every_page_is_in_it(german, postiz):
    assert german.locator("html").get_attribute("lang") == "de"
    found = []
    for path in [*PAGES, "/nothing-here"]:
        german.goto(postiz.base + path)
        found += english_on(german)
    assert found == []


@pytest.fixture(scope="module")
def full_of_tea(simulator, tmp_path_factory):
    """A German workspace with something on every page, whose names are no sentences."""
    authority, folder = trustme.CA(), tmp_path_factory.mktemp("tea")
    names = {key: name if key in ("account", "removed", "assistant") else f"Tee {number}" for number, (key, name) in enumerate(NAMES.items())}
    with mail_server(authority) as (mail, inbox):
        with Postiz("postiz-tea", folder / "data", simulator, **SETTINGS, **mail, **trusted(authority, folder)) as running:
            made = Furnished(running, simulator, inbox, names, locale="de", zone="Europe/Berlin")
            yield made
            made.stop()


def test_every_page_is_german_with_all_that_it_holds_and_counts_rightly(browser, full_of_tea):
    words = json.loads((SOURCES / "WebUI/Resources/templates/strings.de.json").read_text())["page"]
    found, said = [], 0
    # What only mails tell comes last.
    for who in sorted({place.who for place in PLACES}, key=ANYBODY.__eq__):
        context = browser.new_context(viewport=DESKTOP, locale="de-DE", timezone_id="Europe/Berlin")
        if who not in (ANYBODY, CLIENT):
            sign_in_as(context, full_of_tea.session, full_of_tea.postiz.base)
        page = context.new_page()
        if who == CLIENT:
            page.goto(full_of_tea.portal_entrance)
        for place in (place for place in PLACES if place.who == who):
            page.goto(full_of_tea.postiz.base + place.address.format_map(full_of_tea.made))
            assert page.locator("html").get_attribute("lang") == "de", place
            found += english_on(page)
            wrong, right = of_numbers(page.locator("body").inner_text(), words)
            found, said = found + [f"{page.url}: {item}" for item in wrong], said + right
        context.close()
    assert found == [], "\n".join(found)
    assert said > 5


def test_refusals_of_forms_are_said_in_german(german, postiz, simulator):
    page, found = german, []
    page.goto(postiz.base + "/settings")
    page.fill("#timeZone", "Mars/Base")
    page.locator("form[action='/settings/profile'] button").first.click()
    expect(page.get_by_role("alert")).to_contain_text("Die Zeitzone ist nicht bekannt")
    expect(page.locator("#timeZone")).to_be_focused()
    expect(page.locator("#timeZone")).to_have_attribute("aria-invalid", "true")
    found += english_on(page)
    page.goto(postiz.base + "/channels")
    mastodon = page.locator('form[action="/api/auth/mastodon"]')
    mastodon.locator("input[name=instance]").fill("kein Server hier")
    mastodon.locator("button").click()
    expect(page.get_by_text("Schreiben Sie ihn wie mastodon.example.org")).to_be_visible()
    found += english_on(page)
    page.goto(postiz.base + "/channels/connect/bluesky")
    page.fill("[name='field.identifier']", "ada.bsky.example.com")
    page.fill("[name='field.password']", "wrong-wrong-wrong")
    page.locator("main form button").first.click()
    page.wait_for_load_state("load")
    found += english_on(page)
    assert found == []


def test_the_door_refuses_in_the_language_of_the_browser(browser, postiz, german):
    context = browser.new_context(viewport=DESKTOP, locale="de-DE")
    page = context.new_page()
    page.goto(postiz.base + "/login")
    page.fill("#email", "nobody@example.com")
    page.fill("#password", "not the right one")
    page.click("main form button")
    expect(page.get_by_text("E-Mail-Adresse oder Passwort ist falsch")).to_be_visible()
    assert english_on(page) == []
    context.close()


def test_what_is_wrong_with_a_post_is_said_in_german_to_scripts_and_in_english_to_programs(german, postiz, account_name):
    page, api = german, german.api
    channel = api.connect("mastodon", account_name)["id"]
    media = api.upload(png(40, 30, 1), "a.png")
    draft = {"content": "x" * 600, "platforms": [channel], "mediaIds": [media["id"]], "scheduledFor": "2020-01-01T09:00:00Z"}
    page.goto(postiz.base + "/today")
    told = page.evaluate("""async ([draft, token]) => {
        const answer = await fetch("/api/posts/validate", {method: "POST", body: JSON.stringify(draft),
            headers: {"Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": token}});
        return answer.json();
    }""", [draft, page.csrf()])
    messages = [item["message"] for item in told["items"]]
    assert len(messages) >= 3 and not [message for message in messages if english(message)], messages
    assert any("ist verstrichen" in message and "1. Jan. 2020, 10:00" in message for message in messages), messages
    assert {item["code"] for item in told["items"]} >= {"TEXT_TOO_LONG", "ALT_TEXT_MISSING", "TIME_IN_PAST"}
    plain = api.call("POST", "/api/posts/validate", json=draft)
    assert all(english(item["message"]) for item in plain["items"])
    refused = page.evaluate("""async (token) => (await fetch("/api/posts/00000000-0000-7000-8000-000000000000/cancel", {method: "POST",
        headers: {Accept: "application/json", "X-CSRF-Token": token}})).json()""", page.csrf())
    assert refused["error"]["code"] == "NOT_FOUND" and "gibt es in diesem Arbeitsbereich nicht" in refused["error"]["message"]


def test_why_a_post_failed_and_what_waits_are_said_in_german(german, postiz, simulator, account_name):
    page, api, found = german, german.api, []
    channel = api.connect("mastodon", account_name)["id"]
    api.call("POST", f"/api/integrations/{channel}/pause")
    post = api.create(content="Wartet", platforms=[channel], schedule="now")["id"]
    until(lambda: api.post_by_id(post)["publications"][0]["status"] == "ON_HOLD", 20, "it is held")
    page.goto(f"{postiz.base}/posts/{post}")
    expect(page.get_by_text("Der Kanal ist angehalten").first).to_be_visible()
    found += english_on(page)
    api.call("POST", f"/api/integrations/{channel}/resume")
    api.wait_settled(post)
    for path in ["/today", "/channels", "/posts?tab=failed", "/posts?tab=sent", f"/posts/{post}", "/calendar"]:
        page.goto(postiz.base + path)
        found += english_on(page)
    assert found == []


def test_moving_to_the_past_is_refused_with_the_time_as_the_person_writes_it(german, postiz, account_name):
    page, api = german, german.api
    channel = api.connect("mastodon", account_name)["id"]
    post = api.create(content="Bald", platforms=[channel], scheduledFor="2027-06-01T09:00:00Z")["id"]
    page.goto(postiz.base + "/today")
    token = page.csrf()
    page.evaluate("""async ([post, token]) => {
        await fetch(`/posts/${post}/move`, {method: "POST", headers: {Accept: "text/html"},
            body: new URLSearchParams({_csrf: token, date: "2020-01-02", time: "08:30", back: "/today"})});
    }""", [post, token])
    page.goto(postiz.base + "/today")
    assert english_on(page) == []


# MARK: A third language


@pytest.fixture(scope="module")
def from_the_right(simulator, tmp_path_factory):
    """The product beside a language that no release has: one file more, and nothing else."""
    folder = tmp_path_factory.mktemp("arabic")
    program = pathlib.Path(binary("POSTIZ_BINARY", "postiz")).resolve()
    try:
        os.link(program, folder / "postiz")
    except OSError:
        shutil.copy(program, folder / "postiz")
    for resources in program.parent.glob("*.resources"):
        shutil.copytree(resources, folder / resources.name)
    templates = folder / "postiz_WebUI.resources" / "templates"
    words = json.loads((templates / "strings.en.json").read_text())
    turned = {part: {key: "ع " + text for key, text in texts.items()} for part, texts in words.items()}
    turned["page"] |= {"direction": "rtl", "languageName": "عربي"}
    (templates / "strings.ar.json").write_text(json.dumps(turned))
    before = os.environ.get("POSTIZ_BINARY")
    os.environ["POSTIZ_BINARY"] = str(folder / "postiz")
    try:
        running = Postiz("postiz-arabic", tmp_path_factory.mktemp("data"), simulator)
    finally:
        os.environ["POSTIZ_BINARY"] = before if before is not None else str(program)
        if before is None:
            del os.environ["POSTIZ_BINARY"]
    with running:
        yield running


@pytest.mark.parametrize(("size", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_a_language_from_the_right_turns_every_page_around(browser, from_the_right, artifacts, size, viewport):
    postiz = from_the_right
    session = Browserish(postiz.base)
    session.sign_in("/api/auth/register", email=f"ada{size}@example.com", password=PASSWORD, name="Ada", timeZone="Asia/Dubai", locale="ar")
    api = new_key(session)
    api.create(content="Left to right, it ends with a full stop.")
    api.create(content="من اليمين إلى اليسار.")
    context = browser.new_context(viewport=viewport, locale="ar")
    sign_in_as(context, session, postiz.base)
    page = context.new_page()
    errors = watch(page, postiz.base)
    wrong = []
    for path in [*PAGES, "/posts?tab=drafts"]:
        page.goto(postiz.base + path)
        assert page.locator("html").get_attribute("dir") == "rtl", path
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            wrong.append(f"{path} is {wide} px too wide")
        wrong += violations(page)
    # Mail is for the first account alone.
    assert wrong == [] and [error for error in errors if not ("/settings/" in error and "403" in error)] == []
    if size == "desktop":
        sidebar = page.locator("#sidebar").bounding_box()
        assert sidebar and sidebar["x"] > viewport["width"] / 2, "the sidebar stands at the right"
        directions = page.locator(".post-row .what [dir=auto]").evaluate_all("texts => texts.map(text => getComputedStyle(text).direction)")
        assert sorted(directions) == ["ltr", "rtl"], "what people wrote keeps its own direction"
    page.screenshot(path=artifacts / f"right-to-left-{size}.png")
    context.close()


# MARK: The catalogue


def test_every_sentence_of_the_rooms_below_has_its_german():
    lines = [line for line in (SOURCES / "WebUI/Resources/templates/sentences.de.txt").read_text().splitlines() if line]
    known = {line.replace("⏎", "\n") for line in lines[::2]}
    asked = patterns()
    assert len(asked) > 700
    missing = [f"{file}: {pattern}" for pattern, file in sorted(asked.items()) if not is_said(pattern, known)]
    assert not missing, "\n".join(missing)


def test_what_is_left_out_is_there_and_says_something():
    said = [SOURCES / name for name in UNSAID]
    assert [str(one) for one in said if not one.exists()] == []
