// Listens to what happens in the workspace, and redraws the regions of this page that it concerns with what the server now says: from the
// page itself, or from a smaller one that the region names (data-at). At most once a second.
import { refusal } from "../api.js";
import { settle } from "../dom.js";
import { isOurs, replaceParts } from "../swap.js";
import { toast } from "./toast-region.js";

/** How often regions are asked for whose changes are no events, in milliseconds. */
const pollsEvery = 4000;

const names = [
  "post_created", "post_updated", "post_in_review", "post_scheduled", "post_publishing", "post_published", "post_partially_published",
  "post_at_risk", "post_ready_again", "post_overdue", "publishing_paused", "publishing_resumed",
  "post_failed", "post_cancelled", "post_deleted", "publication_updated", "integration_connected", "integration_updated",
  "integration_ending", "integration_needs_reconnect", "integration_removed", "media_ready", "media_updated", "media_deleted",
  "zone_rules_changed", "post_commented", "webhook_stopped", "member_joined", "member_changed", "member_left",
];

class LiveEvents extends HTMLElement {
  connectedCallback() {
    this.redraw = settle(() => this.refresh(), 250, 1000);
    this.told = false;
    /** @type {Set<string>} */
    this.pending = new Set();
    this.source = new EventSource(this.getAttribute("src") ?? "/api/events");
    for (const name of names) this.source.addEventListener(name, (event) => this.note(name, JSON.parse(event.data).data));
    // The server's processes did not hear each other for a while.
    this.source.addEventListener("resync", () => this.noteAll());
    // What happened during a break, or between the page and this stream's start, is unknown: look at everything again.
    let opened = false;
    this.source.addEventListener("open", () => {
      if (opened || document.querySelector(".badge[data-busy]")) this.noteAll();
      opened = true;
    });
    this.polling = setInterval(() => this.poll(), pollsEvery);
  }

  disconnectedCallback() {
    this.source?.close();
    clearInterval(this.polling);
  }

  /** Redraws the regions that have an address of their own. */
  async poll() {
    if (document.hidden) return;
    for (const region of document.querySelectorAll("live-region[data-src]")) {
      const selector = `#${region.id}`;
      if (isBusy(selector)) continue;
      try {
        const response = await fetch(region.getAttribute("data-src") ?? "", { headers: { Accept: "text/html" } });
        const html = await response.text();
        if (this.isGood(response, html) && !response.redirected && !isBusy(selector)) replaceParts(html, [selector]);
      } catch {
        // Offline: the next time will do.
      }
    }
  }

  /**
   * Whether this shows what is new. What something in between answers is said once, until an answer is good again.
   * @param {Response} response @param {string} html
   */
  isGood(response, html) {
    if (!response.ok && !isOurs(html) && !this.told) toast(refusal(response, html).message);
    this.told = !response.ok;
    return response.ok;
  }

  /** Anything may have happened. */
  noteAll() {
    for (const name of names) this.note(name);
    dispatchEvent(new CustomEvent("happened", { detail: { name: "resync" } }));
  }

  /** @param {string} name @param {Record<string, any>} [data] */
  note(name, data = {}) {
    dispatchEvent(new CustomEvent("happened", { detail: { name, data } }));
    for (const region of document.querySelectorAll("live-region[data-on]")) {
      const prefixes = (region.getAttribute("data-on") ?? "").split(" ");
      if (prefixes.some((prefix) => name.startsWith(prefix))) this.pending?.add(`#${region.id}`);
    }
    if (this.pending?.size) this.redraw?.();
  }

  async refresh() {
    const there = [...(this.pending ?? [])].filter((selector) => document.querySelector(selector));
    const regions = there.filter((selector) => !isBusy(selector));
    // What somebody is busy with waits until they are done.
    this.pending = new Set(there.filter((selector) => !regions.includes(selector)));
    if (this.pending.size) this.redraw?.();
    /** @type {Map<string, string[]>} */
    const byAddress = new Map();
    for (const selector of regions) {
      const address = document.querySelector(selector)?.getAttribute("data-at") ?? location.href;
      byAddress.set(address, [...(byAddress.get(address) ?? []), selector]);
    }
    for (const [address, selectors] of byAddress) await this.fetchParts(address, selectors);
  }

  /** @param {string} address @param {string[]} selectors */
  async fetchParts(address, selectors) {
    try {
      const response = await fetch(address, { headers: { Accept: "text/html" } });
      const html = await response.text();
      if (this.isGood(response, html) && new URL(response.url).pathname === new URL(address, location.href).pathname) {
        // Somebody may have begun something there while the answer was under way.
        const free = selectors.filter((selector) => !isBusy(selector));
        for (const selector of selectors) if (!free.includes(selector)) this.pending?.add(selector);
        // The head shows the post's state as well.
        replaceParts(html, free.includes("#post-detail") ? [...free, ".head"] : free);
        if (this.pending?.size) this.redraw?.();
      }
    } catch {
      // Offline: the stream says when it is back, and then everything is looked at again.
    }
  }
}
customElements.define("live-events", LiveEvents);

/**
 * Someone is writing, choosing or dragging there: leave it.
 * @param {string} selector
 */
function isBusy(selector) {
  const region = document.querySelector(selector);
  const active = document.activeElement;
  return !region || !!region.querySelector(".lifted, [name=post]:checked, [name=file]:checked") || (region.contains(active) && !!active?.matches("input, textarea, select"));
}
