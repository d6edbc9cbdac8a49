"""Every page there is, with hostile names in everything that has a name: each is visited once in each size, and looked at in both themes."""
import json
import time

import httpx
import pytest
import trustme

import looks
from browser import DESKTOP, PHONE, REFUSED, sign_in_as, violations, watch
from client import PASSWORD, Browserish
from furnishing import PAYLOADS, SETTINGS, Furnished, hostile
from mails import mail_server, trusted
from places import ANYBODY, CLIENT, MANAGER, NO_PAGES, OPERATOR, PLACES, Place, routes
from programs import Postiz
from sentences import SOURCES

pytestmark = pytest.mark.browser
WORDS = json.loads((SOURCES / "WebUI/Resources/templates/strings.en.json").read_text())["page"]


@pytest.fixture(scope="module")
def furnished(simulator, tmp_path_factory):
    authority, folder = trustme.CA(), tmp_path_factory.mktemp("pages")
    with mail_server(authority) as (mail, inbox):
        with Postiz("postiz-pages", folder / "data", simulator, **SETTINGS, **mail, **trusted(authority, folder)) as running:
            made = Furnished(running, simulator, inbox, hostile())
            yield made
            made.stop()


def opened(browser, furnished, who: str, viewport: dict, **options):
    """A page of somebody who may see such places."""
    context = browser.new_context(viewport=viewport, locale="en-GB", reduced_motion="reduce", **options)
    if who not in (ANYBODY, CLIENT):
        sign_in_as(context, furnished.session, furnished.postiz.base)
    page = context.new_page()
    if who == CLIENT:
        page.goto(furnished.portal_entrance)
    return page


def go(page, furnished, place: Place) -> None:
    answer = page.goto(furnished.postiz.base + place.address.format_map(furnished.made))
    assert answer.status == place.status, f"{place}: {answer.status}"
    page.wait_for_load_state("load")


CONTENT = """() => [...document.querySelectorAll("main, .portal-head")].map((one) => one.innerText).concat([...document.querySelectorAll("main :is(input, textarea, img, [title], [aria-label])")]
    .flatMap((one) => [one.value, one.alt, one.title, one.getAttribute("aria-label")])).filter(Boolean).join("\\n")"""


def test_no_page_is_missing_in_the_list():
    listed = {place.route for place in PLACES} - {""}
    assert not listed & NO_PAGES.keys()
    there = routes()
    assert len(there) > 60
    assert sorted(there - listed - NO_PAGES.keys()) == [], "these pages are not in places.py"
    assert sorted((listed | NO_PAGES.keys()) - there) == [], "these are in places.py alone"


