"""The calendar in a browser: read, walked with keys, posts moved by mouse, keys and menu, told anew field by field."""
import calendar
import datetime
import re
import secrets
import urllib.parse
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from browser import DESKTOP, PHONE, describe, sign_in_as, violations, watch
from client import PASSWORD, Browserish, new_account
from pictures import png
from programs import until

pytestmark = pytest.mark.browser
PARIS = ZoneInfo("Europe/Paris")
# A Wednesday in the middle of a month that is neither now nor past.
_ahead = datetime.datetime.now(PARIS).date() + datetime.timedelta(days=45)
DAY = _ahead.replace(day=14) + datetime.timedelta(days=(2 - _ahead.replace(day=14).weekday()) % 7)
NEXT = DAY + datetime.timedelta(days=1)


class World:
    """A person's workspace with a channel, seen in a browser."""

    def __init__(self, browser, postiz, simulator, account: str):
        self.browser, self.base = browser, postiz.base
        self.session, self.client = new_account(postiz.base)
        self.channel = self.client.connect("mastodon", account)["id"]
        self.errors: list[str] = []
        self.contexts = []

    def plan(self, text: str, day: datetime.date = DAY, time: str = "09:00", **more) -> str:
        return self.client.create(content=text, platforms=[self.channel], scheduledFor=f"{day}T{time}", timeZone="Europe/Paris", **more)["id"]

    def open(self, path: str, viewport=DESKTOP, session=None, **options) -> Page:
        context = self.browser.new_context(viewport=viewport, **options)
        self.contexts.append(context)
        sign_in_as(context, session or self.session, self.base)
        page = context.new_page()
        self.errors = watch(page, self.base)
        page.goto(self.base + path)
        return page

    def time_of(self, post: str) -> str:
        instant = datetime.datetime.fromisoformat(self.client.post_by_id(post)["scheduledFor"])
        return instant.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture
def world(browser, postiz, simulator, account_name):
    made = World(browser, postiz, simulator, account_name)
    yield made
    errors = list(made.errors)
    for context in made.contexts:
        context.close()
    made.session.close()
    made.client.close()
    assert not errors, errors


def month(**more: str) -> str:
    return f"/calendar?view=month&date={DAY}" + "".join(f"&{name}={value}" for name, value in more.items())


def field(page: Page, day: datetime.date, hour: int | None = None):
    return page.locator(f'[data-field="{day}' + (f'T{hour:02}' if hour is not None else "") + '"]')


def listening(page) -> None:
    """Asked from outside: the page's policy forbids what waits inside it for a text's value."""
    until(lambda: page.evaluate("document.querySelector('live-events').source.readyState") == 1, 10, "the page hears of changes")


def test_a_day_shows_the_first_posts_and_how_many_more_and_opens(world):
    for number in range(9):
        world.plan(f"Post number {number}", time=f"1{number}:30")
    page = world.open(month())
    day = field(page, DAY)
    expect(day.locator(".slip")).to_have_count(3)
    expect(day.locator(".slip .text").first).to_have_text("Post number 0")
    expect(day).to_have_attribute("aria-label", re.compile("9 posts"))
    day.locator(".more").click()
    page.wait_for_url("**view=day**")
    expect(page.locator(".slip")).to_have_count(9)
    for view in ("week", "agenda"):
        page.goto(f"{world.base}/calendar?view={view}&date={DAY}")
        expect(page.locator(".slip .text").first).to_have_text("Post number 0")


def test_a_post_is_dragged_to_another_day_and_the_move_undone(world):
    post = world.plan("To be dragged")
    page = world.open(month())
    page.drag_and_drop(f'[data-post="{post}"]', f'[data-field="{NEXT}"]')
    expect(field(page, NEXT).locator(".slip")).to_have_count(1)
    expect(page.locator("#toasts")).to_contain_text("Moved to")
    assert world.time_of(post) == f"{NEXT}T09:00"
    expect(page.locator(f'[data-post="{post}"]')).to_be_focused()
    page.locator("#toasts form button").click()
    expect(field(page, DAY).locator(".slip")).to_have_count(1)
    assert world.time_of(post) == f"{DAY}T09:00"


