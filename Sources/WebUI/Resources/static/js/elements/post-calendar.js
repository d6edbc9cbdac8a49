// The calendar's fields (days, or hours of days): walked with arrows, posts moved between them by dragging or with `m`, a post's facts
// shown beside it, one written where the mouse is let go on an empty hour, and only those fields read again in which something happened.
import { find, findAll, make, settle } from "../dom.js";
import { isOurs, replaceParts, send } from "../swap.js";
import { say } from "../words.js";
import { toast } from "./toast-region.js";

const fields = "[data-field]";
/** Of more instants than this the whole page is asked for. */
const mostInstants = 40;

class PostCalendar extends HTMLElement {
  connectedCallback() {
    /** What is being moved: by the mouse, or with the arrows. @type {HTMLElement | null} */
    this.lifted = null;
    /** Whether the mouse is pressed on empty time. */
    this.drawing = false;
    /** @type {Set<string>} */
    this.instants = new Set();
    this.everything = false;
    /** @type {() => void} */
    this.look = settle(() => void this.refresh(), 250, 1000);
    this.leaving = new AbortController();
    const quiet = { signal: this.leaving.signal };
    addEventListener("happened", (event) => event instanceof CustomEvent && this.hear(event.detail), quiet);
    this.addEventListener("pointerdown", (event) => this.begin(event));
    this.addEventListener("pointermove", (event) => this.drawing && this.point(event));
    addEventListener("pointerup", (event) => this.write(event), quiet);
    addEventListener("keydown", (event) => event.key === "Escape" && this.stopDrawing(), quiet);
    this.addEventListener("dragstart", (event) => this.lift(event));
    this.addEventListener("dragover", (event) => this.hover(event));
    this.addEventListener("drop", (event) => this.drop(event));
    this.addEventListener("dragend", () => this.settleDown());
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("click", (event) => this.press(event));
    this.addEventListener("focusin", (event) => this.rove(fieldOf(event.target)));
    this.clock = setInterval(() => this.tick(), 60_000);
    this.quarter = quarterOf(new Date());
    this.tame();
    this.rove(this.querySelector(".present") ?? this.querySelector(`${fields}:not(.outside)`));
    // In the evening the present hour is below what is seen at first.
    const present = this.querySelector("[data-quarter]");
    if (present && present.getBoundingClientRect().bottom > innerHeight) present.scrollIntoView({ block: "center" });
  }

  disconnectedCallback() {
    this.leaving?.abort();
    clearInterval(this.clock);
  }

  /** Fields and what is in them are reached with arrows. */
  tame() {
    for (const one of findAll(this, `${fields}:not([tabindex]), ${fields} a`, HTMLElement)) one.tabIndex = -1;
  }

  // MARK: What happens meanwhile

  /** @param {{name: string, data?: Record<string, any>}} happened */
  hear({ name, data = {} }) {
    if (name === "resync" || name === "zone_rules_changed") this.everything = true;
    else if (/^(post|publication)_/.test(name)) {
      for (const at of data.at ?? []) this.instants?.add(at);
      const shown = this.querySelector(`[data-post="${CSS.escape(data.postId ?? "")}"] time`);
      if (shown) this.instants?.add(shown.getAttribute("datetime") ?? "");
    } else return;
    if (this.everything || this.instants?.size) this.look?.();
  }

  /** The line that shows the time moves on by quarters of an hour. */
  tick() {
    const now = new Date();
    if (quarterOf(now) === this.quarter || !this.querySelector("[data-hour]")) return;
    this.quarter = quarterOf(now);
    this.instants?.add(now.toISOString());
    this.instants?.add(new Date(now.getTime() - 3_600_000).toISOString());
    this.look?.();
  }

  /** @returns {Promise<void>} */
  async refresh() {
    if (this.lifted || this.querySelector("dialog[open]")) return this.look?.();
    const instants = [...(this.instants ?? [])];
    const all = this.everything || instants.length > mostInstants;
    this.instants = new Set();
    this.everything = false;
    try {
      const address = all ? location.href : instants.reduce((link, at) => `${link}&at=${encodeURIComponent(at)}`, this.dataset.cells ?? "");
      const response = await fetch(address, { headers: { Accept: "text/html" } });
      const html = await response.text();
      if (!response.ok) return;
      if (!all) this.replace(html);
      else if (isOurs(html)) replaceParts(html, ["#days"]);
      this.tame();
      this.mark();
      if (!this.querySelector(`${fields}[tabindex="0"]`)) this.rove(this.querySelector(".present") ?? this.querySelector(fields));
    } catch {
      // Offline: the stream says when it is back, and then everything is looked at again.
    }
  }

