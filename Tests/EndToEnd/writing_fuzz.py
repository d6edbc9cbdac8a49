"""Types a known text while everything happens that can happen, and compares what stands there and what went out.

    python writing_fuzz.py [rounds] [seed]

A round is a word and one thing that happens in the middle of it. After each, the texts on the page are compared; a post of 25 rounds is then
published, and what the platform got is compared: every letter, every file, once.
"""
from __future__ import annotations

import pathlib
import random
import sys
import tempfile
import time

from playwright.sync_api import Error

from browser import chromium
from pictures import png
from programs import Postiz, Simulator, until
from writing import PARTS, Desk, newcomer

ROUNDS_A_POST = 25
SHARED = "all"
READ = f"[...document.querySelectorAll('{PARTS}')].map(area => area.value)"
WORDS = "morning harbour lantern seven quiet copper ribbon market orchard signal Käse naïve žluť 日本 🙂".split()


class Expected:
    """What has to stand in the composer."""

    def __init__(self, chosen: tuple[str, ...] = ()):
        self.parts: list[list] = [["", 0]]
        self.versions: dict[str, list[list]] = {}
        self.tab = SHARED
        self.chosen: set[str] = set(chosen)

    @property
    def shown(self) -> list[list]:
        return self.versions.get(self.tab, self.parts)

    @property
    def tabs(self) -> list[str]:
        """There are tabs where there is more than one text to look at."""
        several = len(self.chosen) > 1 or any(name in self.versions for name in self.chosen)
        return [SHARED, *sorted(self.chosen)] if several else [SHARED]

    def change(self) -> list[list]:
        """The parts that an edit changes: a channel gets its own when it first differs."""
        if self.tab != SHARED and self.tab not in self.versions:
            self.versions[self.tab] = [list(part) for part in self.parts]
        return self.shown

    def goes_out(self, platform: str) -> list[tuple[str, int]]:
        parts = self.versions.get(platform, self.parts)
        return [(text, files) for text, files in parts if text.strip() or files]


