// Forms that narrow what a page shows act by themselves: at a choice, and, where they name the part that changes, while one types.
import { settle } from "./dom.js";
import { isOurs, replaceParts } from "./swap.js";

for (const form of document.querySelectorAll("form[data-filter]")) if (form instanceof HTMLFormElement) attend(form);

/** @param {HTMLFormElement} form */
function attend(form) {
  const part = form.dataset.filter;
  let asked = 0;
  const show = settle(async () => {
    const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string" && value !== "");
    const address = `${form.action}?${new URLSearchParams(/** @type {[string, string][]} */ (fields))}`;
    const number = ++asked;
    const response = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    const html = (await response?.text()) ?? "";
    // Only what was asked for last counts. Where nothing useful came, Enter still asks the usual way.
    if (!part || number !== asked || !response?.ok || !isOurs(html)) return;
    replaceParts(html, [part]);
    history.replaceState(null, "", address);
  }, 200);
  form.addEventListener("input", (event) => {
    if (part && event.target instanceof HTMLInputElement) show();
  });
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) part ? show() : form.requestSubmit();
  });
}

document.addEventListener("change", (event) => {
  const all = event.target;
  if (!(all instanceof HTMLInputElement) || !all.dataset.all) return;
  for (const one of document.querySelectorAll(`input[name="${CSS.escape(all.dataset.all)}"]`)) {
    if (one instanceof HTMLInputElement) one.checked = all.checked;
  }
});
