// Keys that work everywhere. Single letters rest while a person writes, and on a page that is there to write.

/** @type {Record<string, string>} */
const places = { t: "/today", c: "/calendar", p: "/posts", a: "/analytics", h: "/channels", m: "/media", s: "/settings" };
let afterG = 0;

/** @param {EventTarget | null} target */
export function isWriting(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

document.addEventListener("keydown", async (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  if (document.querySelector("dialog[open]") || document.body.classList.contains("composing") || !document.getElementById("palette")) return;
  event.preventDefault();
  (await import("./elements/command-palette.js")).openPalette();
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
  if (document.querySelector("dialog[open]") || (document.body.classList.contains("composing") && event.key !== "?")) return;
  if (Date.now() - afterG < 1200 && places[event.key]) {
    afterG = 0;
    event.preventDefault();
    location.assign(places[event.key]);
    return;
  }
  afterG = event.key === "g" ? Date.now() : 0;
  const marked = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (marked instanceof HTMLElement) {
    event.preventDefault();
    marked.click();
  } else if (event.key === "n") {
    // Who only looks has no such link.
    const link = document.querySelector('a[href="/compose"]');
    if (!(link instanceof HTMLAnchorElement)) return;
    event.preventDefault();
    location.assign(link.href);
  } else if (event.key === "/") {
    event.preventDefault();
    const search = document.querySelector("[data-search]");
    if (search instanceof HTMLElement) search.focus();
    else location.assign("/posts#search");
  } else if (event.key === "?") {
    event.preventDefault();
    openDialog("shortcuts");
  }
});

/** @param {string} id */
function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const opener = target?.closest("[data-opens]");
  if (opener) openDialog(opener.getAttribute("data-opens") ?? "");
  if (target instanceof HTMLDialogElement) target.close();
  // What is filled in there keeps it open.
  const isField = target?.closest(".field, [data-repeat]") != null;
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!target || !menu.contains(target) || (target.closest(".sheet") && !isField)) menu.removeAttribute("open");
  }
});

// Out of an empty search, where letters are deeds again.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key === "Escape" && field instanceof HTMLInputElement && field.matches("[data-search]") && !field.value) field.blur();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  event.preventDefault();
  menu.removeAttribute("open");
  menu.querySelector("summary")?.focus();
});
