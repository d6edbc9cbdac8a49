// Keeps what is written: whole in the browser at once, on the server a moment later, and says what stands in the way.
import { Refusal } from "../api.js";
import { settle } from "../dom.js";
import { toastNext } from "../elements/toast-region.js";
import { say } from "../words.js";
import { Disagreement } from "./disagreement.js";
import { filesOf, isEmpty, said } from "./document.js";
import { draftOf } from "./draft.js";
import { print } from "./page.js";
import { Records } from "./records.js";
import { Conflict, Server, Stopped, Stranger } from "./saving.js";

/** @typedef {import("./document.js").Writing} Writing */
/** @typedef {import("./draft.js").Deed} Deed */
/**
 * What the keeper asks of the page.
 * @typedef {object} Desk
 * @property {() => Writing} read
 * @property {(writing: Writing) => void} write Shows another document; the one before can be had back by undo.
 * @property {(words: string) => void} tell
 * @property {(post: import("./page.js").Post) => void} adopt The post has an address of its own.
 * @property {() => void} signIn
 */

export class Keeper {
  /**
   * @param {import("./page.js").ComposerData} data @param {import("./files.js").Files} files @param {import("./bars.js").Bars} bars @param {Desk} desk
   */
  constructor(data, files, bars, desk) {
    this.data = data;
    this.planned = data.planned;
    this.files = files;
    this.bars = bars;
    this.desk = desk;
    this.records = new Records(data.user.id);
    this.server = new Server(data.user.id, data.post, data.amends ?? null, (waiting) => this.waits(waiting), () => this.created());
    this.disagreement = new Disagreement(this);
    /** Counts changes; what the server has, has the number it had then. */
    this.change = 0;
    this.saved = 0;
    /** What was written when it was last as the server has it. */
    this.clean = said(this.resolved());
    this.stored = true;
    this.leaving = false;
    /** @type {AbortController | null} */
    this.keeping = null;
    /** @type {AbortController | null} */
    this.sending = null;
    this.storeSoon = settle(() => this.store(), 150);
    this.keepSoon = settle(() => this.keep(), 2500);
    addEventListener("pagehide", () => {
      this.store();
      this.tellWhereItIs();
    });
    document.addEventListener("visibilitychange", () => this.store());
    addEventListener("beforeunload", (event) => {
      this.store();
      if (!this.leaving && this.isAtRisk) event.preventDefault();
    });
  }

  /** The next page says where the draft is that was left here. */
  tellWhereItIs() {
    const id = this.server.post?.id;
    if (this.leaving || !id || !this.draftable || isEmpty(this.desk.read())) return;
    toastNext(say("keptAsDraft"), { link: { href: `/posts/${id}/edit`, label: say("writeOn") } });
  }

  /** A post is being made, or was made: what is kept here, and the page's address, name it from now on, whatever happens next. */
  created() {
    this.store();
    if (!this.server.post) return;
    this.records.adopt(this.server.post.id);
    this.desk.adopt(this.server.post);
  }

  /** Under what this page's writing is kept in the browser. */
  get place() {
    const id = this.server.post?.id ?? null;
    return id && this.data.amends ? `${id} ${this.data.amends}` : id;
  }

  get isDirty() {
    return this.change !== this.saved;
  }

  /** Only drafts are saved while one writes: what is planned changes when its writer says so. */
  get draftable() {
    return !this.server.post || this.server.post.status === "DRAFT";
  }

  /** Whether something would be lost, or overlooked, with the page. */
  get isAtRisk() {
    return this.files.missing(filesOf(this.desk.read())).length > 0 || (this.isDirty && (!this.stored || !this.draftable));
  }

  changed() {
    this.change++;
    this.storeSoon();
    this.keepSoon();
  }

  /** In this browser. */
  store() {
    if (this.leaving) return;
    const writing = this.resolved();
    if (this.isDirty && said(writing) === this.clean) {
      this.saved = this.change;
      if (!this.server.creation) this.records.forget();
    }
    if (!this.isDirty && !this.server.creation) return;
    const all = this.attached();
    const items = all.flatMap((id) => this.files.item(id) ?? []);
    this.stored = this.records.store({
      post: this.place, base: print(this.server.post), creation: this.server.creation, writing, items,
      unsent: all.length - items.length,
    });
    if (!this.stored) this.desk.tell(say("notStored"));
    else if (!this.draftable) this.desk.tell(say("keptHere"));
  }

