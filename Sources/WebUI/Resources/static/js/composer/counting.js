// How long texts are on their channels. Only the server counts, since each platform has its own rule: the page asks, and shows a length as
// uncertain until the answer is there.

/** @typedef {{integrationId: string, part: number, length: number, limit: number, fitting: number, outgoing?: string | null}} TextCount */
/** @typedef {{length: number, limit: number, fitting: number, certain: boolean, outgoing?: string | null}} Shown */
/** @typedef {import("./page.js").Channel} Channel */

export class Counts {
  constructor() {
    /** @type {Map<string, TextCount>} */
    this.known = new Map();
    /** @type {Map<string, {text: string, length: number, limit: number}>} */
    this.last = new Map();
  }

  /**
   * Takes in what the server said about `texts`, the parts as they were sent for a channel.
   * @param {TextCount[]} counts @param {(channel: string) => {text: string}[]} texts
   */
  take(counts, texts) {
    this.known.clear();
    for (const count of counts) this.known.set(key(count.integrationId, count.part, texts(count.integrationId)[count.part]?.text ?? ""), count);
  }

  /** What was counted may no longer be so: a setting that goes into the text has changed. */
  doubt() {
    this.known.clear();
  }

  /**
   * The length to show for a part. Until the server has counted it: the last one, and what was typed since.
   * @param {Channel} channel @param {number} index @param {string} text
   * @returns {Shown}
   */
  of(channel, index, text) {
    const place = `${channel.id} ${index}`;
    const count = this.known.get(key(channel.id, index, text));
    if (count) {
      this.last.set(place, { text, length: count.length, limit: count.limit });
      return { length: count.length, limit: count.limit, fitting: count.fitting, certain: true, outgoing: count.outgoing };
    }
    const last = this.last.get(place) ?? { text: "", length: 0, limit: index === 0 ? channel.limit : channel.followUpLimit };
    const length = Math.max(0, last.length + text.length - last.text.length);
    return { length, limit: last.limit, fitting: text.length, certain: text === "" };
  }
}

/** @param {string} channel @param {number} index @param {string} text */
function key(channel, index, text) {
  return `${channel} ${index === 0 ? "first" : "further"} ${text.replace(/\r\n?/g, "\n")}`;
}
