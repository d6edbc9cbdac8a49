"""A film that X would refuse: the composer offers to convert it, and the version that was made goes out."""
import secrets
import subprocess

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, register, violations
from programs import ARTIFACTS, until


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / "holiday.mov"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc=d=3:s=640x360:r=30", "-f", "lavfi", "-i", "sine=d=3", "-c:v", "libx265",
         "-x265-params", "log-level=error", "-tag:v", "hvc1", "-c:a", "aac", path], check=True, timeout=120)
    return path


def test_a_film_is_converted_when_the_person_agrees_and_goes_out(browser, postiz, simulator, film):
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    name = f"ada{secrets.token_hex(4)}"
    register(page, postiz.base, f"{name}@example.com")
    page.goto(postiz.base + "/channels")
    page.click("form[action='/api/auth/x'] button")
    page.fill("[name='new_account']", name)
    page.click("button[value='allow']")
    page.wait_for_url(postiz.base + "/channels**")
    page.goto(postiz.base + "/compose")
    page.fill("textarea >> nth=0", "Our holiday")
    page.set_input_files("input[type=file] >> nth=0", film)
    offer = page.locator("#problems button", has_text="Convert")
    # On a wide screen the list is folded behind its count.
    page.locator('[data-toggles="problems"]').click()
    expect(offer).to_have_count(1)
    assert "H.265" in page.locator("#problems").inner_text()
    assert not violations(page)
    page.set_viewport_size(PHONE)
    page.screenshot(path=ARTIFACTS / "convert-phone.png")
    page.set_viewport_size(DESKTOP)
    page.screenshot(path=ARTIFACTS / "convert.png")
    offer.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#problems")).to_contain_text("as the MP4 that was made of it", timeout=120_000)
    page.locator("[data-deeds] summary").click()
    page.locator("button[value='now']:visible").click()
    made = until(lambda: simulator.publications("x", name), 60, "the film is out")
    assert [item["kind"] for item in made[0]["media"]] == ["video"]
    assert made[0]["media"][0]["contentType"] == "video/mp4"
    context.close()
