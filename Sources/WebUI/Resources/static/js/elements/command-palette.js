// The command palette: every page and deed by a few letters of its name, and posts by their words.
import { call } from "../api.js";
import { find, findAll, icon, make, settle } from "../dom.js";

/** How many posts are offered. */
const mostPosts = 6;

/** @type {Palette | undefined} */
let palette;

export function openPalette() {
  palette ??= new Palette(find(document, "#palette", HTMLDialogElement));
  palette.open();
}

class Palette {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.field = find(dialog, "input", HTMLInputElement);
    this.list = find(dialog, "[role=listbox]", HTMLElement);
    this.commands = findAll(this.list, "[role=option]", HTMLElement);
    this.search = settle(() => this.findPosts(), 150);
    this.field.addEventListener("input", () => (this.narrow(), this.search()));
    dialog.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("click", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option instanceof HTMLElement) this.perform(option);
    });
    this.list.addEventListener("pointermove", (event) => {
      const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
      if (option) this.mark(option);
    });
  }

  open() {
    this.field.value = "";
    this.narrow();
    this.dialog.showModal();
    this.field.focus();
  }

  get shown() {
    return findAll(this.list, "[role=option]:not([hidden])", HTMLElement);
  }

  /** Shows the commands in which each word that was typed begins a word. */
  narrow() {
    const wanted = wordsOf(this.field.value);
    for (const post of findAll(this.list, "[data-post]", HTMLElement)) post.remove();
    for (const command of this.commands) {
      const own = wordsOf(command.textContent ?? "");
      command.hidden = !wanted.every((word) => own.some((one) => one.startsWith(word)));
    }
    this.mark(this.shown[0]);
  }

  async findPosts() {
    const text = this.field.value.trim();
    if (text.length < 2) return;
    try {
      /** @type {{items: {id: string, content: string, status: string}[]}} */
      const { items } = await call("GET", `/api/posts?limit=${mostPosts}&text=${encodeURIComponent(text)}`);
      // Only what was asked for last counts.
      if (text !== this.field.value.trim()) return;
      for (const post of findAll(this.list, "[data-post]", HTMLElement)) post.remove();
      this.list.append(...items.map((post, index) => option(post, index)));
      if (!this.list.querySelector("[aria-selected=true]:not([hidden])")) this.mark(this.shown[0]);
    } catch {
      // Pages and deeds are there all the same.
    }
  }

  /** @param {Element | undefined} chosen */
  mark(chosen) {
    for (const one of findAll(this.list, "[aria-selected=true]", HTMLElement)) one.setAttribute("aria-selected", "false");
    chosen?.setAttribute("aria-selected", "true");
    if (chosen) this.field.setAttribute("aria-activedescendant", chosen.id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const shown = this.shown;
    const at = shown.findIndex((one) => one.getAttribute("aria-selected") === "true");
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (event.key === "Enter" && at >= 0) this.perform(shown[at]);
    else if (to !== undefined && shown.length && !(event.key.length < 5 && this.field.value)) {
      const next = shown[(to + shown.length) % shown.length];
      this.mark(next);
      next.scrollIntoView({ block: "nearest" });
    } else return;
    event.preventDefault();
  }

  /** @param {HTMLElement} chosen */
  perform(chosen) {
    this.dialog.close();
    const { href, clicks, opens } = chosen.dataset;
    if (href) location.assign(href);
    else if (clicks) findAll(document, clicks, HTMLElement)[0]?.click();
    else if (opens) find(document, `#${opens}`, HTMLDialogElement).showModal();
  }
}

/** @param {string} text */
function wordsOf(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}

/** @param {{id: string, content: string, status: string}} post @param {number} index */
function option(post, index) {
  const href = post.status === "DRAFT" ? `/posts/${post.id}/edit` : `/posts/${post.id}`;
  const text = make("span", { class: "clip", dir: "auto" }, post.content.slice(0, 140) || "…");
  return make("li", { role: "option", id: `palette-post-${index}`, "data-post": post.id, "data-href": href, "aria-selected": "false" }, icon("posts"), text);
}
