// Undo and redo over everything that is written: a line of states and where on it we are.

/** @typedef {import("./document.js").Writing} Writing */
/**
 * Where the caret was.
 * @typedef {{key: string, start: number, end: number} | null} Caret
 */
/** @typedef {{writing: Writing, tab: string, caret: Caret, kind: string, at: number}} State */

const longest = 300;
/** Changes of one kind belong together when no more than this lies between them, in milliseconds. */
const together = 800;

export class History {
  /** @param {Writing} writing @param {string} tab */
  constructor(writing, tab) {
    /** @type {State[]} */
    this.states = [{ writing, tab, caret: null, kind: "", at: 0 }];
    this.index = 0;
  }

  get now() {
    return this.states[this.index];
  }

  /**
   * Takes a change in. Those of one `kind` that follow each other closely are one step; with an empty kind each is its own.
   * @param {Writing} writing @param {string} tab @param {Caret} caret @param {string} kind
   */
  change(writing, tab, caret, kind) {
    const at = performance.now();
    const goesOn = kind !== "" && kind === this.now.kind && at - this.now.at < together && this.index === this.states.length - 1;
    this.states.length = this.index + (goesOn && this.index > 0 ? 0 : 1);
    this.states.push({ writing, tab, caret, kind, at });
    if (this.states.length > longest) this.states.shift();
    this.index = this.states.length - 1;
  }

  /**
   * The state to go to, `-1` back or `1` forth; nothing at either end.
   * @param {number} step
   */
  step(step) {
    if (!this.states[this.index + step]) return null;
    this.index += step;
    // What is typed next is a step of its own.
    this.now.kind = "";
    return this.now;
  }

  /**
   * Puts `writing` in place of the present state, as when something is learned that no undo may take back.
   * @param {Writing} writing
   */
  amend(writing) {
    this.now.writing = writing;
  }
}
