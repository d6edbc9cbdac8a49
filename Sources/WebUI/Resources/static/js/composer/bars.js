// Bars above the writing that say what stands in the way, and what can be done about it.
import { icon, make } from "../dom.js";
import { say } from "../words.js";
import { difference } from "./diff.js";

/** @typedef {{label: string, act: () => void, primary?: boolean}} Choice */
/** @typedef {import("./document.js").Writing} Writing */

export class Bars {
  /** @param {HTMLElement} region */
  constructor(region) {
    this.region = region;
    /** @type {Map<string, HTMLElement>} */
    this.shown = new Map();
  }

  /**
   * Shows a bar under a name, in place of the one that has it.
   * @param {string} name @param {"info" | "warning" | "danger"} tone @param {string} words @param {Choice[]} choices @param {Node[]} more
   */
  show(name, tone, words, choices = [], more = []) {
    const buttons = choices.map(({ label, act, primary }) => {
      const button = make("button", { type: "button", class: `button small${primary ? " primary" : ""}`, "data-choice": label }, label);
      button.addEventListener("click", act);
      return button;
    });
    const role = tone === "danger" ? "alert" : "status";
    const body = make("div", { class: "grow" }, make("p", {}, words), ...more, ...(buttons.length ? [make("div", { class: "row" }, ...buttons)] : []));
    const bar = make("div", { class: "banner", "data-tone": tone, "data-bar": name, role }, icon(tone === "info" ? "info" : "alert"), body);
    const old = this.shown.get(name);
    if (old) old.replaceWith(bar);
    else this.region.append(bar);
    this.shown.set(name, bar);
    return bar;
  }

  /** @param {string} name */
  hide(name) {
    this.shown.get(name)?.remove();
    this.shown.delete(name);
  }

  /** @param {string} name */
  has(name) {
    return this.shown.has(name);
  }
}

/**
 * All that a document says, to be read and compared.
 * @param {Writing} writing @param {import("./page.js").Channel[]} channels
 */
export function wholeText(writing, channels) {
  const joined = (/** @type {import("./document.js").Part[]} */ parts) => parts.map((part) => part.text).join("\n\n");
  const versions = channels.filter((one) => writing.versions[one.id]).map((one) => `${one.platformName} ${one.handle}:\n${joined(writing.versions[one.id])}`);
  return [joined(writing.parts), ...versions].join("\n\n");
}

/**
 * Both texts beside each other, with the words marked that only one has.
 * @param {string} mine @param {string} theirs @param {[string, string]} titles
 */
export function comparison(mine, theirs, titles = [say("mine"), say("theirs")]) {
  const runs = difference(mine, theirs);
  const side = (/** @type {"mine" | "theirs"} */ kind, /** @type {string} */ title, /** @type {string} */ name) =>
    make(
      "section",
      { "aria-label": title, [`data-${kind}`]: "" },
      make("h2", {}, title),
      make("p", { dir: "auto" }, ...runs.filter((run) => run.kind === "same" || run.kind === kind).map((run) => (run.kind === "same" ? run.text : make(name, {}, run.text)))),
    );
  return make("div", { class: "comparison" }, side("mine", titles[0], "ins"), side("theirs", titles[1], "del"));
}

/**
 * What else differs, in words; empty when nothing does.
 * @param {Writing} mine @param {Writing} theirs
 */
export function otherDifferences(mine, theirs) {
  const pick = (/** @type {Writing} */ one) => ({
    channels: [...one.channels].sort(), time: [one.date, one.time, one.zone, one.recurrence ?? ""], tags: one.tags.split(/[\s,#]+/).filter(Boolean).sort(),
    files: [one.parts, ...Object.values(one.versions)].map((parts) => parts.map((part) => part.files)),
    settings: one.channels.map((id) => one.settings[id]),
  });
  const [left, right] = [pick(mine), pick(theirs)];
  const names = /** @type {(keyof typeof left)[]} */ (Object.keys(left)).filter((name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]));
  return names.length ? say("alsoDiffers", { what: names.map((name) => say(`differs_${name}`)).join(", ") }) : "";
}
