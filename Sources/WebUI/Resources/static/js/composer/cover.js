// The frame of a film that stands for it.
import { find } from "../dom.js";
import { asFile } from "./crop.js";

/**
 * Opens the dialog; resolves with the chosen moment in seconds and the frame there, or nothing.
 * @param {HTMLDialogElement} dialog @param {import("../api.js").MediaItem} item @param {number} start Seconds.
 * @returns {Promise<{seconds: number, frame: () => Promise<File>} | null>}
 */
export async function chooseCover(dialog, item, start) {
  const film = find(dialog, "video", HTMLVideoElement);
  const slider = find(dialog, "input[type=range]", HTMLInputElement);
  const said = find(dialog, "output", HTMLOutputElement);
  const show = () => {
    film.currentTime = Number(slider.value);
    said.value = `${Number(slider.value).toFixed(1)} s`;
  };
  film.src = item.url;
  slider.max = String(item.duration ?? 0);
  slider.value = String(start);
  slider.oninput = show;
  film.onloadeddata = show;
  dialog.returnValue = "";
  dialog.showModal();
  slider.focus();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "cover" ? { seconds: Number(slider.value), frame: () => frame(film, item.name) } : null;
}

/** @param {HTMLVideoElement} film @param {string} name */
function frame(film, name) {
  const canvas = Object.assign(document.createElement("canvas"), { width: film.videoWidth, height: film.videoHeight });
  canvas.getContext("2d")?.drawImage(film, 0, 0);
  return asFile(canvas, name, "image/jpeg");
}
