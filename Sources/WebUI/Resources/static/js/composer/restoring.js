// What was written before and never reached the server: had back at once in the tab that it was written in, else offered.
import { make } from "../dom.js";
import { say } from "../words.js";
import { comparison, wholeText } from "./bars.js";
import { same } from "./document.js";
import { print } from "./page.js";

/** @typedef {import("./records.js").Kept} Kept */

export class Restoring {
  /** @param {import("./keeping.js").Keeper} keeper @param {import("./document.js").Writing} opened What the page opened with. */
  constructor(keeper, opened) {
    this.keeper = keeper;
    this.opened = opened;
  }

  async begin() {
    const { keeper } = this;
    const { made } = keeper.records;
    // The page was loaded anew at the moment at which its text became a draft: the browser went to the old address.
    if (made && !keeper.place && reloaded()) {
      keeper.records.pass();
      return location.replace(`/posts/${made}/edit`);
    }
    const left = await keeper.records.left(keeper.place);
    for (const kept of left.slice(0, 4)) {
      if (same(kept.writing, this.opened) && !kept.creation) keeper.records.forget(kept.page);
      else if (kept.page === keeper.records.before && !keeper.isDirty) this.use(kept, true);
      else this.offer(kept);
    }
  }

  /** @param {Kept} kept */
  offer(kept) {
    const start = kept.writing.parts.map((part) => part.text).join(" ").trim().slice(0, 80);
    const name = `kept-${kept.page}`;
    this.keeper.bars.show(name, "info", say("unsavedFrom", { time: moment(kept.at), start }), [
      { label: say("use"), act: () => this.use(kept, false), primary: true },
      { label: say("discard"), act: () => this.discard(kept) },
    ], this.differences(kept.writing));
  }

  /**
   * What was kept beside what the page opened with; nothing where only one of them has a text, or both have the same.
   * @param {import("./document.js").Writing} kept
   */
  differences(kept) {
    const [mine, theirs] = [kept, this.opened].map((one) => wholeText(one, this.keeper.data.channels));
    if (mine === theirs || !mine.trim() || !theirs.trim()) return [];
    return [make("details", {}, make("summary", {}, say("showDifferences")), comparison(mine, theirs, [say("unsaved"), say("asOpened")]))];
  }

  /** @param {Kept} kept @param {boolean} byItself */
  use(kept, byItself) {
    const { keeper } = this;
    keeper.bars.hide(`kept-${kept.page}`);
    kept.items.forEach((item) => keeper.files.know(item));
    keeper.desk.write(kept.writing);
    if (kept.creation && !keeper.server.post) keeper.server.creation = kept.creation;
    keeper.store();
    keeper.records.forget(kept.page);
    if (kept.unsent) keeper.bars.show("unsent", "warning", say("filesNotKept", { count: kept.unsent }));
    const theirs = keeper.data;
    if (theirs.post && kept.base !== print(keeper.server.post)) {
      keeper.disagreement.show({ kind: "here", data: theirs, writing: this.opened });
    } else if (byItself) {
      const discard = { label: say("discard"), act: () => this.goBack() };
      const close = { label: say("close"), act: () => keeper.bars.hide("restored") };
      keeper.bars.show("restored", "info", say("restoredFrom", { time: moment(kept.at) }), [discard, close], this.differences(kept.writing));
    }
  }

  goBack() {
    this.keeper.bars.hide("restored");
    this.keeper.desk.write(this.opened);
  }

  /** @param {Kept} kept */
  discard(kept) {
    this.keeper.bars.hide(`kept-${kept.page}`);
    this.keeper.records.forget(kept.page);
  }
}

function reloaded() {
  const [entry] = performance.getEntriesByType("navigation");
  return entry instanceof PerformanceNavigationTiming && entry.type === "reload";
}

/** @param {number} at */
function moment(at) {
  const time = new Date(at);
  const today = time.toDateString() === new Date().toDateString();
  return time.toLocaleString(document.documentElement.lang, today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}
