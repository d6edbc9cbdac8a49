// What every place does that shows files or takes them.
import { make } from "./dom.js";

/** @typedef {import("./api.js").MediaItem} MediaItem */

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
 * @param {HTMLElement} element @param {(files: File[], event: Event) => void} take
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
    take([...event.dataTransfer.files], event);
  });
  element.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length) return;
    event.preventDefault();
    take([...event.clipboardData.files], event);
  });
}
