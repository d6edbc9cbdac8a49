"""One post with four pictures goes to ten channels at once; one of them is mended and then goes out too, and the others are left alone."""
from playwright.sync_api import expect

from browser import DESKTOP, sign_in_as, violations, watch
from client import new_account
from pictures import png
from programs import ARTIFACTS, until
from writing import Desk

BY_CONSENT = ["x", "mastodon", "linkedin", "discord", "slack", "facebook", "instagram", "threads", "pinterest"]
# What the person chooses for a post: where it goes.
PLACES = {"discord": "channel", "slack": "channel", "pinterest": "board"}


def option(client, channel: dict, field: str) -> str:
    return client.call("GET", f"/api/integrations/{channel['id']}/options", params={"field": field})["items"][0]["value"]


def test_ten_channels_at_once_of_which_one_has_to_be_connected_again(browser, postiz, simulator, account_name, tmp_path):
    session, client = new_account(postiz.base, account_name)
    channels = {platform: client.connect(platform, account_name if platform not in ("facebook", "instagram") else "ada") for platform in BY_CONSENT}
    channels["bluesky"] = client.fill_in("bluesky", identifier="ada.bsky.example.com", password="abcd-efgh-ijkl-mnop")
    assert len(channels) == 10
    places = {platform: option(client, channels[platform], field) for platform, field in PLACES.items()}
    simulator.control("POST", "/revoke", {"platform": "threads", "account": account_name})

    context = browser.new_context(viewport=DESKTOP)
    sign_in_as(context, session, postiz.base)
    page = context.new_page()
    errors = watch(page, postiz.base)
    desk = Desk(page, postiz.base).open()
    text = f"Four pictures of {account_name} for everyone"
    for channel in channels.values():
        page.locator(f'.chip[data-channel="{channel["id"]}"] input').set_checked(True, force=True)
    page.locator(".part textarea.text").first.fill(text)
    files = []
    for number in range(4):
        files.append(tmp_path / f"waves-{number}.png")
        files[-1].write_bytes(png(320, 320, number))
    page.locator(".part input[type=file]").first.set_input_files([str(file) for file in files])
    expect(page.locator(".tray-item img")).to_have_count(4, timeout=60_000)
    for platform, value in places.items():
        group = page.locator(f'details[data-channel="{channels[platform]["id"]}"]')
        group.evaluate("group => { group.open = true }")
        group.locator(f'[data-setting="{PLACES[platform]}"]').fill(value)
    page.get_by_role("tab", name=channels["x"]["displayName"]).or_(page.locator(f'[data-tab="{channels["x"]["id"]}"]')).first.click()
    page.locator(".part textarea.text").first.fill(text + ", in short")
    page.screenshot(path=ARTIFACTS / "ten-channels.png")
    # Of many channels those that a draft does not go to are out of the way until they are asked for.
    draft = client.create(content="For one of ten", platforms=[channels["x"]["id"]], status="DRAFT")["id"]
    other = context.new_page()
    other.goto(f"{postiz.base}/posts/{draft}/edit")
    expect(other.locator(".chip:visible")).to_have_count(1)
    other.locator("summary", has_text="Add channel").click()
    expect(other.locator(".chip:visible")).to_have_count(10)
    other.locator(f'.chip[data-channel="{channels["slack"]["id"]}"] input').check(force=True)
    other.locator("summary", has_text="Add channel").click()
    expect(other.locator(".chip:visible")).to_have_count(2)
    assert not violations(other)
    other.close(run_before_unload=False)

    desk.press("now")
    post = desk.gone_out()

    def standing() -> dict[str, str]:
        return {item["platform"]: item["status"] for item in client.post_by_id(post)["publications"]}

    until(lambda: set(standing().values()) <= {"PUBLISHED", "ON_HOLD"}, 120, lambda: f"all are settled: {client.standing(post)}")
    assert [platform for platform, status in standing().items() if status != "PUBLISHED"] == ["threads"], client.standing(post)
    out = {platform: len(simulator.publications(platform.split("-")[0])) for platform in channels}
    expect(page.locator("#post-detail")).to_contain_text("Connect the account again")
    page.screenshot(path=ARTIFACTS / "ten-channels-held.png", full_page=True)

    # What has no room in a row is counted, not cut off.
    rows = context.new_page()
    rows.goto(f"{postiz.base}/posts?tab=all")
    marks = rows.locator(".post-row", has_text="Four pictures").locator(".marks .mark")
    expect(marks).to_have_count(5)
    expect(marks.last).to_have_text(f"+{len(channels) - 4}")
    rows.close()

    client.connect("threads", account_name)
    until(lambda: standing()["threads"] == "PUBLISHED", 60, lambda: f"Threads has it: {client.standing(post)}")
    assert {platform: len(simulator.publications(platform.split("-")[0])) for platform in channels} == out | {"threads": out["threads"] + 1}
    mine = [item for item in simulator.publications("threads") if text in item["text"]]
    assert len(mine) == 1 and len(mine[0]["media"]) == 4
    assert [item["text"] for item in simulator.publications("x") if text in item["text"]] == [text + ", in short"]
    assert not errors, errors
    context.close()
