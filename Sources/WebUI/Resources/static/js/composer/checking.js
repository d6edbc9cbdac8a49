// What is wrong with what is written, how long it is, and how it will look: asked from the server while one types.
import { call, Refusal } from "../api.js";
import { find, findAll, make, settle } from "../dom.js";
import { toast } from "../elements/toast-region.js";
import { say } from "../words.js";
import { Counts } from "./counting.js";
import { isEmpty, partsOf, shared } from "./document.js";
import { Preview } from "./preview.js";
import { drawCounts, drawProblems } from "./problems.js";

/** @typedef {import("./document.js").Writing} Writing */
/** @typedef {import("./page.js").Channel} Channel */
/** @typedef {import("./problems.js").Problem} Problem */

export class Checker {
  /**
   * @param {HTMLElement} root @param {Channel[]} channels @param {import("./files.js").Files} files
   * @param {{read: () => {writing: Writing, tab: string}, draft: () => any, count: (key: string, counters: Node[], isOver: boolean) => void, counted: () => void,
   *   go: (problem: Problem) => void, refused: () => void}} page
   */
  constructor(root, channels, files, page) {
    this.root = root;
    this.channels = channels;
    this.page = page;
    this.counts = new Counts();
    this.preview = new Preview(root, files, this.counts);
    this.asked = 0;
    // Soon after a key, and less often than the server allows (RATE_LIMIT_PER_MINUTE, 100 unless it is set).
    this.soon = settle(() => this.ask(), 250, 800);
    this.later = settle(() => this.ask(), 5000);
    addEventListener("online", () => this.soon());
    // A film that was being converted is ready.
    addEventListener("happened", (event) => {
      if (event instanceof CustomEvent && event.detail.name === "media_updated") this.soon();
    });
  }

  /** The channels that are chosen, in their order. */
  get chosen() {
    const { channels } = this.page.read().writing;
    return this.channels.filter((one) => channels.includes(one.id));
  }

  /** The channels that get what the open tab shows. */
  counted() {
    const { writing, tab } = this.page.read();
    return this.chosen.filter((one) => (tab === shared ? !(one.id in writing.versions) : one.id === tab));
  }

  /**
   * Those with threads for which the text of a part is too long.
   * @param {string} key
   */
  over(key) {
    const { writing, tab } = this.page.read();
    const parts = partsOf(writing, tab);
    const index = parts.findIndex((part) => part.key === key);
    if (index < 0) return [];
    return this.counted().filter((one) => {
      const { length, limit, certain } = this.counts.of(one, index, parts[index].text);
      return one.thread !== "NONE" && certain && length > limit;
    });
  }

  /** Counters and preview, as far as is known. */
  draw() {
    const { writing, tab } = this.page.read();
    const chosen = this.chosen;
    const counted = this.counted();
    partsOf(writing, tab).forEach((part, index) => {
      this.page.count(part.key, counted.map((one) => counter(one, this.counts.of(one, index, part.text))), this.over(part.key).length > 0);
    });
    this.preview.show(chosen, tab, writing);
    this.drawWaiting(chosen);
  }

  /**
   * Says beforehand because of which channels the post goes to review.
   * @param {Channel[]} chosen
   */
  drawWaiting(chosen) {
    const note = this.root.querySelector("[data-waits]");
    if (!(note instanceof HTMLElement)) return;
    const waiting = chosen.filter((one) => one.waits);
    note.hidden = waiting.length === 0;
    const words = waiting.length ? say("waitsFor", { channels: waiting.map((one) => `${one.platformName} ${one.handle}`).join(", ") }) : "";
    if (note.textContent !== words) note.textContent = words;
  }

  /** A setting that goes into the text has changed. */
  doubt() {
    this.counts.doubt();
  }

  /** Asks the server. An answer that a later question has overtaken is dropped. */
  async ask() {
    const question = ++this.asked;
    const draft = this.page.draft();
    try {
      /** @type {{items: Problem[], counts: import("./counting.js").TextCount[]}} */
      const { items, counts } = await call("POST", "/api/posts/validate", draft);
      if (question !== this.asked) return;
      this.counts.take(counts, (channel) => draft.versions[channel] ?? draft.parts);
      this.draw();
      this.page.counted();
      this.show(isEmpty(this.page.read().writing) ? [] : items);
    } catch (error) {
      // Offline, or asked too often: what is shown stays marked as uncertain, and the server checks again when the post is sent.
      if (error instanceof Refusal && error.status === 401) this.page.refused();
      const refused = error instanceof Refusal && error.status < 500 && error.status !== 429;
      if (question === this.asked && !refused) this.later();
    }
  }

  /**
   * Has the file of a problem converted for its channel.
   * @param {Problem} problem
   */
  async convert(problem) {
    const kind = this.page.draft().settings[problem.integrationId ?? ""]?.post_type;
    try {
      await call("POST", `/api/media/${problem.mediaId}/conversions`, {
        integrationId: problem.integrationId, ...(kind && kind !== "auto" ? { kind } : {}),
      });
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) this.page.refused();
      else toast(error instanceof Refusal ? error.message : say("notReached"));
    }
    this.soon();
  }

  /** @param {Problem[]} problems */
  show(problems) {
    drawProblems(find(this.root, "[data-problems]", HTMLElement), problems, {
      go: this.page.go,
      convert: (problem) => this.convert(problem),
    });
    drawCounts(findAll(this.root, ".chip", HTMLElement), problems);
    const toggle = find(this.root, '[data-toggles="problems"]', HTMLButtonElement);
    toggle.hidden = problems.length === 0;
    find(toggle, "[data-problem-words]", HTMLElement).textContent = say(problems.length === 1 ? "problemOne" : "problemCount", { count: problems.length });
  }
}

/** @param {Channel} channel @param {import("./counting.js").Shown} shown */
function counter(channel, { length, limit, certain }) {
  const state = !certain ? "uncertain" : length > limit ? "over" : length > limit * 0.8 ? "near" : "";
  const words = say(length > limit ? "counterOver" : "counterLeft", { channel: `${channel.platformName} ${channel.handle}`, count: Math.abs(limit - length) });
  const mark = make("span", { class: "mark", "data-platform": channel.platform, "aria-hidden": "true" }, channel.mark);
  const figure = make("span", { class: "figure", "aria-hidden": "true" }, `${certain ? "" : "≈"}${length}/${limit}`);
  return make("span", { class: state, title: words }, mark, ring(length / limit), figure, make("span", { class: "spoken" }, words));
}

/**
 * How full a text is, as a circle that closes.
 * @param {number} share
 */
function ring(share) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 18 18");
  svg.setAttribute("class", "ring");
  svg.setAttribute("aria-hidden", "true");
  for (const length of [100, Math.min(100, Math.round(share * 100))]) {
    const circle = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    for (const [name, value] of Object.entries({ cx: "9", cy: "9", r: "7", pathLength: "100", "stroke-dasharray": `${length} 100` })) circle.setAttribute(name, value);
    if (length) svg.append(circle);
  }
  return svg;
}
