// Files on their way up, and files that are there. <media-tray> shows a part's files; <media-drop> takes files for the library.
import { Refusal } from "../api.js";
import { find, icon, make, stamp } from "../dom.js";
import { upload } from "../uploads.js";
import { say } from "../words.js";
import { toast } from "./toast-region.js";

/** @typedef {import("../api.js").MediaItem} MediaItem */

/**
 * Uploads `files` one after the other, showing each in `tray` with its progress and a way to cancel.
 * @param {Iterable<File>} files @param {Element} tray @param {(item: MediaItem) => void} onReady
 */
export async function uploadAll(files, tray, onReady) {
  const waiting = [...files].map((file) => {
    const cancel = new AbortController();
    const bar = make("progress", { max: "1", value: "0", "aria-label": file.name });
    const stop = make("button", { class: "icon-button small", type: "button", "aria-label": say("cancelUpload", { name: file.name }) }, icon("close"));
    const element = make("div", { class: "tray-item" }, make("div", { class: "picture" }, picture(file)), bar, make("div", { class: "tools" }, make("span", { class: "clip faint" }, file.name), stop));
    stop.addEventListener("click", () => (cancel.abort(), element.remove()));
    tray.append(element);
    return { file, cancel, bar, element };
  });
  for (const { file, cancel, bar, element } of waiting) {
    if (cancel.signal.aborted) continue;
    try {
      const item = await upload(file, { onProgress: (share) => bar.setAttribute("value", String(share)), signal: cancel.signal });
      element.remove();
      onReady(item);
    } catch (error) {
      element.remove();
      if (error instanceof DOMException && error.name === "AbortError") continue;
      toast(error instanceof Refusal ? `${file.name}: ${error.message}` : say("uploadFailed", { name: file.name }));
    }
  }
}

/** @param {File} file */
function picture(file) {
  if (!file.type.startsWith("image/")) return file.name.split(".").pop()?.toUpperCase() ?? "";
  const image = document.createElement("img");
  image.alt = "";
  image.src = URL.createObjectURL(file);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  return image;
}

/**
 * The picture of a stored file, or the name of its kind.
 * @param {MediaItem} item
 */
export function thumbnail(item) {
  const source = item.thumbnailUrl ?? (item.kind === "IMAGE" || item.kind === "ANIMATION" ? item.url : null);
  return source ? make("img", { src: source, alt: item.altText ?? "", loading: "lazy" }) : item.kind.toLowerCase();
}

/**
 * Lets `element` take files that are dropped on it or pasted into it.
 * @param {HTMLElement} element @param {(files: File[]) => void} take
 */
export function acceptFiles(element, take) {
  element.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    element.classList.add("over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    element.classList.remove("over");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    take([...event.dataTransfer.files]);
  });
  element.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    take([...event.clipboardData.files]);
  });
}

/** Shows the files of a part. Says `reorder` with the ids as they are now, and `describe` with the id whose alt text is wanted. */
export class MediaTray extends HTMLElement {
  /** @param {MediaItem[]} items @param {HTMLTemplateElement} template */
  show(items, template) {
    const uploading = [...this.querySelectorAll(".tray-item:has(progress)")];
    this.replaceChildren(...items.map((item, index) => this.draw(item, index, items, template)), ...uploading);
  }

  /** @param {MediaItem} item @param {number} index @param {MediaItem[]} items @param {HTMLTemplateElement} template */
  draw(item, index, items, template) {
    const element = stamp(template);
    element.title = item.name;
    find(element, ".picture", HTMLElement).append(thumbnail(item));
    find(element, ".alt-flag", HTMLElement).classList.toggle("missing", !item.altText);
    const ids = items.map((one) => one.id);
    const left = find(element, "[data-left]", HTMLButtonElement);
    left.disabled = index === 0;
    left.addEventListener("click", () => this.say("reorder", swapped(ids, index)));
    find(element, "[data-drop]", HTMLButtonElement).addEventListener("click", () => this.say("reorder", ids.filter((id) => id !== item.id)));
    find(element, "[data-alt]", HTMLButtonElement).addEventListener("click", () => this.say("describe", item.id));
    return element;
  }

  /** @param {string} name @param {unknown} detail */
  say(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
customElements.define("media-tray", MediaTray);

/** @param {string[]} ids @param {number} index */
function swapped(ids, index) {
  return [...ids.slice(0, index - 1), ids[index], ids[index - 1], ...ids.slice(index + 1)];
}

class MediaDrop extends HTMLElement {
  connectedCallback() {
    const tray = this.querySelector(".tray");
    const chooser = this.querySelector("input");
    if (!tray || !chooser) return;
    /** @param {File[]} files */
    const take = async (files) => {
      let added = false;
      await uploadAll(files, tray, () => (added = true));
      if (added) location.reload();
    };
    acceptFiles(this, take);
    chooser.addEventListener("change", () => take([...(chooser.files ?? [])]));
  }
}
customElements.define("media-drop", MediaDrop);
