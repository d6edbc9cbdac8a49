// The composer: the server's form, brought to life. Everything that is written is one document; every edit makes its next state, which is then
// shown by elements that stay.
import { find, findAll } from "../dom.js";
import { acceptFiles } from "../media.js";
import { say } from "../words.js";
import { Bars } from "./bars.js";
import { Checker } from "./checking.js";
import { emptyPart, fork, hasTabs, moved, partsOf, share, shared, withParts } from "./document.js";
import { Files } from "./files.js";
import { Finding } from "./finding.js";
import { History } from "./history.js";
import { Keeper } from "./keeping.js";
import { browse } from "./library.js";
import { mark } from "./preview.js";
import { readData, readFields, readWriting, writeFields } from "./page.js";
import { PartsColumn } from "./parts.js";
import { lastChannels } from "./records.js";
import { Repeating } from "./repeating.js";
import { Restoring } from "./restoring.js";
import { Sender } from "./sending.js";
import { SignIn } from "./sign-in.js";
import { Splitting } from "./splitting.js";
import { Suggestions } from "./suggestions.js";
import { Tabs } from "./tabs.js";
import { Timing } from "./timing.js";
import { Tools } from "./tools.js";

/** @typedef {import("./document.js").Writing} Writing */
/** @typedef {import("./document.js").Part} Part */
/** @typedef {import("./draft.js").Deed} Deed */
/** @typedef {import("./problems.js").Problem} Problem */

