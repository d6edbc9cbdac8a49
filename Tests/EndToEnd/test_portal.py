"""Rules for approvals, a series approved as a whole, and clients who see, approve and comment by their links, in browsers with and without scripts."""
import re

import httpx
import pytest
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, chromium, look, newcomer, watch
from client import PASSWORD, Browserish, in_seconds, new_account

pytestmark = pytest.mark.browser

CUSTOMER = "Tea & <b>Co</b>"
PERSON = "Mo <script>alert(1)</script>"


def make_link(page, base, approves=True):
    page.goto(base + "/channels/portal")
    page.fill("#person", PERSON)
    if approves:
        page.check("input[name=mayApprove]")
    page.click("form[action='/channels/portal'] button.primary")
    return page.inner_text("#new-link")


def test_a_client_looks_comments_approves_and_sends_back(postiz, simulator, account_name):
    base = postiz.base
    with chromium() as browser:
        ada = newcomer(browser, base, viewport=DESKTOP)
        channel = ada.api.connect("mastodon", account_name)["id"]
        foreign = ada.api.connect("x", account_name)["id"]
        ada.goto(base + f"/channels/{channel}")
        ada.fill("#customer", CUSTOMER)
        ada.click("form[action$='/customer'] button")
        expect(ada.locator("#customer")).to_have_value(CUSTOMER)
        url = make_link(ada, base)
        look(ada, "portal-links")

        def plan(text, on=(channel,), status="IN_REVIEW", hours=2):
            return ada.api.create(content=text, platforms=list(on), scheduledFor=in_seconds(hours * 3600), status=status)["id"]

        first = plan("Green <img src=x onerror=alert(1)> tea")
        second = plan("Mint tea", hours=3)
        plan("Planned tea", status="SCHEDULED", hours=4)
        plan("Nothing for tea", on=(foreign,))
        shared = plan("For both", on=(channel, foreign), hours=5)
        plan("Only a draft", status="DRAFT")
        ada.api.call("POST", f"/api/posts/{first}/comments", json={"text": "Among ourselves"})
        ada.goto(base + f"/posts/{first}")
        ada.fill("#comment", "Do you like it?")
        ada.select_option("#audience", CUSTOMER)
        ada.click("#comments form .row button")
        expect(ada.locator("#comments .list")).to_contain_text("Do you like it?")

        # What looks at links in mails changes nothing, and the secret leaves the address at once.
        entered = httpx.get(url, follow_redirects=False)
        home = entered.headers["location"]
        cookie = entered.headers["set-cookie"]
        assert entered.status_code == 303 and re.fullmatch(r"/portal/[0-9a-f-]{36}", home) and f"Path={home};" in cookie and "HttpOnly" in cookie
        assert entered.headers["referrer-policy"] == "no-referrer" and entered.headers["cache-control"] == "no-store"
        assert "noindex" in entered.headers["x-robots-tag"]
        assert httpx.get(base + home).status_code == 404, "without the cookie there is nothing to see"
        wrong = httpx.get(url[:-3] + "abc")
        assert wrong.status_code == 404 and "set-cookie" not in wrong.headers

        mo = browser.new_context(viewport=PHONE, is_mobile=True).new_page()
        errors = watch(mo, base)
        mo.goto(url)
        assert mo.url == base + home
        expect(mo.locator("h1")).to_have_text(CUSTOMER)
        shown = mo.inner_text("body")
        assert "Mint tea" in shown and "Planned tea" in shown and "For both" in shown and PERSON in shown
        assert not any(words in shown for words in ("Nothing for tea", "Only a draft", "@example.com"))
        look(mo, "portal")
        mo.click("section[aria-labelledby=waiting] a:has-text('Green')")
        expect(mo.locator(".sample .said")).to_have_text("Green <img src=x onerror=alert(1)> tea")
        said = mo.inner_text("section[aria-labelledby=comments]")
        assert "Do you like it?" in said and "Among ourselves" not in said
        look(mo, "portal-post")

        # Only a form of the page decides, and what goes out elsewhere, too, is not the client's.
        jar = mo.context.cookies(base + home)
        assert [one["path"] for one in jar if one["name"] == "postiz_portal"] == [home]
        bare = httpx.Client(base_url=base, cookies={one["name"]: one["value"] for one in jar if one["name"] == "postiz_portal"})
        token = mo.locator("input[name=token]").first.get_attribute("value")
        revision = mo.locator("input[name=revision]").first.get_attribute("value")
        for post, given in ((first, ""), (second, token), (shared, token)):
            refused = bare.post(f"{home}/posts/{post}", data={"deed": "approve", "token": given, "revision": revision})
            assert refused.status_code == 403, refused.text
        own = bare.get(f"{home}/posts/{shared}").text
        assert 'value="approve"' not in own and "The team decides about it" in own
        assert ada.api.post_by_id(first)["status"] == "IN_REVIEW"

        mo.fill("#comment", "Lovely")
        mo.click("button[value=say]")
        expect(mo.locator("section[aria-labelledby=comments]")).to_contain_text("Lovely")
        mo.click("button[value=approve]")
        expect(mo.locator("main .badge").first).to_have_text("Planned")
        assert ada.api.post_by_id(first)["status"] == "SCHEDULED"

        # The same without scripts.
        plain = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
        plain.goto(url)
        plain.click("section[aria-labelledby=waiting] a:has-text('Mint')")
        plain.fill("#change", "No mint, please")
        plain.click("button[value=back]")
        expect(plain.locator("#toasts")).to_contain_text("Sent back")
        assert "Mint tea" not in plain.inner_text("main")
        assert ada.api.post_by_id(second)["status"] == "DRAFT"
        ada.goto(base + f"/posts/{second}")
        expect(ada.locator("#comments .list")).to_contain_text("No mint, please")
        expect(ada.locator("#comments .list b")).to_have_text(PERSON)
        look(ada, "post-of-client")

        # Revoked, it opens nothing, also where it was opened before.
        ada.goto(base + "/channels/portal")
        ada.on("dialog", lambda dialog: dialog.accept())
        ada.click("#portal-links form button")
        expect(ada.locator("#portal-links")).to_have_count(0)
        mo.reload()
        expect(mo.locator("main")).to_contain_text("This link has ended")
        assert "Planned tea" not in mo.inner_text("body")
        assert [word for word in errors if "404" not in word] == [] and ada.errors == []


