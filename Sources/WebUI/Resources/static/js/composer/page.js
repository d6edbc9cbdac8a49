// The composer's page as the server makes it: the one on screen, and a fresh one that tells how things stand now.
import { find, findAll, unique } from "../dom.js";
import { emptyPart } from "./document.js";

/** @typedef {import("./document.js").Writing} Writing */
/** @typedef {import("./document.js").Part} Part */
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
 * @property {boolean} mentions Whether the platform can be asked for names.
 * @property {boolean} coverPicture Whether a picture beside a film becomes its cover.
 * @property {"REPLIES" | "COMMENTS" | "NONE"} thread What further parts become.
 * @property {boolean} waits Whether what is planned there waits for an approval.
 * @property {Look} look
 * @property {string | null} [picture] Of the account.
 */
/**
 * How posts look there (PreviewLook.swift).
 * @typedef {object} Look
 * @property {string[]} blocks
 * @property {string[]} deeds
 * @property {boolean} beside
 * @property {boolean} square
 * @property {boolean} handle
 * @property {{characters: number, lines: number} | null} [cut]
 * @property {[number, number]} picture
 * @property {number | null} [film]
 * @property {"grid" | "row"} several
 * @property {boolean} altMark
 * @property {boolean} links
 * @property {"large" | "small" | null} [card]
 * @property {string | null} [title]
 * @property {string | null} [warning]
 * @property {string[]} poll
 * @property {string[]} crops
 * @property {string | null} [coverSetting]
 * @property {number | null} [coverUnits] How many of them a second has.
 */
/**
 * What the server has.
 * @typedef {{id: string, revision: number, status: string} & Record<string, unknown>} Post
 */
/**
 * @typedef {object} ComposerData
 * @property {{id: string, email: string, zone: string}} user
 * @property {Post | null} post
 * @property {string | null} [amends] The one channel for which a post is changed that is out on others.
 * @property {{date: string, time: string, zone: string, value: string} | null} planned The time as the form shows it, and as it is.
 * @property {Channel[]} channels
 * @property {{text: string, mediaIds: string[]}[]} parts
 * @property {Record<string, {text: string, mediaIds: string[]}[]>} versions
 * @property {MediaItem[]} media
 */

/** @param {ParentNode} root @returns {ComposerData} */
export function readData(root) {
  return JSON.parse(find(root, "[data-composer]", HTMLScriptElement).textContent || "{}");
}

/**
 * What the page says, with what was typed into it before its scripts ran.
 * @param {ParentNode} root @param {ComposerData} data @returns {Writing}
 */
export function readWriting(root, data) {
  const parts = data.parts.map(part);
  findAll(root, ".part textarea[name=text]", HTMLTextAreaElement).forEach((area, index) => {
    if (area.value === area.defaultValue) return;
    (parts[index] ??= emptyPart()).text = area.value;
  });
  return {
    parts: parts.length ? parts : [emptyPart()],
    versions: Object.fromEntries(Object.entries(data.versions).map(([id, own]) => [id, own.map(part)])),
    ...readFields(root),
    words: {},
  };
}

/** @param {{text: string, mediaIds: string[]}} stored @returns {Part} */
function part({ text, mediaIds }) {
  return { key: unique(), text, files: mediaIds };
}

// The fields beside the text

/** @param {ParentNode} root @returns {Pick<Writing, "channels" | "tags" | "date" | "time" | "zone" | "recurrence" | "settings" | "linksAsWritten">} */
export function readFields(root) {
  const text = (/** @type {string} */ id) => find(root, `#${id}`, HTMLInputElement).value;
  /** @type {Writing["settings"]} */
  const settings = {};
  for (const group of groups(root)) {
    settings[group.dataset.channel ?? ""] = Object.fromEntries(inputs(group).map((input) => [input.dataset.setting ?? "", value(input)]));
  }
  return {
    channels: boxes(root).filter((box) => box.checked).map((box) => box.value),
    tags: text("tags"), date: text("date"), time: text("time"), zone: text("zone"), recurrence: text("recurrence"), settings,
    linksAsWritten: linksBox(root)?.checked ?? false,
  };
}

/**
 * Puts what is written into the fields; those that show it already are left alone.
 * @param {ParentNode} root @param {Writing} writing
 */
