// Short messages at the foot of the page; each leaves by itself unless a person is on it.
import { csrf } from "../api.js";
import { icon, make } from "../dom.js";
import { say } from "../words.js";

/**
 * What can be done about it: `undo` is the address that a form is sent to, `link` a page.
 * @typedef {{undo?: string, link?: {href: string, label: string}}} Offer
 */

const staysFor = 8000;
/** Where a page leaves words for the one that comes next. */
const next = "postiz:toast";

class ToastRegion extends HTMLElement {
  connectedCallback() {
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) if (node instanceof HTMLElement) this.expire(node);
    }).observe(this, { childList: true });
    const left = takeNext();
    // Nobody has to be led to where they are.
    if (left && left.offer.link?.href !== location.pathname) toast(left.message, left.offer);
    for (const child of this.children) if (child instanceof HTMLElement) this.expire(child);
    this.addEventListener("click", (event) => {
      if (event.target instanceof Element && event.target.closest("[data-dismiss]")) event.target.closest(".toast")?.remove();
    });
  }

  /** @param {HTMLElement} toast */
  expire(toast) {
    const leave = () => {
      if (toast.matches(":hover, :focus-within")) setTimeout(leave, 1000);
      else toast.remove();
    };
    setTimeout(leave, staysFor);
  }
}
customElements.define("toast-region", ToastRegion);

/** @param {string} message @param {Offer} offer */
export function toast(message, offer = {}) {
  const { undo, link } = offer;
  const parts = [make("p", {}, message)];
  if (link) parts.push(make("a", { class: "button small", href: link.href }, link.label));
  if (undo) {
    const token = make("input", { type: "hidden", name: "_csrf", value: csrf() });
    parts.push(make("form", { method: "post", action: undo }, token, make("button", { class: "button small" }, say("undo"))));
  }
  parts.push(make("button", { class: "icon-button small", type: "button", "data-dismiss": "", "aria-label": say("close") }, icon("close")));
  document.getElementById("toasts")?.append(make("div", { class: "toast" }, ...parts));
}

/**
 * Says it on the page that comes next in this tab.
 * @param {string} message @param {Offer} offer
 */
export function toastNext(message, offer = {}) {
  try {
    sessionStorage.setItem(next, JSON.stringify({ message, offer }));
  } catch {
    // Where nothing may be stored the next page shows how things stand by itself.
  }
}

/** @returns {{message: string, offer: Offer} | null} */
function takeNext() {
  try {
    const left = JSON.parse(sessionStorage.getItem(next) ?? "null");
    sessionStorage.removeItem(next);
    return left;
  } catch {
    return null;
  }
}
