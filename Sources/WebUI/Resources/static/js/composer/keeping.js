// Keeps what is written: in the browser at once, and as a draft on the server a moment later.
import { call, Refusal } from "../api.js";
import { settle } from "../dom.js";
import { say } from "../words.js";

/** @typedef {import("./model.js").ComposerData} ComposerData */

export class Keeper {
  /**
   * @param {ComposerData} data
   * @param {() => {content: unknown, draft: Record<string, unknown>, empty: boolean}} read
   * @param {(words: string) => void} tell
   * @param {(id: string, revision: number) => void} saved
   */
  constructor(data, read, tell, saved) {
    this.data = data;
    this.read = read;
    this.tell = tell;
    this.saved = saved;
    this.dirty = false;
    this.leaving = false;
    this.saving = false;
    this.idempotencyKey = crypto.randomUUID?.() ?? String(Math.random());
    this.keepHere = settle(() => this.store(), 250);
    this.keepThere = settle(() => this.send(), 2500);
    addEventListener("beforeunload", (event) => {
      if (this.dirty && !this.leaving) event.preventDefault();
    });
  }

  get key() {
    return `postiz:writing:${this.data.id ?? "new"}`;
  }

  /** What was written here and never reached the server. */
  restore() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "null");
      return kept && kept.revision === this.data.revision ? kept.content : null;
    } catch {
      return null;
    }
  }

  changed() {
    this.dirty = true;
    this.keepHere();
    if (this.data.draftable) this.keepThere();
  }

  store() {
    if (!this.dirty) return;
    try {
      localStorage.setItem(this.key, JSON.stringify({ revision: this.data.revision, content: this.read().content }));
      if (!this.data.draftable) this.tell(say("keptHere"));
    } catch {
      // The browser refuses to store: the server's draft remains.
    }
  }

  forget() {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // Nothing is stored where nothing may be.
    }
  }

  /**
   * Does something that changes what the post says without being part of it, such as the words of its files: the server then gives the post
   * a new revision, from which the writing here goes on unless somebody else changed the post, too.
   * @param {() => Promise<void>} work
   */
  async beside(work) {
    while (this.saving) await new Promise((resolve) => setTimeout(resolve, 50));
    this.saving = true;
    try {
      await work();
      if (!this.data.id) return;
      const post = await call("GET", `/api/posts/${this.data.id}`);
      if (post.revision !== (this.data.revision ?? 0) + 1) return;
      this.data.revision = post.revision;
      this.saved(post.id, post.revision);
    } finally {
      this.saving = false;
    }
  }

  async send() {
    const { draft, empty } = this.read();
    if (empty || this.leaving || !this.dirty) return;
    if (this.saving) return this.keepThere();
    this.saving = true;
    this.dirty = false;
    this.tell(say("saving"));
    try {
      const body = { ...draft, status: "DRAFT", revision: this.data.revision ?? undefined };
      const post = this.data.id
        ? await call("PUT", `/api/posts/${this.data.id}`, body)
        : await call("POST", "/api/posts", body, { "Idempotency-Key": this.idempotencyKey });
      this.forget();
      this.data.id = post.id;
      this.data.revision = post.revision;
      this.saved(post.id, post.revision);
      this.tell(say("saved"));
    } catch (error) {
      this.dirty = true;
      this.store();
      if (error instanceof Refusal && error.status === 409) {
        this.data.draftable = false;
        this.tell(say("changedElsewhere"));
      } else {
        this.tell(say("keptHere"));
        if (!(error instanceof Refusal) || error.status === 429 || error.status >= 500) setTimeout(() => this.keepThere(), 10000);
      }
    } finally {
      this.saving = false;
    }
  }
}
