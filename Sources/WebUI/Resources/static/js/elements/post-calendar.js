// Moves posts between days: by dragging, or with `m` on a focused post. Arrows walk from post to post.
import { find } from "../dom.js";
import { send } from "../swap.js";

class PostCalendar extends HTMLElement {
  connectedCallback() {
    /** @type {HTMLElement | null} */
    this.lifted = null;
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.hover(event));
    this.addEventListener("drop", (event) => this.drop(event));
    this.addEventListener("dragend", () => this.settle());
    this.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {DragEvent} event */
  lift(event) {
    const slip = event.target instanceof Element ? event.target.closest("[data-post][draggable]") : null;
    if (!(slip instanceof HTMLElement)) return;
    this.lifted = slip;
    slip.classList.add("lifted");
    event.dataTransfer?.setData("text/plain", slip.dataset.post ?? "");
  }

  /** @param {DragEvent} event */
  hover(event) {
    const day = dayOf(event.target);
    if (!this.lifted || !day) return;
    event.preventDefault();
    this.querySelectorAll(".over").forEach((other) => other.classList.toggle("over", other === day));
    day.classList.add("over");
  }

  /** @param {DragEvent} event */
  drop(event) {
    const day = dayOf(event.target);
    const slip = this.lifted;
    event.preventDefault();
    this.settle();
    const date = day?.dataset.date;
    if (!slip || !day || !date || date === slip.dataset.date) return;
    const before = slip.nextSibling;
    const home = slip.parentElement;
    day.append(slip);
    this.move(slip, date).then((moved) => {
      if (!moved && home?.isConnected) home.insertBefore(slip, before);
    });
  }

  settle() {
    this.lifted?.classList.remove("lifted");
    this.lifted = null;
    this.querySelectorAll(".over").forEach((day) => day.classList.remove("over"));
  }

  /** @param {HTMLElement} slip @param {string} date */
  move(slip, date) {
    const fields = new FormData(this.form);
    fields.set("date", date);
    fields.set("time", slip.dataset.time ?? "");
    return send(`/posts/${slip.dataset.post}/move`, fields);
  }

  get form() {
    return find(this, "#move form[action], #move form[method=post]", HTMLFormElement);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const slip = event.target instanceof HTMLElement ? event.target.closest("[data-post]") : null;
    if (!(slip instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "m" && slip.draggable) {
      event.preventDefault();
      this.form.action = `/posts/${slip.dataset.post}/move`;
      find(this, "#move-date", HTMLInputElement).value = slip.dataset.date ?? "";
      find(this, "#move-time", HTMLInputElement).value = slip.dataset.time ?? "";
      find(this, "#move", HTMLDialogElement).showModal();
    } else if (event.key.startsWith("Arrow")) {
      const slips = [...this.querySelectorAll("[data-post]")].filter((one) => one instanceof HTMLElement && one.offsetParent);
      const step = event.key === "ArrowDown" || event.key === "ArrowRight" ? 1 : -1;
      const next = slips[slips.indexOf(slip) + step];
      if (!(next instanceof HTMLElement)) return;
      event.preventDefault();
      next.focus();
    }
  }
}
customElements.define("post-calendar", PostCalendar);

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
function dayOf(target) {
  const day = target instanceof Element ? target.closest(".day") : null;
  return day instanceof HTMLElement ? day : null;
}
