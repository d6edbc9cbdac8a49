// Counts a text the way a platform does, for instant feedback. The server's own count decides.

/** @typedef {{counting: string, limit: number, urlLength: number}} TextRule */

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const schemeLink = /(?<![\p{L}\p{N}@$#])https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'*_~]/giu;
const bareLink = /(?<![\p{L}\p{N}@$#\-_./])(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(?:com|org|net|edu|gov|io|co|dev|app|ai|me|info|biz|news|blog|shop|store|online|site|xyz|tech|social|cloud|eu|uk|de|fr|es|it|nl|be|ch|at|pl|se|no|dk|fi|ie|pt|cz|us|ca|au|nz|in|jp|cn|kr|br|mx|ru|ua|tv|fm|ly|to|gg)(?![\p{L}\p{N}@-])(?:[/?#][^\s<>"]*[^\s<>".,;:!?)\]}'*_~])?/giu;
const remoteMention = /(?<![\p{L}\p{N}_/=])(@[a-z0-9_.-]+)@[\p{L}\p{N}.:-]*[\p{L}\p{N}]/giu;
const emoji = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3/u;

/** @type {Record<string, (text: string, urlLength: number) => number>} */
const counters = {
  WEIGHTED: weighted,
  GRAPHEMES: (text, urlLength) => {
    let links = 0;
    const rest = text.replace(schemeLink, () => (links++, "")).replace(remoteMention, "$1");
    return [...graphemes.segment(rest)].length + links * urlLength;
  },
  UTF16: (text) => text.length,
  UTF8: (text) => new TextEncoder().encode(text).length,
};

/** @param {string} text @param {number} urlLength */
function weighted(text, urlLength) {
  let links = 0;
  const rest = text.normalize("NFC").replace(schemeLink, () => (links++, "\n")).replace(bareLink, () => (links++, "\n"));
  let length = links * (urlLength - 1);
  for (const { segment } of graphemes.segment(rest)) {
    if (emoji.test(segment) && ((segment.codePointAt(0) ?? 0) >= 0x2000 || segment.includes("\u20E3"))) length += 2;
    else for (const character of segment) length += isLight(character.codePointAt(0) ?? 0) ? 1 : 2;
  }
  return length;
}

/** @param {number} point */
function isLight(point) {
  return point <= 4351 || (point >= 8192 && point <= 8205) || (point >= 8208 && point <= 8223) || (point >= 8242 && point <= 8247);
}

/** @param {string} text @param {TextRule} rule */
export function measure(text, rule) {
  return (counters[rule.counting] ?? counters.UTF16)(text, rule.urlLength);
}

/**
 * How much of `text`, in UTF-16 units, still fits.
 * @param {string} text @param {TextRule} rule
 */
export function fitting(text, rule) {
  if (measure(text, rule) <= rule.limit) return text.length;
  const ends = [0, ...[...graphemes.segment(text)].map(({ index, segment }) => index + segment.length)];
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (measure(text.slice(0, ends[middle]), rule) <= rule.limit) low = middle;
    else high = middle - 1;
  }
  return ends[low];
}
