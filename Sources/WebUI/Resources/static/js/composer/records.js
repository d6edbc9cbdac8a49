// What is written, kept whole in this browser: one record for each page on which somebody writes, until the server has it.
import { unique } from "../dom.js";

/** @typedef {import("./document.js").Writing} Writing */
/** @typedef {import("../api.js").MediaItem} MediaItem */
/**
 * A call whose outcome is unknown, to be made again as it was.
 * @typedef {{body: unknown, key: string}} Creation
 */
/**
 * @typedef {object} Kept
 * @property {string} page
 * @property {string} user
 * @property {string | null} post
 * @property {string} base What the server had when this was written upon it.
 * @property {number} at Milliseconds since 1970.
 * @property {Writing} writing
 * @property {MediaItem[]} items
 * @property {number} unsent How many files had not arrived.
 * @property {Creation | null} creation
 */

const prefix = "postiz:writing:";
const channels = "postiz:channels:";
/** For how long what nobody came back for is kept, in milliseconds. */
const longest = 60 * 24 * 3600 * 1000;
/** How long other pages have to say that they are there, in milliseconds. */
const patience = 250;

export class Records {
  /** @param {string} user */
  constructor(user) {
    this.user = user;
    this.page = unique();
    /** The page that this tab showed before, when it is loaded anew. */
    this.before = take(() => sessionStorage.getItem(prefix)) ?? "";
    take(() => sessionStorage.setItem(prefix, this.page));
    /** The post that page had made. */
    this.made = take(() => sessionStorage.getItem(`${prefix}made`)) ?? null;
    take(() => sessionStorage.removeItem(`${prefix}made`));
    this.line = new BroadcastChannel("postiz-writing");
    this.line.addEventListener("message", (event) => {
      if (event.data?.ask) this.line.postMessage({ here: this.page });
    });
  }

  /**
   * Whether it could be stored.
   * @param {Omit<Kept, "page" | "user" | "at">} kept
   */
  store(kept) {
    const record = { ...kept, page: this.page, user: this.user, at: Date.now() };
    return take(() => (localStorage.setItem(prefix + this.page, JSON.stringify(record)), true)) ?? false;
  }

  /**
   * What this page writes has become a post.
   * @param {string} post
   */
  adopt(post) {
    take(() => sessionStorage.setItem(`${prefix}made`, post));
  }

  /** This page writes nothing: the next one in the tab goes on with what the one before it wrote. */
  pass() {
    take(() => sessionStorage.setItem(prefix, this.before));
  }

  /** @param {string} page */
  forget(page = this.page) {
    take(() => localStorage.removeItem(prefix + page));
  }

  /**
   * What this person wrote for a post on pages that are gone, the newest first.
   * @param {string | null} post
   */
  async left(post) {
    const records = this.all().filter((one) => one.user === this.user && one.post === post && one.page !== this.page);
    if (records.length === 0) return [];
    const living = await this.living();
    return records.filter((one) => !living.has(one.page)).sort((one, other) => other.at - one.at);
  }

  /** @returns {Kept[]} */
  all() {
    const keys = take(() => Object.keys(localStorage).filter((key) => key.startsWith(prefix))) ?? [];
    return keys.flatMap((key) => {
      const record = take(() => JSON.parse(localStorage.getItem(key) ?? "null"));
      if (record?.at < Date.now() - longest) take(() => localStorage.removeItem(key));
      return record?.writing?.parts ? [record] : [];
    });
  }

  /** @returns {Promise<Set<string>>} */
  living() {
    /** @type {Set<string>} */
    const pages = new Set();
    /** @param {MessageEvent} event */
    const note = (event) => event.data?.here && pages.add(event.data.here);
    this.line.addEventListener("message", note);
    this.line.postMessage({ ask: true });
    return new Promise((resolve) =>
      setTimeout(() => {
        this.line.removeEventListener("message", note);
        resolve(pages);
      }, patience),
    );
  }
}

/**
 * The channels to which this person sent last from this browser.
 * @param {string} user
 */
export function lastChannels(user) {
  return (take(() => localStorage.getItem(channels + user)) ?? "").split(" ").filter(Boolean);
}

/** @param {string} user @param {string[]} ids */
export function noteChannels(user, ids) {
  take(() => localStorage.setItem(channels + user, ids.join(" ")));
}

/**
 * Nothing where the browser refuses to store.
 * @template Value @param {() => Value} work @returns {Value | undefined}
 */
function take(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
