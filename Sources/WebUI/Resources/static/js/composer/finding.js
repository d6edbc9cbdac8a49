// Leads to the place that a problem is about.
import { find, findAll } from "../dom.js";
import { say } from "../words.js";
import { partsOf, shared } from "./document.js";

/** @typedef {import("./problems.js").Problem} Problem */

export class Finding {
  /** @param {import("./composer.js").Composer} composer */
  constructor(composer) {
    this.composer = composer;
    for (const button of this.views) button.addEventListener("click", () => this.view(button.dataset.view ?? ""));
  }

  get views() {
    return findAll(document, "[data-views] > button", HTMLButtonElement);
  }

  /**
   * Where there is no room for both: the writing, or the preview.
   * @param {string} name
   */
  view(name) {
    this.composer.form.dataset.view = name;
    for (const button of this.views) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  }

  /** @param {Problem[]} problems */
  refuse(problems) {
    const { checker, bars, form } = this.composer;
    checker.show(problems);
    const first = problems.find((problem) => problem.severity === "ERROR") ?? problems[0];
    bars.show("refused", "danger", first.message);
    form.inert = false;
    this.go(first);
  }

  timeless() {
    this.composer.bars.show("refused", "danger", say("chooseTime"));
    this.composer.timing.open();
  }

  /** @param {Problem} problem */
  go(problem) {
    const { composer } = this;
    const { root, timing } = composer;
    this.view("write");
    const id = problem.integrationId;
    if (problem.field && id) {
      const group = find(root, `details[data-channel="${id}"]`, HTMLDetailsElement);
      group.open = true;
      return find(group, `[data-setting="${CSS.escape(problem.field)}"]`, HTMLElement).focus();
    }
    if (problem.code.startsWith("TIME_")) {
      timing.open();
      return find(root, "#date", HTMLElement).focus();
    }
    if (problem.code === "NO_CHANNELS") return void findAll(root, 'input[name="channel"]', HTMLElement)[0]?.focus();
    const { writing } = composer;
    composer.open(id && writing.channels.length > 1 && id in writing.versions ? id : shared);
    const parts = partsOf(writing, composer.tab);
    const counted = parts.filter((part) => part.text.trim() || part.files.length);
    composer.parts.focus((counted[problem.part ?? 0] ?? parts[0]).key);
  }
}
