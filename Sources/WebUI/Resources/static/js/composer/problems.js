// Problems of a draft in words, each with a way to the place it is about.
import { icon, make } from "../dom.js";
import { say } from "../words.js";

/** @typedef {{code: string, severity: string, message: string, integrationId?: string | null, part?: number | null, field?: string | null,
 *   mediaId?: string | null, mend?: string | null}} Problem */

/**
 * @param {HTMLElement} list @param {Problem[]} problems
 * @param {{go: (problem: Problem) => void, convert: (problem: Problem) => void}} acts
 */
export function drawProblems(list, problems, { go, convert }) {
  /** Files and channels for which converting was offered already: one is enough. @type {Set<string>} */
  const offered = new Set();
  const lines = problems.map((problem) => {
    const line = make("li", { "data-severity": problem.severity }, icon("alert"), make("span", {}, problem.message));
    const key = `${problem.mediaId} ${problem.integrationId}`;
    if (problem.mend === "CONVERT" && !offered.has(key)) {
      offered.add(key);
      const button = make("button", { type: "button" }, say("convert"));
      button.addEventListener("click", () => {
        button.setAttribute("disabled", "");
        convert(problem);
      });
      line.append(button);
    } else if (canGo(problem)) {
      const button = make("button", { type: "button" }, say("goTo"));
      button.addEventListener("click", () => go(problem));
      line.append(button);
    }
    return line;
  });
  list.replaceChildren(...lines);
}

/** @param {Problem} problem */
function canGo(problem) {
  return problem.integrationId != null || problem.part != null || problem.field != null || problem.code.startsWith("TIME_") || problem.code === "NO_CHANNELS";
}

/**
 * Shows at each channel's chip how many errors it has.
 * @param {Iterable<HTMLElement>} chips @param {Problem[]} problems
 */
export function drawCounts(chips, problems) {
  for (const chip of chips) {
    chip.querySelector(".problems")?.remove();
    const count = problems.filter((problem) => problem.severity === "ERROR" && problem.integrationId === chip.dataset.channel).length;
    if (count) chip.append(make("span", { class: "problems", "aria-label": say("problemCount", { count }) }, String(count)));
  }
}
