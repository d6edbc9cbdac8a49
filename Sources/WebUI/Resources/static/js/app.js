// What every page loads. Pages with more to do load it themselves, when its element is there.
import { send } from "./swap.js";
import "./shortcuts.js";
import "./filters.js";
import "./elements/toast-region.js";
import "./elements/theme-switch.js";
import "./elements/copy-button.js";
import "./elements/live-events.js";
import { say } from "./words.js";

/** @type {Record<string, string>} */
const further = {
  "account-choice": "./elements/account-choice.js",
  "#post-list": "./rows.js",
  "passkey-add": "./elements/passkey-add.js",
  "passkey-login": "./elements/passkey-login.js",
  "post-calendar": "./elements/post-calendar.js",
  "post-composer": "./elements/post-composer.js",
  "today-queue": "./elements/today-queue.js",
  "table-file": "./elements/table-file.js",
  "media-library": "./elements/media-library.js",
};
for (const [name, module] of Object.entries(further)) if (document.querySelector(name)) import(module);

const zone = document.querySelector("[data-own-zone]");
if (zone instanceof HTMLInputElement && !zone.value) zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;

// Whoever chooses a zone sees what its clocks show.
for (const shown of document.querySelectorAll("[data-zone-of]")) {
  const field = document.getElementById(shown.getAttribute("data-zone-of") ?? "");
  if (!(field instanceof HTMLInputElement)) continue;
  const tell = () => (shown.textContent = clockIn(field.value));
  field.addEventListener("input", tell);
  tell();
}

/** @param {string} timeZone */
function clockIn(timeZone) {
  try {
    const time = new Intl.DateTimeFormat("en-GB", { timeZone: timeZone || "none", hour: "2-digit", minute: "2-digit" }).format();
    return say("zoneNow", { time });
  } catch {
    return "";
  }
}

// A password is seen while its box is ticked; browsers keep it only from a field for passwords.
for (const box of document.querySelectorAll("[data-reveals]")) {
  const field = document.getElementById(box.getAttribute("data-reveals") ?? "");
  if (!(box instanceof HTMLInputElement) || !(field instanceof HTMLInputElement)) continue;
  const show = () => (field.type = box.checked ? "text" : "password");
  box.addEventListener("change", show);
  field.form?.addEventListener("submit", () => (field.type = "password"));
}

// What a form was refused for is told at its field, which has the focus.
const wrong = document.querySelector("[data-wrong]");
const meant = wrong && document.querySelector(`form [name="${CSS.escape(wrong.getAttribute("data-wrong") ?? "")}"]`);
if (wrong && meant instanceof HTMLElement) {
  meant.setAttribute("aria-invalid", "true");
  meant.setAttribute("aria-describedby", wrong.id);
  meant.focus();
}

// Where something is added, one begins to write at once.
addEventListener("click", (event) => {
  const adds = event.target instanceof Element && event.target.closest("[data-adds] > summary")?.parentElement;
  if (!(adds instanceof HTMLDetailsElement) || adds.open) return;
  setTimeout(() => {
    const first = adds.querySelector("input:not([type=hidden]), select, textarea");
    if (first instanceof HTMLElement) first.focus();
  });
});

// A file that is dropped beside the place for it would be opened in the place of the page.
addEventListener("dragover", (event) => {
  if (event.defaultPrevented || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "none";
});
addEventListener("drop", (event) => event.dataTransfer?.types.includes("Files") && event.preventDefault());

// What a person looks at is no news any more: the bell says so, and the marks stay for as long as the page does.
const seen = document.querySelector("form[data-seen]");
function look() {
  if (!(seen instanceof HTMLFormElement) || document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", look);
  void send(seen.action, new FormData(seen), ["#bell", "#more-dot", "#more-live"]);
}
document.addEventListener("visibilitychange", look);
look();

const search = document.querySelector("[data-search]");
if (location.hash === "#search" && search instanceof HTMLElement) search.focus();