  /** Every file that is attached anywhere, chosen channel or not. */
  attached() {
    const { parts, versions } = this.desk.read();
    return [...new Set([parts, ...Object.values(versions)].flatMap((list) => list.flatMap((part) => part.files)))];
  }

  /** What is written, with the files' own ids; without those that have not arrived. */
  resolved() {
    const writing = this.desk.read();
    const own = (/** @type {import("./document.js").Part[]} */ parts) => parts.map((part) => ({ ...part, files: this.files.resolved(part.files) }));
    const versions = Object.fromEntries(Object.entries(writing.versions).map(([id, parts]) => [id, own(parts)]));
    const words = Object.fromEntries(Object.entries(writing.words).flatMap(([id, text]) => this.files.resolved([id]).map((one) => [one, text])));
    return { ...writing, parts: own(writing.parts), versions, words };
  }

  /** On the server, as a draft. */
  async keep() {
    if (!this.isDirty || !this.draftable || this.sending || this.leaving || this.disagreement.isOpen || this.keeping) return;
    const draft = this.draft();
    const says = (/** @type {{text: string, mediaIds: string[]}[]} */ parts) => parts.some((part) => part.text.trim() || part.mediaIds.length);
    if (isEmpty(this.desk.read()) || ![draft.parts, ...Object.values(draft.versions)].some(says)) return;
    const stop = (this.keeping = new AbortController());
    this.desk.tell(say("saving"));
    try {
      await this.server.inTurn(() => this.sync("draft", stop.signal));
      this.desk.tell(say("saved"));
    } catch (error) {
      this.desk.tell(say("keptHere"));
      if (error instanceof Conflict) this.disagreement.show(error.theirs);
      else if (error instanceof Stranger) this.signedOut(error.isOther);
      else if (error instanceof Refusal) this.desk.tell(say("keptHereBecause", { reason: error.message }));
      else if (!(error instanceof Stopped)) throw error;
    } finally {
      this.keeping = null;
      if (this.isDirty && !this.sending) this.keepSoon();
    }
  }

  /** What is written is what the server has. */
  settle() {
    this.saved = this.change;
    this.clean = said(this.resolved());
    this.records.forget();
  }

  draft() {
    return draftOf(this.desk.read(), this.files, this.planned);
  }

  /**
   * Sends what is written at this moment, the words of its files first.
   * @param {Deed} deed @param {AbortSignal} signal
   */
  async sync(deed, signal) {
    const { change } = this;
    const [writing, draft, sent] = [this.desk.read(), this.draft(), said(this.resolved())];
    for (const id of filesOf(writing)) {
      const item = this.files.item(id);
      const words = writing.words[id];
      if (!item || words === undefined || words === (item.altText ?? "")) continue;
      const described = await this.server.describe(item.id, words, signal);
      for (const name of [id, item.id]) this.files.items.set(name, described);
    }
    const post = await this.server.store(draft, deed, signal);
    this.saved = change;
    this.clean = sent;
    if (!this.isDirty) this.records.forget();
    this.desk.adopt(post);
    return post;
  }

  /** @param {boolean} waiting */
  waits(waiting) {
    if (!waiting) return this.bars.hide("line");
    const stop = { label: say("stopTrying"), act: () => this.sending?.abort() };
    this.bars.show("line", "warning", say(this.sending ? "lineLostSending" : "lineLost"), this.sending ? [stop] : []);
  }

  /** @param {boolean} isOther */
  signedOut(isOther) {
    if (isOther) return void this.bars.show("signedOut", "danger", say("otherPerson", { email: this.data.user.email }));
    this.bars.show("signedOut", "warning", say("signedOutKept"), [{ label: say("signIn"), act: () => this.desk.signIn(), primary: true }]);
  }

  signedIn() {
    this.bars.hide("signedOut");
    this.files.again();
    this.keepSoon();
  }
}