def test_a_post_dropped_on_an_hour_takes_the_quarter_under_the_pointer(world):
    post = world.plan("To another hour")
    page = world.open(f"/calendar?view=week&date={DAY}")
    box = field(page, NEXT, 15).bounding_box()
    page.drag_and_drop(f'[data-post="{post}"]', f'[data-field="{NEXT}T15"]', target_position={"x": 20, "y": box["height"] * 0.6})
    expect(page.locator("#toasts")).to_contain_text("Moved to")
    expect(field(page, NEXT, 15).locator(".slip")).to_have_count(1)
    assert world.time_of(post) == f"{NEXT}T15:30"


@pytest.mark.parametrize("view", ["week", "agenda"])
def test_a_post_dropped_on_a_free_posting_time_takes_that_very_time(world, view):
    world.client.call("PUT", f"/api/integrations/{world.channel}/slots", json={"slots": [
        {"weekdays": [], "minute": 15 * 60 + 7, "timeZone": "Europe/Paris"}]})
    today = datetime.datetime.now(PARIS).date()
    monday = today + datetime.timedelta(days=7 - today.weekday())
    day = monday + datetime.timedelta(days=1)
    post = world.plan("To a free time", monday, "09:40")
    page = world.open(f"/calendar?view={view}&date={monday}")
    ghost = page.locator(f'[data-field^="{day}"] .ghost')
    expect(ghost.locator("time")).to_have_text("15:07")
    box = ghost.bounding_box()
    page.locator(f'[data-post="{post}"]').drag_to(ghost, target_position={"x": box["width"] / 2, "y": box["height"] - 3})
    expect(page.locator("#toasts")).to_contain_text("Moved to")
    assert world.time_of(post) == f"{day}T15:07"


