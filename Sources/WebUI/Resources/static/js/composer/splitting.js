// A text that is too long for its channels is broken into parts, where the server says; a long one that was pasted is offered so.
import { call, Refusal } from "../api.js";
import { say } from "../words.js";
import { emptyPart, partsOf, shared } from "./document.js";

/** @typedef {import("./page.js").Channel} Channel */

/** What is pasted is looked at from this many letters on. */
const long = 200;

export class Splitting {
  /** @param {import("./composer.js").Composer} composer */
  constructor(composer) {
    this.composer = composer;
    this.bars = composer.bars;
    /** The part into which a long text was pasted, until it has been counted. */
    this.pasted = "";
    composer.form.addEventListener("paste", (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (text.length >= long) this.pasted = composer.parts.keyAt(event.target);
    });
  }

  /** The texts have been counted. */
  async counted() {
    const key = this.pasted;
    this.pasted = "";
    const over = key ? this.composer.checker.over(key) : [];
    if (over.length === 0) return;
    const pieces = await this.ask(key, over, false);
    if (pieces) this.offer(key, over, say("tooLongFor", { channel: names(over) }), pieces.length);
  }

  /** @param {string} key */
  start(key) {
    const { checker } = this.composer;
    const over = checker.over(key);
    if (over.length === 0) return;
    if (this.composer.tab !== shared || over.length === checker.counted().length) this.split(key, over);
    else this.offer(key, over, say("tooLongFor", { channel: names(over) }));
  }

  /**
   * Lets one choose: for the one channel that takes less than the others, or for all.
   * @param {string} key @param {Channel[]} over @param {string} words @param {number} [count]
   */
  offer(key, over, words, count) {
    const all = { label: count ? say("splitInto", { count }) : say("splitForAll"), act: () => this.split(key, over), primary: true };
    const one = { label: say("splitOnlyFor", { channel: names(over) }), act: () => this.splitFor(over[0], key) };
    const close = { label: say("close"), act: () => this.bars.hide("split") };
    const alone = this.composer.tab === shared && over.length === 1 && this.composer.checker.counted().length > 1;
    this.bars.show("split", "info", words, alone ? [all, one, close] : [all, close]);
  }

  /** @param {Channel} channel @param {string} key */
  splitFor(channel, key) {
    this.composer.open(channel.id);
    this.split(key, [channel]);
  }

  /** @param {string} key @param {Channel[]} channels */
  async split(key, channels, numbered = false) {
    const pieces = await this.ask(key, channels, numbered);
    if (!pieces || pieces.length < 2) return;
    const [first, ...rest] = pieces;
    const further = rest.map((text) => ({ ...emptyPart(), text }));
    this.composer.changeParts((parts, own) => parts.flatMap((part) => (part.key === own(key) ? [{ ...part, text: first }, ...further] : [part])));
    this.composer.parts.focus(further[further.length - 1].key, pieces[pieces.length - 1].length);
    const undo = { label: say("undo"), act: () => (this.bars.hide("split"), this.composer.step(-1)) };
    const number = { label: say("numberParts", { count: pieces.length }), act: () => this.number(channels) };
    const bar = this.bars.show("split", "info", say("splitDone", { count: pieces.length }), numbered ? [undo] : [number, undo]);
    setTimeout(() => this.bars.shown.get("split") === bar && this.bars.hide("split"), 15000);
  }

  /** @param {Channel[]} channels */
  number(channels) {
    const { composer } = this;
    composer.step(-1);
    const key = partsOf(composer.writing, composer.tab).find((part) => composer.checker.over(part.key).length)?.key;
    if (key) this.split(key, channels, true);
  }

  /**
   * The parts that the text of a part would become; nothing when it was changed meanwhile, or nobody answers.
   * @param {string} key @param {Channel[]} channels @param {boolean} numbered @returns {Promise<string[] | null>}
   */
  async ask(key, channels, numbered) {
    const { composer } = this;
    const read = () => partsOf(composer.writing, composer.tab).find((part) => part.key === key)?.text ?? "";
    const text = read();
    const ids = channels.map((one) => one.id);
    const settings = Object.fromEntries(ids.map((id) => [id, composer.keeper.draft().settings[id] ?? {}]));
    try {
      const { parts } = await call("POST", "/api/posts/split", { text, platforms: ids, settings, followUp: composer.shownIndex(key) > 0, numbered });
      return read() === text ? parts : null;
    } catch (error) {
      if (error instanceof Refusal && error.status === 401) composer.keeper.signedOut(false);
      else this.bars.show("split", "warning", error instanceof Refusal ? error.message : say("notReached"), [{ label: say("close"), act: () => this.bars.hide("split") }]);
      return null;
    }
  }
}

/** @param {Channel[]} channels */
const names = (channels) => channels.map((one) => `${one.platformName} ${one.handle}`).join(", ");
