// The dialog that lets one pick a file from the library.
import { call } from "../api.js";
import { find, make } from "../dom.js";
import { toast } from "../elements/toast-region.js";
import { thumbnail } from "../media.js";
import { say } from "../words.js";

/** @param {HTMLElement} root @param {(item: import("../api.js").MediaItem) => void} pick */
export async function browse(root, pick) {
  const dialog = find(root, "[data-library-dialog]", HTMLDialogElement);
  const grid = find(dialog, "[data-library-grid]", HTMLElement);
  grid.replaceChildren(make("p", { class: "muted" }, say("loading")));
  dialog.showModal();
  try {
    /** @type {{items: import("../api.js").MediaItem[]}} */
    const { items } = await call("GET", "/api/media?limit=48");
    grid.replaceChildren(...items.map((item) => entry(item, () => (dialog.close(), pick(item)))));
    if (items.length === 0) grid.replaceChildren(make("p", { class: "muted" }, say("libraryEmpty")));
    grid.querySelector("button")?.focus();
  } catch (error) {
    dialog.close();
    toast(error instanceof TypeError || !(error instanceof Error) ? say("notReached") : error.message);
  }
}

/** @param {import("../api.js").MediaItem} item @param {() => void} pick */
function entry(item, pick) {
  const button = make("button", { type: "button", class: "media-item", title: item.name, "aria-label": item.name }, make("span", { class: "picture" }, thumbnail(item)));
  button.addEventListener("click", pick);
  return button;
}
