// Cuts a picture for its platforms. What comes out is another file: the one it came from stays, and undo brings it back.
import { find, findAll, make } from "../dom.js";
import { say } from "../words.js";

/** @typedef {{left: number, top: number, width: number, height: number}} Box Shares of the whole. */

/**
 * The largest box of `ratio` within a picture of `whole` (both width divided by height), made smaller by `zoom` (0 to 1) and put to `x`, `y`.
 * @param {number} ratio @param {number} whole @param {{zoom: number, x: number, y: number}} place @returns {Box}
 */
export function boxOf(ratio, whole, { zoom, x, y }) {
  const scale = 1 - 0.8 * zoom;
  const width = Math.min(1, ratio / whole) * scale;
  const height = Math.min(1, whole / ratio) * scale;
  return { left: x * (1 - width), top: y * (1 - height), width, height };
}

/**
 * Opens the dialog; resolves with the file that was cut out, or nothing.
 * @param {HTMLDialogElement} dialog @param {import("../api.js").MediaItem} item @param {string[]} shapes Such as `4:5`.
 * @returns {Promise<File | null>}
 */
export async function crop(dialog, item, shapes) {
  const picture = find(dialog, "img", HTMLImageElement);
  picture.src = item.url;
  await picture.decode();
  const whole = picture.naturalWidth / picture.naturalHeight;
  const frame = find(dialog, "[data-frame]", HTMLElement);
  const sliders = Object.fromEntries(findAll(dialog, "input[type=range]", HTMLInputElement).map((input) => [input.name, input]));
  let ratio = whole;
  let box = boxOf(ratio, whole, { zoom: 0, x: 0.5, y: 0.5 });
  const draw = () => {
    box = boxOf(ratio, whole, { zoom: Number(sliders.zoom.value), x: Number(sliders.x.value), y: Number(sliders.y.value) });
    for (const side of /** @type {const} */ (["left", "top", "width", "height"])) frame.style[side] = `${box[side] * 100}%`;
  };
  const choose = (/** @type {number} */ wanted) => {
    ratio = wanted || whole;
    for (const button of choices) button.setAttribute("aria-pressed", String(button.dataset.ratio === String(wanted)));
    draw();
  };
  const choices = ["", ...shapes].map((shape) => {
    const [width, height] = shape.split(":").map(Number);
    const button = make("button", { type: "button", "data-ratio": String(shape ? width / height : 0), "aria-pressed": "false" }, shape || say("wholeShape"));
    button.addEventListener("click", () => choose(Number(button.dataset.ratio)));
    return button;
  });
  find(dialog, "[data-shapes]", HTMLElement).replaceChildren(...choices);
  for (const [name, input] of Object.entries(sliders)) {
    input.value = name === "zoom" ? "0" : "0.5";
    input.oninput = draw;
  }
  drag(frame, picture, sliders, () => box, draw);
  choose(shapes.length ? Number(choices[1].dataset.ratio) : 0);
  dialog.returnValue = "";
  dialog.showModal();
  choices[shapes.length ? 1 : 0].focus();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  const isWhole = box.width > 0.999 && box.height > 0.999;
  return dialog.returnValue === "crop" && !isWhole ? cut(picture, box, item) : null;
}

/**
 * @param {HTMLElement} frame @param {HTMLImageElement} picture @param {Record<string, HTMLInputElement>} sliders @param {() => Box} read @param {() => void} draw
 */
function drag(frame, picture, sliders, read, draw) {
  frame.onpointerdown = (event) => {
    frame.setPointerCapture(event.pointerId);
    const [startX, startY, box] = [event.clientX, event.clientY, read()];
    frame.onpointermove = (move) => {
      const { width, height } = picture.getBoundingClientRect();
      const [freeX, freeY] = [1 - box.width, 1 - box.height];
      if (freeX > 0) sliders.x.value = String((box.left + (move.clientX - startX) / width) / freeX);
      if (freeY > 0) sliders.y.value = String((box.top + (move.clientY - startY) / height) / freeY);
      draw();
    };
    frame.onpointerup = frame.onpointercancel = () => (frame.onpointermove = null);
  };
}

/** @param {HTMLImageElement} picture @param {Box} box @param {import("../api.js").MediaItem} item @returns {Promise<File>} */
async function cut(picture, { left, top, width, height }, item) {
  const [wide, high] = [picture.naturalWidth, picture.naturalHeight];
  const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(wide * width), height: Math.round(high * height) });
  canvas.getContext("2d")?.drawImage(picture, wide * left, high * top, wide * width, high * height, 0, 0, canvas.width, canvas.height);
  return asFile(canvas, item.name, item.mimeType === "image/png" ? "image/png" : "image/jpeg");
}

/** @param {HTMLCanvasElement} canvas @param {string} name @param {string} type @returns {Promise<File>} */
export async function asFile(canvas, name, type) {
  /** @type {Blob | null} */
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, type, 0.93));
  if (!blob) throw new Error("The browser made no picture");
  return new File([blob], `${name.replace(/\.\w+$/, "")}.${type === "image/png" ? "png" : "jpg"}`, { type });
}
