// A small choice of emoji. Keyboards of phones and systems have them all.
import { findAll, make } from "../dom.js";

const all = [..."😀😄😂🙂😉😍🥰😎🤔😅😭😡🥳🤩😴🤗👍👎👏🙌🙏💪👋🤝✌️👉👀❤️🧡💛💚💙💜🖤💯✨🔥⭐🎉🎂🎁🏆🚀💡📣📌📅⏰✅❌⚠️❓❗➡️⬇️🔗📷🎬🎧🎶📚💻📱🛒💰📈🌍☀️🌧️❄️🌱🌸🍀🌊🍎🍕☕🍵🍷⚽🚲✈️🏡🐶🐱"]
  .reduce((/** @type {string[]} */ found, sign) => (sign === "\ufe0f" ? [...found.slice(0, -1), found[found.length - 1] + sign] : [...found, sign]), []);
const columns = 8;

/**
 * Fills the dialog and opens it; `pick` gets what was chosen.
 * @param {HTMLDialogElement} dialog @param {(sign: string) => void} pick
 */
export function chooseEmoji(dialog, pick) {
  const grid = make("div", { class: "emoji-grid", role: "group", "aria-labelledby": "emoji-title" }, ...all.map((sign, index) => {
    const button = make("button", { type: "button", tabindex: index === 0 ? "0" : "-1" }, sign);
    button.addEventListener("click", () => {
      dialog.close();
      pick(sign);
    });
    return button;
  }));
  grid.addEventListener("keydown", (event) => walk(grid, event));
  dialog.querySelector(".emoji-grid")?.remove();
  dialog.append(grid);
  dialog.showModal();
  grid.querySelector("button")?.focus();
}

/** @param {HTMLElement} grid @param {KeyboardEvent} event */
function walk(grid, event) {
  const buttons = findAll(grid, "button", HTMLButtonElement);
  const at = buttons.findIndex((button) => button === document.activeElement);
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key] ?? 0;
  const next = buttons[at + step];
  if (!step || !next) return;
  event.preventDefault();
  buttons[at].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