export class Composer {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.form = find(root, "form.composer", HTMLFormElement);
    const data = readData(root);
    const opened = readWriting(root, data);
    // A new post goes where the last one went.
    if (!data.post && opened.channels.length === 0) opened.channels = lastChannels(data.user.id).filter((id) => data.channels.some((one) => one.id === id));
    this.history = new History(opened, shared);
    this.bars = new Bars(find(root, "[data-bars]", HTMLElement));
    this.files = new Files(data.media, (id) => this.fileChanged(id), () => this.keeper.signedOut(false));
    this.parts = new PartsColumn(root, this.files, this.deeds());
    this.tabs = new Tabs(root, {
      open: (id) => this.open(id),
      share: (id) => this.change(share(this.writing, id)),
    });
    this.checker = new Checker(root, data.channels, this.files, {
      read: () => this.history.now,
      draft: () => this.keeper.draft(),
      count: (key, counters, isOver) => this.parts.count(key, counters, isOver),
      counted: () => this.splitting.counted(),
      go: (problem) => this.finding.go(problem),
      refused: () => this.keeper.signedOut(false),
    });
    const status = document.querySelector("[data-saved]");
    this.keeper = new Keeper(data, this.files, this.bars, {
      read: () => this.writing,
      write: (writing) => this.replace(writing),
      tell: (words) => status && (status.textContent = words),
      adopt: (post) => this.adopt(post.id),
      signIn: () => this.signIn.open(),
    });
    this.sender = new Sender(this.form, this.keeper, {
      problems: (problems) => this.finding.refuse(problems),
      timeless: () => this.finding.timeless(),
      settled: async () => this.repeating?.settled(),
      signIn: () => this.signIn.open(),
    });
    this.signIn = new SignIn(root, () => {
      this.keeper.signedIn();
      this.sender.signedIn();
    });
    this.splitting = new Splitting(this);
    this.finding = new Finding(this);
    this.tools = new Tools(this);
    this.timing = new Timing(root, data.user.zone, {
      read: () => this.writing,
      choose: (time) => this.change({ ...this.writing, ...time }),
      isPlanned: () => !this.keeper.draftable,
      mark: (id) => this.checker.channels.filter((one) => one.id === id).map((one) => mark(one)),
    });
    // What is changed for one channel of a post does not repeat.
    this.repeating = root.querySelector("[data-repeat]")
      ? new Repeating(root, { read: () => this.writing, choose: (recurrence) => this.change({ ...this.writing, recurrence }) }) : null;
    this.begin(opened);
  }

  /** @param {Writing} opened */
  begin(opened) {
    const typing = document.activeElement;
    const caret = typing instanceof HTMLTextAreaElement && this.root.contains(typing) ? [typing.selectionStart, typing.selectionEnd] : null;
    const idle = !typing || typing === document.body || caret !== null;
    this.show();
    if (idle) this.parts.focus(opened.parts[0].key, ...(caret ?? []));
    this.listen();
    this.checker.soon();
    // What was typed before this ran is not to be lost either.
    if (opened.parts.some((part, index) => part.text !== (this.keeper.data.parts[index]?.text ?? ""))) this.keeper.changed();
    new Restoring(this.keeper, opened).begin();
  }

  get writing() {
    return this.history.now.writing;
  }

  get tab() {
    return this.history.now.tab;
  }

  // Changing

  /**
   * Takes the next state of the document in. Changes of one `kind` that follow each other closely are undone together.
   * @param {Writing} writing @param {string} [kind]
   */
  change(writing, kind = "") {
    const tab = hasTabs(writing) && writing.channels.includes(this.tab) ? this.tab : shared;
    this.history.change(writing, tab, this.parts.caret, kind);
    this.changed();
  }

  /**
   * Puts `writing` in place of the present state, so that one undo takes both back.
   * @param {Writing} writing
   */
  amend(writing) {
    this.history.amend(writing);
    this.changed();
  }

  changed() {
    this.show();
    this.keeper.changed();
    this.checker.soon();
  }

  /** @param {string} key @param {(part: Part) => Part} change @param {string} [kind] */
  changePart(key, change, kind) {
    this.changeParts((parts, own) => parts.map((part) => (part.key === own(key) ? change(part) : part)), kind);
  }

  /**
   * Changes the parts of the open tab; a channel gets its own when it first differs, and `own` tells the keys of the copies.
   * @param {(parts: Part[], own: (key: string) => string) => Part[]} change @param {string} [kind]
   */
  changeParts(change, kind) {
    const { writing, keys } = fork(this.writing, this.tab);
    this.parts.rename(keys);
    const parts = change(partsOf(writing, this.tab), (key) => keys.get(key) ?? key);
    this.change(withParts(writing, this.tab, parts), kind);
  }

  /** @returns {import("./parts.js").PartDeeds} */
  deeds() {
    const indexOf = (/** @type {Part[]} */ parts, /** @type {string} */ key) => parts.findIndex((part) => part.key === key);
    return {
      write: (key, text) => this.changePart(key, (part) => ({ ...part, text }), `text ${this.tab} ${this.shownIndex(key)}`),
      part: (key, before, after) => this.part(key, before, after),
      split: (key) => this.splitting.start(key),
      emoji: (area) => this.tools.emoji(area),
      insert: (key, area) => this.tools.insert(key, area),
      ai: (key) => this.tools.ai(key),
      seen: (id, area, button) => this.tools.seen(id, area, button),
      edit: (key, id) => this.tools.edit(key, id),
      toolOf: (item) => this.tools.of(item),
      move: (key, step) => this.changeParts((parts, own) => moved(parts, indexOf(parts, own(key)), step)),
      remove: (key) => this.remove(key),
      attach: (key, files) => this.attach(key, files.map((file) => this.files.take(file))),
      browse: (key) => browse(this.root, (item) => (this.files.know(item), this.attach(key, [item.id]))),
      moveFile: (key, id, step) => this.changePart(key, (part) => ({ ...part, files: moved(part.files, part.files.indexOf(id), step) })),
      dropFile: (key, id) => {
        this.files.cancel(id);
        this.changePart(key, (part) => ({ ...part, files: part.files.filter((one) => one !== id) }));
      },
      describe: (id, words) => this.change({ ...this.writing, words: { ...this.writing.words, [id]: words } }, `words ${id}`),
    };
  }

  /**
   * Another document: whoever was in the text stays in it, at the end of what stands there now.
   * @param {Writing} writing
   */
  replace(writing) {
    const wasWriting = this.parts.caret !== null || document.activeElement === document.body;
    this.change(writing);
    if (!wasWriting || this.parts.caret) return;
    const part = partsOf(this.writing, this.tab).slice(-1)[0];
    this.parts.focus(part.key, part.text.length);
  }

  /** @param {string} key */
  shownIndex(key) {
    return partsOf(this.writing, this.tab).findIndex((part) => part.key === key);
  }

  /**
   * The key of the part that shows a file.
   * @param {string} id
   */
  shown(id) {
    return partsOf(this.writing, this.tab).find((part) => part.files.includes(id))?.key ?? "";
  }

  /** @param {string} key @param {string[]} ids */
  attach(key, ids) {
    if (ids.length === 0) return;
    this.changePart(key, (part) => ({ ...part, files: [...new Set([...part.files, ...ids])] }));
  }

  /** @param {string} key */
  remove(key) {
    const index = this.shownIndex(key);
    this.changeParts((parts, own) => parts.filter((part) => part.key !== own(key)));
    const parts = partsOf(this.writing, this.tab);
    this.parts.focus(parts[Math.min(index, parts.length - 1)].key);
    this.bars.show("removed", "info", say("partRemoved"), [{ label: say("undo"), act: () => this.step(-1) }]);
    setTimeout(() => this.bars.hide("removed"), 10000);
  }

  /**
   * After the part that is named, else at the end.
   * @param {string} [key]
   */
  addPart(key) {
    const part = emptyPart();
    this.changeParts((parts, own) => {
      const at = key ? parts.findIndex((one) => one.key === own(key)) : -1;
      return at < 0 ? [...parts, part] : [...parts.slice(0, at + 1), part, ...parts.slice(at + 1)];
    });
    this.parts.focus(part.key);
  }

  /**
   * Parts a text in two.
   * @param {string} key @param {string} before @param {string} after
   */
  part(key, before, after) {
    const next = { ...emptyPart(), text: after };
    this.changeParts((parts, own) => parts.flatMap((part) => (part.key === own(key) ? [{ ...part, text: before }, next] : [part])));
    this.parts.focus(next.key, 0);
  }

  /**
   * Undoes, or does again.
   * @param {number} step
   */
  step(step) {
    this.bars.hide("removed");
    const at = this.parts.caret;
    const index = at ? this.shownIndex(at.key) : -1;
    const state = this.history.step(step);
    if (!state) return;
    this.changed();
    const parts = partsOf(state.writing, state.tab);
    const lost = index >= 0 && !this.parts.caret;
    if (state.caret && parts.some((part) => part.key === state.caret?.key)) this.parts.focus(state.caret.key, state.caret.start, state.caret.end);
    else if (lost || document.activeElement === document.body) this.parts.focus(parts[Math.max(0, Math.min(index, parts.length - 1))].key);
  }

  // Showing

  show() {
    const { writing, tab } = this.history.now;
    writeFields(this.root, writing);
    this.parts.show(partsOf(writing, tab), writing.words, this.further());
    this.tabs.show(this.checker.chosen, tab, writing, hasTabs(writing));
    this.checker.draw();
    this.timing.show();
    this.repeating?.show();
  }

  /** What further parts become where this goes. */
  further() {
    const kinds = this.checker.counted().map((one) => one.thread);
    const kind = kinds.length && kinds.every((one) => one === kinds[0]) ? kinds[0] : "REPLIES";
    const add = find(this.root, "[data-add-part]", HTMLButtonElement);
    add.hidden = kind === "NONE";
    const words = find(add, "span", HTMLElement);
    const wanted = say(kind === "COMMENTS" ? "addComment" : "addPart");
    if (words.textContent !== wanted) words.textContent = wanted;
    return say(kind === "COMMENTS" ? "writeComment" : "continueThread");
  }

  /** @param {string} id */
  open(id) {
    this.history.now.tab = id;
    this.show();
  }

  /** @param {string} id */
  fileChanged(id) {
    this.show();
    this.sender.filesChanged?.();
    if (!this.files.item(id)) return;
    this.keeper.changed();
    this.checker.soon();
  }

  /**
   * The server has made this a draft, with an address of its own.
   * @param {string} id
   */
  adopt(id) {
    const path = `/posts/${id}/edit`;
    if (location.pathname !== path) history.replaceState(null, "", path);
    this.form.action = path;
  }

  // Listening

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { submitter } = event;
      if (submitter instanceof HTMLButtonElement && submitter !== this.timing.main) this.timing.close();
      if (submitter instanceof HTMLButtonElement && submitter.value !== "save") this.sender.send(/** @type {Deed} */ (submitter.value));
    });
    this.form.addEventListener("input", (event) => this.fieldChanged(event));
    this.form.addEventListener("change", (event) => this.fieldChanged(event));
    this.form.addEventListener("keydown", (event) => this.key(event));
    new Suggestions(this.form);
    this.form.addEventListener("beforeinput", (event) => {
      if (event.inputType !== "historyUndo" && event.inputType !== "historyRedo") return;
      event.preventDefault();
      this.step(event.inputType === "historyUndo" ? -1 : 1);
    });
    acceptFiles(this.root, (files, event) => this.attach(this.parts.keyAt(event.target), files.map((file) => this.files.take(file))));
    const toggle = find(this.root, '[data-toggles="problems"]', HTMLButtonElement);
    toggle.addEventListener("click", () => {
      toggle.setAttribute("aria-expanded", String(find(this.root, "[data-problems]", HTMLElement).classList.toggle("open")));
    });
    find(this.root, "[data-add-part]", HTMLButtonElement).addEventListener("click", () => this.addPart());
    document.addEventListener("keydown", (event) => this.escape(event));
  }

  /**
   * Escape leaves, where nothing else is open that it closes.
   * @param {KeyboardEvent} event
   */
  escape(event) {
    if (event.key !== "Escape" || event.defaultPrevented || event.isComposing || this.keeper.sending) return;
    if (document.querySelector("dialog[open], details.menu[open]") || document.activeElement?.matches("select, input[type=date], input[type=time]")) return;
    find(document, "[data-leave]", HTMLAnchorElement).click();
  }

  /** @param {Event} event */
  fieldChanged(event) {
    const { target } = event;
    if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement || (target instanceof HTMLTextAreaElement && target.dataset.setting))) return;
    if (target instanceof HTMLInputElement && target.type === "file") return;
    if (target.dataset.setting || target.id === "links-as-written" || target.id === "tags") this.checker.doubt();
    const fields = readFields(this.root);
    const before = JSON.stringify(readable(this.writing, fields));
    if (before !== JSON.stringify(fields)) this.change({ ...this.writing, ...fields }, `field ${target.id || target.name}`);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { target } = event;
    const command = event.ctrlKey || event.metaKey;
    if (event.key === "Enter" && command) {
      event.preventDefault();
      if (event.shiftKey) this.addPart(this.parts.keyAt(target));
      else if (!event.repeat) this.form.requestSubmit(this.timing.main);
    } else if (event.key === "Enter" && target instanceof HTMLInputElement && !event.isComposing) {
      event.preventDefault();
    } else if (command && !event.altKey && event.key.toLowerCase() === "z") {
      event.preventDefault();
      this.step(event.shiftKey ? 1 : -1);
    } else if (command && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "y") {
      event.preventDefault();
      this.step(1);
    }
  }
}

/** @param {Writing} writing @param {object} fields */
function readable(writing, fields) {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, writing[/** @type {keyof Writing} */ (name)]]));
}
