// What is being written: shared parts, and versions of single channels that differ.

/** @typedef {{text: string, mediaIds: string[]}} Part */
/** @typedef {import("../api.js").MediaItem} MediaItem */
/**
 * @typedef {object} Channel
 * @property {string} id
 * @property {string} name
 * @property {string} handle
 * @property {string} platform
 * @property {string} platformName
 * @property {string} mark
 * @property {number} limit
 * @property {number} followUpLimit
 */
/**
 * @typedef {object} ComposerData
 * @property {string | null} id
 * @property {number | null} revision
 * @property {boolean} draftable
 * @property {Channel[]} channels
 * @property {Part[]} parts
 * @property {Record<string, Part[]>} versions
 * @property {MediaItem[]} media
 */

export const shared = "all";

export class Writing {
  /** @param {ComposerData} data */
  constructor(data) {
    this.parts = data.parts.length ? data.parts : [emptyPart()];
    this.versions = data.versions;
    this.active = shared;
    /** @type {Map<string, MediaItem>} */
    this.media = new Map(data.media.map((item) => [item.id, item]));
  }

  /** The parts that the open tab shows. */
  get shown() {
    return this.versions[this.active] ?? this.parts;
  }

  /** The parts that the open tab changes: a channel's own, made from the shared ones when it first differs. */
  get written() {
    if (this.active === shared) return this.parts;
    return (this.versions[this.active] ??= structuredClone(this.parts));
  }

  /** @param {string} channel */
  partsFor(channel) {
    return this.versions[channel] ?? this.parts;
  }

  /** @param {string} channel */
  share(channel) {
    delete this.versions[channel];
  }

  /** @param {number} index @param {number} step */
  movePart(index, step) {
    const parts = this.written;
    const target = index + step;
    if (target < 0 || target >= parts.length) return;
    [parts[index], parts[target]] = [parts[target], parts[index]];
  }

  get isEmpty() {
    return [this.parts, ...Object.values(this.versions)].every((parts) => parts.every((part) => !part.text.trim() && !part.mediaIds.length));
  }

  /** What is sent and kept: no part that is wholly empty, except when nothing else is there. */
  get content() {
    return { parts: filled(this.parts), versions: Object.fromEntries(Object.entries(this.versions).map(([id, parts]) => [id, filled(parts)])) };
  }
}

/** @returns {Part} */
export function emptyPart() {
  return { text: "", mediaIds: [] };
}

/** @param {Part[]} parts */
function filled(parts) {
  const some = parts.filter((part) => part.text.trim() || part.mediaIds.length);
  return some.length ? some : parts.slice(0, 1);
}
