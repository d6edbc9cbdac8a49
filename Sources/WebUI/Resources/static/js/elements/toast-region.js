// Short messages at the foot of the page; each leaves by itself unless a person is on it.
import { icon, make } from "../dom.js";
import { say } from "../words.js";

const staysFor = 8000;
/** Where a page leaves words for the one that comes next. */
const next = "postiz:toast";

class ToastRegion extends HTMLElement {
  connectedCallback() {
    new MutationObserver((changes) => {
      for (const change of changes) for (const node of change.addedNodes) if (node instanceof HTMLElement) this.expire(node);
    }).observe(this, { childList: true });
    const left = takeNext();
    if (left) toast(left);
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

/** @param {string} message */
export function toast(message) {
  const close = make("button", { class: "icon-button small", type: "button", "data-dismiss": "", "aria-label": say("close") }, icon("close"));
  document.getElementById("toasts")?.append(make("div", { class: "toast" }, make("p", {}, message), close));
}

/**
 * Says it on the page that comes next in this tab.
 * @param {string} message
 */
export function toastNext(message) {
  try {
    sessionStorage.setItem(next, message);
  } catch {
    // Where nothing may be stored the next page shows how things stand by itself.
  }
}

function takeNext() {
  try {
    const message = sessionStorage.getItem(next);
    sessionStorage.removeItem(next);
    return message;
  } catch {
    return null;
  }
}
