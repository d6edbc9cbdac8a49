// Forms marked data-swap are sent without leaving the page: the server answers with a whole page, and what differs is put in place.
// A form that names parts (data-swap="#one #two") leaves the rest of the page as it is.
import { refusal } from "./api.js";
import { toast, toastNext } from "./elements/toast-region.js";
import { say } from "./words.js";

const swapped = ["#main", ".head", "#toasts", "#sidebar-live"];

/**
 * Puts the parts of `html` that live on this page in place of what is there, keeping focus and open details.
 * @param {string} html @param {string[]} selectors
 */
export function replaceParts(html, selectors = swapped) {
  const next = new DOMParser().parseFromString(html, "text/html");
  for (const selector of selectors) {
    const old = document.querySelector(selector);
    const fresh = next.querySelector(selector);
    if (!old || !fresh || old.innerHTML === fresh.innerHTML) continue;
    const focused = old.contains(document.activeElement) ? pathTo(old, document.activeElement) : null;
    const open = [...old.querySelectorAll("details")].map((details) => details.open && !details.classList.contains("menu"));
    old.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
    const details = [...old.querySelectorAll("details")];
    if (details.length === open.length) details.forEach((one, index) => (one.open = open[index]));
    if (focused !== null) focusAgain(old, focused);
  }
  document.title = next.title || document.title;
}

/**
 * Whether this is a page of ours, and not one of something in between.
 * @param {string} html
 */
export function isOurs(html) {
  return html.includes('id="main"');
}

/**
 * What finds an element again after its surroundings were replaced.
 * @param {Element} root @param {Element | null} element
 */
function pathTo(root, element) {
  if (!element) return null;
  if (element.id) return `#${CSS.escape(element.id)}`;
  const post = element.getAttribute("data-post");
  if (post) return `[data-post="${post}"]`;
  const field = element.getAttribute("data-field");
  if (field) return `[data-field="${field}"]`;
  const href = element.getAttribute("href");
  return href ? `[href="${CSS.escape(href)}"]` : "";
}

/** @param {Element} root @param {string} path */
function focusAgain(root, path) {
  const target = path ? root.querySelector(path) : null;
  if (target instanceof HTMLElement) target.focus({ preventScroll: true });
  else document.getElementById("main")?.focus({ preventScroll: true });
}

/**
 * Sends a form and shows the page that comes back, or the parts of it that are wanted.
 * @param {string} action @param {FormData} fields @param {string[]} parts
 */
export async function send(action, fields, parts = swapped) {
  const body = new URLSearchParams();
  for (const [name, value] of fields) if (typeof value === "string") body.append(name, value);
  try {
    const response = await fetch(action, { method: "POST", body, headers: { Accept: "text/html" } });
    const html = await response.text();
    const here = new URL(location.href);
    const there = new URL(response.url);
    if (response.ok && there.pathname !== here.pathname) {
      passOn(html);
      location.assign(there);
      return true;
    }
    if (!isOurs(html)) {
      toast(refusal(response, html).message);
      return false;
    }
    replaceParts(html, response.ok ? parts : swapped);
    if (response.ok && parts === swapped && there.href !== here.href) history.replaceState(null, "", there);
    return response.ok;
  } catch {
    toast(say("notReached"));
    return false;
  }
}

/**
 * What a page has to say is said once: when another page follows it there, this goes along.
 * @param {string} html
 */
function passOn(html) {
  const said = new DOMParser().parseFromString(html, "text/html").querySelector("#toasts .toast");
  const words = said?.querySelector("p")?.textContent;
  if (words) toastNext(words, { undo: said?.querySelector("form")?.getAttribute("action") ?? undefined });
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || event.defaultPrevented) return;
  const question = form.dataset.confirm;
  if (question && !confirm(question)) return event.preventDefault();
  if (!("swap" in form.dataset)) return;
  event.preventDefault();
  const fields = new FormData(form);
  const pressed = event.submitter;
  if (pressed instanceof HTMLButtonElement && pressed.name) fields.append(pressed.name, pressed.value);
  form.closest("dialog")?.close();
  pressed?.setAttribute("aria-busy", "true");
  const parts = form.dataset.swap ? form.dataset.swap.split(" ") : swapped;
  const action = pressed?.hasAttribute("formaction") && pressed instanceof HTMLButtonElement ? pressed.formAction : form.action;
  send(action, fields, parts).finally(() => pressed?.removeAttribute("aria-busy"));
});