@pytest.mark.parametrize(("size", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
def test_every_page_is_in_order(browser, furnished, size, viewport, record_property):
    base, wrong, said, steps, hostile_words, begin = furnished.postiz.base, [], 0, 0, 0, time.monotonic()
    pages = {who: opened(browser, furnished, who, viewport) for who in {place.who for place in PLACES}}
    errors = {who: watch(page, base) for who, page in pages.items()}
    for place in PLACES:
        page = pages[place.who]
        go(page, furnished, place)
        found = []
        content = page.evaluate(CONTENT)
        # Cards cut what is long, and of a feed the words alone are taken.
        if place.holds and furnished.names[place.holds][:12].lower() not in content.lower():
            found.append(f"does not show {furnished.names[place.holds]}")
        hostile_words += any(payload in content for payload in PAYLOADS)
        found += page.evaluate(looks.ALIVE)
        found += looks.of_type(page)
        found += looks.of_order(page)
        numbers, right = looks.of_numbers(page.locator("body").inner_text(), WORDS)
        found, said = found + numbers, said + right
        found += violations(page)
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {item}" for item in violations(page, looks.OF_COLOUR, again=True)]
        page.emulate_media(color_scheme="light")
        found += looks.of_room(page)
        found += page.evaluate(looks.UNDER_TOAST)
        if size == "desktop":
            followed, count = looks.of_focus(page)
            found, steps = found + followed, steps + count
        # What is not there answers 404, and the browser says so.
        found += [error for error in errors[place.who] if "404" not in error or place.status != 404]
        errors[place.who].clear()
        wrong += [f"{place.address}: {item}" for item in found]
    print(f"{size}: {len(PLACES)} pages, {hostile_words} with hostile words, {steps} steps of the focus, {said} numbers said, {time.monotonic() - begin:.0f} s")
    for page in pages.values():
        page.context.close()
    assert not wrong, "\n".join(wrong)
    assert hostile_words > 40 and (size == "phone" or (said > 20 and steps > 1000))


def test_pages_are_shown_to_whom_the_list_says(furnished):
    """Strangers are led to the door, whoever only drafts sees no page of managers, and a second workspace's owner none of the operator's."""
    base, addresses = furnished.postiz.base, {place: place.address.format_map(furnished.made) for place in PLACES if place.status == 200}
    owner = Browserish(base)
    owner.sign_in("/api/auth/register", email="eve@example.com", password=PASSWORD, name="Eve")
    wrong = []
    with httpx.Client(base_url=base, timeout=30) as stranger:
        for place, address in addresses.items():
            seen = stranger.get(address, headers={"Accept": "text/html"}).status_code
            if (seen == 200) != (place.who == ANYBODY) and not (place.who not in (ANYBODY, CLIENT) and seen in (302, 303)):
                wrong.append(f"a stranger at {address}: {seen}")
            if place.who == OPERATOR and (seen := owner.get(address).status_code) not in (403, 404):
                wrong.append(f"another owner at {address}: {seen}")
            if place.who in (MANAGER, OPERATOR) and (seen := furnished.member.get(address).status_code) not in (403, 404):
                wrong.append(f"a drafter at {address}: {seen}")
    assert not wrong, "\n".join(wrong)


def test_what_is_watched_for_is_seen(browser, furnished):
    """The looks themselves: each finds what is put onto a page for it."""
    page = opened(browser, furnished, "", DESKTOP)
    page.goto(furnished.postiz.base + "/views")
    page.evaluate("""() => {
        const main = document.querySelector("main");
        main.insertAdjacentHTML("beforeend", `<p style="font-size: 11px" id="small">Too small</p><nav><a href="#">In a nav without a name</a></nav><h1>Another</h1>
            <img src=x onerror=ran()><button id=bare>Bare</button><div id=wide>Wide</div><p>1 posts are waiting, and 3 post</p>`);
        document.getElementById("small").style.fontSize = "11px";
        document.getElementById("bare").style.outline = "0";
        document.getElementById("bare").tabIndex = 5;
        document.getElementById("wide").style.cssText = "inline-size: 900px";
    }""")
    assert any("onerror" in item for item in page.evaluate(looks.ALIVE))
    assert any("11 px" in item for item in looks.of_type(page))
    assert {"navigation without a name", "headings"} <= {item.split(" [")[0] for item in looks.of_order(page)}
    assert any("too wide" in item for item in looks.of_room(page))
    assert any("Bare" in item for item in looks.of_focus(page)[0])
    words = {"a_one": "{count} post", "a_other": "{count} posts"}
    for text, wrong, right in (("1 posts", 1, 0), ("3 post", 1, 0), ("1 post, 2 posts, 0 posts, 11 posts", 0, 1)):
        found = looks.of_numbers(text, words)
        assert (len(found[0]), found[1]) == (wrong, right), text
    assert any("image-alt" in item for item in violations(page))
    until_refused(page)
    page.context.close()


def until_refused(page) -> None:
    """An inline handler is refused by the policy, and that is told."""
    page.wait_for_function("performance.now() > 0")
    assert any("inline" in words for words in REFUSED), REFUSED
    REFUSED.clear()


def test_an_svg_with_a_script_is_no_picture_to_the_product(furnished):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="ran()"><script>ran()</script></svg>'
    for name, kind in (("a.svg", "image/svg+xml"), ("a.png", "image/png")):
        answer = furnished.client.post("/api/media", files={"file": (name, svg, kind)})
        assert answer.status_code == 422 or answer.status_code == 415, answer.text


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_column_for_writing_is_600_to_660_px(browser, furnished, width):
    page = opened(browser, furnished, "", {"width": width, "height": 800})
    for address in ("/compose", f"/posts/{furnished.made['planned']}/edit"):
        page.goto(furnished.postiz.base + address)
        column = page.locator(".composer > .writing").bounding_box()["width"]
        text = page.locator(".part textarea.text").first.bounding_box()["width"]
        assert 600 <= text <= column <= 660, (address, text, column)
    page.context.close()
