"""The composer as a place to write: what it shows of each platform, and what helps with long texts, pictures, films and names."""
import datetime
import re
import secrets
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from browser import DESKTOP, PHONE, connect, register, violations, watch
from crash import film
from pictures import png
from writing import Desk

pytestmark = pytest.mark.browser
KEYBOARD_OPEN = {"width": 390, "height": 480}
LONG = "Our tea comes from a small garden on a hill. The mornings there are cold and the afternoons are warm. " * 4


def someone(browser, postiz, simulator, *platforms: str) -> Desk:
    """A new person's composer, with channels on these platforms."""
    context = browser.new_context(viewport=DESKTOP, locale="en-GB", timezone_id="Europe/Paris", reduced_motion="reduce")
    page = context.new_page()
    register(page, postiz.base, f"ada{secrets.token_hex(4)}@example.com")
    for platform in platforms:
        connect(page, postiz.base, platform, "Chidi Example", instance=simulator.base + "/mastodon" if platform == "mastodon" else None)
    return Desk(page, postiz.base)


@pytest.fixture(scope="module")
def writer(browser, postiz, simulator):
    """One person for the tests that mind no other channels."""
    desk = someone(browser, postiz, simulator, "x", "mastodon", "linkedin")
    yield desk
    desk.page.context.close()


@pytest.fixture
def desk(writer):
    page = writer.page.context.new_page()
    errors = watch(page, writer.base)
    page.goto(writer.base + "/settings")
    page.evaluate("localStorage.clear()")
    yield Desk(page, writer.base)
    page.close(run_before_unload=False)
    # Of transitions between pages that the browser gives up it says so, too.
    wrong = [error for error in errors if "Failed to load resource" not in error and "Transition was" not in error]
    assert not wrong, wrong


def looked_at(desk: Desk, platform: str):
    """The preview of one of the chosen channels."""
    button = desk.page.locator(f'[data-preview-of] button:has([data-platform="{platform}"])')
    if button.count():
        button.click()
    return desk.page.locator(f'.sample[data-platform="{platform}"]')


def test_the_preview_cuts_where_the_platform_does_and_shows_the_rest_when_asked(desk):
    desk.open().tick()
    desk.areas.first.fill(LONG)
    sample = looked_at(desk, "linkedin")
    expect(sample.locator(".said")).to_contain_text("see more")
    shown = sample.locator(".said").inner_text()
    assert len(shown) < 240 and LONG.startswith(shown.split("…")[0].rstrip())
    sample.get_by_role("button", name="see more").click()
    expect(sample.locator(".said")).to_contain_text(LONG.strip()[-40:])
    # Where it is too long it is not cut: what is too much is to be seen.
    sample = looked_at(desk, "x")
    expect(sample.locator("mark")).to_contain_text(LONG.strip()[-40:])
    expect(sample.get_by_role("button", name="see more")).to_have_count(0)


def test_the_preview_shows_comments_threads_link_cards_and_the_alternative_text_mark(desk, tmp_path):
    desk.open().tick()
    desk.areas.first.fill("Read on at https://www.example.com/tea/green today")
    desk.page.click("[data-add-part]")
    desk.page.keyboard.type("Second")
    sample = looked_at(desk, "mastodon")
    expect(sample.locator(".link-card")).to_contain_text("example.com")
    expect(sample.locator(".sample-part")).to_have_count(2)
    expect(sample.locator(".comments")).to_have_count(0)
    sample = looked_at(desk, "linkedin")
    expect(sample.locator(".comments .said")).to_have_text("Second")
    (tmp_path / "waves.png").write_bytes(png())
    desk.attach(tmp_path / "waves.png")
    sample = looked_at(desk, "x")
    expect(sample.locator(".frame img")).to_have_count(1)
    expect(sample.locator(".link-card, .alt-mark")).to_have_count(0)
    desk.page.locator("[data-alt]").fill("Waves")
    expect(sample.locator(".alt-mark")).to_have_text("ALT")
    # LinkedIn shows no such mark.
    expect(looked_at(desk, "linkedin").locator(".alt-mark")).to_have_count(0)