export function writeFields(root, writing) {
  for (const box of boxes(root)) box.checked = writing.channels.includes(box.value);
  for (const id of /** @type {const} */ (["tags", "date", "time", "zone", "recurrence"])) {
    const input = find(root, `#${id}`, HTMLInputElement);
    const wanted = writing[id] ?? "";
    if (input.value !== wanted) input.value = wanted;
  }
  const links = linksBox(root);
  if (links) links.checked = writing.linksAsWritten ?? false;
  for (const group of groups(root)) {
    const channel = group.dataset.channel ?? "";
    group.hidden = !writing.channels.includes(channel);
    for (const input of inputs(group)) {
      const wanted = writing.settings[channel]?.[input.dataset.setting ?? ""];
      if (wanted === undefined || wanted === value(input)) continue;
      if (input instanceof HTMLInputElement && input.type === "checkbox") input.checked = wanted === true;
      else input.value = String(wanted);
    }
    showKind(group, String(writing.settings[channel]?.post_type ?? ""));
  }
}

/**
 * Hides the settings that the chosen kind of post does not have; what stands in them is kept. As long as the kind follows from the files, all
 * are there.
 * @param {ParentNode} group @param {string} kind
 */
function showKind(group, kind) {
  for (const field of findAll(group, "[data-kinds]", HTMLElement)) {
    field.hidden = kind !== "" && kind !== "auto" && !(field.dataset.kinds ?? "").split(" ").includes(kind);
  }
}

/**
 * Only there where something becomes of links.
 * @param {ParentNode} root @returns {HTMLInputElement | null}
 */
const linksBox = (root) => root.querySelector("#links-as-written");
/** @param {ParentNode} root */
const boxes = (root) => findAll(root, 'input[name="channel"]', HTMLInputElement);
/** @param {ParentNode} root */
const groups = (root) => findAll(root, "details[data-channel]", HTMLDetailsElement);

/** @param {ParentNode} group */
function inputs(group) {
  return [...group.querySelectorAll("[data-setting]")].flatMap((input) =>
    input instanceof HTMLInputElement || input instanceof HTMLSelectElement || input instanceof HTMLTextAreaElement ? [input] : [],
  );
}

/** @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} input */
function value(input) {
  return input instanceof HTMLInputElement && input.type === "checkbox" ? input.checked : input.value;
}

// How things stand on the server

/**
 * What became of a post: it can still be edited, it cannot any more, it is gone, or it is not known who asks.
 * @typedef {{kind: "here", data: ComposerData, writing: Writing} | {kind: "out" | "gone" | "signedOut" | "stranger"}} Standing
 */

/**
 * Asks for the page anew, and takes over its proof for changing calls. Throws `TypeError` when offline.
 * @param {string | null} post @param {string} user @param {string | null} [amends]
 * @returns {Promise<Standing>}
 */
export async function standing(post, user, amends) {
  const path = post ? `/posts/${post}/edit` : "/compose";
  const response = await fetch(amends ? `${path}?channel=${amends}` : path, { headers: { Accept: "text/html" } });
  const landed = new URL(response.url).pathname;
  if (landed === "/login") return { kind: "signedOut" };
  if (response.status === 404) return { kind: "gone" };
  if (response.status === 401) return { kind: "signedOut" };
  if (!response.ok) throw new TypeError(response.statusText);
  if (landed !== path) return { kind: "out" };
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const data = readData(page);
  if (data.user.id !== user) return { kind: "stranger" };
  const fresh = page.querySelector('meta[name="csrf"]')?.getAttribute("content");
  if (fresh) document.querySelector('meta[name="csrf"]')?.setAttribute("content", fresh);
  return { kind: "here", data, writing: readWriting(page, data) };
}

/**
 * What the server has of a post, as a text to compare: its revision may have grown without anything of this having changed.
 * @param {Post | null} post
 */
export function print(post) {
  if (!post) return "";
  const { parts, versions, settings, platforms, tags, scheduledFor, timeZone, recurrence, linksAsWritten, status } = post;
  return JSON.stringify([parts, versions, settings, platforms, tags, scheduledFor, timeZone, recurrence, linksAsWritten, status], inOrder);
}

/**
 * Objects with their names in order.
 * @param {string} _ @param {any} value
 */
function inOrder(_, value) {
  if (!value || typeof value !== "object" || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