def test_a_post_is_moved_with_the_keyboard_alone(world):
    post = world.plan("By keys")
    page = world.open(month())
    page.locator("#views summary").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('[data-field]')"), "one field is in the order of Tab"
    for _ in range(50):
        here = page.evaluate("document.activeElement.dataset.field")
        if here == str(DAY):
            break
        same_week = datetime.date.fromisoformat(here).isocalendar()[:2] == DAY.isocalendar()[:2]
        page.keyboard.press(("ArrowRight" if here < str(DAY) else "ArrowLeft") if same_week else "ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(f'[data-post="{post}"]')).to_be_focused()
    page.keyboard.press("m")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(field(page, NEXT).locator(".slip")).to_have_count(1)
    expect(page.locator(f'[data-post="{post}"]')).to_be_focused()
    assert world.time_of(post) == f"{NEXT}T09:00"
    page.keyboard.press("m")
    page.keyboard.press("m")
    expect(page.locator("#move-date")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/posts/|/calendar"))


def test_empty_time_opens_the_composer_with_that_time(world):
    page = world.open(f"/calendar?view=week&date={DAY}")
    field(page, NEXT, 16).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/compose?date={NEXT}&time=16%3A00")
    expect(page.locator("#time")).to_have_value("16:00")


def test_a_click_shows_a_card_from_which_a_phone_moves_the_post(world):
    post = world.plan("Moved without dragging")
    page = world.open(month(), PHONE, has_touch=True)
    page.locator(f'[data-post="{post}"]').tap()
    card = page.locator("#card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("Moved without dragging")
    # Whose it is: the account's picture, with the platform's mark at it.
    face = card.locator("li .avatar img")
    page.wait_for_function("face => face.complete && face.naturalWidth > 0", arg=face.element_handle())
    expect(card.locator("li .avatar .mark")).to_be_visible()
    assert not violations(page)
    card.locator("[data-move]").tap()
    expect(page.locator("#move-date")).to_have_value(str(DAY))
    page.fill("#move-date", str(NEXT))
    page.fill("#move-time", "11:15")
    page.locator("#move form button.primary").tap()
    expect(field(page, NEXT).locator(".slip")).to_have_count(1)
    assert world.time_of(post) == f"{NEXT}T11:15"


def test_only_the_days_that_an_event_names_are_asked_for(world):
    posts = [world.plan(f"Number {number}", time=f"1{number}:00") for number in range(6)]
    page = world.open(month())
    expect(field(page, DAY).locator(".more")).to_have_text("+3 more")
    listening(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/calendar" in request.url else None)
    # One that the page does not show: only the event can tell where it was.
    world.client.call("PUT", f"/api/posts/{posts[5]}/schedule", json={"scheduledFor": f"{NEXT}T10:00", "timeZone": "Europe/Paris"})
    expect(field(page, NEXT).locator(".slip")).to_have_count(1)
    expect(field(page, DAY).locator(".more")).to_have_text("+2 more")
    world.client.call("DELETE", f"/api/posts/{posts[5]}")
    expect(field(page, NEXT).locator(".slip")).to_have_count(0)
    assert asked and all("/calendar/cells?" in address and address.count("&at=") <= 2 for address in asked), asked


def test_a_burst_of_changes_is_asked_for_together(world):
    post = world.plan("Changed often")
    page = world.open(month())
    listening(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/calendar" in request.url else None)
    for number in range(30):
        world.client.call("PATCH", f"/api/posts/{post}", json={"content": f"Text {number}"})
    expect(field(page, DAY).locator(".text")).to_have_text("Text 29")
    assert len(asked) < 15, asked


def test_filters_stay_in_the_address_through_views_and_periods(world):
    world.plan("Spring tide", tags=["spring"])
    world.plan("Autumn leaves", tags=["autumn"], time="10:00")
    page = world.open(month())
    page.select_option("select[name=tag]", "spring")
    page.wait_for_url("**tag=spring**")
    expect(page.locator(".slip .text")).to_have_text(["Spring tide"])
    page.locator(".segments a").nth(3).click()
    page.wait_for_url("**view=agenda**tag=spring**")
    page.locator("[data-key='[']").click()
    page.wait_for_url("**tag=spring**")
    page.goto(world.base + month(q="leaves"))
    expect(page.locator(".slip .text")).to_have_text(["Autumn leaves"])
    page.locator(".calendar-filters a").click()
    expect(page.locator(".slip .text")).to_have_count(2)


def test_a_week_opens_where_the_day_is(world):
    page = world.open("/calendar?view=week&all=1", viewport={"width": 1280, "height": 320})
    expect(page.locator("[data-quarter]")).to_be_in_viewport()


@pytest.mark.parametrize("view", ["week", "day"])
def test_now_is_shown_also_at_night(world, view):
    # Where it is two o'clock now. The names of these zones count the other way round.
    east = (2 - datetime.datetime.now(datetime.timezone.utc).hour + 11) % 24 - 11
    page = world.open("/today")
    describe(page, world.base, timeZone=f"Etc/GMT{-east:+d}")
    page.goto(f"{world.base}/calendar?view={view}")
    expect(page.locator("[data-quarter]").first).to_be_in_viewport()
    rows = page.locator(".field-row [role=rowheader]").all_inner_texts()
    assert rows[0] in ("02:00", "03:00") and rows[1] == "06:00", rows


def test_the_calendar_shows_without_scripts(world):
    world.plan("Seen without scripts")
    page = world.open(month(), java_script_enabled=False)
    expect(field(page, DAY).locator(".slip")).to_contain_text("Seen without scripts")
    field(page, NEXT).locator(".add").click()
    expect(page.locator("textarea[name=text]").first).to_be_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_view_is_accessible(world, viewport, scheme):
    world.plan("A post that is planned, with a text long enough for two lines of a card in the month", tags=["one"])
    world.client.create(content="A draft with a time", platforms=[world.channel], scheduledFor=f"{NEXT}T10:00", status="DRAFT")
    page = world.open("/today", viewport, color_scheme=scheme, reduced_motion="reduce")
    wrong = violations(page)
    for view in ("month", "week", "day", "agenda"):
        page.goto(f"{world.base}/calendar?view={view}&date={DAY}")
        expect(page.locator(".slip").first).to_be_visible()
        wrong += violations(page)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append(f"{view} is too wide")
    page.locator(".slip").first.click()
    expect(page.locator("#card")).to_contain_text("A post that is planned")
    assert not wrong + violations(page)


def test_the_list_of_posts_is_searched_while_one_types_and_divided_by_what_posts_wait_for(world):
    world.plan("Later", NEXT)
    world.plan("Sooner")
    world.client.create(content="Unfinished", platforms=[world.channel], status="DRAFT")
    page = world.open("/posts")
    expect(page.locator(".post-row .what a")).to_have_text(["Sooner", "Later"])
    expect(page.locator(".tabs [aria-current]")).to_have_text(re.compile(r"Upcoming\s+2"))
    page.get_by_label("Search posts").type("late")
    expect(page.locator(".post-row .what a")).to_have_text(["Later"])
    assert "q=late" in page.url
    page.locator(".tabs a").nth(1).click()
    page.wait_for_url("**tab=drafts**")
    page.get_by_label("Search posts").fill("")
    expect(page.locator(".post-row .what a")).to_have_text(["Unfinished"])


def test_several_posts_are_moved_tagged_and_deleted_at_once_and_it_is_undone(world):
    posts = [world.plan(f"Number {number}", time=f"1{number}:00") for number in range(3)]
    page = world.open("/posts")
    expect(page.locator(".chosen .several")).to_be_hidden()
    for number in (0, 2):
        page.get_by_label(f"Choose: Number {number}").check()
    page.fill("#chosen-days", "2")
    page.get_by_role("button", name="Move by days").click()
    expect(page.locator("#toasts")).to_contain_text("2 posts moved.")
    later = DAY + datetime.timedelta(days=2)
    assert [world.time_of(post) for post in posts] == [f"{later}T10:00", f"{DAY}T11:00", f"{later}T12:00"]
    undone = page.locator("#toasts form").get_attribute("action")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    # What is chosen before the answer is there goes with the list that it replaces.
    expect(page.locator("#toasts form")).not_to_have_attribute("action", undone, timeout=15_000)
    expect(page.locator("#toasts")).to_contain_text("2 posts moved.")
    expect(page.locator("#toasts").get_by_role("button", name="Undo")).to_have_count(1)
    until(lambda: [world.time_of(post) for post in posts] == [f"{DAY}T1{number}:00" for number in range(3)], 10, "the times before are back")
    page.locator("[data-all=post]").check()
    page.fill("#chosen-tag", "spring")
    page.get_by_role("button", name="Add tag").click()
    expect(page.locator("#toasts")).to_contain_text("3 posts tagged.")
    assert all(world.client.post_by_id(post)["tags"] == ["spring"] for post in posts)
    page.locator("[data-all=post]").check()
    page.locator(".chosen").get_by_role("button", name="Move to trash").click()
    expect(page.locator(".post-row")).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator(".post-row")).to_have_count(3)


def test_today_shows_the_queue_of_each_channel_and_what_waits(world):
    soon = datetime.datetime.now(PARIS) + datetime.timedelta(days=1)
    world.plan("Goes out tomorrow", soon.date(), "10:20")
    world.client.create(content="A draft to finish", platforms=[world.channel], status="DRAFT")
    page = world.open("/")
    page.wait_for_url("**/today")
    expect(page.locator(".queue [data-kind=taken]")).to_contain_text("Goes out tomorrow")
    expect(page.locator("#today")).to_contain_text("A draft to finish")
    page.locator(".queue [data-kind=free]").first.click()
    page.wait_for_url(f"**/compose?**channel={world.channel}**")
    expect(page.locator(".chip input:checked")).to_have_count(1)


def test_on_a_phone_every_place_can_be_reached(world):
    page = world.open("/today", PHONE)
    page.locator(".tabbar summary").click()
    assert not violations(page)
    for name in ("Channels", "Media", "Settings", "Drafts", "Sign out"):
        expect(page.locator(".tabbar .sheet").get_by_text(name).first).to_be_visible()
    page.locator(".tabbar .sheet").get_by_text("Media").first.click()
    page.wait_for_url("**/media")


def test_several_posts_are_moved_together_in_the_calendar(world):
    posts = [world.plan("One"), world.plan("Two", NEXT), world.plan("Stays", NEXT, "12:00")]
    page = world.open(month())
    page.locator(f'[data-post="{posts[0]}"]').click(modifiers=["Shift"])
    page.locator(f'[data-post="{posts[1]}"]').focus()
    page.keyboard.press("x")
    expect(page.locator("#several output")).to_have_text("2 chosen")
    assert not violations(page)
    page.fill("#several-days", "-1")
    page.get_by_role("button", name="Move by days").click()
    expect(page.locator("#toasts")).to_contain_text("2 posts moved.")
    assert [world.time_of(post) for post in posts] == [f"{DAY - datetime.timedelta(days=1)}T09:00", f"{DAY}T09:00", f"{NEXT}T12:00"]
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(field(page, NEXT).locator(".slip")).to_have_count(2)
    assert [world.time_of(post) for post in posts] == [f"{DAY}T09:00", f"{NEXT}T09:00", f"{NEXT}T12:00"]


def test_where_the_mouse_is_let_go_on_an_empty_hour_one_writes(world):
    page = world.open(f"/calendar?view=day&date={DAY}")
    ten, twelve = (page.locator(f'[data-hour="{hour}"]') for hour in (10, 12))
    start, end = ten.bounding_box(), twelve.bounding_box()
    page.mouse.move(start["x"] + 200, start["y"] + start["height"] * 0.6)
    page.mouse.down()
    expect(ten).to_have_attribute("data-at", "10:30")
    page.mouse.move(end["x"] + 200, end["y"] + end["height"] * 0.3, steps=4)
    expect(twelve).to_have_attribute("data-at", "12:15")
    page.mouse.up()
    page.wait_for_url("**/compose?**")
    assert f"date={DAY}" in page.url and "time=12%3A15" in page.url

    page.goto(f"{world.base}/calendar?view=day&date={DAY}")
    page.mouse.move(start["x"] + 200, start["y"] + start["height"] * 0.9)
    page.mouse.down()
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(page).to_have_url(re.compile("/calendar"))
    expect(page.locator(".over")).to_have_count(0)


def test_a_customers_channels_narrow_the_calendar_together(world):
    world.client.call("PATCH", f"/api/integrations/{world.channel}", json={"customer": "Tea & Co"})
    other = world.client.connect("x", "somebody-else")["id"]
    world.plan("For the customer")
    world.client.create(content="For nobody", platforms=[other], scheduledFor=f"{DAY}T10:00", timeZone="Europe/Paris")
    page = world.open(f"/calendar?date={DAY}")
    page.get_by_label("Channel", exact=True).select_option(label="Customer Tea & Co")
    page.wait_for_url("**channel=customer**")
    expect(page.locator("[data-post]")).to_have_count(1)
    expect(page.locator("[data-post]")).to_contain_text("For the customer")


def test_a_post_is_duplicated_by_its_key(world):
    world.plan("Twice")
    page = world.open(f"/calendar?date={DAY}")
    page.locator("[data-post]").focus()
    page.keyboard.press("d")
    page.wait_for_url("**/edit")


@pytest.mark.parametrize(("begins", "first"), [("SUNDAY", calendar.SUNDAY), ("SATURDAY", calendar.SATURDAY)])
def test_weeks_begin_where_the_persons_do(world, begins, first):
    page = world.open("/settings/general")
    expect(page.get_by_label("Week begins on")).to_have_value("REGION")
    page.get_by_label("Week begins on").select_option(begins)
    page.locator("form[action='/settings/profile'] button").first.click()
    expect(page.get_by_label("Week begins on")).to_have_value(begins)
    assert world.session.get("/api/auth/me").json()["user"]["weekStart"] == begins
    shown = [str(day) for day in calendar.Calendar(first).itermonthdates(DAY.year, DAY.month)]
    names = [calendar.day_name[(first + column) % 7] for column in range(7)]
    page.goto(world.base + month())
    assert page.locator("[data-field]").evaluate_all("fields => fields.map(field => field.dataset.field)") == shown
    assert page.locator("#days [role=columnheader]").evaluate_all("heads => heads.map(head => head.ariaLabel.trim())") == names
    assert page.locator(".minimonth abbr").evaluate_all("heads => heads.map(head => head.title)") == names
    assert [int(number) for number in page.locator(".minimonth td").all_inner_texts()] == [int(day[-2:]) for day in shown]
    week = next(shown[at:at + 7] for at in range(0, len(shown), 7) if str(DAY) in shown[at:at + 7])
    for key, day in (("Home", week[0]), ("End", week[6])):
        field(page, DAY).focus()
        page.keyboard.press(key)
        expect(page.locator(f'[data-field="{day}"]')).to_be_focused()
    page.goto(f"{world.base}/calendar?view=week&date={DAY}")
    expect(page.locator(".minimonth .chosen a")).to_be_visible()
    assert page.locator(".field-row:has([data-hour]) >> nth=0").locator("[data-field]").evaluate_all(
        "fields => fields.map(field => field.dataset.date)") == week
    page.goto(world.base + "/channels")
    assert page.locator(".slot >> nth=0").locator("[name$='.day']").evaluate_all("days => days.map(day => day.ariaLabel)") == names


def test_a_card_of_the_month_has_two_lines_and_the_picture(world):
    media = world.client.upload(png())["id"]
    text = "A post with a text that is long enough for the two lines that a card of the month has, and then some more"
    post = world.plan(text, mediaIds=[media])
    page = world.open(month())
    card = page.locator(f'[data-post="{post}"]')
    picture = card.locator("img")
    expect(picture).to_be_visible()
    until(lambda: picture.evaluate("image => image.complete && image.naturalWidth > 0"), 10, "the picture is there")
    assert picture.bounding_box()["width"] >= 24
    lines = card.locator(".text").evaluate("text => text.clientHeight / parseFloat(getComputedStyle(text).lineHeight)")
    assert 1.8 <= lines <= 2.2, f"{lines} lines of the text are shown"
    size = card.locator(".text").evaluate("text => parseFloat(getComputedStyle(text).fontSize)")
    assert size >= 12


def test_the_calendar_is_narrowed_by_platform_and_by_status(world):
    others = [world.client.connect("x", f"{name}-{secrets.token_hex(3)}")["id"] for name in ("red", "blue")]
    world.plan("For Mastodon")
    for name, other in zip(("red", "blue"), others):
        world.client.create(content=f"For {name}", platforms=[other], scheduledFor=f"{DAY}T10:00", timeZone="Europe/Paris")
    world.client.create(content="A draft", platforms=[world.channel], scheduledFor=f"{NEXT}T10:00", timeZone="Europe/Paris", status="DRAFT")
    page = world.open(month())
    texts = page.locator(".slip .text")
    expect(texts).to_have_count(4)
    page.get_by_label("Channel", exact=True).select_option("x")
    page.wait_for_url("**channel=x**")
    expect(texts).to_have_text(["For red", "For blue"])
    page.get_by_label("Channel", exact=True).select_option("")
    expect(texts).to_have_count(4)
    page.get_by_label("Status", exact=True).select_option("DRAFT")
    page.wait_for_url("**status=DRAFT**")
    expect(texts).to_have_text(["A draft"])
    page.get_by_label("Status", exact=True).select_option("SCHEDULED")
    expect(texts).to_have_count(3)


def test_with_forced_colours_today_is_told_from_other_days(world):
    page = world.open("/calendar?view=month", forced_colors="active")
    looks = "date => { const style = getComputedStyle(date); return [style.backgroundColor, style.color].join(); }"
    today = page.locator(".day-field.present .date").evaluate(looks)
    other = page.locator(".day-field:not(.present) .date").first.evaluate(looks)
    assert today != other
    assert today.split("),")[0] != today.split("),")[1].removesuffix(")"), "the number can be read"


def test_two_people_see_one_post_each_at_their_hour_before_and_after_a_change_of_the_clocks(world):
    """Kolkata knows no summer time; in New York it begins or ends between the two posts."""
    india, york = ZoneInfo("Asia/Kolkata"), ZoneInfo("America/New_York")
    noon = datetime.datetime.now(york).replace(hour=12, minute=0, second=0, microsecond=0) + datetime.timedelta(days=1)
    change = next(day for day in (noon + datetime.timedelta(days=at) for at in range(1, 300))
                  if day.utcoffset() != (day + datetime.timedelta(days=1)).utcoffset())
    days = [change, change + datetime.timedelta(days=1)]
    posts = [
        world.client.create(content=f"Number {number}", platforms=[world.channel], scheduledFor=f"{day:%Y-%m-%dT%H:%M}", timeZone="America/New_York")["id"]
        for number, day in enumerate(days)
    ]
    link = world.session.post("/api/team/invitations", json={"role": "USER"}).json()["url"]
    token = urllib.parse.parse_qs(urllib.parse.urlparse(link).query)["token"][0]
    other = Browserish(world.base)
    other.sign_in("/api/auth/register", email=f"anand-{secrets.token_hex(4)}@example.com", password=PASSWORD, invitation=token)
    world.session.patch("/api/auth/me", json={"timeZone": "America/New_York"}).raise_for_status()
    other.patch("/api/auth/me", json={"timeZone": "Asia/Kolkata"}).raise_for_status()
    clocks = {}
    for session, zone in ((world.session, york), (other, india)):
        page = world.open("/today", session=session)
        for post, day in zip(posts, days):
            there = day.astimezone(zone)
            for view in ("month", "week", "agenda"):
                page.goto(f"{world.base}/calendar?view={view}&date={there:%Y-%m-%d}")
                slip = page.locator(f'[data-post="{post}"]')
                expect(slip.locator("time").first).to_have_text(f"{there:%H:%M}")
                place = slip.locator("xpath=ancestor::*[@data-field]")
                assert place.get_attribute("data-date") == f"{there:%Y-%m-%d}"
            clocks.setdefault(zone.key, []).append(f"{there:%H:%M}")
    assert clocks["America/New_York"] == ["12:00", "12:00"] and len(set(clocks["Asia/Kolkata"])) == 2, clocks
    other.close()

