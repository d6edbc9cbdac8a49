"""Templates, signatures and hashtag groups: over the interface, in Settings and in the composer."""

from browser import DESKTOP, PHONE, chromium, sign_in_as, violations, watch
from client import new_account
from programs import ARTIFACTS


def signed_in(browser, base, session, **options):
    context = browser.new_context(**options)
    sign_in_as(context, session, base)
    page = context.new_page()
    page.errors = watch(page, base)
    return page


def test_used_over_the_interface(client, channels):
    channel = channels["mastodon"]["id"]
    made = client.call("POST", "/api/templates", expect=201, json={
        "name": "Launch", "parts": ["{{product}} is here", "More: {{link}}"], "integrationIds": [channel],
        "settings": {channel: {"visibility": "unlisted"}}, "tags": ["launch"]})
    assert made["variables"] == ["product", "link"]
    post = client.call("POST", "/api/posts", expect=201, json={
        "template": "Launch", "values": {"product": "Tea", "link": "https://example.com"}, "status": "DRAFT"})
    assert [part["text"] for part in post["parts"]] == ["Tea is here", "More: https://example.com"]
    assert post["platforms"] == [channel] and post["tags"] == ["launch"] and post["settings"][channel]["visibility"] == "unlisted"
    refused = client.call("POST", "/api/posts", expect=422, json={"template": "Lunch"})
    assert "Launch" in refused["error"]["message"]
    client.call("POST", "/api/templates", expect=409, json={"name": "Launch", "parts": ["x"]})
    client.call("PATCH", f"/api/templates/{made['id']}", json={"parts": ["{{a}}"]})
    assert client.call("GET", f"/api/templates/{made['id']}")["variables"] == ["a"]
    client.call("DELETE", f"/api/templates/{made['id']}", expect=204)
    assert client.call("GET", "/api/templates")["items"] == []


def test_no_other_workspace_sees_them(postiz, client):
    made = client.call("POST", "/api/templates", expect=201, json={"name": "Mine", "parts": ["x"]})
    group = client.call("POST", "/api/hashtag-groups", expect=201, json={"name": "Mine", "hashtags": ["a"]})
    signature = client.call("POST", "/api/signatures", expect=201, json={"name": "Mine", "text": "x"})
    _, other = new_account(postiz.base)
    with other:
        for path in (f"/api/templates/{made['id']}", f"/api/hashtag-groups/{group['id']}", f"/api/signatures/{signature['id']}"):
            other.call("DELETE", path, expect=404)
            other.call("PATCH", path, expect=404, json={})
        assert other.call("GET", "/api/signatures")["items"] == []


def test_a_signature_is_added_where_asked(client):
    client.call("POST", "/api/signatures", expect=201, json={"name": "Ada", "text": "— Ada", "automatic": True})
    plain = client.call("POST", "/api/posts", expect=201, json={"content": "Hello"})
    signed = client.call("POST", "/api/posts", expect=201, json={"content": "Hello", "signature": "automatic"})
    assert plain["parts"][0]["text"] == "Hello" and signed["parts"][0]["text"] == "Hello\n\n— Ada"


def test_settings_and_the_composer(postiz, person, channels):
    session, api = person
    ARTIFACTS.mkdir(exist_ok=True)
    with chromium() as browser:
        page = signed_in(browser, postiz.base, session, viewport=DESKTOP)
        page.goto(postiz.base + "/settings/templates")
        form = page.locator("form[action='/settings/templates']")
        form.locator("[name=name]").fill("Launch <b>")
        form.locator("[name=text]").first.fill("{{product}} is here")
        form.get_by_label("Mastodon").check()
        form.locator("[name=tags]").fill("launch")
        form.locator("button.primary").click()
        page.get_by_text("Launch <b>").first.wait_for()
        form = page.locator("form[action='/settings/signatures']")
        form.locator("[name=name]").fill("Ada")
        form.locator("[name=text]").fill("— Ada")
        form.locator("[name=automatic]").check()
        form.locator("button.primary").click()
        page.get_by_text("Automatic", exact=True).wait_for()
        form = page.locator("form[action='/settings/hashtags']")
        form.locator("[name=name]").fill("Spring")
        form.locator("[name=hashtags]").fill("#spring tea, #Tea launch")
        form.locator("button.primary").click()
        page.get_by_text("#spring #tea #launch").first.wait_for()
        assert violations(page) == []
        page.screenshot(path=ARTIFACTS / "templates-desktop.png", full_page=True)

        # A new post begins with the signature; what is inserted goes to what is written.
        page.goto(postiz.base + "/compose")
        area = page.locator("textarea.text").first
        page.wait_for_function("document.querySelector('textarea.text').value.includes('— Ada')")
        area.evaluate("area => area.setSelectionRange(0, 0)")
        area.press_sequentially("Written first ")
        page.locator("[data-insert]").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Spring").click()
        page.wait_for_function("document.querySelector('textarea.text').value.includes('Written first #spring #tea #launch')")
        page.locator("[data-insert]").first.click()
        page.screenshot(path=ARTIFACTS / "insert-desktop.png")
        assert violations(page) == []
        page.get_by_role("dialog").get_by_role("button", name="Launch <b>").click()
        page.get_by_role("dialog").get_by_label("product").fill("Tea")
        page.get_by_role("dialog").get_by_role("button", name="Insert").click()
        page.wait_for_function("document.querySelector('textarea.text').value.endsWith('Tea is here')")
        assert area.input_value().startswith("Written first #spring #tea #launch")
        assert page.locator("#tags").input_value() == "launch"
        assert page.locator(f"input[name=channel][value='{channels['mastodon']['id']}']").is_checked()
        # One undo takes the template back.
        area.press("Control+z")
        page.wait_for_function("!document.querySelector('textarea.text').value.includes('Tea is here')")
        assert page.locator("#tags").input_value() == ""

        page.locator("[data-insert]").first.click()
        page.locator("[data-save-template] [name=name]").fill("From the composer")
        page.locator("[data-save-template] button").click()
        page.get_by_text("The template is saved.").wait_for()
        names = {item["name"]: item for item in api.call("GET", "/api/templates")["items"]}
        assert names["From the composer"]["parts"][0].startswith("Written first")
        assert page.errors == []

        phone = signed_in(browser, postiz.base, session, viewport=PHONE, color_scheme="dark", java_script_enabled=True)
        phone.goto(postiz.base + "/settings/templates")
        assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        phone.screenshot(path=ARTIFACTS / "templates-phone.png", full_page=True)

        # Without scripts a template is used by its link.
        bare = signed_in(browser, postiz.base, session, java_script_enabled=False)
        bare.goto(f"{postiz.base}/compose?template={names['Launch <b>']['id']}")
        assert bare.locator("textarea[name=text]").first.input_value() == "{{product}} is here\n\n— Ada"
        assert bare.locator("#tags").input_value() == "launch"
