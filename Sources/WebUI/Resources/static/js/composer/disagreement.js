// Two texts of one post: what is written here, and what the server has by now. Neither goes before somebody has chosen.
import { say } from "../words.js";
import { comparison, otherDifferences, wholeText } from "./bars.js";

/** @typedef {import("./page.js").Standing} Standing */

export class Disagreement {
  /** @param {import("./keeping.js").Keeper} keeper */
  constructor(keeper) {
    this.keeper = keeper;
    this.bars = keeper.bars;
  }

  get isOpen() {
    return this.bars.has("conflict");
  }

  /** @param {Standing} theirs */
  show(theirs) {
    const copy = { label: say("copyMine"), act: () => this.copy() };
    if (theirs.kind !== "here") {
      const anew = { label: say("saveAsNew"), act: () => this.saveAsNew(), primary: true };
      return this.bars.show("conflict", "danger", say(theirs.kind === "gone" ? "postGone" : "postOut"), [anew, copy]);
    }
    const mine = this.keeper.desk.read();
    const [left, right] = [mine, theirs.writing].map((one) => wholeText(one, this.keeper.data.channels));
    const more = [otherDifferences(mine, theirs.writing), theirs.data.post?.status === this.keeper.server.post?.status ? "" : say("stateChanged")];
    const notes = more.filter(Boolean).map((words) => Object.assign(document.createElement("p"), { textContent: words }));
    const texts = left === right ? [] : [comparison(left, right)];
    return this.bars.show("conflict", "danger", say("changedElsewhere"), [
      { label: say("keepMine"), act: () => this.keepMine(theirs), primary: true },
      { label: say("takeTheirs"), act: () => this.takeTheirs(theirs) },
      copy,
    ], [...texts, ...notes]);
  }

  /** @param {Extract<Standing, {kind: "here"}>} theirs */
  keepMine(theirs) {
    this.goOn(theirs);
    this.keeper.changed();
    this.keeper.keep();
  }

  /** @param {Extract<Standing, {kind: "here"}>} theirs */
  takeTheirs(theirs) {
    const { keeper } = this;
    this.goOn(theirs);
    theirs.data.media.forEach((item) => keeper.files.know(item));
    keeper.desk.write(theirs.writing);
    keeper.settle();
  }

  /** @param {Extract<Standing, {kind: "here"}>} theirs */
  goOn(theirs) {
    this.keeper.server.post = theirs.data.post;
    this.keeper.planned = theirs.data.planned;
    this.bars.hide("conflict");
  }

  saveAsNew() {
    const { keeper } = this;
    keeper.server.post = null;
    this.bars.hide("conflict");
    keeper.changed();
    keeper.keep();
  }

  async copy() {
    const text = wholeText(this.keeper.desk.read(), this.keeper.data.channels);
    try {
      await navigator.clipboard.writeText(text);
      this.keeper.desk.tell(say("copied"));
    } catch {
      // Without permission, or over plain HTTP: shown and marked, so that one key press copies.
      const area = Object.assign(document.createElement("textarea"), { value: text, readOnly: true, className: "area" });
      this.bars.show("copy", "info", say("copyByHand"), [{ label: say("close"), act: () => this.bars.hide("copy") }], [area]);
      area.select();
    }
  }
}
