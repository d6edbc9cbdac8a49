// The column of parts. An element is made once for a part and stays as long as the part: nothing is ever rebuilt under the caret.
import { arrange, find, findAll, stamp } from "../dom.js";
import { say } from "../words.js";
import { Tray } from "./tray.js";

/** @typedef {import("./document.js").Part} Part */
/**
 * What a person can do to a part; parts are named by their keys.
 * @typedef {object} PartDeeds
 * @property {(key: string, text: string) => void} write
 * @property {(key: string, before: string, after: string) => void} part Parts the text in two.
 * @property {(key: string) => void} split Breaks a text that is too long.
 * @property {(area: HTMLTextAreaElement) => void} emoji
 * @property {(key: string, area: HTMLTextAreaElement) => void} insert
 * @property {(key: string) => void} ai Asks the language model about the part.
 * @property {(id: string, area: HTMLTextAreaElement, button: HTMLButtonElement) => void} seen Has it say what a picture shows.
 * @property {(key: string, id: string) => void} edit Cuts a picture, chooses a film's cover.
 * @property {(item: import("../api.js").MediaItem | undefined) => "crop" | "cover" | ""} toolOf
 * @property {(key: string, step: number) => void} move
 * @property {(key: string) => void} remove
 * @property {(key: string, files: File[]) => void} attach
 * @property {(key: string) => void} browse
 * @property {(key: string, id: string, step: number) => void} moveFile
 * @property {(key: string, id: string) => void} dropFile
 * @property {(id: string, words: string) => void} describe
 */
/** @typedef {{key: string, element: HTMLElement, area: HTMLTextAreaElement, tray: Tray}} View */

export class PartsColumn {
  /** @param {HTMLElement} root @param {import("./files.js").Files} files @param {PartDeeds} deeds */
  constructor(root, files, deeds) {
    this.element = find(root, "[data-parts]", HTMLElement);
    this.template = find(root, "[data-part-template]", HTMLTemplateElement);
    this.trayTemplate = find(root, "[data-tray-template]", HTMLTemplateElement);
    this.files = files;
    this.deeds = deeds;
    /** @type {Map<string, View>} */
    this.views = new Map();
  }

  /** @param {Part[]} parts @param {Record<string, string>} words @param {string} further What stands in empty parts after the first. */
  show(parts, words, further) {
    const views = parts.map((part) => this.views.get(part.key) ?? this.make(part.key));
    arrange(this.element, views.map((view) => view.element));
    for (const [key, view] of this.views) if (!views.includes(view)) this.views.delete(key);
    parts.forEach((part, index) => this.update(views[index], part, index, parts.length, words, further));
  }

  /**
   * The same parts have new keys, as when a channel gets a copy of its own.
   * @param {Map<string, string>} keys
   */
  rename(keys) {
    for (const [old, key] of keys) {
      const view = this.views.get(old);
      if (!view) continue;
      view.key = key;
      this.views.delete(old);
      this.views.set(key, view);
    }
  }

  /** @param {string} key @returns {View} */
  make(key) {
    const element = stamp(this.template);
    const area = find(element, "textarea.text", HTMLTextAreaElement);
    const { deeds } = this;
    /** @type {Tray} */
    const tray = new Tray(find(element, "[data-tray]", HTMLElement), this.trayTemplate, this.files, {
      move: (id, step) => deeds.moveFile(view.key, id, step),
      drop: (id) => deeds.dropFile(view.key, id),
      describe: deeds.describe,
      edit: (id) => deeds.edit(view.key, id),
      toolOf: deeds.toolOf,
      seen: deeds.seen,
    });
    /** @type {View} */
    const view = { key, element, area, tray };
    area.addEventListener("input", (event) => {
      deeds.write(view.key, area.value);
      // A third new line in a row begins the next part.
      const [before, after] = [area.value.slice(0, area.selectionStart), area.value.slice(area.selectionEnd)];
      const isLine = event instanceof InputEvent && (event.inputType === "insertLineBreak" || event.inputType === "insertParagraph");
      if (isLine && before.endsWith("\n\n\n") && before.trim()) deeds.part(view.key, before.trimEnd(), after.trimStart());
    });
    const chooser = find(element, "input[type=file]", HTMLInputElement);
    chooser.addEventListener("change", () => {
      deeds.attach(view.key, [...(chooser.files ?? [])]);
      chooser.value = "";
    });
    find(element, "[data-up]", HTMLButtonElement).addEventListener("click", () => deeds.move(view.key, -1));
    find(element, "[data-down]", HTMLButtonElement).addEventListener("click", () => deeds.move(view.key, 1));
    find(element, "[data-remove]", HTMLButtonElement).addEventListener("click", () => deeds.remove(view.key));
    find(element, "[data-library]", HTMLButtonElement).addEventListener("click", () => deeds.browse(view.key));
    find(element, "[data-emoji]", HTMLButtonElement).addEventListener("click", () => deeds.emoji(area));
    find(element, "[data-insert]", HTMLButtonElement).addEventListener("click", () => deeds.insert(view.key, area));
    // There where the operator has set a language model.
    element.querySelector("[data-ai]")?.addEventListener("click", () => deeds.ai(view.key));
    find(element, "[data-split]", HTMLButtonElement).addEventListener("click", () => deeds.split(view.key));
    this.views.set(key, view);
    return view;
  }

  /** @param {View} view @param {Part} part @param {number} index @param {number} count @param {Record<string, string>} words @param {string} further */
  update({ element, area, tray }, part, index, count, words, further) {
    if (area.value !== part.text) area.value = part.text;
    area.setAttribute("aria-label", say("partLabel", { number: index + 1, count }));
    area.placeholder = index === 0 ? say("writeHere") : further;
    find(element, "b", HTMLElement).textContent = String(index + 1);
    for (const tool of findAll(element, "[data-up], [data-down], [data-remove]", HTMLButtonElement)) tool.hidden = count === 1;
    find(element, "[data-up]", HTMLButtonElement).disabled = index === 0;
    find(element, "[data-down]", HTMLButtonElement).disabled = index === count - 1;
    tray.show(part.files, words);
  }

  /**
   * The key of the part that an element belongs to, else of the last one.
   * @param {EventTarget | null} target
   */
  keyAt(target) {
    const views = [...this.views.values()];
    const holds = views.find((view) => target instanceof Node && view.element.contains(target));
    return (holds ?? views.find((view) => view.element.contains(document.activeElement)) ?? views.at(-1))?.key ?? "";
  }

  /**
   * Where the caret is.
   * @returns {import("./history.js").Caret}
   */
  get caret() {
    const view = [...this.views.values()].find((one) => one.area === document.activeElement);
    return view ? { key: view.key, start: view.area.selectionStart, end: view.area.selectionEnd } : null;
  }

  /** @param {string} key @param {number} [start] @param {number} [end] */
  focus(key, start, end = start) {
    const area = this.views.get(key)?.area;
    if (!area) return;
    area.focus();
    if (start !== undefined) area.setSelectionRange(start, end ?? start);
  }

  /** @param {string} key @param {Node[]} counters @param {boolean} isOver Whether it is too long for one part. */
  count(key, counters, isOver) {
    const view = this.views.get(key);
    if (!view) return;
    find(view.element, ".counters", HTMLElement).replaceChildren(...counters);
    find(view.element, "[data-split]", HTMLButtonElement).hidden = !isOver;
  }
}