def test_the_preview_shows_the_other_appearance(desk):
    desk.open().tick("x")
    desk.areas.first.fill("By day and by night")
    background = "getComputedStyle(document.querySelector('.sample')).backgroundColor"
    assert desk.page.evaluate(background) == "rgb(255, 255, 255)"
    desk.page.click("[data-preview-scheme]")
    assert desk.page.evaluate(background) == "rgb(0, 0, 0)"
    assert not violations(desk.page)


def test_a_long_text_is_split_at_sentence_ends_numbered_and_had_back(desk):
    desk.open().tick("x")
    desk.areas.first.fill(LONG.strip())
    desk.page.locator("[data-split]").click()
    expect(desk.areas).to_have_count(2)
    parts = desk.texts()
    assert all(part.endswith(".") and len(part) <= 280 for part in parts)
    assert " ".join(parts) == LONG.strip()
    expect(desk.areas.last).to_be_focused()
    desk.choose("split", "Number them 1/2")
    expect(desk.areas.last).to_have_value(re.compile(r" 2/2$"))
    desk.choose("split", "Undo")
    assert desk.texts() == [LONG.strip()]


def test_a_long_text_that_is_pasted_is_offered_to_be_split_for_the_channel_that_needs_it(desk):
    desk.open().tick()
    desk.page.evaluate("""text => {
        const data = new DataTransfer();
        data.setData("text/plain", text);
        const area = document.querySelector(".part textarea.text");
        area.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        area.value = text;
        area.dispatchEvent(new InputEvent("input", {bubbles: true, inputType: "insertFromPaste"}));
    }""", LONG.strip())
    expect(desk.bar("split")).to_contain_text("Too long for X @chidi.")
    expect(desk.bar("split").get_by_role("button", name="Split into 2 parts")).to_be_visible()
    desk.choose("split", "Only for X @chidi")
    expect(desk.areas).to_have_count(2)
    expect(desk.page.get_by_role("tab", selected=True)).to_contain_text("X")
    desk.page.get_by_role("tab", name="All channels").click()
    assert desk.texts() == [LONG.strip()]


def test_a_third_new_line_begins_the_next_part(desk):
    desk.open().tick("mastodon")
    desk.areas.first.focus()
    desk.page.keyboard.type("One")
    for _ in range(3):
        desk.page.keyboard.press("Enter")
    desk.page.keyboard.type("Two")
    assert desk.texts() == ["One", "Two"]
    desk.areas.first.focus()
    desk.page.keyboard.press("Control+Shift+Enter")
    desk.page.keyboard.type("Between")
    assert desk.texts() == ["One", "Between", "Two"]


def test_whom_to_mention_is_looked_up_at_the_platform(desk):
    desk.open().tick("mastodon")
    desk.areas.first.focus()
    desk.page.keyboard.type("Thanks, @chi")
    listed = desk.page.get_by_role("listbox", name="People to mention")
    expect(listed.get_by_role("option").first).to_contain_text("@chidi")
    assert not violations(desk.page)
    desk.page.keyboard.press("Enter")
    expect(listed).to_have_count(0)
    desk.page.keyboard.type("for the tea")
    assert re.fullmatch(r"Thanks, @chidi\S* for the tea", desk.texts()[0]), desk.texts()


def test_an_emoji_is_put_where_the_caret_is(desk):
    desk.open()
    desk.page.keyboard.type("Good morning")
    for _ in range(8):
        desk.page.keyboard.press("ArrowLeft")
    desk.page.locator("[data-emoji]").first.click()
    expect(desk.page.locator("[data-emoji-dialog]")).to_be_visible()
    assert not violations(desk.page)
    desk.page.keyboard.press("ArrowRight")
    desk.page.keyboard.press("Enter")
    expect(desk.areas.first).to_be_focused()
    assert desk.texts() == ["Good😄 morning"]
    desk.page.keyboard.press("Control+z")
    assert desk.texts() == ["Good morning"]


