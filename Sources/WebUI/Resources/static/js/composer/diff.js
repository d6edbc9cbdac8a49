// Two texts word by word: what they share, and what only one of them has.

/** @typedef {{kind: "same" | "mine" | "theirs", text: string}} Run */

/** Above so many comparisons only the middle, between what is alike at both ends, counts as different. */
const affordable = 4_000_000;

/** @param {string} mine @param {string} theirs @returns {Run[]} */
export function difference(mine, theirs) {
  const [left, right] = [words(mine), words(theirs)];
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left.at(-1 - end) === right.at(-1 - end)) end++;
  const [leftMiddle, rightMiddle] = [left.slice(start, left.length - end), right.slice(start, right.length - end)];
  return joined([
    { kind: "same", text: left.slice(0, start).join("") },
    ...middle(leftMiddle, rightMiddle),
    { kind: "same", text: left.slice(left.length - end).join("") },
  ]);
}

/** @param {string} text */
function words(text) {
  return text.match(/\s+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu) ?? [];
}

/**
 * By the longest common subsequence.
 * @param {string[]} left @param {string[]} right @returns {Run[]}
 */
function middle(left, right) {
  if (left.length * right.length > affordable) {
    return [{ kind: "mine", text: left.join("") }, { kind: "theirs", text: right.join("") }];
  }
  const width = right.length + 1;
  const lengths = new Uint32Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      const longer = Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
      lengths[i * width + j] = left[i] === right[j] ? lengths[(i + 1) * width + j + 1] + 1 : longer;
    }
  }
  /** @type {Run[]} */
  const runs = [];
  let [i, j] = [0, 0];
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      runs.push({ kind: "same", text: left[i++] });
      j++;
    } else if (j === right.length || (i < left.length && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])) {
      runs.push({ kind: "mine", text: left[i++] });
    } else {
      runs.push({ kind: "theirs", text: right[j++] });
    }
  }
  return runs;
}

/** @param {Run[]} runs */
function joined(runs) {
  /** @type {Run[]} */
  const all = [];
  for (const run of runs) {
    const last = all.at(-1);
    if (last?.kind === run.kind) last.text += run.text;
    else if (run.text) all.push({ ...run });
  }
  return all;
}
