"""What is looked at on every page, whichever it is. Each look gives what is wrong, in words."""
from __future__ import annotations

import re

from playwright.sync_api import Page

SIZES = {12, 13, 14, 16, 20, 28}
WRITING_SIZE = 17
MOST_LANDMARKS = 14
# What only shows in colours: everything else is the same in both themes.
OF_COLOUR = ["color-contrast", "link-in-text-block"]

TYPE = """() => {
    const found = {};
    const note = (element, size, scale = 1) => {
        if (element.closest(".mark, .spoken, .skip") || !element.checkVisibility({opacityProperty: true, visibilityProperty: true})) return;
        const key = `${Math.round(size * scale * 100) / 100}${element.closest(".part textarea.text, .caret-copy") ? " writing" : ""}`;
        found[key] ??= `${element.localName}.${element.className?.baseVal ?? element.className} “${(element.textContent || element.value || "").trim().slice(0, 30)}”`;
    };
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const element = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || element.closest("script, template, option, datalist, title, desc")) continue;
        const size = parseFloat(getComputedStyle(element).fontSize);
        // A chart is drawn in a scale of its own: what counts is how large it comes out.
        if (element.ownerSVGElement) { if (size * element.getScreenCTM().a < 11.9) note(element, size, element.getScreenCTM().a); } else note(element, size);
    }
    for (const field of document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio], [type=file]), select, textarea"))
        note(field, parseFloat(getComputedStyle(field).fontSize));
    return {root: getComputedStyle(document.documentElement).fontSize, found};
}"""

LANDMARKS = """() => {
    const named = (element) => element.getAttribute("aria-label") ?? (element.getAttribute("aria-labelledby") ?? "").split(/\\s+/).filter(Boolean)
        .map((id) => document.getElementById(id)?.textContent.trim() ?? "").join(" ");
    const roles = {MAIN: "main", NAV: "navigation", ASIDE: "complementary", HEADER: "banner", FOOTER: "contentinfo", SECTION: "region", FORM: "form", SEARCH: "search"};
    const found = [];
    for (const element of document.querySelectorAll("main, nav, aside, header, footer, section, form, search, [role=region], [role=search], [role=navigation], [role=main]")) {
        if (!element.checkVisibility()) continue;
        const role = element.getAttribute("role") ?? roles[element.tagName];
        if (["banner", "contentinfo"].includes(role) && element.closest("main, article, aside, nav, section, dialog")) continue;
        if (["region", "form"].includes(role) && !named(element)) continue;
        if (!Object.values(roles).includes(role)) continue;
        found.push([role, named(element).trim()]);
    }
    return {found, headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter((one) => one.checkVisibility()).map((one) => +one.localName[1])};
}"""

# Follows the focus, and looks at whatever has it.
FOLLOW = """() => {
    const steps = window.focusSteps = [];
    const shows = (element) => {
        const outlined = (one) => { const style = getComputedStyle(one); return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0; };
        // A box that is drawn by its label, or a text that is written without one, shows its caret or what is around it.
        const around = [element, element.parentElement, element.nextElementSibling, element.closest("label, .input, details, li")].filter(Boolean);
        return around.some(outlined) || (element.matches("textarea.text") && getComputedStyle(element).caretColor !== "transparent");
    };
    addEventListener("keyup", (event) => {
        if (event.key !== "Tab") return;
        const element = document.activeElement;
        if (!element || element === document.body) return void steps.push(null);
        const box = element.getBoundingClientRect();
        const points = [[.5, .5], [.1, .5], [.9, .5], [.5, .1], [.5, .9]].map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
        const seen = points.some(([x, y]) => { const top = document.elementFromPoint(x, y); return top && (element.contains(top) || top.contains(element) || top.closest("label")?.control === element); });
        const words = `${element.localName}.${element.className} “${(element.getAttribute("aria-label") ?? element.textContent ?? "").trim().slice(0, 30)}”`;
        steps.push({element, words, shows: shows(element), seen, box: [box.left, box.top, box.width, box.height].map(Math.round)});
    }, true);
    const candidates = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex], [contenteditable]";
    return [...document.querySelectorAll(candidates)].filter((one) => one.tabIndex >= 0 && !one.disabled && one.checkVisibility({visibilityProperty: true})).length;
}"""
FOLLOWED = """() => {
    const wrong = [], steps = window.focusSteps;
    let last = null, lost = 0;
    for (const [index, step] of steps.entries()) {
        if (!step) { lost += 1; last = null; continue; }
        if (index && steps.slice(0, index).some((one) => one && one.element === step.element)) break;
        if (!step.element.isConnected) continue;
        // From the last place to the first: once round, too.
        if (last && step.element.matches(".skip")) { lost += 1; last = null; }
        if (last && !(last.compareDocumentPosition(step.element) & Node.DOCUMENT_POSITION_FOLLOWING)) wrong.push(`the focus goes back to ${step.words}`);
        if (!step.shows) wrong.push(`the focus does not show at ${step.words}`);
        if (!step.seen) wrong.push(`the focus is hidden at ${step.words} ${step.box}`);
        last = step.element;
    }
    // Once round the page the browser leaves it for a moment.
    if (lost > 1) wrong.push(`the focus is lost ${lost} times`);
    return {wrong, steps: steps.filter(Boolean).length};
}"""

