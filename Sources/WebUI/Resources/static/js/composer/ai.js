// Help by a language model: another wording of a part, a shorter one, or what a picture shows. A person sees what is asked, and takes or leaves what
// is answered; what is taken is one step for undo.
import { call } from "../api.js";
import { find, findAll, make } from "../dom.js";
import { toast } from "../elements/toast-region.js";
import { say } from "../words.js";
import { comparison } from "./bars.js";
import { partsOf } from "./document.js";

/** @typedef {{suggestions: {text: string, length?: number, limit?: number, fits: boolean}[], model: string, sent: string[], tokens: {used: number, left?: number}}} Answer */

export class AIHelp {
  /** @param {import("./composer.js").Composer} composer */
  constructor(composer) {
    this.composer = composer;
    this.dialog = find(composer.root, "[data-ai-dialog]", HTMLDialogElement);
    this.answer = find(this.dialog, "[data-ai-answer]", HTMLElement);
    this.sent = find(this.dialog, "[data-ai-sent]", HTMLElement);
    this.ask = find(this.dialog, "[data-ai-ask]", HTMLButtonElement);
    this.take = find(this.dialog, "[data-ai-take]", HTMLButtonElement);
    this.key = "";
    this.task = "REWRITE";
    /** @type {string | null} */
    this.found = null;
    /** Of several questions only the last is answered here. */
    this.turn = 0;
    for (const button of this.tasks) button.addEventListener("click", () => this.choose(button.value));
    find(this.dialog, "details", HTMLDetailsElement).addEventListener("toggle", () => this.preview());
    this.ask.addEventListener("click", () => this.suggest());
    this.take.addEventListener("click", () => this.use());
    find(this.dialog, "[data-ai-leave]", HTMLButtonElement).addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => this.turn++);
  }

  get tasks() {
    return findAll(this.dialog, "[data-ai-tasks] button", HTMLButtonElement);
  }

  get text() {
    return partsOf(this.composer.writing, this.composer.tab).find((part) => part.key === this.key)?.text ?? "";
  }

  /** @param {string} key */
  open(key) {
    this.key = key;
    if (!this.text.trim()) return toast(say("aiNothing"));
    const { checker } = this.composer;
    for (const button of this.tasks) if (button.value === "SHORTEN") button.disabled = checker.counted().length === 0;
    this.choose(checker.over(key).length ? "SHORTEN" : "REWRITE");
    this.dialog.showModal();
    this.ask.focus();
  }

  /** @param {string} task */
  choose(task) {
    this.task = task;
    this.turn++;
    for (const button of this.tasks) button.setAttribute("aria-pressed", String(button.value === task));
    this.show(null);
    this.sent.replaceChildren();
    this.preview();
  }

  /** @param {boolean} preview */
  request(preview) {
    const { composer, task } = this;
    const over = composer.checker.over(this.key);
    const platforms = (task === "SHORTEN" && over.length ? over : composer.checker.counted()).map((one) => one.id);
    const all = composer.keeper.draft().settings;
    const settings = Object.fromEntries(platforms.map((id) => [id, all[id] ?? {}]));
    return { task, text: this.text, platforms, settings, followUp: composer.shownIndex(this.key) > 0, preview };
  }

  /** What would be asked, where somebody wants to know. */
  async preview() {
    if (!find(this.dialog, "details", HTMLDetailsElement).open || this.sent.childElementCount) return;
    const { turn } = this;
    try {
      /** @type {Answer} */
      const { sent } = await call("POST", "/api/ai/suggestions", this.request(true));
      if (turn === this.turn) this.tell(sent);
    } catch (error) {
      if (turn === this.turn) this.refuse(error);
    }
  }

  async suggest() {
    const turn = ++this.turn;
    this.show(null);
    this.ask.disabled = true;
    this.answer.replaceChildren(make("p", { class: "muted" }, say("aiWaiting")));
    try {
      /** @type {Answer} */
      const { suggestions, model, sent, tokens } = await call("POST", "/api/ai/suggestions", this.request(false));
      if (turn !== this.turn) return;
      this.tell(sent);
      const [first] = suggestions;
      this.show(first.text);
      const left = tokens.left === undefined || tokens.left === null ? "" : ` ${say("aiLeft", { count: tokens.left })}`;
      const over = first.fits ? [] : [make("p", { class: "error" }, say("aiStillLong", { length: first.length ?? 0, limit: first.limit ?? 0 }))];
      this.answer.replaceChildren(
        comparison(first.text, this.text, [say("aiSuggested"), say("aiNow")]), ...over,
        make("p", { class: "faint" }, say("aiBy", { model }) + left));
    } catch (error) {
      if (turn === this.turn) this.refuse(error);
    } finally {
      if (turn === this.turn) this.ask.disabled = false;
    }
  }

  /** @param {unknown} error */
  refuse(error) {
    this.answer.replaceChildren(make("p", { class: "error", role: "alert" }, reason(error)));
  }

  /** @param {string[]} sent */
  tell(sent) {
    this.sent.replaceChildren(...sent.map((words) => make("pre", { dir: "auto" }, words)));
  }

  /** @param {string | null} text */
  show(text) {
    this.found = text;
    this.take.hidden = text === null;
    this.ask.disabled = false;
    this.ask.classList.toggle("primary", text === null);
    this.ask.textContent = say(text === null ? "aiAsk" : "aiAskAgain");
    if (text === null) this.answer.replaceChildren();
    else this.take.focus();
  }

  use() {
    const { composer, found, key } = this;
    if (found === null) return;
    this.dialog.close();
    composer.history.now.kind = "";
    composer.changePart(key, (part) => ({ ...part, text: found }));
    composer.parts.focus(partsOf(composer.writing, composer.tab).find((part) => part.text === found)?.key ?? key, found.length);
    const bar = composer.bars.show("ai", "info", say("aiTaken"), [{ label: say("undo"), act: () => (composer.bars.hide("ai"), composer.step(-1)) }]);
    setTimeout(() => composer.bars.shown.get("ai") === bar && composer.bars.hide("ai"), 10000);
  }
}

/**
 * What a picture shows, put into `area` for a person to read and to change.
 * @param {string} id @param {HTMLTextAreaElement} area @param {HTMLButtonElement} button @param {(words: string) => void} [put]
 */
export async function describe(id, area, button, put) {
  button.disabled = area.readOnly = true;
  area.setAttribute("aria-busy", "true");
  try {
    /** @type {Answer} */
    const { suggestions } = await call("POST", "/api/ai/suggestions", { task: "ALT_TEXT", mediaId: id });
    if (put) put(suggestions[0].text);
    else area.value = suggestions[0].text;
  } catch (error) {
    toast(reason(error));
  } finally {
    button.disabled = area.readOnly = false;
    area.removeAttribute("aria-busy");
    if (area.isConnected) area.focus();
  }
}

/** @param {unknown} error */
function reason(error) {
  return error instanceof TypeError || !(error instanceof Error) ? say("notReached") : error.message;
}