def test_rules_say_beforehand_what_waits_and_a_series_is_approved_as_a_whole(postiz, simulator, account_name):
    base = postiz.base
    with chromium() as browser:
        ada = newcomer(browser, base, viewport=DESKTOP)
        channel = ada.api.connect("mastodon", account_name)
        free = ada.api.connect("x", account_name)
        ada.goto(base + "/settings/team")
        ada.click("#approvals [data-adds] > summary")
        ada.get_by_label("Where").select_option("")
        ada.get_by_role("button", name="Add rule").click()
        rule = ada.locator("#approvals li")
        expect(rule.locator("> p")).to_have_text("What members plan on all channels waits for an approval.")
        # Closed until it is to be changed, also with the keyboard alone.
        expect(rule.get_by_label("Where")).to_be_hidden()
        rule.locator("summary").focus()
        ada.keyboard.press("Enter")
        look(ada, "approval-rule-changing")
        rule.get_by_label("Where").select_option(channel["id"])
        rule.get_by_role("button", name="Save").click()
        expect(rule.locator("> p")).to_have_text(f"What members plan on Mastodon @{channel['username']} waits for an approval.")
        look(ada, "approval-rules")
        assert [rule["integrationId"] for rule in ada.api.call("GET", "/api/workspace/approval-rules")["items"]] == [channel["id"]]
        ada.click("#approvals [data-adds] > summary")
        ada.locator("#approvals [data-adds]").get_by_role("button").click()
        expect(rule).to_have_count(2)
        everywhere = rule.filter(has=ada.locator("p", has_text="plan on all channels"))
        everywhere.locator("summary").click()
        everywhere.get_by_role("button", name="Remove rule").click()
        expect(rule).to_have_count(1)
        expect(rule).to_contain_text("Mastodon")

        invited = ada.api.call("POST", "/api/team/invitations", json={"role": "USER"})
        bob = Browserish(base)
        token = invited["url"].split("token=")[1]
        bob.sign_in("/api/auth/register", email=f"bob-{account_name}@example.com", password=PASSWORD, name="Bob", invitation=token)
        page = browser.new_context(viewport=DESKTOP)
        page.add_cookies([{"name": "postiz_session", "value": bob.cookies["postiz_session"], "url": base}])
        page = page.new_page()
        errors = watch(page, base)
        page.goto(base + "/compose")
        note = page.locator("[data-waits]")
        page.check(f"input[name=channel][value='{free['id']}']", force=True)
        expect(note).to_be_hidden()
        page.check(f"input[name=channel][value='{channel['id']}']", force=True)
        expect(note).to_contain_text("Waits for an approval because of Mastodon")
        page.fill("#parts textarea", "Every day")
        look(page, "compose-waits")

        plan = {"content": "Every day", "platforms": [free["id"]], "scheduledFor": in_seconds(3600)}
        assert bob.post("/api/posts", json=plan).json()["status"] == "SCHEDULED"
        answer = bob.post("/api/posts", json=plan | {"platforms": [channel["id"]], "recurrence": "FREQ=DAILY;COUNT=3"})
        assert answer.json()["status"] == "IN_REVIEW", answer.text
        refused = bob.post(f"/api/posts/{answer.json()['id']}/publish")
        assert refused.status_code == 403 and "waits for an approval" in refused.json()["error"]["message"]
        assert bob.put("/api/workspace/approval-rules", json={"rules": []}).status_code == 403

        ada.goto(base + f"/posts/{answer.json()['id']}")
        look(ada, "post-of-series")
        ada.click("button[name=scope][value=following]")
        expect(ada.locator(".badge").first).to_have_text("Scheduled")
        posts = ada.api.call("GET", "/api/posts")["items"]
        assert {post["status"] for post in posts if post["seriesId"]} == {"SCHEDULED"}
        ada.goto(base + f"/series/{answer.json()['seriesId']}")
        expect(ada.locator("main")).to_contain_text("Approved by Ada Example")
        assert errors == [] and ada.errors == []


def test_links_over_rest_are_those_of_one_workspace(postiz, simulator, account_name):
    (_, ada), (_, eve) = new_account(postiz.base, "ada"), new_account(postiz.base, "eve")
    channel = ada.connect("mastodon", account_name)["id"]
    ada.call("PATCH", f"/api/integrations/{channel}", json={"customer": "Tea"})
    made = ada.call("POST", "/api/portal-links", expect=201, json={"customer": "Tea", "person": "Mo", "days": 7})
    assert made["url"].startswith(f"{postiz.base}/portal/{made['link']['id']}/enter/") and made["link"]["mayApprove"] is False
    assert [one["person"] for one in ada.call("GET", "/api/portal-links")["items"]] == ["Mo"]
    assert eve.call("GET", "/api/portal-links")["items"] == []
    assert eve.request("DELETE", f"/api/portal-links/{made['link']['id']}").status_code == 404
    assert eve.request("POST", "/api/portal-links", json={"customer": "Tea", "person": "Eve"}).status_code == 404
    ada.call("DELETE", f"/api/portal-links/{made['link']['id']}", expect=204)
    assert httpx.get(made["url"]).status_code == 404
