// Problems of a draft in words, each with a way to the place it is about.
import { icon, make } from "../dom.js";
import { say } from "../words.js";

/** @typedef {{code: string, severity: string, message: string, integrationId?: string | null, part?: number | null, field?: string | null}} Problem */

/**
 * @param {HTMLElement} list @param {Problem[]} problems @param {(problem: Problem) => void} go
 */
export function drawProblems(list, problems, go) {
  const lines = problems.map((problem) => {
    const line = make("li", { "data-severity": problem.severity }, icon("alert"), make("span", {}, problem.message));
    if (canGo(problem)) {
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
