// <media-library>: opening a file puts what there is to know beside the grid, without leaving the page; a file takes the place of another.
import { call, Refusal } from "../api.js";
import { isOurs, replaceParts } from "../swap.js";
import { upload } from "../uploads.js";
import { say } from "../words.js";
import "./media-drop.js";
import { toast } from "./toast-region.js";

class MediaLibrary extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const target = event.target instanceof Element ? event.target.closest("a[data-file]") : null;
      if (!(target instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.show(target.href, true);
    });
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-seen]") : null;
      if (button instanceof HTMLButtonElement) this.describe(button);
    });
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("change", (event) => {
      const input = event.target;
      if (!(input instanceof HTMLInputElement) || !input.files?.[0]) return;
      if (input.dataset.replace) this.replace(input, input.files[0]);
      if (input.dataset.captions) this.fill(input, input.files[0]);
    });
    addEventListener("popstate", () => this.isConnected && this.show(location.href, false));
  }

  /**
   * Shows the library as `address` names it. Where it opens a file, the focus goes there; where it closes one, back to it.
   * @param {string} address @param {boolean} remember
   */
  async show(address, remember) {
    const before = new URL(location.href).searchParams.get("file");
    const response = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    const html = (await response?.text()) ?? "";
    if (!response?.ok || !isOurs(html)) return toast(say("notReached"));
    if (remember) history.pushState(null, "", address);
    replaceParts(html, ["#media-panel"]);
    const file = new URL(address).searchParams.get("file");
    this.classList.toggle("open", !!this.querySelector(".file-panel"));
    for (const link of this.querySelectorAll(".file-tile > a")) link.toggleAttribute("aria-current", link.closest("li")?.id === `media-${file}`);
    for (const link of this.querySelectorAll(".file-tile > a[aria-current]")) link.setAttribute("aria-current", "true");
    // What follows comes back to what is shown now.
    for (const field of this.querySelectorAll('#media-list input[name="back"]')) field.setAttribute("value", location.pathname + location.search);
    const title = document.getElementById("file-title");
    const tile = before ? this.querySelector(`#media-${CSS.escape(before)} > a`) : null;
    if (title) title.focus();
    else if (tile instanceof HTMLElement) tile.focus();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = event.target instanceof HTMLElement ? event.target : null;
    const close = this.querySelector(".file-panel header a");
    if (event.key === "Escape" && close instanceof HTMLAnchorElement) return this.show(close.href, true);
    if (!target?.matches(".file-tile > a") || !event.key.startsWith("Arrow")) return;
    const tiles = [...this.querySelectorAll(".file-tile > a")];
    const top = tiles[0].getBoundingClientRect().top;
    const columns = Math.max(1, tiles.filter((tile) => tile.getBoundingClientRect().top === top).length);
    const forward = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const step = { ArrowRight: forward, ArrowLeft: -forward, ArrowDown: columns, ArrowUp: -columns }[event.key] ?? 0;
    const next = tiles[tiles.indexOf(target) + step];
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    next.focus();
  }

  /**
   * Has the language model say what the picture shows; nothing is saved by that.
   * @param {HTMLButtonElement} button
   */
  async describe(button) {
    const area = document.getElementById("file-alt");
    if (!(area instanceof HTMLTextAreaElement)) return;
    const { describe } = await import("../composer/ai.js");
    await describe(button.dataset.seen ?? "", area, button);
  }

  /**
   * Puts the words of a small file where they can be read before they are saved.
   * @param {HTMLInputElement} input @param {File} file
   */
  async fill(input, file) {
    const area = document.getElementById(input.dataset.captions ?? "");
    if (area instanceof HTMLTextAreaElement && file.size < 1_000_000) area.value = await file.text();
    input.value = "";
  }

  /**
   * Uploads `file` and puts it in the place of the one that is shown.
   * @param {HTMLInputElement} input @param {File} file
   */
  async replace(input, file) {
    const label = input.closest("label");
    label?.setAttribute("aria-busy", "true");
    try {
      const item = await upload(file);
      await call("POST", `/api/media/${input.dataset.replace}/replace`, { with: item.id });
      const address = new URL(input.dataset.then ?? "/media", location.href);
      address.searchParams.set("file", item.id);
      await this.show(address.href, true);
      toast(say("replaced"));
    } catch (error) {
      toast(error instanceof Refusal ? `${file.name}: ${error.message}` : say("uploadFailed", { name: file.name }));
    } finally {
      label?.removeAttribute("aria-busy");
      input.value = "";
    }
  }
}
customElements.define("media-library", MediaLibrary);
