// Choosing among many accounts: narrows the list down by what is typed, and ticks all that is shown.
import { find, findAll } from "../dom.js";
import { say } from "../words.js";

class AccountChoice extends HTMLElement {
  connectedCallback() {
    const filter = this.querySelector("[data-filter]");
    const all = this.querySelector("[data-all]");
    if (!(filter instanceof HTMLInputElement) || !(all instanceof HTMLInputElement)) return;
    this.filter = filter;
    this.all = all;
    filter.addEventListener("input", () => this.narrow());
    filter.addEventListener("keydown", (event) => {
      // Enter would send the form half chosen.
      if (event.key === "Enter") event.preventDefault();
      if (event.key === "Escape" && filter.value) {
        event.preventDefault();
        filter.value = "";
        this.narrow();
      }
    });
    all.addEventListener("change", () => {
      for (const box of this.shown) box.checked = all.checked;
      this.tell();
    });
    this.addEventListener("change", (event) => {
      if (event.target !== all) this.tell();
    });
    this.narrow();
  }

  get boxes() {
    return findAll(this, "[name=account]", HTMLInputElement);
  }

  get shown() {
    return this.boxes.filter((box) => !box.closest("[hidden]"));
  }

  /** Shows what holds every word that was typed, in its name, its handle or its group's. */
  narrow() {
    const words = plain(this.filter?.value ?? "").split(/\s+/).filter(Boolean);
    for (const group of findAll(this, ".choice-group", HTMLElement)) {
      const label = group.querySelector("legend")?.textContent ?? "";
      const items = findAll(group, "li", HTMLElement);
      for (const item of items) {
        const text = plain(`${label} ${item.textContent}`);
        item.hidden = !words.every((word) => text.includes(word));
      }
      group.hidden = items.every((item) => item.hidden);
    }
    this.tell();
  }

  tell() {
    const [shown, chosen] = [this.shown, this.boxes.filter((box) => box.checked)];
    const ticked = shown.filter((box) => box.checked).length;
    if (this.all) {
      this.all.checked = shown.length > 0 && ticked === shown.length;
      this.all.indeterminate = ticked > 0 && ticked < shown.length;
      this.all.disabled = shown.length === 0;
    }
    find(this, "[data-count]", HTMLElement).textContent = say("choiceCount", {
      shown: shown.length,
      all: this.boxes.length,
      chosen: chosen.length,
    });
  }
}

/**
 * As it is compared: without case and accents.
 * @param {string} text
 */
function plain(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
customElements.define("account-choice", AccountChoice);