class Fuzz:
    def __init__(self, browser, product: Postiz, simulator: Simulator, seed: int, pictures: list[pathlib.Path], name: str = "Ada Fuzz"):
        self.random = random.Random(seed)
        self.product, self.simulator, self.pictures = product, simulator, pictures
        page = newcomer(browser, product.base, simulator, f"fuzz{seed}@example.com", name)
        self.desk = Desk(page, product.base)
        self.page = page
        self.wrong: list[str] = []
        self.down_for = self.cut_for = 0
        self.happened: list[str] = []
        # Transitions between pages that the browser gives up are no fault of the page.
        page.on("pageerror", lambda error: None if "Transition was" in str(error) else self.wrong.append(str(error)))

    # One post

    def post(self, number: int) -> None:
        # A new post goes where the last one went.
        self.expected, self.index, self.happened = Expected(("mastodon",) if number else ()), 0, []
        self.desk.open()
        self.focus()
        self.type(f"Post {number}.")
        for _ in range(ROUNDS_A_POST):
            self.round()
        self.all_up()
        self.send()

    def round(self) -> None:
        word = " " + self.random.choice(WORDS)
        half = self.random.randrange(len(word) + 1)
        self.focus_if_lost()
        self.type(word[:half])
        names = ["tick", "attach", "add", "move", "remove", "tab", "undo", "wait", "cut", "kill", "reload", "elsewhere"]
        weights = [6, 4, 3, 5, 2, 5, 3, 4, 2, 1, 1, 3]
        name = self.random.choices(names, weights)[0]
        self.happened.append(name)
        getattr(self, name)()
        self.focus_if_lost()
        self.type(word[half:])
        self.compare()
        self.recover()

    def type(self, text: str) -> None:
        # Composed characters come as an input method sends them.
        for letter in text:
            if letter.isascii():
                self.page.keyboard.press("Space" if letter == " " else letter)
            else:
                self.page.keyboard.insert_text(letter)
        if text:
            self.expected.change()[self.index][0] += text

    def focus(self) -> None:
        area = self.desk.areas.nth(self.index)
        area.focus()
        self.page.keyboard.press("Control+End")

    def focus_if_lost(self) -> None:
        """A person clicks into the text again where the deed itself took the focus elsewhere, never otherwise."""
        if self.moved:
            self.focus()
        self.moved = False

    moved = False

    def compare(self) -> None:
        there, wanted = self.page.evaluate(READ), [part[0] for part in self.expected.shown]
        assert there == wanted, f"{there} instead of {wanted}, after {self.happened}"
        assert not self.wrong, f"{self.wrong}, after {self.happened}"

    # What happens

    def tick(self) -> None:
        name = self.random.choice(["x", "linkedin", "mastodon"])
        expected = self.expected
        expected.chosen ^= {name}
        if expected.tab not in expected.tabs:
            expected.tab = SHARED
            self.index = min(self.index, len(expected.shown) - 1)
            self.moved = True
        self.page.evaluate(f"""document.querySelector('.chip:has([data-platform="{name}"]) input').click()""")

    def attach(self) -> None:
        part = self.expected.change()[self.index]
        if part[1] >= 4:
            return
        self.page.locator(".part input[type=file]").nth(self.index).set_input_files(str(self.pictures.pop()))
        part[1] += 1

    def add(self) -> None:
        if len(self.expected.shown) >= 5:
            return
        self.expected.change().append(["", 0])
        self.index = len(self.expected.shown) - 1
        self.page.click("[data-add-part]")

    def move(self) -> None:
        parts = self.expected.shown
        if len(parts) < 2:
            return
        first = self.random.randrange(len(parts) - 1)
        parts = self.expected.change()
        parts[first], parts[first + 1] = parts[first + 1], parts[first]
        if self.index in (first, first + 1):
            self.index = first + 1 if self.index == first else first
        self.page.evaluate(f"document.querySelectorAll('.part [data-down]')[{first}].click()")

    def remove(self) -> None:
        """A part goes and comes back; the caret is where the part is."""
        parts = self.expected.shown
        if len(parts) < 2:
            return
        gone = self.random.randrange(len(parts))
        before = dict(self.expected.versions)
        self.expected.change()
        self.page.evaluate(f"document.querySelectorAll('.part [data-remove]')[{gone}].click()")
        if self.random.random() < 0.7:
            self.page.keyboard.press("Control+z")
            # With the removal goes the channel's own text that it made.
            self.expected.versions = before
        else:
            self.expected.shown.pop(gone)
            self.index = min(self.index, len(self.expected.shown) - 1)
        self.moved = True

    def tab(self) -> None:
        tabs = self.expected.tabs
        self.expected.tab = self.random.choice(tabs)
        if len(tabs) > 1:
            names = {"x": "X ", "linkedin": "LinkedIn", "mastodon": "Mastodon", SHARED: "All channels"}
            self.page.get_by_role("tab", name=names[self.expected.tab]).first.click()
        self.index = min(self.index, len(self.expected.shown) - 1)
        self.moved = True

    def undo(self) -> None:
        times = self.random.randrange(1, 4)
        for key in ["Control+z"] * times + ["Control+Shift+z"] * times:
            self.page.keyboard.press(key)
        self.moved = True

    def wait(self) -> None:
        self.page.wait_for_timeout(self.random.choice([20, 160, 300, 900, 2700]))

    def elsewhere(self) -> None:
        """The person looks at the tags and the time, and comes back."""
        self.page.fill("#tags", self.random.choice(["spring", "launch"]))
        self.moved = True

    def cut(self) -> None:
        self.cut_for = self.random.randrange(1, 4)
        self.page.context.set_offline(True)

    def kill(self) -> None:
        if self.down_for:
            return
        self.product.kill()
        self.down_for = self.random.randrange(1, 4)

    def recover(self) -> None:
        if self.cut_for == 1:
            self.page.context.set_offline(False)
        if self.down_for == 1:
            self.product.start()
        self.cut_for, self.down_for = max(0, self.cut_for - 1), max(0, self.down_for - 1)

    def all_up(self) -> None:
        while self.cut_for or self.down_for:
            self.recover()

    def reload(self) -> None:
        """What is written comes back by itself; files have to be there before, since a page cannot keep them."""
        if self.cut_for or self.down_for:
            return
        self.files_ready()
        self.page.reload()
        self.desk.ready()
        if self.expected.tab != SHARED:
            self.expected.tab = SHARED
            self.index = min(self.index, len(self.expected.shown) - 1)
        wanted = [part[0] for part in self.expected.shown]
        until(lambda: self.page.evaluate(READ) == wanted, 30, lambda: f"{self.page.evaluate(READ)} is {wanted} again, after {self.happened}")
        self.moved = True

    def files_ready(self) -> None:
        def ready() -> bool:
            self.page.evaluate("document.querySelectorAll('[data-failed]:not([hidden]) [data-again]').forEach(button => button.click())")
            return not self.page.evaluate("document.querySelector('.tray-item:not([data-state=ready])')")

        for tab in self.tabs_with_files():
            self.page.evaluate("tab => [...document.querySelectorAll('[role=tab]')].find(one => one.textContent.includes(tab))?.click()", tab)
            until(ready, 60, lambda: f"files arrive, after {self.happened}", pause=0.05)

    def tabs_with_files(self) -> list[str]:
        names = {"x": "X ", "linkedin": "LinkedIn", "mastodon": "Mastodon"}
        return [names[tab] for tab in self.expected.versions if tab in self.expected.chosen] + ["All channels"]

    # Sending

    def send(self) -> None:
        for name in ("x", "linkedin", "mastodon"):
            self.page.evaluate(
                "([name, on]) => { const box = document.querySelector(`.chip:has([data-platform=\"${name}\"]) input`); if (box.checked !== on) box.click(); }",
                [name, name == "mastodon"])
        until(lambda: not self.page.evaluate("document.querySelector('[data-failed]:not([hidden]) [data-again]')?.click() ?? document.querySelector('[data-failed]:not([hidden])')"), 30, "no file has failed", pause=0.1)
        wanted = self.expected.goes_out("mastodon")
        trouble = self.random.choice(["none", "none", "cut", "kill", "double"])
        self.happened.append(f"send while {trouble}")
        self.page.evaluate("document.querySelector('.sheet button[name=action][value=now]').click()")
        if trouble == "double":
            self.page.evaluate("document.querySelector('.sheet button[name=action][value=now]')?.click()")
        time.sleep(self.random.choice([0, 0.01, 0.05, 0.2]))
        if trouble == "cut":
            self.page.context.set_offline(True)
            self.page.wait_for_timeout(500)
            self.page.context.set_offline(False)
        if trouble == "kill":
            self.product.kill()
            self.product.start()
        try:
            self.desk.page.wait_for_url(lambda url: url.rstrip("/").count("/") == 4 and "/posts/" in url, timeout=60_000)
        except Error as error:
            # The page that follows cannot be loaded, or only in part, while the line is cut; the post is on its way all the same.
            if "chrome-error" not in self.page.url and "/posts/" not in self.page.url:
                raise AssertionError(f"{error}; {self.page.locator('[data-bars]').inner_text()}; after {self.happened}") from None
        self.went_out(wanted)

    def went_out(self, wanted: list[tuple[str, int]]) -> None:
        def threads() -> list[list[tuple[str, int]]]:
            return [thread for thread in self.threads() if thread[0][0].startswith(wanted[0][0].split(".")[0] + ".") or thread[0] == wanted[0]]

        until(lambda: any(len(thread) == len(wanted) for thread in threads()), 60, lambda: f"{wanted} goes out; there is {threads()}, after {self.happened}")
        assert threads() == [wanted], f"{threads()} went out instead of {[wanted]}, after {self.happened}"

    def threads(self) -> list[list[tuple[str, int]]]:
        """What the platform has, thread by thread: texts, and how many files each part has."""
        items = self.simulator.publications("mastodon")
        by_parent = {item.get("parentId"): item for item in items if item.get("parentId")}
        found = []
        for item in items:
            if item.get("parentId"):
                continue
            thread = []
            while item:
                thread.append((item["text"], len(item["media"])))
                item = by_parent.get(item["id"])
            found.append(thread)
        return found


def run(browser, product: Postiz, simulator: Simulator, folder: pathlib.Path, rounds: int, seed: int) -> int:
    """Returns how many rounds were made; throws at the first letter that is wrong."""
    pictures = []
    for number in range(rounds):
        path = folder / f"picture-{number}.png"
        path.write_bytes(png(64, 40, seed=number))
        pictures.append(path)
    fuzz = Fuzz(browser, product, simulator, seed, pictures)
    for number in range(rounds // ROUNDS_A_POST):
        fuzz.post(number)
    fuzz.page.context.close()
    return rounds // ROUNDS_A_POST * ROUNDS_A_POST


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1_000_000)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name, Simulator("simulator-fuzz") as simulator, chromium() as browser:
        folder = pathlib.Path(name)
        with Postiz("postiz-writing-fuzz", folder / "data", simulator.without_limits()) as product:
            done = run(browser, product, simulator, folder, rounds, seed)
    print(f"{done} rounds with seed {seed} in {time.monotonic() - started:.0f} s: no letter lost, nothing sent twice or by halves")


if __name__ == "__main__":
    main()
