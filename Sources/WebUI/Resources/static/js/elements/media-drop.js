// <media-drop> takes files for the library.
import { Refusal } from "../api.js";
import { icon, make } from "../dom.js";
import { acceptFiles } from "../media.js";
import { isOurs, replaceParts } from "../swap.js";
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

async function showNew() {
  const response = await fetch(location.href, { headers: { Accept: "text/html" } }).catch(() => null);
  const html = (await response?.text()) ?? "";
  if (response?.ok && isOurs(html)) replaceParts(html, ["#media-list"]);
}

class MediaDrop extends HTMLElement {
  connectedCallback() {
    const tray = this.querySelector(".tray");
    const chooser = this.querySelector("input[type=file]");
    if (!tray || !(chooser instanceof HTMLInputElement)) return;
    /** @param {File[]} files */
    const take = async (files) => {
      let added = false;
      await uploadAll(files, tray, () => (added = true));
      // The reason of a file that was refused stays to be read.
      if (added) await showNew();
    };
    acceptFiles(this, take);
    chooser.addEventListener("change", () => {
      take([...(chooser.files ?? [])]);
      // The same file may be chosen once more.
      chooser.value = "";
    });
  }
}
customElements.define("media-drop", MediaDrop);