def test_a_picture_is_cut_for_its_platform_and_comes_back_by_undo(desk, simulator, tmp_path):
    text = f"Cut to a square {secrets.token_hex(4)}"
    desk.open().tick("mastodon")
    desk.areas.first.fill(text)
    (tmp_path / "waves.png").write_bytes(png(320, 200))
    desk.attach(tmp_path / "waves.png")
    expect(desk.page.locator('.tray-item[data-state="ready"]')).to_be_visible()
    desk.page.locator("[data-alt]").fill("Waves of colour")
    desk.page.locator("[data-edit]").click()
    dialog = desk.page.locator("[data-crop-dialog]")
    expect(dialog.locator("[data-ratio='1']")).to_be_focused()
    assert not violations(desk.page)
    dialog.get_by_label("Left to right").press("ArrowLeft")
    dialog.get_by_role("button", name="Use this part").click()
    expect(desk.bar("cropped")).to_be_visible()
    expect(desk.page.locator("[data-alt]")).to_have_value("Waves of colour")
    expect(desk.page.locator('.tray-item[data-state="ready"]')).to_be_visible()
    size = "(async () => { const img = document.querySelector('.sample .frame img'); await img.decode(); return img.naturalWidth / img.naturalHeight; })()"
    assert abs(desk.page.evaluate(size) - 1) < 0.02
    desk.choose("cropped", "Undo")
    expect(desk.page.locator(".tray-item")).to_have_count(1)
    assert abs(desk.page.evaluate(size) - 1.6) < 0.02
    desk.page.keyboard.press("Control+Shift+z")
    assert abs(desk.page.evaluate(size) - 1) < 0.02
    desk.press("now")
    desk.gone_out()
    expect(desk.page.locator("#post-detail .publication .state a")).to_have_count(1, timeout=30_000)
    (item,) = [one for one in simulator.publications("mastodon") if one["text"] == text]
    assert len(item["media"]) == 1


def test_the_cover_of_a_film_is_a_moment_where_the_platform_takes_one(browser, postiz, simulator, tmp_path):
    desk = someone(browser, postiz, simulator, "tiktok")
    (tmp_path / "tea.mp4").write_bytes(film())
    desk.open().tick("tiktok")
    desk.attach(tmp_path / "tea.mp4")
    expect(desk.page.locator('.tray-item[data-state="ready"]')).to_be_visible(timeout=30_000)
    desk.page.locator("[data-edit]").click()
    dialog = desk.page.locator("[data-cover-dialog]")
    dialog.get_by_label("Moment").fill("1.5")
    dialog.get_by_role("button", name="Use this frame").click()
    expect(desk.page.locator("[data-setting=video_cover_timestamp_ms]")).to_have_value("1500")
    desk.page.keyboard.press("Control+z")
    expect(desk.page.locator("[data-setting=video_cover_timestamp_ms]")).to_have_value("")
    desk.page.context.close()


def test_what_differs_in_a_channels_own_text_is_shown(desk):
    desk.open().tick("x", "mastodon")
    desk.areas.first.fill("Green tea is here")
    desk.page.get_by_role("tab", name="Mastodon").click()
    desk.areas.first.fill("Black tea is here")
    desk.page.get_by_role("button", name="What differs").click()
    expect(desk.page.locator("[data-mine] ins")).to_have_text("Black")
    expect(desk.page.locator("[data-theirs] del")).to_have_text("Green")
    desk.areas.first.fill("Black tea was here")
    expect(desk.page.locator("[data-mine] ins").last).to_have_text("was")
    assert not violations(desk.page)


def test_where_further_parts_are_comments_they_are_called_so(desk):
    desk.open().tick("linkedin")
    expect(desk.page.locator("[data-add-part]")).to_have_text("Add a comment")
    desk.page.click("[data-add-part]")
    expect(desk.areas.last).to_have_attribute("placeholder", "Write the first comment")
    desk.tick("linkedin", on=False)
    desk.tick("mastodon")
    expect(desk.page.locator("[data-add-part]")).to_have_text("Add a part")


