// What is being written, as one value that is never changed in place: every edit makes the next one.
import { unique } from "../dom.js";

/**
 * A part of a thread. `key` names it on this page; `files` are ids of files, or of uploads (`Files` knows what became of them).
 * @typedef {{key: string, text: string, files: string[]}} Part
 */
/**
 * @typedef {object} Writing
 * @property {Part[]} parts
 * @property {Record<string, Part[]>} versions What a channel gets instead.
 * @property {string[]} channels
 * @property {string} tags
 * @property {string} date
 * @property {string} time
 * @property {string} zone
 * @property {string} [recurrence] How it repeats; empty when it does not.
 * @property {Record<string, Record<string, string | boolean>>} settings Of each channel.
 * @property {boolean} [linksAsWritten] Whether the workspace's rules for links leave it alone.
 * @property {Record<string, string>} words Alternative texts that are changed here, by file.
 */

/** The tab of what all channels share. */
export const shared = "all";

/** @returns {Part} */
export function emptyPart() {
  return { key: unique(), text: "", files: [] };
}

/**
 * The parts that a tab shows.
 * @param {Writing} writing @param {string} tab
 */
export function partsOf(writing, tab) {
  return writing.versions[tab] ?? writing.parts;
}

/**
 * Whether there is more than one text to look at: several channels, or one with a text of its own.
 * @param {Writing} writing
 */
export function hasTabs({ channels, versions }) {
  return channels.length > 1 || channels.some((id) => id in versions);
}

/** @param {Writing} writing @param {string} tab @param {Part[]} parts @returns {Writing} */
export function withParts(writing, tab, parts) {
  return tab === shared ? { ...writing, parts } : { ...writing, versions: { ...writing.versions, [tab]: parts } };
}

/**
 * Gives a channel parts of its own, copies of the shared ones under new keys. Also returns the new keys by the old ones.
 * @param {Writing} writing @param {string} tab @returns {{writing: Writing, keys: Map<string, string>}}
 */
export function fork(writing, tab) {
  /** @type {Map<string, string>} */
  const keys = new Map();
  if (tab === shared || tab in writing.versions) return { writing, keys };
  const parts = writing.parts.map((part) => {
    const key = unique();
    keys.set(part.key, key);
    return { ...part, key };
  });
  return { writing: withParts(writing, tab, parts), keys };
}

/** @param {Writing} writing @param {string} tab @returns {Writing} */
export function share(writing, tab) {
  const { [tab]: _, ...versions } = writing.versions;
  return { ...writing, versions };
}

/** @template Item @param {Item[]} items @param {number} index @param {number} step @returns {Item[]} */
export function moved(items, index, step) {
  const target = index + step;
  if (index < 0 || target < 0 || target >= items.length) return items;
  const next = [...items];
  [next[index], next[target]] = [next[target], next[index]];
  return next;
}

/**
 * What goes out: no part that is wholly empty, except when nothing else is there.
 * @param {Part[]} parts
 */
export function filled(parts) {
  const some = parts.filter((part) => part.text.trim() || part.files.length);
  return some.length ? some : parts.slice(0, 1);
}

/**
 * Every list of parts that counts: the shared one and those of chosen channels.
 * @param {Writing} writing
 */
export function lists(writing) {
  return [writing.parts, ...writing.channels.flatMap((id) => (writing.versions[id] ? [writing.versions[id]] : []))];
}

/** @param {Writing} writing */
export function isEmpty(writing) {
  return lists(writing).every((parts) => parts.every((part) => !part.text.trim() && !part.files.length));
}

/**
 * All files that are attached.
 * @param {Writing} writing
 */
export function filesOf(writing) {
  return [...new Set(lists(writing).flatMap((parts) => parts.flatMap((part) => part.files)))];
}

/**
 * Whether two say the same; keys of parts do not matter.
 * @param {Writing} one @param {Writing} other
 */
export function same(one, other) {
  return one === other || said(one) === said(other);
}

/**
 * All that a document says, as a text to compare.
 * @param {Writing} writing
 */
export function said(writing) {
  return JSON.stringify(writing, withoutKeys);
}

/** @param {string} name @param {unknown} value */
function withoutKeys(name, value) {
  return name === "key" ? undefined : value;
}
