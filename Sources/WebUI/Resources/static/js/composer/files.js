// The files of a post: those that are there, and those on their way up. A file that is chosen has an id at once, which stays in the document
// whatever becomes of the upload; so undo, moving and copying need to know nothing of it.
import { Refusal } from "../api.js";
import { unique } from "../dom.js";
import { upload } from "../uploads.js";
import { say } from "../words.js";

/** @typedef {import("../api.js").MediaItem} MediaItem */
/**
 * @typedef {object} Upload
 * @property {string} id
 * @property {File} file
 * @property {number} share How much is up, 0 to 1.
 * @property {"waiting" | "running" | "failed" | "ready"} state
 * @property {string} reason Why it failed, in words.
 * @property {AbortController} stop
 * @property {string} picture Address of the file itself, to show it.
 */

const atOnce = 2;

export class Files {
  /**
   * @param {MediaItem[]} items
   * @param {(id: string) => void} changed Called whenever something is known anew of a file.
   * @param {() => void} refused Called when the server did not know who uploads.
   */
  constructor(items, changed, refused) {
    /** @type {Map<string, MediaItem>} */
    this.items = new Map(items.map((item) => [item.id, item]));
    /** @type {Map<string, Upload>} */
    this.uploads = new Map();
    this.changed = changed;
    this.refused = refused;
    addEventListener("online", () => this.again());
  }

  /**
   * Takes a file that is there already.
   * @param {MediaItem} item
   */
  know(item) {
    this.items.set(item.id, item);
  }

  /**
   * The file behind an id; none while it is on its way.
   * @param {string} id
   */
  item(id) {
    return this.items.get(id);
  }

  /**
   * Begins to upload, and returns the id for the document.
   * @param {File} file
   */
  take(file) {
    const id = `upload:${unique()}`;
    this.uploads.set(id, { id, file, share: 0, state: "waiting", reason: "", stop: new AbortController(), picture: URL.createObjectURL(file) });
    this.goOn();
    return id;
  }

  /**
   * Tries a failed one again; without an id, all of them.
   * @param {string} [id]
   */
  again(id) {
    for (const one of this.uploads.values()) {
      if (one.state !== "failed" || (id && one.id !== id)) continue;
      Object.assign(one, { state: "waiting", share: 0, reason: "", stop: new AbortController() });
      this.changed(one.id);
    }
    this.goOn();
  }

  /** @param {string} id */
  cancel(id) {
    this.uploads.get(id)?.stop.abort();
  }

  /**
   * Those of `ids` that are still on their way, or failed.
   * @param {string[]} ids
   */
  missing(ids) {
    return ids.flatMap((id) => (this.items.has(id) ? [] : (this.uploads.get(id) ?? [])));
  }

  /**
   * The files' own ids, without those that are not there.
   * @param {string[]} ids
   */
  resolved(ids) {
    return ids.flatMap((id) => this.items.get(id)?.id ?? []);
  }

  goOn() {
    const all = [...this.uploads.values()];
    let running = all.filter((one) => one.state === "running").length;
    for (const next of all) {
      if (running >= atOnce) return;
      if (next.state !== "waiting") continue;
      running++;
      this.run(next);
    }
  }

  /** @param {Upload} one */
  async run(one) {
    one.state = "running";
    try {
      const onProgress = (/** @type {number} */ share) => {
        one.share = share;
        this.changed(one.id);
      };
      const item = await upload(one.file, { onProgress, signal: one.stop.signal });
      this.items.set(item.id, item);
      this.items.set(one.id, item);
      one.state = "ready";
      URL.revokeObjectURL(one.picture);
    } catch (error) {
      one.state = "failed";
      const cancelled = error instanceof DOMException && error.name === "AbortError";
      one.reason = cancelled ? say("uploadCancelled") : error instanceof Refusal ? error.message : say("uploadBroken");
      if (error instanceof Refusal && (error.status === 401 || error.code === "CSRF_FAILED")) this.refused();
    }
    this.changed(one.id);
    this.goOn();
  }
}
