"""The composer, as the suites about writing use it."""
from __future__ import annotations

import contextlib
import re

from playwright.sync_api import Page, expect

from browser import DESKTOP, connect, register
from programs import Simulator

PARTS = ".part textarea.text"


class Desk:
    """One person in a browser with a composer."""

    def __init__(self, page: Page, base: str):
        self.page, self.base = page, base

    @property
    def areas(self):
        return self.page.locator(PARTS)

    def open(self, path: str = "/compose") -> "Desk":
        self.page.goto(self.base + path)
        self.ready()
        return self

    def ready(self) -> None:
        """The scripts have taken the form over: only they show tools at a part."""
        self.page.locator("[data-parts] [data-library]").first.wait_for()

    def tick(self, *names: str, on: bool = True) -> None:
        """Chooses channels by platform; without names all of them."""
        chips = [f'.chip:has([data-platform="{name}"]) input' for name in names] or [".chip input"]
        for chip in chips:
            for box in self.page.locator(chip).all():
                box.set_checked(on, force=True)

    def texts(self) -> list[str]:
        return [area.input_value() for area in self.areas.all()]

    def attach(self, *files, part: int = 0) -> None:
        self.page.locator(".part input[type=file]").nth(part).set_input_files([str(file) for file in files])

    def press(self, deed: str) -> None:
        """Presses a button of the menu beside the main one."""
        self.open_deeds()
        self.page.click(f".sheet button[name=action][value={deed}]")

    def open_deeds(self) -> None:
        if not self.page.locator("[data-deeds][open]").count():
            self.page.click("[data-deeds] > summary")

    def plan(self, date: str, time: str, zone: str | None = None) -> None:
        self.open_deeds()
        for field, value in (("#zone", zone), ("#date", date), ("#time", time)):
            if value is not None:
                self.page.fill(field, value)

    def bar(self, name: str):
        return self.page.locator(f"[data-bar={name}]")

    def choose(self, bar: str, label: str) -> None:
        self.bar(bar).get_by_role("button", name=label, exact=True).click()

    def saved(self) -> None:
        expect(self.page.locator("[data-saved]")).to_have_text("Draft saved", timeout=15_000)

    def gone_out(self) -> str:
        """The id of the post whose page follows."""
        self.page.wait_for_url(re.compile(r"/posts/[0-9a-f-]{36}$"))
        return self.page.url.rsplit("/", 1)[1]


@contextlib.contextmanager
def slow_line(page: Page, bytes_per_second: int):
    """A line that takes only so much upwards."""
    session = page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 20, "downloadThroughput": -1}
    session.send("Network.emulateNetworkConditions", limits | {"uploadThroughput": bytes_per_second})
    yield
    session.send("Network.emulateNetworkConditions", limits | {"uploadThroughput": -1})
    session.detach()


def newcomer(browser, base: str, simulator: Simulator, email: str, name: str) -> Page:
    """A page of a new person with a channel on every platform."""
    context = browser.new_context(viewport=DESKTOP, locale="en-GB", timezone_id="Europe/Paris")
    page = context.new_page()
    register(page, base, email)
    connect(page, base, "x", name)
    connect(page, base, "linkedin", name)
    connect(page, base, "mastodon", name, instance=simulator.base + "/mastodon")
    return page
