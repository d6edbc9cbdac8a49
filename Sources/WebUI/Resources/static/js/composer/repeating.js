// How the post repeats: what is chosen is read by the server, which answers with the rule, what it means, and its first times.
import { find, settle } from "../dom.js";

/** @typedef {import("./document.js").Writing} Writing */

export class Repeating {
  /**
   * @param {HTMLElement} root
   * @param {{read: () => Writing, choose: (recurrence: string) => void}} page
   */
  constructor(root, page) {
    this.page = page;
    this.region = find(root, "[data-repeat]", HTMLElement);
    this.preview = find(root, "[data-repeat-preview]", HTMLElement);
    this.choice = find(this.region, "#repeat", HTMLSelectElement);
    this.own = find(this.region, "#repeatRule", HTMLInputElement);
    this.asked = "";
    /** The rule that the fields stand for. */
    this.rule = page.read().recurrence ?? "";
    /** @type {Promise<void>} */
    this.answer = Promise.resolve();
    this.soon = settle(() => this.ask(), 250);
    this.region.addEventListener("input", () => this.changed());
    this.region.addEventListener("change", () => this.changed());
    this.preview.addEventListener("click", (event) => {
      if (!(event.target instanceof HTMLElement) || !event.target.dataset.lastDay) return;
      this.choice.value = event.target.dataset.lastDay;
      this.changed();
    });
    this.draw();
  }

  get fields() {
    const value = (/** @type {string} */ id) => find(this.region, `#${id}`, HTMLInputElement).value;
    const { date, time, zone } = this.page.read();
    return new URLSearchParams({
      repeat: this.choice.value, repeatRule: this.own.value, repeatCount: value("repeatCount"), repeatUntil: value("repeatUntil"), date, time, zone,
    }).toString();
  }

  draw() {
    const repeats = this.choice.value !== "";
    find(this.region, "[data-repeat-end]", HTMLElement).hidden = !repeats;
    find(this.region, "[data-repeat-own]", HTMLElement).hidden = this.choice.value !== "own";
    if (!repeats) this.preview.replaceChildren();
  }

  changed() {
    this.draw();
    this.soon();
  }

  /** The writing is shown: another rule than the fields stand for came by undoing, or from a draft that was found. */
  show() {
    const { recurrence = "" } = this.page.read();
    if (recurrence !== this.rule) {
      this.rule = recurrence;
      const listed = [...this.choice.options].some((option) => option.value === recurrence);
      this.choice.value = listed ? recurrence : "own";
      this.own.value = listed ? "" : recurrence;
      for (const id of ["repeatCount", "repeatUntil"]) find(this.region, `#${id}`, HTMLInputElement).value = "";
      this.draw();
    }
    if (this.choice.value && this.fields !== this.asked) this.soon();
  }

  /** Asks what the fields mean and takes the rule over. Offline the rule stays as it was. */
  ask() {
    this.asked = this.fields;
    if (!this.choice.value) {
      this.take("");
      return Promise.resolve();
    }
    const asked = this.asked;
    this.answer = (async () => {
      try {
        const response = await fetch(`/compose/recurrence?${asked}`, { headers: { Accept: "text/html" } });
        if (!response.ok || asked !== this.asked) return;
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        const told = page.querySelector("[data-rule]");
        if (!told || asked !== this.asked) return;
        this.preview.replaceChildren(document.importNode(told, true));
        this.take(told.getAttribute("data-rule") ?? "");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
      }
    })();
    return this.answer;
  }

  /** @param {string} rule */
  take(rule) {
    if (rule === this.rule) return;
    this.rule = rule;
    this.page.choose(rule);
  }

  /** Until what is chosen stands in the writing. */
  async settled() {
    if (this.fields !== this.asked && (this.choice.value || this.rule)) await this.ask();
    else await this.answer;
  }
}