def test_a_time_that_the_clocks_skip_is_said_to(desk):
    desk.open().tick("mastodon")
    desk.areas.first.fill("In the night of the change")
    desk.plan("2027-03-28", "02:30", "Europe/Berlin")
    desk.page.keyboard.press("Escape")
    desk.page.locator('[data-toggles="problems"]').click()
    expect(desk.page.locator("[data-problems]")).to_contain_text("02:30")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE, KEYBOARD_OPEN], ids=["desktop", "phone", "keyboard open"])
def test_it_can_be_used_in_every_size_and_appearance(desk, scheme, size, tmp_path):
    desk.page.set_viewport_size(size)
    desk.page.emulate_media(color_scheme=scheme)
    desk.open().tick()
    desk.areas.first.fill(LONG)
    (tmp_path / "waves.png").write_bytes(png())
    desk.attach(tmp_path / "waves.png")
    expect(desk.page.locator("[data-split]")).to_be_visible()
    assert not violations(desk.page)
    assert desk.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    if size is not DESKTOP:
        expect(desk.page.locator(".sample")).to_be_hidden()
        desk.page.get_by_role("button", name="Preview", exact=True).click()
        expect(desk.page.locator(".sample")).to_be_visible()
        assert not violations(desk.page)
        desk.page.get_by_role("button", name="Write", exact=True).click()
    desk.areas.first.focus()
    lines = desk.page.evaluate("""() => {
        const area = document.querySelector(".part textarea.text").getBoundingClientRect();
        const foot = document.querySelector(".composer-foot").getBoundingClientRect();
        return Math.floor((Math.min(area.bottom, foot.top) - Math.max(area.top, 0)) / 26);
    }""")
    assert lines >= 4, f"{lines} lines of text can be seen"


def test_everything_is_done_with_the_keyboard_alone(desk, tmp_path):
    page = desk.page

    def walk(selector: str, back: bool = False) -> None:
        for _ in range(80):
            if page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            page.keyboard.press("Shift+Tab" if back else "Tab")
        raise AssertionError(f"{selector} cannot be reached")

    desk.open()
    walk('.chip:has([data-platform="x"]) input', back=True)
    page.keyboard.press("Space")
    walk('.chip:has([data-platform="mastodon"]) input')
    page.keyboard.press("Space")
    walk("textarea.text")
    page.keyboard.insert_text(LONG.strip())
    expect(page.locator("[data-split]")).to_be_visible()
    walk("[data-emoji]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-emoji-dialog]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-emoji]").first).to_be_focused()
    walk("[data-split]")
    page.keyboard.press("Enter")
    expect(desk.bar("split")).to_be_visible()
    walk('[data-bar=split] .primary', back=True)
    page.keyboard.press("Enter")
    expect(desk.areas).to_have_count(2)
    expect(desk.areas.last).to_be_focused()
    walk('[role=tab][aria-selected=true]', back=True)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", selected=True)).not_to_contain_text("All channels")
    walk("[data-deeds] > summary")
    page.keyboard.press("Enter")
    page.keyboard.type("morgen 9")
    page.keyboard.press("Enter")
    expect(page.locator("[data-main]")).to_contain_text("09:00")
    page.keyboard.press("Enter")
    desk.gone_out()
    expect(page.locator("#post-detail")).to_contain_text("09:00")


def test_a_post_that_is_out_on_one_channel_is_changed_for_the_other_and_sent(desk, simulator):
    text = f"Twice {secrets.token_hex(4)}"
    fault = simulator.fault("status", platform="mastodon", path="mastodon.createStatus", status=422, body='{"error":"Validation failed"}')
    desk.open().tick("x", "mastodon")
    desk.areas.first.fill(text)
    desk.press("now")
    desk.gone_out()
    link = desk.page.get_by_role("link", name="Edit for this channel and send")
    expect(link).to_be_visible(timeout=30_000)
    simulator.clear_faults()
    link.click()
    desk.ready()
    expect(desk.page.locator(".chip")).to_have_count(1)
    assert desk.texts() == [text]
    expect(desk.page.locator("[data-main]")).to_have_text("Send to Mastodon")
    desk.areas.first.fill(f"{text} otherwise")
    assert not violations(desk.page)
    desk.page.locator("[data-main]").click()
    desk.gone_out()
    expect(desk.page.locator("#post-detail .publication .state a")).to_have_count(2, timeout=30_000)
    out = lambda platform: [one["text"] for one in simulator.publications(platform) if text in one["text"]]
    assert out("mastodon") == [f"{text} otherwise"]
    assert out("x") == [text]
    assert fault


