// What a platform knows for a setting: its boards, its playlists. The browser shows them below the field, and whatever is typed counts.
import { call } from "../api.js";

export class Suggestions {
  /** @param {HTMLElement} root */
  constructor(root) {
    root.addEventListener("focusin", (event) => this.soon(event.target, 0));
    root.addEventListener("input", (event) => this.soon(event.target, 300));
  }

  /** @param {EventTarget | null} field @param {number} wait */
  soon(field, wait) {
    if (!(field instanceof HTMLInputElement) || !field.dataset.lookup || !field.list) return;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.fill(field, /** @type {HTMLDataListElement} */ (field.list)), wait);
  }

  /** @param {HTMLInputElement} field @param {HTMLDataListElement} list */
  async fill(field, list) {
    const query = field.dataset.lookup === "query" ? field.value.trim() : "";
    if (list.dataset.query === query || (field.dataset.lookup === "query" && !query)) return;
    const channel = field.closest("[data-channel]")?.getAttribute("data-channel") ?? "";
    const search = new URLSearchParams({ field: field.dataset.setting ?? "", query });
    try {
      const found = await call("GET", `/api/integrations/${channel}/options?${search}`);
      list.replaceChildren(...found.items.map(option));
      list.dataset.query = query;
    } catch {
      // The field takes what is typed without suggestions, too; the next look at it asks again.
    }
  }
}

/** @param {{value: string, label: string, hint?: string | null}} item */
function option(item) {
  const element = new Option(item.hint ? `${item.label} (${item.hint})` : item.label, item.value);
  element.label = element.text;
  return element;
}