  /** @param {string} html */
  replace(html) {
    const next = new DOMParser().parseFromString(html, "text/html");
    for (const fresh of findAll(next, fields, HTMLElement)) {
      const old = this.querySelector(`[data-field="${fresh.dataset.field}"]`);
      if (!(old instanceof HTMLElement)) {
        // An hour of the night, or a week that is over, which was left out while nothing was in it and it was not the present one.
        this.everything ||= fresh.matches(".filled, .present");
        continue;
      }
      const focused = old.contains(document.activeElement) ? document.activeElement : null;
      fresh.tabIndex = old.tabIndex;
      old.replaceWith(document.adoptNode(fresh));
      const again = focused && fresh.querySelector(`[data-post="${focused.getAttribute("data-post")}"]`);
      if (focused) (again instanceof HTMLElement ? again : fresh).focus({ preventScroll: true });
    }
    if (this.everything) this.look?.();
  }

  // MARK: Keys

  /**
   * One field can be reached with Tab; arrows go on from there.
   * @param {Element | null} field
   */
  rove(field) {
    if (!(field instanceof HTMLElement)) return;
    for (const other of findAll(this, `${fields}[tabindex="0"]`, HTMLElement)) other.tabIndex = -1;
    field.tabIndex = 0;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const field = fieldOf(event.target);
    if (!field || event.ctrlKey || event.metaKey || event.altKey) return;
    const post = event.target instanceof Element ? event.target.closest("[data-post]") : null;
    if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") this.step(event.key, field, event);
    else if (event.key === "m" && post instanceof HTMLElement && post.draggable) this.pick(post);
    else if (event.key === "x" && post instanceof HTMLElement) this.choose(post);
    else if (event.key === "d" && post instanceof HTMLElement) send(`/posts/${post.dataset.post}/duplicate`, new FormData(this.form));
    else if (event.key === "m" && this.lifted) this.ask(this.lifted);
    else if (event.key === "Enter" && this.lifted) this.putDown(field);
    else if (event.key === "Escape" && this.lifted) this.settleDown()?.focus();
    else if (event.key === "Enter" && event.target === field) open(field);
    else return;
    event.preventDefault();
  }