def test_while_the_server_looks_whether_a_post_is_there_no_person_is_asked(desk, simulator):
    text = f"Perhaps {secrets.token_hex(4)}"
    simulator.fault("dropAfter", platform="mastodon", path="mastodon.createStatus", times=1)
    simulator.fault("status", platform="mastodon", path="mastodon.accountStatuses", status=503)
    desk.open().tick("mastodon")
    page = desk.page
    desk.areas.first.fill(text)
    desk.press("now")
    desk.gone_out()
    expect(page.get_by_text("Postiz is checking whether it is there")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Send again")).to_be_hidden()
    assert not violations(page)
    simulator.clear_faults()
    page.get_by_text("I have looked myself").click()
    page.get_by_role("button", name="It is there").click()
    expect(page.locator("#post-detail .publication .state")).to_contain_text("Live", timeout=30_000)
    assert [one["text"] for one in simulator.publications("mastodon") if text in one["text"]] == [text]


def test_a_new_post_goes_where_the_last_one_went(desk):
    desk.open().tick("mastodon", "linkedin")
    desk.areas.first.fill("Where it goes is remembered")
    desk.plan("2031-01-05", "10:00")
    desk.press("schedule")
    desk.gone_out()
    desk.open()
    chosen = desk.page.locator(".chip:has(input:checked) [data-platform]")
    assert sorted(chip.get_attribute("data-platform") for chip in chosen.all()) == ["linkedin", "mastodon"]
    desk.page.goto(desk.base + "/settings")
    desk.open()
    assert desk.texts() == [""] and not desk.page.locator("[data-bars] > *").count(), "nothing to be kept came of it"


def test_a_file_dropped_beside_the_text_does_not_take_the_place_of_the_page(desk):
    desk.open()
    taken = desk.page.evaluate("""['dragover', 'drop'].map((name) => {
        const event = new DragEvent(name, { bubbles: true, cancelable: true, dataTransfer: new DataTransfer() });
        event.dataTransfer.items.add(new File(["x"], "a.png", { type: "image/png" }));
        document.querySelector("#sidebar").dispatchEvent(event);
        return event.defaultPrevented;
    })""")
    assert taken == [True, True]


def test_a_long_tag_widens_no_page(desk, browser):
    desk.open()
    desk.areas.first.fill("Long tags")
    desk.page.fill("#tags", "x" * 50)
    desk.saved()
    address = desk.page.url.removesuffix("/edit")
    for size in (DESKTOP, PHONE, {"width": 320, "height": 256}):
        desk.page.set_viewport_size(size)
        for path in (address, address + "/edit"):
            desk.page.goto(path)
            assert desk.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (size, path)


def test_a_free_posting_time_is_taken_by_a_click_and_a_zone_that_is_not_the_writers_is_said(desk):
    """The posting time is kept in New York; the writer is in Paris, and is told it as the clocks there show it."""
    desk.page.goto(desk.base + "/channels")
    token = desk.page.locator("meta[name=csrf]").get_attribute("content")
    channel = desk.page.locator("li.channel:has([data-platform=mastodon])").get_attribute("id").removeprefix("channel-")

    def keep(*slots: dict) -> None:
        answer = desk.page.context.request.put(
            f"{desk.base}/api/integrations/{channel}/slots", headers={"X-CSRF-Token": token}, data={"slots": slots})
        assert answer.ok, answer.text()

    keep({"weekdays": [], "minute": 13 * 60 + 7, "timeZone": "America/New_York"})
    tomorrow = datetime.datetime.now(ZoneInfo("America/New_York")).replace(hour=13, minute=7) + datetime.timedelta(days=1)
    there = tomorrow.astimezone(ZoneInfo("Europe/Paris"))
    desk.open().tick("mastodon")
    desk.tick("x", "linkedin", on=False)
    desk.areas.first.fill("At a free time")
    desk.open_deeds()
    slot = desk.page.locator("[data-free-slots] .slots button").filter(has_text=f"{there:%a %H:%M}").first
    slot.click()
    expect(desk.page.locator("#date")).to_have_value(f"{there:%Y-%m-%d}")
    expect(desk.page.locator("#time")).to_have_value(f"{there:%H:%M}")
    main = desk.page.locator("[data-main]")
    expect(main).to_contain_text(f"{there:%a %H:%M}")
    expect(main).not_to_contain_text("(")
    desk.plan(f"{tomorrow:%Y-%m-%d}", "13:07", "America/New_York")
    expect(main).to_contain_text("13:07 (America/New_York)")
    keep()


def test_a_zone_that_nobody_knows_is_named_and_nothing_is_planned(desk):
    desk.open().tick("mastodon")
    desk.areas.first.fill("On another world")
    desk.plan("2030-05-06", "09:00", "Mars/Base")
    desk.press("schedule")
    expect(desk.page.locator("[data-bars], [data-problems]").filter(has_text="Mars/Base").first).to_be_visible()
    assert "/compose" in desk.page.url or "/edit" in desk.page.url
    assert desk.texts() == ["On another world"]


def test_a_date_without_a_time_is_asked_about_and_planned_at_no_hour_of_its_own(desk):
    desk.open().tick("mastodon")
    desk.areas.first.fill("On that day, at some time")
    desk.plan("2030-05-06", "")
    desk.press("schedule")
    expect(desk.bar("refused")).to_contain_text("Choose a date and a time")
    assert "/compose" in desk.page.url or "/edit" in desk.page.url


def test_the_whole_composer_can_be_reached_at_four_times_the_size(desk):
    desk.page.set_viewport_size({"width": 320, "height": 256})
    desk.open().tick("mastodon")
    assert desk.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def covered(selector: str) -> bool:
        """Whether the middle of it cannot be pressed, scrolled to where it is seen."""
        return desk.page.evaluate("""selector => {
            const element = document.querySelector(selector);
            element.scrollIntoView({block: "nearest"});
            const box = element.getBoundingClientRect();
            const seen = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
            const there = document.elementFromPoint(box.left + box.width / 2, (seen[0] + seen[1]) / 2);
            return !(there && (element.contains(there) || there.contains(element) && there.matches("label")));
        }""", selector)

    for selector in (".part textarea.text", "[data-main]", "[data-deeds] > summary", ".part [data-library]", "[data-settings]"):
        assert not covered(selector), f"{selector} is covered"
    desk.areas.first.click()
    desk.page.keyboard.type("Seen while written")
    height = desk.page.evaluate("""() => {
        const area = document.activeElement.getBoundingClientRect();
        const foot = document.querySelector(".composer-foot").getBoundingClientRect();
        const covers = foot.top < innerHeight && getComputedStyle(document.querySelector(".composer-foot")).position !== "static";
        return Math.min(area.bottom, covers ? foot.top : innerHeight) - Math.max(area.top, 0);
    }""")
    assert height >= 52, f"{height} px of the text can be seen: less than two lines"


def test_the_parts_are_the_panel_of_the_tab_that_is_open(desk):
    desk.open().tick()
    panel = desk.page.get_by_role("tabpanel", name="All channels")
    expect(panel.locator("textarea.text")).to_have_count(1)
    desk.page.get_by_role("tab", name="LinkedIn").click()
    expect(desk.page.get_by_role("tabpanel", name="LinkedIn").locator("textarea.text")).to_have_count(1)
    assert not violations(desk.page)
    desk.tick(on=False)
    expect(desk.page.get_by_role("tabpanel")).to_have_count(0)
