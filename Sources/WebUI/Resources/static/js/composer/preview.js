// Draws a post about as it will look on a channel.
import { make } from "../dom.js";
import { thumbnail } from "../media.js";
import { say } from "../words.js";

/** @typedef {import("./page.js").Channel} Channel */

const highlighted = /https?:\/\/\S+|(?<![\p{L}\p{N}_])[@#][\p{L}\p{N}_][\p{L}\p{N}_.@-]*/gu;

/** @param {HTMLElement} region @param {Channel | undefined} channel @param {import("./document.js").Part[]} shown @param {import("./files.js").Files} files @param {import("./counting.js").Counts} counts */
export function drawPreview(region, channel, shown, files, counts) {
  if (!channel) return region.replaceChildren(make("p", { class: "muted" }, say("previewNeedsChannel")));
  const parts = shown.map((part, index) => drawPart(part, index, channel, files, counts));
  region.replaceChildren(make("article", { class: "sample", "data-platform": channel.platform }, ...parts));
}

/** @param {import("./document.js").Part} part @param {number} index @param {Channel} channel @param {import("./files.js").Files} files @param {import("./counting.js").Counts} counts */
function drawPart(part, index, channel, files, counts) {
  const face = make("span", { class: "avatar", "aria-hidden": "true" }, make("span", { class: "face" }, channel.name.slice(0, 1).toUpperCase()));
  if (index === 0) face.append(make("span", { class: "mark", "data-platform": channel.platform }, channel.mark));
  const names = make("div", { class: "names" }, make("b", { class: "clip" }, channel.name), make("span", { class: "faint clip" }, channel.handle));
  const said = make("p", { class: "said", dir: "auto" });
  const room = counts.of(channel, index, part.text).fitting;
  said.append(...withLinks(part.text.slice(0, room)));
  if (room < part.text.length) said.append(make("mark", {}, part.text.slice(room)));
  if (!part.text) said.append(make("span", { class: "faint" }, say("previewEmpty")));
  const element = make("div", { class: "sample-part" }, face, make("div", { class: "clip" }, names), said);
  const items = part.files.flatMap((id) => files.item(id) ?? []);
  if (items.length) element.append(make("div", { class: "pictures" }, ...items.slice(0, 4).map(thumbnail)));
  return element;
}

/** @param {string} text */
function withLinks(text) {
  /** @type {(string | Node)[]} */
  const pieces = [];
  let position = 0;
  for (const match of text.matchAll(highlighted)) {
    pieces.push(text.slice(position, match.index), make("i", {}, match[0]));
    position = (match.index ?? 0) + match[0].length;
  }
  pieces.push(text.slice(position));
  return pieces;
}
