// What can be put into a text: templates, signatures, groups of hashtags. And what is written can become a template.
import { call } from "../api.js";
import { find, make } from "../dom.js";
import { toast } from "../elements/toast-region.js";
import { say } from "../words.js";
import { draftOf } from "./draft.js";
import { emptyPart, partsOf } from "./document.js";

/** @typedef {{id: string, name: string, parts: string[], variables: string[], integrationIds: string[], settings: Record<string, Record<string, string | boolean>>, tags: string[]}} Template */
/** @typedef {{id: string, name: string, text: string}} Signature */
/** @typedef {{id: string, name: string, hashtags: string[]}} Group */

const place = /\{\{[ \t]*(\p{L}[\p{L}\p{N}_-]{0,39})[ \t]*\}\}/gu;

export class Insert {
  /** @param {import("./composer.js").Composer} composer */
  constructor(composer) {
    this.composer = composer;
    this.dialog = find(composer.root, "[data-insert-dialog]", HTMLDialogElement);
    this.list = find(this.dialog, "[data-insertable]", HTMLElement);
  }

  /** @param {string} key @param {HTMLTextAreaElement} area */
  async open(key, area) {
    this.list.replaceChildren(make("p", { class: "muted" }, say("loading")));
    this.dialog.showModal();
    try {
      const [templates, signatures, groups] = await Promise.all(
        ["/api/templates", "/api/signatures", "/api/hashtag-groups"].map(async (path) => (await call("GET", path)).items));
      this.show(key, area, templates, signatures, groups);
    } catch (error) {
      this.dialog.close();
      toast(error instanceof TypeError || !(error instanceof Error) ? say("notReached") : error.message);
    }
  }

  /** @param {string} key @param {HTMLTextAreaElement} area @param {Template[]} templates @param {Signature[]} signatures @param {Group[]} groups */
  show(key, area, templates, signatures, groups) {
    const sections = [
      this.section(say("templates"), templates.map((one) => this.entry(one.name, one.parts[0] ?? "", () => this.ask(key, one)))),
      this.section(say("signatures"), signatures.map((one) => this.entry(one.name, one.text, () => this.sign(key, one.text)))),
      this.section(say("hashtagGroups"), groups.map((one) => this.entry(one.name, one.hashtags.join(" "), () => this.type(area, one.hashtags.join(" "))))),
    ].flat();
    this.list.replaceChildren(...(sections.length ? sections : [make("p", { class: "muted" }, say("nothingToInsert"))]), this.saving());
    this.list.querySelector("button")?.focus();
  }

  /** @param {string} title @param {HTMLElement[]} entries */
  section(title, entries) {
    return entries.length ? [make("h3", {}, title), make("div", { class: "insertable" }, ...entries)] : [];
  }

  /** @param {string} name @param {string} text @param {() => void} act */
  entry(name, text, act) {
    const button = make("button", { type: "button", class: "button quiet" }, make("b", { dir: "auto" }, name), make("span", { class: "faint clip", dir: "auto" }, text));
    button.addEventListener("click", act);
    return button;
  }

  /**
   * At the caret.
   * @param {HTMLTextAreaElement} area @param {string} text
   */
  type(area, text) {
    this.dialog.close();
    area.focus();
    const [before, after] = [area.value.slice(0, area.selectionStart), area.value.slice(area.selectionEnd)];
    const words = (before && !/\s$/.test(before) ? " " : "") + text + (after && !/^\s/.test(after) ? " " : "");
    this.composer.history.now.kind = "";
    area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: words }));
  }

  /**
   * Below the text.
   * @param {string} key @param {string} text
   */
  sign(key, text) {
    this.dialog.close();
    this.composer.changePart(key, (part) => {
      const words = part.text.trim();
      return words.endsWith(text) ? part : { ...part, text: words ? `${words}\n\n${text}` : text };
    });
    this.composer.parts.focus(key);
  }

  /**
   * Asks for what the template asks for.
   * @param {string} key @param {Template} template
   */
  ask(key, template) {
    if (template.variables.length === 0) return this.fill(key, template, {});
    const fields = template.variables.map((name) => {
      const input = make("input", { class: "input", name, autocomplete: "off", dir: "auto" });
      return make("label", { class: "field" }, make("span", {}, name), input);
    });
    const form = make("form", { class: "stack" }, make("h3", { dir: "auto" }, template.name), ...fields, make("div", {}, make("button", { class: "button primary" }, say("insert"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const values = Object.fromEntries([...new FormData(/** @type {HTMLFormElement} */ (form))].map(([name, value]) => [name, String(value)]));
      this.fill(key, template, values);
    });
    this.list.replaceChildren(form);
    form.querySelector("input")?.focus();
  }

  /**
   * What is written stays: the template's first part follows it, its others are added; its channels and tags are added to those chosen.
   * @param {string} key @param {Template} template @param {Record<string, string>} values
   */
  fill(key, template, values) {
    this.dialog.close();
    const { composer } = this;
    const texts = template.parts.map((text) => text.replace(place, (whole, /** @type {string} */ name) => values[name] || whole));
    composer.changeParts((parts, own) => {
      const at = Math.max(0, parts.findIndex((part) => part.key === own(key)));
      const words = parts[at].text.trimEnd();
      const first = { ...parts[at], text: words ? `${words}\n\n${texts[0]}` : (texts[0] ?? "") };
      return [...parts.slice(0, at), first, ...texts.slice(1).map((text) => ({ ...emptyPart(), text })), ...parts.slice(at + 1)];
    });
    const { writing } = composer;
    const known = composer.checker.channels.map((one) => one.id);
    const channels = [...new Set([...writing.channels, ...template.integrationIds.filter((id) => known.includes(id))])];
    const tags = [...new Set([...writing.tags.split(/[\s,#]+/).filter(Boolean), ...template.tags])].join(" ");
    const settings = { ...writing.settings };
    for (const [id, own] of Object.entries(template.settings)) if (channels.includes(id)) settings[id] = { ...settings[id], ...own };
    composer.amend({ ...composer.writing, channels, tags, settings });
    composer.parts.focus(partsOf(composer.writing, composer.tab).find((part) => part.key === key)?.key ?? key);
  }

  /** What is written now, kept under a name. */
  saving() {
    const name = make("input", { class: "input", name: "name", required: "", maxlength: "200", "aria-label": say("templateName"), placeholder: say("templateName") });
    const reason = make("p", { class: "error", role: "alert" });
    const form = make("form", { class: "stack", "data-save-template": "" }, make("h3", {}, say("saveAsTemplate")), make("div", { class: "row" }, name, make("button", { class: "button" }, say("saveTemplate"))), reason);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const { composer } = this;
      const draft = draftOf(composer.writing, composer.files, null);
      try {
        const parts = draft.parts.map((part) => part.text);
        await call("POST", "/api/templates", { name: /** @type {HTMLInputElement} */ (name).value, parts, integrationIds: draft.platforms, settings: draft.settings, tags: draft.tags });
        this.dialog.close();
        toast(say("templateSaved"));
      } catch (error) {
        reason.textContent = error instanceof TypeError || !(error instanceof Error) ? say("notReached") : error.message;
      }
    });
    return form;
  }
}
