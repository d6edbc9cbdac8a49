// Whom to mention: asked from the channels' platforms while one types a name after an @, and listed at the caret.
import { call } from "../api.js";
import { make, settle } from "../dom.js";
import { say } from "../words.js";

/** @typedef {import("./page.js").Channel} Channel */
/** @typedef {{value: string, label: string, hint?: string | null, channel: Channel}} Person */

/** A name that is being typed: at least two letters after the @. */
const typed = /(?:^|[\s(])@([\p{L}\p{N}_.@-]{2,40})$/u;
/** What every platform reads: in a text for several, nothing else may stand. */
const plain = /^@[\p{L}\p{N}_.@-]+$/u;

export class Mentions {
  /**
   * @param {HTMLFormElement} form @param {() => {channels: Channel[], several: boolean}} page The channels that get the text, and whether it is
   *   for several platforms.
   */
  constructor(form, page) {
    this.page = page;
    this.list = make("ul", { class: "mentions", id: "mentions", role: "listbox", "aria-label": say("mention") });
    /** @type {HTMLTextAreaElement | null} */
    this.area = null;
    /** @type {Person[]} */
    this.people = [];
    this.chosen = 0;
    /** @type {Map<string, Promise<Person[]>>} */
    this.known = new Map();
    this.look = settle(() => this.ask(), 200);
    form.addEventListener("input", (event) => this.typing(event.target));
    // Before the composer's own keys.
    form.addEventListener("keydown", (event) => this.key(event), true);
    form.addEventListener("focusout", (event) => event.target === this.area && this.close());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const item = event.target instanceof Element ? event.target.closest("li") : null;
      if (item) this.take([...this.list.children].indexOf(item));
    });
  }

  /** @param {EventTarget | null} target */
  typing(target) {
    if (!(target instanceof HTMLTextAreaElement) || !target.matches(".text")) return;
    this.area = target;
    if (this.query()) this.look();
    else this.close();
  }

  /** The name before the caret. */
  query() {
    const { area } = this;
    if (!area || area.selectionStart !== area.selectionEnd) return "";
    return area.value.slice(Math.max(0, area.selectionStart - 60), area.selectionStart).match(typed)?.[1] ?? "";
  }

  async ask() {
    const query = this.query();
    const { channels, several } = this.page();
    const asked = channels.filter((one) => one.mentions);
    if (!query || asked.length === 0) return this.close();
    const found = (await Promise.all(asked.map((one) => this.find(one, query)))).flat();
    if (query !== this.query() || document.activeElement !== this.area) return;
    this.people = found.filter((one) => !several || plain.test(one.value)).slice(0, 8);
    this.chosen = 0;
    if (this.people.length) this.show();
    else this.close();
  }

  /** @param {Channel} channel @param {string} query @returns {Promise<Person[]>} */
  find(channel, query) {
    const key = `${channel.id} ${query}`;
    const search = new URLSearchParams({ field: "mention", query });
    const asked = this.known.get(key) ?? call("GET", `/api/integrations/${channel.id}/options?${search}`)
      .then((answer) => answer.items.map((/** @type {Person} */ item) => ({ ...item, channel })))
      // Names can be typed without a list, too.
      .catch(() => (this.known.delete(key), []));
    this.known.set(key, asked);
    return asked;
  }

  show() {
    const { area } = this;
    if (!area) return;
    this.list.replaceChildren(...this.people.map((one, index) => make(
      "li", { role: "option", id: `mention-${index}`, "aria-selected": String(index === this.chosen) },
      make("span", { class: "mark", "data-platform": one.channel.platform, "aria-hidden": "true" }, one.channel.mark),
      make("span", { class: "clip", dir: "auto" }, one.label), make("span", { class: "faint clip" }, one.hint ?? one.value),
    )));
    if (this.list.previousElementSibling !== area) area.after(this.list);
    const { left, bottom } = caretOf(area);
    this.list.style.insetInlineStart = `${Math.max(0, Math.min(left, area.clientWidth - 260))}px`;
    this.list.style.insetBlockStart = `${bottom}px`;
    for (const [name, value] of Object.entries({ "aria-controls": "mentions", "aria-autocomplete": "list", "aria-activedescendant": `mention-${this.chosen}` })) area.setAttribute(name, value);
  }

  close() {
    if (!this.list.isConnected) return;
    this.list.remove();
    for (const name of ["aria-controls", "aria-autocomplete", "aria-activedescendant"]) this.area?.removeAttribute(name);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (!this.list.isConnected || event.target !== this.area || event.isComposing || event.ctrlKey || event.metaKey) return;
    const count = this.people.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.chosen = (this.chosen + (event.key === "ArrowDown" ? 1 : count - 1)) % count;
      this.show();
    } else if (event.key === "Enter" || event.key === "Tab") {
      this.take(this.chosen);
    } else if (event.key === "Escape") {
      this.close();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} index */
  take(index) {
    const { area } = this;
    const query = this.query();
    this.close();
    if (!area || !query) return;
    area.setRangeText(`${this.people[index].value} `, area.selectionStart - query.length - 1, area.selectionStart, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
  }
}

/**
 * Where the caret is within its field, in pixels: a copy of the text up to there is laid out in the same way.
 * @param {HTMLTextAreaElement} area
 */
function caretOf(area) {
  const copy = make("div", { class: "caret-copy", "aria-hidden": "true" }, area.value.slice(0, area.selectionStart));
  const end = make("span", {}, "\u200b");
  copy.append(end);
  area.after(copy);
  const place = { left: end.offsetLeft, bottom: end.offsetTop + end.offsetHeight };
  copy.remove();
  return place;
}