  /** @param {string} key @param {HTMLElement} field @param {KeyboardEvent} event */
  step(key, field, event) {
    const row = findAll(field.parentElement ?? this, fields, HTMLElement);
    const column = row.indexOf(field);
    if (key === "Home" || key === "End") return row.at(key === "Home" ? 0 : -1)?.focus();
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const right = getComputedStyle(this).direction === "rtl" ? -1 : 1;
      row[column + (key === "ArrowRight" ? right : -right)]?.focus();
      return;
    }
    // Up and down go through the posts of a field as well, unless one is looking for a place.
    const step = key === "ArrowDown" ? 1 : -1;
    const inside = this.lifted ? [field] : [field, ...findAll(field, ".slip, .more, .ghost, a:only-child", HTMLElement)];
    const at = inside.findIndex((one) => one === event.target);
    const next = inside[Math.max(at, 0) + step];
    if (next) return next.focus();
    const other = step > 0 ? field.parentElement?.nextElementSibling : field.parentElement?.previousElementSibling;
    const target = other ? findAll(other, fields, HTMLElement) : [];
    (target[column] ?? target[0])?.focus();
  }

  /** @param {HTMLElement} post */
  pick(post) {
    this.settleDown();
    this.lifted = post;
    post.classList.add("lifted");
    fieldOf(post)?.focus();
    toast(say("moving"));
  }

  /** @param {HTMLElement} field */
  putDown(field) {
    const post = this.lifted;
    this.settleDown();
    if (post) this.move(post, field.dataset.date ?? "", timeIn(field, post));
  }

  // MARK: Mouse

  /** @param {PointerEvent} event */
  begin(event) {
    const empty = event.target instanceof Element && event.target.matches("[data-hour] > .add");
    if (!empty || event.button !== 0 || event.pointerType === "touch" || event.ctrlKey || event.metaKey || event.shiftKey) return;
    this.drawing = true;
    this.point(event);
  }

  /**
   * Shows the quarter of an hour under the pointer.
   * @param {PointerEvent} event
   */
  point(event) {
    const field = fieldOf(document.elementFromPoint(event.clientX, event.clientY));
    for (const other of findAll(this, ".over", HTMLElement)) other.classList.toggle("over", other === field);
    if (!field?.querySelector(".add")) return null;
    field.classList.add("over");
    field.dataset.at = quarterIn(field, event);
    return field;
  }

  /**
   * Opens the composer at the time where the mouse was let go.
   * @param {PointerEvent} event
   */
  write(event) {
    if (!this.drawing) return;
    const add = this.point(event)?.querySelector(".add");
    const time = add?.parentElement?.dataset.at ?? "";
    this.stopDrawing();
    if (!(add instanceof HTMLAnchorElement)) return;
    const address = new URL(add.href);
    address.searchParams.set("time", time);
    location.assign(address);
  }

  stopDrawing() {
    if (!this.drawing) return;
    this.drawing = false;
    for (const field of findAll(this, ".over", HTMLElement)) field.classList.remove("over");
  }

  /** @param {DragEvent} event */
  lift(event) {
    // A link is no thing to be dragged here.
    if (event.target instanceof Element && event.target.matches(".add")) return event.preventDefault();
    const slip = event.target instanceof Element ? event.target.closest("[data-post][draggable]") : null;
    if (!(slip instanceof HTMLElement)) return;
    this.lifted = slip;
    slip.classList.add("lifted");
    event.dataTransfer?.setData("text/plain", slip.dataset.post ?? "");
  }

  /** @param {DragEvent} event */
  hover(event) {
    const field = fieldOf(event.target);
    if (!this.lifted || !field) return;
    event.preventDefault();
    for (const other of findAll(this, ".over", HTMLElement)) other.classList.toggle("over", other === field);
    field.classList.add("over");
    field.dataset.at = timeIn(field, this.lifted, event);
  }

  /** @param {DragEvent} event */
  drop(event) {
    const [field, slip] = [fieldOf(event.target), this.lifted];
    event.preventDefault();
    this.settleDown();
    if (!slip || !field) return;
    const [date, time] = [field.dataset.date ?? "", timeIn(field, slip, event)];
    if (date === slip.dataset.date && time === slip.dataset.time) return;
    const [before, home] = [slip.nextSibling, slip.parentElement];
    field.append(slip);
    this.move(slip, date, time).then((moved) => {
      if (!moved && home?.isConnected) home.insertBefore(slip, before);
    });
  }

  /** Forgets what was lifted, and answers what it was. */
  settleDown() {
    const post = this.lifted;
    post?.classList.remove("lifted");
    this.lifted = null;
    for (const field of findAll(this, ".over", HTMLElement)) field.classList.remove("over");
    return post;
  }

  /** @param {HTMLElement} post @param {string} date @param {string} time */
  async move(post, date, time) {
    const values = new FormData(this.form);
    values.set("date", date);
    values.set("time", time);
    const moved = await send(`/posts/${post.dataset.post}/move`, values);
    const shown = document.querySelector(`post-calendar [data-post="${post.dataset.post}"]`);
    if (shown instanceof HTMLElement) shown.focus({ preventScroll: true });
    return moved;
  }

  get form() {
    return find(this, "#move form[method=post]", HTMLFormElement);
  }

  /**
   * Asks for another time in a dialog.
   * @param {HTMLElement} post
   */
  ask(post) {
    this.settleDown();
    this.form.action = `/posts/${post.dataset.post}/move`;
    find(this, "#move-date", HTMLInputElement).value = post.dataset.date ?? "";
    find(this, "#move-time", HTMLInputElement).value = post.dataset.time ?? "";
    find(this, "#move", HTMLDialogElement).showModal();
  }

  // MARK: Several at once

  /**
   * Takes a post to those that are changed together, or away from them.
   * @param {HTMLElement} post
   */
  choose(post) {
    const form = find(this, "#several", HTMLFormElement);
    const id = post.dataset.post ?? "";
    const field = form.querySelector(`input[value="${CSS.escape(id)}"]`);
    if (field) field.remove();
    else form.prepend(make("input", { type: "hidden", name: "post", value: id }));
    this.mark();
  }

  clear() {
    for (const field of findAll(this, "#several [name=post]", HTMLInputElement)) field.remove();
    this.mark();
  }

  /** Shows what is chosen. */
  mark() {
    const form = find(this, "#several", HTMLFormElement);
    const chosen = findAll(form, "[name=post]", HTMLInputElement).map((field) => field.value);
    for (const slip of findAll(this, "[data-post]", HTMLElement)) slip.classList.toggle("taken", chosen.includes(slip.dataset.post ?? ""));
    form.hidden = chosen.length === 0;
    find(form, "output", HTMLOutputElement).textContent = say("chosenCount", { count: chosen.length });
  }

  // MARK: A post's facts

  /** @param {MouseEvent} event */
  press(event) {
    const target = event.target instanceof Element ? event.target : null;
    const mover = target?.closest("[data-move]");
    if (mover instanceof HTMLElement) {
      this.card.close();
      mover.dataset.post = find(this.card, "[data-post-card]", HTMLElement).dataset.postCard ?? "";
      this.ask(mover);
      return;
    }
    if (target?.closest("[data-clear]")) return this.clear();
    // Where the mouse was let go counts, not where the link leads.
    if (target?.matches("[data-hour] > .add") && event.detail > 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !isTouch(event)) return event.preventDefault();
    const slip = target?.closest("a[data-post]");
    if (slip instanceof HTMLElement && event.shiftKey) {
      event.preventDefault();
      return this.choose(slip);
    }
    // The Enter key, and clicks that open tabs, go to the post's page.
    if (!(slip instanceof HTMLElement) || event.detail === 0 || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.show(slip);
  }

  get card() {
    return find(this, "#card", HTMLDialogElement);
  }

  /** @param {HTMLElement} slip */
  async show(slip) {
    const card = this.card;
    const address = slip.getAttribute("href") ?? "";
    try {
      const response = await fetch(`${address}/card`, { headers: { Accept: "text/html" } });
      if (!response.ok) return location.assign(address);
      const html = await response.text();
      card.replaceChildren(...new DOMParser().parseFromString(html, "text/html").body.childNodes);
    } catch {
      return location.assign(address);
    }
    for (const back of findAll(card, "input[name=back]", HTMLInputElement)) back.value = location.pathname + location.search;
    const place = slip.getBoundingClientRect();
    card.showModal();
    const size = card.getBoundingClientRect();
    const beside = place.right + 8 + size.width < innerWidth ? place.right + 8 : place.left - size.width - 8;
    card.style.setProperty("--x", `${Math.max(8, Math.min(beside, innerWidth - size.width - 8))}px`);
    card.style.setProperty("--y", `${Math.max(8, Math.min(place.top, innerHeight - size.height - 8))}px`);
  }
}
customElements.define("post-calendar", PostCalendar);

