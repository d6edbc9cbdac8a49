// When it goes: the button that says the deed, free posting times, and a time typed in words.
import { call } from "../api.js";
import { find, make, settle } from "../dom.js";
import { say } from "../words.js";
import { wordsOf } from "./draft.js";
import { spokenTime } from "./spoken-time.js";

/** @typedef {import("./document.js").Writing} Writing */
/** @typedef {{at: string, local: string, timeZone: string, integrationId: string, tag?: string | null}} Slot */

export class Timing {
  /**
   * @param {HTMLElement} root @param {string} ownZone Of the viewer.
   * @param {{read: () => Writing, choose: (time: {date: string, time: string, zone?: string}) => void, isPlanned: () => boolean,
   *   mark: (channel: string) => Node[]}} page
   */
  constructor(root, ownZone, page) {
    this.root = root;
    this.ownZone = ownZone;
    this.page = page;
    this.main = find(root, "[data-main]", HTMLButtonElement);
    this.menu = find(root, "[data-deeds]", HTMLDetailsElement);
    this.typed = find(root, "[data-typed-time]", HTMLInputElement);
    this.said = find(root, "[data-typed-read]", HTMLElement);
    /** What the server's page says: the deed, and its words. */
    this.usual = [this.main.value, this.main.textContent ?? ""];
    this.schedule = find(this.menu, "button[value=schedule]", HTMLButtonElement).textContent ?? "";
    /**
     * Times at which all chosen channels are free.
     * @type {Slot[]}
     */
    this.free = [];
    /**
     * Times at which any of them is, in their order.
     * @type {Slot[]}
     */
    this.any = [];
    this.asked = "";
    this.ask = settle(() => this.askSlots(), 400);
    this.typed.addEventListener("input", () => this.read());
    this.typed.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.take();
    });
    // At once, not when the browser gets round to telling that it opened: what is typed right after it is not lost.
    find(this.menu, "summary", HTMLElement).addEventListener("click", (event) => {
      event.preventDefault();
      if (this.menu.open) this.close();
      else this.open();
    });
  }

  open() {
    this.menu.open = true;
    this.typed.focus();
  }

  close() {
    this.menu.open = false;
  }

  show() {
    const { date, time, zone } = this.page.read();
    const key = this.question();
    if (key !== this.asked) {
      this.asked = key;
      this.free = this.any = [];
      this.ask();
    }
    const own = date && time ? this.words(date, time, zone) : "";
    const [deed, label] = own ? ["schedule", this.schedule] : this.page.isPlanned() ? this.usual : ["next-slot", say("addToQueue")];
    const slot = this.free[0];
    const when = deed !== "next-slot" ? own : slot ? this.words(slot.local.slice(0, 10), slot.local.slice(11, 16), slot.timeZone) : "";
    this.main.value = deed;
    const words = when ? `${label} · ${when}` : label;
    if (this.main.textContent !== words) this.main.textContent = words;
  }

  /**
   * With the zone where it is not the viewer's.
   * @param {string} date @param {string} time @param {string} zone
   */
  words(date, time, zone) {
    const instant = new Date(`${date}T${time}Z`);
    if (Number.isNaN(instant.getTime())) return "";
    const far = Math.abs(instant.getTime() - Date.now()) > 6 * 24 * 3600 * 1000;
    const day = instant.toLocaleDateString(document.documentElement.lang, { weekday: "short", ...(far ? { day: "numeric", month: "short" } : {}), timeZone: "UTC" });
    return `${day} ${time}${zone && zone !== this.ownZone ? ` (${zone})` : ""}`;
  }

  /** Of which channels the times are, and for which tags. */
  question() {
    const { channels, tags } = this.page.read();
    const of = (/** @type {string} */ name, /** @type {string[]} */ values) => values.map((value) => `${name}=${encodeURIComponent(value)}`);
    return [...of("channel", channels), ...of("tag", wordsOf(tags).slice(0, 20))].join("&");
  }

  async askSlots() {
    const { channels, tags } = this.page.read();
    if (channels.length === 0) return this.drawSlots();
    try {
      const question = this.question();
      /** @type {{items: Slot[]}} */
      const found = await call("GET", `/api/slots?${question}&count=40`);
      if (question !== this.asked) return;
      // Without tags all are told: a post without takes those that are kept for none.
      const items = wordsOf(tags).length > 0 ? found.items : found.items.filter((slot) => !slot.tag);
      const of = (/** @type {string} */ id) => new Set(items.filter((slot) => slot.integrationId === id).map((slot) => slot.at));
      const others = channels.slice(1).map(of);
      this.any = items.sort((one, other) => (one.at < other.at ? -1 : 1));
      this.free = items.filter((slot) => slot.integrationId === channels[0] && others.every((one) => one.has(slot.at)));
    } catch {
      // Offline: the button says its deed without the time, which the server then finds.
    }
    this.drawSlots();
    this.show();
  }

  drawSlots() {
    const region = find(this.root, "[data-free-slots]", HTMLElement);
    region.hidden = this.any.length === 0;
    const common = new Set(this.free.map((slot) => slot.at));
    const first = [...new Map(this.any.map((slot) => [slot.at, slot])).values()].slice(0, 8);
    const buttons = first.map(({ at, local, timeZone }) => {
      const [date, time] = [local.slice(0, 10), local.slice(11, 16)];
      // Where not all are free, it shows whose posting time it is.
      const marks = common.has(at) ? [] : this.any.flatMap((slot) => (slot.at === at ? this.page.mark(slot.integrationId) : []));
      const button = make("button", { type: "button", class: "button small" }, this.words(date, time, timeZone), ...marks);
      button.addEventListener("click", () => this.page.choose({ date, time, zone: timeZone }));
      return button;
    });
    find(region, ".slots", HTMLElement).replaceChildren(...buttons);
  }

  /** What the typed words mean, shown before it is taken. */
  read() {
    const found = spokenTime(this.typed.value, this.now());
    this.said.textContent = found ? this.words(found.date, found.time, this.page.read().zone) : this.typed.value.trim() ? say("timeNotRead") : "";
    return found;
  }

  take() {
    const found = this.read();
    if (!found) return;
    this.page.choose(found);
    this.typed.value = "";
    this.said.textContent = "";
    this.close();
    this.main.focus();
  }

  /** What the clocks of the chosen zone show. */
  now() {
    const { zone } = this.page.read();
    try {
      const text = new Date().toLocaleString("sv", { timeZone: zone || this.ownZone });
      return { date: text.slice(0, 10), time: text.slice(11, 16) };
    } catch {
      const text = new Date().toISOString();
      return { date: text.slice(0, 10), time: text.slice(11, 16) };
    }
  }
}
