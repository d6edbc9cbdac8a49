// The words of the person's language that scripts need; the page carries them.

/** @type {Record<string, string>} */
const words = JSON.parse(document.getElementById("words")?.textContent || "{}");

/**
 * The words for `key`, with `{name}` replaced by `values.name`.
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/**
 * Words for an answer that is not the server's: a proxy's page, with this status.
 * @param {number} status
 */
export function foreign(status) {
  const key = `foreign${status}`;
  return say(key in words ? key : "foreignOther", { status });
}
