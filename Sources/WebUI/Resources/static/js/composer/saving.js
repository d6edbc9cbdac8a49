// Brings what is written to the server: as a draft while one writes, and out when one says so. One call at a time; a call whose answer was
// lost is made again under its key, so that it happens once; and nothing is forgotten here before the server has said that it has it.
import { call, Refusal } from "../api.js";
import { unique } from "../dom.js";
import { amending, planned } from "./draft.js";
import { print, standing } from "./page.js";

/** @typedef {import("./document.js").Writing} Writing */
/** @typedef {import("./draft.js").Deed} Deed */
/** @typedef {import("./page.js").Post} Post */
/** @typedef {import("./page.js").Standing} Standing */
/** @typedef {import("./records.js").Creation} Creation */

/** Waits before a call that did not get through is made again, in milliseconds; the last one for ever. */
const waits = [700, 1500, 3000, 6000, 12000];

/** The server has something else than what this was written upon. */
export class Conflict extends Error {
  /** @param {Standing} theirs */
  constructor(theirs) {
    super("conflict");
    this.theirs = theirs;
  }
}

/** Nobody, or somebody else, is signed in. */
export class Stranger extends Error {
  /** @param {boolean} isOther */
  constructor(isOther) {
    super("signed out");
    this.isOther = isOther;
  }
}

/** The person does not want to wait any longer. */
export class Stopped extends Error {}

export class Server {
  /**
   * @param {string} user @param {Post | null} post @param {string | null} amends The one channel that is changed of a post that is out.
   * @param {(waiting: boolean) => void} waits Told when a call does not get through, and when it does.
   * @param {() => void} created Told before a post is made, to keep how, and after.
   */
  constructor(user, post, amends, waits, created) {
    this.amends = amends;
    this.user = user;
    this.post = post;
    this.waits = waits;
    this.created = created;
    /** @type {Creation | null} */
    this.creation = null;
    /** @type {Promise<unknown>} */
    this.line = Promise.resolve();
  }

  /**
   * Runs `work` when what was begun before is done.
   * @template Value @param {() => Promise<Value>} work @returns {Promise<Value>}
   */
  inTurn(work) {
    const turn = this.line.then(work, work);
    this.line = turn.catch(() => {});
    return turn;
  }

  /**
   * Stores a draft as a deed wants it. Throws `Refusal`, `Conflict`, `Stranger` and `Stopped`.
   * @param {Record<string, unknown>} draft @param {Deed} deed @param {AbortSignal} signal
   * @returns {Promise<Post>}
   */
  async store(draft, deed, signal) {
    const body = planned(this.amends && this.post ? amending(draft, this.amends, this.post) : draft, deed);
    // A post is always made as a draft: made twice it would harm nobody, and what goes out then rests on its revision.
    if (!this.post) await this.create({ ...planned(draft, "draft") }, signal);
    else if (this.creation) this.settle();
    const key = unique();
    for (let tries = 0; ; tries++) {
      const { id, revision } = /** @type {Post} */ (this.post);
      try {
        this.post = await this.insist(() => call("PUT", `/api/posts/${id}${scope()}`, { ...body, revision }, { "Idempotency-Key": `${key}-${tries}` }, signal), signal);
        return /** @type {Post} */ (this.post);
      } catch (error) {
        const lost = error instanceof Refusal && (error.code === "CONFLICT" || error.status === 404);
        if (!lost || tries > 4) throw error;
        await this.catchUp(error, signal);
      }
    }
  }

  /**
   * Gives a file its alternative text. A post with the file has a new revision by that, from which the writing goes on.
   * @param {string} id @param {string} altText @param {AbortSignal} signal
   * @returns {Promise<import("../api.js").MediaItem>}
   */
  async describe(id, altText, signal) {
    const item = await this.insist(() => call("PATCH", `/api/media/${id}`, { altText }, {}, signal), signal);
    if (this.post) this.goesOn(await this.look(signal));
    return item;
  }

  /**
   * Whether the post says what it said when it was last seen here; then its newest revision is the one to build on.
   * @param {Standing} theirs
   */
  goesOn(theirs) {
    if (theirs.kind !== "here" || !theirs.data.post || print(theirs.data.post) !== print(this.post)) return false;
    const isNewer = theirs.data.post.revision !== this.post?.revision;
    this.post = theirs.data.post;
    return isNewer;
  }

  /** @param {unknown} body @param {AbortSignal} signal */
  async create(body, signal) {
    this.creation ??= { body, key: unique() };
    const { body: first, key } = this.creation;
    this.created();
    try {
      this.post = await this.insist(() => call("POST", "/api/posts", first, { "Idempotency-Key": key }, signal), signal);
    } catch (error) {
      if (error instanceof Refusal) this.creation = null;
      throw error;
    }
    this.settle();
  }

  settle() {
    this.creation = null;
    this.created();
  }

  /**
   * The post was changed since. If what it says was not, goes on from there; else throws `Conflict`.
   * @param {unknown} error @param {AbortSignal} signal
   */
  async catchUp(error, signal) {
    const theirs = await this.look(signal);
    if (this.goesOn(theirs)) return;
    // It is as it was, and still it is refused: the reason is another.
    if (theirs.kind === "here" && theirs.data.post?.revision === this.post?.revision) throw error;
    throw new Conflict(theirs);
  }

  /**
   * How the post stands now.
   * @param {AbortSignal} signal
   */
  async look(signal) {
    const theirs = await this.insist(() => standing(this.post?.id ?? null, this.user, this.amends), signal);
    if (theirs.kind === "signedOut" || theirs.kind === "stranger") throw new Stranger(theirs.kind === "stranger");
    return theirs;
  }

  /**
   * Makes a call until it is answered.
   * @template Value @param {() => Promise<Value>} work @param {AbortSignal} signal @returns {Promise<Value>}
   */
  async insist(work, signal) {
    let renewed = false;
    for (let tries = 0; ; tries++) {
      if (signal.aborted) throw new Stopped();
      try {
        const answer = await work();
        this.waits(false);
        return answer;
      } catch (error) {
        if (signal.aborted) throw new Stopped();
        if (error instanceof Refusal && (error.status === 401 || error.code === "CSRF_FAILED") && !renewed) {
          // Perhaps somebody signed in again in another tab: then a fresh page tells.
          renewed = true;
          const seen = await this.insist(() => standing(null, this.user), signal);
          if (seen.kind === "signedOut" || seen.kind === "stranger") throw new Stranger(seen.kind === "stranger");
          continue;
        }
        if (!passes(error)) {
          this.waits(false);
          throw error;
        }
        this.waits(true);
        await pause(waits[Math.min(tries, waits.length - 1)], signal);
      }
    }
  }
}

/**
 * Whether waiting may help: the line, a proxy, a server that starts or is busy.
 * @param {unknown} error
 */
function passes(error) {
  if (error instanceof TypeError) return true;
  if (!(error instanceof Refusal)) return false;
  if (error.status === 409) return error.retryAfter !== null;
  return error.status === 429 || (error.status >= 500 && error.status !== 507) || (!error.code && error.status !== 413);
}

/**
 * Ends early when the line is back.
 * @param {number} milliseconds @param {AbortSignal} signal
 */
function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    setTimeout(resolve, milliseconds);
    addEventListener("online", () => resolve(null), { once: true });
    signal.addEventListener("abort", () => reject(new Stopped()), { once: true });
  });
}

/** Which posts of a series the change is for, as the form says. */
function scope() {
  const field = document.getElementById("scope");
  return field instanceof HTMLSelectElement ? `?scope=${field.value}` : "";
}
