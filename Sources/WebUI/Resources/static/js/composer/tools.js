// What helps while one writes: names, emoji, a language model, cutting of pictures, covers of films. Each is fetched when it is first used.
import { find } from "../dom.js";
import { toast } from "../elements/toast-region.js";
import { say } from "../words.js";
import { partsOf, shared } from "./document.js";

/** @typedef {import("./page.js").Channel} Channel */
/** @typedef {import("../api.js").MediaItem} MediaItem */

export class Tools {
  /** @param {import("./composer.js").Composer} composer */
  constructor(composer) {
    this.composer = composer;
    /** @type {import("./ai.js").AIHelp | null} */
    this.help = null;
    const begin = async (/** @type {Event} */ event) => {
      if (!(event instanceof InputEvent) || event.data !== "@") return;
      composer.form.removeEventListener("input", begin);
      const { Mentions } = await import("./mentions.js");
      const mentions = new Mentions(composer.form, () => ({ channels: this.channels, several: this.isForSeveral }));
      // Whoever types fast has typed the name by now.
      mentions.typing(event.target);
    };
    composer.form.addEventListener("input", begin);
  }

  /** Those that get what the open tab shows. */
  get channels() {
    return this.composer.checker.counted();
  }

  get isForSeveral() {
    return this.composer.tab === shared && new Set(this.channels.map((one) => one.platform)).size > 1;
  }

  /** @param {string} name */
  dialog(name) {
    return find(this.composer.root, `[data-${name}-dialog]`, HTMLDialogElement);
  }

  /** @param {HTMLTextAreaElement} area */
  async emoji(area) {
    const { chooseEmoji } = await import("./emoji.js");
    chooseEmoji(this.dialog("emoji"), (sign) => {
      area.focus();
      // A step of its own for undo.
      this.composer.history.now.kind = "";
      area.setRangeText(sign, area.selectionStart, area.selectionEnd, "end");
      area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: sign }));
    });
  }

  /** @param {string} key @param {HTMLTextAreaElement} area */
  async insert(key, area) {
    const { Insert } = await import("./insert.js");
    await new Insert(this.composer).open(key, area);
  }

  /** @param {string} key */
  async ai(key) {
    const { AIHelp } = await import("./ai.js");
    this.help ??= new AIHelp(this.composer);
    this.help.open(key);
  }

  /** @param {string} id @param {HTMLTextAreaElement} area @param {HTMLButtonElement} button */
  async seen(id, area, button) {
    const item = this.composer.files.item(id);
    if (!item) return;
    const { describe } = await import("./ai.js");
    await describe(item.id, area, button, (words) => {
      this.composer.history.now.kind = "";
      this.composer.change({ ...this.composer.writing, words: { ...this.composer.writing.words, [id]: words } });
    });
  }

  /**
   * What can be done with a file beside moving and removing it.
   * @param {MediaItem | undefined} item @returns {"crop" | "cover" | ""}
   */
  of(item) {
    if (item?.kind === "IMAGE") return "crop";
    return item?.kind === "VIDEO" && (this.covered.length || this.takesCover) ? "cover" : "";
  }

  /** Channels with a setting for the moment of a film that is its cover. */
  get covered() {
    return this.channels.filter((one) => one.look.coverSetting);
  }

  /** Whether a picture beside the film becomes its cover, wherever this goes. */
  get takesCover() {
    return this.channels.length > 0 && this.channels.every((one) => one.coverPicture);
  }

  /** @param {string} key @param {string} id */
  edit(key, id) {
    const item = this.composer.files.item(id);
    const work = !item ? null : this.of(item) === "crop" ? this.crop(key, id, item) : this.cover(key, item);
    work?.catch((error) => toast(error instanceof Error && error.message ? error.message : say("notReached")));
  }

  /** @param {string} key @param {string} id @param {MediaItem} item */
  async crop(key, id, item) {
    const { crop } = await import("./crop.js");
    const shapes = [...new Set(this.channels.flatMap((one) => one.look.crops))];
    const file = await crop(this.dialog("crop"), item, shapes.length ? shapes : ["1:1", "4:5", "16:9"]);
    if (!file) return;
    const { composer } = this;
    const cut = composer.files.take(file);
    const words = composer.writing.words[id] ?? item.altText ?? "";
    composer.changePart(key, (part) => ({ ...part, files: part.files.map((one) => (one === id ? cut : one)) }));
    if (words) composer.amend({ ...composer.writing, words: { ...composer.writing.words, [cut]: words } });
    composer.parts.focus(composer.shown(cut));
    composer.bars.show("cropped", "info", say("cropDone"), [{ label: say("undo"), act: () => (composer.bars.hide("cropped"), composer.step(-1)) }]);
    setTimeout(() => composer.bars.hide("cropped"), 10000);
  }

  /** @param {string} key @param {MediaItem} item */
  async cover(key, item) {
    const { composer, covered, takesCover } = this;
    const { chooseCover } = await import("./cover.js");
    const [first] = covered;
    const start = first ? Number(composer.writing.settings[first.id]?.[first.look.coverSetting ?? ""] || 0) / (first.look.coverUnits ?? 1) : 0;
    const chosen = await chooseCover(this.dialog("cover"), item, start);
    if (!chosen) return;
    if (covered.length) {
      const settings = { ...composer.writing.settings };
      for (const { id, look } of covered) settings[id] = { ...settings[id], [look.coverSetting ?? ""]: String(Math.round(chosen.seconds * (look.coverUnits ?? 1))) };
      composer.change({ ...composer.writing, settings });
    } else if (takesCover) {
      const part = partsOf(composer.writing, composer.tab).find((one) => one.key === key);
      const cover = composer.files.take(await chosen.frame());
      const films = part?.files.filter((id) => composer.files.item(id)?.kind !== "IMAGE") ?? [];
      composer.changePart(key, (one) => ({ ...one, files: [...films, cover] }));
    }
  }
}