/** @param {EventTarget | null} target @returns {HTMLElement | null} */
function fieldOf(target) {
  const field = target instanceof Element ? target.closest(fields) : null;
  return field instanceof HTMLElement ? field : null;
}

/**
 * The first post of a field, or the composer.
 * @param {HTMLElement} field
 */
function open(field) {
  const goal = field.querySelector("[data-post], .day-field > a:only-child") ?? field.querySelector(".add");
  if (goal instanceof HTMLElement) goal.click();
}

/** @param {Date} time */
function quarterOf(time) {
  return Math.floor(time.getTime() / 900_000);
}

/**
 * The time that `post` gets in `field`: a free posting time under the pointer is taken as it is; else a day keeps the post's own, and an hour
 * keeps the minutes, or takes the quarter under the pointer.
 * @param {HTMLElement} field @param {HTMLElement} post @param {DragEvent} [event]
 */
function timeIn(field, post, event) {
  const free = event?.target instanceof Element ? event.target.closest(".ghost") : null;
  if (free instanceof HTMLElement && free.dataset.time) return free.dataset.time;
  const hour = field.dataset.hour;
  const own = post.dataset.time ?? "09:00";
  if (hour === undefined) return own;
  return event ? quarterIn(field, event) : `${hour.padStart(2, "0")}:${own.slice(3)}`;
}

/**
 * The quarter of the field's hour in which the pointer is.
 * @param {HTMLElement} field @param {MouseEvent} event
 */
function quarterIn(field, event) {
  const frame = field.getBoundingClientRect();
  const quarter = Math.min(3, Math.max(0, Math.floor(((event.clientY - frame.top) / frame.height) * 4)));
  return `${(field.dataset.hour ?? "").padStart(2, "0")}:${String(quarter * 15).padStart(2, "0")}`;
}

/** @param {MouseEvent} event */
function isTouch(event) {
  return event instanceof PointerEvent && event.pointerType === "touch";
}