ALIVE = """() => [...document.querySelectorAll("[onerror], [onload], [onclick], [onfocus], img[src=x], script:not([src], [type='application/json'], [type=importmap]), a[href^='javascript:' i], object, embed")]
    .map((one) => `alive: ${one.outerHTML.slice(0, 120)}`)"""

# As the server sends one, as wide as they get.
UNDER_TOAST = """() => {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.innerHTML = "<p></p><button class='button small' type='button'></button><button class='icon-button small' type='button'></button>";
    toast.querySelector("p").textContent = "The post was moved to Thursday, and what was planned there stays as it is.";
    toast.querySelector("button").textContent = "Undo";
    document.getElementById("toasts").append(toast);
    scrollTo(0, document.documentElement.scrollHeight);
    toast.getAnimations().forEach((one) => one.finish());
    const place = toast.getBoundingClientRect();
    const covered = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary")].filter((one) => {
        if (toast.contains(one) || !one.checkVisibility({visibilityProperty: true, opacityProperty: true})) return false;
        const box = one.getBoundingClientRect();
        return box.width > 1 && box.right > place.left && box.left < place.right && box.bottom > place.top + 1 && box.top < place.bottom - 1;
    });
    // What scrolls by itself can be scrolled out of its way.
    const wrong = covered.filter((one) => !one.closest(".sidebar, .preview > div")).map((one) => `a toast covers ${one.localName}.${one.className} “${one.textContent.trim().slice(0, 30)}”`);
    toast.remove();
    scrollTo(0, 0);
    return wrong;
}"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def of_type(page: Page) -> list[str]:
    seen = page.evaluate(TYPE)
    wrong = [] if seen["root"] == "16px" else [f"html is at {seen['root']}"]
    for key, where in seen["found"].items():
        size, _, writing = key.partition(" ")
        if float(size) not in (SIZES | {WRITING_SIZE} if writing else SIZES):
            wrong.append(f"{size} px at {where}")
    return wrong


def of_order(page: Page) -> list[str]:
    """Landmarks that are named and few, one heading above all."""
    seen = page.evaluate(LANDMARKS)
    marks = [tuple(mark) for mark in seen["found"]]
    wrong = [f"{role} without a name" for role, name in marks if role in ("navigation", "complementary") and not name]
    wrong += [f"{role} “{name}” twice" for role, name in sorted(set(marks)) if marks.count((role, name)) > 1]
    if [role for role, _ in marks].count("main") != 1:
        wrong.append("not one main")
    if len(marks) > MOST_LANDMARKS:
        wrong.append(f"{len(marks)} landmarks: {marks}")
    if seen["headings"].count(1) != 1:
        wrong.append(f"headings {seen['headings']}")
    return wrong


def of_focus(page: Page) -> tuple[list[str], int]:
    """Tab through the whole page. Also how many steps that were."""
    for _ in range(page.evaluate(FOLLOW) + 2):
        page.keyboard.press("Tab")
    seen = page.evaluate(FOLLOWED)
    return seen["wrong"], seen["steps"]


def of_room(page: Page) -> list[str]:
    """At four times the size, and at twice on a laptop, nothing is wider than the screen."""
    before, wrong = page.viewport_size, []
    for width, height in ((640, 400), (320, 640)):
        page.set_viewport_size({"width": width, "height": height})
        if (wide := page.evaluate(WIDE)) > 0:
            wrong.append(f"{wide} px too wide at {width}")
    page.set_viewport_size(before)
    return wrong


def of_numbers(text: str, words: dict[str, str]) -> tuple[list[str], int]:
    """Where one thing is spoken of as several, or several as one; and how often it was said rightly. `words`: a catalogue's."""
    wrong, right = [], 0
    for key, one in words.items():
        several = words.get(f"{key.removesuffix('_one')}_other", "")
        if not key.endswith("_one") or "{count}" not in one or "{count}" not in several or one == several:
            continue
        pattern = [re.escape(form).replace(re.escape("{count}"), number) for form, number in ((one, r"(?<![\d.,:])1"), (several, r"(?<![\d.,:])1"), (one, r"(?<![\d.,:])(?:0|[2-9]|[1-9]\d)"))]
        right += bool(re.search(pattern[0] + r"(?!\w)", text))
        wrong += [f"“{match[0]}”" for form in pattern[1:] if (match := re.search(form + r"(?!\w)", text))]
    return wrong, right
