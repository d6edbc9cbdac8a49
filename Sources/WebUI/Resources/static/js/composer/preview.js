// Shows a post as it will look on a channel. What stands where, what is cut and what is hidden there is the channel's `look`.
import { find, icon, make } from "../dom.js";
import { thumbnail } from "../media.js";
import { say } from "../words.js";
import { filled, partsOf, shared } from "./document.js";

/** @typedef {import("./page.js").Channel} Channel */
/** @typedef {import("./page.js").Look} Look */
/** @typedef {import("./document.js").Part} Part */
/** @typedef {import("./document.js").Writing} Writing */
/** @typedef {import("../api.js").MediaItem} MediaItem */
/**
 * What is shown of one part.
 * @typedef {{text: string, room: number, items: MediaItem[], index: number, channel: Channel, look: Look, settings: Record<string, string | boolean>}} Shown
 */

const highlighted = /https?:\/\/\S+|(?<![\p{L}\p{N}_])[@#][\p{L}\p{N}_][\p{L}\p{N}_.@-]*/gu;
const address = /https?:\/\/([^\s/?#:@]+\.[^\s/?#:@.,;!)\]]+)/u;

export class Preview {
  /** @param {HTMLElement} root @param {import("./files.js").Files} files @param {import("./counting.js").Counts} counts */
  constructor(root, files, counts) {
    this.region = find(root, "[data-preview]", HTMLElement);
    this.choice = find(root, "[data-preview-of]", HTMLElement);
    this.files = files;
    this.counts = counts;
    /** The channel that was chosen to be looked at while all are written for. */
    this.wanted = "";
    this.drawn = "";
    this.unfolded = false;
    const scheme = find(root, "[data-preview-scheme]", HTMLButtonElement);
    scheme.addEventListener("click", () => {
      const dark = matchMedia("(prefers-color-scheme: dark)").matches;
      const { theme } = document.documentElement.dataset;
      const usual = theme ?? (dark ? "dark" : "light");
      const other = this.region.dataset.scheme ? "" : usual === "dark" ? "light" : "dark";
      if (other) this.region.dataset.scheme = other;
      else delete this.region.dataset.scheme;
      scheme.setAttribute("aria-pressed", String(other !== ""));
    });
  }

  /** @param {Channel[]} chosen @param {string} tab @param {Writing} writing */
  show(chosen, tab, writing) {
    const channel = chosen.find((one) => one.id === tab) ?? chosen.find((one) => one.id === this.wanted) ?? chosen[0];
    const parts = channel ? filled(partsOf(writing, channel.id)) : [];
    const settings = channel ? (writing.settings[channel.id] ?? {}) : {};
    const shown = parts.map((part, index) => this.read(part, index, channel, settings, writing.words));
    const state = JSON.stringify([tab, chosen.map((one) => one.id), shown, this.unfolded]);
    if (state === this.drawn) return;
    this.drawn = state;
    this.choose(tab === shared ? chosen : [], channel, () => this.show(chosen, tab, writing));
    if (!channel) return this.region.replaceChildren(make("p", { class: "muted" }, say("previewNeedsChannel")));
    const more = () => {
      this.unfolded = !this.unfolded;
      this.show(chosen, tab, writing);
    };
    this.region.replaceChildren(draw(shown, channel, this.unfolded ? null : more));
  }

  /** @param {Part} part @param {number} index @param {Channel} channel @param {Shown["settings"]} settings @param {Record<string, string>} words @returns {Shown} */
  read(part, index, channel, settings, words) {
    const items = part.files.flatMap((id) => {
      const item = this.files.item(id);
      return item ? [{ ...item, altText: words[id] ?? item.altText }] : [];
    });
    const count = this.counts.of(channel, index, part.text);
    // With its links as they go out; what is too long is marked in what was written.
    const outgoing = count.length <= count.limit ? count.outgoing : null;
    return { text: outgoing ?? part.text, room: outgoing?.length ?? count.fitting, items, index, channel, look: channel.look, settings };
  }

  /**
   * While all are written for, one of them is looked at.
   * @param {Channel[]} channels @param {Channel | undefined} current @param {() => void} redraw
   */
  choose(channels, current, redraw) {
    const held = this.choice.contains(document.activeElement);
    const buttons = channels.length < 2 ? [] : channels.map((one) => {
      const name = `${one.platformName} ${one.handle}`;
      const button = make("button", { type: "button", title: name, "aria-label": name, "aria-pressed": String(one === current) }, mark(one));
      button.addEventListener("click", () => {
        this.wanted = one.id;
        this.unfolded = false;
        redraw();
      });
      return button;
    });
    this.choice.replaceChildren(...buttons);
    if (held) find(this.choice, "[aria-pressed=true]", HTMLElement).focus();
  }
}

/** @param {Channel} channel */
export const mark = (channel) => make("span", { class: "mark", "data-platform": channel.platform, "aria-hidden": "true" }, channel.mark);

/**
 * @param {Shown[]} shown @param {Channel} channel @param {(() => void) | null} more Shows what was cut; nothing when all is shown.
 */
function draw(shown, channel, more) {
  const { look } = channel;
  const comments = channel.thread === "COMMENTS";
  const [first, ...rest] = shown;
  const card = make("article", { class: "sample", "data-platform": channel.platform });
  if (look.square) card.dataset.square = "";
  const posts = channel.thread === "REPLIES" ? shown : [first];
  card.append(...posts.map((one) => post(one, look.blocks, look.beside, more)));
  if (comments && rest.length) {
    const below = rest.map((one) => post(one, ["head", "text", "media"], true, null));
    card.append(make("div", { class: "comments" }, make("p", { class: "dim" }, say("comments")), ...below));
  }
  return card;
}

/** @param {Shown} shown @param {string[]} blocks @param {boolean} beside @param {(() => void) | null} more */
function post(shown, blocks, beside, more) {
  const drawn = blocks.flatMap((name) => block(name, shown, beside, more) ?? []);
  const element = make("div", { class: beside ? "sample-part beside" : "sample-part" });
  if (beside) element.append(face(shown.channel), make("div", { class: "blocks" }, ...drawn));
  else element.append(...drawn);
  return element;
}

/** @param {string} name @param {Shown} shown @param {boolean} beside @param {(() => void) | null} more @returns {Node | null} */
function block(name, shown, beside, more) {
  const { look, settings, items, channel, index } = shown;
  const value = (/** @type {string | null | undefined} */ setting) => (setting ? String(settings[setting] ?? "") : "");
  switch (name) {
    case "head": return head(channel, look, beside);
    case "title": return value(look.title) ? make("p", { class: "headline", dir: "auto" }, value(look.title)) : null;
    case "warning": return value(look.warning) ? make("p", { class: "warned", dir: "auto" }, value(look.warning)) : null;
    case "text": return said(shown, more);
    case "media": return items.length ? media(items, look) : null;
    case "poll": return poll(look.poll.flatMap((setting) => value(setting).split("|")), String(settings.post_type ?? ""));
    case "card": return items.length === 0 && look.card ? card(shown.text, look.card) : null;
    case "deeds": return look.deeds.length && index === 0 ? make("p", { class: "deeds-row", "aria-hidden": "true" }, ...look.deeds.map(icon)) : null;
    default: return null;
  }
}

/** @param {Channel} channel */
const face = (channel) => make(
  "span", { class: "face", "aria-hidden": "true" }, [...channel.name][0]?.toUpperCase() ?? "", ...(channel.picture ? [make("img", { src: channel.picture, alt: "" })] : []),
);

/** @param {Channel} channel @param {Look} look @param {boolean} beside */
function head(channel, look, beside) {
  const names = make("div", { class: "names" }, make("b", { class: "clip" }, channel.name), make("span", { class: "dim clip" }, look.handle ? channel.handle : say("justNow")));
  return make("div", { class: "sample-head" }, ...(beside ? [] : [face(channel)]), names);
}

/** @param {Shown} shown @param {(() => void) | null} more */
function said({ text, room, look, index }, more) {
  const element = make("p", { class: "said", dir: "auto" });
  if (!text) element.append(make("span", { class: "dim" }, say("previewEmpty")));
  const isOver = room < text.length;
  const short = !isOver && index === 0 && look.cut && more ? beginning(text, look.cut) : text;
  element.append(...pieces(short.slice(0, room), look.links));
  if (isOver) element.append(make("mark", {}, text.slice(room)));
  if (short === text || !more) return element;
  const button = make("button", { type: "button", class: "dim" }, say("seeMore"));
  button.addEventListener("click", more);
  element.append("… ", button);
  return element;
}

/**
 * What is shown of a text before "see more".
 * @param {string} text @param {{characters: number, lines: number}} cut
 */
function beginning(text, cut) {
  const lines = text.split("\n").slice(0, cut.lines).join("\n");
  const letters = [...lines];
  if (letters.length <= cut.characters) return lines === text ? text : lines.trimEnd();
  const kept = letters.slice(0, cut.characters).join("");
  return kept.slice(0, Math.max(kept.lastIndexOf(" "), 1));
}

/** @param {string} text @param {boolean} links */
function pieces(text, links) {
  /** @type {(string | Node)[]} */
  const all = [];
  let position = 0;
  for (const match of text.matchAll(highlighted)) {
    if (!links && match[0].startsWith("http")) continue;
    all.push(text.slice(position, match.index), make("i", {}, match[0]));
    position = (match.index ?? 0) + match[0].length;
  }
  all.push(text.slice(position));
  return all;
}

/** @param {MediaItem[]} items @param {Look} look */
function media(items, look) {
  const shown = look.several === "row" ? items : items.slice(0, 4);
  const element = make("div", { class: "pictures", "data-count": String(shown.length), "data-several": look.several });
  for (const [index, item] of shown.entries()) {
    const frame = make("span", { class: "frame" }, thumbnail(item));
    if (item.kind === "VIDEO") frame.append(make("span", { class: "film" }, icon("play")));
    if (look.altMark && item.altText?.trim()) frame.append(make("span", { class: "alt-mark", title: item.altText }, "ALT"));
    if (index === 3 && items.length > 4 && look.several === "grid") frame.append(make("span", { class: "further" }, `+${items.length - 4}`));
    // In a row all have the shape of the first.
    const ratio = shape(look.several === "row" ? items[0] : item, look);
    if (items.length === 1 || look.several === "row") frame.style.aspectRatio = String(ratio);
    if (ratio < 0.7) frame.dataset.tall = "";
    element.append(frame);
  }
  return element;
}

/** @param {MediaItem} item @param {Look} look */
function shape(item, look) {
  if (item.kind === "VIDEO" && look.film) return look.film;
  const own = item.width && item.height ? item.width / item.height : 1.5;
  return Math.min(Math.max(own, look.picture[0]), look.picture[1]);
}

/** @param {string[]} answers @param {string} kind */
function poll(answers, kind) {
  const given = answers.map((answer) => answer.trim()).filter(Boolean);
  if (given.length === 0 || (kind && kind !== "auto" && kind !== "poll")) return null;
  return make("ul", { class: "poll" }, ...given.map((answer) => make("li", { dir: "auto" }, answer)));
}

/** @param {string} text @param {string} size */
function card(text, size) {
  const host = text.match(address)?.[1];
  if (!host) return null;
  const words = make("span", { class: "about" }, make("span", { class: "dim clip" }, host.replace(/^www\./, "")), make("span", {}, say("cardFromPage")));
  return make("div", { class: "link-card", "data-size": size }, make("span", { class: "blank" }, icon("link")), words);
}
