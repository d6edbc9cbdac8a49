// The queue of today: posts of a channel exchange their times by dragging, or with Shift and an arrow; arrows alone walk along it.
import { findAll } from "../dom.js";
import { send } from "../swap.js";

const steps = { ArrowLeft: "EARLIER", ArrowRight: "LATER", Home: "FIRST", End: "LAST" };

class TodayQueue extends HTMLElement {
  connectedCallback() {
    /** What is being dragged. @type {HTMLElement | null} */
    this.lifted = null;
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.hover(event));
    this.addEventListener("drop", (event) => this.drop(event));
    this.addEventListener("dragend", () => this.settleDown());
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const link = event.target instanceof Element ? event.target.closest(".slot") : null;
    const row = link?.closest("ol");
    if (!link || !row || event.ctrlKey || event.metaKey || event.altKey || !(event.key in steps)) return;
    event.preventDefault();
    const turned = getComputedStyle(this).direction === "rtl" && event.key.startsWith("Arrow");
    const pressed = /** @type {keyof typeof steps} */ (event.key);
    const step = turned ? (pressed === "ArrowLeft" ? "LATER" : "EARLIER") : steps[pressed];
    if (event.shiftKey) {
      const button = link.parentElement?.querySelector(`[value$=":${step}"]`);
      const form = row.closest("form");
      if (!(button instanceof HTMLButtonElement) || !form) return;
      const fields = new FormData(form);
      fields.append(button.name, button.value);
      send("/queue/move", fields);
      return;
    }
    const links = findAll(row, ".slot", HTMLElement);
    const at = links.findIndex((one) => one === link);
    const next = { EARLIER: at - 1, LATER: at + 1, FIRST: 0, LAST: links.length - 1 }[step] ?? at;
    links[next]?.focus();
  }

  /** @param {DragEvent} event */
  lift(event) {
    const place = placeOf(event.target);
    if (!place?.dataset.queued) return;
    this.lifted = place;
    place.classList.add("lifted");
    event.dataTransfer?.setData("text/plain", place.dataset.queued);
  }

  /**
   * Where what is dragged may be put down: another place in the queue of the same channel.
   * @param {DragEvent} event
   */
  goal(event) {
    const place = placeOf(event.target);
    if (!this.lifted || !place || place === this.lifted || place.parentElement !== this.lifted.parentElement) return null;
    return place.dataset.queued || place.dataset.free ? place : null;
  }

  /** @param {DragEvent} event */
  hover(event) {
    const goal = this.goal(event);
    for (const other of findAll(this, ".over", HTMLElement)) other.classList.toggle("over", other === goal);
    if (!goal) return;
    event.preventDefault();
    goal.classList.add("over");
  }

  /** @param {DragEvent} event */
  drop(event) {
    const [goal, lifted] = [this.goal(event), this.lifted];
    this.settleDown();
    const form = goal?.closest("form");
    if (!goal || !lifted || !form) return;
    event.preventDefault();
    const fields = new FormData(form);
    const post = lifted.dataset.queued ?? "";
    if (goal.dataset.free) {
      fields.set("date", goal.dataset.free);
      fields.set("time", goal.dataset.clock ?? "");
      send(`/posts/${post}/move`, fields);
      return;
    }
    for (const id of order(lifted, goal)) fields.append("post", id);
    send("/queue/order", fields);
  }

  settleDown() {
    this.lifted?.classList.remove("lifted");
    this.lifted = null;
    for (const place of findAll(this, ".over", HTMLElement)) place.classList.remove("over");
  }
}
customElements.define("today-queue", TodayQueue);

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
function placeOf(target) {
  const place = target instanceof Element ? target.closest("today-queue ol > li") : null;
  return place instanceof HTMLElement ? place : null;
}

/**
 * The posts between which times are exchanged when one takes the place of another, in their new order.
 * @param {HTMLElement} lifted @param {HTMLElement} goal
 */
function order(lifted, goal) {
  const all = findAll(lifted.parentElement ?? lifted, "[data-queued]", HTMLElement);
  const [from, to] = [all.indexOf(lifted), all.indexOf(goal)];
  const between = all.slice(Math.min(from, to), Math.max(from, to) + 1).filter((place) => place !== lifted);
  const moved = to < from ? [lifted, ...between] : [...between, lifted];
  return moved.map((place) => place.dataset.queued ?? "");
}
