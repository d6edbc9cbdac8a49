// Forms that narrow what a page shows act by themselves: at a choice, and, where they name the part that changes, while one types.
import { settle } from "./dom.js";
import { isOurs, replaceParts } from "./swap.js";

/** What shows the page as a form says; a form may come into the page later. @type {WeakMap<HTMLFormElement, () => void>} */
const known = new WeakMap();

document.addEventListener("input", (event) => {
  const form = filter(event.target);
  // A file chosen beside the fields narrows nothing.
  if (form?.dataset.filter && event.target instanceof HTMLInputElement && event.target.type !== "file") shower(form)();
});
document.addEventListener("change", (event) => {
  const form = filter(event.target);
  if (form && event.target instanceof HTMLSelectElement) form.dataset.filter ? shower(form)() : form.requestSubmit();
});

/** @param {EventTarget | null} target */
function filter(target) {
  const form = target instanceof Element ? target.closest("form[data-filter]") : null;
  return form instanceof HTMLFormElement ? form : null;
}

/** @param {HTMLFormElement} form */
function shower(form) {
  const show = known.get(form) ?? make(form);
  known.set(form, show);
  return show;
}

/** @param {HTMLFormElement} form */
function make(form) {
  const part = form.dataset.filter ?? "";
  let asked = 0;
  return settle(async () => {
    const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string" && value !== "");
    const address = `${form.action}?${new URLSearchParams(/** @type {[string, string][]} */ (fields))}`;
    const number = ++asked;
    const here = location.href;
    const response = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    const html = (await response?.text()) ?? "";
    // Only what was asked for last counts. Where nothing useful came, Enter still asks the usual way.
    if (number !== asked || !response?.ok || !isOurs(html)) return;
    replaceParts(html, part.split(" "));
    // Where one has opened something meanwhile, the address is that one's.
    if (location.href === here) history.replaceState(null, "", address);
  }, 200);
}

document.addEventListener("change", (event) => {
  const all = event.target;
  if (!(all instanceof HTMLInputElement) || !all.dataset.all) return;
  for (const one of document.querySelectorAll(`input[name="${CSS.escape(all.dataset.all)}"]`)) {
    if (one instanceof HTMLInputElement) one.checked = all.checked;
  }
});
