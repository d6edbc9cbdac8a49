// A list of posts with the keyboard: `j` and `k` go from row to row, `x` chooses the one that has the focus.
import { isWriting } from "./shortcuts.js";

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  const rows = [...document.querySelectorAll(".post-row")];
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = { j: at + 1, k: Math.max(at, 1) - 1 }[event.key];
  const goal = event.key === "x" ? rows[at]?.querySelector("[name=post]") : rows[next ?? -1]?.querySelector(".what a");
  if (!(goal instanceof HTMLElement)) return;
  event.preventDefault();
  if (event.key === "x") goal.click();
  else goal.focus();
});
