// The document as the REST interface takes it.
import { filled } from "./document.js";

/** @typedef {import("./document.js").Writing} Writing */
/** @typedef {import("./document.js").Part} Part */
/**
 * What a person asks for.
 * @typedef {"draft" | "schedule" | "now" | "next-slot"} Deed
 */

/**
 * The tags that stand in the field.
 * @param {string} tags
 */
export const wordsOf = (tags) => tags.split(/[\s,#]+/).filter(Boolean);

/**
 * @param {Writing} writing @param {import("./files.js").Files} files @param {import("./page.js").ComposerData["planned"]} planned
 */
export function draftOf(writing, files, planned) {
  /** @param {Part[]} parts */
  const sent = (parts) => filled(parts).map((part) => ({ text: part.text, mediaIds: files.resolved(part.files) }));
  const chosen = (/** @type {Record<string, any>} */ by) => Object.fromEntries(writing.channels.flatMap((id) => (by[id] ? [[id, by[id]]] : [])));
  const versions = Object.fromEntries(Object.entries(chosen(writing.versions)).map(([id, parts]) => [id, sent(parts)]));
  return {
    parts: sent(writing.parts),
    versions,
    platforms: writing.channels,
    settings: chosen(writing.settings),
    tags: wordsOf(writing.tags),
    ...(writing.linksAsWritten ? { linksAsWritten: true } : {}),
    ...time(writing, planned),
  };
}

/**
 * The form shows minutes: a time that was not touched stays to the second.
 * @param {Writing} writing @param {import("./page.js").ComposerData["planned"]} planned
 */
function time({ date, time, zone, recurrence }, planned) {
  if (!date || !time) return {};
  const untouched = planned && planned.date === date && planned.time === time && planned.zone === zone;
  return { scheduledFor: untouched ? planned.value : `${date}T${time}`, timeZone: zone || undefined, recurrence: recurrence || undefined };
}

/**
 * A draft that was written for one channel of a post that is out on others, as a change of the whole.
 * @param {Record<string, any>} draft @param {string} channel @param {import("./page.js").Post} post
 */
export function amending(draft, channel, { parts, versions, settings, platforms, tags }) {
  const own = { .../** @type {object} */ (versions), [channel]: draft.parts };
  return { ...draft, parts, platforms, tags, versions: own, settings: { .../** @type {object} */ (settings), ...draft.settings } };
}

/**
 * How a draft is sent for a deed.
 * @param {Record<string, unknown>} draft @param {Deed} deed
 */
export function planned(draft, deed) {
  if (deed === "draft") return { ...draft, status: "DRAFT" };
  if (deed === "schedule") return { ...draft, status: "SCHEDULED" };
  const { scheduledFor: _, timeZone: __, recurrence, ...rest } = draft;
  return { ...rest, ...(deed === "next-slot" ? { recurrence } : {}), schedule: deed };
}
